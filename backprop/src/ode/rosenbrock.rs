//! The reverse of Rosenbrock steps.
//!
//! With W = I/(h gamma) - J(y) and a bar for dL/d, going from the last step to the first:
//! output at theta, theta' = 1 - theta: ybar += theta' q, ybar' += theta q, ubar_j += theta theta' (d1_j + theta d2_j) q;
//! ybar += ybar', ubar_j += m_j ybar';
//! stage i, from the last: v_i = W'^-1 ubar_i, w = J(y_i)' v_i, ybar += w, ubar_j += a_ij w + c_ij v_i / h,
//! pbar += (df/dp(y_i))' v_i;
//! and since W depends on y and p: Jbar = sum_i v_i u_i', to which the field's second derivatives are applied.

use super::{Differentiable, add, outputs_of};
use crate::error::BackpropError;
use evoplast_neuron::ode::{Jacobian, Lu, RosenbrockTableau, Tape};

pub(super) fn reverse(
    tableau: &RosenbrockTableau,
    field: &dyn Differentiable,
    tape: &Tape,
    slopes: &[f64],
    by_state: &mut [f64],
    by_parameters: &mut [f64],
) -> Result<(), BackpropError> {
    let n = tape.dimension();
    let (mut u_bar, mut v, mut scratch) = (vec![0.0; 6 * n], vec![0.0; 6 * n], vec![0.0; field.scratch()]);
    let (mut before, mut w, mut state) = (vec![0.0; n], vec![0.0; n], vec![0.0; n]);
    let (mut jacobian, mut lu) = (vec![0.0; n * n], Lu::new(n));
    for step in (0..tape.steps()).rev() {
        let (t, h, y, u) = (tape.time(step), tape.size(step), tape.state(step), tape.vectors(step));
        let known = field.jacobian(t, y, &mut jacobian, &mut scratch) == Jacobian::Exact;
        if !(known && tableau.decompose(&mut lu, &jacobian, h)) {
            return Err(BackpropError::Parameter {
                component: "pull_back",
                field: "jacobian",
                found: f64::from(u8::from(known)),
                expected: "one that the field knows, as when the solve was recorded",
            });
        }
        before.fill(0.0);
        u_bar.fill(0.0);
        for (theta, q) in outputs_of(tape, slopes, step) {
            let rest = 1.0 - theta;
            add(&mut before, rest, q);
            add(by_state, theta, q);
            for (j, u_bar) in u_bar.chunks_exact_mut(n).take(5).enumerate() {
                add(u_bar, theta * rest * (tableau.d[0][j] + theta * tableau.d[1][j]), q);
            }
        }
        add(&mut before, 1.0, by_state);
        u_bar.chunks_exact_mut(n).zip(tableau.m).for_each(|(u_bar, m)| add(u_bar, m, by_state));
        for i in (0..6).rev() {
            let (earlier, rest) = u_bar.split_at_mut(i * n);
            let v = &mut v[i * n..(i + 1) * n];
            v.copy_from_slice(&rest[..n]);
            lu.solve_transposed(v);
            state.copy_from_slice(y);
            for (u, a) in u.chunks_exact(n).zip(&tableau.a[i][..i]) {
                add(&mut state, *a, u);
            }
            w.fill(0.0);
            field.vjp(t + tableau.alpha[i] * h, &state, v, &mut w, by_parameters, &mut scratch);
            add(&mut before, 1.0, &w);
            for (j, u_bar) in earlier.chunks_exact_mut(n).enumerate() {
                add(u_bar, tableau.a[i][j], &w);
                add(u_bar, tableau.c[i][j] / h, v);
            }
        }
        // Jbar as a sum over stages, or over columns where these are fewer.
        for k in 0..n.min(6) {
            if n < 6 {
                state.fill(0.0);
                state[k] = 1.0;
                w.fill(0.0);
                u.chunks_exact(n).zip(v.chunks_exact(n)).for_each(|(u, v)| add(&mut w, u[k], v));
            } else {
                state.copy_from_slice(&u[k * n..(k + 1) * n]);
                w.copy_from_slice(&v[k * n..(k + 1) * n]);
            }
            field.jacobian_vjp(t, y, &w, &state, &mut before, by_parameters, &mut scratch);
        }
        by_state.copy_from_slice(&before);
    }
    Ok(())
}
