//! Axes: scales, ticks, grid and titles of one panel.

use crate::canvas::{Canvas, Point, Side, Type};
use crate::error::Result;
use crate::style::{GRID, INK, LABEL, SMALL, SOFT};
use crate::table::number;

/// One axis of a panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    /// Title with the unit.
    pub label: String,
    /// Value at the left or lower end.
    pub min: f64,
    /// Value at the right or upper end.
    pub max: f64,
    /// Whether equal ratios are equally long; `min` is then positive.
    pub log: bool,
}

impl Axis {
    /// A linear axis over exactly this range. A range without extent, or one that is not finite, is widened.
    pub fn linear(label: &str, min: f64, max: f64) -> Self {
        let (min, max) = match (min.is_finite() && max.is_finite(), max > min) {
            (true, true) => (min, max),
            (true, false) => (min - 0.5, min + 0.5),
            (false, _) => (0.0, 1.0),
        };
        Self { label: label.into(), min, max, log: false }
    }

    /// A logarithmic axis over exactly this range.
    pub fn log(label: &str, min: f64, max: f64) -> Self {
        let usable = min.is_finite() && max.is_finite() && min > 0.0;
        let (min, max) = match (usable, max > min) {
            (true, true) => (min, max),
            (true, false) => (min / 3.0, min * 3.0),
            (false, _) => (0.1, 10.0),
        };
        Self { label: label.into(), min, max, log: true }
    }

    /// An axis that holds all values with a margin. Values that are not finite do not count; a logarithmic axis also
    /// passes over values that are not positive, which are then drawn at its end.
    pub fn fit(label: &str, log: bool, values: impl IntoIterator<Item = f64>) -> Self {
        let (mut min, mut max) = (f64::INFINITY, f64::NEG_INFINITY);
        for value in values.into_iter().filter(|v| v.is_finite() && (!log || *v > 0.0)) {
            min = min.min(value);
            max = max.max(value);
        }
        if log {
            let margin = (max / min).powf(0.06).max(1.15);
            Self::log(label, min / margin, max * margin)
        } else {
            let margin = if max > min { 0.06 * (max - min) } else { (0.1 * max.abs()).max(1e-3) };
            Self::linear(label, min - margin, max + margin)
        }
    }

    /// The place of a value, 0 at `min` and 1 at `max`; values outside stand at the ends.
    pub fn place(&self, value: f64) -> f64 {
        let place = if self.log {
            (value.max(self.min) / self.min).ln() / (self.max / self.min).ln()
        } else {
            (value - self.min) / (self.max - self.min)
        };
        if place.is_nan() { 0.0 } else { place.clamp(0.0, 1.0) }
    }

    /// Values and texts of at most about `count` ticks.
    pub fn ticks(&self, count: usize) -> Vec<(f64, String)> {
        // Over a short range powers of ten are too far apart.
        match self.log {
            true if self.max < 6.0 * self.min => self.linear_ticks(count.div_ceil(2)),
            true => self.log_ticks(count),
            false => self.linear_ticks(count),
        }
    }

    fn linear_ticks(&self, count: usize) -> Vec<(f64, String)> {
        let rough = (self.max - self.min) / count.max(1) as f64;
        let power = 10f64.powf(rough.log10().floor());
        let factor = match rough / power {
            f if f < 1.5 => 1.0,
            f if f < 3.2 => 2.0,
            f if f < 7.1 => 5.0,
            _ => 10.0,
        };
        let step = factor * power;
        let decimals = (-(step * 1.0001).log10().floor()).clamp(0.0, 12.0) as usize;
        let (first, last) = ((self.min / step - 1e-6).ceil() as i64, (self.max / step + 1e-6).floor() as i64);
        (first..=last).map(|i| i as f64 * step).map(|value| (value, number(value, decimals))).collect()
    }

    fn log_ticks(&self, count: usize) -> Vec<(f64, String)> {
        let steps: [&[f64]; 3] = [&[1.0, 2.0, 5.0], &[1.0, 3.0], &[1.0]];
        let all = |steps: &[f64]| -> Vec<(f64, String)> {
            let powers = self.min.log10().floor() as i32..=self.max.log10().ceil() as i32;
            let values = powers.flat_map(|p| steps.iter().map(move |s| s * 10f64.powi(p)));
            let inside = |v: &f64| *v >= self.min * 0.9999 && *v <= self.max * 1.0001;
            values.filter(inside).map(|value| (value, plain(value))).collect()
        };
        let mut ticks = all(steps[0]);
        for finer in &steps[1..] {
            if ticks.len() > count.max(2) {
                ticks = all(finer);
            }
        }
        let every = ticks.len().div_ceil(count.max(2)).max(1);
        ticks.into_iter().step_by(every).collect()
    }
}

/// A tick of a logarithmic axis in full, or as a power of ten when that is long.
fn plain(value: f64) -> String {
    if (1e-3 * 0.999..1e5).contains(&value) {
        number(value, (-value.log10().floor()).max(0.0) as usize)
    } else {
        format!("{value:.0e}").replace('-', "−")
    }
}

/// A panel: a rectangle of the figure with its axes.
#[derive(Debug, Clone)]
pub struct Frame {
    /// Left edge of the plot area in pixels.
    pub left: f64,
    /// Upper edge.
    pub top: f64,
    /// Right edge.
    pub right: f64,
    /// Lower edge.
    pub bottom: f64,
    /// Horizontal axis.
    pub x: Axis,
    /// Vertical axis.
    pub y: Axis,
}

