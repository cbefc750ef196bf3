//! Where a stable and an unstable limit cycle merge and vanish.
//!
//! The branch of stable orbits is followed by its arclength in natural units (Kuznetsov 2004, doi:10.1007/978-1-4757-3978-7,
//! section 10.2) until the multiplier passes 1; from there Newton's method solves the equations of the orbit together with "the
//! integral of the divergence is 0".

use super::orbit::{Condition, INPUT, PERIOD, PeriodicOrbit, Point, Solution, System};
use super::{CycleOptions, LimitCycle, limit_cycle};
use crate::NeuronError;
use crate::dynamics::Planar;

/// First, largest and smallest step along a branch, in units of the size of the orbit.
const STEPS: [f64; 3] = [0.05, 0.4, 1e-8];
/// Most steps along a branch.
const MOST: u32 = 2000;
/// Least cosine of the angle between the directions at both ends of a step.
const STRAIGHT: f64 = 0.95;
/// An orbit whose speed, in extents of the first one a period, is below this has shrunk to an equilibrium.
const SHRUNK: f64 = 1e-3;

const FOLD: &str = "fold of limit cycles";

/// The fold at which the stable limit cycle of the input `from` ends on the way towards the input `towards`, as the orbit that is
/// there; its `log_multiplier` is 0 up to rounding.
///
/// The cycle at `from` is that of [`limit_cycle`] with the same options; `longest_ms` also bounds the periods on the way.
///
/// ```
/// use evoplast_neuron::analysis::{CycleOptions, cycle_fold};
/// use evoplast_neuron::dynamics::{MorrisLecar, MorrisLecarParams};
/// let fold = cycle_fold::<MorrisLecar>(&MorrisLecarParams::snlc(), 110.0, 130.0, &CycleOptions::default())?;
/// assert!((fold.input - 115.948_72).abs() < 1e-5); // no firing above
/// # Ok::<(), evoplast_neuron::NeuronError>(())
/// ```
///
/// # Errors
/// As for [`limit_cycle`]; [`NeuronError::NoBifurcation`] if the branch of cycles goes on to `towards`, shrinks to an
/// equilibrium (a supercritical Hopf bifurcation), comes to periods that are too long (a homoclinic orbit or a saddle-node on the
/// cycle) or cannot be followed.
pub fn cycle_fold<D: Planar>(
    params: &D::Params,
    from: f64,
    towards: f64,
    options: &CycleOptions<[f64; 2]>,
) -> Result<PeriodicOrbit, NeuronError> {
    crate::error::require(towards != from, D::NAME, "towards", 0, towards, "a finite number other than `from`")?;
    let cycle = limit_cycle::<D>(params, from, options)?;
    let mut branch = Branch::<D>::begin(params, &cycle, from, towards, options.longest_ms, FOLD)?;
    loop {
        match branch.advance()? {
            Event::Regular => {}
            Event::Fold(fold) => return Ok(fold),
            Event::Passed => return Err(branch.stuck(format!("cycles are stable up to input {towards}"))),
            Event::Shrunk => return Err(branch.stuck("the cycle shrinks to an equilibrium".to_owned())),
            Event::Long => {
                let period_ms = branch.period_ms();
                return Err(branch.stuck(format!("the period grows to {period_ms} ms")));
            }
        }
    }
}

/// What a step along a branch of stable orbits came to.
pub(super) enum Event {
    Regular,
    /// The branch turns back, here.
    Fold(PeriodicOrbit),
    /// The input is that to which the branch was to be followed, or beyond.
    Passed,
    /// The orbit has no extent left.
    Shrunk,
    /// The period is longer than the longest.
    Long,
}

/// A branch of stable orbits under way.
pub(super) struct Branch<D: Planar> {
    system: System<D>,
    /// The last orbit.
    last: Solution,
    direction: Point,
    step: f64,
    left: u32,
    from: f64,
    towards: f64,
    pub longest_ms: f64,
    /// What is looked for.
    what: &'static str,
}

