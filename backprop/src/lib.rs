//! Surrogate gradients: the baseline that evolution is compared with
