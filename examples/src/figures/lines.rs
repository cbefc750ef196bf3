//! Lines through points, each with its own places on the horizontal axis, in panels one below the other.

use super::{MARGIN, title};
use crate::canvas::{Canvas, Figure, Type};
use crate::error::Result;
use crate::frame::{Axis, Frame};
use crate::marks::{Entry, Marker, legend_column, mark, whisker_y};
use crate::style::{LABEL, SERIES, SOFT, series};

/// A point with its spread.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LinePoint {
    /// Place on the horizontal axis.
    pub x: f64,
    /// Place on the vertical axis.
    pub y: f64,
    /// Standard deviation of y, 0 for none; on a logarithmic axis only what is less than y is drawn.
    pub sd: f64,
}

/// One line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its name; lines of one name in several panels have one colour. Lines from the seventh name on are dashed.
    pub label: String,
    /// Its points in order; those that are not finite are left out.
    pub points: Vec<LinePoint>,
}

/// One panel.
#[derive(Debug, Clone, PartialEq)]
pub struct LinePanel {
    /// Title of the horizontal axis, and whether it is logarithmic.
    pub x: (String, bool),
    /// Title of the vertical axis, and whether it is logarithmic.
    pub y: (String, bool),
    /// The lines.
    pub lines: Vec<Line>,
    /// Horizontal lines to compare with: name and value.
    pub levels: Vec<(String, f64)>,
}

/// Panels of lines.
#[derive(Debug, Clone, PartialEq)]
pub struct Lines {
    /// Title.
    pub title: String,
    /// The panels.
    pub panels: Vec<LinePanel>,
}

const PANEL: f64 = 280.0;
const TOP: f64 = 62.0;
const BELOW: f64 = 70.0;
/// Room for the legend right of the panels.
const LEGEND: f64 = 260.0;
/// Points up to which each has a mark.
const MARKED: usize = 20;

impl Lines {
    /// Number of a line's colour: that of its name among all names in order.
    fn colour_of(&self, label: &str) -> usize {
        let mut names: Vec<&str> = vec![];
        for line in self.panels.iter().flat_map(|p| &p.lines) {
            if !names.contains(&line.label.as_str()) {
                names.push(&line.label);
            }
        }
        names.iter().position(|name| *name == label).unwrap_or(0)
    }

    fn draw_panel(&self, canvas: &dyn Canvas, panel: &LinePanel, top: f64) -> Result<()> {
        let shown = |p: &LinePoint| {
            p.x.is_finite() && p.y.is_finite() && (!panel.x.1 || p.x > 0.0) && (!panel.y.1 || p.y > 0.0)
        };
        let points = || panel.lines.iter().flat_map(|l| &l.points).filter(|p| shown(p));
        let spans = points().flat_map(|p| [p.y - p.sd, p.y + p.sd]).filter(|y| !panel.y.1 || *y > 0.0);
        let y = Axis::fit(&panel.y.0, panel.y.1, spans.chain(panel.levels.iter().map(|level| level.1)));
        let x = Axis::fit(&panel.x.0, panel.x.1, points().map(|p| p.x));
        let frame = Frame { left: 112.0, top, right: 1180.0 - LEGEND, bottom: top + PANEL, x, y };
        frame.draw_x(canvas, true)?;
        frame.draw_y(canvas, true)?;
        let mut entries = Vec::new();
        for (label, value) in &panel.levels {
            let y = frame.at_y(*value);
            canvas.dashed(&[(frame.left, y), (frame.right, y)], SOFT, 1.5)?;
            entries.push(Entry::new(Marker::Dashes, SOFT, label.clone()));
        }
        for line in &panel.lines {
            let index = self.colour_of(&line.label);
            let (colour, dashed) = (series(index), index >= SERIES.len());
            let kept: Vec<&LinePoint> = line.points.iter().filter(|p| shown(p)).collect();
            let pixels: Vec<_> = kept.iter().map(|p| frame.at(p.x, p.y)).collect();
            match (pixels.len() > 1, dashed) {
                (true, false) => canvas.line(&pixels, colour, 2.5)?,
                (true, true) => canvas.dashed(&pixels, colour, 2.5)?,
                (false, _) => {}
            }
            for (p, &pixel) in kept.iter().zip(&pixels).filter(|_| kept.len() <= MARKED) {
                mark(canvas, Marker::Disc, pixel, 4.0, colour)?;
                if p.sd > 0.0 && (!panel.y.1 || p.sd < p.y) {
                    whisker_y(canvas, &frame, pixel.0, (p.y, p.sd), colour)?;
                }
            }
            let marker = if dashed { Marker::Dashes } else { Marker::Line };
            entries.push(Entry::new(marker, colour, line.label.clone()));
        }
        legend_column(canvas, (frame.right + 24.0, top + 14.0), LEGEND - 30.0, &entries)?;
        if points().next().is_none() { frame.draw_empty(canvas) } else { Ok(()) }
    }
}

