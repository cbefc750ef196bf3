//! Spikes of one trial, side by side for several conditions, with the population rate beneath.

use super::{LEGEND_TOP, MARGIN, title};
use crate::canvas::{Canvas, Figure, Side, Type};
use crate::error::{Error, Result};
use crate::frame::{Axis, Frame};
use crate::marks::{Entry, LEGEND_LINE, Marker, legend};
use crate::style::{Colour, INK, LABEL, SKY, SMALL, SOFT, VERMILLION, YELLOW, faded, series};

/// A run of neurons with one name and one colour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Band {
    /// Name, such as `L2/3`.
    pub label: String,
    /// First neuron.
    pub start: u32,
    /// One past the last neuron.
    pub end: u32,
    /// Whether the neurons are inhibitory; their spikes are drawn in vermillion.
    pub inhibitory: bool,
}

/// A part of the trial.
#[derive(Debug, Clone, PartialEq)]
pub struct Interval {
    /// What happens in it.
    pub label: String,
    /// Start in ms.
    pub start_ms: f64,
    /// End in ms.
    pub end_ms: f64,
}

/// One condition.
#[derive(Debug, Clone, PartialEq)]
pub struct RasterPanel {
    /// Title, such as `before learning`.
    pub title: String,
    /// Time in ms and neuron of each spike, in any order.
    pub spikes: Vec<(f64, u32)>,
}

/// Rasters of several conditions with equal axes.
#[derive(Debug, Clone, PartialEq)]
pub struct Raster {
    /// Title.
    pub title: String,
    /// The conditions, from left to right.
    pub panels: Vec<RasterPanel>,
    /// The neurons, sorted by type, from top to bottom.
    pub bands: Vec<Band>,
    /// Length of the trial in ms.
    pub duration_ms: f64,
    /// When a stimulus is shown.
    pub stimuli: Vec<Interval>,
    /// When the answer is read.
    pub response: Option<Interval>,
    /// Bin of the population rate in ms.
    pub bin_ms: f64,
}

const LEFT: f64 = 116.0;
const RIGHT: f64 = 1176.0;
const GAP: f64 = 34.0;
const SPIKES_BOTTOM: f64 = 620.0;
const RATE_BOTTOM: f64 = 770.0;
const TINT: f64 = 0.28;

impl Raster {
    fn neurons(&self) -> u32 {
        self.bands.iter().map(|band| band.end).max().unwrap_or(0)
    }

    fn check(&self) -> Result<()> {
        let positive = |value: f64| value.is_finite() && value > 0.0;
        if !positive(self.duration_ms) || !positive(self.bin_ms) {
            let (duration, bin) = (self.duration_ms, self.bin_ms);
            return Err(Error::Draw {
                reason: format!("a raster of {duration} ms in bins of {bin} ms; both must be positive"),
            });
        }
        Ok(())
    }

    /// Rate per neuron in Hz in each bin; a last bin that the trial cuts counts its own length.
    fn rate_hz(&self, panel: &RasterPanel) -> Vec<f64> {
        let bins = (self.duration_ms / self.bin_ms).ceil() as usize;
        let mut counts = vec![0.0; bins.max(1)];
        for &(time_ms, _) in panel.spikes.iter().filter(|(t, _)| (0.0..self.duration_ms).contains(t)) {
            let last = counts.len() - 1;
            counts[((time_ms / self.bin_ms) as usize).min(last)] += 1.0;
        }
        let neurons = f64::from(self.neurons().max(1));
        let seconds = |bin: usize| (self.duration_ms - bin as f64 * self.bin_ms).min(self.bin_ms) / 1000.0;
        counts.iter().enumerate().map(|(bin, count)| count / neurons / seconds(bin)).collect()
    }

