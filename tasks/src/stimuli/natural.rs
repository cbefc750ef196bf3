//! Photographs from a folder.
//!
//! A picture becomes gray (0..1), is resampled (Lanczos) to 240 x 120 pixels of one degree and scaled to -2..2, as in
//! Chen et al. 2022, Sci Adv 8:eabq7592, <https://doi.org/10.1126/sciadv.abq7592>. They pad pictures to the aspect ratio
//! 2:1; here the default is to crop, because the few thousand neurons of a network see the central 40 x 40 degrees.

use std::path::{Path, PathBuf};

use image::imageops::{self, FilterType};
use image::{ImageBuffer, ImageReader, Luma};
use serde::{Deserialize, Serialize};

use super::image_frame::{COLS, Image, ROWS};
use super::image_set::{ImageSet, MIN_PER_SET, Normalisation, SetSize};
use crate::error::TaskError;

type Gray = ImageBuffer<Luma<f32>, Vec<f32>>;

/// How a picture is brought to the aspect ratio 2:1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fit {
    /// The largest window of this ratio in the middle; the image fills the field.
    #[default]
    Crop,
    /// The whole picture with gray margins.
    Pad,
}

/// How photographs become images.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PhotoOptions {
    /// Wanted numbers of images.
    pub size: SetSize,
    /// Cropping or padding.
    pub fit: Fit,
    /// Contrast.
    pub normalisation: Normalisation,
    /// Images per picture, at most 64: the picture is cut into g x g equal parts, g^2 the next square, of which the
    /// first ones (row by row) with contrast in their centre are used.
    pub crops_per_image: usize,
}

impl Default for PhotoOptions {
    fn default() -> Self {
        Self {
            size: SetSize::default(),
            fit: Fit::default(),
            normalisation: Normalisation::default(),
            crops_per_image: 1,
        }
    }
}

impl PhotoOptions {
    /// # Errors
    /// [`TaskError::Parameter`] if a number is out of its range.
    pub fn validate(&self) -> Result<(), TaskError> {
        self.size.validate()?;
        if !(1..=64).contains(&self.crops_per_image) {
            return Err(TaskError::parameter("crops_per_image", self.crops_per_image, "1..=64"));
        }
        Ok(())
    }
}

pub(super) fn load(folder: &Path, options: &PhotoOptions) -> Result<ImageSet, TaskError> {
    options.validate()?;
    let files = picture_files(folder)?;
    let crops = options.crops_per_image;
    let Some((n_train, n_test)) = options.size.split(files.len(), crops) else {
        return Err(TaskError::TooFewImages {
            path: folder.to_path_buf(),
            found: files.len(),
            expected: 2 * MIN_PER_SET.div_ceil(crops),
        });
    };
    let images = |files: &[PathBuf], most: usize| -> Result<Vec<Image>, TaskError> {
        let mut images = Vec::new();
        for path in files {
            images.extend(load_picture(path, options)?);
        }
        images.truncate(most);
        Ok(images)
    };
    let train = images(&files[..n_train], options.size.n_train)?;
    let test = images(&files[files.len() - n_test..], options.size.n_test)?;
    Ok(ImageSet { source: format!("{n_train} + {n_test} photographs of {}", folder.display()), train, test })
}

