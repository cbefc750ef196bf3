//! Firing rates of the cell types, model beside mouse.

use super::{LEGEND_TOP, MARGIN, check_length, title};
use crate::canvas::{Canvas, Figure, Side, Type};
use crate::error::Result;
use crate::frame::{Axis, Frame};
use crate::marks::{Entry, LEGEND_LINE, Marker, legend, mark};
use crate::style::{Colour, GRID, INK, LABEL, PALE, SMALL, SOFT, faded, series};

/// A cell type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CellType {
    /// Layer, such as `L2/3`; types of equal layer stand together.
    pub layer: String,
    /// Class, such as `Pvalb`.
    pub class: String,
}

/// Rates of one source: the mouse, the model before learning, the model after it.
#[derive(Debug, Clone, PartialEq)]
pub struct RateSeries {
    /// Name.
    pub label: String,
    /// Mean rate of each type in Hz.
    pub mean_hz: Vec<f64>,
    /// Standard deviation of each type in Hz; empty when unknown.
    pub sd_hz: Vec<f64>,
}

/// Rates by type on a logarithmic axis.
#[derive(Debug, Clone, PartialEq)]
pub struct Rates {
    /// Title.
    pub title: String,
    /// The types, sorted by layer.
    pub types: Vec<CellType>,
    /// The sources.
    pub series: Vec<RateSeries>,
}

/// Rates below this many Hz are drawn at the lower end, hollow.
const FLOOR_HZ: f64 = 0.05;

const MARKERS: [Marker; 4] = [Marker::Disc, Marker::Square, Marker::Diamond, Marker::Up];

impl Rates {
    fn axis(&self) -> Axis {
        let means = self.series.iter().flat_map(|series| series.mean_hz.iter().copied());
        let ends = self.series.iter().flat_map(|series| series.mean_hz.iter().zip(&series.sd_hz).map(|(m, s)| m + s));
        let fit = Axis::fit("", true, means.chain(ends).map(|rate| rate.max(FLOOR_HZ)));
        Axis::log("mean firing rate (Hz)", fit.min.max(FLOOR_HZ), fit.max)
    }

    /// Layers with the range of their types.
    fn layers(&self) -> Vec<(&str, usize, usize)> {
        let mut layers: Vec<(&str, usize, usize)> = Vec::new();
        for (i, cell) in self.types.iter().enumerate() {
            match layers.last_mut() {
                Some((layer, _, end)) if *layer == cell.layer => *end = i + 1,
                _ => layers.push((&cell.layer, i, i + 1)),
            }
        }
        layers
    }

    fn draw_types(&self, canvas: &dyn Canvas, frame: &Frame) -> Result<()> {
        for (i, cell) in self.types.iter().enumerate() {
            let at = (frame.at_x(i as f64 + 0.5), frame.bottom + 17.0);
            canvas.text(&cell.class, at, Type::new(SMALL).colour(SOFT).side(Side::Centre))?;
        }
        for (layer, start, end) in self.layers() {
            let (left, right) = (frame.at_x(start as f64), frame.at_x(end as f64));
            if start > 0 {
                canvas.line(&[(left, frame.top), (left, frame.bottom + 56.0)], PALE, 1.0)?;
            }
            let at = ((left + right) / 2.0, frame.bottom + 44.0);
            canvas.text(layer, at, Type::new(LABEL).side(Side::Centre))?;
        }
        Ok(())
    }