    fn entries(&self) -> Vec<Entry> {
        let mut entries = Vec::new();
        if self.bands.iter().any(|band| !band.inhibitory) {
            entries.push(Entry::new(Marker::Bar, INK, "excitatory spike"));
        }
        if self.bands.iter().any(|band| band.inhibitory) {
            entries.push(Entry::new(Marker::Bar, VERMILLION, "inhibitory spike"));
        }
        if let Some(stimulus) = self.stimuli.first() {
            entries.push(Entry::new(Marker::Square, faded(YELLOW, 0.8), stimulus.label.clone()));
        }
        if let Some(response) = &self.response {
            entries.push(Entry::new(Marker::Square, faded(SKY, 0.8), response.label.clone()));
        }
        entries
    }

    /// Background, bands and spikes as one picture: a trial can hold tens of thousands of spikes.
    fn draw_spikes(&self, canvas: &dyn Canvas, frame: &Frame, panel: &RasterPanel) -> Result<()> {
        let density = f64::from(canvas.density());
        let (width, height) = ((frame.right - frame.left) * density, (frame.bottom - frame.top) * density);
        let mut paper = Paper::new(width.round() as usize, height.round() as usize);
        let neurons = f64::from(self.neurons());
        let (to_x, to_y) = (paper.width as f64 / self.duration_ms, paper.height as f64 / neurons.max(1.0));
        let mut tint = |interval: &Interval, colour: Colour| {
            paper.fill((interval.start_ms * to_x, interval.end_ms * to_x), (0.0, height), faded(colour, TINT));
        };
        self.stimuli.iter().for_each(|stimulus| tint(stimulus, YELLOW));
        self.response.iter().for_each(|response| tint(response, SKY));
        for band in &self.bands {
            let edge = f64::from(band.start) * to_y;
            paper.fill((0.0, width), (edge, edge + 0.5 * density), faded(SOFT, 0.5));
        }
        let thick = (2.0 * density).max(to_y * 0.8);
        let inhibitory = |neuron: u32| {
            let band = self.bands.iter().find(|band| (band.start..band.end).contains(&neuron));
            band.is_some_and(|band| band.inhibitory)
        };
        for &(time_ms, neuron) in &panel.spikes {
            if !(0.0..self.duration_ms).contains(&time_ms) || neuron >= self.neurons() {
                continue;
            }
            let (x, y) = (time_ms * to_x, (f64::from(neuron) + 0.5) * to_y);
            let colour = if inhibitory(neuron) { VERMILLION } else { INK };
            let half = 0.6 * density;
            paper.fill((x - half, x + half), (y - thick / 2.0, y + thick / 2.0), colour);
        }
        canvas.picture((frame.left, frame.top), paper.width as u32, paper.height as u32, &paper.rgb)
    }

    /// Coloured strips and names of the bands, left of the first panel.
    fn draw_bands(&self, canvas: &dyn Canvas, frame: &Frame) -> Result<()> {
        let mut last = f64::NEG_INFINITY;
        let mut layers = Vec::new();
        for band in &self.bands {
            if !layers.contains(&band.label) {
                layers.push(band.label.clone());
            }
        }
        for (i, layer) in layers.iter().enumerate() {
            let bands = || self.bands.iter().filter(|band| band.label == *layer);
            for band in bands() {
                let (top, bottom) = (self.at(frame, band.start), self.at(frame, band.end));
                canvas.rect((frame.left - 12.0, top), (frame.left - 3.0, bottom), series(i))?;
            }
            let (start, end) = (bands().map(|band| band.start).min(), bands().map(|band| band.end).max());
            let (top, bottom) = (self.at(frame, start.unwrap_or(0)), self.at(frame, end.unwrap_or(0)));
            // Thin bands would write over each other.
            let middle = ((top + bottom) / 2.0).max(last + SMALL + 3.0);
            last = middle;
            canvas.text(layer, (frame.left - 20.0, middle), Type::new(SMALL).side(Side::End))?;
        }
        Ok(())
    }

