//! Markers, legends, whiskers and labels that keep out of each other's way.

use crate::canvas::{Canvas, Point, Side, Type};
use crate::error::Result;
use crate::frame::Frame;
use crate::style::{Colour, INK, PAPER, SMALL, SOFT, faded};

/// The shape of a data point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Marker {
    /// Filled circle.
    Disc,
    /// Circle with a white centre.
    Ring,
    /// Square.
    Square,
    /// Square on its corner.
    Diamond,
    /// Triangle on its base.
    Up,
    /// Triangle on its tip.
    Down,
    /// Vertical bar.
    Bar,
    /// Short line, in legends of line plots.
    Line,
    /// Short dashed line, in legends.
    Dashes,
}

/// Markers for a handful of named things.
pub const NAMED: [Marker; 5] = [Marker::Diamond, Marker::Square, Marker::Up, Marker::Down, Marker::Ring];

/// Draws a marker of half width `radius`.
pub fn mark(canvas: &dyn Canvas, marker: Marker, (x, y): Point, radius: f64, colour: Colour) -> Result<()> {
    let r = radius;
    match marker {
        Marker::Disc => canvas.disc((x, y), r, colour),
        Marker::Ring => {
            canvas.disc((x, y), r, colour)?;
            canvas.disc((x, y), r * 0.55, PAPER)
        }
        Marker::Square => canvas.rect((x - 0.88 * r, y - 0.88 * r), (x + 0.88 * r, y + 0.88 * r), colour),
        Marker::Diamond => {
            let r = 1.2 * r;
            canvas.polygon(&[(x, y - r), (x + r, y), (x, y + r), (x - r, y)], colour)
        }
        Marker::Up => {
            canvas.polygon(&[(x, y - 1.2 * r), (x + 1.1 * r, y + 0.8 * r), (x - 1.1 * r, y + 0.8 * r)], colour)
        }
        Marker::Down => {
            canvas.polygon(&[(x, y + 1.2 * r), (x + 1.1 * r, y - 0.8 * r), (x - 1.1 * r, y - 0.8 * r)], colour)
        }
        Marker::Bar => canvas.rect((x - 0.25 * r, y - 1.6 * r), (x + 0.25 * r, y + 1.6 * r), colour),
        Marker::Line => canvas.line(&[(x - 1.9 * r, y), (x + 1.9 * r, y)], colour, 2.5),
        Marker::Dashes => canvas.dashed(&[(x - 1.9 * r, y), (x + 1.9 * r, y)], colour, 2.0),
    }
}

/// One entry of a legend.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Its marker.
    pub marker: Marker,
    /// Its colour.
    pub colour: Colour,
    /// Its text.
    pub text: String,
}

impl Entry {
    /// An entry.
    pub fn new(marker: Marker, colour: Colour, text: impl Into<String>) -> Self {
        Self { marker, colour, text: text.into() }
    }
}

/// Height of one line of a legend.
pub const LEGEND_LINE: f64 = 25.0;

/// Draws a legend from left to right, on as many lines as it takes; `at` is the left end of the middle of the first
/// line. Returns the number of lines.
pub fn legend(canvas: &dyn Canvas, at: Point, width: f64, entries: &[Entry]) -> Result<usize> {
    let (mut x, mut y, mut lines) = (at.0, at.1, 1);
    for entry in entries {
        // The reader's own font in an SVG may be a fifth wider.
        let wide = 26.0 + 1.2 * canvas.text_width(&entry.text, SMALL);
        if x > at.0 && x + wide > at.0 + width {
            x = at.0;
            y += LEGEND_LINE;
            lines += 1;
        }
        legend_entry(canvas, (x, y), entry)?;
        x += wide + 22.0;
    }
    Ok(lines)
}

/// Draws a legend from top to bottom; texts wider than `width` go on below.
pub fn legend_column(canvas: &dyn Canvas, at: Point, width: f64, entries: &[Entry]) -> Result<()> {
    let mut y = at.1;
    for entry in entries {
        let lines = wrap(canvas, &entry.text, width - 26.0);
        for (i, text) in lines.iter().enumerate() {
            if i == 0 {
                legend_entry(canvas, (at.0, y), &Entry { text: text.clone(), ..entry.clone() })?;
            } else {
                y += 0.8 * LEGEND_LINE;
                canvas.text(text, (at.0 + 26.0, y), Type::new(SMALL))?;
            }
        }
        y += LEGEND_LINE;
    }
    Ok(())
}

/// The words of a text on lines of at most `width`, as far as no word is wider.
fn wrap(canvas: &dyn Canvas, text: &str, width: f64) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().map(std::mem::take).unwrap_or_default();
        let longer = if line.is_empty() { word.to_owned() } else { format!("{line} {word}") };
        let fits = line.is_empty() || 1.15 * canvas.text_width(&longer, SMALL) <= width;
        let end = lines.len() - 1;
        if fits {
            lines[end] = longer;
        } else {
            lines[end] = line;
            lines.push(word.to_owned());
        }
    }
    lines
}

