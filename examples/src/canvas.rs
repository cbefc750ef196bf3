//! What figures draw on, and how a figure becomes an SVG and a PNG file.

use std::path::{Path, PathBuf};

use plotters::coord::Shift;
use plotters::element::{BitMapElement, Circle, PathElement, Polygon, Rectangle, Text};
use plotters::prelude::{BitMapBackend, DrawingArea, DrawingBackend, IntoDrawingArea, SVGBackend};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, FontDesc, FontFamily, FontStyle, FontTransform, TextStyle};

use crate::atomic::{replace, write_bytes};
use crate::error::{Error, Result};
use crate::style::{Colour, INK, PAPER, install_fonts};

/// A point in pixels from the top left corner.
pub type Point = (f64, f64);

/// Device pixels per pixel of a figure: PNG files are twice as dense, SVG coordinates are exact to half a pixel.
const DENSITY: u32 = 2;

/// Where a text stands relative to its point, along its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The text starts at the point.
    Start,
    /// The text is centred on the point.
    Centre,
    /// The text ends at the point.
    End,
}

/// How a text is set; its line is vertically centred on the point.
#[derive(Debug, Clone, Copy)]
pub struct Type {
    /// Size of the font in pixels.
    pub size: f64,
    /// Colour.
    pub colour: Colour,
    /// Where the text stands.
    pub side: Side,
    /// Whether it runs upwards, for the titles of vertical axes.
    pub upwards: bool,
}

impl Type {
    /// Horizontal text in the colour of the ink, starting at its point.
    pub const fn new(size: f64) -> Self {
        Self { size, colour: INK, side: Side::Start, upwards: false }
    }
    /// The same in another colour.
    pub const fn colour(self, colour: Colour) -> Self {
        Self { colour, ..self }
    }
    /// The same on another side of its point.
    pub const fn side(self, side: Side) -> Self {
        Self { side, ..self }
    }
    /// The same running upwards.
    pub const fn upwards(self) -> Self {
        Self { upwards: true, ..self }
    }
}

/// A surface to draw on. Coordinates are pixels from the top left corner.
pub trait Canvas {
    /// A line through all points.
    fn line(&self, points: &[Point], colour: Colour, width: f64) -> Result<()>;
    /// A filled rectangle between two corners.
    fn rect(&self, a: Point, b: Point, colour: Colour) -> Result<()>;
    /// A filled polygon.
    fn polygon(&self, corners: &[Point], colour: Colour) -> Result<()>;
    /// A filled circle.
    fn disc(&self, centre: Point, radius: f64, colour: Colour) -> Result<()>;
    /// A text.
    fn text(&self, text: &str, at: Point, look: Type) -> Result<()>;
    /// About how long a text is, in pixels. The reader's font in an SVG may be a little wider.
    fn text_width(&self, text: &str, size: f64) -> f64;
    /// A picture with red, green and blue per pixel, `density` pixels of it per pixel of the canvas.
    fn picture(&self, at: Point, width: u32, height: u32, rgb: &[u8]) -> Result<()>;
    /// Pixels of a picture per pixel of the canvas.
    fn density(&self) -> u32;

    /// A dashed line through all points.
    fn dashed(&self, points: &[Point], colour: Colour, width: f64) -> Result<()> {
        const DASH: f64 = 6.0;
        for pair in points.windows(2) {
            let ((x0, y0), (x1, y1)) = (pair[0], pair[1]);
            let length = (x1 - x0).hypot(y1 - y0);
            let at = |d: f64| (x0 + (x1 - x0) * d / length, y0 + (y1 - y0) * d / length);
            let mut from = 0.0;
            while from < length {
                self.line(&[at(from), at((from + DASH).min(length))], colour, width)?;
                from += 1.7 * DASH;
            }
        }
        Ok(())
    }
}

/// A [`Canvas`] on any backend of `plotters`.
pub struct PlottersCanvas<'a, DB: DrawingBackend> {
    area: &'a DrawingArea<DB, Shift>,
    density: u32,
}

impl<'a, DB: DrawingBackend> PlottersCanvas<'a, DB> {
    /// A canvas with `density` pixels of the area for each pixel of a figure.
    ///
    /// # Errors
    /// [`Error::Draw`] when the embedded font is not readable.
    pub fn new(area: &'a DrawingArea<DB, Shift>, density: u32) -> Result<Self> {
        install_fonts()?;
        Ok(Self { area, density })
    }