impl Frame {
    /// The pixel of a point in data coordinates; points outside stand at the edge.
    pub fn at(&self, x: f64, y: f64) -> Point {
        (self.at_x(x), self.at_y(y))
    }

    /// The horizontal pixel of a value.
    pub fn at_x(&self, x: f64) -> f64 {
        self.left + self.x.place(x) * (self.right - self.left)
    }

    /// The vertical pixel of a value.
    pub fn at_y(&self, y: f64) -> f64 {
        self.bottom - self.y.place(y) * (self.bottom - self.top)
    }

    /// Centre of the plot area.
    pub fn centre(&self) -> Point {
        ((self.left + self.right) / 2.0, (self.top + self.bottom) / 2.0)
    }

    /// Draws grid, ticks and titles of both axes. Draw it before the data.
    pub fn draw(&self, canvas: &dyn Canvas) -> Result<()> {
        self.draw_x(canvas, true)?;
        self.draw_y(canvas, true)
    }

    /// Draws the horizontal axis; without `texts` only its grid and line.
    pub fn draw_x(&self, canvas: &dyn Canvas, texts: bool) -> Result<()> {
        let widest =
            |ticks: &[(f64, String)]| ticks.iter().map(|(_, text)| canvas.text_width(text, SMALL)).fold(0.0, f64::max);
        let mut count = ((self.right - self.left) / 70.0).max(3.0) as usize;
        let mut ticks = self.x.ticks(count);
        while count > 2 && widest(&ticks) * 1.5 * ticks.len() as f64 > self.right - self.left {
            count -= 1;
            ticks = self.x.ticks(count);
        }
        for (value, text) in ticks {
            let x = self.at_x(value);
            canvas.line(&[(x, self.top), (x, self.bottom)], GRID, 1.0)?;
            if texts {
                let look = Type::new(SMALL).colour(SOFT).side(Side::Centre);
                canvas.text(&text, (x, self.bottom + 15.0), look)?;
            }
        }
        canvas.line(&[(self.left, self.bottom), (self.right, self.bottom)], SOFT, 1.0)?;
        if texts {
            let at = (self.centre().0, self.bottom + 40.0);
            canvas.text(&self.x.label, at, Type::new(LABEL).colour(INK).side(Side::Centre))?;
        }
        Ok(())
    }

    /// Draws the vertical axis; without `texts` only its grid and line.
    pub fn draw_y(&self, canvas: &dyn Canvas, texts: bool) -> Result<()> {
        let mut widest = 0.0f64;
        for (value, text) in self.y.ticks(((self.bottom - self.top) / 50.0).max(3.0) as usize) {
            let y = self.at_y(value);
            canvas.line(&[(self.left, y), (self.right, y)], GRID, 1.0)?;
            if texts {
                canvas.text(&text, (self.left - 9.0, y), Type::new(SMALL).colour(SOFT).side(Side::End))?;
                widest = widest.max(canvas.text_width(&text, SMALL));
            }
        }
        canvas.line(&[(self.left, self.top), (self.left, self.bottom)], SOFT, 1.0)?;
        if !texts {
            return Ok(());
        }
        let at = (self.left - (1.1 * widest + 26.0).max(68.0), self.centre().1);
        canvas.text(&self.y.label, at, Type::new(LABEL).colour(INK).side(Side::Centre).upwards())
    }

    /// Says that there is nothing to show.
    pub fn draw_empty(&self, canvas: &dyn Canvas) -> Result<()> {
        canvas.text("no data", self.centre(), Type::new(LABEL).colour(SOFT).side(Side::Centre))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(axis: &Axis, count: usize) -> Vec<String> {
        axis.ticks(count).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn linear_ticks_are_round_and_inside() {
        assert_eq!(texts(&Axis::linear("", 0.47, 0.73), 6), ["0.50", "0.55", "0.60", "0.65", "0.70"]);
        assert_eq!(texts(&Axis::linear("", 0.0, 1.0), 5), ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!(texts(&Axis::linear("", -120.0, 80.0), 5), ["−100", "−50", "0", "50"]);
        assert_eq!(texts(&Axis::linear("", 0.0, 100_000.0), 2), ["0", "50000", "100000"]);
    }

    #[test]
    fn log_ticks_thin_out_with_the_range() {
        assert_eq!(texts(&Axis::log("", 0.9, 11.0), 6), ["1", "2", "5", "10"]);
        assert_eq!(texts(&Axis::log("", 0.01, 100.0), 6), ["0.01", "0.1", "1", "10", "100"]);
        assert!(Axis::log("", 1e-9, 1e9).ticks(6).len() <= 7);
    }

    #[test]
    fn places_run_from_0_to_1_and_never_leave() {
        let linear = Axis::linear("", 2.0, 4.0);
        assert_eq!([1.0, 2.0, 3.0, 4.0, 9.0, f64::NAN].map(|v| linear.place(v)), [0.0, 0.0, 0.5, 1.0, 1.0, 0.0]);
        let log = Axis::log("", 0.1, 10.0);
        assert_eq!(log.place(0.0), 0.0);
        assert!((log.place(1.0) - 0.5).abs() < 1e-12);
    }

    #[test]
    fn any_data_gives_a_usable_axis() {
        for log in [false, true] {
            for values in [vec![], vec![0.0], vec![3.0], vec![3.0, 3.0], vec![-1.0, 1.0], vec![f64::NAN, f64::INFINITY]]
            {
                let axis = Axis::fit("", log, values.clone());
                assert!(axis.max > axis.min && axis.min.is_finite() && axis.max.is_finite(), "{values:?}");
                assert!(!log || axis.min > 0.0);
                assert!(axis.ticks(6).len() < 20);
            }
        }
    }
}
