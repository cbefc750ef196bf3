//! The figures: learning curves, and change by layer beside its nulls.

use crate::comparison::{ArmResult, Comparison, RunResult};
use crate::experiment::{Arm, Experiment, Training};
use crate::training::Record;
use evoplast_examples::figures::{Curve, History, HistoryPanel, LayerDots, LayerPanel, Layers};
use evoplast_synapse::Moment;

/// Error and accuracy of every arm against the share of its training, means over the seeds that were still running.
pub fn learning_curves(experiment: &Experiment, records: &[Record]) -> History {
    let k = experiment.moments as f64;
    // All arms are looked at after the same shares of their training.
    let shares: Vec<f64> = (0..=experiment.moments).map(|m| 100.0 * (m as f64 / k).powi(2)).collect();
    let curve = |arm: &Arm, read: &dyn Fn(&Moment) -> f64| {
        let total = match &arm.train {
            Training::Bptt(t) => t.updates,
            Training::Weights(t) => t.generations,
            Training::Rules(t) => t.generations,
        };
        let value = |share: &f64| {
            let step = (1e-2 * share * total as f64 - 1e-9).ceil() as u64;
            let at = |r: &Record| r.trajectory.moments().iter().find(|m| m.progress == step).map(read);
            let values: Vec<f64> = records.iter().filter(|r| r.arm == arm.name && !r.null).filter_map(at).collect();
            values.iter().sum::<f64>() / values.len() as f64
        };
        Curve { label: arm.name.clone(), values: shares.iter().map(value).collect() }
    };
    let curves = |read: &dyn Fn(&Moment) -> f64| experiment.arms.iter().map(|arm| curve(arm, read)).collect();
    History {
        title: "Learning, means over seeds".into(),
        axis: "share of updates or generations (%)".into(),
        generations: shares.clone(),
        panels: vec![
            HistoryPanel {
                axis: "error on validation trials".into(),
                log: true,
                curves: curves(&|m| m.loss),
                levels: vec![("guessing 1/2".into(), 0.25)],
            },
            HistoryPanel {
                axis: "accuracy".into(),
                log: false,
                curves: curves(&|m| m.accuracy),
                levels: vec![("chance".into(), 0.5)],
            },
        ],
    }
}

/// Measures of one kind.
struct Measure<'a> {
    axis: &'a str,
    log: bool,
    levels: Vec<f64>,
    value: &'a dyn Fn(&RunResult, usize) -> Option<f64>,
    null: &'a dyn Fn(&RunResult, usize) -> Option<f64>,
    /// Whether arms that did not learn are left out, as their numbers would hide the others.
    learned: bool,
}

fn panel(arms: &[ArmResult], layers: &[String], measure: &Measure<'_>) -> LayerPanel {
    let dots = |layer: &String, arm: &ArmResult| {
        let place = arm.layers.iter().position(|name| name == layer);
        let Some(l) = place.filter(|_| arm.learned() || !measure.learned) else { return LayerDots::default() };
        LayerDots {
            values: arm.runs.iter().filter_map(|r| (measure.value)(r, l)).collect(),
            null: arm.runs.iter().filter_map(|r| (measure.null)(r, l)).collect(),
        }
    };
    let dots = layers.iter().map(|layer| arms.iter().map(|arm| dots(layer, arm)).collect()).collect();
    LayerPanel { axis: measure.axis.into(), log: measure.log, levels: measure.levels.clone(), dots }
}

/// All layers that any arm has, in order.
fn all_layers(comparison: &Comparison) -> Vec<String> {
    let mut layers: Vec<String> = vec![];
    let longest = comparison.arms.iter().max_by_key(|a| a.layers.len());
    for name in longest.into_iter().chain(&comparison.arms).flat_map(|a| &a.layers) {
        if !layers.contains(name) {
            layers.push(name.clone());
        }
    }
    layers
}

fn layers(comparison: &Comparison, title: &str, null: &str, measures: &[Measure<'_>]) -> Layers {
    let layers = all_layers(comparison);
    Layers {
        title: title.into(),
        methods: comparison.arms.iter().map(|a| a.arm.clone()).collect(),
        null: null.into(),
        panels: measures.iter().map(|m| panel(&comparison.arms, &layers, m)).collect(),
        layers,
    }
}

const NONE: &dyn Fn(&RunResult, usize) -> Option<f64> = &|_, _| None;

/// Change at the end of training with the nulls beside it.
pub fn change(comparison: &Comparison) -> Layers {
    let relative = |r: &RunResult, l: usize| r.layers.blocks[l].relative_frobenius;
    let null_relative = |r: &RunResult, l: usize| r.null_layers.as_ref()?.blocks[l].relative_frobenius;
    let share = |r: &RunResult, l: usize| r.layers.blocks[l].share;
    let null_share = |r: &RunResult, l: usize| r.null_layers.as_ref()?.blocks[l].share;
    let ratio = |r: &RunResult, l: usize| r.log2_over_null[l];
    let at_distance = |r: &RunResult, l: usize| r.log2_over_null_at_distance[l];
    let measure = |axis, value, null| Measure { axis, log: false, levels: vec![], value, null, learned: false };
    let over_null = |axis, value| Measure { axis, log: false, levels: vec![0.0], value, null: NONE, learned: false };
    layers(
        comparison,
        "How much each layer changed",
        "its null: random selection, or labels of other trials",
        &[
            Measure { log: true, ..measure("relative change |ΔW| / |W₀|", &relative, &null_relative) },
            measure("share of the change", &share, &null_share),
            over_null("log₂ share over null", &ratio),
            over_null("the same at equal distance", &at_distance),
        ],
    )
}

/// What a layer's change is worth.
pub fn function(comparison: &Comparison) -> Layers {
    let rewound = |r: &RunResult, l: usize| Some(r.rewound(l));
    let alone = |r: &RunResult, l: usize| Some(r.rewind.layers[l].alone);
    let guess = comparison.arms[0].runs.iter().map(|r| r.guess.0).sum::<f64>() / comparison.arms[0].runs.len() as f64;
    let measure =
        |axis, level, value| Measure { axis, log: false, levels: vec![level], value, null: NONE, learned: true };
    layers(
        comparison,
        "What the change of a layer is worth, in arms that learned (dashed: nothing; the best constant guess)",
        "",
        &[measure("error added by rewinding", 0.0, &rewound), measure("error with this change alone", guess, &alone)],
    )
}