    fn device(&self, (x, y): Point) -> (i32, i32) {
        let scale = f64::from(self.density);
        ((x * scale).round() as i32, (y * scale).round() as i32)
    }

    fn devices(&self, points: &[Point]) -> Vec<(i32, i32)> {
        points.iter().map(|&point| self.device(point)).collect()
    }

    fn pixels(&self, length: f64) -> u32 {
        ((length * f64::from(self.density)).round() as u32).max(1)
    }

    /// Plotters counts the size of a font as the height of its line, 1.24 times the nominal size.
    fn font(&self, size: f64) -> FontDesc<'static> {
        FontDesc::new(FontFamily::SansSerif, size * 1.24 * f64::from(self.density), FontStyle::Normal)
    }
}

fn failed<E: std::fmt::Display>(error: E) -> Error {
    Error::Draw { reason: error.to_string() }
}

impl<DB: DrawingBackend> Canvas for PlottersCanvas<'_, DB> {
    fn line(&self, points: &[Point], colour: Colour, width: f64) -> Result<()> {
        if points.len() < 2 {
            return Ok(());
        }
        let path = PathElement::new(self.devices(points), colour.stroke_width(self.pixels(width)));
        self.area.draw(&path).map_err(failed)
    }

    fn rect(&self, a: Point, b: Point, colour: Colour) -> Result<()> {
        self.area.draw(&Rectangle::new([self.device(a), self.device(b)], colour.filled())).map_err(failed)
    }

    fn polygon(&self, corners: &[Point], colour: Colour) -> Result<()> {
        self.area.draw(&Polygon::new(self.devices(corners), colour)).map_err(failed)
    }

    fn disc(&self, centre: Point, radius: f64, colour: Colour) -> Result<()> {
        let circle = Circle::new(self.device(centre), self.pixels(radius), colour.filled());
        self.area.draw(&circle).map_err(failed)
    }

    fn text(&self, text: &str, at: Point, look: Type) -> Result<()> {
        let horizontal = match look.side {
            Side::Start => HPos::Left,
            Side::Centre => HPos::Center,
            Side::End => HPos::Right,
        };
        // Plotters' bitmap backend puts the baseline 0.12 em below the point; digits and small letters look centred
        // when it is 0.31 em below.
        let drop = 0.19 * look.size;
        let at = if look.upwards { (at.0 + drop, at.1) } else { (at.0, at.1 + drop) };
        let transform = if look.upwards { FontTransform::Rotate270 } else { FontTransform::None };
        let style = TextStyle::from(self.font(look.size).transform(transform))
            .color(&look.colour)
            .pos(Pos::new(horizontal, VPos::Center));
        self.area.draw(&Text::new(text, self.device(at), style)).map_err(failed)
    }

    fn text_width(&self, text: &str, size: f64) -> f64 {
        let guess = || (text.chars().count() as f64 * size * 0.55 * f64::from(self.density)) as u32;
        let width = self.font(size).box_size(text).map_or_else(|_| guess(), |(width, _)| width);
        f64::from(width) / f64::from(self.density)
    }

    fn picture(&self, at: Point, width: u32, height: u32, rgb: &[u8]) -> Result<()> {
        let bitmap = BitMapElement::with_ref(self.device(at), (width, height), rgb)
            .ok_or_else(|| failed("a picture needs three bytes for each pixel"))?;
        self.area.draw(&bitmap).map_err(failed)
    }

    fn density(&self) -> u32 {
        self.density
    }
}

/// A figure: plain data that knows how to draw itself.
pub trait Figure {
    /// Width and height in pixels.
    fn size(&self) -> (u32, u32);
    /// Draws on white paper of that size.
    ///
    /// # Errors
    /// [`Error::Draw`] when the backend fails.
    fn draw(&self, canvas: &dyn Canvas) -> Result<()>;
}

/// Draws a figure on an area of any backend of `plotters`, with `density` pixels of it for each pixel of the figure.
///
/// # Errors
/// [`Error::Draw`] when the backend fails.
pub fn draw_on<DB: DrawingBackend>(figure: &dyn Figure, area: &DrawingArea<DB, Shift>, density: u32) -> Result<()> {
    let canvas = PlottersCanvas::new(area, density)?;
    area.fill(&PAPER).map_err(failed)?;
    figure.draw(&canvas)?;
    area.present().map_err(failed)
}

