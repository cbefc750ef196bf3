//! Temporal kernels of LGN units: the weighted difference of two cosine bumps on a logarithmic time axis.
//!
//! ```text
//! f_j(t) = (1 + cos(clip(pi (ln(t + 0.3) - ln kpeak_j) / (2 db), -pi, pi))) / 2,   t = 1..600 ms
//! K = w_0 f_0(t - delay_0) / |f_0| + w_1 f_1(t - delay_1) / |f_1|
//! ```
//!
//! | symbol | value | meaning |
//! |---|---|---|
//! | w | per class | weights (Hz per unit contrast), w_1 < 0 |
//! | kpeak | per class | positions of the bumps (ms) |
//! | delay | per class | delays (ms), rounded to whole milliseconds |
//! | db | ln(200.3/100.3) | width of the bumps on the logarithmic axis |
//!
//! The tap of lag k ms is K(k + 1).
//!
//! Source: Billeh et al. 2020, Neuron 106:388-403, <https://doi.org/10.1016/j.neuron.2020.01.040>; bumps as in Pillow
//! et al. 2005, J Neurosci 25:11003, <https://doi.org/10.1523/JNEUROSCI.3305-05.2005>.

use crate::mouse_v1::tables::{BumpPair, Composite};

/// Length of a bump in ms, before its delay.
pub const BUMP_MS: usize = 600;

/// One cosine bump, normalised to unit L2 norm; without its zero tail, at most [`BUMP_MS`] long.
fn bump(kpeak_ms: f64) -> Vec<f64> {
    let db = (200.3_f64 / 100.3).ln();
    let mut f: Vec<f64> = (1..=BUMP_MS)
        .map_while(|t| {
            let phase = std::f64::consts::PI * ((t as f64 + 0.3).ln() - kpeak_ms.ln()) / (2.0 * db);
            (phase < std::f64::consts::PI)
                .then(|| if phase < -std::f64::consts::PI { 0.0 } else { 0.5 * (1.0 + phase.cos()) })
        })
        .collect();
    let norm = f.iter().map(|x| x * x).sum::<f64>().sqrt();
    if norm > 0.0 {
        f.iter_mut().for_each(|x| *x /= norm);
    }
    f
}

/// The kernel of a filter, with `shift_ms` added to both delays; index = lag in ms.
///
/// A shift that would make a delay negative is cut there.
pub fn temporal_kernel(filter: &BumpPair, shift_ms: i64) -> Vec<f64> {
    let mut kernel = Vec::new();
    for j in 0..2 {
        let delay = (filter.delay_ms[j].round() as i64 + shift_ms).max(0) as usize;
        let f = bump(filter.kpeak_ms[j]);
        if kernel.len() < delay + f.len() {
            kernel.resize(delay + f.len(), 0.0);
        }
        for (k, x) in f.iter().enumerate() {
            kernel[delay + k] += filter.w[j] * x;
        }
    }
    kernel
}

/// First lag after the largest tap at which the kernel is not positive; its length if there is none.
pub fn first_zero_crossing(kernel: &[f64]) -> usize {
    let peak = (0..kernel.len()).fold(0, |best, k| if kernel[k] > kernel[best] { k } else { best });
    (peak..kernel.len()).find(|&k| kernel[k] <= 0.0).unwrap_or(kernel.len())
}

/// The two filters of a composite unit, aligned and scaled.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CompositeGains {
    /// Added to the delays of the OFF filter (ms).
    pub off_shift_ms: i64,
    /// Added to the delays of the ON filter (ms).
    pub on_shift_ms: i64,
    /// Amplitude of the OFF filter (negative); that of the ON filter is 1.
    pub off_amplitude: f64,
}

