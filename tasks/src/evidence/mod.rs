//! Decisions at the end of a trial: evidence to count, to average or to compare, for networks with graded input.
//!
//! * [`Phrases`]: which of three words was said most often, with or without a delay before the answer.
//! * [`NoisyMean`]: on which side of 0 the mean of a noisy stimulus lies.
//! * [`MatchToSample`]: whether a second stimulus is the first one again, after a delay.
//! * [`EvidenceConfig`]: any of them, chosen by its tag.
//! * [`GradedProblem`]: a graded network with one of these tasks, as an objective; [`GradedWindows`]: the same by windows.
//! * [`Decision`]: what outputs are worth, by cross-entropy or by the share of wrong answers.
//!
//! Input is held over frames, and a frame is as long as the task says, whatever the time step of the network.

mod decision;
mod match_to_sample;
mod noisy_mean;
mod phrases;
mod problem;
mod trial;
mod windows;

pub use decision::Decision;
pub use match_to_sample::{MatchToSample, MatchToSampleConfig};
pub use noisy_mean::{NoisyMean, NoisyMeanConfig};
pub use phrases::{Phrases, PhrasesConfig, Word};
pub use problem::{GradedProblem, GradedProblemConfig, GradedScore, GradedTrials};
pub use trial::{EvidenceConfig, FramedInput, FramedTrial};
pub use windows::{GradedWindows, WindowState};
