//! Sets of points in the space of two or three objectives beside a reference front, one panel a set.

use super::{MARGIN, TITLE_LINE, check_length, cut, title};
use crate::canvas::{Canvas, Figure, Side, Type};
use crate::error::Result;
use crate::marks::{Entry, Marker, legend};
use crate::style::{BLUE, GRID, LABEL, PALE, SMALL, SOFT};

/// The points of one panel.
#[derive(Debug, Clone, PartialEq)]
pub struct FrontPanel {
    /// What found them.
    pub label: String,
    /// A note below the label, such as a score.
    pub note: String,
    /// The points, row by row.
    pub points: Vec<f64>,
}

/// Small multiples of fronts. With two objectives the axes are these, the first to the right; with more the first three are
/// seen along the diagonal: the first points down left, the second down right, the third up.
#[derive(Debug, Clone, PartialEq)]
pub struct Fronts {
    /// Title.
    pub title: String,
    /// Number of objectives, at least 2.
    pub objectives: usize,
    /// Points of the reference front, row by row; they set the scale of all panels.
    pub reference: Vec<f64>,
    /// The panels.
    pub panels: Vec<FrontPanel>,
}

const COLUMNS: usize = 4;
const CELL: f64 = 270.0;
const HEAD: f64 = 48.0;
const TOP: f64 = 96.0;

/// Where a point is drawn before scaling: two coordinates, upwards positive.
fn flat(point: &[f64]) -> (f64, f64) {
    match point {
        [x, y] => (*x, *y),
        [x, y, z, ..] => (0.75_f64.sqrt() * (y - x), z - 0.5 * (x + y)),
        _ => (f64::NAN, f64::NAN),
    }
}

/// The range of the reference front in both drawn coordinates, with a margin.
struct Window {
    x: (f64, f64),
    y: (f64, f64),
}

impl Fronts {
    fn window(&self) -> Window {
        let places: Vec<(f64, f64)> = self.reference.chunks_exact(self.objectives).map(flat).collect();
        let range = |read: &dyn Fn(&(f64, f64)) -> f64| {
            let low = places.iter().map(read).fold(f64::INFINITY, f64::min);
            let high = places.iter().map(read).fold(f64::NEG_INFINITY, f64::max);
            let (low, high) = if low.is_finite() { (low, high) } else { (0.0, 1.0) };
            let margin = if high > low { 0.25 * (high - low) } else { 0.5 };
            (low - margin, high + margin)
        };
        Window { x: range(&|place| place.0), y: range(&|place| place.1) }
    }

    fn draw_panel(&self, canvas: &dyn Canvas, panel: &FrontPanel, window: &Window, at: (f64, f64)) -> Result<()> {
        let (left, top) = at;
        let (right, bottom) = (left + CELL - 22.0, top + CELL - 22.0);
        let label = cut(canvas, &panel.label, SMALL, CELL - 30.0);
        canvas.text(&label, (left, top - 32.0), Type::new(SMALL))?;
        canvas.text(&panel.note, (left, top - 13.0), Type::new(SMALL).colour(SOFT))?;
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)];
        canvas.line(&corners, GRID, 1.0)?;
        let place = |value: f64, (low, high): (f64, f64)| (value - low) / (high - low);
        let pixel = |point: &[f64]| {
            let (x, y) = flat(point);
            let (x, y) = (place(x, window.x), place(y, window.y));
            let inside = (0.0..=1.0).contains(&x) && (0.0..=1.0).contains(&y);
            inside.then_some((left + x * (right - left), bottom - y * (bottom - top)))
        };
        for at in self.reference.chunks_exact(self.objectives).filter_map(pixel) {
            canvas.disc(at, 1.4, PALE)?;
        }
        let mut shown = 0;
        for at in panel.points.chunks_exact(self.objectives).filter_map(pixel) {
            canvas.disc(at, 2.6, BLUE)?;
            shown += 1;
        }
        let hidden = panel.points.len() / self.objectives - shown;
        if hidden > 0 {
            let text = format!("{hidden} outside");
            canvas.text(&text, (right - 6.0, top + 13.0), Type::new(SMALL).colour(SOFT).side(Side::End))?;
        }
        Ok(())
    }
}

impl Figure for Fronts {
    fn size(&self) -> (u32, u32) {
        let rows = self.panels.len().div_ceil(COLUMNS).max(1) as f64;
        (1200, (TOP + rows * (CELL + HEAD)) as u32)
    }

    fn draw(&self, canvas: &dyn Canvas) -> Result<()> {
        title(canvas, &self.title)?;
        if self.panels.is_empty() || self.objectives < 2 {
            return canvas.text("no data", (MARGIN, TOP + 40.0), Type::new(LABEL).colour(SOFT));
        }
        let whole = |points: &[f64]| points.len() / self.objectives * self.objectives;
        check_length(|| "reference front".into(), whole(&self.reference), self.reference.len())?;
        let entries =
            [Entry::new(Marker::Disc, BLUE, "found, without noise"), Entry::new(Marker::Disc, PALE, "reference front")];
        legend(canvas, (MARGIN, 2.0 * TITLE_LINE), 1100.0, &entries)?;
        let window = self.window();
        for (index, panel) in self.panels.iter().enumerate() {
            check_length(|| format!("front of {}", panel.label), whole(&panel.points), panel.points.len())?;
            let (row, column) = ((index / COLUMNS) as f64, (index % COLUMNS) as f64);
            let at = (MARGIN + column * (CELL + 20.0), TOP + HEAD + row * (CELL + HEAD));
            self.draw_panel(canvas, panel, &window, at)?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::test::{count, drawn};
    use super::*;

    fn figure(objectives: usize, points: Vec<f64>) -> Fronts {
        let corner = |k: usize| (0..objectives).map(move |m| if m == k { 1.0 } else { 0.0 });
        let reference = (0..objectives).flat_map(corner).collect();
        let panel = FrontPanel { label: "a search".into(), note: "0.9".into(), points };
        Fronts { title: "t".into(), objectives, reference, panels: vec![panel; 5] }
    }

    #[test]
    fn sets_of_two_to_four_objectives_draw_and_empty_ones_too() {
        for objectives in 2..=4 {
            let full = figure(objectives, vec![0.4; 3 * objectives]);
            let empty = figure(objectives, vec![]);
            assert!(count(&full, BLUE) > count(&empty, BLUE), "{objectives} objectives");
        }
        assert!(drawn(&Fronts { panels: vec![], ..figure(2, vec![]) }).0 > 0.0);
    }

    #[test]
    fn points_far_from_the_front_are_counted_and_not_drawn() {
        let svg = drawn(&figure(2, vec![0.5, 0.5, 90.0, 0.5, f64::NAN, 0.0])).1;
        assert!(svg.contains("2 outside"), "{svg}");
    }

    #[test]
    fn the_diagonal_view_keeps_the_three_axes_120_degrees_apart() {
        let axes = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]].map(|axis| flat(&axis));
        for (a, b) in [(0, 1), (1, 2), (2, 0)] {
            let cosine = axes[a].0 * axes[b].0 + axes[a].1 * axes[b].1;
            assert!((cosine + 0.5).abs() < 1e-12 && (axes[a].0.hypot(axes[a].1) - 1.0).abs() < 1e-12);
        }
    }

    #[test]
    fn ragged_points_are_refused() {
        let error = crate::canvas::svg(&figure(3, vec![0.1; 4])).unwrap_err().to_string();
        assert_eq!(error, "front of a search: expected 3 values, found 4");
    }
}
