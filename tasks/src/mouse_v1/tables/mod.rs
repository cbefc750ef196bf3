//! The numbers of the mouse-V1 model, embedded or read from files.
//!
//! Constant tables hold what is the same for every neuron of a type or population. [`V1Tables`] holds what belongs to
//! single neuron models (membrane parameters, synaptic weights) and has three sources: type means, the embedded table
//! of the 111 models, or the CSV files of a folder.

mod background;
mod cell_types;
mod connection_probability;
mod delays;
mod edge_weights;
mod firing_rates;
mod glif3;
mod glif3_models;
mod lgn_targets;
mod lgn_units;
mod load;

#[cfg(test)]
mod against_files;

pub use background::{BACKGROUND_DELAY_MS, BACKGROUND_RATE_HZ, BACKGROUND_WEIGHT_PA};
pub use cell_types::{
    CELL_TYPES, CORE_RADIUS_UM, CellClass, CellType, Layer, N_CORE, N_POPULATIONS, N_TYPES, POPULATIONS, Population,
    largest_remainder, population_counts, population_index, type_counts, type_index,
};
pub use connection_probability::{
    A_LITERATURE, N_SYNAPSES_MAX, N_SYNAPSES_MIN, R0_UM, a_peak, orientation_ratio, sigma_um,
};
pub use delays::{TAU_SYN_MS, delay_ms, delay_steps, receptor};
pub use edge_weights::{MEAN_WEIGHT_PA, POPULATION_WEIGHT_PA};
pub use firing_rates::{
    MEAN_RATE_DG_HZ, MEAN_RATE_SPONT_HZ, N_QUANTILES, N_UNITS, QUANTILE_LEVELS_PERCENT, RATE_QUANTILES_DG_HZ,
    RATE_QUANTILES_SPONT_HZ, RateCondition,
};
pub use glif3::GLIF3_TYPE_MEANS;
pub use glif3_models::{GLIF3_MODELS, ModelRow};
pub use lgn_targets::{LGN_DELAY_MS, LGN_TARGETS, LgnTarget};
pub use lgn_units::{
    BumpPair, COMPOSITE_ON_FILTER, Composite, LGN_CLASSES, LGN_FIELD_DEG, LGN_TILES, LgnClass, LgnKind, N_LGN_CLASSES,
    N_LGN_UNITS,
};

use std::ops::Range;
use std::path::Path;

use evoplast_neuron::Glif3Params;

use crate::error::TaskError;

/// Which embedded table of neuron models to use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TableLevel {
    /// One mean model per population, mean weights per type pair.
    TypeMeans,
    /// The 111 models with their own weights (equal to the released tables within rounding).
    #[default]
    Models,
}

/// One GLIF3 model of the tables.
#[derive(Debug, Clone, PartialEq)]
pub struct GlifModel {
    /// Identifier in the Allen Cell Types Database, or the population index for a mean model.
    pub id: u64,
    /// Index into [`CELL_TYPES`].
    pub type17: usize,
    /// Index into [`POPULATIONS`].
    pub population: usize,
    /// Parameters of the neuron.
    pub params: Glif3Params,
}

impl GlifModel {
    /// From the nine numbers of an embedded row; V_reset = E_L.
    fn from_row(id: u64, population: usize, p: &[f64; 9]) -> Self {
        let [c_m_pf, g_ns, e_l_mv, v_th_mv, t_ref_ms, asc1, asc2, k1, k2] = *p;
        let params = Glif3Params {
            c_m_pf,
            g_ns,
            e_l_mv,
            v_th_mv,
            v_reset_mv: e_l_mv,
            t_ref_ms,
            asc_amp_pa: [asc1, asc2],
            asc_k_per_ms: [k1, k2],
        };
        Self { id, type17: POPULATIONS[population].type17, population, params }
    }
}

/// Neuron models and recurrent weights: what the circuit builder consumes.
#[derive(Debug, Clone, PartialEq)]
pub struct V1Tables {
    /// Where the numbers come from, for reports.
    pub source: String,
    /// The models, sorted by population and identifier; every population has at least one.
    pub models: Vec<GlifModel>,
    /// Weight (pA) of one synapse: `weight_pa[postsynaptic model][presynaptic population]`; 0 without connections.
    pub weight_pa: Vec<[f64; N_POPULATIONS]>,
}

impl V1Tables {
    /// The embedded tables at `level`.
    pub fn embedded(level: TableLevel) -> Self {
        match level {
            TableLevel::TypeMeans => Self::type_means(),
            TableLevel::Models => Self::all_models(),
        }
    }

    /// Reads `glif3_params_111.csv` and `edge_weights_glif_2331.csv` in `folder`; lines starting with `#` are comments.
    ///
    /// The first needs the columns model_id, type17, pop, C_m_pF, g_nS, E_L_mV, V_th_mV, V_reset_mV, t_ref_ms,
    /// asc_amp1_pA, asc_amp2_pA, asc_k1_per_ms, asc_k2_per_ms; the second post_model_id, post_pop, pre_pop,
    /// weight_pA_per_synapse, one row for every model and presynaptic population. Further columns are ignored.
    ///
    /// # Errors
    /// A missing or unreadable file, a missing column, a row with too few or too many fields, a number that does not
    /// parse, is not finite or is out of its range, an unknown or contradictory population, a weight against Dale's
    /// principle, duplicates, a population without model, a missing weight: [`TaskError`] naming file, line and field.
    pub fn from_dir(folder: &Path) -> Result<Self, TaskError> {
        load::from_dir(folder)
    }

