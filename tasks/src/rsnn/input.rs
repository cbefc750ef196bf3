//! The choice of an input by its tag.

use super::{Coherence, CoherenceConfig, GratingChange, GratingChangeConfig, LabelledInput};
use crate::TaskError;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What trials are made of, chosen by `kind`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum InputConfig {
    /// A change of coherence (`coherence`).
    Coherence(CoherenceConfig),
    /// A change of orientation (`gratings`).
    Gratings(GratingChangeConfig),
}

impl Default for InputConfig {
    fn default() -> Self {
        Self::Coherence(CoherenceConfig::default())
    }
}

impl InputConfig {
    /// The generator, with `seed` in place of the one of the configuration.
    ///
    /// # Errors
    /// A parameter outside its domain, which the error names.
    pub fn build(&self, seed: u64) -> Result<Arc<dyn LabelledInput>, TaskError> {
        Ok(match self {
            Self::Coherence(config) => Arc::new(Coherence::new(CoherenceConfig { seed, ..config.clone() })?),
            Self::Gratings(config) => Arc::new(GratingChange::new(GratingChangeConfig { seed, ..config.clone() })?),
        })
    }
}
