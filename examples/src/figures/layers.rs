//! Numbers by layer and method, one dot a run, with those of null runs beside them.

use super::{LEGEND_TOP, MARGIN, check_length, title};
use crate::canvas::{Canvas, Figure, Side, Type};
use crate::error::Result;
use crate::frame::{Axis, Frame};
use crate::marks::{Entry, LEGEND_LINE, Marker, legend, mark, whisker_y};
use crate::statistics::moments;
use crate::style::{LABEL, PALE, SMALL, SOFT, faded, series};

/// What one method gave in one layer.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct LayerDots {
    /// One value a run.
    pub values: Vec<f64>,
    /// Values of null runs, drawn beside them.
    pub null: Vec<f64>,
}

/// One measure.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerPanel {
    /// Title of its vertical axis.
    pub axis: String,
    /// Whether that axis is logarithmic.
    pub log: bool,
    /// Horizontal lines to compare with.
    pub levels: Vec<f64>,
    /// Values by layer, then by method.
    pub dots: Vec<Vec<LayerDots>>,
}

/// Measures below each other, layers side by side, methods side by side within a layer.
#[derive(Debug, Clone, PartialEq)]
pub struct Layers {
    /// Title.
    pub title: String,
    /// Names of the layers.
    pub layers: Vec<String>,
    /// Names of the methods, which have colours.
    pub methods: Vec<String>,
    /// What grey dots are; empty without any.
    pub null: String,
    /// The measures.
    pub panels: Vec<LayerPanel>,
}

const PANEL: f64 = 210.0;
const GAP: f64 = 26.0;
const BELOW: f64 = 50.0;
const LEFT: f64 = 112.0;
const RIGHT: f64 = 1160.0;

impl Layers {
    fn top(&self) -> f64 {
        // The legend may take two lines.
        LEGEND_TOP + 2.0 * LEGEND_LINE
    }

    /// Horizontal place of a method within a layer, in units of layers.
    fn place(&self, layer: usize, method: usize) -> f64 {
        layer as f64 + (method as f64 + 0.5) / self.methods.len().max(1) as f64 * 0.84 + 0.08
    }

    fn draw_panel(&self, canvas: &dyn Canvas, panel: &LayerPanel, top: f64) -> Result<()> {
        let all = panel.dots.iter().flatten().flat_map(|d| d.values.iter().chain(&d.null).copied());
        let y = Axis::fit(&panel.axis, panel.log, all.chain(panel.levels.iter().copied()));
        let x = Axis { label: String::new(), min: 0.0, max: self.layers.len().max(1) as f64, log: false };
        let frame = Frame { left: LEFT, top, right: RIGHT, bottom: top + PANEL, x, y };
        frame.draw_y(canvas, true)?;
        canvas.line(&[(LEFT, frame.bottom), (RIGHT, frame.bottom)], SOFT, 1.0)?;
        for &level in &panel.levels {
            let y = frame.at_y(level);
            canvas.dashed(&[(LEFT, y), (RIGHT, y)], SOFT, 1.5)?;
        }
        for border in 1..self.layers.len() {
            let x = frame.at_x(border as f64);
            canvas.line(&[(x, top), (x, frame.bottom)], PALE, 1.0)?;
        }
        for (layer, methods) in panel.dots.iter().enumerate() {
            for (method, dots) in methods.iter().enumerate() {
                self.draw_dots(canvas, &frame, dots, (layer, method))?;
            }
        }
        Ok(())
    }

    fn draw_dots(
        &self,
        canvas: &dyn Canvas,
        frame: &Frame,
        dots: &LayerDots,
        (layer, method): (usize, usize),
    ) -> Result<()> {
        let x = frame.at_x(self.place(layer, method));
        let drawn = |v: &&f64| v.is_finite() && (!frame.y.log || **v > 0.0);
        for v in dots.null.iter().filter(drawn) {
            mark(canvas, Marker::Disc, (x + 11.0, frame.at_y(*v)), 3.5, PALE)?;
        }
        let values: Vec<f64> = dots.values.iter().filter(drawn).copied().collect();
        for v in &values {
            mark(canvas, Marker::Disc, (x - 5.0, frame.at_y(*v)), 4.0, faded(series(method), 0.45))?;
        }
        if values.is_empty() {
            return Ok(());
        }
        let (mean, sd) = moments(&values);
        whisker_y(canvas, frame, x + 2.0, (mean, sd), series(method))?;
        let y = frame.at_y(mean);
        canvas.line(&[(x - 12.0, y), (x + 7.0, y)], series(method), 2.5)
    }
}

