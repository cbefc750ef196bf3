//! Visual change detection: is the image of this presentation another one than the last?
//!
//! A presentation is a cycle of 50 ms gray, 100 ms image and 150 ms gray; cycles follow each other without a break, and
//! the decision is the rate of L5 excitatory neurons 50-100 ms after the image against a threshold. A rule is tried on
//! training trials with plasticity on, then on validation trials with it off, in every domain (gratings, natural
//! images) from scratch.
//!
//! Timing and stimuli: Chen, Scherr, Maass 2022, Sci Adv 8:eabq7592, <https://doi.org/10.1126/sciadv.abq7592>; rules,
//! reward and evaluation: Ye, Huang, Wu, Chen, Wu, ICLR 2026, <https://openreview.net/forum?id=hJBPMSUNUG>.

mod domain;
mod early_stop;
mod learning;
mod metrics;
mod objective;
mod pool;
mod recording;
mod reward;
mod session;
mod session_input;
mod trials;

pub use domain::{Domain, GratingConfig, Gratings, NaturalImages, Origin, Phase, Shown, Split};
pub use early_stop::{EarlyStop, RateWindow, Silence, StopKind, Stopped};
pub use learning::{Learning, LearningConfig, UpdateScale};
pub use metrics::{Evidence, METRICS, Metric, pooled_auc, rates_hz, wasserstein_1};
pub use objective::{ChangeDetection, ChangeDetectionConfig, Report};
pub use recording::{Recording, SYNCHRONY_BIN_MS, auc};
pub use reward::{REWARD_WINDOW, RewardScheme, RewardTrace};
pub use session::{DomainResult, ReadoutConfig, Session, ThresholdKind, TrialOutcome};
pub use session_input::{HOLD_MS, SessionInput};
pub use trials::{LgnDrive, Timing, TrialConfig, TrialSet};
