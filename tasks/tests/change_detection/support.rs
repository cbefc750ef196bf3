//! A small circuit and domains that the tests share.

use evoplast_evolve::Address;
use evoplast_plasticity::taylor::{TaylorBounds, TaylorRule, TaylorSpace};
use evoplast_synapse::Drive;
use evoplast_tasks::change_detection::{
    ChangeDetection, ChangeDetectionConfig, Domain, EarlyStop, GratingConfig, Gratings, LearningConfig, LgnDrive,
    NaturalImages, Origin, Phase, ReadoutConfig, RewardScheme, Shown, Split, ThresholdKind, Timing, TrialConfig,
    TrialSet, UpdateScale,
};
use evoplast_tasks::mouse_v1::lgn::SpatialResponse;
use evoplast_tasks::mouse_v1::tables::CELL_TYPES;
use evoplast_tasks::mouse_v1::{Background, V1Circuit, V1Config};
use evoplast_tasks::stimuli::{Image, ImageSet};
use rand::Rng;
use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};
use std::sync::{Arc, OnceLock};

/// Where the trials of most tests are drawn.
pub const AT: Address = Address { run: 3, generation: 0, candidate: 0, episode: 0 };

/// 300 neurons with independent background, built once.
pub fn circuit() -> &'static Arc<V1Circuit> {
    static CIRCUIT: OnceLock<Arc<V1Circuit>> = OnceLock::new();
    CIRCUIT.get_or_init(|| Arc::new(build(Background::Independent)))
}

/// The same circuit with one background source for all neurons: its graded input is that of the LGN alone.
pub fn shared_background() -> &'static Arc<V1Circuit> {
    static CIRCUIT: OnceLock<Arc<V1Circuit>> = OnceLock::new();
    CIRCUIT.get_or_init(|| Arc::new(build(Background::Shared)))
}

fn build(background: Background) -> V1Circuit {
    V1Circuit::build(&V1Config { neurons: 300, background, ..V1Config::default() }, 100).unwrap()
}

pub fn gratings(c: &V1Circuit) -> Gratings {
    let config = GratingConfig { phase: Phase::Fixed, origin: Origin::Corner, contrast: 1.0, sf_cpd: 0.05 };
    Gratings::new(Arc::clone(&c.filters), config).unwrap()
}

/// Three training and two test images: stripes of random widths and shades.
pub fn natural_images(c: &V1Circuit) -> NaturalImages {
    let mut rng = ChaCha8Rng::seed_from_u64(5);
    let mut stripes = || {
        let word = rng.next_u64();
        Image::from_fn(|row, col| if (word >> ((row / 5 + col / 9) % 64)) & 1 == 1 { 1.5 } else { -1.0 })
    };
    let train = (0..3).map(|_| stripes()).collect();
    let test = (0..2).map(|_| stripes()).collect();
    NaturalImages::new(&c.filters, &ImageSet { source: "stripes".to_owned(), train, test }).unwrap()
}

/// Shows `first` until the first change, `later` from then on.
pub struct Scripted {
    pub first: Arc<SpatialResponse>,
    pub later: Arc<SpatialResponse>,
}

impl Domain for Scripted {
    fn name(&self) -> &str {
        "scripted"
    }

    fn draw(&self, _: Split, previous: Option<&Shown>, _: &mut dyn Rng) -> Shown {
        match previous {
            None => Shown { identity: 0, response: Arc::clone(&self.first) },
            Some(p) => Shown { identity: p.identity + 1, response: Arc::clone(&self.later) },
        }
    }

    fn repeat(&self, previous: &Shown, _: &mut dyn Rng) -> Shown {
        previous.clone()
    }
}

pub fn trials(training: usize, validation: usize) -> TrialConfig {
    TrialConfig { training, validation, warm_up_ms: 200, lgn_drive: LgnDrive::Graded, timing: Timing::default() }
}

/// Gratings on the small circuit.
pub fn set(config: TrialConfig) -> TrialSet {
    TrialSet::draw(config, circuit(), &gratings(circuit()), &AT, 0).unwrap()
}

/// Only runaway activity stops a session, at this rate.
pub fn limit(runaway_hz: f64) -> EarlyStop {
    EarlyStop { runaway_hz, window: None, silence: None }
}

/// Every choice is made here, so that the defaults may change.
pub fn config(training: usize, validation: usize) -> ChangeDetectionConfig {
    let learning = LearningConfig { eta: 0.02, scale: UpdateScale::Own, kappa: 4.0 };
    let readout =
        ReadoutConfig { neurons: usize::MAX, threshold: ThresholdKind::Standardised, reward: RewardScheme::Correct };
    let trials = trials(training, validation);
    ChangeDetectionConfig { trials, learning, readout, early_stop: limit(100.0), ..ChangeDetectionConfig::default() }
}

/// Gratings and natural images on the small circuit.
pub fn task(config: ChangeDetectionConfig) -> ChangeDetection {
    let domains: Vec<Arc<dyn Domain>> = vec![Arc::new(gratings(circuit())), Arc::new(natural_images(circuit()))];
    ChangeDetection::new(Arc::clone(circuit()), domains, config).unwrap()
}

pub fn types() -> Vec<String> {
    CELL_TYPES.iter().map(|t| t.name.to_owned()).collect()
}

pub fn space() -> TaylorSpace {
    TaylorSpace::new(types(), TaylorBounds { threshold: [-1.0, 1.0], ..TaylorBounds::default() }).unwrap()
}

/// All 25 terms, with coefficients that differ by type and are small enough to keep the circuit alive.
pub fn all_terms() -> TaylorRule {
    use evoplast_plasticity::taylor::TERMS;
    let mut rule = TaylorRule::silent(types()).unwrap();
    for (k, term) in TERMS.into_iter().enumerate() {
        let n = term.coefficient_count(rule.types());
        let coefficient = |i: usize| 0.3 * ((7 * i + 3 * k + 1) as f64).sin();
        rule = rule.with_term_by::<evoplast_plasticity::taylor::Term>(term, (0..n).map(coefficient).collect()).unwrap();
    }
    rule.with_threshold(0.0).unwrap()
}

/// Everything that enters a network in one step: spikes of both sources, graded input of every neuron.
#[derive(Debug, PartialEq)]
pub struct StepInput {
    pub lgn: Vec<u32>,
    pub background: Vec<u32>,
    pub graded: Vec<f32>,
}

/// The input of `set` at `step`.
pub fn input(set: &TrialSet, neurons: usize, step: u32) -> StepInput {
    let mut drive = &set.input;
    let mut out = StepInput { lgn: vec![], background: vec![], graded: vec![0.0; neurons] };
    drive.spikes(0, step, &mut out.lgn);
    drive.spikes(1, step, &mut out.background);
    drive.add_graded(0, 0, step, &mut out.graded);
    out
}
