//! What changed in a network, and where: the measures behind "which layers change, by evolution or by gradients?".
//!
//! * [`Snapshot`]: the weights with their places, so that networks with other connections can be compared.
//! * [`LayerChange`]: how much and in what way every block changed.
//! * [`shares_against_null`], [`isotropic_shares`]: a layer's share of the change against what unselected drift gives.
//! * [`rewind`]: what the change of a layer does to the loss.
//! * [`Trajectory`], [`matched_loss`], [`matched_displacement`]: two methods at equal loss or at equal distance.
//! * [`sliced_wasserstein`]: how far two populations of parameter vectors are apart.
//!
//! Why so many: with isotropic steps a layer of n weights moves in proportion to sqrt(n), whatever is searched for, so a
//! large share of the change alone says nothing. That a layer matters needs a share beyond the null and a loss that
//! suffers from a rewind.

mod effective_rank;
mod layer_change;
mod layers;
mod matching;
mod null;
mod population;
mod rewind;
mod snapshot;
mod trajectory;
mod wasserstein;

pub use layer_change::{BlockChange, LayerChange};
pub use layers::Layer;
pub use matching::{MatchedDisplacement, MatchedLoss, MatchedPoint, matched_displacement, matched_loss};
pub use null::{ShareAgainstNull, isotropic_shares, shares_against_null};
pub use population::sliced_wasserstein;
pub use rewind::{LayerRewind, Rewind, rewind};
pub use snapshot::{Entry, Snapshot, SnapshotBlock};
pub use trajectory::{Moment, Trajectory};
pub use wasserstein::wasserstein_1;