impl Figure for Layers {
    fn size(&self) -> (u32, u32) {
        let panels = self.panels.len().max(1) as f64;
        (1200, (self.top() + panels * (PANEL + GAP) + BELOW) as u32)
    }

    fn draw(&self, canvas: &dyn Canvas) -> Result<()> {
        title(canvas, &self.title)?;
        let method = |(k, name): (usize, &String)| Entry::new(Marker::Disc, series(k), name.clone());
        let mut entries: Vec<Entry> = self.methods.iter().enumerate().map(method).collect();
        if !self.null.is_empty() {
            entries.push(Entry::new(Marker::Disc, PALE, self.null.clone()));
        }
        legend(canvas, (MARGIN, LEGEND_TOP), RIGHT - MARGIN, &entries)?;
        let mut top = self.top();
        for panel in &self.panels {
            check_length(|| format!("layers of panel {:?}", panel.axis), self.layers.len(), panel.dots.len())?;
            for methods in &panel.dots {
                check_length(|| format!("methods of panel {:?}", panel.axis), self.methods.len(), methods.len())?;
            }
            self.draw_panel(canvas, panel, top)?;
            top += PANEL + GAP;
        }
        let step = (RIGHT - LEFT) / self.layers.len().max(1) as f64;
        for (k, layer) in self.layers.iter().enumerate() {
            let x = LEFT + (k as f64 + 0.5) * step;
            canvas.text(layer, (x, top - GAP + 22.0), Type::new(LABEL).side(Side::Centre))?;
        }
        let note = "dots: runs; bars: mean and standard deviation";
        canvas.text(note, (RIGHT, top - GAP + 48.0), Type::new(SMALL).colour(SOFT).side(Side::End))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::figures::test::{count, drawn};
    use crate::style::BLUE;

    fn figure(log: bool, values: Vec<f64>) -> Layers {
        let dots = LayerDots { values, null: vec![0.3, 0.4] };
        Layers {
            title: "t".into(),
            layers: vec!["input".into(), "output".into()],
            methods: vec!["first way".into(), "second way".into()],
            null: "null".into(),
            panels: vec![LayerPanel {
                axis: "share".into(),
                log,
                levels: vec![0.5],
                dots: vec![vec![dots.clone(), LayerDots::default()], vec![LayerDots::default(), dots]],
            }],
        }
    }

    #[test]
    fn layers_methods_and_nulls_are_drawn() {
        let (dark, svg) = drawn(&figure(false, vec![0.1, 0.2, 0.9]));
        assert!(dark > 0.005);
        for word in ["input", "output", "share", "null", "first way", "second way"] {
            assert!(svg.contains(word), "{word}");
        }
        assert!(count(&figure(false, vec![0.5, 0.6]), BLUE) > count(&figure(false, vec![]), BLUE));
    }

    #[test]
    fn what_has_no_place_is_left_out_and_wrong_shapes_are_named() {
        drawn(&figure(true, vec![0.0, f64::NAN, 0.1]));
        let mut wrong = figure(false, vec![0.1]);
        wrong.panels[0].dots.pop();
        let canvas = plotters::prelude::SVGBackend::with_string;
        let mut text = String::new();
        let area = plotters::prelude::IntoDrawingArea::into_drawing_area(canvas(&mut text, (1200, 600)));
        let error = crate::canvas::draw_on(&wrong, &area, 1).unwrap_err().to_string();
        assert!(error.contains("layers of panel"), "{error}");
    }
}
