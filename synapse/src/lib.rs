//! Connectivity, projections and the simulation loop.
//!
//! * [`Connect`]: who connects to whom ([`PairwiseBernoulli`], [`FixedInDegree`], [`FixedOutDegree`],
//!   [`DistanceGaussian`] with orientation like-to-like, [`OneToOne`], [`AllToAll`]).
//! * [`Topology`]: the connections as compressed sparse rows by presynaptic neuron, immutable and shared.
//! * [`CsrProjection`]: a topology with weights of its own and a rule ([`Plastic`]) as a static parameter; a
//!   projection without plasticity has the empty rule [`Static`] and pays nothing for the seam.
//! * [`Network`]: populations, spike sources and projections, and the loop over time steps.
//! * [`Probe`]: what an experiment records.
//! * [`ParamLayout`], [`Trainable`]: the weights as one vector of named blocks.
//! * [`Snapshot`], [`LayerChange`]: the weights with their places, and the comparison of two of them; null models of layers'
//!   shares ([`shares_against_null`]), layer rewind ([`rewind`]), runs at matched loss or displacement ([`Trajectory`]).
//!
//! Receptor kinetics ([`Kinetics`]) are linear filters behind a port, so their state belongs to the postsynaptic
//! population; they live in `evoplast-neuron` and are exported again here.

mod change;
mod connect;
mod delay_line;
mod drive;
mod error;
mod gap;
pub mod graded;
mod layout;
mod network;
mod plastic;
mod probe;
mod projection;
mod sites;
mod topology;

pub use change::{
    BlockChange, Entry, Layer, LayerChange, LayerRewind, MatchedDisplacement, MatchedLoss, MatchedPoint, Moment,
    Rewind, ShareAgainstNull, Snapshot, SnapshotBlock, Trajectory, isotropic_shares, matched_displacement,
    matched_loss, rewind, shares_against_null, sliced_wasserstein, wasserstein_1,
};
pub use connect::{
    AllToAll, Connect, DistanceGaussian, FixedInDegree, FixedOutDegree, LikeToLike, OneToOne, PairwiseBernoulli,
};
pub use delay_line::DelayLine;
pub use drive::{Drive, SpikeRaster};
pub use error::SynapseError;
pub use evoplast_neuron::Kinetics;
pub use gap::GapJunctions;
pub use layout::{NetworkWeights, ParamBlock, ParamLayout, SignRule, Trainable, WiringBlocks};
pub use network::{Network, Node, PopulationId, ProjectionId, SourceId};
pub use plastic::{Plastic, Row, Static, StepSpikes, prefetch};
pub use probe::{Probe, RateProbe, SpikeProbe, VariableProbe, WeightProbe};
pub use projection::{CsrProjection, Projection, Wiring};
pub use sites::Sites;
pub use topology::{Topology, TopologyBuilder};
