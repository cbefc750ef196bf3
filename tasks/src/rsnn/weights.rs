//! All weights of the network as one vector: input, recurrent, output.

use super::Rsnn;
use evoplast_synapse::{NetworkWeights, ParamLayout, Snapshot, SynapseError, Trainable, Wiring, WiringBlocks};

/// Names of the layers, as prefixes of the names of their blocks.
pub const LAYERS: [&str; 3] = ["input", "recurrent", "output"];

/// Blocks of the three layers.
pub(super) fn blocks(wiring: [&Wiring; 3], types: &[&str]) -> Result<[WiringBlocks; 3], SynapseError> {
    let [input, recurrent, output] = wiring;
    let outputs = vec!["output"; output.topology.types_post()];
    let input = WiringBlocks::new(LAYERS[0], input, &["channel"], types, 0)?;
    let recurrent = WiringBlocks::new(LAYERS[1], recurrent, types, types, input.synapse.len())?;
    let start = input.synapse.len() + recurrent.synapse.len();
    let output = WiringBlocks::new(LAYERS[2], output, types, &outputs, start)?;
    Ok([input, recurrent, output])
}

impl Rsnn {
    /// The weights of the network itself, without those of the readout, for whoever takes a network over.
    ///
    /// # Errors
    /// None for a network that was built by its configuration.
    pub fn inner(&mut self) -> Result<NetworkWeights<'_>, SynapseError> {
        NetworkWeights::new(&mut self.network).with(LAYERS[0], self.input, &["channel"], &self.types)?.with(
            LAYERS[1],
            self.recurrent,
            &self.types,
            &self.types,
        )
    }

    /// Weights of the readout by neuron and output, `[neuron * outputs + output]`.
    #[must_use]
    pub fn readout(&self) -> Vec<f32> {
        let t = &self.output.topology;
        let mut dense = vec![0.0; t.n_pre() * t.n_post()];
        t.for_each(|k, i, o| dense[i * t.n_post() + o] = self.output.sign[i] * self.output.initial[k]);
        dense
    }

    /// Pre- and postsynaptic unit of every weight, in the order of the layout.
    #[must_use]
    pub fn places(&self) -> Vec<(u32, u32)> {
        self.blocks.iter().flat_map(|b| &b.place).copied().collect()
    }

    fn check(&self, values: &[f32]) -> Result<(), SynapseError> {
        let expected = self.blocks.iter().map(|b| b.synapse.len()).sum();
        if values.len() != expected {
            return Err(SynapseError::Length { what: "parameters", found: values.len(), expected });
        }
        let signs = self.blocks.iter().flat_map(|b| b.sign.iter().map(|&s| (s, b.free)));
        for (&w, (sign, free)) in values.iter().zip(signs) {
            if !(w.is_finite() && (free || sign * w >= 0.0)) {
                return Err(SynapseError::Parameter {
                    component: "recurrent spiking network",
                    field: "weight",
                    found: w.into(),
                    expected: "a finite weight with the sign of its presynaptic neuron",
                });
            }
        }
        Ok(())
    }
}

/// The order is that of a gradient engine which takes over the network and its readout. Weights of the network itself
/// last until its reset.
impl Trainable for Rsnn {
    fn layout(&mut self) -> ParamLayout {
        ParamLayout { blocks: self.blocks.iter().flat_map(|b| b.layout.clone()).collect() }
    }

    fn read(&mut self) -> Vec<f32> {
        let mut values = vec![];
        for (blocks, projection) in self.blocks.iter().zip([Some(self.input), Some(self.recurrent), None]) {
            let magnitude = match projection {
                Some(id) => self.network.projection(id).magnitudes(),
                None => &self.output.initial,
            };
            values.extend(blocks.synapse.iter().zip(&blocks.sign).map(|(&k, s)| s * magnitude[k as usize]));
        }
        values
    }

    fn write(&mut self, values: &[f32]) -> Result<(), SynapseError> {
        self.check(values)?;
        let mut rest = values;
        for (blocks, projection) in self.blocks.iter().zip([Some(self.input), Some(self.recurrent), None]) {
            let (own, after) = rest.split_at(blocks.synapse.len());
            rest = after;
            let mut magnitude = vec![0.0; own.len()];
            let places = blocks.synapse.iter().zip(&blocks.sign).zip(own);
            places.for_each(|((&k, &s), &w)| magnitude[k as usize] = s * w);
            match projection {
                Some(id) => self.network.projection(id).set_magnitudes(&magnitude)?,
                None => self.output.initial = magnitude.into(),
            }
        }
        Ok(())
    }

    fn snapshot(&mut self) -> Snapshot {
        let (layout, values) = (self.layout(), self.read());
        Snapshot::placed(&layout, &values, &self.places()).expect("a topology has no two synapses at one place")
    }
}
