//! Tables from files: malformed ones are refused in one line, and the published ones give the embedded circuit.

use evoplast_tasks::mouse_v1::tables::{CELL_TYPES, POPULATIONS, TableLevel, V1Tables};
use evoplast_tasks::mouse_v1::{V1Circuit, V1Config};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

const MODELS: &str = "glif3_params_111.csv";
const WEIGHTS: &str = "edge_weights_glif_2331.csv";
const MODELS_HEADER: &str = "model_id,type17,pop,C_m_pF,g_nS,E_L_mV,V_th_mV,V_reset_mV,t_ref_ms,asc_amp1_pA,asc_amp2_pA,asc_k1_per_ms,asc_k2_per_ms\n";
const FIRST_MODEL: &str =
    "475585413,i1Htr3a,i1Htr3a,37.11079,3.305913,-65.36,-40.20941,-65.36,3.2,-38.07,-104.97,0.003,0.1\n";

fn from_folder(folder: &Path, neurons: usize) -> Result<V1Circuit, String> {
    let config = V1Config { neurons, data_dir: Some(folder.to_path_buf()), ..V1Config::default() };
    V1Circuit::build(&config, 100).map_err(|e| e.to_string())
}

/// The error of a folder with these files; `None` leaves a file out.
fn error(models: Option<&str>, weights: Option<&str>) -> String {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [(MODELS, models), (WEIGHTS, weights)] {
        if let Some(text) = text {
            std::fs::write(folder.path().join(name), text).unwrap();
        }
    }
    let message = from_folder(folder.path(), 300).unwrap_err();
    assert!(!message.contains('\n'), "more than one line: {message}");
    message
}

/// Both files in full, as text.
fn files() -> (String, String) {
    let t = V1Tables::embedded(TableLevel::Models);
    let (mut models, mut weights) =
        (MODELS_HEADER.to_owned(), "post_model_id,post_pop,pre_pop,weight_pA_per_synapse\n".to_owned());
    for (m, row) in t.models.iter().zip(&t.weight_pa) {
        let (name, [a1, a2], [k1, k2]) = (POPULATIONS[m.population].name, m.params.asc_amp_pa, m.params.asc_k_per_ms);
        let numbers = [
            m.params.c_m_pf,
            m.params.g_ns,
            m.params.e_l_mv,
            m.params.v_th_mv,
            m.params.v_reset_mv,
            m.params.t_ref_ms,
            a1,
            a2,
            k1,
            k2,
        ];
        let numbers = numbers.map(|x| x.to_string()).join(",");
        writeln!(models, "{},{},{name},{numbers}", m.id, CELL_TYPES[m.type17].name).unwrap();
        for (pre, w) in POPULATIONS.iter().zip(row) {
            writeln!(weights, "{},{name},{},{w}", m.id, pre.name).unwrap();
        }
    }
    (models, weights)
}

#[test]
fn a_folder_that_is_not_there_names_the_file() {
    let message = from_folder(Path::new("/nowhere/at/all"), 300).unwrap_err();
    assert!(message.starts_with("/nowhere/at/all/glif3_params_111.csv: cannot read"), "{message}");
}

#[test]
fn truncated_files_name_file_and_field() {
    let only_first = format!("{MODELS_HEADER}{FIRST_MODEL}");
    let message = error(Some(&only_first), None);
    assert!(message.contains(MODELS) && message.contains("models of population e23Cux2: found 0"), "{message}");

    // Cut within the first row, as by a download that stopped.
    let cut = &only_first[..MODELS_HEADER.len() + 40];
    let message = error(Some(cut), None);
    assert!(message.contains(MODELS) && message.contains("line 2") && message.contains("found 5 fields"), "{message}");

    let (models, weights) = files();
    let message = error(Some(&models), None);
    assert!(message.contains(WEIGHTS) && message.contains("cannot read"), "{message}");
    let message = error(Some(&models), Some(&weights[..weights.len() / 2]));
    assert!(message.contains(WEIGHTS), "{message}");
    let message = error(Some(&models), Some(&weights[..weights.trim_end().rfind('\n').unwrap() + 1]));
    assert!(message.contains(WEIGHTS) && message.contains("found 2330, expected 2331"), "{message}");
}

#[test]
fn malformed_values_name_file_line_field_found_and_expected() {
    for (from, to, field, found) in [
        ("37.11079", "about37", "C_m_pF", "`about37`"),
        ("37.11079", "NaN", "C_m_pF", "`NaN`"),
        ("37.11079", "-37.1", "C_m_pF", "`-37.1`"),
        ("i1Htr3a,i1Htr3a", "i1Htr3a,L1", "pop", "`L1`"),
        ("475585413", "first", "model_id", "`first`"),
    ] {
        let text = format!("{MODELS_HEADER}{}", FIRST_MODEL.replacen(from, to, 1));
        let message = error(Some(&text), None);
        for part in [MODELS, "line 2", &format!("field `{field}`"), &format!("found {found}"), "expected"] {
            assert!(message.contains(part), "{to}: no {part} in: {message}");
        }
    }
}

/// What is written out and read back is the same circuit to the last bit.
#[test]
fn files_written_from_the_embedded_tables_give_the_same_circuit() {
    let (models, weights) = files();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join(MODELS), models).unwrap();
    std::fs::write(folder.path().join(WEIGHTS), weights).unwrap();
    let (a, b) = (from_folder(folder.path(), 300).unwrap(), super::circuit(300, 1));
    assert_eq!(a.recurrent.topology.targets(), b.recurrent.topology.targets());
    assert_eq!(a.recurrent.initial, b.recurrent.initial);
    assert_eq!(a.cells.model, b.cells.model);
}

/// The published files against the embedded tables, connection by connection, if `EVOPLAST_DATA` names the folder.
#[test]
fn published_files_give_the_embedded_circuit() {
    let Some(data) = std::env::var_os("EVOPLAST_DATA") else {
        eprintln!("skipped: EVOPLAST_DATA does not name a folder with the published tables");
        return;
    };
    let published = from_folder(&PathBuf::from(data).join("mouse_v1"), 1000).unwrap();
    let embedded = super::circuit(1000, 1);
    let (a, b) = (&published.recurrent, &embedded.recurrent);
    assert_eq!(a.topology.targets(), b.topology.targets());
    assert_eq!(a.topology.delays(), b.topology.delays());
    assert_eq!(a.sign, b.sign);
    let mut largest: f32 = 0.0;
    for (x, y) in a.initial.iter().zip(b.initial.iter()) {
        largest = largest.max((x - y).abs() / y.abs().max(f32::MIN_POSITIVE));
    }
    assert!(largest < 1e-5, "largest relative difference of a weight: {largest}");
    assert_eq!(published.lgn.topology.targets(), embedded.lgn.topology.targets());
    assert_eq!(published.lgn.initial, embedded.lgn.initial);
}
