//! Searches of several objectives, each one file: the shell is `shell`, the seam `strategy`.

mod breeding;
mod directions;
mod ibea;
mod lmocso;
mod moead;
mod normalization;
mod nsga2;
mod nsga3;
mod random_search;
mod reference_vectors;
mod rvea;
mod shell;
mod sms_emoa;
mod strategy;

pub use breeding::{Breeding, by_burden, feasible_or_random, tournament};
pub use directions::{das_dennis, reference_directions};
pub use ibea::{Ibea, IbeaConfig};
pub use lmocso::{Lmocso, LmocsoConfig};
pub use moead::{Decomposition, Moead, MoeadConfig};
pub use nsga2::{Nsga2, Nsga2Config};
pub use nsga3::{Nsga3, Nsga3Config};
pub use random_search::{RandomSearch, RandomSearchConfig};
pub use reference_vectors::Schedule;
pub use rvea::{Rvea, RveaConfig};
pub use shell::MultiObjective;
pub use sms_emoa::{SmsEmoa, SmsEmoaConfig};
pub use strategy::{Members, MultiStrategy};
