//! Populations, sources and projections, and the loop over time steps.
//!
//! A step: gap junctions take the potentials; every population takes what arrives now and advances; then every projection takes the spikes of this step
//! (of a population, or of a source as the drive gives them), updates the rows that spiked and puts their weights on
//! the delay line of its target. A spike at step t with a delay of d steps arrives at step t + d.

use crate::error::require;
use crate::{DelayLine, Drive, GapJunctions, Probe, Projection, StepSpikes, SynapseError};
use evoplast_neuron::Population;
use std::any::Any;

/// A population of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PopulationId(usize);

impl PopulationId {
    /// Position in the order in which populations were added.
    #[must_use]
    pub fn index(self) -> usize {
        self.0
    }
}

/// A source of spikes of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SourceId(usize);

impl SourceId {
    /// Position in the order in which sources were added.
    #[must_use]
    pub fn index(self) -> usize {
        self.0
    }
}

/// A projection of a network.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ProjectionId(usize);

impl ProjectionId {
    /// Position in the order in which projections were added.
    #[must_use]
    pub fn index(self) -> usize {
        self.0
    }
}

/// Where a projection starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Node {
    /// A population of neurons.
    Population(PopulationId),
    /// A source of spikes.
    Source(SourceId),
}

struct Link {
    pre: Node,
    post: usize,
    projection: Box<dyn Projection>,
}

/// Gap junctions and the two populations that they couple, with the currents of a step.
struct Coupling {
    ends: [usize; 2],
    junctions: GapJunctions,
    current: [Vec<f32>; 2],
}

/// A network and its state; one per candidate, over wiring that all share.
pub struct Network {
    dt_ms: f64,
    now: u32,
    populations: Vec<Box<dyn Population>>,
    lines: Vec<DelayLine>,
    spikes: Vec<Vec<u32>>,
    source_size: Vec<usize>,
    source_spikes: Vec<Vec<u32>>,
    links: Vec<Link>,
    couplings: Vec<Coupling>,
}

impl Network {
    /// An empty network with steps of `dt_ms`.
    ///
    /// # Errors
    /// A step that is not a positive number.
    pub fn new(dt_ms: f64) -> Result<Self, SynapseError> {
        require(dt_ms > 0.0, "network", "dt_ms", dt_ms, "a positive number")?;
        Ok(Self {
            dt_ms,
            now: 0,
            populations: vec![],
            lines: vec![],
            spikes: vec![],
            source_size: vec![],
            source_spikes: vec![],
            links: vec![],
            couplings: vec![],
        })
    }

    /// Adds a population; it must have been built for the same step.
    pub fn add_population(&mut self, population: Box<dyn Population>) -> PopulationId {
        self.lines.push(DelayLine::new(population.len(), population.ports(), 1));
        self.spikes.push(Vec::with_capacity(population.len()));
        self.populations.push(population);
        PopulationId(self.populations.len() - 1)
    }

    /// Adds a source of `n` units whose spikes the drive gives.
    pub fn add_source(&mut self, n: usize) -> SourceId {
        self.source_size.push(n);
        self.source_spikes.push(vec![]);
        SourceId(self.source_size.len() - 1)
    }

    /// Adds a projection from `pre` to `post`.
    ///
    /// # Errors
    /// Sizes that do not fit the populations, or a port that the target does not have or that is not among its first
    /// eight.
    pub fn connect(
        &mut self,
        pre: Node,
        post: PopulationId,
        projection: Box<dyn Projection>,
    ) -> Result<ProjectionId, SynapseError> {
        let n_pre = match pre {
            Node::Population(p) => self.populations[p.0].len(),
            Node::Source(s) => self.source_size[s.0],
        };
        let target = &self.populations[post.0];
        let wiring = projection.wiring();
        crate::error::same_length("presynaptic neurons of a projection", wiring.topology.n_pre(), n_pre)?;
        crate::error::same_length("postsynaptic neurons of a projection", wiring.topology.n_post(), target.len())?;
        let ports = target.ports().min(MAX_PORTS);
        if let Some(&port) = wiring.port.iter().find(|&&p| usize::from(p) >= ports) {
            return Err(SynapseError::Index { what: "receptor port", found: port.into(), end: ports });
        }
        self.lines[post.0].ensure(wiring.topology.max_delay());
        self.links.push(Link { pre, post: post.0, projection });
        Ok(ProjectionId(self.links.len() - 1))
    }

    /// Couples the potentials of two populations, or of one with itself, by gap junctions.
    ///
    /// # Errors
    /// Neurons that the populations do not have.
    pub fn couple(&mut self, a: PopulationId, b: PopulationId, junctions: GapJunctions) -> Result<(), SynapseError> {
        let sizes = [a, b].map(|p| self.populations[p.0].len());
        junctions.check(sizes)?;
        let current = [vec![0.0; sizes[0]], vec![0.0; if a == b { 0 } else { sizes[1] }]];
        self.couplings.push(Coupling { ends: [a.0, b.0], junctions, current });
        Ok(())
    }

    /// All gap junctions with the populations that they couple.
    pub fn couplings(&self) -> impl Iterator<Item = (PopulationId, PopulationId, &GapJunctions)> {
        self.couplings.iter().map(|c| (PopulationId(c.ends[0]), PopulationId(c.ends[1]), &c.junctions))
    }

