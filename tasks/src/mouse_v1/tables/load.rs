//! Reading the model-level tables from CSV files.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};

use evoplast_neuron::Glif3Params;

use super::{CELL_TYPES, GlifModel, N_POPULATIONS, POPULATIONS, V1Tables, population_index};
use crate::error::TaskError;

const MODEL_FILE: &str = "glif3_params_111.csv";
const WEIGHT_FILE: &str = "edge_weights_glif_2331.csv";

/// A CSV file in memory, with the needed columns only.
struct Table {
    path: PathBuf,
    columns: &'static [&'static str],
    rows: Vec<Row>,
}

struct Row {
    line: u64,
    /// In the order of `Table::columns`.
    fields: Vec<String>,
}

impl Table {
    fn read(path: PathBuf, columns: &'static [&'static str]) -> Result<Self, TaskError> {
        let file = File::open(&path).map_err(|e| TaskError::read(&path, e))?;
        let mut reader =
            csv::ReaderBuilder::new().comment(Some(b'#')).trim(csv::Trim::All).flexible(true).from_reader(file);
        let header = reader.headers().map_err(|e| TaskError::read(&path, e))?.clone();
        let position = |column: &&str| {
            header.iter().position(|h| h == *column).ok_or_else(|| TaskError::MissingColumn {
                path: path.clone(),
                column: (*column).to_owned(),
                found: if header.is_empty() { "none".to_owned() } else { header.iter().collect::<Vec<_>>().join(", ") },
            })
        };
        let positions = columns.iter().map(position).collect::<Result<Vec<_>, _>>()?;
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(|e| TaskError::read(&path, e))?;
            let line = record.position().map_or(0, csv::Position::line);
            if record.len() != header.len() {
                return Err(TaskError::Field {
                    path,
                    line,
                    field: "(whole row)".to_owned(),
                    found: format!("{} fields", record.len()),
                    expected: format!("{} as in the header", header.len()),
                });
            }
            rows.push(Row { line, fields: positions.iter().map(|&k| record[k].to_owned()).collect() });
        }
        Ok(Self { path, columns, rows })
    }

    fn text<'a>(&self, row: &'a Row, column: &str) -> &'a str {
        let k = self.columns.iter().position(|c| *c == column).expect("a column named when the table was read");
        &row.fields[k]
    }

    fn wrong(&self, row: &Row, column: &str, expected: impl Into<String>) -> TaskError {
        TaskError::Field {
            path: self.path.clone(),
            line: row.line,
            field: column.to_owned(),
            found: format!("`{}`", self.text(row, column)),
            expected: expected.into(),
        }
    }

    /// A finite number for which `allowed` holds.
    fn number(&self, row: &Row, column: &str, expected: &str, allowed: impl Fn(f64) -> bool) -> Result<f64, TaskError> {
        match self.text(row, column).parse::<f64>() {
            Ok(x) if x.is_finite() && allowed(x) => Ok(x),
            _ => Err(self.wrong(row, column, expected)),
        }
    }

    fn id(&self, row: &Row, column: &str) -> Result<u64, TaskError> {
        self.text(row, column).parse().map_err(|_| self.wrong(row, column, "a whole number"))
    }

    fn population(&self, row: &Row, column: &str) -> Result<usize, TaskError> {
        population_index(self.text(row, column)).ok_or_else(|| {
            let names: Vec<&str> = POPULATIONS.iter().map(|p| p.name).collect();
            self.wrong(row, column, format!("one of {}", names.join(", ")))
        })
    }

    fn incomplete(&self, what: impl Into<String>, found: impl Into<String>, expected: impl Into<String>) -> TaskError {
        TaskError::Incomplete {
            path: self.path.clone(),
            what: what.into(),
            found: found.into(),
            expected: expected.into(),
        }
    }
}

