//! The circuit as a builder that any experiment can use.

use super::geometry::Cells;
use super::lgn::{LgnFilters, lgn_units};
use super::lgn_input::lgn_input;
use super::recurrent::{PORT_EXCITATORY, recurrent};
use super::tables::{
    BACKGROUND_DELAY_MS, BACKGROUND_WEIGHT_PA, CELL_TYPES, CellClass, Layer, N_TYPES, TAU_SYN_MS, TableLevel, V1Tables,
    delay_steps, receptor,
};
use crate::error::TaskError;
use evoplast_neuron::{Glif3, Glif3Params, Kinetics, Population, Receptors, SoaPopulation};
use evoplast_synapse::{
    CsrProjection, Network, Node, Plastic, PopulationId, ProjectionId, Static, TopologyBuilder, Wiring,
};
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// Fewest and most neurons a circuit may have; the most is the full model.
pub const NEURONS: std::ops::RangeInclusive<usize> = 200..=230_924;

/// Step of the simulation (ms), as in Chen, Scherr, Maass 2022.
pub const DT_MS: f64 = 1.0;

/// Index of the sources that drive a circuit, in the order in which they are added.
pub const SOURCE_LGN: usize = 0;
/// See [`SOURCE_LGN`].
pub const SOURCE_BACKGROUND: usize = 1;

/// Whether the 1-kHz background is one source for all neurons or one for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Background {
    /// One source, as in the published model.
    #[default]
    Shared,
    /// Independent sources of the same rate.
    Independent,
}

/// What a circuit is built from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct V1Config {
    /// Number of neurons, 200..=230924.
    pub neurons: usize,
    /// Seed of positions, models, connections and LGN targeting.
    pub seed: u64,
    /// Seed of the mosaic of LGN units.
    pub lgn_seed: u64,
    /// Embedded tables, if `data_dir` is not given.
    pub tables: TableLevel,
    /// Folder with the model-level tables (`glif3_params_111.csv`, `edge_weights_glif_2331.csv`).
    pub data_dir: Option<PathBuf>,
    /// Background input.
    pub background: Background,
    /// Factor on all recurrent weights of excitatory neurons; 1 is the published circuit.
    pub excitation: f64,
}

impl Default for V1Config {
    fn default() -> Self {
        Self {
            neurons: 1000,
            seed: 1,
            lgn_seed: 1,
            tables: TableLevel::default(),
            data_dir: None,
            background: Background::default(),
            excitation: 1.0,
        }
    }
}

/// A circuit: everything that candidates share. [`network`](Self::network) gives each a network of its own.
#[derive(Debug, Clone)]
pub struct V1Circuit {
    /// Where the tables came from.
    pub source: String,
    /// The neurons, sorted by type.
    pub cells: Cells,
    /// Recurrent connections.
    pub recurrent: Wiring,
    /// LGN input, from the selected units.
    pub lgn: Wiring,
    /// Background input from one source to every neuron.
    pub background: Wiring,
    /// Whether that source is shared; if not, the drive gives every neuron input of its own with these weights.
    pub background_kind: Background,
    /// Filters of the selected LGN units, for images shown for 100 ms.
    pub filters: Arc<LgnFilters>,
    /// Mean spontaneous rate of all LGN units (Hz).
    pub lgn_spontaneous_hz: f64,
    params: Vec<Glif3Params>,
    kinetics: Vec<Vec<Kinetics>>,
}

/// A network and the names of its parts.
pub struct V1Network {
    /// The network.
    pub network: Network,
    /// The neurons of V1.
    pub neurons: PopulationId,
    /// The recurrent projection.
    pub recurrent: ProjectionId,
}

/// Streams of the random numbers of a circuit.
const STREAM_CELLS: u64 = 1;
const STREAM_LGN_INPUT: u64 = 2;

