//! Accuracy against the other objectives: the front, random rules and rules with names.

use super::{LEGEND_TOP, MARGIN, check_length, title};
use crate::canvas::{Canvas, Figure, Point};
use crate::error::{Error, Result};
use crate::frame::{Axis, Frame};
use crate::marks::{
    Entry, LEGEND_LINE, Marker, NAMED, label_points, legend, legend_column, mark, whisker_x, whisker_y,
};
use crate::style::{BLUE, Colour, GREEN, ORANGE, PALE, PURPLE, SKY, VERMILLION, faded};

/// One objective.
#[derive(Debug, Clone, PartialEq)]
pub struct Objective {
    /// Name with the unit.
    pub label: String,
    /// Whether its axis is logarithmic.
    pub log: bool,
}

/// The objectives of one rule over seeds.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    /// Mean of each objective.
    pub mean: Vec<f64>,
    /// Standard deviation of each objective over seeds; empty when there was one seed.
    pub sd: Vec<f64>,
}

/// A rule with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct NamedRule {
    /// Its name or formula.
    pub name: String,
    /// Its objectives.
    pub values: Evaluated,
}

/// Rules in the space of objectives.
#[derive(Debug, Clone, PartialEq)]
pub struct Cloud {
    /// The objectives, in the order of all values.
    pub objectives: Vec<Objective>,
    /// Objectives of random rules.
    pub random: Vec<Vec<f64>>,
    /// The rules of the front.
    pub front: Vec<Evaluated>,
    /// Rules to point out; those of them on the front need not be in `front` too.
    pub named: Vec<NamedRule>,
}

/// One objective against another.
#[derive(Debug, Clone, PartialEq)]
pub struct Pareto {
    /// Title.
    pub title: String,
    /// The rules.
    pub cloud: Cloud,
    /// Index of the objective on the horizontal axis.
    pub x: usize,
    /// Index of the objective on the vertical axis.
    pub y: usize,
}

/// One objective against every other, in small panels.
#[derive(Debug, Clone, PartialEq)]
pub struct ParetoMatrix {
    /// Title.
    pub title: String,
    /// The rules.
    pub cloud: Cloud,
    /// Index of the objective on all vertical axes.
    pub y: usize,
}

const NAMED_COLOURS: [Colour; 5] = [VERMILLION, GREEN, PURPLE, ORANGE, SKY];

fn named(index: usize) -> (Marker, Colour) {
    (NAMED[index % NAMED.len()], NAMED_COLOURS[index % NAMED_COLOURS.len()])
}

impl Cloud {
    fn check(&self) -> Result<()> {
        let n = self.objectives.len();
        for (i, values) in self.random.iter().enumerate() {
            check_length(|| format!("random rule {i}"), n, values.len())?;
        }
        let front = self.front.iter().map(|rule| ("rule of the front", rule));
        for (what, rule) in front.chain(self.named.iter().map(|rule| ("named rule", &rule.values))) {
            check_length(|| format!("mean of a {what}"), n, rule.mean.len())?;
            if !rule.sd.is_empty() {
                check_length(|| format!("standard deviation of a {what}"), n, rule.sd.len())?;
            }
        }
        Ok(())
    }

    fn axis(&self, k: usize) -> Result<Axis> {
        let objective = self.objectives.get(k).ok_or_else(|| Error::Draw {
            reason: format!("there is no objective {k}, only {}", self.objectives.len()),
        })?;
        let evaluated = self.front.iter().chain(self.named.iter().map(|rule| &rule.values));
        let ends = evaluated.flat_map(|rule| {
            let sd = rule.sd.get(k).copied().unwrap_or(0.0);
            // On a logarithmic axis a whisker below zero must not hide the mean.
            [rule.mean[k], rule.mean[k] + sd, if objective.log { rule.mean[k] } else { rule.mean[k] - sd }]
        });
        let values = ends.chain(self.random.iter().map(|values| values[k]));
        Ok(Axis::fit(&objective.label, objective.log, values))
    }

    fn is_empty(&self) -> bool {
        self.random.is_empty() && self.front.is_empty() && self.named.is_empty()
    }

    fn entries(&self, names: bool) -> Vec<Entry> {
        let mut entries = Vec::new();
        if !self.front.is_empty() {
            entries.push(Entry::new(Marker::Disc, BLUE, format!("Pareto front (n = {})", self.front.len())));
        }
        if !self.random.is_empty() {
            entries.push(Entry::new(Marker::Disc, PALE, format!("random rules (n = {})", self.random.len())));
        }
        if names {
            let rules = self.named.iter().enumerate();
            entries.extend(rules.map(|(i, rule)| Entry::new(named(i).0, named(i).1, rule.name.clone())));
        }
        entries
    }