fn legend_entry(canvas: &dyn Canvas, (x, y): Point, entry: &Entry) -> Result<()> {
    mark(canvas, entry.marker, (x + 10.0, y), 5.0, entry.colour)?;
    canvas.text(&entry.text, (x + 26.0, y), Type::new(SMALL))
}

/// A vertical whisker over `±sd` around `y`; an end outside the frame has no bar.
pub fn whisker_y(canvas: &dyn Canvas, frame: &Frame, x: f64, (y, sd): (f64, f64), colour: Colour) -> Result<()> {
    let (low, high) = (frame.at_y(y - sd), frame.at_y(y + sd));
    canvas.line(&[(x, low), (x, high)], colour, 1.5)?;
    for end in [low, high].into_iter().filter(|&end| end > frame.top && end < frame.bottom) {
        canvas.line(&[(x - 4.0, end), (x + 4.0, end)], colour, 1.5)?;
    }
    Ok(())
}

/// A horizontal whisker over `±sd` around `x`; an end outside the frame has no bar.
pub fn whisker_x(canvas: &dyn Canvas, frame: &Frame, (x, sd): (f64, f64), y: f64, colour: Colour) -> Result<()> {
    let (low, high) = (frame.at_x(x - sd), frame.at_x(x + sd));
    canvas.line(&[(low, y), (high, y)], colour, 1.5)?;
    for end in [low, high].into_iter().filter(|&end| end > frame.left && end < frame.right) {
        canvas.line(&[(end, y - 4.0), (end, y + 4.0)], colour, 1.5)?;
    }
    Ok(())
}

/// A rectangle on the canvas.
#[derive(Debug, Clone, Copy)]
struct Room {
    left: f64,
    top: f64,
    right: f64,
    bottom: f64,
}

impl Room {
    fn overlap(&self, other: &Self) -> f64 {
        let wide = self.right.min(other.right) - self.left.max(other.left);
        let high = self.bottom.min(other.bottom) - self.top.max(other.top);
        if wide > 0.0 && high > 0.0 { wide * high } else { 0.0 }
    }

    fn along(a: Point, b: Point, radius: f64) -> Self {
        Self {
            left: a.0.min(b.0) - radius,
            top: a.1.min(b.1) - radius,
            right: a.0.max(b.0) + radius,
            bottom: a.1.max(b.1) + radius,
        }
    }

    fn around((x, y): Point, radius: f64) -> Self {
        Self { left: x - radius, top: y - radius, right: x + radius, bottom: y + radius }
    }
}

/// Half the height of a label.
const HALF_LINE: f64 = 10.0;

/// A place for a label.
#[derive(Debug, Clone, Copy)]
struct Spot {
    room: Room,
    side: Side,
    distance: f64,
}

/// Places around a point, near ones first.
fn spots((px, py): Point, wide: f64) -> impl Iterator<Item = Spot> {
    let distances = [15.0, 26.0, 42.0, 66.0, 96.0, 130.0];
    distances.into_iter().flat_map(move |distance| {
        (0..16).map(move |step| {
            let (sin, cos) = (f64::from(step) * std::f64::consts::PI / 8.0).sin_cos();
            let (x, y) = (px + distance * cos, py + distance * sin);
            let (side, left) = match cos {
                c if c > 0.3 => (Side::Start, x),
                c if c < -0.3 => (Side::End, x - wide),
                _ => (Side::Centre, x - wide / 2.0),
            };
            let room = Room { left, top: y - HALF_LINE, right: left + wide, bottom: y + HALF_LINE };
            Spot { room, side, distance }
        })
    })
}

