//! Accuracy of each rule on held-out seeds, beside random rules, chance and the animals.

use super::{LEGEND_TOP, MARGIN, cut, title};
use crate::canvas::{Canvas, Figure, Side, Type};
use crate::error::Result;
use crate::frame::{Axis, Frame};
use crate::marks::{Entry, LEGEND_LINE, Marker, legend, mark, whisker_x};
use crate::statistics::moments;
use crate::style::{BLUE, Colour, GREEN, INK, LABEL, PALE, PAPER, SMALL, SOFT, VERMILLION, faded};

/// What a row shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowKind {
    /// An evolved rule.
    Evolved,
    /// A rule known before.
    Known,
    /// A rule found by gradient descent.
    Trained,
}

/// One rule.
#[derive(Debug, Clone, PartialEq)]
pub struct AccuracyRow {
    /// Its name or formula.
    pub label: String,
    /// What it is.
    pub kind: RowKind,
    /// Accuracy on each held-out seed, 0 to 1.
    pub values: Vec<f64>,
}

/// A level to compare with.
#[derive(Debug, Clone, PartialEq)]
pub struct Reference {
    /// What it is, such as `chance`.
    pub label: String,
    /// Accuracy.
    pub value: f64,
}

/// A row of dots per rule.
#[derive(Debug, Clone, PartialEq)]
pub struct Accuracy {
    /// Title.
    pub title: String,
    /// Title of the axis.
    pub axis: String,
    /// The rules, from top to bottom.
    pub rows: Vec<AccuracyRow>,
    /// Accuracies of random rules; drawn in a band of its own at the bottom.
    pub random: Vec<f64>,
    /// Vertical lines: chance, animals.
    pub references: Vec<Reference>,
}

const ROW: f64 = 30.0;
const BAND: f64 = 130.0;
const BELOW: f64 = 70.0;
const REFERENCE_LINE: f64 = 20.0;
const RIGHT: f64 = 1160.0;

impl RowKind {
    fn colour(self) -> Colour {
        match self {
            Self::Evolved => BLUE,
            Self::Known => VERMILLION,
            Self::Trained => GREEN,
        }
    }
}

impl Accuracy {
    /// Upper edge of the plot: title, legend and one line for each reference.
    fn top(&self) -> f64 {
        LEGEND_TOP + LEGEND_LINE + REFERENCE_LINE * self.references.len().min(3) as f64
    }

    fn band(&self) -> f64 {
        if self.random.is_empty() { 0.0 } else { BAND }
    }

    fn height(&self) -> f64 {
        self.top() + 12.0 + ROW * self.rows.len().max(1) as f64 + self.band() + BELOW
    }

    fn entries(&self) -> Vec<Entry> {
        let has = |kind| self.rows.iter().any(|row| row.kind == kind);
        let mut entries = Vec::new();
        if has(RowKind::Evolved) {
            entries.push(Entry::new(Marker::Disc, BLUE, "evolved rules"));
        }
        if has(RowKind::Known) {
            entries.push(Entry::new(Marker::Disc, VERMILLION, "known rules"));
        }
        if has(RowKind::Trained) {
            entries.push(Entry::new(Marker::Disc, GREEN, "rules by gradient descent"));
        }
        if !self.random.is_empty() {
            entries.push(Entry::new(Marker::Disc, PALE, "random rules"));
        }
        if !self.rows.is_empty() {
            entries.push(Entry::new(Marker::Bar, INK, "mean, whisker: standard deviation over seeds"));
        }
        entries
    }

    /// Writes the references above the plot, each on the first line where it has room.
    fn draw_references(&self, canvas: &dyn Canvas, frame: &Frame) -> Result<()> {
        let mut order: Vec<&Reference> = self.references.iter().filter(|r| r.value.is_finite()).collect();
        order.sort_by(|a, b| a.value.total_cmp(&b.value));
        let mut ends = [f64::NEG_INFINITY; 3];
        let mut texts = Vec::new();
        for reference in order {
            let x = frame.at_x(reference.value);
            let value = crate::table::number(reference.value, 3);
            let text = format!("{} {}", reference.label, value.strip_suffix('0').unwrap_or(&value));
            let half = 0.58 * canvas.text_width(&text, SMALL) + 5.0;
            let middle = x.min(RIGHT + 30.0 - half).max(half);
            let line = ends.iter().position(|&end| middle - half > end).unwrap_or(ends.len() - 1);
            ends[line] = middle + half;
            let y = frame.top - 12.0 - REFERENCE_LINE * line as f64;
            canvas.dashed(&[(x, y + 9.0), (x, frame.bottom)], SOFT, 1.0)?;
            texts.push((text, (middle, y), half));
        }
        for (text, (middle, y), half) in texts {
            // The line of a reference higher up stops behind the text.
            canvas.rect((middle - half, y - 9.0), (middle + half, y + 9.0), PAPER)?;
            canvas.text(&text, (middle, y), Type::new(SMALL).colour(SOFT).side(Side::Centre))?;
        }
        Ok(())
    }