/// PNG and JPEG files of `folder`, sorted by name.
fn picture_files(folder: &Path) -> Result<Vec<PathBuf>, TaskError> {
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(|e| TaskError::read(folder, e))? {
        let path = entry.map_err(|e| TaskError::read(folder, e))?.path();
        let extension = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_ascii_lowercase();
        if matches!(extension.as_str(), "png" | "jpg" | "jpeg") && path.is_file() {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The images cut from one file.
fn load_picture(path: &Path, options: &PhotoOptions) -> Result<Vec<Image>, TaskError> {
    let picture = ImageReader::open(path)
        .and_then(ImageReader::with_guessed_format)
        .map_err(|e| TaskError::read(path, e))?
        .decode()
        .map_err(|e| TaskError::image(path, e))?
        .to_luma32f();
    let grid = (1..).find(|g| g * g >= options.crops_per_image as u32).unwrap_or(1);
    let (width, height) = (picture.width() / grid, picture.height() / grid);
    if width < 2 || height < 2 {
        let found = format!("{} x {} pixels are too few for {grid} x {grid} crops", picture.width(), picture.height());
        return Err(TaskError::image(path, found));
    }
    let mut images = Vec::with_capacity(options.crops_per_image);
    for cell in 0..grid * grid {
        let (left, top) = ((cell % grid) * width, (cell / grid) * height);
        let part = imageops::crop_imm(&picture, left, top, width, height).to_image();
        let mut fitted = match options.fit {
            Fit::Crop => crop(&part),
            Fit::Pad => pad(&part),
        };
        if options.normalisation.apply(&mut fitted.image) {
            fitted.clear_margins();
            images.push(fitted.image);
        }
        if images.len() == options.crops_per_image {
            return Ok(images);
        }
    }
    let found = format!("{} of {} crops have contrast in their centre", images.len(), options.crops_per_image);
    Err(TaskError::image(path, found))
}

/// An image and the part of it that the picture covers.
struct Fitted {
    image: Image,
    left: usize,
    top: usize,
    width: usize,
    height: usize,
}

impl Fitted {
    /// Places `picture` in the middle of a gray field; pixels become `(p - 0.5) * 4`.
    fn new(picture: &Gray) -> Self {
        let (width, height) = (picture.width() as usize, picture.height() as usize);
        let (left, top) = ((COLS - width) / 2, (ROWS - height) / 2);
        let image = Image::from_fn(|row, col| match (row.checked_sub(top), col.checked_sub(left)) {
            (Some(y), Some(x)) if x < width && y < height => {
                (picture.get_pixel(x as u32, y as u32).0[0].clamp(0.0, 1.0) - 0.5) * 4.0
            }
            _ => 0.0,
        });
        Self { image, left, top, width, height }
    }

    fn clear_margins(&mut self) {
        for row in 0..ROWS {
            for col in 0..COLS {
                let inside = (self.left..self.left + self.width).contains(&col)
                    && (self.top..self.top + self.height).contains(&row);
                if !inside {
                    self.image.pixels_mut()[row * COLS + col] = 0.0;
                }
            }
        }
    }
}

/// The largest window of ratio 2:1 in the middle, resampled to the field.
fn crop(picture: &Gray) -> Fitted {
    let (w, h) = picture.dimensions();
    let (width, height) = if w >= 2 * h { (2 * h, h) } else { (w, (w / 2).max(1)) };
    let window = imageops::crop_imm(picture, (w - width) / 2, (h - height) / 2, width, height).to_image();
    Fitted::new(&imageops::resize(&window, COLS as u32, ROWS as u32, FilterType::Lanczos3))
}

/// The whole picture, resampled to fit into the field.
fn pad(picture: &Gray) -> Fitted {
    let (w, h) = (f64::from(picture.width()), f64::from(picture.height()));
    let scale = (COLS as f64 / w).min(ROWS as f64 / h);
    let width = ((w * scale).round() as u32).clamp(1, COLS as u32);
    let height = ((h * scale).round() as u32).clamp(1, ROWS as u32);
    Fitted::new(&imageops::resize(picture, width, height, FilterType::Lanczos3))
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::stimuli::CENTER;
    use image::{GrayImage, RgbImage};

    /// A gray ramp from left (0) to right (255) with a checkerboard in it.
    fn picture(width: u32, height: u32, shift: u32) -> GrayImage {
        GrayImage::from_fn(width, height, |x, y| {
            let ramp = (255 * x / (width - 1)) as i32;
            let check = if (x / 8 + (y + shift) / 8).is_multiple_of(2) { 30 } else { -30 };
            Luma([(ramp + check).clamp(0, 255) as u8])
        })
    }

    fn folder(n: u32) -> tempfile::TempDir {
        let dir = tempfile::tempdir().unwrap();
        for k in 0..n {
            picture(300, 200, k).save(dir.path().join(format!("{k:02}.png"))).unwrap();
        }
        dir
    }

    fn options(n_train: usize, n_test: usize) -> PhotoOptions {
        PhotoOptions { size: SetSize { n_train, n_test }, ..PhotoOptions::default() }
    }

    #[test]
    fn cropping_keeps_the_middle() {
        let ramp = Gray::from_fn(480, 480, |x, y| Luma([if (120..360).contains(&y) { x as f32 / 479.0 } else { 1.0 }]));
        let image = crop(&ramp).image;
        for col in [5, 60, 120, 200, 234] {
            let expected = (col as f32 / 239.0 - 0.5) * 4.0;
            assert!((image.at(60, col) - expected).abs() < 0.03, "column {col}");
            assert!((image.at(3, col) - expected).abs() < 0.03, "column {col} at the upper border");
        }
    }

    #[test]
    fn padding_keeps_the_whole_picture_on_gray() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.png");
        picture(180, 120, 0).save(&path).unwrap();
        for normalisation in [Normalisation::Raw, Normalisation::EqualMeanRms] {
            let options = PhotoOptions { fit: Fit::Pad, normalisation, ..PhotoOptions::default() };
            let image = load_picture(&path, &options).unwrap().remove(0);
            assert!((0..ROWS).all(|r| (0..30).chain(210..COLS).all(|c| image.at(r, c) == 0.0)));
            assert!((0..ROWS).all(|r| image.at(r, 31) < -0.5 && image.at(r, 208) > 0.5));
        }
    }

    #[test]
    fn sorted_files_split_without_overlap() {
        let dir = folder(6);
        let set = ImageSet::from_folder(dir.path(), &options(4, 2)).unwrap();
        assert_eq!((set.train.len(), set.test.len()), (4, 2));
        let single =
            |k: usize| load_picture(&dir.path().join(format!("{k:02}.png")), &options(4, 2)).unwrap().remove(0);
        assert_eq!(set.train[0], single(0));
        assert_eq!(set.train[3], single(3));
        assert_eq!(set.test, [single(4), single(5)]);
        for image in &set.train {
            let (mean, rms) = image.mean_and_rms(CENTER);
            assert!(mean.abs() < 0.05 && (rms - 1.0).abs() < 0.08);
        }
    }

    #[test]
    fn crops_multiply_pictures() {
        let dir = folder(2);
        let options = PhotoOptions { crops_per_image: 3, ..options(3, 2) };
        let set = ImageSet::from_folder(dir.path(), &options).unwrap();
        assert_eq!((set.train.len(), set.test.len()), (3, 2));
        assert!(set.train[0] != set.train[1] && set.train[1] != set.train[2]);

        // a flat first quarter (sky) gives way to the next one
        let path = dir.path().join("sky.png");
        let mut sky = picture(400, 200, 0);
        imageops::replace(&mut sky, &GrayImage::from_pixel(200, 100, Luma([200])), 0, 0);
        sky.save(&path).unwrap();
        let parts = |n| load_picture(&path, &PhotoOptions { crops_per_image: n, ..PhotoOptions::default() });
        assert_eq!(parts(3).unwrap().len(), 3);
        assert!(parts(4).unwrap_err().to_string().contains("3 of 4 crops"));
    }

    #[test]
    fn other_files_and_folders_are_skipped() {
        let dir = folder(4);
        std::fs::write(dir.path().join("notes.txt"), "no image").unwrap();
        std::fs::write(dir.path().join("png"), "no extension").unwrap();
        std::fs::create_dir(dir.path().join("more.png")).unwrap();
        let colour = RgbImage::from_fn(64, 40, |x, y| image::Rgb([(4 * x) as u8, (6 * y) as u8, 90]));
        colour.save(dir.path().join("zz.JPG")).unwrap();
        let set = ImageSet::from_folder(dir.path(), &options(3, 2)).unwrap();
        assert_eq!((set.train.len(), set.test.len()), (3, 2));
    }

    #[test]
    fn errors_name_folder_or_file() {
        let text = |dir: &Path| ImageSet::from_folder(dir, &options(2, 2)).unwrap_err().to_string();
        let dir = folder(3);
        assert!(text(&dir.path().join("nowhere")).contains("nowhere: cannot read"));
        let few = text(dir.path());
        assert!(few.contains("found 3") && few.contains("at least 4"), "{few}");
        let empty = tempfile::tempdir().unwrap();
        assert!(text(empty.path()).contains("found 0"));

        let dir = folder(4);
        let good = std::fs::read(dir.path().join("02.png")).unwrap();
        for (bytes, name) in [
            (&good[..good.len() / 2], "truncated"),
            (&good[..20], "header only"),
            (b"not a picture".as_slice(), "text"),
            (b"".as_slice(), "empty"),
        ] {
            std::fs::write(dir.path().join("02.png"), bytes).unwrap();
            let message = text(dir.path());
            assert!(message.contains("02.png") && !message.contains('\n'), "{name}: {message}");
        }
        GrayImage::from_pixel(50, 40, Luma([80])).save(dir.path().join("02.png")).unwrap();
        assert!(text(dir.path()).contains("02.png: not a usable image: 0 of 1 crops"));
        GrayImage::from_pixel(1, 40, Luma([80])).save(dir.path().join("02.png")).unwrap();
        assert!(text(dir.path()).contains("1 x 40 pixels"));
    }

    #[test]
    fn options_out_of_range() {
        let dir = folder(4);
        for bad in [options(0, 2), options(2, 1), PhotoOptions { crops_per_image: 0, ..options(2, 2) }] {
            assert!(matches!(ImageSet::from_folder(dir.path(), &bad), Err(TaskError::Parameter { .. })));
        }
    }
}
