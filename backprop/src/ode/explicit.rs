//! The reverse of explicit Runge-Kutta steps.
//!
//! With a bar for dL/d, going from the last step to the first:
//! output at theta: ybar += q, kbar_j += h b_j(theta) q;
//! ybar' += J(y')' kbar_7, then ybar += ybar', kbar_j += h b_j ybar';
//! stage i, from the last: w = J(y_i)' kbar_i, ybar += w, kbar_j += h a_ij w, pbar += (df/dp(y_i))' kbar_i.

use super::{Differentiable, add, outputs_of};
use evoplast_neuron::ode::{ExplicitTableau, Tape};

pub(super) fn reverse(
    tableau: &ExplicitTableau,
    field: &dyn Differentiable,
    tape: &Tape,
    slopes: &[f64],
    by_state: &mut [f64],
    by_parameters: &mut [f64],
) {
    let n = tape.dimension();
    let (mut k_bar, mut scratch) = (vec![0.0; 7 * n], vec![0.0; field.scratch()]);
    let (mut before, mut w, mut state) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    for step in (0..tape.steps()).rev() {
        let (t, h, y, k) = (tape.time(step), tape.size(step), tape.state(step), tape.vectors(step));
        before.fill(0.0);
        k_bar.fill(0.0);
        for (theta, q) in outputs_of(tape, slopes, step) {
            if theta == 1.0 {
                add(by_state, 1.0, q);
            } else {
                add(&mut before, 1.0, q);
                let weights = ExplicitTableau::dense(theta);
                k_bar.chunks_exact_mut(n).zip(weights).for_each(|(k_bar, b)| add(k_bar, h * b, q));
            }
        }
        for i in (0..7).rev() {
            let (earlier, rest) = k_bar.split_at_mut(i * n);
            let k_bar_i = &rest[..n];
            let used = k_bar_i.iter().any(|k| *k != 0.0);
            if i == 6 {
                // The last stage is taken at the new state.
                if used {
                    let (end, new) = (t + h, tape.state(step + 1));
                    field.vjp(end, new, k_bar_i, by_state, by_parameters, &mut scratch);
                }
                add(&mut before, 1.0, by_state);
                for (k_bar, b) in earlier.chunks_exact_mut(n).zip(&tableau.a[6]) {
                    add(k_bar, h * b, by_state);
                }
            } else if used {
                state.copy_from_slice(y);
                for (k, a) in k.chunks_exact(n).zip(&tableau.a[i][..i]) {
                    add(&mut state, h * a, k);
                }
                w.fill(0.0);
                field.vjp(t + tableau.c[i] * h, &state, k_bar_i, &mut w, by_parameters, &mut scratch);
                add(&mut before, 1.0, &w);
                for (k_bar, a) in earlier.chunks_exact_mut(n).zip(&tableau.a[i][..i]) {
                    add(k_bar, h * a, &w);
                }
            }
        }
        by_state.copy_from_slice(&before);
    }
}