    /// Draws all rules; returns where they came to stand, those with names first.
    fn draw(&self, canvas: &dyn Canvas, frame: &Frame, (kx, ky): (usize, usize), radius: f64) -> Result<Vec<Point>> {
        let finite = |values: &[f64]| values[kx].is_finite() && values[ky].is_finite();
        let mut places: Vec<Point> = Vec::new();
        for values in self.random.iter().filter(|values| finite(values)) {
            let at = frame.at(values[kx], values[ky]);
            canvas.disc(at, 0.6 * radius, faded(PALE, 0.6))?;
            places.push(at);
        }
        for rule in self.front.iter().filter(|rule| finite(&rule.mean)) {
            rule.lines(canvas, frame, (kx, ky))?;
        }
        for rule in self.front.iter().filter(|rule| finite(&rule.mean)) {
            let at = frame.at(rule.mean[kx], rule.mean[ky]);
            canvas.disc(at, radius, BLUE)?;
            places.push(at);
        }
        for (i, NamedRule { values, .. }) in self.named.iter().enumerate().filter(|(_, rule)| finite(&rule.values.mean))
        {
            let (marker, colour) = named(i);
            values.whiskers(canvas, frame, (kx, ky), faded(colour, 0.7))?;
            mark(canvas, marker, frame.at(values.mean[kx], values.mean[ky]), 1.5 * radius, colour)?;
        }
        Ok(places)
    }
}

impl Evaluated {
    /// Thin lines without ends, for the many rules of the front.
    fn lines(&self, canvas: &dyn Canvas, frame: &Frame, (kx, ky): (usize, usize)) -> Result<()> {
        let (mx, my) = (self.mean[kx], self.mean[ky]);
        let sd = |k: usize| self.sd.get(k).copied().unwrap_or(0.0);
        let colour = faded(BLUE, 0.35);
        if sd(kx) > 0.0 {
            canvas.line(&[frame.at(mx - sd(kx), my), frame.at(mx + sd(kx), my)], colour, 1.0)?;
        }
        if sd(ky) > 0.0 {
            canvas.line(&[frame.at(mx, my - sd(ky)), frame.at(mx, my + sd(ky))], colour, 1.0)?;
        }
        Ok(())
    }

    fn whiskers(&self, canvas: &dyn Canvas, frame: &Frame, (kx, ky): (usize, usize), colour: Colour) -> Result<()> {
        let (x, y) = frame.at(self.mean[kx], self.mean[ky]);
        if let Some(&sd) = self.sd.get(kx).filter(|sd| **sd > 0.0) {
            whisker_x(canvas, frame, (self.mean[kx], sd), y, colour)?;
        }
        if let Some(&sd) = self.sd.get(ky).filter(|sd| **sd > 0.0) {
            whisker_y(canvas, frame, x, (self.mean[ky], sd), colour)?;
        }
        Ok(())
    }
}

impl Figure for Pareto {
    fn size(&self) -> (u32, u32) {
        (1200, 780)
    }

    fn draw(&self, canvas: &dyn Canvas) -> Result<()> {
        self.cloud.check()?;
        title(canvas, &self.title)?;
        let lines = legend(canvas, (MARGIN, LEGEND_TOP), 1150.0, &self.cloud.entries(false))?;
        let (x, y) = (self.cloud.axis(self.x)?, self.cloud.axis(self.y)?);
        let top = LEGEND_TOP + lines as f64 * LEGEND_LINE + 4.0;
        let frame = Frame { left: 100.0, top, right: 1170.0, bottom: 715.0, x, y };
        frame.draw(canvas)?;
        if self.cloud.is_empty() {
            return frame.draw_empty(canvas);
        }
        let places = self.cloud.draw(canvas, &frame, (self.x, self.y), 5.0)?;
        let labels: Vec<(Point, &str)> = self
            .cloud
            .named
            .iter()
            .filter(|rule| rule.values.mean[self.x].is_finite() && rule.values.mean[self.y].is_finite())
            .map(|rule| (frame.at(rule.values.mean[self.x], rule.values.mean[self.y]), rule.name.as_str()))
            .collect();
        let ends = |rule: &NamedRule| {
            let (kx, ky) = (self.x, self.y);
            let (mx, my) = (rule.values.mean[kx], rule.values.mean[ky]);
            let sd = |k: usize| rule.values.sd.get(k).copied().filter(|sd| sd.is_finite()).unwrap_or(0.0);
            [
                (frame.at(mx - sd(kx), my), frame.at(mx + sd(kx), my)),
                (frame.at(mx, my - sd(ky)), frame.at(mx, my + sd(ky))),
            ]
        };
        let whiskers: Vec<(Point, Point)> = self.cloud.named.iter().flat_map(ends).collect();
        label_points(canvas, &frame, &labels, &whiskers, &places)
    }
}