    fn draw_series(&self, canvas: &dyn Canvas, frame: &Frame, index: usize, colour: Colour) -> Result<()> {
        let RateSeries { mean_hz, sd_hz, .. } = &self.series[index];
        let n = self.series.len() as f64;
        let shift = (index as f64 - (n - 1.0) / 2.0) * (0.62 / n);
        for (i, &mean) in mean_hz.iter().enumerate().filter(|(_, mean)| mean.is_finite()) {
            let x = frame.at_x(i as f64 + 0.5 + shift);
            if let Some(&sd) = sd_hz.get(i).filter(|sd| sd.is_finite() && **sd > 0.0) {
                let (low, high) = (frame.at_y(mean - sd), frame.at_y(mean + sd));
                canvas.line(&[(x, low), (x, high)], faded(colour, 0.6), 2.0)?;
                canvas.line(&[(x - 3.5, high), (x + 3.5, high)], faded(colour, 0.6), 2.0)?;
                if mean - sd > frame.y.min {
                    canvas.line(&[(x - 3.5, low), (x + 3.5, low)], faded(colour, 0.6), 2.0)?;
                }
            }
            if mean < frame.y.min {
                mark(canvas, Marker::Ring, (x, frame.bottom - 8.0), 5.5, colour)?;
            } else {
                mark(canvas, MARKERS[index % MARKERS.len()], (x, frame.at_y(mean)), 5.5, colour)?;
            }
        }
        Ok(())
    }
}

impl Figure for Rates {
    fn size(&self) -> (u32, u32) {
        (1200, 620)
    }

    fn draw(&self, canvas: &dyn Canvas) -> Result<()> {
        for series in &self.series {
            check_length(|| format!("rates of {}", series.label), self.types.len(), series.mean_hz.len())?;
            if !series.sd_hz.is_empty() {
                check_length(|| format!("spread of {}", series.label), self.types.len(), series.sd_hz.len())?;
            }
        }
        title(canvas, &self.title)?;
        // The first series is the reference and stays dark.
        let colour = |index: usize| if index == 0 { INK } else { series(index - 1) };
        let y = self.axis();
        let mut entries: Vec<Entry> = self
            .series
            .iter()
            .enumerate()
            .map(|(i, series)| Entry::new(MARKERS[i % MARKERS.len()], colour(i), series.label.clone()))
            .collect();
        let below = |series: &RateSeries| series.mean_hz.iter().any(|&rate| rate < y.min);
        if self.series.iter().any(below) {
            let text = format!("below {} Hz", crate::table::number(y.min, 2));
            entries.push(Entry::new(Marker::Ring, SOFT, text));
        }
        let lines = legend(canvas, (MARGIN, LEGEND_TOP), 1150.0, &entries)?;
        let x = Axis::linear("", 0.0, self.types.len().max(1) as f64);
        let top = LEGEND_TOP + lines as f64 * LEGEND_LINE + 2.0;
        let frame = Frame { left: 96.0, top, right: 1176.0, bottom: 548.0, x, y };
        frame.draw_y(canvas, true)?;
        canvas.line(&[(frame.left, frame.bottom), (frame.right, frame.bottom)], SOFT, 1.0)?;
        if self.types.is_empty() {
            canvas.line(&[(frame.right, frame.top), (frame.right, frame.bottom)], GRID, 1.0)?;
            return frame.draw_empty(canvas);
        }
        self.draw_types(canvas, &frame)?;
        for index in 0..self.series.len() {
            self.draw_series(canvas, &frame, index, colour(index))?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::test::drawn;
    use super::*;

    fn figure(types: usize, series: usize) -> Rates {
        let cell = |i: usize| CellType { layer: format!("L{}", i / 2), class: format!("c{i}") };
        let source = |s: usize| RateSeries {
            label: format!("source {s}"),
            mean_hz: (0..types).map(|i| i as f64).collect(),
            sd_hz: if s == 0 { vec![] } else { vec![1.0; types] },
        };
        Rates { title: "t".into(), types: (0..types).map(cell).collect(), series: (0..series).map(source).collect() }
    }

    #[test]
    fn nothing_one_type_and_all_types_draw() {
        for (types, series) in [(0, 0), (0, 2), (1, 1), (17, 3)] {
            assert!(drawn(&figure(types, series)).0 > 0.002);
        }
    }

    #[test]
    fn layers_are_runs_of_equal_names() {
        assert_eq!(figure(5, 1).layers(), [("L0", 0, 2), ("L1", 2, 4), ("L2", 4, 5)]);
    }

    #[test]
    fn a_type_without_rate_is_refused() {
        let mut short = figure(3, 1);
        short.series[0].mean_hz.pop();
        let message = crate::canvas::svg(&short).unwrap_err().to_string();
        assert_eq!(message, "rates of source 0: expected 3 values, found 2");
    }
}