    /// Step length (ms).
    #[must_use]
    pub fn dt_ms(&self) -> f64 {
        self.dt_ms
    }

    /// Steps since the last reset.
    #[must_use]
    pub fn now(&self) -> u32 {
        self.now
    }

    /// All populations, in the order in which they were added.
    pub fn population_ids(&self) -> impl Iterator<Item = PopulationId> + use<> {
        (0..self.populations.len()).map(PopulationId)
    }

    /// Number of units of every source, in the order in which they were added.
    #[must_use]
    pub fn source_sizes(&self) -> &[usize] {
        &self.source_size
    }

    /// All projections, in the order in which they were added.
    pub fn projection_ids(&self) -> impl Iterator<Item = ProjectionId> + use<> {
        (0..self.links.len()).map(ProjectionId)
    }

    /// Where a projection starts and where it ends.
    #[must_use]
    pub fn ends(&self, id: ProjectionId) -> (Node, PopulationId) {
        (self.links[id.0].pre, PopulationId(self.links[id.0].post))
    }

    /// A population.
    #[must_use]
    pub fn population(&self, id: PopulationId) -> &dyn Population {
        &*self.populations[id.0]
    }

    /// A population, to inject currents.
    pub fn population_mut(&mut self, id: PopulationId) -> &mut dyn Population {
        &mut *self.populations[id.0]
    }

    /// A projection.
    pub fn projection(&mut self, id: ProjectionId) -> &mut dyn Projection {
        &mut *self.links[id.0].projection
    }

    /// A projection by its type, such as `CsrProjection<MyRule>`; `None` if it is of another.
    pub fn projection_as<P: Projection>(&mut self, id: ProjectionId) -> Option<&mut P> {
        let projection: &mut dyn Any = &mut *self.links[id.0].projection;
        projection.downcast_mut()
    }

    /// Neurons of a population that spiked in the last step, ascending.
    #[must_use]
    pub fn spikes(&self, id: PopulationId) -> &[u32] {
        &self.spikes[id.0]
    }

    /// State at rest, initial weights, rules without history and switched on, empty delay lines, step 0.
    pub fn reset(&mut self) {
        self.links.iter_mut().for_each(|l| l.projection.reset());
        self.now = 0;
        self.populations.iter_mut().for_each(|p| p.reset());
        self.lines.iter_mut().for_each(DelayLine::clear);
        self.spikes.iter_mut().chain(&mut self.source_spikes).for_each(Vec::clear);
    }

    /// Turns all rules on or off.
    pub fn set_plastic(&mut self, on: bool) {
        self.links.iter_mut().for_each(|l| l.projection.set_plastic(on));
    }

    /// A reward event for every rule; `delta_r` is the reward prediction error.
    pub fn reward(&mut self, delta_r: f32) {
        self.links.iter_mut().for_each(|l| l.projection.reward(delta_r));
    }

    /// Advances one step.
    pub fn step(&mut self, drive: &mut dyn Drive) {
        let now = self.now;
        for coupling in &mut self.couplings {
            coupling.step(&mut self.populations);
        }
        let parts = self.populations.iter_mut().zip(&mut self.lines).zip(&mut self.spikes);
        for (index, ((population, line), spikes)) in parts.enumerate() {
            spikes.clear();
            let mut ports: [&mut [f32]; MAX_PORTS] = Default::default();
            let mut used = 0;
            for (slot, arriving) in ports.iter_mut().zip(line.arriving(now)) {
                drive.add_graded(index, used, now, arriving);
                *slot = arriving;
                used += 1;
            }
            population.advance(&mut ports[..used], spikes);
        }
        for (source, spikes) in self.source_spikes.iter_mut().enumerate() {
            spikes.clear();
            drive.spikes(source, now, spikes);
        }
        for link in &mut self.links {
            let pre = match link.pre {
                Node::Population(p) => &self.spikes[p.0],
                Node::Source(s) => &self.source_spikes[s.0],
            };
            let step = StepSpikes { now, pre, post: &self.spikes[link.post] };
            link.projection.step(&step, &mut self.lines[link.post]);
        }
        self.now += 1;
    }

    /// Advances `steps` steps; every probe sees the network after each.
    pub fn run(&mut self, steps: u32, drive: &mut dyn Drive, probes: &mut [&mut dyn Probe]) {
        for _ in 0..steps {
            self.step(drive);
            probes.iter_mut().for_each(|p| p.observe(self));
        }
    }
}

impl Coupling {
    /// Takes the potentials, which are the first variable of every model, and hands the currents to the populations.
    fn step(&mut self, populations: &mut [Box<dyn Population>]) {
        let [a, b] = self.ends;
        let potential = |p: usize| {
            let population = &populations[p];
            population.variables().first().and_then(|name| population.variable(name)).unwrap_or(&[])
        };
        self.current.iter_mut().for_each(|current| current.fill(0.0));
        let [i_a, i_b] = &mut self.current;
        if a == b {
            self.junctions.add_within(1, potential(a), i_a);
            populations[a].couple(i_a);
        } else {
            self.junctions.add_between(1, [potential(a), potential(b)], [i_a, i_b]);
            populations[a].couple(i_a);
            populations[b].couple(i_b);
        }
    }
}

/// Most receptor ports of a population that can receive spikes.
const MAX_PORTS: usize = 8;
