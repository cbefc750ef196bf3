//! Firing rates of selected LGN units.
//!
//! ```text
//! rate_i(t) = sum over subunits relu(spont + sum_k K(k) s(t - k)),   s = image seen through the receptive field
//! ```
//!
//! Filters are separable, so an image shown for a fixed time on gray contributes `s * P(t - onset)` with P the response
//! of the kernel to a unit pulse of that length. [`LgnFilters::drive`] sums these; [`LgnFilters::movie_rates`]
//! convolves any movie directly and is the reference; [`LgnFilters::drifting_grating_rates`] uses the kernel's response
//! to a sinusoid.
//!
//! Source: Billeh et al. 2020, Neuron 106:388-403, <https://doi.org/10.1016/j.neuron.2020.01.040>.

use std::borrow::Borrow;
use std::f64::consts::TAU;
use std::ops::Range;

use super::spatial::{SpatialFilters, SpatialResponse, pixel};
use super::units::{LgnUnit, Subunit};
use crate::error::TaskError;
use crate::stimuli::{COLS, DriftingGrating, GratingOffset, Image, ROWS, StaticGrating};

/// Firing rates of some units over some milliseconds.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Rates {
    t0_ms: i64,
    n_ms: usize,
    hz: Vec<f32>,
}

impl Rates {
    /// First millisecond.
    pub fn t0_ms(&self) -> i64 {
        self.t0_ms
    }

    /// Number of milliseconds.
    pub fn n_ms(&self) -> usize {
        self.n_ms
    }

    /// Number of units.
    pub fn n_units(&self) -> usize {
        self.hz.len() / self.n_ms.max(1)
    }

    /// Rates (Hz) of unit `i` of the selection, one per millisecond.
    ///
    /// # Panics
    /// If `i` is not below [`Self::n_units`].
    pub fn unit(&self, i: usize) -> &[f32] {
        &self.hz[i * self.n_ms..(i + 1) * self.n_ms]
    }

    /// Mean rate (Hz) over units and time; 0 when empty.
    pub fn mean_hz(&self) -> f64 {
        self.hz.iter().map(|&r| f64::from(r)).sum::<f64>() / self.hz.len().max(1) as f64
    }

    /// Multiplies all rates.
    pub fn scale(&mut self, factor: f32) {
        self.hz.iter_mut().for_each(|hz| *hz *= factor);
    }

    fn reset(&mut self, range_ms: &Range<i64>, n_units: usize) {
        self.t0_ms = range_ms.start;
        self.n_ms = usize::try_from(range_ms.end - range_ms.start).unwrap_or(0);
        self.hz.clear();
        self.hz.resize(self.n_ms * n_units, 0.0);
    }

    fn unit_mut(&mut self, i: usize) -> &mut [f32] {
        &mut self.hz[i * self.n_ms..(i + 1) * self.n_ms]
    }
}

/// One image shown from `onset_ms` for the pulse length of the [`LgnFilters`].
#[derive(Debug, Clone, Copy)]
pub struct Presentation<'a> {
    /// First millisecond of the image.
    pub onset_ms: i64,
    /// The image as seen by the units.
    pub image: &'a SpatialResponse,
}

/// Filters of a selection of units, ready to turn images into rates.
#[derive(Debug, Clone)]
pub struct LgnFilters {
    /// Subunits of unit i are `first[i]..first[i + 1]`.
    first: Vec<usize>,
    spatial: SpatialFilters,
    /// Pixel coordinates and width of each subunit.
    fields: Vec<(f64, f64, f64)>,
    kernels: Vec<Vec<f32>>,
    pulses: Vec<Vec<f32>>,
    spont_hz: Vec<f32>,
    pulse_ms: usize,
}