/// The two files of a figure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SavedFigure {
    /// Vectors.
    pub svg: PathBuf,
    /// Pixels.
    pub png: PathBuf,
}

/// Draws a figure to `folder/NAME.svg` and `folder/NAME.png`, each whole or not at all.
///
/// # Errors
/// [`Error::Draw`], or [`Error::Io`] with the path.
pub fn save(figure: &dyn Figure, folder: &Path, name: &str) -> Result<SavedFigure> {
    let saved = SavedFigure { svg: folder.join(format!("{name}.svg")), png: folder.join(format!("{name}.png")) };
    write_bytes(&saved.svg, svg(figure)?.as_bytes())?;
    let (width, height) = figure.size();
    let size = (width * DENSITY, height * DENSITY);
    replace(&saved.png, |part| draw_on(figure, &BitMapBackend::new(part, size).into_drawing_area(), DENSITY))?;
    Ok(saved)
}

/// The figure as SVG text.
///
/// # Errors
/// [`Error::Draw`] when the drawing fails.
pub fn svg(figure: &dyn Figure) -> Result<String> {
    let (width, height) = figure.size();
    let (wide, high) = (width * DENSITY, height * DENSITY);
    let mut text = String::new();
    draw_on(figure, &SVGBackend::with_string(&mut text, (wide, high)).into_drawing_area(), DENSITY)?;
    // The size on screen is that of the figure, the coordinates inside are denser.
    let text = text.replacen(
        &format!("width=\"{wide}\" height=\"{high}\""),
        &format!("width=\"{width}\" height=\"{height}\""),
        1,
    );
    // The same baseline as in the bitmap backend, see `PlottersCanvas::text`.
    let text = text.replace("dy=\"0.5ex\"", "dy=\"0.12em\"");
    // Plotters 0.3 writes a media type that does not exist.
    Ok(text.replace("\"data:png;base64,", "\"data:image/png;base64,"))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::style::{BLUE, VERMILLION};

    struct Mark;

    impl Figure for Mark {
        fn size(&self) -> (u32, u32) {
            (60, 40)
        }
        fn draw(&self, canvas: &dyn Canvas) -> Result<()> {
            canvas.rect((10.0, 10.0), (30.0, 30.0), BLUE)?;
            canvas.picture((40.0, 10.0), 2, 1, &[255, 0, 0, 0, 255, 0])?;
            canvas.dashed(&[(0.0, 38.0), (60.0, 38.0)], VERMILLION, 1.0)?;
            canvas.text("a < b", (0.0, 5.0), Type::new(8.0))
        }
    }

    #[test]
    fn pixels_are_where_they_were_asked_for() {
        let mut pixels = vec![0; 120 * 80 * 3];
        let area = BitMapBackend::with_buffer(&mut pixels, (120, 80)).into_drawing_area();
        draw_on(&Mark, &area, 2).unwrap();
        drop(area);
        let at = |x: usize, y: usize| &pixels[3 * (y * 120 + x)..][..3];
        assert_eq!(at(40, 40), [0, 0x72, 0xb2]);
        assert_eq!(at(18, 40), [255, 255, 255]);
        assert_eq!(at(80, 20), [255, 0, 0]);
        assert_eq!(at(81, 20), [0, 255, 0]);
    }

    #[test]
    fn svg_is_escaped_and_scaled() {
        let text = svg(&Mark).unwrap();
        assert!(text.contains("width=\"60\" height=\"40\" viewBox=\"0 0 120 80\""), "{text}");
        assert!(text.contains("a &lt; b") && text.contains("font-family=\"sans-serif\""));
        assert!(text.contains("href=\"data:image/png;base64,iVBOR"));
    }

    #[test]
    fn both_files_are_written_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let saved = save(&Mark, folder.path(), "mark").unwrap();
        assert!(std::fs::read(&saved.png).unwrap().starts_with(b"\x89PNG"));
        assert!(std::fs::read_to_string(&saved.svg).unwrap().starts_with("<svg"));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 2);
    }

    #[test]
    fn a_missing_folder_is_named() {
        let message = save(&Mark, Path::new("/nowhere/at/all"), "mark").unwrap_err().to_string();
        assert!(message.contains("/nowhere/at/all"), "{message}");
    }
}
