//! How many variables and parameters a model has, from one list of their names.

/// The associated types and names of a [`Dynamics`](super::Dynamics) from the names of its variables, the potential first,
/// and of its parameters.
macro_rules! layout {
    (variables: $v:literal $(, $x:literal)*; parameters: $($p:literal),* $(,)?) => {
        type State<F: Scalar> = [F; [$v $(, $x)*].len()];
        type Parameters<F: Scalar> = [F; [$($p),*].len()];
        type StateDual<F: Scalar> = Dual<F, { [$v $(, $x)*].len() + 1 }>;
        type FullDual<F: Scalar> = Dual<F, { [$v $(, $x)*].len() + 1 + [$($p),*].len() }>;
        type Cell = [f32; [$v $(, $x)*].len() + 1];
        type Coefficients = [f32; [$($p),*].len() + 2];
        const VARIABLES: &'static [&'static str] = &[$v $(, $x)*];
        const CELL_VARIABLES: &'static [&'static str] = &[$v, "z" $(, $x)*];
        const PARAMETERS: &'static [&'static str] = &[$($p),*];
        const COEFFICIENTS: &'static [&'static str] = &[$($p,)* "v_spike_mv", "input_per_pa"];
    };
}

pub(crate) use layout;
