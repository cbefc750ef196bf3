//! Reserved for gradients through spiking networks. Nothing is implemented yet: this crate has no public items.
//!
//! What belongs here: surrogate derivatives of the spike, backpropagation through time, losses and regularisers, and
//! checks of gradients against finite differences. It is the baseline that evolution is to be compared with, on the
//! same network, the same task and the same weights.
//!
//! The seams it will use are there already:
//!
//! * `NeuronModel` of `evoplast-neuron`: a differentiable model adds a tape and a vector-Jacobian product beside its
//!   kernel, with the surrogate as data.
//! * `Trainable`, `ParamLayout` and `LayerChange` of `evoplast-synapse`: weights as one vector of named blocks, read and
//!   written by gradient descent and by a search alike, and compared block by block.
//! * `Executor`, `Observer` and the checkpoints of `evoplast-evolve`: budget, metrics and resuming are the same for
//!   every way to train. Rules that turn a gradient into a step (SGD, Adam) belong to that crate, since evolution
//!   strategies need them too.