    fn at(&self, frame: &Frame, neuron: u32) -> f64 {
        frame.top + f64::from(neuron) / f64::from(self.neurons().max(1)) * (frame.bottom - frame.top)
    }

    fn draw_rate(&self, canvas: &dyn Canvas, frame: &Frame, rate_hz: &[f64], first: bool) -> Result<()> {
        let tint = |interval: &Interval, colour: Colour| {
            let (left, right) = (frame.at_x(interval.start_ms), frame.at_x(interval.end_ms));
            canvas.rect((left, frame.top), (right, frame.bottom), faded(colour, TINT))
        };
        for stimulus in &self.stimuli {
            tint(stimulus, YELLOW)?;
        }
        if let Some(response) = &self.response {
            tint(response, SKY)?;
        }
        frame.draw_x(canvas, true)?;
        frame.draw_y(canvas, first)?;
        let mut steps = Vec::with_capacity(2 * rate_hz.len());
        for (bin, &rate) in rate_hz.iter().enumerate() {
            let (start, y) = (bin as f64 * self.bin_ms, frame.at_y(rate));
            steps.push((frame.at_x(start), y));
            steps.push((frame.at_x((start + self.bin_ms).min(self.duration_ms)), y));
        }
        canvas.line(&steps, INK, 1.5)
    }
}

impl Figure for Raster {
    fn size(&self) -> (u32, u32) {
        (1200, 836)
    }

    fn draw(&self, canvas: &dyn Canvas) -> Result<()> {
        self.check()?;
        title(canvas, &self.title)?;
        let lines = legend(canvas, (MARGIN, LEGEND_TOP), 1150.0, &self.entries())?;
        let top = LEGEND_TOP + lines as f64 * LEGEND_LINE + 24.0;
        let x = Axis::linear("time (ms)", 0.0, self.duration_ms);
        let rates: Vec<Vec<f64>> = self.panels.iter().map(|panel| self.rate_hz(panel)).collect();
        let highest = rates.iter().flatten().copied().fold(0.0, f64::max);
        let y = Axis::linear("rate (Hz)", 0.0, if highest > 0.0 { 1.05 * highest } else { 1.0 });
        let panels = self.panels.len().max(1) as f64;
        let wide = (RIGHT - LEFT - GAP * (panels - 1.0)) / panels;
        if self.panels.is_empty() {
            let frame = Frame { left: LEFT, top, right: RIGHT, bottom: SPIKES_BOTTOM, x, y };
            frame.draw_x(canvas, true)?;
            return frame.draw_empty(canvas);
        }
        for (i, (panel, rate_hz)) in self.panels.iter().zip(&rates).enumerate() {
            let left = LEFT + i as f64 * (wide + GAP);
            let neurons = Axis::linear("", 0.0, 1.0);
            let spikes = Frame { left, top, right: left + wide, bottom: SPIKES_BOTTOM, x: x.clone(), y: neurons };
            self.draw_spikes(canvas, &spikes, panel)?;
            let corners =
                [(left, top), (left + wide, top), (left + wide, SPIKES_BOTTOM), (left, SPIKES_BOTTOM), (left, top)];
            canvas.line(&corners, SOFT, 1.0)?;
            let text = format!("{} ({} spikes)", panel.title, panel.spikes.len());
            canvas.text(&text, (spikes.centre().0, top - 14.0), Type::new(LABEL).side(Side::Centre))?;
            if i == 0 {
                self.draw_bands(canvas, &spikes)?;
            }
            let rate = Frame {
                left,
                top: SPIKES_BOTTOM + 22.0,
                right: left + wide,
                bottom: RATE_BOTTOM,
                x: x.clone(),
                y: y.clone(),
            };
            self.draw_rate(canvas, &rate, rate_hz, i == 0)?;
        }
        let at = (24.0, (top + SPIKES_BOTTOM) / 2.0);
        let text = format!("neurons (n = {})", self.neurons());
        canvas.text(&text, at, Type::new(LABEL).side(Side::Centre).upwards())
    }
}

