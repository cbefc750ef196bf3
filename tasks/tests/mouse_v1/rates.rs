//! Rates of the circuit as it is built, without plasticity.

use super::circuit;
use evoplast_synapse::{Drive, SpikeRaster};
use evoplast_tasks::mouse_v1::lgn::{Rates, SpikeLists, poisson_spikes};
use evoplast_tasks::mouse_v1::{SOURCE_BACKGROUND, SOURCE_LGN, V1Circuit};
use evoplast_tasks::stimuli::DriftingGrating;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use rand_distr::{Distribution, Poisson};

const WARM_UP_MS: u32 = 500;
const MEASURED_MS: u32 = 2000;

/// Spikes of the LGN and of the shared background.
struct Input {
    lgn: SpikeLists,
    background: SpikeRaster,
}

impl Drive for Input {
    fn spikes(&mut self, source: usize, step: u32, out: &mut Vec<u32>) {
        match source {
            SOURCE_LGN => out.extend_from_slice(self.lgn.at(step as usize)),
            SOURCE_BACKGROUND => out.extend_from_slice(self.background.at(step as usize).unwrap()),
            other => panic!("no source {other}"),
        }
    }
}

/// Mean rate over all neurons and largest rate of any (Hz), with 1-kHz Poisson background common to all neurons.
fn rates_hz(c: &V1Circuit, lgn_rates: &Rates) -> (f64, f64) {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    let (mut lgn, mut background) = (SpikeLists::default(), SpikeRaster::new());
    poisson_spikes(lgn_rates, &mut rng, &mut lgn);
    let one = Poisson::new(1.0).unwrap();
    (0..WARM_UP_MS + MEASURED_MS).for_each(|_| background.push_step(&vec![0; one.sample(&mut rng) as usize]));
    let mut input = Input { lgn, background };
    let mut net = c.static_network().unwrap();
    let mut count = vec![0_u32; c.len()];
    for step in 0..WARM_UP_MS + MEASURED_MS {
        net.network.step(&mut input);
        if step >= WARM_UP_MS {
            net.network.spikes(net.neurons).iter().for_each(|&i| count[i as usize] += 1);
        }
    }
    let hz = |spikes: u32| f64::from(spikes) * 1000.0 / f64::from(MEASURED_MS);
    (hz(count.iter().sum()) / c.len() as f64, hz(*count.iter().max().unwrap()))
}

/// An independent simulation of the same model (specification, section 2.9; 1000 neurons, 5 seeds) gives 0.46-0.64 Hz
/// on gray, 1.73-2.24 Hz on the grating, and no neuron above 55 Hz.
#[test]
fn untrained_rates_are_those_of_an_independent_simulation() {
    let c = circuit(1000, 1);
    let range = 0..i64::from(WARM_UP_MS + MEASURED_MS);
    let mut rates = Rates::default();
    c.filters.drive(&[], range.clone(), &mut rates).unwrap();
    let (gray, most) = rates_hz(&c, &rates);
    assert!((0.3..1.0).contains(&gray), "gray: {gray} Hz");
    assert!(most < 80.0, "gray: one neuron at {most} Hz");
    c.filters.drifting_grating_rates(&DriftingGrating::recorded(270.0), range, &mut rates).unwrap();
    let (grating, most) = rates_hz(&c, &rates);
    assert!((1.5..3.0).contains(&grating), "grating: {grating} Hz");
    assert!(most < 80.0, "grating: one neuron at {most} Hz");
}