pub(super) fn from_dir(folder: &Path) -> Result<V1Tables, TaskError> {
    let models = read_models(folder.join(MODEL_FILE))?;
    let weight_pa = read_weights(folder.join(WEIGHT_FILE), &models)?;
    Ok(V1Tables { source: format!("{MODEL_FILE} and {WEIGHT_FILE} of {}", folder.display()), models, weight_pa })
}

fn read_models(path: PathBuf) -> Result<Vec<GlifModel>, TaskError> {
    let table = Table::read(
        path,
        &[
            "model_id",
            "type17",
            "pop",
            "C_m_pF",
            "g_nS",
            "E_L_mV",
            "V_th_mV",
            "V_reset_mV",
            "t_ref_ms",
            "asc_amp1_pA",
            "asc_amp2_pA",
            "asc_k1_per_ms",
            "asc_k2_per_ms",
        ],
    )?;
    let mut models = BTreeMap::new();
    for row in &table.rows {
        let model = read_model(&table, row)?;
        let key = (model.population, model.id);
        if models.values().any(|m: &GlifModel| m.id == model.id) {
            return Err(table.wrong(row, "model_id", "an identifier that did not occur before"));
        }
        models.insert(key, model);
    }
    for (b, population) in POPULATIONS.iter().enumerate() {
        if !models.keys().any(|k| k.0 == b) {
            return Err(table.incomplete(format!("models of population {}", population.name), "0", "at least 1"));
        }
    }
    Ok(models.into_values().collect())
}

fn read_model(table: &Table, row: &Row) -> Result<GlifModel, TaskError> {
    let any = |column: &str| table.number(row, column, "a finite number", |_| true);
    let positive = |column: &str| table.number(row, column, "a finite number > 0", |x| x > 0.0);
    let population = table.population(row, "pop")?;
    let type17 = POPULATIONS[population].type17;
    if table.text(row, "type17") != CELL_TYPES[type17].name {
        let expected = format!("{}, the type of {}", CELL_TYPES[type17].name, POPULATIONS[population].name);
        return Err(table.wrong(row, "type17", expected));
    }
    let v_th_mv = any("V_th_mV")?;
    let below =
        |column: &str| table.number(row, column, &format!("a finite number < V_th_mV = {v_th_mv}"), |x| x < v_th_mv);
    let id = table.id(row, "model_id")?;
    let params = Glif3Params {
        c_m_pf: positive("C_m_pF")?,
        g_ns: positive("g_nS")?,
        e_l_mv: below("E_L_mV")?,
        v_th_mv,
        v_reset_mv: below("V_reset_mV")?,
        t_ref_ms: table.number(row, "t_ref_ms", "a finite number >= 0", |x| x >= 0.0)?,
        asc_amp_pa: [any("asc_amp1_pA")?, any("asc_amp2_pA")?],
        asc_k_per_ms: [positive("asc_k1_per_ms")?, positive("asc_k2_per_ms")?],
    };
    Ok(GlifModel { id, type17, population, params })
}

