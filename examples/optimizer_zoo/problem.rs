//! The problem that all searches are run on, chosen by name.

use evoplast_evolve::problems::{Bbob, BbobNoisy, Dtlz, Function, Landscape, Lsmop, Wfg, Zdt};
use evoplast_evolve::{Address, Objective};

/// What is chosen beside the name.
#[derive(Debug, Clone, Copy)]
pub struct Size {
    /// Number of variables; each kind of problem has a default.
    pub variables: Option<usize>,
    /// Number of objectives of a problem that leaves a choice.
    pub objectives: Option<usize>,
    /// Instance of a BBOB function, or seed of a rotation.
    pub instance: u32,
}

/// A problem with what is known of its solution.
pub struct Problem {
    /// Name with the number of variables.
    pub title: String,
    /// The problem, without noise but for the noisy BBOB functions.
    pub objective: Box<dyn Objective + Send>,
    /// A noisy BBOB function, which knows its value without noise.
    noisy: Option<BbobNoisy>,
    /// Least value of a problem with one objective.
    pub least: f64,
    /// Points of the front of a problem with several, row by row.
    pub front: Vec<f64>,
}

/// Points of a reference front at most.
const FRONT: usize = 300;

impl Problem {
    /// The problem of a name such as `rosenbrock`, `rotated-ellipsoid`, `bbob15`, `zdt1`, `dtlz2`, `wfg4` or `lsmop1`.
    pub fn named(name: &str, size: Size) -> Result<Self, String> {
        let lower = name.to_lowercase();
        let numbered = |family: &str| lower.strip_prefix(family).and_then(|number| number.parse::<u8>().ok());
        let text = |e: evoplast_evolve::EvolveError| e.to_string();
        if let Some(number) = numbered("bbob").filter(|&number| number > 100) {
            let problem = BbobNoisy::new(number, size.variables.unwrap_or(10), size.instance).map_err(text)?;
            let (least, noisy) = (problem.optimal_value(), Some(problem.clone()));
            let title = format!("BBOB f{number}, noisy, instance {}", size.instance);
            return Ok(Self { noisy, ..Self::single(title, Box::new(problem), least) });
        }
        if let Some(number) = numbered("bbob") {
            let problem = Bbob::new(number, size.variables.unwrap_or(10), size.instance).map_err(text)?;
            let least = problem.optimal_value();
            return Ok(Self::single(format!("BBOB f{number}, instance {}", size.instance), Box::new(problem), least));
        }
        let objectives = size.objectives.unwrap_or(3);
        if let Some(number) = numbered("zdt") {
            let variables = size.variables.unwrap_or(if matches!(number, 4 | 6) { 10 } else { 30 });
            let problem = Zdt::new(number, variables).map_err(text)?;
            if size.objectives.is_some_and(|objectives| objectives != 2) {
                return Err(format!("{name}: found {objectives} objectives, expected 2"));
            }
            let front = problem.front(FRONT);
            return Ok(Self::several(format!("ZDT{number}"), Box::new(problem), front));
        }
        if let Some(number) = numbered("dtlz") {
            let distance = match (size.variables, number) {
                (Some(variables), _) => variables.saturating_sub(objectives.saturating_sub(1)),
                (None, 1) => 5,
                (None, 7) => 20,
                (None, _) => 10,
            };
            let problem = Dtlz::new(number, objectives, distance).map_err(text)?;
            let front = problem.front(FRONT);
            return Ok(Self::several(format!("DTLZ{number}"), Box::new(problem), front));
        }
        if let Some(number) = numbered("wfg") {
            let position = 2 * objectives.saturating_sub(1);
            let distance = size.variables.map_or(20, |variables| variables.saturating_sub(position));
            let problem = Wfg::new(number, objectives, position, distance).map_err(text)?;
            let front = problem.front(FRONT);
            return Ok(Self::several(format!("WFG{number}"), Box::new(problem), front));
        }
        if let Some(number) = numbered("lsmop") {
            let problem = Lsmop::new(number, objectives, size.variables.unwrap_or(100 * objectives)).map_err(text)?;
            let front = problem.front(FRONT);
            return Ok(Self::several(format!("LSMOP{number}"), Box::new(problem), front));
        }
        let (plain, rotated) = lower.strip_prefix("rotated-").map_or((lower.as_str(), false), |plain| (plain, true));
        let Some(function) = Function::ALL.into_iter().find(|function| function.name().to_lowercase() == plain) else {
            let functions = Function::ALL.map(|function| function.name().to_lowercase()).join(", ");
            return Err(format!(
                "found problem {name:?}, expected one of {functions} (or rotated-NAME), bbob1 to 24, bbob101 to 130, zdt1 to 6, dtlz1 to 7, \
                 wfg1 to 9, lsmop1 to 9"
            ));
        };
        let variables = size.variables.unwrap_or(10);
        // Away from the middle of the box, where many searches begin.
        let optimum = (0..variables).map(|i| if i % 2 == 0 { 1.3 } else { -0.7 }).collect();
        let problem = Landscape::new(function, variables).and_then(|p| p.with_optimum(optimum)).map_err(text)?;
        let problem = if rotated { problem.rotated(size.instance.into()) } else { problem };
        let title = format!("{}{}", if rotated { "rotated " } else { "" }, function.name());
        Ok(Self::single(title, Box::new(problem), 0.0))
    }

    fn single(name: String, objective: Box<dyn Objective + Send>, least: f64) -> Self {
        let title = format!("{name}, {} variables", objective.space().len());
        Self { title, objective, noisy: None, least, front: vec![] }
    }

    fn several(name: String, objective: Box<dyn Objective + Send>, front: Vec<f64>) -> Self {
        let (objectives, variables) = (objective.objectives().len(), objective.space().len());
        let title = format!("{name}, {objectives} objectives, {variables} variables");
        Self { title, objective, noisy: None, least: 0.0, front }
    }

    /// Number of objectives.
    pub fn objectives(&self) -> usize {
        self.objective.objectives().len()
    }

    /// The values of a genome without noise; those of one objective as the distance from the least value.
    pub fn exact(&self, genome: &[f64]) -> Vec<f64> {
        if let Some(noisy) = &self.noisy {
            return vec![noisy.value(genome) - self.least];
        }
        let at = Address { run: 0, generation: 0, candidate: 0, episode: 0 };
        let values = self.objective.evaluate(genome, &at).map_or_else(|_| vec![], |e| e.objectives);
        values.into_iter().map(|value| value - self.least).collect()
    }

    /// The point that hypervolumes are taken up to: beyond the worst values of the front by a tenth of its extent.
    pub fn reference_point(&self) -> Vec<f64> {
        let bound = |m: usize, pick: fn(f64, f64) -> f64| {
            self.front.chunks_exact(self.objectives()).map(|point| point[m]).reduce(pick).unwrap_or(0.0)
        };
        (0..self.objectives()).map(|m| 1.1 * bound(m, f64::max) - 0.1 * bound(m, f64::min)).collect()
    }
}
