//! Orbits that leave a saddle and come back to it.
//!
//! In the plane the unstable manifold of a saddle S leaves it along the eigenvector of the positive eigenvalue, and the stable
//! one, followed back in time, along the other. For a loop around the next equilibrium F both cross the ray from F that points away
//! from S. The signed distance of the two crossings, in units of the distance from S to F, is the split function; the loop
//! closes where it is 0 (Kuznetsov 2004, doi:10.1007/978-1-4757-3978-7, chapter 6). It is smooth in the input and found 0
//! by halving.
//!
//! A manifold is begun at a distance `s` from the saddle with its quadratic term,
//!
//! ```text
//! x = S + s v + s^2 h,   (2 lambda - J) h = B(v, v)/2,   J v = lambda v,
//! ```
//!
//! (B the second derivatives of the field, from dual numbers of dual numbers), which leaves an error of third order in s.

use super::equilibria;
use super::orbit::Plain;
use super::planar::{jacobian, rates};
use crate::dynamics::{Planar, try_bisect};
use crate::error::require;
use crate::ode::{SolveOptions, Solver, Tsit5, VectorField};
use crate::{Dual, NeuronError, Scalar, Tangent};

/// Distance from the saddle at which its manifolds begin, in distances of the next equilibrium.
const NEAR: f64 = 1e-4;
/// Relative and absolute tolerance of a step of the solver.
const TOLERANCE: f64 = 1e-12;
/// Time constants of its eigenvalue for which a manifold is followed.
const LONGEST: f64 = 60.0;
/// States looked at in a time constant of the faster eigenvalue.
const SAMPLES: u32 = 20;
/// Most steps to the time of a passage; halving alone would need fewer.
const ITERATIONS: u32 = 60;

/// An orbit that is homoclinic to a saddle.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Homoclinic {
    /// The input, in the unit of the model.
    pub input: f64,
    /// The saddle.
    pub saddle: [f64; 2],
    /// Its eigenvalues (1/ms), the positive and the negative one. If their sum is below 0 the limit cycle that is born there
    /// is stable (theorem of Andronov and Leontovich; Kuznetsov 2004, section 6.2).
    pub eigenvalues_per_ms: [f64; 2],
    /// Where the orbit passes beyond the equilibrium that it surrounds.
    pub state: [f64; 2],
}

/// The input between `low` and `high` at which the unstable manifold of the saddle, on the side of higher potentials, comes back
/// to it, having surrounded the equilibrium next above it. The saddle is the one of the highest potential.
///
/// Near it the period of the limit cycle grows like the logarithm of the distance, divided by the positive eigenvalue.
///
/// ```
/// use evoplast_neuron::analysis::homoclinic;
/// use evoplast_neuron::dynamics::{MorrisLecar, MorrisLecarParams};
/// let orbit = homoclinic::<MorrisLecar>(&MorrisLecarParams::homoclinic(), 34.0, 36.0)?;
/// assert!((orbit.input - 35.006_734_198).abs() < 1e-8); // firing stops below
/// # Ok::<(), evoplast_neuron::NeuronError>(())
/// ```
///
/// # Errors
/// A bad parameter or input; [`NeuronError::NoBifurcation`] if there is no saddle with an equilibrium above it, if a manifold
/// does not come round, or if the manifolds pass each other on the same side at both inputs.
pub fn homoclinic<D: Planar>(params: &D::Params, low: f64, high: f64) -> Result<Homoclinic, NeuronError> {
    D::check(params, 0)?;
    require(true, D::NAME, "low", 0, low, "a finite number")?;
    require(high > low, D::NAME, "high", 0, high, "more than `low`")?;
    let split = |input: f64| -> Result<f64, NeuronError> {
        let [(unstable, _), (stable, _)] = Saddle::<D>::new(params, input)?.passes()?;
        Ok(unstable - stable)
    };
    let ends = [split(low)?, split(high)?];
    if (ends[0] < 0.0) == (ends[1] < 0.0) {
        let found = format!("the manifolds of the saddle are apart by {} at input {low}, by {} here", ends[0], ends[1]);
        return Err(failed::<D>(high, found));
    }
    let input = try_bisect(low, high, split)?;
    let saddle = Saddle::<D>::new(params, input)?;
    let [(_, state), _] = saddle.passes()?;
    Ok(Homoclinic { input, saddle: saddle.at, eigenvalues_per_ms: saddle.eigenvalues, state })
}

