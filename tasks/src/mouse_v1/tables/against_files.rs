//! The embedded tables against the CSV files they were typed from, when `EVOPLAST_DATA` names the data folder.
#![allow(clippy::unwrap_used)]

use super::*;
use std::collections::BTreeMap;
use std::path::PathBuf;

fn folder() -> Option<PathBuf> {
    std::env::var_os("EVOPLAST_DATA").map(|d| PathBuf::from(d).join("mouse_v1"))
}

fn rows(file: &str) -> Option<Vec<BTreeMap<String, String>>> {
    let path = folder()?.join(file);
    let mut reader = csv::ReaderBuilder::new().comment(Some(b'#')).from_path(path).unwrap();
    Some(reader.deserialize().map(|r| r.unwrap()).collect())
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    row[column].parse().unwrap()
}

fn close(a: f64, b: f64, relative: f64) -> bool {
    (a - b).abs() <= relative * a.abs().max(b.abs()) + 1e-30
}

#[test]
fn connections() {
    let Some(rows) = rows("conn_prob_289.csv") else { return };
    assert_eq!(rows.len(), N_TYPES * N_TYPES);
    for row in rows {
        let (pre, post) = (type_index(&row["pre"]).unwrap(), type_index(&row["post"]).unwrap());
        assert_eq!(number(&row, "A_literature"), A_LITERATURE[pre][post]);
        assert_eq!(number(&row, "sigma_um"), sigma_um(pre, post));
        assert!((number(&row, "A_peak") - a_peak(pre, post)).abs() < 1e-6);
        assert_eq!(row["B_ratio"].parse().ok(), orientation_ratio(pre, post));
    }
}

#[test]
fn weights_delays_and_receptors() {
    let Some(rows) = rows("edge_weights_17x17_mean.csv") else { return };
    for row in rows {
        let (pre, post) = (type_index(&row["pre"]).unwrap(), type_index(&row["post"]).unwrap());
        assert!(close(number(&row, "mean_weight_pA_per_synapse"), MEAN_WEIGHT_PA[pre][post], 1e-4));
        // the file writes 0 for pairs that have no delay
        assert_eq!(number(&row, "mean_delay_ms"), delay_ms(pre, post).unwrap_or(0.0), "{} {}", row["pre"], row["post"]);
        let receptor = receptor(CELL_TYPES[pre].is_excitatory(), CELL_TYPES[post].is_excitatory());
        assert_eq!(number(&row, "receptor"), receptor as f64 + 1.0);
    }
}

#[test]
fn neuron_means() {
    let Some(rows) = rows("glif3_params_17_mean.csv") else { return };
    let columns = [
        "C_m_pF",
        "g_nS",
        "E_L_mV",
        "V_th_mV",
        "t_ref_ms",
        "asc_amp1_pA",
        "asc_amp2_pA",
        "asc_k1_per_ms",
        "asc_k2_per_ms",
    ];
    for row in rows {
        let t = type_index(&row["type"]).unwrap();
        for (k, column) in columns.iter().enumerate() {
            assert!(close(number(&row, column), GLIF3_TYPE_MEANS[t][k], 1e-7), "{} {column}", row["type"]);
        }
    }
}

#[test]
fn background_and_lgn() {
    let Some(background) = rows("bkg_weights.csv") else { return };
    for row in background {
        let p = population_index(&row["population"]).unwrap();
        assert!(close(number(&row, "weight_pA_per_spike"), BACKGROUND_WEIGHT_PA[p], 1e-6));
    }
    for row in rows("lgn_to_v1.csv").unwrap() {
        let t = LGN_TARGETS[population_index(&row["population"]).unwrap()];
        assert!(close(number(&row, "weight_pA_per_spike"), t.weight_pa, 1e-6));
        let found = [t.p_target, t.poisson_tf_hz, t.s_on_ratio, t.centers_deg.0, t.centers_deg.1, t.width_deg.0];
        let columns =
            ["prob_target_gets_lgn", "poisson_TF", "sON_ratio", "centers_d_min", "centers_d_max", "ON_OFF_w_min"];
        assert_eq!(found, columns.map(|c| number(&row, c)));
        let found = [t.width_deg.1, t.aspect.0, t.aspect.1, LGN_DELAY_MS];
        assert_eq!(found, ["ON_OFF_w_max", "aspect_min", "aspect_max", "delay_ms"].map(|c| number(&row, c)));
    }
}

#[test]
fn cell_types_and_populations() {
    let Some(rows) = rows("cell_types_17.csv") else { return };
    for row in rows {
        let t = number(&row, "idx") as usize;
        assert_eq!(row["type"], CELL_TYPES[t].name);
        assert_eq!(number(&row, "n_core"), f64::from(CELL_TYPES[t].n_core));
        let members: Vec<String> =
            POPULATIONS.iter().filter(|p| p.type17 == t).map(|p| format!("{}:{}", p.name, p.n_core)).collect();
        assert_eq!(row["subpops"], members.join(";"));
        for n in [1000, 3000, 5000] {
            assert_eq!(number(&row, &format!("n_{n}")), type_counts(n)[t] as f64);
        }
    }
}

/// Wasserstein-1 distance of the kept quantiles from the full table, relative to the mean rate.
#[test]
fn quantiles() {
    let Some(rows) = rows("firing_rate_quantiles_17.csv") else { return };
    let mut distances = Vec::new();
    for row in rows {
        let t = type_index(&row["type"]).unwrap_or(N_TYPES);
        let condition =
            if row["condition"] == "dg" { RateCondition::DriftingGratings } else { RateCondition::Spontaneous };
        let full: Vec<f64> = (0..=100).map(|k| number(&row, &format!("q{k:02}"))).collect();
        let steps = 4000;
        let (mut distance, mut mean) = (0.0, 0.0);
        for k in 0..steps {
            let p = (f64::from(k) + 0.5) / f64::from(steps);
            let (low, share) = ((100.0 * p) as usize, (100.0 * p).fract());
            let q = full[low] + share * (full[low + 1] - full[low]);
            distance += (q - condition.quantile_hz(t, p)).abs();
            mean += q;
        }
        distances.push(distance / mean);
    }
    assert_eq!(distances.len(), 36);
    assert!(distances.iter().all(|&d| d < 0.042), "{distances:?}");
    assert!(distances.iter().sum::<f64>() / 36.0 < 0.01, "{distances:?}");
}