/// Delays that put the zero crossings where the class wants them, and the amplitude that balances both subunits:
/// `-c (Rmax_off/Rmax_on) (A_on/A_off) - spont (Rmax_off - Rmax_on)/(Rmax_on A_off)`, with A the sum of a kernel up to
/// its first zero crossing.
pub fn composite_gains(off: &BumpPair, on: &BumpPair, composite: &Composite, spont_hz: f64) -> CompositeGains {
    let align = |filter: &BumpPair, target_ms: f64| {
        let kernel = temporal_kernel(filter, 0);
        let crossing = first_zero_crossing(&kernel);
        let area: f64 = kernel[..crossing].iter().sum();
        (target_ms.round() as i64 - crossing as i64, area)
    };
    let (off_shift_ms, a_off) = align(off, composite.off_crossing_ms);
    let (on_shift_ms, a_on) = align(on, composite.on_crossing_ms);
    let (r_off, r_on) = (composite.max_rate_off_hz, composite.max_rate_on_hz);
    let off_amplitude =
        -composite.amplitude_factor * (r_off / r_on) * (a_on / a_off) - spont_hz * (r_off - r_on) / (r_on * a_off);
    CompositeGains { off_shift_ms, on_shift_ms, off_amplitude }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mouse_v1::tables::{COMPOSITE_ON_FILTER, LGN_CLASSES};

    #[test]
    fn bumps_have_unit_norm_and_peak_at_kpeak() {
        for class in &LGN_CLASSES {
            for kpeak in class.filter.kpeak_ms {
                let f = bump(kpeak);
                assert!((f.iter().map(|x| x * x).sum::<f64>() - 1.0).abs() < 1e-12);
                let peak = (0..f.len()).fold(0, |b, k| if f[k] > f[b] { k } else { b });
                // tap k is t = k + 1, and the bump peaks at t + 0.3 = kpeak
                assert!((peak as f64 + 1.3 - kpeak).abs() <= 0.6, "{} {kpeak}: {peak}", class.name);
                // the support ends where ln((t + 0.3)/kpeak) = 2 db
                let end = (kpeak * (200.3_f64 / 100.3).powi(2) - 0.3).min(BUMP_MS as f64);
                assert!((f.len() as f64 - end).abs() <= 1.0);
            }
        }
    }

    #[test]
    fn delays_shift_each_bump() {
        let pair = BumpPair { w: [2.0, -1.0], kpeak_ms: [20.0, 50.0], delay_ms: [0.0, 25.0] };
        let only = |j: usize| BumpPair { w: std::array::from_fn(|i| if i == j { pair.w[i] } else { 0.0 }), ..pair };
        let (k, k0, k1) = (temporal_kernel(&pair, 0), temporal_kernel(&only(0), 0), temporal_kernel(&only(1), 0));
        assert!((0..k.len()).all(|i| (k[i] - k0[i] - k1[i]).abs() < 1e-15));
        assert!(k1[..25].iter().all(|&x| x == 0.0) && k1[40] < 0.0);
        let shifted = temporal_kernel(&pair, 7);
        assert!(shifted[..7].iter().all(|&x| x == 0.0) && shifted[7..] == k[..]);
    }

    #[test]
    fn zero_crossings_of_composites() {
        for class in LGN_CLASSES.iter().filter(|c| c.kind.is_composite()) {
            let composite = class.composite.expect("a composite class");
            let gains = composite_gains(&class.filter, &COMPOSITE_ON_FILTER, &composite, class.spont_hz);
            let off = first_zero_crossing(&temporal_kernel(&class.filter, gains.off_shift_ms));
            let on = first_zero_crossing(&temporal_kernel(&COMPOSITE_ON_FILTER, gains.on_shift_ms));
            assert!((off as f64 - composite.off_crossing_ms).abs() <= 0.5, "{}: {off}", class.name);
            assert!((on as f64 - composite.on_crossing_ms).abs() <= 0.5, "{}: {on}", class.name);
            assert!(gains.off_amplitude < 0.0);
        }
    }

    #[test]
    fn crossing_of_a_kernel_without_negative_part() {
        assert_eq!(first_zero_crossing(&[0.0, 1.0, 2.0, 1.0]), 4);
        assert_eq!(first_zero_crossing(&[0.0, 1.0, -0.5, 1.0]), 2);
        assert_eq!(first_zero_crossing(&[]), 0);
    }
}