fn read_weights(path: PathBuf, models: &[GlifModel]) -> Result<Vec<[f64; N_POPULATIONS]>, TaskError> {
    let table = Table::read(path, &["post_model_id", "post_pop", "pre_pop", "weight_pA_per_synapse"])?;
    let by_id: BTreeMap<u64, usize> = models.iter().enumerate().map(|(k, m)| (m.id, k)).collect();
    let mut weights = vec![[None; N_POPULATIONS]; models.len()];
    for row in &table.rows {
        let id = table.id(row, "post_model_id")?;
        let k =
            *by_id.get(&id).ok_or_else(|| table.wrong(row, "post_model_id", format!("a model_id of {MODEL_FILE}")))?;
        let post = table.population(row, "post_pop")?;
        if post != models[k].population {
            let name = POPULATIONS[models[k].population].name;
            return Err(table.wrong(row, "post_pop", format!("{name}, the population of model {id}")));
        }
        let pre = table.population(row, "pre_pop")?;
        let weight = if CELL_TYPES[POPULATIONS[pre].type17].is_excitatory() {
            table.number(row, "weight_pA_per_synapse", "a finite number >= 0 (excitatory)", |w| w >= 0.0)?
        } else {
            table.number(row, "weight_pA_per_synapse", "a finite number <= 0 (inhibitory)", |w| w <= 0.0)?
        };
        if weights[k][pre].replace(weight).is_some() {
            return Err(table.wrong(row, "pre_pop", format!("one row per population for model {id}")));
        }
    }
    let n_expected = models.len() * N_POPULATIONS;
    let mut complete = vec![[0.0; N_POPULATIONS]; models.len()];
    for (k, row) in weights.iter().enumerate() {
        for (pre, weight) in row.iter().enumerate() {
            complete[k][pre] = weight.ok_or_else(|| {
                table.incomplete(
                    format!("rows; none for model {} from population {}", models[k].id, POPULATIONS[pre].name),
                    table.rows.len().to_string(),
                    n_expected.to_string(),
                )
            })?;
        }
    }
    Ok(complete)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::mouse_v1::tables::TableLevel;
    use std::fmt::Write as _;

    /// The two files as text, written from the embedded tables.
    fn files() -> (String, String) {
        let t = V1Tables::embedded(TableLevel::Models);
        let mut models = String::from(
            "# parameters\n# two comment lines\nmodel_id,type17,pop,C_m_pF,g_nS,E_L_mV,V_th_mV,V_reset_mV,t_ref_ms,\
             asc_amp1_pA,asc_amp2_pA,asc_k1_per_ms,asc_k2_per_ms\n",
        );
        let mut weights = String::from("# weights\npost_model_id,post_pop,pre_pop,weight_pA_per_synapse,more\n");
        for (m, w) in t.models.iter().zip(&t.weight_pa) {
            writeln!(
                models,
                "{},{},{},{},{},{},{},{},{},{},{},{},{}",
                m.id,
                CELL_TYPES[m.type17].name,
                POPULATIONS[m.population].name,
                m.params.c_m_pf,
                m.params.g_ns,
                m.params.e_l_mv,
                m.params.v_th_mv,
                m.params.v_reset_mv,
                m.params.t_ref_ms,
                m.params.asc_amp_pa[0],
                m.params.asc_amp_pa[1],
                m.params.asc_k_per_ms[0],
                m.params.asc_k_per_ms[1]
            )
            .unwrap();
            for (a, w) in w.iter().enumerate() {
                writeln!(weights, "{},{},{},{w},x", m.id, POPULATIONS[m.population].name, POPULATIONS[a].name).unwrap();
            }
        }
        (models, weights)
    }

    fn load(models: Option<&str>, weights: Option<&str>) -> Result<V1Tables, TaskError> {
        let dir = tempfile::tempdir().unwrap();
        for (name, text) in [(MODEL_FILE, models), (WEIGHT_FILE, weights)] {
            if let Some(text) = text {
                std::fs::write(dir.path().join(name), text).unwrap();
            }
        }
        from_dir(dir.path())
    }

    /// The message of a failed load, which must be one line and name all `parts`.
    fn message(models: Option<&str>, weights: Option<&str>, parts: &[&str]) {
        let text = load(models, weights).unwrap_err().to_string();
        assert!(!text.contains('\n'), "{text}");
        for part in parts {
            assert!(text.contains(part), "`{part}` is not in `{text}`");
        }
    }

    #[test]
    fn files_give_back_the_embedded_tables() {
        let (m, w) = files();
        let read = load(Some(&m), Some(&w)).unwrap();
        let embedded = V1Tables::embedded(TableLevel::Models);
        assert_eq!(read.models, embedded.models);
        assert_eq!(read.weight_pa, embedded.weight_pa);
        let windows = load(Some(&m.replace('\n', "\r\n")), Some(&w.replace('\n', "\r\n"))).unwrap();
        assert_eq!(windows.models, embedded.models);
    }

    #[test]
    fn malformed_model_files() {
        let (m, w) = files();
        let broken = |from: &str, to: &str| m.replacen(from, to, 1);
        message(None, Some(&w), &[MODEL_FILE, "cannot read"]);
        message(Some(""), Some(&w), &[MODEL_FILE, "column `model_id`", "none"]);
        message(Some(&broken("g_nS,", "g,")), Some(&w), &[MODEL_FILE, "column `g_nS` is missing", "C_m_pF, g, E_L_mV"]);
        let first = "475585413,i1Htr3a,i1Htr3a,37.11079,";
        message(
            Some(&broken(first, "475585413,i1Htr3a,i1Htr3a,thirty,")),
            Some(&w),
            &["line 4", "`C_m_pF`", "`thirty`", "> 0"],
        );
        for bad in ["NaN", "inf", "0", "-3", "1e999", ""] {
            let text = broken(first, &format!("475585413,i1Htr3a,i1Htr3a,{bad},"));
            message(Some(&text), Some(&w), &["line 4", "`C_m_pF`", &format!("`{bad}`")]);
        }
        message(
            Some(&broken("i1Htr3a,i1Htr3a", "i1Htr3a,i2Htr3a")),
            Some(&w),
            &["line 4", "`pop`", "`i2Htr3a`", "e23Cux2"],
        );
        message(Some(&broken("i1Htr3a,i1Htr3a", "e23,i1Htr3a")), Some(&w), &["line 4", "`type17`", "`e23`", "i1Htr3a"]);
        message(Some(&broken(first, "475585413,i1Htr3a,37.11079,")), Some(&w), &["line 4", "12 fields", "13"]);
        message(Some(&broken("478107198", "475585413")), Some(&w), &["line 5", "`model_id`", "475585413"]);
        message(Some(&broken("-40.20941", "-99")), Some(&w), &["line 4", "`E_L_mV`", "V_th_mV = -99"]);
        let without: String = m.lines().filter(|l| !l.contains("i4Htr3a")).map(|l| format!("{l}\n")).collect();
        message(Some(&without), Some(&w), &[MODEL_FILE, "i4Htr3a", "found 0"]);
    }

    #[test]
    fn malformed_weight_files() {
        let (m, w) = files();
        let broken = |from: &str, to: &str| w.replacen(from, to, 1);
        message(Some(&m), None, &[WEIGHT_FILE, "cannot read"]);
        message(Some(&m), Some(&broken("pre_pop", "pre")), &[WEIGHT_FILE, "column `pre_pop`"]);
        let first = "475585413,i1Htr3a,i1Htr3a,-";
        message(
            Some(&m),
            Some(&broken(first, "475585413,i1Htr3a,i1Htr3a,")),
            &["line 3", "weight_pA_per_synapse", "<= 0"],
        );
        message(
            Some(&m),
            Some(&broken(first, "1,i1Htr3a,i1Htr3a,-")),
            &["line 3", "`post_model_id`", "`1`", MODEL_FILE],
        );
        message(
            Some(&m),
            Some(&broken(first, "475585413,i1Htr3a,e23Cux2,0,x\n475585413,i1Htr3a,i1Htr3a,-")),
            &["line 5", "`pre_pop`"],
        );
        message(Some(&m), Some(&broken(first, "475585413,e23Cux2,i1Htr3a,-")), &["line 3", "`post_pop`", "i1Htr3a"]);
        let without: String = w.lines().filter(|l| !l.starts_with(first)).map(|l| format!("{l}\n")).collect();
        message(Some(&m), Some(&without), &[WEIGHT_FILE, "475585413", "2330", "2331"]);
    }

    #[test]
    fn bytes_that_are_not_text() {
        let dir = tempfile::tempdir().unwrap();
        std::fs::write(dir.path().join(MODEL_FILE), [0xff_u8, 0xfe, 0x00, b'\n', 0x80]).unwrap();
        let text = from_dir(dir.path()).unwrap_err().to_string();
        assert!(text.contains(MODEL_FILE) && !text.contains('\n'), "{text}");
    }
}
