//! The IDX format of MNIST and its relatives, plain or compressed by gzip.
//!
//! A file is a header and bytes: two zeros, the type of the elements (8: unsigned bytes), the number of dimensions, and each
//! dimension as a big-endian 32-bit number. Images have three dimensions (magic number 2051), labels one (2049).
//!
//! Source: LeCun, Bottou, Bengio, Haffner 1998, Proc IEEE 86:2278, doi 10.1109/5.726791; format: the MNIST page,
//! <http://yann.lecun.com/exdb/mnist/>.

use super::dataset::{Dataset, Split};
use crate::TaskError;
use flate2::read::MultiGzDecoder;
use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

/// A folder with the four files of a data set under their usual names, such as `train-images-idx3-ubyte.gz`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdxFolder {
    /// The folder.
    pub path: PathBuf,
    /// Number of classes; labels are below it.
    pub classes: usize,
}

impl IdxFolder {
    /// A folder of one of the sets with ten classes: MNIST, Fashion-MNIST, KMNIST.
    #[must_use]
    pub fn ten_classes(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), classes: 10 }
    }

    /// Reads training and test samples; pixels become numbers from 0 to 1.
    ///
    /// # Errors
    /// A file that is missing, malformed, too short or too long; numbers of images and labels that differ; images of
    /// different sizes; a label out of range.
    pub fn read(&self) -> Result<Split, TaskError> {
        let (train, pixels) = self.part("train", None)?;
        let (test, _) = self.part("t10k", Some(pixels))?;
        Ok(Split { train, test })
    }

    fn part(&self, name: &str, pixels: Option<(usize, usize)>) -> Result<(Dataset, (usize, usize)), TaskError> {
        let images_path = self.find(&format!("{name}-images"), "idx3-ubyte")?;
        let labels_path = self.find(&format!("{name}-labels"), "idx1-ubyte")?;
        let images = read_images(&images_path)?;
        let labels = read_labels(&labels_path)?;
        if let Some((rows, columns)) = pixels
            && (images.rows, images.columns) != (rows, columns)
        {
            let found = format!("{} x {}", images.rows, images.columns);
            let expected = format!("{rows} x {columns}, as the training images");
            return Err(TaskError::idx(&images_path, "size of the images", found, expected));
        }
        if images.count != labels.len() {
            let expected = format!("{}, one for each of {}", images.count, images_path.display());
            return Err(TaskError::idx(&labels_path, "number of labels", labels.len(), expected));
        }
        if let Some(index) = labels.iter().position(|&label| usize::from(label) >= self.classes) {
            let expected = format!("less than {}, the number of classes", self.classes);
            return Err(TaskError::idx(&labels_path, &format!("label {index}"), labels[index], expected));
        }
        let features = images.pixels.iter().map(|&p| f32::from(p) / 255.0).collect();
        let data = Dataset::new(features, images.rows * images.columns, labels, self.classes)?;
        Ok((data, (images.rows, images.columns)))
    }

    /// The file of a name, with or without `.gz`, and with a hyphen or a dot before the type.
    fn find(&self, name: &str, kind: &str) -> Result<PathBuf, TaskError> {
        let names = ["-", "."].map(|joint| format!("{name}{joint}{kind}"));
        let paths = names.iter().flat_map(|n| [self.path.join(n), self.path.join(format!("{n}.gz"))]);
        let expected = format!("{} or {}.gz", names[0], names[0]);
        paths
            .into_iter()
            .find(|path| path.is_file())
            .ok_or_else(|| TaskError::idx(&self.path, "files", format!("no {name}"), expected))
    }
}

/// Images as bytes, row by row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Images {
    /// Number of images.
    pub count: usize,
    /// Rows of an image.
    pub rows: usize,
    /// Columns of an image.
    pub columns: usize,
    /// `count` x `rows` x `columns` grey values.
    pub pixels: Vec<u8>,
}

/// Reads a file of images.
///
/// # Errors
/// As [`IdxFolder::read`].
pub fn read_images(path: &Path) -> Result<Images, TaskError> {
    let (sizes, pixels) = read(path, 3)?;
    Ok(Images { count: sizes[0], rows: sizes[1], columns: sizes[2], pixels })
}

/// Reads a file of labels.
///
/// # Errors
/// As [`IdxFolder::read`].
pub fn read_labels(path: &Path) -> Result<Vec<u8>, TaskError> {
    Ok(read(path, 1)?.1)
}

/// Sizes and bytes of a file with this number of dimensions.
fn read(path: &Path, dimensions: u8) -> Result<(Vec<usize>, Vec<u8>), TaskError> {
    let open = || File::open(path).map_err(|error| TaskError::read(path, error));
    let mut start = [0; 2];
    let compressed = open()?.read_exact(&mut start).is_ok() && start == [0x1f, 0x8b];
    let file = BufReader::new(open()?);
    let mut reader: Box<dyn Read> = if compressed { Box::new(MultiGzDecoder::new(file)) } else { Box::new(file) };

    let mut header = vec![0; 4 + 4 * usize::from(dimensions)];
    fill(path, &mut reader, &mut header[..4], "header")?;
    let expected = [0, 0, 8, dimensions];
    if header[..4] != expected {
        let kind = |magic: &[u8]| match magic {
            [0, 0, 8, 3] => " (images)",
            [0, 0, 8, 1] => " (labels)",
            _ => "",
        };
        let text = |magic: &[u8]| format!("{magic:?}{}", kind(magic));
        return Err(TaskError::idx(path, "magic number", text(&header[..4]), text(&expected)));
    }
    fill(path, &mut reader, &mut header[4..], "header")?;
    let word = |bytes: &[u8]| bytes.iter().fold(0_usize, |word, &byte| word << 8 | usize::from(byte));
    let sizes: Vec<usize> = header[4..].chunks_exact(4).map(word).collect();
    let shape = sizes.iter().map(usize::to_string).collect::<Vec<_>>().join(" x ");
    let total = sizes.iter().try_fold(1_usize, |product, &size| product.checked_mul(size)).filter(|&t| t > 0);
    let Some(total) = total.filter(|&t| t < 1 << 40) else {
        return Err(TaskError::idx(path, "sizes in the header", shape, "at least 1 each, less than 2^40 in all"));
    };
    // What the file has decides how much memory is taken, not what its header says.
    let mut bytes = Vec::new();
    let limit = total as u64 + 1;
    reader.take(limit).read_to_end(&mut bytes).map_err(|error| TaskError::read(path, error))?;
    if bytes.len() != total {
        let found = if bytes.len() > total { format!("more than {total}") } else { bytes.len().to_string() };
        return Err(TaskError::idx(path, "bytes after the header", found, format!("{total} for {shape}")));
    }
    Ok((sizes, bytes))
}

fn fill(path: &Path, reader: &mut dyn Read, bytes: &mut [u8], what: &str) -> Result<(), TaskError> {
    let expected = bytes.len();
    let mut have = 0;
    while have < expected {
        match reader.read(&mut bytes[have..]) {
            Ok(0) => {
                let found = format!("the end of the file after {have} of {expected} bytes");
                return Err(TaskError::idx(path, what, found, "a whole header"));
            }
            Ok(more) => have += more,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => (),
            Err(error) => return Err(TaskError::read(path, error)),
        }
    }
    Ok(())
}
