//! Seconds a generation for searches of one objective with many genes, evaluation not counted.
//!
//! `cargo run --release -p evoplast-evolve --example large -- [genes] [candidates]`

use std::time::Instant;

use evoplast_evolve::{AskTell, EvolveError, SearchSpace, Variable, catalogue};

fn main() -> Result<(), EvolveError> {
    let mut numbers = std::env::args().skip(1).map_while(|text| text.parse::<usize>().ok());
    let (genes, candidates) = (numbers.next().unwrap_or(2645), numbers.next().unwrap_or(4000));
    let space = SearchSpace::new((0..genes).map(|k| Variable::real(format!("w{k}"), -5.0, 5.0)).collect())?;
    println!("{genes} genes, {candidates} candidates: seconds of ask and tell");
    for (name, config) in catalogue(candidates) {
        // Full covariance matrices are not meant for so many genes.
        if config.card().many_objectives || name.contains("CMA-ES") && name != "sep-CMA-ES" || name == "xNES" {
            continue;
        }
        let mut search = AskTell::new(config.as_ref(), &space, 1)?;
        let mut best = [f64::INFINITY; 2];
        for _ in 0..4 {
            let start = Instant::now();
            let genomes = search.ask()?;
            best[0] = best[0].min(start.elapsed().as_secs_f64());
            let values: Vec<f64> = genomes.iter().map(|genome| genome.iter().map(|x| x * x).sum()).collect();
            let start = Instant::now();
            search.tell(&values)?;
            best[1] = best[1].min(start.elapsed().as_secs_f64());
        }
        println!("{name}: {:.3} {:.3}", best[0], best[1]);
    }
    Ok(())
}