    /// Dots stacked around the middle of the band, packed so that the highest stack fits.
    fn draw_random(&self, canvas: &dyn Canvas, frame: &Frame) -> Result<()> {
        let middle = frame.bottom - BAND / 2.0;
        canvas.line(&[(frame.left, frame.bottom - BAND), (frame.right, frame.bottom - BAND)], SOFT, 1.0)?;
        let text = format!("random rules (n = {})", self.random.len());
        let text = cut(canvas, &text, SMALL, frame.left - 2.0 * MARGIN);
        canvas.text(&text, (frame.left - 14.0, middle), Type::new(SMALL).side(Side::End))?;
        let width = 4.0;
        let mut stacks = vec![0usize; ((frame.right - frame.left) / width) as usize + 1];
        let places: Vec<usize> = self
            .random
            .iter()
            .filter(|value| value.is_finite())
            .map(|&value| ((frame.at_x(value) - frame.left) / width) as usize)
            .collect();
        for &place in &places {
            stacks[place] += 1;
        }
        let tallest = stacks.iter().copied().max().unwrap_or(0).max(1);
        let step = ((BAND - 16.0) / tallest as f64).min(5.0);
        let mut placed = vec![0usize; stacks.len()];
        for place in places {
            let offset = placed[place] as f64 - (stacks[place] - 1) as f64 / 2.0;
            placed[place] += 1;
            let at = (frame.left + (place as f64 + 0.5) * width, middle + offset * step);
            canvas.disc(at, 2.0, faded(PALE, 0.9))?;
        }
        Ok(())
    }

    fn draw_row(&self, canvas: &dyn Canvas, frame: &Frame, y: f64, row: &AccuracyRow) -> Result<()> {
        let label = cut(canvas, &row.label, SMALL, frame.left - MARGIN - 14.0);
        canvas.text(&label, (frame.left - 14.0, y), Type::new(SMALL).side(Side::End))?;
        let values: Vec<f64> = row.values.iter().copied().filter(|value| value.is_finite()).collect();
        for (i, &value) in values.iter().enumerate() {
            // Steps of the golden ratio spread the dots without a pattern and without chance.
            let jitter = ((i as f64 * 0.618_034).fract() - 0.5) * 10.0;
            canvas.disc((frame.at_x(value), y + jitter), 3.5, faded(row.kind.colour(), 0.55))?;
        }
        if !values.is_empty() {
            let (mean, sd) = moments(&values);
            if values.len() > 1 {
                whisker_x(canvas, frame, (mean, sd), y, INK)?;
            }
            mark(canvas, Marker::Bar, (frame.at_x(mean), y), 6.0, INK)?;
        }
        Ok(())
    }
}

impl Figure for Accuracy {
    fn size(&self) -> (u32, u32) {
        (1200, self.height() as u32)
    }

    fn draw(&self, canvas: &dyn Canvas) -> Result<()> {
        title(canvas, &self.title)?;
        legend(canvas, (MARGIN, LEGEND_TOP), 1150.0, &self.entries())?;
        let labels = self.rows.iter().map(|row| canvas.text_width(&row.label, SMALL));
        let widest = labels.fold(150.0, f64::max).min(400.0);
        let rows = self.rows.iter().flat_map(|row| row.values.iter().copied());
        let references = self.references.iter().map(|reference| reference.value);
        let frame = Frame {
            left: MARGIN + 1.15 * widest + 14.0,
            top: self.top(),
            right: RIGHT,
            bottom: self.height() - BELOW,
            x: Axis::fit(&self.axis, false, rows.chain(references).chain(self.random.iter().copied())),
            y: Axis::linear("", 0.0, 1.0),
        };
        frame.draw_x(canvas, true)?;
        self.draw_references(canvas, &frame)?;
        if self.rows.is_empty() && self.random.is_empty() {
            let at = (frame.centre().0, frame.top + 20.0);
            return canvas.text("no data", at, Type::new(LABEL).colour(SOFT).side(Side::Centre));
        }
        for (i, row) in self.rows.iter().enumerate() {
            self.draw_row(canvas, &frame, frame.top + 8.0 + ROW * (i as f64 + 0.5), row)?;
        }
        if self.random.is_empty() { Ok(()) } else { self.draw_random(canvas, &frame) }
    }
}

#[cfg(test)]
mod tests {
    use super::super::test::drawn;
    use super::*;

    fn figure(rows: usize, seeds: usize, random: usize) -> Accuracy {
        let row = |i: usize| AccuracyRow {
            label: format!("rule {i}"),
            kind: RowKind::Evolved,
            values: (0..seeds).map(|s| 0.6 + 0.01 * s as f64).collect(),
        };
        Accuracy {
            title: "t".into(),
            axis: "accuracy".into(),
            rows: (0..rows).map(row).collect(),
            random: (0..random).map(|i| 0.4 + 0.2 * i as f64 / random as f64).collect(),
            references: vec![Reference { label: "chance".into(), value: 0.5 }],
        }
    }

    #[test]
    fn every_seed_has_its_dot() {
        let legend_entries = |figure: &Accuracy| figure.entries().iter().filter(|e| e.marker == Marker::Disc).count();
        for (rows, seeds, random) in [(0, 0, 0), (1, 0, 0), (1, 1, 0), (0, 0, 1), (3, 5, 200)] {
            let figure = figure(rows, seeds, random);
            let (dark, svg) = drawn(&figure);
            assert!(dark > 0.002);
            assert_eq!(svg.matches("<circle").count(), rows * seeds + random + legend_entries(&figure));
        }
    }
}