impl<D: Planar> Branch<D> {
    /// From the stable cycle at the input `from`.
    pub fn begin(
        params: &D::Params,
        cycle: &LimitCycle<D>,
        from: f64,
        towards: f64,
        longest_ms: f64,
        what: &'static str,
    ) -> Result<Self, NeuronError> {
        let failed = |found| NeuronError::NoBifurcation { model: D::NAME, what, input: from, found };
        let (system, guess) =
            System::<D>::new(D::parameters(params), from, cycle.state, cycle.period_ms).map_err(failed)?;
        let last = system.solve(&guess, &Condition::Input(from)).map_err(failed)?;
        let sense = std::array::from_fn(|k| if k == INPUT { (towards - from).signum() } else { 0.0 });
        let direction = system.direction(&last, &sense).map_err(failed)?;
        Ok(Self { system, last, direction, step: STEPS[0], left: MOST, from, towards, longest_ms, what })
    }

    /// The input of the last orbit.
    pub fn input(&self) -> f64 {
        self.last.at[INPUT]
    }

    /// Its period.
    pub fn period_ms(&self) -> f64 {
        self.last.at[PERIOD]
    }

    /// Change of the period with the input, dT/dI.
    pub fn period_per_input(&self) -> f64 {
        let [period_ms, input] = [PERIOD, INPUT].map(|k| self.direction[k] * self.system.units[k]);
        period_ms / input
    }

    /// The search ends at the last orbit.
    pub fn stuck(&self, found: String) -> NeuronError {
        NeuronError::NoBifurcation { model: D::NAME, what: self.what, input: self.input(), found }
    }

    /// One step along the branch.
    pub fn advance(&mut self) -> Result<Event, NeuronError> {
        let [_, largest, smallest] = STEPS;
        let mut reason = format!("{MOST} steps along the branch of cycles are spent");
        while self.left > 0 && self.step > smallest {
            self.left -= 1;
            let ahead: Point =
                std::array::from_fn(|k| self.last.at[k] + self.step * self.direction[k] * self.system.units[k]);
            let next = self.system.solve(&ahead, &Condition::Across(&ahead, &self.direction));
            let next = next
                .and_then(|orbit| self.system.direction(&orbit, &self.direction).map(|direction| (orbit, direction)));
            match next {
                Ok((orbit, direction)) if dot(&self.direction, &direction) > STRAIGHT => {
                    self.step = (1.5 * self.step).min(largest);
                    self.direction = direction;
                    let before = std::mem::replace(&mut self.last, orbit);
                    return self.arrive(&before);
                }
                Ok(_) => reason = "the branch of cycles has a corner".to_owned(),
                Err(found) => reason = found,
            }
            self.step *= 0.5;
        }
        Err(self.stuck(reason))
    }

    fn arrive(&self, before: &Solution) -> Result<Event, NeuronError> {
        let [then, now] = [before, &self.last].map(|orbit| self.system.velocities(&orbit.at));
        // Beyond a Hopf bifurcation the branch is that of the same orbits half a period later.
        if dot(&then, &now) <= 0.0 || dot(&now, &now).sqrt() < SHRUNK {
            return Ok(Event::Shrunk);
        }
        if self.last.log_multiplier() >= 0.0 {
            return self.fold(before);
        }
        if self.period_ms() > self.longest_ms {
            return Ok(Event::Long);
        }
        let passed = (self.input() - self.towards) * (self.towards - self.from) >= 0.0;
        Ok(if passed { Event::Passed } else { Event::Regular })
    }

    /// The fold between an orbit that is stable and the last one, which is not.
    fn fold(&self, before: &Solution) -> Result<Event, NeuronError> {
        let (low, high) = (before.log_multiplier(), self.last.log_multiplier());
        let share = low / (low - high);
        let guess: Point = std::array::from_fn(|k| before.at[k] + share * (self.last.at[k] - before.at[k]));
        let fold = self.system.solve(&guess, &Condition::Fold).map_err(|found| self.stuck(found))?;
        Ok(Event::Fold(fold.orbit()))
    }
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