impl Figure for Lines {
    fn size(&self) -> (u32, u32) {
        (1200, (TOP + self.panels.len().max(1) as f64 * (PANEL + BELOW)) as u32)
    }

    fn draw(&self, canvas: &dyn Canvas) -> Result<()> {
        title(canvas, &self.title)?;
        if self.panels.is_empty() {
            return canvas.text("no data", (MARGIN, TOP + 40.0), Type::new(LABEL).colour(SOFT));
        }
        for (k, panel) in self.panels.iter().enumerate() {
            self.draw_panel(canvas, panel, TOP + k as f64 * (PANEL + BELOW))?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::test::{count, drawn};
    use super::*;
    use crate::style::{BLUE, VERMILLION};

    fn line(label: &str, ys: &[f64]) -> Line {
        let points = ys.iter().enumerate().map(|(k, &y)| LinePoint { x: k as f64 + 1.0, y, sd: 0.1 });
        Line { label: label.into(), points: points.collect() }
    }

    fn figure(panels: Vec<Vec<Line>>, log: bool) -> Lines {
        let panel = |lines| LinePanel {
            x: ("horizon (ms)".into(), log),
            y: ("norm".into(), log),
            lines,
            levels: vec![("chance".into(), 0.5)],
        };
        Lines { title: "t".into(), panels: panels.into_iter().map(panel).collect() }
    }

    #[test]
    fn nothing_a_point_and_numbers_that_are_not_finite_draw() {
        for log in [false, true] {
            for ys in [vec![], vec![1.0], vec![1.0, f64::NAN, 3.0], vec![0.0, -1.0, 2.0], vec![1e-3, 1e13]] {
                assert!(drawn(&figure(vec![vec![line("a", &ys)]], log)).0 > 0.0003);
            }
        }
        assert!(drawn(&figure(vec![], false)).0 > 0.0001);
    }

    /// Whiskers stand at their points: the same ink wherever the panel is.
    #[test]
    fn whiskers_stand_at_their_points() {
        let one = figure(vec![vec![line("a", &[1.0, 2.0, 1.5])]], false);
        let mut far = one.clone();
        far.panels[0].lines[0].points.iter_mut().for_each(|p| p.x += 1e6);
        let (near, far) = (count(&one, BLUE), count(&far, BLUE));
        assert!(near.abs_diff(far) < near / 20, "{near} {far}");
    }

    #[test]
    fn a_name_has_one_colour_in_all_panels() {
        let both =
            figure(vec![vec![line("a", &[1.0, 2.0]), line("b", &[2.0, 1.0])], vec![line("b", &[1.0, 2.0])]], false);
        let one = figure(vec![vec![line("a", &[1.0, 2.0]), line("b", &[2.0, 1.0])], vec![]], false);
        assert_eq!(count(&both, BLUE), count(&one, BLUE));
        assert!(count(&both, VERMILLION) > count(&one, VERMILLION) + 200);
    }
}