/// Writes a label beside each point, inside the frame, away from the other labels and from the upright or level
/// `lines` (whiskers) and, as far as there is room, from the points in `avoid`. A label that had to move away is tied to
/// its point by a thin line.
pub fn label_points(
    canvas: &dyn Canvas,
    frame: &Frame,
    labels: &[(Point, &str)],
    lines: &[(Point, Point)],
    avoid: &[Point],
) -> Result<()> {
    let inside = Room { left: frame.left, top: frame.top, right: frame.right, bottom: frame.bottom };
    let marks = labels.iter().map(|(point, _)| Room::around(*point, 8.0));
    let marks: Vec<Room> = marks.chain(lines.iter().map(|&(a, b)| Room::along(a, b, 4.0))).collect();
    let others: Vec<Room> = avoid.iter().map(|&point| Room::around(point, 4.0)).collect();
    let mut taken: Vec<Room> = Vec::new();
    for &(point, text) in labels {
        // The reader's own font in an SVG may be wider.
        let wide = 1.15 * canvas.text_width(text, SMALL);
        let area = wide * 2.0 * HALF_LINE;
        let cost = |spot: &Spot| {
            let outside = area - spot.room.overlap(&inside);
            let on_marks: f64 = taken.iter().chain(&marks).map(|other| spot.room.overlap(other)).sum();
            // A crowd is no worse than a full cover.
            let on_others: f64 = others.iter().map(|other| spot.room.overlap(other)).sum();
            50.0 * outside + 20.0 * on_marks + 0.1 * on_others.min(area) + 3.0 * spot.distance
        };
        let Some(Spot { room, side, distance }) = spots(point, wide).min_by(|a, b| cost(a).total_cmp(&cost(b))) else {
            continue;
        };
        let middle = (room.top + room.bottom) / 2.0;
        let start = match side {
            Side::Start => room.left,
            Side::Centre => (room.left + room.right) / 2.0,
            Side::End => room.right,
        };
        if distance > 25.0 {
            let edge = if middle < point.1 { room.bottom } else { room.top };
            let end = if side == Side::Centre { (start, edge) } else { (start, middle) };
            canvas.line(&[point, end], SOFT, 1.0)?;
        }
        // Text on a crowd of points stays readable on its own piece of paper.
        canvas.rect((room.left, room.top + 1.0), (room.right, room.bottom - 1.0), faded(PAPER, 0.75))?;
        canvas.text(text, (start, middle), Type::new(SMALL).colour(INK).side(side))?;
        taken.push(room);
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::canvas::Canvas;
    use crate::frame::Axis;
    use std::cell::RefCell;

    /// Remembers the left ends of texts.
    #[derive(Default)]
    struct Texts(RefCell<Vec<(String, Point)>>);

    const LETTER: f64 = 8.0;

    impl Canvas for Texts {
        fn line(&self, _: &[Point], _: Colour, _: f64) -> Result<()> {
            Ok(())
        }
        fn rect(&self, _: Point, _: Point, _: Colour) -> Result<()> {
            Ok(())
        }
        fn polygon(&self, _: &[Point], _: Colour) -> Result<()> {
            Ok(())
        }
        fn disc(&self, _: Point, _: f64, _: Colour) -> Result<()> {
            Ok(())
        }
        fn text(&self, text: &str, (x, y): Point, look: Type) -> Result<()> {
            let wide = self.text_width(text, look.size);
            let left = match look.side {
                Side::Start => x,
                Side::Centre => x - wide / 2.0,
                Side::End => x - wide,
            };
            self.0.borrow_mut().push((text.into(), (left, y)));
            Ok(())
        }
        fn text_width(&self, text: &str, _: f64) -> f64 {
            LETTER * text.len() as f64
        }
        fn picture(&self, _: Point, _: u32, _: u32, _: &[u8]) -> Result<()> {
            Ok(())
        }
        fn density(&self) -> u32 {
            1
        }
    }

    #[test]
    fn labels_of_points_at_one_place_do_not_overlap() {
        let (x, y) = (Axis::linear("x", 0.0, 1.0), Axis::linear("y", 0.0, 1.0));
        let frame = Frame { left: 0.0, top: 0.0, right: 600.0, bottom: 400.0, x, y };
        let canvas = Texts::default();
        let point = (590.0, 200.0);
        let labels = [(point, "S_pre X_post"), (point, "S_pre"), (point, "the best rule")];
        let whisker = ((540.0, 200.0), (600.0, 200.0));
        label_points(&canvas, &frame, &labels, &[whisker], &[]).unwrap();
        let rooms: Vec<Room> = canvas
            .0
            .borrow()
            .iter()
            .map(|(text, (x, y))| {
                let right = x + LETTER * text.len() as f64;
                Room { left: *x, top: y - HALF_LINE, right, bottom: y + HALF_LINE }
            })
            .collect();
        assert_eq!(rooms.len(), 3);
        for (i, room) in rooms.iter().enumerate() {
            assert!(room.left >= 0.0 && room.right <= 600.0);
            assert_eq!(room.overlap(&Room::along(whisker.0, whisker.1, 1.0)), 0.0);
            assert!(rooms[..i].iter().all(|other| room.overlap(other) == 0.0));
        }
    }

    #[test]
    fn a_legend_breaks_into_lines() {
        let canvas = Texts::default();
        let entries = vec![Entry::new(Marker::Disc, INK, "a long legend entry"); 5];
        assert!(legend(&canvas, (0.0, 0.0), 450.0, &entries).unwrap() > 1);
        assert!(canvas.0.borrow().iter().all(|(_, (x, _))| *x < 450.0));
    }

    #[test]
    fn long_legend_texts_go_on_below() {
        let canvas = Texts::default();
        assert_eq!(wrap(&canvas, "one two three", 80.0), ["one two", "three"]);
        assert_eq!(wrap(&canvas, "immeasurable", 10.0), ["immeasurable"]);
        assert_eq!(wrap(&canvas, "", 10.0), [""]);
        let entries = vec![Entry::new(Marker::Disc, INK, "one two three"), Entry::new(Marker::Disc, INK, "four")];
        legend_column(&canvas, (0.0, 0.0), 106.0, &entries).unwrap();
        let heights: Vec<f64> = canvas.0.borrow().iter().map(|(_, (_, y))| *y).collect();
        assert_eq!(heights, [0.0, 0.8 * LEGEND_LINE, 1.8 * LEGEND_LINE]);
    }
}
