//! Circuits as files for other simulators: `NAME.npz` with the arrays and `NAME.json` with the numbers.
//!
//! | array | shape | meaning |
//! |---|---|---|
//! | `pre`, `post` | synapses | indices of the neurons, sorted by `pre`, then `post` |
//! | `weight` | synapses | initial magnitude, pA or nS |
//! | `sign` | neurons | +1 or -1; a conductance has +1 |
//! | `port` | neurons | port of the neuron's spikes, 0 or 1 |
//! | `bias_pa`, `v_mv` | neurons | constant current, initial potential |
//! | `arriving` | 2 x neurons | input that arrives at either port in step 0 |
//! | `scale`, `upper` | synapses | learning rate and bound; only with a rule |

use super::{Circuit, DELTA_R, FIRST_REWARD_MS, REWARD_PERIOD_MS};
use crate::BenchError;
use npyz::npz::NpzWriter;
use npyz::zip::{CompressionMethod, DateTime, write::FileOptions};
use npyz::{AutoSerialize, WriterBuilder};
use serde_json::json;
use std::fs::{File, create_dir_all, write};
use std::io::{BufWriter, Seek, Write};
use std::path::Path;

impl Circuit {
    /// Writes the circuit to `folder`, which is created if it is not there.
    ///
    /// # Errors
    /// A folder or file that cannot be written.
    pub fn write(&self, folder: &Path) -> Result<(), BenchError> {
        create_dir_all(folder).map_err(BenchError::io(folder))?;
        let path = folder.join(format!("{}.npz", self.case.name()));
        self.write_arrays(&path).map_err(BenchError::io(&path))?;
        let path = folder.join(format!("{}.json", self.case.name()));
        write(&path, format!("{:#}\n", self.numbers())).map_err(BenchError::io(&path))
    }

    fn write_arrays(&self, path: &Path) -> std::io::Result<()> {
        let topology = &self.wiring.topology;
        let (n, synapses) = (self.neurons() as u64, topology.len() as u64);
        let mut pre = vec![0_u32; topology.len()];
        topology.for_each(|k, i, _| pre[k] = i as u32);
        let mut npz = NpzWriter::new(BufWriter::new(File::create(path)?));
        array(&mut npz, "pre", &[synapses], &pre)?;
        array(&mut npz, "post", &[synapses], topology.targets())?;
        array(&mut npz, "weight", &[synapses], &self.wiring.initial)?;
        array(&mut npz, "sign", &[n], &self.wiring.sign)?;
        array(&mut npz, "port", &[n], &self.wiring.port)?;
        array(&mut npz, "bias_pa", &[n], &self.bias_pa)?;
        array(&mut npz, "v_mv", &[n], &self.v_mv)?;
        array(&mut npz, "arriving", &[2, n], &self.arriving.concat())?;
        if let Some(learning) = &self.learning {
            array(&mut npz, "scale", &[synapses], &learning.scale)?;
            array(&mut npz, "upper", &[synapses], &learning.upper)?;
        }
        npz.zip_writer().finish()?.flush()
    }

    fn numbers(&self) -> serde_json::Value {
        let rule = self.learning.as_ref().map(|learning| {
            let rule = &learning.rule;
            let terms: serde_json::Map<String, serde_json::Value> =
                rule.active_terms().map(|term| (term.name(), json!(rule.coefficient(term, 0, 0)))).collect();
            json!({
                "terms": terms,
                "tau_e_ms": rule.tau_e_ms()[0],
                "tau_r_ms": rule.tau_r_ms()[0],
                "first_reward_ms": FIRST_REWARD_MS,
                "reward_period_ms": REWARD_PERIOD_MS,
                "delta_r": DELTA_R,
            })
        });
        json!({
            "case": self.case.name(),
            "neurons": self.neurons(),
            "excitatory": self.excitatory,
            "synapses": self.synapses(),
            "dt_ms": self.dt_ms,
            "delay_steps": self.wiring.topology.max_delay(),
            "neuron": self.neuron,
            "receptors": self.receptors,
            "rule": rule,
        })
    }
}

fn array<T: AutoSerialize + Copy, W: Write + Seek>(
    npz: &mut NpzWriter<W>,
    name: &str,
    shape: &[u64],
    values: &[T],
) -> std::io::Result<()> {
    // Not compressed and without a date, so that equal circuits are equal files.
    let options =
        FileOptions::default().compression_method(CompressionMethod::Stored).last_modified_time(DateTime::default());
    let mut npy = npz.array(name, options)?.default_dtype().shape(shape).begin_nd()?;
    npy.extend(values.iter().copied())?;
    npy.finish()
}
