//! The figures. Each is plain data with [`crate::Figure`]; values that are not finite are not drawn.

mod accuracy;
mod fronts;
mod history;
mod images;
mod layers;
mod lines;
mod pareto;
mod raster;
mod rates;
mod terms;

pub use accuracy::{Accuracy, AccuracyRow, Reference, RowKind};
pub use fronts::{FrontPanel, Fronts};
pub use history::{Curve, History, HistoryPanel};
pub use images::{ContactSheet, GreyImage};
pub use layers::{LayerDots, LayerPanel, Layers};
pub use lines::{Line, LinePanel, LinePoint, Lines};
pub use pareto::{Cloud, Evaluated, NamedRule, Objective, Pareto, ParetoMatrix};
pub use raster::{Band, Interval, Raster, RasterPanel};
pub use rates::{CellType, RateSeries, Rates};
pub use terms::{Term, TermKind, Terms};

use crate::canvas::{Canvas, Type};
use crate::error::{Error, Result};
use crate::style::TITLE;

/// Distance of titles and legends from the left edge.
const MARGIN: f64 = 28.0;

/// Middle of the line of a figure's title.
const TITLE_LINE: f64 = 30.0;

/// Middle of the first line of a legend below the title.
const LEGEND_TOP: f64 = 66.0;

fn title(canvas: &dyn Canvas, text: &str) -> Result<()> {
    canvas.text(text, (MARGIN, TITLE_LINE), Type::new(TITLE))
}

fn check_length(what: impl FnOnce() -> String, expected: usize, found: usize) -> Result<()> {
    if expected == found { Ok(()) } else { Err(Error::Length { what: what(), expected, found }) }
}

/// The text, cut with an ellipsis when it is wider than `width`.
pub fn cut(canvas: &dyn Canvas, text: &str, size: f64, width: f64) -> String {
    if canvas.text_width(text, size) <= width {
        return text.to_owned();
    }
    let mut kept: String = text.to_owned();
    while kept.pop().is_some() && canvas.text_width(&format!("{kept}…"), size) > width {}
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
pub(crate) mod test {
    use crate::canvas::{Figure, draw_on, svg};
    use plotters::prelude::{BitMapBackend, IntoDrawingArea};

    /// Draws on both backends; returns the share of pixels that are not white and the SVG.
    pub(crate) fn drawn(figure: &dyn Figure) -> (f64, String) {
        let (width, height) = figure.size();
        assert!(width > 0 && height > 0);
        let mut pixels = vec![0; (width * height * 3) as usize];
        draw_on(figure, &BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area(), 1).unwrap();
        let dark = pixels.chunks(3).filter(|pixel| pixel.iter().any(|&c| c != 255)).count();
        (dark as f64 / f64::from(width * height), svg(figure).unwrap())
    }

    /// Number of pixels of exactly this colour at density 1.
    pub(crate) fn count(figure: &dyn Figure, colour: crate::style::Colour) -> usize {
        let (width, height) = figure.size();
        let mut pixels = vec![0; (width * height * 3) as usize];
        draw_on(figure, &BitMapBackend::with_buffer(&mut pixels, (width, height)).into_drawing_area(), 1).unwrap();
        pixels.chunks(3).filter(|pixel| **pixel == [colour.0, colour.1, colour.2]).count()
    }
}
