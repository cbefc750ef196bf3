//! The figures: learning curves, and change by layer beside its nulls.

use crate::comparison::{ArmResult, Comparison, RunResult};
use crate::experiment::Experiment;
use crate::training::Record;
use evoplast_examples::figures::{Curve, History, HistoryPanel, LayerDots, LayerPanel, Layers};

/// Error and accuracy of every arm against the share of its training, means over seeds.
pub fn learning_curves(experiment: &Experiment, records: &[Record]) -> History {
    let k = experiment.moments as f64;
    // All arms are looked at after the same shares of their training, one after the other where steps are few.
    let shares: Vec<f64> = (0..=experiment.moments).map(|m| 100.0 * (m as f64 / k).powi(2)).collect();
    let curve = |name: &str, null: bool, read: &dyn Fn(&evoplast_synapse::Moment) -> f64| {
        let runs: Vec<&Record> = records.iter().filter(|r| r.arm == name && r.null == null).collect();
        let total = runs.iter().flat_map(|r| r.trajectory.moments().last()).map(|m| m.progress).max().unwrap_or(1);
        let value = |share: &f64| {
            let step = (1e-2 * share * total as f64).ceil() as u64;
            let of_run = |r: &&Record| r.trajectory.moments().iter().rfind(|m| m.progress <= step).map(read);
            let values: Vec<f64> = runs.iter().filter_map(of_run).collect();
            values.iter().sum::<f64>() / values.len() as f64
        };
        shares.iter().map(value).collect::<Vec<f64>>()
    };
    let curves = |read: &dyn Fn(&evoplast_synapse::Moment) -> f64| {
        let curve =
            |arm: &crate::experiment::Arm| Curve { label: arm.name.clone(), values: curve(&arm.name, false, read) };
        experiment.arms.iter().map(curve).collect::<Vec<_>>()
    };
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
}

fn panel(arms: &[ArmResult], layers: &[String], measure: &Measure<'_>) -> LayerPanel {
    let dots = |layer: &String, arm: &ArmResult| {
        let Some(l) = arm.layers.iter().position(|name| name == layer) else { return LayerDots::default() };
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
    let share = |r: &RunResult, l: usize| r.layers.blocks[l].share;
    let null_share = |r: &RunResult, l: usize| r.null_share.get(l).copied();
    let ratio = |r: &RunResult, l: usize| r.log2_over_null[l];
    layers(
        comparison,
        "How much each layer changed",
        "the same without selection, or with shuffled labels",
        &[
            Measure { axis: "relative change |ΔW| / |W₀|", log: true, levels: vec![], value: &relative, null: NONE },
            Measure { axis: "share of the change", log: false, levels: vec![], value: &share, null: &null_share },
            Measure { axis: "log₂ share over null", log: false, levels: vec![0.0], value: &ratio, null: NONE },
        ],
    )
}

/// What a layer's change is worth, and shares where arms are matched.
pub fn function(comparison: &Comparison) -> Layers {
    let rewound = |r: &RunResult, l: usize| Some(r.rewind.layers[l].rewound - r.rewind.after);
    let alone = |r: &RunResult, l: usize| Some(r.rewind.layers[l].alone);
    let at_loss = |r: &RunResult, l: usize| r.share_at_loss[l];
    let at_displacement = |r: &RunResult, l: usize| r.share_at_displacement[l];
    layers(
        comparison,
        "What the change of a layer is worth, and shares at equal error and equal distance",
        "",
        &[
            Measure { axis: "error added by rewinding", log: false, levels: vec![0.0], value: &rewound, null: NONE },
            Measure { axis: "error with this change alone", log: false, levels: vec![0.25], value: &alone, null: NONE },
            Measure { axis: "share at equal error", log: false, levels: vec![], value: &at_loss, null: NONE },
            Measure {
                axis: "share at equal distance",
                log: false,
                levels: vec![],
                value: &at_displacement,
                null: NONE,
            },
        ],
    )
}
