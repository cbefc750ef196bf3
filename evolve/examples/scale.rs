//! Time and size of one generation at the scale of the mouse-V1 experiment: 4000 individuals, 2645 genes,
//! 6 noisy objectives. Run with `cargo run --release -p evoplast-evolve --example scale [population]`.

use std::time::Instant;

use evoplast_evolve::{
    Evaluation, NoiseAwareSwarmConfig, ObjectiveInfo, OptimizerConfig, Outcome, SearchSpace, Selection, Variable,
    checkpoint::{self, Checkpoint},
};
use rand::RngExt;
use rand_distr::StandardNormal;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let population = std::env::args().nth(1).map_or(Ok(4000), |text| text.parse())?;
    let mut variables: Vec<Variable> = (0..2620).map(|i| Variable::real(format!("x{i}"), -1.0, 1.0)).collect();
    variables.extend((0..25).map(|i| Variable::gate(format!("g{i}"))));
    let space = SearchSpace::new(variables)?;
    let objectives: Vec<_> = (0..6).map(|i| ObjectiveInfo::new(format!("f{i}"), true)).collect();
    let folder = std::env::temp_dir().join(format!("evoplast-scale-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let path = folder.join("checkpoint.json");
    for selection in [Selection::ExpectedDominators, Selection::PROBABILISTIC, Selection::PlainFronts] {
        let config = NoiseAwareSwarmConfig { population, selection, ..Default::default() };
        let mut optimizer = config.build(&space, &objectives, 1)?;
        println!("{selection:?}, population {population}, {} genes", space.len());
        for generation in 0..4 {
            let start = Instant::now();
            let asked = optimizer.ask()?;
            let ask = start.elapsed();
            // Six spheres around different centres, with noise: a front that moves as in a real search.
            let told: Vec<_> = asked
                .iter()
                .map(|candidate| {
                    let at = evoplast_evolve::Address { run: 1, generation, candidate: candidate.id, episode: 0 };
                    let mut rng = at.rng(0);
                    let distance = |k: usize| {
                        let genes = candidate.genome.iter().skip(k).step_by(6);
                        genes.map(|x| x * x).sum::<f64>() / 441.0 + 0.01 * rng.sample::<f64, _>(StandardNormal)
                    };
                    let objectives = (0..6).map(distance).collect();
                    (candidate.id, Outcome::Done(Evaluation::new(objectives)))
                })
                .collect();
            let start = Instant::now();
            optimizer.tell(&told)?;
            println!(
                "  generation {generation}: ask {ask:.2?} ({} candidates), tell {:.2?}",
                asked.len(),
                start.elapsed()
            );
        }
        let state = Checkpoint { evaluations: 0, lead: None, optimizer };
        let start = Instant::now();
        checkpoint::save(&path, "scale", &state)?;
        let save = start.elapsed();
        let size = std::fs::metadata(&path)?.len() as f64 / 1e6;
        let start = Instant::now();
        checkpoint::load(&path, "scale")?;
        println!("  checkpoint: {size:.1} MB, save {save:.2?}, load {:.2?}", start.elapsed());
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