/// A white picture to fill.
struct Paper {
    width: usize,
    height: usize,
    rgb: Vec<u8>,
}

impl Paper {
    fn new(width: usize, height: usize) -> Self {
        Self { width, height, rgb: vec![255; width * height * 3] }
    }

    /// Fills a rectangle of at least one pixel, cut at the edges.
    fn fill(&mut self, (left, right): (f64, f64), (top, bottom): (f64, f64), colour: Colour) {
        let span = |low: f64, high: f64, size: usize| {
            let start = (low.round().max(0.0) as usize).min(size);
            let end = (high.round().max(0.0) as usize).min(size);
            start..end.max((start + 1).min(size))
        };
        let columns = span(left, right, self.width);
        for row in span(top, bottom, self.height) {
            for column in columns.clone() {
                let pixel = &mut self.rgb[3 * (row * self.width + column)..][..3];
                for (channel, ink) in pixel.iter_mut().zip([colour.0, colour.1, colour.2]) {
                    *channel = (f64::from(*channel) * (1.0 - colour.3) + f64::from(ink) * colour.3).round() as u8;
                }
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::test::drawn;
    use super::*;

    fn figure(panels: usize, spikes: &[(f64, u32)]) -> Raster {
        let band = |label: &str, start, end, inhibitory| Band { label: label.into(), start, end, inhibitory };
        let interval = |label: &str, start_ms, end_ms| Interval { label: label.into(), start_ms, end_ms };
        Raster {
            title: "t".into(),
            panels: vec![RasterPanel { title: "before".into(), spikes: spikes.to_vec() }; panels],
            bands: vec![band("L1", 0, 1, true), band("L2/3", 1, 8, false), band("L2/3", 8, 10, true)],
            duration_ms: 305.0,
            stimuli: vec![interval("stimulus", 50.0, 150.0)],
            response: Some(interval("response", 200.0, 250.0)),
            bin_ms: 10.0,
        }
    }

    #[test]
    fn nothing_one_spike_and_stray_spikes_draw() {
        for (panels, spikes) in
            [(0, &[][..]), (1, &[]), (2, &[(3.0, 2)]), (3, &[(-1.0, 2), (9e9, 1), (3.0, 77), (f64::NAN, 1)])]
        {
            assert!(drawn(&figure(panels, spikes)).0 > 0.005);
        }
        let mut bare = figure(1, &[]);
        bare.bands.clear();
        assert!(drawn(&bare).0 > 0.005);
    }

    #[test]
    fn the_rate_is_per_neuron_and_second() {
        let raster = figure(1, &[(0.0, 0), (9.9, 1), (10.0, 2), (304.0, 3), (305.0, 3)]);
        let rate = raster.rate_hz(&raster.panels[0]);
        assert_eq!(rate.len(), 31);
        assert!((rate[0] - 20.0).abs() < 1e-9 && (rate[1] - 10.0).abs() < 1e-9);
        assert!((rate[30] - 20.0).abs() < 1e-9, "a bin of 5 ms");
    }

    #[test]
    fn a_trial_without_length_is_refused() {
        for bad in [0.0, -1.0, f64::NAN, f64::INFINITY] {
            let mut raster = figure(1, &[]);
            raster.duration_ms = bad;
            assert!(crate::canvas::svg(&raster).is_err());
        }
    }

    #[test]
    fn filling_stays_inside() {
        let mut paper = Paper::new(2, 2);
        paper.fill((-5.0, 0.2), (1.0, 9.0), INK);
        assert_eq!(paper.rgb[6..9], [INK.0, INK.1, INK.2]);
        assert_eq!(paper.rgb.iter().filter(|&&c| c == 255).count(), 9);
        paper.fill((5.0, 9.0), (5.0, 9.0), VERMILLION);
    }
}
