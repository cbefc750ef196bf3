//! How often each term of the rule space is active on the front.

use super::{LEGEND_TOP, MARGIN, title};
use crate::canvas::{Canvas, Figure, Side, Type};
use crate::error::Result;
use crate::frame::{Axis, Frame};
use crate::marks::{Entry, LEGEND_LINE, Marker, legend};
use crate::style::{BLUE, Colour, GREEN, LABEL, PURPLE, SMALL, SOFT, VERMILLION};

/// What a term depends on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TermKind {
    /// The presynaptic neuron alone.
    Pre,
    /// The postsynaptic neuron alone.
    Post,
    /// Both neurons.
    Pair,
    /// Reward alone.
    Reward,
}

/// One term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Term {
    /// Its formula, such as `S_pre X_post`.
    pub label: String,
    /// What it depends on.
    pub kind: TermKind,
    /// In how many rules it is active.
    pub active: usize,
}

/// A bar for each term.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Terms {
    /// Title.
    pub title: String,
    /// Number of rules.
    pub rules: usize,
    /// The terms, from top to bottom.
    pub terms: Vec<Term>,
}

const ROW: f64 = 26.0;
const TOP: f64 = LEGEND_TOP + LEGEND_LINE;
const BELOW: f64 = 66.0;

impl TermKind {
    const ALL: [(Self, &'static str); 4] = [
        (Self::Pre, "presynaptic"),
        (Self::Post, "postsynaptic"),
        (Self::Pair, "both neurons"),
        (Self::Reward, "reward alone"),
    ];

    fn colour(self) -> Colour {
        match self {
            Self::Pre => BLUE,
            Self::Post => VERMILLION,
            Self::Pair => GREEN,
            Self::Reward => PURPLE,
        }
    }
}

impl Figure for Terms {
    fn size(&self) -> (u32, u32) {
        (1200, (TOP + ROW * self.terms.len().max(2) as f64 + BELOW) as u32)
    }

    fn draw(&self, canvas: &dyn Canvas) -> Result<()> {
        title(canvas, &self.title)?;
        let present = TermKind::ALL.into_iter().filter(|(kind, _)| self.terms.iter().any(|term| term.kind == *kind));
        let entries: Vec<Entry> = present.map(|(kind, text)| Entry::new(Marker::Square, kind.colour(), text)).collect();
        legend(canvas, (MARGIN, LEGEND_TOP), 1150.0, &entries)?;
        let widest = self.terms.iter().map(|term| canvas.text_width(&term.label, SMALL)).fold(60.0, f64::max);
        let share = |active: usize| if self.rules == 0 { 0.0 } else { 100.0 * active as f64 / self.rules as f64 };
        let highest = self.terms.iter().map(|term| share(term.active)).fold(0.0, f64::max);
        let label = format!("rules with the term (% of {})", self.rules);
        let frame = Frame {
            left: MARGIN + 1.15 * widest + 12.0,
            top: TOP,
            right: 1110.0,
            bottom: f64::from(self.size().1) - BELOW,
            x: Axis::linear(&label, 0.0, (highest * 1.02).clamp(10.0, 100.0)),
            y: Axis::linear("", 0.0, 1.0),
        };
        frame.draw_x(canvas, true)?;
        if self.terms.is_empty() {
            return canvas.text("no data", frame.centre(), Type::new(LABEL).colour(SOFT).side(Side::Centre));
        }
        for (i, term) in self.terms.iter().enumerate() {
            let y = frame.top + ROW * (i as f64 + 0.5);
            canvas.text(&term.label, (frame.left - 10.0, y), Type::new(SMALL).side(Side::End))?;
            let x = frame.at_x(share(term.active));
            if term.active > 0 {
                canvas.rect((frame.left, y - 0.36 * ROW), (x, y + 0.36 * ROW), term.kind.colour())?;
            }
            let text = format!("{}", term.active);
            canvas.text(&text, (x + 8.0, y), Type::new(SMALL).colour(SOFT))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::test::{count, drawn};
    use super::*;

    fn figure(active: &[usize], rules: usize) -> Terms {
        let term =
            |(i, &active): (usize, &usize)| Term { label: format!("term {i}"), kind: TermKind::ALL[i % 4].0, active };
        Terms { title: "t".into(), rules, terms: active.iter().enumerate().map(term).collect() }
    }

    #[test]
    fn nothing_and_everything_draw() {
        for (active, rules) in [(&[][..], 0), (&[0][..], 0), (&[1][..], 1), (&[3, 0, 70, 12, 9][..], 70)] {
            assert!(drawn(&figure(active, rules)).0 > 0.002);
        }
    }

    #[test]
    fn bars_are_as_long_as_their_share() {
        let blue = |active| count(&figure(&[active, 0, 0, 0, 100], 100), BLUE) as f64;
        let legend = blue(0);
        assert!(((blue(50) - legend) / (blue(25) - legend) - 2.0).abs() < 0.02);
    }
}