const COLUMNS: usize = 3;
const PANEL_HEIGHT: f64 = 360.0;

impl Figure for ParetoMatrix {
    fn size(&self) -> (u32, u32) {
        // One cell more than panels holds the legend.
        let rows = self.cloud.objectives.len().max(1).div_ceil(COLUMNS);
        (1200, 60 + (PANEL_HEIGHT * rows as f64) as u32)
    }

    fn draw(&self, canvas: &dyn Canvas) -> Result<()> {
        self.cloud.check()?;
        title(canvas, &self.title)?;
        let y = self.cloud.axis(self.y)?;
        let cell = |index: usize| ((index % COLUMNS) as f64 * 396.0, 56.0 + (index / COLUMNS) as f64 * PANEL_HEIGHT);
        let others = (0..self.cloud.objectives.len()).filter(|&k| k != self.y);
        for (index, k) in others.enumerate() {
            let (left, top) = cell(index);
            let mut frame = Frame {
                left: left + 88.0,
                top: top + 10.0,
                right: left + 384.0,
                bottom: top + PANEL_HEIGHT - 68.0,
                x: self.cloud.axis(k)?,
                y: y.clone(),
            };
            if index % COLUMNS > 0 {
                frame.y.label.clear();
            }
            frame.draw(canvas)?;
            if self.cloud.is_empty() {
                frame.draw_empty(canvas)?;
            } else {
                self.cloud.draw(canvas, &frame, (k, self.y), 3.5)?;
            }
        }
        let (left, top) = cell(self.cloud.objectives.len().saturating_sub(1));
        legend_column(canvas, (left + 60.0, top + 24.0), 330.0, &self.cloud.entries(true))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::test::{count, drawn};
    use super::*;

    fn cloud(random: usize, front: usize, names: &[&str]) -> Cloud {
        let objective = |label: &str, log| Objective { label: label.into(), log };
        let value = |i: usize| vec![0.5 + 0.01 * i as f64, 0.04 * (1 + i) as f64, 10.0 * (1 + i) as f64];
        Cloud {
            objectives: vec![
                objective("accuracy", false),
                objective("complexity", false),
                objective("rate (Hz)", true),
            ],
            random: (0..random).map(value).collect(),
            front: (0..front).map(|i| Evaluated { mean: value(i), sd: vec![0.01, 0.0, 3.0] }).collect(),
            named: names
                .iter()
                .enumerate()
                .map(|(i, name)| NamedRule { name: (*name).into(), values: Evaluated { mean: value(i), sd: vec![] } })
                .collect(),
        }
    }

    #[test]
    fn nothing_one_point_and_many_points_draw() {
        for cloud in [cloud(0, 0, &[]), cloud(1, 0, &[]), cloud(0, 1, &[]), cloud(300, 20, &["S_pre", "a < b"])] {
            let one = Pareto { title: "t".into(), cloud: cloud.clone(), x: 2, y: 0 };
            assert!(drawn(&one).0 > 0.005);
            assert!(drawn(&ParetoMatrix { title: "t".into(), cloud, y: 0 }).0 > 0.005);
        }
    }

    #[test]
    fn every_point_of_the_front_is_there() {
        let figure = Pareto { title: "t".into(), cloud: cloud(0, 3, &["S_pre X_post"]), x: 1, y: 0 };
        let (_, svg) = drawn(&figure);
        // Three points and one in the legend.
        assert_eq!(svg.matches("<circle").count(), 4);
        assert!(svg.contains("S_pre X_post"));
        assert!(count(&figure, BLUE) > 100);
    }

    #[test]
    fn values_that_are_not_finite_are_left_out() {
        let mut cloud = cloud(2, 2, &["x"]);
        cloud.random[0][0] = f64::NAN;
        cloud.front[1].mean[1] = f64::INFINITY;
        cloud.named[0].values.mean[0] = f64::NAN;
        assert!(drawn(&Pareto { title: "t".into(), cloud, x: 1, y: 0 }).0 > 0.005);
    }

    #[test]
    fn wrong_lengths_are_refused() {
        let mut short = cloud(1, 1, &[]);
        short.front[0].mean.pop();
        let figure = Pareto { title: "t".into(), cloud: short, x: 1, y: 0 };
        let message = crate::canvas::svg(&figure).unwrap_err().to_string();
        assert_eq!(message, "mean of a rule of the front: expected 3 values, found 2");
        let figure = Pareto { title: "t".into(), cloud: cloud(1, 1, &[]), x: 9, y: 0 };
        assert!(crate::canvas::svg(&figure).unwrap_err().to_string().contains("no objective 9"));
    }
}