/// Whether the unstable manifold of the saddle, having come round, does so again: a cycle passes beside the saddle.
pub(super) fn goes_on<D: Planar>(params: &D::Params, input: f64) -> Result<bool, NeuronError> {
    let saddle = Saddle::<D>::new(params, input)?;
    let (along, eigenvalue) = (saddle.directions()[0], saddle.eigenvalues[0]);
    let (_, x) = saddle.pass(saddle.begin(along, eigenvalue), eigenvalue)?;
    // A little further, so that this passage is not seen again.
    let field = Travel { plain: Plain::<D> { p: saddle.p, input }, sense: 1.0 };
    let mut next = [0.0; 2];
    saddle.go(&field, x, &[NEAR / eigenvalue], &mut next)?;
    Ok(saddle.pass(next, eigenvalue).is_ok())
}

fn failed<D: Planar>(input: f64, found: String) -> NeuronError {
    NeuronError::NoBifurcation { model: D::NAME, what: "homoclinic orbit", input, found }
}

/// A saddle and the equilibrium above it.
struct Saddle<D: Planar> {
    p: D::Parameters<f64>,
    input: f64,
    at: [f64; 2],
    eigenvalues: [f64; 2],
    /// The equilibrium to be surrounded, and the way to it from the saddle.
    centre: [f64; 2],
    way: [f64; 2],
}

impl<D: Planar> Saddle<D> {
    fn new(params: &D::Params, input: f64) -> Result<Self, NeuronError> {
        let all = equilibria::<D>(params, input);
        let pair = all.windows(2).rev().find(|pair| pair[0].unstable == 1 && pair[1].unstable != 1);
        let Some([saddle, centre]) = pair.and_then(|pair| <&[_; 2]>::try_from(pair).ok()) else {
            return Err(failed::<D>(input, "no saddle with an equilibrium at a higher potential".to_owned()));
        };
        let p = D::parameters(params);
        let [[a, b], [c, d]] = jacobian::<D>(&p, saddle.state, input);
        let (half, root) = (0.5 * (a + d), (0.25 * (a - d) * (a - d) + b * c).sqrt());
        let way = [0, 1].map(|k| centre.state[k] - saddle.state[k]);
        let eigenvalues = [half + root, half - root];
        Ok(Self { p, input, at: saddle.state, eigenvalues, centre: centre.state, way })
    }

    /// On which side of the line through both equilibria a displacement from it points, and how far.
    fn side(&self, x: [f64; 2]) -> f64 {
        self.way[0] * x[1] - self.way[1] * x[0]
    }

    /// Where the unstable and the stable manifold pass beyond the centre: how far from it, in distances from the saddle to it,
    /// and the states.
    fn passes(&self) -> Result<[(f64, [f64; 2]); 2], NeuronError> {
        let [unstable, stable] = self.directions();
        let [unstable, stable] = [(unstable, self.eigenvalues[0]), (stable, self.eigenvalues[1])]
            .map(|(v, eigenvalue)| self.pass(self.begin(v, eigenvalue), eigenvalue));
        Ok([unstable?, stable?])
    }

    /// Along which the unstable and the stable manifold leave the saddle.
    fn directions(&self) -> [[f64; 2]; 2] {
        let [[a, b], [c, d]] = jacobian::<D>(&self.p, self.at, self.input);
        // Of the two columns of J - lambda' that are multiples of the eigenvector of lambda the longer.
        let vectors = [1, 0].map(|other: usize| {
            let columns = [[a - self.eigenvalues[other], c], [b, d - self.eigenvalues[other]]];
            let length = |v: [f64; 2]| (v[0] / self.way[0]).hypot(v[1] / self.way[1]);
            let v = if length(columns[0]) < length(columns[1]) { columns[1] } else { columns[0] };
            v.map(|x| x / length(v))
        });
        // The unstable manifold begins upwards, the stable one on the other side of the line.
        let up = vectors[0].map(|x| x * vectors[0][0].signum());
        let sense = -self.side(up).signum() * self.side(vectors[1]).signum();
        [up, vectors[1].map(|x| sense * x)]
    }

    /// A point of the invariant manifold near the saddle.
    fn begin(&self, v: [f64; 2], eigenvalue: f64) -> [f64; 2] {
        type Second = Dual<Dual<f64, 1>, 1>;
        let along = [0, 1].map(|k| Second {
            value: Dual { value: self.at[k], parts: [v[k]] },
            parts: [Dual { value: v[k], parts: [0.0] }],
        });
        let bend = rates::<D, Second>(&self.p, along, Second::of(self.input)).map(|f| 0.5 * f.parts[0].part(0));
        let [[a, b], [c, d]] = jacobian::<D>(&self.p, self.at, self.input);
        let (a, d) = (2.0 * eigenvalue - a, 2.0 * eigenvalue - d);
        let determinant = a * d - b * c;
        let h = [(d * bend[0] + b * bend[1]) / determinant, (c * bend[0] + a * bend[1]) / determinant];
        [0, 1].map(|k| self.at[k] + NEAR * (v[k] + NEAR * h[k]))
    }

