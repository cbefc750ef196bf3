//! Another rule in an engine that exists: a search tries thousands of rules on one projection.

use super::{Coefficients, EventTaylor, LONGEST_STRETCH, Powers, TaylorRule};
use crate::error::PlasticityError;
use num_traits::Float;

impl<F: Float> EventTaylor<F> {
    /// Takes another rule for the same types and goes back to rest; topology, learning rates, bounds and step stay. The
    /// engine is then what [`new`](Self::new) gives for that rule.
    ///
    /// # Errors
    /// Another number of types; the engine is then as it was.
    pub fn set_rule(&mut self, rule: &TaylorRule) -> Result<(), PlasticityError> {
        if rule.types() != self.c.types {
            let what = "types of the rule".to_owned();
            return Err(PlasticityError::Length { what, expected: self.c.types, found: rule.types() });
        }
        self.c = Coefficients::new(rule);
        self.powers = Powers::new(rule, self.dt_ms, LONGEST_STRETCH);
        self.rest();
        Ok(())
    }
}
