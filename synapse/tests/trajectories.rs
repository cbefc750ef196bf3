//! Layer rewind, and runs at matched loss and at matched displacement.
#![allow(clippy::unwrap_used, missing_docs)]

use evoplast_synapse::{
    Layer, LayerRewind, Moment, Rewind, SynapseError, Trajectory, matched_displacement, matched_loss, rewind,
};
use proptest::prelude::*;

/// A layer of ranges, each from its first value to one past its last.
fn layer(name: &str, ranges: &[(usize, usize)]) -> Layer {
    Layer { name: name.to_owned(), ranges: ranges.iter().map(|&(start, end)| start..end).collect() }
}

#[test]
fn layers_are_put_back_and_kept_one_by_one() {
    let layers = [layer("a", &[(0, 1), (3, 4)]), layer("b", &[(1, 2)])];
    let (before, after) = ([0.0, 0.0, 0.0, 0.0], [1.0, 10.0, 100.0, 1000.0]);
    let mut seen = vec![];
    let mut loss = |values: &[f32]| -> Result<f64, SynapseError> {
        seen.push(values.to_vec());
        Ok(values.iter().map(|&w| f64::from(w)).sum())
    };
    let found = rewind(&layers, &before, &after, &mut loss).unwrap();
    // The value at 2 is in no layer: as after where a layer is put back, as before where one is kept.
    let expected = [("a", 110.0, 1001.0), ("b", 1101.0, 10.0)];
    let expected = expected.map(|(name, rewound, alone)| LayerRewind { name: name.to_owned(), rewound, alone });
    assert_eq!(found, Rewind { before: 0.0, after: 1111.0, layers: expected.to_vec() });
    // A single layer of everything: put back it is the beginning, alone it is the end.
    let all = rewind(&[layer("all", &[(0, 4)])], &before, &after, loss).unwrap();
    assert_eq!(seen.len(), 6 + 4);
    assert_eq!((all.layers[0].rewound, all.layers[0].alone), (all.before, all.after));
}

#[test]
fn errors_of_the_loss_and_of_lengths_come_out() {
    let layers = [layer("a", &[(0, 2)])];
    let error = rewind(&layers, &[0.0; 2], &[0.0; 3], |_| Ok::<_, SynapseError>(0.0)).unwrap_err();
    assert_eq!(error, SynapseError::Length { what: "parameters after the change", found: 3, expected: 2 });
    let error = rewind(&layers, &[0.0; 1], &[0.0; 1], |_| Ok::<_, SynapseError>(0.0)).unwrap_err();
    assert_eq!(error, SynapseError::Index { what: "values of a layer", found: 1, end: 1 });
    let mut calls = 0;
    let error = rewind(&layers, &[0.0; 2], &[0.0; 2], |_| {
        calls += 1;
        if calls == 3 { Err(Box::<dyn std::error::Error>::from("no trials")) } else { Ok(0.0) }
    });
    assert_eq!(error.unwrap_err().to_string(), "no trials");
    assert_eq!(calls, 3);
}

fn moment(progress: u64, loss: f64, parameters: &[f32]) -> Moment {
    Moment { progress, loss, accuracy: 0.5, parameters: parameters.to_vec() }
}

/// Layers of one and of two parameters.
fn run(moments: &[(u64, f64, [f32; 3])]) -> Trajectory {
    let layers = vec![layer("a", &[(0, 1)]), layer("b", &[(1, 3)])];
    let mut moments = moments.iter().map(|(progress, loss, parameters)| moment(*progress, *loss, parameters));
    let mut run = Trajectory::start(layers, moments.next().unwrap()).unwrap();
    moments.for_each(|m| run.push(m).unwrap());
    run
}

#[track_caller]
fn close(a: f64, b: f64) {
    assert!((a - b).abs() < 1e-6, "{a} for {b}");
}

#[test]
fn displacement_is_relative_in_every_layer() {
    let run = run(&[(0, 1.0, [2.0, 3.0, 4.0])]);
    // Layer a from 2 to 5, layer b from (3, 4) to (3, 14): sqrt(9/4 + 100/25).
    close(run.displacement(&[5.0, 3.0, 14.0]).unwrap(), 2.5);
    close(run.displacement(&[2.0, 3.0, 4.0]).unwrap(), 0.0);
    let error = run.displacement(&[1.0]).unwrap_err();
    assert_eq!(error, SynapseError::Length { what: "parameters", found: 1, expected: 3 });
    // A layer that starts at 0 has no relative displacement, one without parameters does not count.
    let zero = Trajectory::start(vec![layer("a", &[(0, 1)])], moment(0, 1.0, &[0.0])).unwrap();
    assert!(zero.displacement(&[1.0]).unwrap_err().to_string().contains("norm of a layer's initial weights"));
    let empty =
        Trajectory::start(vec![layer("a", &[(0, 1)]), layer("none", &[(1, 1)])], moment(0, 1.0, &[2.0])).unwrap();
    close(empty.displacement(&[3.0]).unwrap(), 0.5);
}

