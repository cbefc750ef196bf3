//! Every search of one objective comes down a sphere whose optimum is away from the start.
#![allow(clippy::unwrap_used)]

use evoplast_evolve::problems::{Function, Landscape};
use evoplast_evolve::{AskTell, Objective, catalogue};

/// Loss of what a search recommends after so many evaluations, its population being 20.
fn recommended(name: &str, evaluations: usize) -> f64 {
    let landscape = Landscape::new(Function::Sphere, 5).unwrap().with_optimum(vec![1.3, -0.7, 2.1, 0.4, -1.6]).unwrap();
    let (_, config) = catalogue(20).into_iter().find(|(found, _)| *found == name).unwrap();
    let mut search = AskTell::new(config.as_ref(), landscape.space(), 3).unwrap();
    let mut used = 0;
    while used < evaluations {
        let values: Vec<f64> = search.ask().unwrap().iter().map(|x| landscape.value(x)).collect();
        used += values.len();
        search.tell(&values).unwrap();
    }
    landscape.value(&search.optimizer().recommendation().unwrap())
}

/// Those whose steps shrink with the distance arrive; those with fixed steps come close; the rest are held to what their
/// default steps can do. The start has a loss of 9.6.
#[test]
fn searches_come_down() {
    let mut late = Vec::new();
    for (name, config) in catalogue(20) {
        if config.card().many_objectives {
            continue;
        }
        let bound = match name {
            "OpenAI-ES" | "PGPE" | "ARS" | "Guided ES" | "low-rank ES" => 0.2,
            "Persistent ES" | "Noise-Reuse ES" => 5.0,
            "elitist ES" => 1.0,
            "genetic algorithm" | "genetic algorithm for weights" => 1e-3,
            _ => 1e-9,
        };
        // Slow in few variables.
        let evaluations = if name == "LM-MA-ES" { 8000 } else { 6000 };
        let loss = recommended(name, evaluations);
        println!("{name}: {loss:e}");
        if loss.is_nan() || loss > bound {
            late.push((name, loss, bound));
        }
    }
    assert!(late.is_empty(), "{late:?}");
}
