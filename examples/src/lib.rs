//! Shared parts of the examples: the folder of a run, progress, figures, tables and the report.
//!
//! Nothing here knows a simulation. An example computes, puts the results into the plain structs of this crate, and
//! gets files that are complete or absent, figures in one style, and a page that stands alone.

mod atomic;
mod canvas;
mod error;
pub mod figures;
mod finite;
mod frame;
mod html;
mod interrupt;
mod marks;
mod npz;
mod program;
mod progress;
mod report;
mod run_folder;
mod statistics;
pub mod style;
mod table;

pub use atomic::{write_atomic, write_bytes};
pub use canvas::{Canvas, Figure, PlottersCanvas, Point, SavedFigure, Side, Type, draw_on, save, svg};
pub use error::{Error, Result};
pub use finite::require_finite;
pub use frame::{Axis, Frame};
pub use interrupt::stop_on_ctrl_c;
pub use marks::{Entry, LEGEND_LINE, Marker, label_points, legend, legend_column, mark, whisker_x, whisker_y};
pub use npz::{Array, Arrays, Values};
pub use program::{MOST_SEEDS, check_seeds, exit, first_seeds, use_threads};
pub use progress::{EvaluationCount, Generation, Pace, Progress, duration};
pub use report::Report;
pub use run_folder::{ConfigFormat, Run, RunFolder, read_config, read_json, revision, write_json};
pub use statistics::{moments, quantile};
pub use table::{Align, Column, Table, left, mean_sd, number, right, spread};