    /// Follows an orbit, in time or back as its manifold leaves the saddle, to its first passage beyond the centre.
    fn pass(&self, mut at: [f64; 2], eigenvalue: f64) -> Result<(f64, [f64; 2]), NeuronError> {
        let field = Travel { plain: Plain::<D> { p: self.p, input: self.input }, sense: eigenvalue.signum() };
        let fastest = self.eigenvalues[0].abs().max(self.eigenvalues[1].abs());
        let (unit_ms, longest_ms) = (1.0 / fastest, LONGEST / eigenvalue.abs());
        let times: Vec<f64> = (1..=SAMPLES).map(|k| unit_ms * f64::from(k) / f64::from(SAMPLES)).collect();
        let mut outputs = vec![0.0; 2 * times.len()];
        for _ in 0..(longest_ms / unit_ms) as u64 {
            self.go(&field, at, &times, &mut outputs)?;
            let mut before = at;
            for (k, x) in outputs.chunks_exact(2).enumerate() {
                let x = [x[0], x[1]];
                let crossed = (self.beside(before) < 0.0) != (self.beside(x) < 0.0);
                if crossed && self.beyond(x) > 0.0 {
                    let start_ms = if k == 0 { 0.0 } else { times[k - 1] };
                    let x = self.land(&field, at, [start_ms, times[k]])?;
                    return Ok((self.beyond(x), x));
                }
                before = x;
            }
            at = before;
        }
        let found = format!("a manifold of the saddle does not come round in {longest_ms} ms");
        Err(failed::<D>(self.input, found))
    }

    /// States at times after that of a state.
    fn go(&self, field: &Travel<D>, from: [f64; 2], times: &[f64], states: &mut [f64]) -> Result<(), NeuronError> {
        let options = SolveOptions::new(TOLERANCE, TOLERANCE);
        let solved = Tsit5.solve(field, 0.0, &from, times, &options, states);
        solved.map(|_| ()).map_err(|failure| failed::<D>(self.input, failure.to_string()))
    }

    /// [`side`](Self::side) of a state.
    fn beside(&self, x: [f64; 2]) -> f64 {
        self.side([x[0] - self.centre[0], x[1] - self.centre[1]])
    }

    /// How far a state on the line is beyond the centre, in distances from the saddle to it.
    fn beyond(&self, x: [f64; 2]) -> f64 {
        (x[0] - self.centre[0]) / self.way[0]
    }

    /// The state on the line that is reached between two times after that of `from`: Newton's method, kept between them.
    fn land(
        &self,
        field: &Travel<D>,
        from: [f64; 2],
        [mut low_ms, mut high_ms]: [f64; 2],
    ) -> Result<[f64; 2], NeuronError> {
        let (mut x, mut rate, mut time_ms) = ([0.0; 2], [0.0; 2], high_ms);
        self.go(field, from, &[time_ms], &mut x)?;
        let rises = self.beside(x) >= 0.0;
        for _ in 0..ITERATIONS {
            field.rhs(0.0, &x, &mut rate, &mut []);
            let off = self.beside(x);
            *(if (off >= 0.0) == rises { &mut high_ms } else { &mut low_ms }) = time_ms;
            let next_ms = time_ms - off / self.side(rate);
            let next_ms = if next_ms >= low_ms && next_ms <= high_ms { next_ms } else { 0.5 * (low_ms + high_ms) };
            let moved_ms = (next_ms - time_ms).abs();
            if moved_ms <= TOLERANCE * high_ms || next_ms <= 0.0 {
                break;
            }
            time_ms = next_ms;
            self.go(field, from, &[time_ms], &mut x)?;
        }
        Ok(x)
    }
}

/// The equations in time or back.
struct Travel<D: Planar> {
    plain: Plain<D>,
    sense: f64,
}

impl<D: Planar> VectorField for Travel<D> {
    fn dimension(&self) -> usize {
        2
    }

    fn rhs(&self, t: f64, y: &[f64], dydt: &mut [f64], scratch: &mut [f64]) {
        self.plain.rhs(t, y, dydt, scratch);
        dydt.iter_mut().for_each(|f| *f *= self.sense);
    }
}