    /// Indices into [`Self::models`] of the models of `population`.
    pub fn models_of(&self, population: usize) -> Range<usize> {
        let start = self.models.partition_point(|m| m.population < population);
        let end = self.models.partition_point(|m| m.population <= population);
        start..end
    }

    fn type_means() -> Self {
        let models = (0..N_POPULATIONS)
            .map(|b| GlifModel::from_row(b as u64, b, &GLIF3_TYPE_MEANS[POPULATIONS[b].type17]))
            .collect();
        let weight_pa = (0..N_POPULATIONS)
            .map(|b| std::array::from_fn(|a| MEAN_WEIGHT_PA[POPULATIONS[a].type17][POPULATIONS[b].type17]))
            .collect();
        Self { source: "embedded: means of 17 types".to_owned(), models, weight_pa }
    }

    fn all_models() -> Self {
        let models = GLIF3_MODELS.iter().map(|r| GlifModel::from_row(r.id, r.population, &r.parameters)).collect();
        let weight_pa = GLIF3_MODELS
            .iter()
            .map(|row| {
                std::array::from_fn(|a| {
                    let pre = POPULATIONS[a].type17;
                    let factor = row.weight_factor[usize::from(!CELL_TYPES[pre].is_excitatory())];
                    POPULATION_WEIGHT_PA[row.population][pre] * factor
                })
            })
            .collect();
        Self { source: "embedded: 111 GLIF3 models".to_owned(), models, weight_pa }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn every_population_has_models_and_v_th_above_rest() {
        for level in [TableLevel::TypeMeans, TableLevel::Models] {
            let tables = V1Tables::embedded(level);
            assert_eq!(tables.weight_pa.len(), tables.models.len());
            let n: usize = (0..N_POPULATIONS).map(|b| tables.models_of(b).len()).sum();
            assert_eq!(n, tables.models.len());
            assert!((0..N_POPULATIONS).all(|b| !tables.models_of(b).is_empty()));
            assert!(tables.models.is_sorted_by_key(|m| (m.population, m.id)));
            for m in tables.models.iter().map(|m| &m.params) {
                assert!(m.c_m_pf > 0.0 && m.g_ns > 0.0 && m.v_th_mv > m.e_l_mv && m.t_ref_ms > 0.0);
                assert!((3.0..80.0).contains(&m.tau_m_ms()), "{} ms", m.tau_m_ms());
            }
        }
    }

    #[test]
    fn numbers_of_models_per_type() {
        let tables = V1Tables::embedded(TableLevel::Models);
        let mut n = [0; N_TYPES];
        for m in &tables.models {
            n[m.type17] += 1;
        }
        assert_eq!(n, [2, 1, 3, 3, 8, 31, 2, 2, 1, 27, 8, 5, 3, 5, 4, 4, 2]);
    }

    #[test]
    fn type_means_are_means_of_models() {
        let tables = V1Tables::embedded(TableLevel::Models);
        let mut sums = vec![[0.0; 3]; N_TYPES];
        for m in &tables.models {
            let n = f64::from(POPULATIONS[m.population].n_core) / tables.models_of(m.population).len() as f64;
            sums[m.type17][0] += n;
            sums[m.type17][1] += n * m.params.c_m_pf;
            sums[m.type17][2] += n * m.params.asc_amp_pa[1];
        }
        for (t, s) in sums.iter().enumerate() {
            assert!((s[1] / s[0] - GLIF3_TYPE_MEANS[t][0]).abs() < 1e-3, "C_m of type {t}");
            assert!((s[2] / s[0] - GLIF3_TYPE_MEANS[t][6]).abs() < 1e-2, "asc amplitude of type {t}");
        }
    }

    #[test]
    fn embedded_models_equal_the_released_files() {
        let Some(data) = std::env::var_os("EVOPLAST_DATA") else { return };
        let files = V1Tables::from_dir(&Path::new(&data).join("mouse_v1")).unwrap();
        let embedded = V1Tables::embedded(TableLevel::Models);
        let close = |a: f64, b: f64| (a - b).abs() <= 2e-6 * a.abs().max(1e-3);
        assert_eq!(files.models.len(), embedded.models.len());
        for (k, (f, e)) in files.models.iter().zip(&embedded.models).enumerate() {
            assert_eq!((f.id, f.population, f.type17), (e.id, e.population, e.type17));
            let numbers = |m: &GlifModel| {
                let m = m.params;
                [m.c_m_pf, m.g_ns, m.e_l_mv, m.v_th_mv, m.v_reset_mv, m.t_ref_ms]
                    .into_iter()
                    .chain(m.asc_amp_pa)
                    .chain(m.asc_k_per_ms)
                    .collect::<Vec<_>>()
            };
            assert!(numbers(f).iter().zip(numbers(e)).all(|(&a, b)| close(a, b)), "model {}", f.id);
            for a in 0..N_POPULATIONS {
                assert!(close(files.weight_pa[k][a], embedded.weight_pa[k][a]), "weight {} -> {}", a, f.id);
            }
        }
    }
}
