//! Curves over the generations of a search, in panels one below the other.

use super::{MARGIN, check_length, title};
use crate::canvas::{Canvas, Figure, Type};
use crate::error::Result;
use crate::frame::{Axis, Frame};
use crate::marks::{Entry, Marker, legend_column, mark};
use crate::style::{LABEL, SOFT, series};

/// One curve.
#[derive(Debug, Clone, PartialEq)]
pub struct Curve {
    /// Its name.
    pub label: String,
    /// Its value in each generation; values that are not finite leave a gap.
    pub values: Vec<f64>,
}

/// One panel.
#[derive(Debug, Clone, PartialEq)]
pub struct HistoryPanel {
    /// Title of its vertical axis.
    pub axis: String,
    /// Whether that axis is logarithmic.
    pub log: bool,
    /// Its curves.
    pub curves: Vec<Curve>,
    /// Horizontal lines to compare with: name and value.
    pub levels: Vec<(String, f64)>,
}

/// The course of a search.
#[derive(Debug, Clone, PartialEq)]
pub struct History {
    /// Title.
    pub title: String,
    /// Title of the horizontal axis, such as `generation`.
    pub axis: String,
    /// Values on the horizontal axis.
    pub generations: Vec<f64>,
    /// The panels.
    pub panels: Vec<HistoryPanel>,
}

const PANEL: f64 = 190.0;
const FIRST: f64 = 250.0;
const TOP: f64 = 62.0;
const BELOW: f64 = 66.0;
const GAP: f64 = 24.0;
/// Room for the legend right of the panels.
const LEGEND: f64 = 250.0;

impl History {
    fn panel_height(index: usize) -> f64 {
        if index == 0 { FIRST } else { PANEL }
    }

    fn draw_panel(&self, canvas: &dyn Canvas, panel: &HistoryPanel, top: f64, bottom: f64, last: bool) -> Result<()> {
        let values = panel.curves.iter().flat_map(|curve| curve.values.iter().copied());
        let y = Axis::fit(&panel.axis, panel.log, values.chain(panel.levels.iter().map(|level| level.1)));
        let (start, end) = match (self.generations.first(), self.generations.last()) {
            (Some(&start), Some(&end)) => (start, end),
            _ => (0.0, 1.0),
        };
        let x = Axis::linear(&self.axis, start, end);
        let frame = Frame { left: 112.0, top, right: 1180.0 - LEGEND, bottom, x, y };
        frame.draw_x(canvas, last)?;
        frame.draw_y(canvas, true)?;
        let mut entries = Vec::new();
        for (label, value) in &panel.levels {
            let y = frame.at_y(*value);
            canvas.dashed(&[(frame.left, y), (frame.right, y)], SOFT, 1.5)?;
            entries.push(Entry::new(Marker::Dashes, SOFT, label.clone()));
        }
        for (i, curve) in panel.curves.iter().enumerate() {
            let colour = series(i);
            let points = self.generations.iter().zip(&curve.values);
            let points: Vec<(f64, f64)> = points.map(|(&x, &y)| (x, y)).collect();
            for run in points.split(|(x, y)| !x.is_finite() || !y.is_finite()) {
                let pixels: Vec<_> = run.iter().map(|&(x, y)| frame.at(x, y)).collect();
                match pixels[..] {
                    [only] => mark(canvas, Marker::Disc, only, 4.0, colour)?,
                    _ => canvas.line(&pixels, colour, 2.5)?,
                }
            }
            entries.push(Entry::new(Marker::Line, colour, curve.label.clone()));
        }
        // One curve alone is named by the title of its axis.
        if entries.len() > 1 {
            legend_column(canvas, (frame.right + 24.0, top + 14.0), LEGEND - 30.0, &entries)?;
        }
        if self.generations.is_empty() { frame.draw_empty(canvas) } else { Ok(()) }
    }
}

impl Figure for History {
    fn size(&self) -> (u32, u32) {
        let panels: f64 = (0..self.panels.len().max(1)).map(|i| Self::panel_height(i) + GAP).sum();
        (1200, (TOP + panels - GAP + BELOW) as u32)
    }

    fn draw(&self, canvas: &dyn Canvas) -> Result<()> {
        for curve in self.panels.iter().flat_map(|panel| &panel.curves) {
            check_length(|| format!("curve {}", curve.label), self.generations.len(), curve.values.len())?;
        }
        title(canvas, &self.title)?;
        if self.panels.is_empty() {
            return canvas.text("no data", (MARGIN, TOP + 40.0), Type::new(LABEL).colour(SOFT));
        }
        let mut top = TOP;
        for (i, panel) in self.panels.iter().enumerate() {
            let bottom = top + Self::panel_height(i);
            self.draw_panel(canvas, panel, top, bottom, i + 1 == self.panels.len())?;
            top = bottom + GAP;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::test::{count, drawn};
    use super::*;
    use crate::style::BLUE;

    fn figure(generations: usize, panels: usize) -> History {
        let values: Vec<f64> = (0..generations).map(|g| 0.5 + 0.01 * g as f64).collect();
        let panel = HistoryPanel {
            axis: "accuracy".into(),
            log: false,
            curves: vec![Curve { label: "best".into(), values }],
            levels: vec![("chance".into(), 0.5)],
        };
        let generations = (0..generations).map(|g| g as f64).collect();
        History { title: "t".into(), axis: "generation".into(), generations, panels: vec![panel; panels] }
    }

    #[test]
    fn nothing_one_generation_and_gaps_draw() {
        for (generations, panels) in [(0, 0), (0, 1), (1, 1), (2, 3), (50, 2)] {
            assert!(drawn(&figure(generations, panels)).0 > 0.0003);
        }
        let mut gaps = figure(9, 1);
        gaps.panels[0].curves[0].values[4] = f64::NAN;
        assert!(drawn(&gaps).1.matches("<polyline").count() > drawn(&figure(9, 1)).1.matches("<polyline").count());
    }

    #[test]
    fn a_single_generation_is_a_dot() {
        let mut empty = figure(1, 1);
        let with = count(&empty, BLUE);
        empty.panels[0].curves[0].values[0] = f64::NAN;
        assert!(with > count(&empty, BLUE) + 20);
    }

    #[test]
    fn curves_of_another_length_are_refused() {
        let mut short = figure(3, 1);
        short.panels[0].curves[0].values.pop();
        assert_eq!(crate::canvas::svg(&short).unwrap_err().to_string(), "curve best: expected 3 values, found 2");
    }
}
