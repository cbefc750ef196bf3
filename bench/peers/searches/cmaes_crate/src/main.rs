//! Processor time of a generation of the cmaes crate: `cmaes-crate-peer VARIABLES GENERATIONS`.

use cmaes::{CMAESOptions, DVector};
use cpu_time::ProcessTime;

fn main() {
    let numbers: Vec<usize> = std::env::args().skip(1).map(|word| word.parse().expect("a number")).collect();
    let (variables, generations) = (numbers[0], numbers[1]);
    let value = |x: &DVector<f64>| x.iter().enumerate().map(|(i, x)| (1 + i % 7) as f64 * (x - 1.0) * (x - 1.0)).sum();
    let mut search = CMAESOptions::new(vec![0.0; variables], 1.0)
        .seed(1)
        .tol_fun(0.0)
        .tol_fun_rel(0.0)
        .tol_x(0.0)
        .build(value)
        .expect("valid options");
    let start = ProcessTime::now();
    let mut done = 0;
    while done < generations {
        done += 1;
        if search.next().is_some() {
            break;
        }
    }
    println!("{}", start.elapsed().as_secs_f64() / done as f64);
}
