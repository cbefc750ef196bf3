//! Constraints: feasibility first, for every search.
#![allow(clippy::unwrap_used)]

use evoplast_evolve::problems::Dtlz;
use evoplast_evolve::{
    Address, Budget, Evaluation, Executor, Failure, Objective, ObjectiveInfo, OptimizerConfig, SearchSpace, Serial,
    Variable, catalogue,
};

/// C2-DTLZ2 with three objectives (Jain and Deb 2014): only parts of the sphere, near its corners and its middle, are
/// feasible; or, with one objective, a bowl of which only a ring is.
enum Constrained {
    Many(Dtlz),
    One(SearchSpace, Vec<ObjectiveInfo>),
}

impl Constrained {
    fn suited(config: &dyn OptimizerConfig) -> Self {
        if config.card().many_objectives {
            return Self::Many(Dtlz::new(2, 3, 4).unwrap());
        }
        let space = SearchSpace::new((0..4).map(|i| Variable::real(format!("x{i}"), -2.0, 3.0)).collect()).unwrap();
        Self::One(space, vec![ObjectiveInfo::new("f", false)])
    }
}

/// How far a point is from the feasible parts, less than 0 inside.
fn distance(f: &[f64]) -> f64 {
    let r = 0.4_f64;
    let squared = |centre: &dyn Fn(usize) -> f64| -> f64 { (0..3).map(|k| (f[k] - centre(k)).powi(2)).sum() };
    let corner = |m: usize| squared(&|k| f64::from(u8::from(k == m)));
    let middle = squared(&|_| 1.0 / 3.0_f64.sqrt());
    (0..3).map(corner).chain([middle]).fold(f64::INFINITY, f64::min) - r * r
}

impl Objective for Constrained {
    fn space(&self) -> &SearchSpace {
        match self {
            Self::Many(problem) => problem.space(),
            Self::One(space, _) => space,
        }
    }

    fn objectives(&self) -> &[ObjectiveInfo] {
        match self {
            Self::Many(problem) => problem.objectives(),
            Self::One(_, objectives) => objectives,
        }
    }

    fn evaluate(&self, genome: &[f64], _: &Address) -> Result<Evaluation, Failure> {
        match self {
            Self::Many(problem) => {
                let values = problem.values(genome);
                let violation = distance(&values).max(0.0);
                Ok(Evaluation::new(values).with_violation(violation))
            }
            Self::One(..) => {
                let radius = genome.iter().map(|x| x * x).sum::<f64>();
                Ok(Evaluation::new(vec![radius]).with_violation((1.0 - radius).max(0.0)))
            }
        }
    }
}

#[test]
fn results_are_feasible_and_good() {
    for (name, config) in catalogue(40) {
        let problem = Constrained::suited(config.as_ref());
        let search = config.build(problem.space(), problem.objectives(), 3).unwrap();
        let finished = Executor::new(&Serial, Budget::generations(60)).run(&problem, search).unwrap();
        let front = finished.optimizer.front();
        assert!(front.iter().all(|member| member.violation == 0.0), "{name}");
        match problem {
            Constrained::Many(_) => {
                assert!(front.iter().all(|member| distance(&member.objectives) <= 0.0), "{name}");
                assert!(front.len() >= 4 || name == "random search", "{name}: {}", front.len());
            }
            // The optimum is 1, on the ring; the start is inside or outside.
            Constrained::One(..) => {
                let value = front[0].objectives[0];
                println!("{name}: {value}");
                assert!((1.0..2.5).contains(&value), "{name}: {value}");
            }
        }
    }
}

/// Among infeasible genomes the least violation wins, whatever the objectives.
#[test]
fn without_a_feasible_genome_the_violation_is_minimised() {
    struct Never(Dtlz);
    impl Objective for Never {
        fn space(&self) -> &SearchSpace {
            self.0.space()
        }
        fn objectives(&self) -> &[ObjectiveInfo] {
            self.0.objectives()
        }
        fn evaluate(&self, genome: &[f64], _: &Address) -> Result<Evaluation, Failure> {
            let violation = 1.0 + genome.iter().map(|x| (x - 0.25).powi(2)).sum::<f64>();
            Ok(Evaluation::new(self.0.values(genome)).with_violation(violation))
        }
    }
    for (name, config) in catalogue(40).into_iter().filter(|(_, config)| config.card().many_objectives) {
        let problem = Never(Dtlz::new(2, 3, 4).unwrap());
        let search = config.build(problem.space(), problem.objectives(), 4).unwrap();
        let finished = Executor::new(&Serial, Budget::generations(60)).run(&problem, search).unwrap();
        let least = finished.optimizer.population().iter().map(|member| member.violation).fold(f64::INFINITY, f64::min);
        let bound = if name == "random search" { 1.2 } else { 1.05 };
        println!("{name}: {least}");
        assert!(least < bound, "{name}: {least}");
        assert_eq!(finished.optimizer.front()[0].violation, least, "{name}");
    }
}
