//! A contact sheet of stimuli.

use super::{TITLE_LINE, check_length, cut, title};
use crate::canvas::{Canvas, Figure, Side, Type};
use crate::error::{Error, Result};
use crate::style::{LABEL, SMALL, SOFT};

/// A picture in shades of grey.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GreyImage {
    /// What it is.
    pub label: String,
    /// Width in pixels.
    pub width: usize,
    /// Height in pixels.
    pub height: usize,
    /// Rows from the top, 0 black to 255 white.
    pub pixels: Vec<u8>,
}

impl GreyImage {
    /// A picture of numbers, black at `black` and white at `white`; what lies outside is cut, NaN is black.
    pub fn from_values(label: &str, width: usize, height: usize, values: &[f32], black: f32, white: f32) -> Self {
        let grey = |value: &f32| ((value - black) / (white - black) * 255.0).round().clamp(0.0, 255.0) as u8;
        Self { label: label.into(), width, height, pixels: values.iter().map(grey).collect() }
    }

    /// Red, green and blue at another size: the mean of the source pixels that a target pixel covers.
    fn resized(&self, width: usize, height: usize) -> Vec<u8> {
        let mut rgb = Vec::with_capacity(3 * width * height);
        let span = |i: usize, of: usize, source: usize| {
            let start = i * source / of;
            start..((i + 1) * source / of).max(start + 1)
        };
        for row in 0..height {
            for column in 0..width {
                let (mut sum, mut n) = (0u32, 0u32);
                for y in span(row, height, self.height) {
                    for x in span(column, width, self.width) {
                        sum += u32::from(self.pixels[y * self.width + x]);
                        n += 1;
                    }
                }
                rgb.extend([((sum + n / 2) / n) as u8; 3]);
            }
        }
        rgb
    }
}

/// Pictures in rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactSheet {
    /// Title.
    pub title: String,
    /// The pictures; those of one sheet should have one shape, the first sets the room for all.
    pub images: Vec<GreyImage>,
    /// Pictures in a row.
    pub columns: usize,
}

const LEFT: f64 = 24.0;
const GAP: f64 = 14.0;
const CAPTION: f64 = 26.0;
const TOP: f64 = 2.0 * TITLE_LINE;

impl ContactSheet {
    fn columns(&self) -> usize {
        self.columns.clamp(1, 24)
    }

    /// Width and height of the room for a picture.
    fn cell(&self) -> (f64, f64) {
        let columns = self.columns() as f64;
        let width = ((1200.0 - 2.0 * LEFT - GAP * (columns - 1.0)) / columns).floor();
        let ratio = self.images.first().map_or(0.5, |image| image.height.max(1) as f64 / image.width.max(1) as f64);
        (width, (width * ratio).clamp(8.0, 600.0).floor())
    }
}

impl Figure for ContactSheet {
    fn size(&self) -> (u32, u32) {
        let rows = self.images.len().div_ceil(self.columns()).max(1);
        (1200, (TOP + rows as f64 * (self.cell().1 + CAPTION + GAP)) as u32)
    }

    fn draw(&self, canvas: &dyn Canvas) -> Result<()> {
        title(canvas, &self.title)?;
        if self.images.is_empty() {
            return canvas.text("no data", (600.0, TOP + 20.0), Type::new(LABEL).colour(SOFT).side(Side::Centre));
        }
        let (wide, high) = self.cell();
        for (i, image) in self.images.iter().enumerate() {
            check_length(|| format!("picture {:?}", image.label), image.width * image.height, image.pixels.len())?;
            if image.pixels.is_empty() {
                return Err(Error::Draw { reason: format!("picture {:?} has no pixels", image.label) });
            }
            let (column, row) = ((i % self.columns()) as f64, (i / self.columns()) as f64);
            let (left, top) = (LEFT + column * (wide + GAP), TOP + row * (high + CAPTION + GAP));
            let scale = (wide / image.width as f64).min(high / image.height as f64);
            let size = |pixels: usize| (pixels as f64 * scale).floor().max(1.0);
            let (width, height) = (size(image.width), size(image.height));
            let density = canvas.density();
            let (columns, rows) = (width as u32 * density, height as u32 * density);
            let rgb = image.resized(columns as usize, rows as usize);
            canvas.picture((left + ((wide - width) / 2.0).floor(), top), columns, rows, &rgb)?;
            let label = cut(canvas, &image.label, SMALL, wide);
            let look = Type::new(SMALL).colour(SOFT).side(Side::Centre);
            canvas.text(&label, (left + wide / 2.0, top + high + 14.0), look)?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::super::test::drawn;
    use super::*;

    fn image(width: usize, height: usize) -> GreyImage {
        let values: Vec<f32> = (0..width * height).map(|i| i as f32).collect();
        GreyImage::from_values("image", width, height, &values, 0.0, (width * height) as f32)
    }

    #[test]
    fn no_image_one_pixel_and_many_images_draw() {
        for (images, columns) in
            [(vec![], 0), (vec![image(1, 1)], 1), (vec![image(24, 12); 7], 3), (vec![image(3, 500)], 2)]
        {
            assert!(drawn(&ContactSheet { title: "t".into(), images, columns }).0 > 0.0002);
        }
    }

    #[test]
    fn resizing_takes_the_mean() {
        let image = GreyImage { label: String::new(), width: 2, height: 2, pixels: vec![0, 100, 100, 200] };
        assert_eq!(image.resized(1, 1), [100; 3]);
        assert_eq!(image.resized(4, 2)[..6], [0; 6]);
    }

    #[test]
    fn values_outside_are_cut() {
        let image = GreyImage::from_values("", 4, 1, &[-2.0, 0.0, 9.0, f32::NAN], -1.0, 1.0);
        assert_eq!(image.pixels, [0, 128, 255, 0]);
    }

    #[test]
    fn missing_pixels_are_refused() {
        let mut short = image(2, 2);
        short.pixels.pop();
        let sheet = ContactSheet { title: "t".into(), images: vec![short], columns: 1 };
        assert_eq!(
            crate::canvas::svg(&sheet).unwrap_err().to_string(),
            "picture \"image\": expected 4 values, found 3"
        );
    }
}