impl V1Circuit {
    /// Builds a circuit whose images are shown for `image_ms`.
    ///
    /// # Errors
    /// A number of neurons outside [`NEURONS`], an excitation that is not positive, or tables that cannot be read; the
    /// error names field or file, found and expected.
    pub fn build(config: &V1Config, image_ms: usize) -> Result<Self, TaskError> {
        if !NEURONS.contains(&config.neurons) {
            let range = format!("{}..={}", NEURONS.start(), NEURONS.end());
            return Err(TaskError::parameter("neurons", config.neurons, &range));
        }
        if !(config.excitation.is_finite() && config.excitation > 0.0) {
            return Err(TaskError::parameter("excitation", config.excitation, "a positive number"));
        }
        let tables = match &config.data_dir {
            Some(folder) => V1Tables::from_dir(folder)?,
            None => V1Tables::embedded(config.tables),
        };
        let stream = |seed: u64, stream: u64| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(stream);
            rng
        };
        let cells = Cells::draw(config.neurons, &tables, &mut stream(config.seed, STREAM_CELLS));
        let mut recurrent = recurrent(&cells, &tables, config.seed, DT_MS)?;
        if config.excitation != 1.0 {
            let mut initial = recurrent.initial.to_vec();
            let t = Arc::clone(&recurrent.topology);
            t.for_each(|k, pre, _| {
                if recurrent.sign[pre] > 0.0 {
                    initial[k] *= config.excitation as f32;
                }
            });
            recurrent.initial = initial.into();
        }
        let units = lgn_units(&mut stream(config.lgn_seed, 0));
        let (lgn, selection) = lgn_input(&cells, &units, DT_MS, &mut stream(config.seed, STREAM_LGN_INPUT))?;
        let filters = Arc::new(LgnFilters::new(&units, &selection, image_ms)?);
        Ok(Self {
            lgn_spontaneous_hz: super::lgn::spontaneous_mean(&units),
            source: tables.source.clone(),
            background: background(&cells)?,
            background_kind: config.background,
            params: cells.model.iter().map(|&m| tables.models[m as usize].params).collect(),
            kinetics: kinetics(&cells),
            cells,
            recurrent,
            lgn,
            filters,
        })
    }

    /// Number of neurons.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Never true: a circuit has at least 200 neurons.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// A network without plasticity, at rest.
    ///
    /// # Errors
    /// Tables with parameters outside their domain.
    pub fn static_network(&self) -> Result<V1Network, TaskError> {
        self.network(Static)
    }

    /// A network whose recurrent weights follow `rule`, at rest. Sources: [`SOURCE_LGN`], [`SOURCE_BACKGROUND`].
    ///
    /// # Errors
    /// Tables with parameters outside their domain.
    pub fn network<P: Plastic + 'static>(&self, rule: P) -> Result<V1Network, TaskError> {
        let receptors =
            Receptors::per_neuron(&self.kinetics, self.len(), DT_MS).map_err(evoplast_synapse::SynapseError::from)?;
        let population = SoaPopulation::<Glif3>::new(&self.params, receptors, DT_MS)
            .map_err(evoplast_synapse::SynapseError::from)?;
        let mut network = Network::new(DT_MS)?;
        let neurons = network.add_population(Box::new(population) as Box<dyn Population>);
        let lgn = network.add_source(self.lgn.topology.n_pre());
        let background = network.add_source(self.background.topology.n_pre());
        let recurrent = network.connect(
            Node::Population(neurons),
            neurons,
            Box::new(CsrProjection::new(self.recurrent.clone(), rule)),
        )?;
        network.connect(Node::Source(lgn), neurons, Box::new(CsrProjection::fixed(self.lgn.clone())))?;
        network.connect(Node::Source(background), neurons, Box::new(CsrProjection::fixed(self.background.clone())))?;
        Ok(V1Network { network, neurons, recurrent })
    }

    /// Excitatory neurons of L5, nearest to the centre of the layer first.
    #[must_use]
    pub fn l5_excitatory(&self) -> Vec<u32> {
        let is_l5e = |t: u16| {
            let c = &CELL_TYPES[usize::from(t)];
            c.layer == Layer::L5 && c.class == CellClass::Exc
        };
        let (top, bottom) = Layer::L5.depth_um();
        let s = &self.cells.sites;
        let distance = |i: u32| {
            let (x, y, z) = (s.x_um[i as usize], s.y_um[i as usize], s.z_um[i as usize]);
            let y = f64::from(y) - 0.5 * (top + bottom);
            (f64::from(x).powi(2) + y * y + f64::from(z).powi(2)).sqrt()
        };
        let mut all: Vec<u32> = (0..self.len() as u32).filter(|&i| is_l5e(self.cells.type17[i as usize])).collect();
        all.sort_by(|&a, &b| distance(a).total_cmp(&distance(b)).then(a.cmp(&b)));
        all
    }

    /// Numbers of recurrent connections E->E, E->I, I->E, I->I.
    #[must_use]
    pub fn connection_counts(&self) -> [usize; 4] {
        let pairs = self.recurrent.topology.pair_counts();
        let mut out = [0; 4];
        for (k, &n) in pairs.iter().enumerate() {
            let (pre, post) = (&CELL_TYPES[k / N_TYPES], &CELL_TYPES[k % N_TYPES]);
            out[usize::from(!pre.is_excitatory()) * 2 + usize::from(!post.is_excitatory())] += n;
        }
        out
    }
}

/// The model has four receptors, of which a neuron uses two by its own sign: two ports whose time constants differ
/// between excitatory and inhibitory neurons are the same at half the work.
fn kinetics(cells: &Cells) -> Vec<Vec<Kinetics>> {
    [true, false]
        .map(|from_excitatory| {
            let of = |&t: &u16| {
                let to_excitatory = CELL_TYPES[usize::from(t)].is_excitatory();
                Kinetics::alpha(TAU_SYN_MS[receptor(from_excitatory, to_excitatory)])
            };
            cells.type17.iter().map(of).collect()
        })
        .to_vec()
}

fn background(cells: &Cells) -> Result<Wiring, TaskError> {
    let delay = delay_steps(BACKGROUND_DELAY_MS, DT_MS).min(255) as u8;
    let mut builder = TopologyBuilder::new(&[0], 1, &cells.type17, N_TYPES)?;
    for (j, &p) in cells.population.iter().enumerate() {
        builder.add(0, j as u32, delay, BACKGROUND_WEIGHT_PA[usize::from(p)] as f32)?;
    }
    let (topology, weights) = builder.build()?;
    Ok(Wiring::new(topology, weights, vec![1.0], vec![PORT_EXCITATORY])?)
}