#[test]
fn the_worst_best_loss_is_the_level_and_the_first_moment_at_it_counts() {
    let p = [1.0; 3];
    let evolution = run(&[(0, 1.0, p), (10, 0.6, p), (20, 0.7, p), (30, 0.5, p), (40, 0.5, p)]);
    let gradient = run(&[(0, 1.0, p), (1, 0.8, p), (2, 0.4, p), (3, 0.1, p)]);
    let matched = matched_loss(&[&evolution, &gradient]).unwrap();
    assert_eq!((matched.level, matched.moments), (0.5, vec![3, 2]));
    // A tie takes the first; a run that begins at the level is there at moment 0; a single moment is a run.
    let still = run(&[(0, 0.45, p)]);
    assert_eq!(matched_loss(&[&evolution, &still]).unwrap().moments, [3, 0]);
    assert_eq!(matched_loss(&[&gradient, &still]).unwrap().moments, [2, 0]);
    assert!(matched_loss(&[]).unwrap_err().to_string().contains("number of runs"));
}

#[test]
fn the_least_largest_displacement_is_the_level() {
    // Along layer a: displacements 0, .5, 1, .25 and 0, 2.
    let near = run(&[
        (0, 1.0, [2.0, 1.0, 0.0]),
        (4, 1.0, [3.0, 1.0, 0.0]),
        (8, 1.0, [4.0, 1.0, 0.0]),
        (9, 1.0, [2.5, 1.0, 0.0]),
    ]);
    let far = run(&[(0, 1.0, [1.0, 1.0, 0.0]), (100, 1.0, [3.0, 1.0, 0.0])]);
    let matched = matched_displacement(&[&near, &far]).unwrap();
    close(matched.level, 1.0);
    let [a, b] = &matched.points[..] else { panic!("two runs") };
    assert_eq!((a.moment, a.fraction, a.progress), (2, 1.0, 8.0));
    assert_eq!(a.parameters, [4.0, 1.0, 0.0]);
    assert_eq!((b.moment, b.fraction, b.progress), (1, 0.5, 50.0));
    assert_eq!(b.parameters, [2.0, 1.0, 0.0]);
    // The other way round, and alone.
    assert_eq!(matched_displacement(&[&far, &near]).unwrap().points[1], *a);
    assert_eq!(matched_displacement(&[&near]).unwrap().points[0], *a);
}

#[test]
fn what_cannot_be_matched_is_an_error() {
    let p = [1.0; 3];
    let still = run(&[(0, 1.0, p), (1, 0.5, p)]);
    let moved = run(&[(0, 1.0, p), (1, 0.5, [2.0; 3])]);
    let error = matched_displacement(&[&moved, &still]).unwrap_err();
    assert_eq!(error, SynapseError::Unchanged { what: "run 1".to_owned() });
    assert!(matched_displacement(&[]).unwrap_err().to_string().contains("number of runs"));
    let mut other = Trajectory::start(vec![layer("all", &[(0, 3)])], moment(0, 1.0, &p)).unwrap();
    other.push(moment(1, 1.0, &[2.0; 3])).unwrap();
    let error = matched_displacement(&[&moved, &other]).unwrap_err().to_string();
    assert!(error.contains("index of a run with other layers than run 0"), "{error}");
}

#[test]
fn moments_are_checked_also_when_they_are_read() {
    let layers = || vec![layer("a", &[(0, 2)])];
    assert!(Trajectory::start(vec![layer("a", &[(1, 3)])], moment(0, 1.0, &[1.0; 2])).is_err());
    assert!(Trajectory::start(layers(), moment(0, f64::NAN, &[1.0; 2])).is_err());
    let mut run = Trajectory::start(layers(), moment(5, 1.0, &[1.0, -0.1])).unwrap();
    let message = |run: &mut Trajectory, m| run.push(m).unwrap_err().to_string();
    assert!(message(&mut run, moment(5, 1.0, &[1.0; 2])).contains("`progress` is 5"));
    assert!(message(&mut run, moment(6, 1.0, &[1.0; 3])).contains("found 3, expected 2"));
    assert!(message(&mut run, moment(6, 1.0, &[1.0, f32::INFINITY])).contains("`parameter` is inf"));
    assert_eq!(run.moments().len(), 1);
    run.push(moment(6, 0.3, &[0.1, 1.0 / 3.0])).unwrap();
    let text = serde_json::to_string(&run).unwrap();
    assert_eq!(serde_json::from_str::<Trajectory>(&text).unwrap(), run);
    assert!(serde_json::from_str::<Trajectory>(&text.replace("\"progress\":6", "\"progress\":4")).is_err());
    assert!(serde_json::from_str::<Trajectory>(r#"{"layers": [], "moments": []}"#).is_err());
}

proptest! {
    #[test]
    fn matched_points_have_the_displacement_of_the_level(
        first in prop::collection::vec(prop::array::uniform3(-3.0_f32..3.0), 1..6),
        second in prop::collection::vec(prop::array::uniform3(-3.0_f32..3.0), 1..6),
    ) {
        let start = [1.0, -2.0, 0.5];
        let of = |steps: &[[f32; 3]]| {
            let mut moments = vec![(0, 1.0, start)];
            moments.extend(steps.iter().zip(1..).map(|(p, k)| (k, 1.0, *p)));
            run(&moments)
        };
        let (a, b) = (of(&first), of(&second));
        let matched = matched_displacement(&[&a, &b]).unwrap();
        for (run, point) in [&a, &b].into_iter().zip(&matched.points) {
            let found = run.displacement(&point.parameters).unwrap();
            prop_assert!((found - matched.level).abs() < 1e-5 * (1.0 + matched.level), "{found} for {}", matched.level);
            let at = |k: usize| run.displacement(&run.moments()[k].parameters).unwrap();
            prop_assert!((0..point.moment).all(|k| at(k) < matched.level) && at(point.moment) >= matched.level);
            prop_assert!(point.fraction > 0.0 && point.fraction <= 1.0);
        }
    }
}