impl LgnFilters {
    /// Filters of `units[selection[i]]`, for images shown for `pulse_ms` milliseconds.
    ///
    /// # Errors
    /// [`TaskError::Parameter`] if an index is not below the number of units or `pulse_ms` is 0.
    pub fn new(units: &[LgnUnit], selection: &[usize], pulse_ms: usize) -> Result<Self, TaskError> {
        if pulse_ms == 0 {
            return Err(TaskError::parameter("pulse_ms", pulse_ms, "at least 1 ms"));
        }
        if let Some(&i) = selection.iter().find(|&&i| i >= units.len()) {
            return Err(TaskError::parameter("index of an LGN unit", i, &format!("less than {}", units.len())));
        }
        let mut first = vec![0];
        let mut subunits: Vec<&Subunit> = Vec::with_capacity(selection.len());
        for &i in selection {
            subunits.push(&units[i].primary);
            subunits.extend(units[i].secondary.as_ref());
            first.push(subunits.len());
        }
        let kernels: Vec<Vec<f64>> = subunits.iter().map(|s| s.kernel()).collect();
        let field = |s: &&Subunit| {
            let (x, y) = pixel(s.x_deg, s.y_deg);
            (x, y, s.sigma_deg)
        };
        Ok(Self {
            first,
            fields: subunits.iter().map(field).collect(),
            pulses: kernels.iter().map(|k| pulse_response(k, pulse_ms)).collect(),
            kernels: kernels.iter().map(|k| k.iter().map(|&x| x as f32).collect()).collect(),
            spont_hz: subunits.iter().map(|s| s.spont_hz as f32).collect(),
            spatial: SpatialFilters::new(subunits),
            pulse_ms,
        })
    }

    /// Number of units of the selection.
    pub fn n_units(&self) -> usize {
        self.first.len() - 1
    }

    /// How long an image is shown (ms).
    pub fn pulse_ms(&self) -> usize {
        self.pulse_ms
    }

    /// How long (ms) an image acts after its onset; older presentations may be dropped.
    pub fn memory_ms(&self) -> usize {
        self.pulses.iter().map(Vec::len).max().unwrap_or(0)
    }

    /// What the units see of `image`: compute once per image, use in many presentations.
    pub fn see(&self, image: &Image) -> SpatialResponse {
        self.spatial.respond(image)
    }

    /// What the units see of a static grating, in closed form: a sinusoid through a Gaussian keeps its phase and loses
    /// amplitude. The field is taken as unbounded, so units within a few sigma of its border see a little more.
    pub fn see_grating(&self, grating: &StaticGrating) -> SpatialResponse {
        let theta = (180.0 - grating.orientation_deg).to_radians();
        let (sin, cos) = theta.sin_cos();
        let offset = match grating.offset {
            GratingOffset::ZeroMean => 0.0,
            GratingOffset::AsCoded => -2.0,
        };
        let seen = self.fields.iter().map(|&(x, y, sigma)| {
            let (dx, dy) = (x - 0.5 * (COLS - 1) as f64, y - 0.5 * (ROWS - 1) as f64);
            let phase = TAU * grating.sf_cpd * (dx * cos + dy * sin) + grating.phase_deg.to_radians();
            let blur = (-0.5 * (TAU * grating.sf_cpd * sigma).powi(2)).exp();
            let scale = match grating.offset {
                GratingOffset::ZeroMean => 2.0,
                GratingOffset::AsCoded => 4.0,
            };
            (scale * grating.contrast * blur * phase.sin() + offset) as f32
        });
        SpatialResponse(seen.collect())
    }

