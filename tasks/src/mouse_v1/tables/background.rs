//! Background input: Poisson spikes of 1 kHz onto every neuron.
//!
//! One source common to all neurons; receptor e2e on excitatory, e2i on inhibitory neurons.
//!
//! Source: Billeh et al. 2020, Neuron 106:388-403, <https://doi.org/10.1016/j.neuron.2020.01.040> (files `bkg_weights_nsyns_population_original.csv`, `bkg_edge_models.csv`).

use super::cell_types::N_POPULATIONS;

/// Rate of the background source in Hz.
pub const BACKGROUND_RATE_HZ: f64 = 1000.0;
/// Delay of the background input in ms.
pub const BACKGROUND_DELAY_MS: f64 = 1.0;

/// Weight (pA) of one background spike, all its synapses together, per population.
#[rustfmt::skip]
pub const BACKGROUND_WEIGHT_PA: [f64; N_POPULATIONS] = [
    4.678466, // i1Htr3a
    3.976659, // e23Cux2
    2.063606, // i23Pvalb
    4.832808, // i23Sst
    2.469383, // i23Htr3a
    8.593914e-11, // e4Scnn1a
    7.090524e-8, // e4Rorb
    1.165569e-17, // e4other
    3.334694e-14, // e4Nr5a1
    7.48113e-26, // i4Pvalb
    3.657253, // i4Sst
    0.7932642, // i4Htr3a
    4.049517, // e5Rbp4
    2.489704, // e5noRbp4
    3.269525e-18, // i5Pvalb
    1.757218, // i5Sst
    0.01970275, // i5Htr3a
    6.552054, // e6Ntsr1
    1.914674e-20, // i6Pvalb
    3.155626, // i6Sst
    2.632469, // i6Htr3a
];
