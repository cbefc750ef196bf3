//! The mouse-V1 circuit of Billeh et al. 2020: its numbers, its LGN input, its connections.

mod circuit;
mod geometry;
pub mod lgn;
mod lgn_input;
mod recurrent;
pub mod tables;

pub use circuit::{Background, DT_MS, NEURONS, SOURCE_BACKGROUND, SOURCE_LGN, V1Circuit, V1Config, V1Network};
pub use geometry::{Cells, density_per_um2, radius_um};
pub use recurrent::{PORT_EXCITATORY, PORT_INHIBITORY};