    /// Rates during `range_ms` when `presentations` (in any order) are shown on gray; `out` is overwritten.
    ///
    /// # Errors
    /// [`TaskError::Parameter`] if a presentation was computed by other filters (wrong number of subunits).
    pub fn drive(
        &self,
        presentations: &[Presentation<'_>],
        range_ms: Range<i64>,
        out: &mut Rates,
    ) -> Result<(), TaskError> {
        let n = self.spatial.len();
        if let Some(p) = presentations.iter().find(|p| p.image.0.len() != n) {
            let found = format!("{} values", p.image.0.len());
            return Err(TaskError::parameter("spatial response", found, &format!("{n}, one per subunit")));
        }
        self.rectified(range_ms.clone(), out, |s, linear| {
            for p in presentations {
                add_scaled(linear, range_ms.start, &self.pulses[s], p.onset_ms, p.image.0[s]);
            }
        });
        Ok(())
    }

    /// Rates during a movie of one frame per millisecond that starts at time 0 after gray; `out` is overwritten.
    ///
    /// Direct convolution: slow, exact for any movie.
    pub fn movie_rates<F: Borrow<Image>>(&self, frames: impl IntoIterator<Item = F>, out: &mut Rates) {
        let seen: Vec<SpatialResponse> = frames.into_iter().map(|f| self.see(f.borrow())).collect();
        self.rectified(0..seen.len() as i64, out, |s, linear| {
            for (t, value) in linear.iter_mut().enumerate() {
                let taps = self.kernels[s].iter().take(t + 1).enumerate();
                let sum: f64 = taps.map(|(k, &tap)| f64::from(tap) * f64::from(seen[t - k].0[s])).sum();
                *value += sum as f32;
            }
        });
    }

    /// Rates during `range_ms` of a drifting grating that has been on for ever; `out` is overwritten.
    ///
    /// The field is taken as unbounded: units within a few sigma of its border see a little more contrast than in a
    /// movie.
    ///
    /// # Errors
    /// [`TaskError::Parameter`] if the grating is not valid.
    pub fn drifting_grating_rates(
        &self,
        grating: &DriftingGrating,
        range_ms: Range<i64>,
        out: &mut Rates,
    ) -> Result<(), TaskError> {
        grating.validate()?;
        let omega = TAU * grating.tf_hz * 1e-3;
        let wave: Vec<(f32, f32)> = range_ms
            .clone()
            .map(|t| {
                let (sin, cos) = (omega * t as f64).sin_cos();
                (sin as f32, cos as f32)
            })
            .collect();
        self.rectified(range_ms, out, |s, linear| {
            // s(t) = A sin(phi - omega t) gives Im(Z exp(-i omega t)) with Z = A exp(i phi) sum_k K(k) exp(i omega k)
            let (x, y, sigma) = self.fields[s];
            let (mut re, mut im) = (0.0, 0.0);
            for (k, &tap) in self.kernels[s].iter().enumerate() {
                let (sin, cos) = (omega * k as f64).sin_cos();
                re += f64::from(tap) * cos;
                im += f64::from(tap) * sin;
            }
            let amplitude = grating.contrast * (-0.5 * (TAU * grating.sf_cpd * sigma).powi(2)).exp();
            let (sin, cos) = grating.spatial_phase_rad(x, y).sin_cos();
            let z_re = (amplitude * (re * cos - im * sin)) as f32;
            let z_im = (amplitude * (re * sin + im * cos)) as f32;
            for (value, &(sin, cos)) in linear.iter_mut().zip(&wave) {
                *value += z_im * cos - z_re * sin;
            }
        });
        Ok(())
    }

    /// Fills `out` with the sum over subunits of relu(spont + linear), `add(s, linear)` adding the linear part.
    fn rectified(&self, range_ms: Range<i64>, out: &mut Rates, add: impl Fn(usize, &mut [f32])) {
        out.reset(&range_ms, self.n_units());
        let mut linear = vec![0.0; out.n_ms];
        for i in 0..self.n_units() {
            for s in self.first[i]..self.first[i + 1] {
                linear.fill(self.spont_hz[s]);
                add(s, &mut linear);
                for (rate, &l) in out.unit_mut(i).iter_mut().zip(&linear) {
                    *rate += l.max(0.0);
                }
            }
        }
    }
}

/// Response of a kernel to a pulse of height 1 and `pulse_ms` ms, from the onset on.
fn pulse_response(kernel: &[f64], pulse_ms: usize) -> Vec<f32> {
    let mut sum = 0.0;
    let mut cumulative = Vec::with_capacity(kernel.len() + 1);
    cumulative.push(0.0);
    for &k in kernel {
        sum += k;
        cumulative.push(sum);
    }
    let end = kernel.len();
    (0..end + pulse_ms - 1)
        .map(|t| (cumulative[(t + 1).min(end)] - cumulative[(t + 1).saturating_sub(pulse_ms).min(end)]) as f32)
        .collect()
}

/// `target[t] += scale * source[t - onset]` where both exist, `target` starting at time `t0`.
fn add_scaled(target: &mut [f32], t0: i64, source: &[f32], onset: i64, scale: f32) {
    let start = onset.max(t0);
    let end = (onset + source.len() as i64).min(t0 + target.len() as i64);
    if start >= end {
        return;
    }
    let to = &mut target[(start - t0) as usize..(end - t0) as usize];
    let from = &source[(start - onset) as usize..(end - onset) as usize];
    for (x, y) in to.iter_mut().zip(from) {
        *x += scale * y;
    }
}
