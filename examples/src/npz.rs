//! Named arrays in one `.npz` file, which `numpy.load` reads.
//!
//! The file is not compressed and carries no date, so equal arrays give equal bytes.

use std::collections::BTreeMap;
use std::path::Path;

use npyz::npz::{NpzArchive, NpzWriter};
use npyz::zip::{CompressionMethod, DateTime, write::FileOptions};
use npyz::{AutoSerialize, NpyFile, WriterBuilder};

use crate::atomic::write_atomic;
use crate::error::{Error, Result};

/// The numbers of an array, in C order (last index fastest).
#[derive(Debug, Clone, PartialEq)]
pub enum Values {
    /// Single precision.
    F32(Vec<f32>),
    /// Double precision.
    F64(Vec<f64>),
    /// Counts and indices.
    U32(Vec<u32>),
}

impl Values {
    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(values) => values.len(),
            Self::F64(values) => values.len(),
            Self::U32(values) => values.len(),
        }
    }

    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The first value that is not finite, with its index.
    fn not_finite(&self) -> Option<(usize, f64)> {
        let bad = |(_, value): &(usize, f64)| !value.is_finite();
        match self {
            Self::F32(values) => values.iter().map(|&v| f64::from(v)).enumerate().find(bad),
            Self::F64(values) => values.iter().copied().enumerate().find(bad),
            Self::U32(_) => None,
        }
    }
}

impl From<Vec<f32>> for Values {
    fn from(values: Vec<f32>) -> Self {
        Self::F32(values)
    }
}

impl From<Vec<f64>> for Values {
    fn from(values: Vec<f64>) -> Self {
        Self::F64(values)
    }
}

impl From<Vec<u32>> for Values {
    fn from(values: Vec<u32>) -> Self {
        Self::U32(values)
    }
}

/// One array.
#[derive(Debug, Clone, PartialEq)]
pub struct Array {
    /// Lengths of the dimensions, slowest first.
    pub shape: Vec<usize>,
    /// The numbers; as many as the product of `shape`.
    pub values: Values,
}

/// Named arrays, in the order of their names.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arrays {
    arrays: BTreeMap<String, Array>,
}

impl Arrays {
    /// No arrays.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an array, or replaces the one of the same name.
    ///
    /// # Errors
    /// [`Error::Length`] when `shape` does not fit, [`Error::NotFinite`] with the index of the value.
    pub fn insert(&mut self, name: &str, shape: &[usize], values: impl Into<Values>) -> Result<()> {
        let values = values.into();
        let expected = shape.iter().product();
        if values.len() != expected {
            return Err(Error::Length { what: format!("array {name}"), expected, found: values.len() });
        }
        if let Some((index, value)) = values.not_finite() {
            let at = format!("value {index}");
            return Err(Error::NotFinite { what: format!("array {name}"), at, value });
        }
        self.arrays.insert(name.to_owned(), Array { shape: shape.to_vec(), values });
        Ok(())
    }

    /// The array of this name.
    pub fn get(&self, name: &str) -> Option<&Array> {
        self.arrays.get(name)
    }

    /// All arrays with their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Array)> {
        self.arrays.iter().map(|(name, array)| (name.as_str(), array))
    }

    /// Writes all arrays to one file, whole or not at all.
    ///
    /// # Errors
    /// [`Error::Io`] with the path.
    pub fn save(&self, path: &Path) -> Result<()> {
        write_atomic(path, |file| {
            let mut npz = NpzWriter::new(file);
            for (name, array) in &self.arrays {
                let written = match &array.values {
                    Values::F32(values) => write(&mut npz, name, &array.shape, values),
                    Values::F64(values) => write(&mut npz, name, &array.shape, values),
                    Values::U32(values) => write(&mut npz, name, &array.shape, values),
                };
                written.map_err(Error::io("write", path))?;
            }
            npz.zip_writer().finish().map_err(|e| Error::io("write", path)(e.into()))?;
            Ok(())
        })
    }

    /// Reads a file written by [`Arrays::save`], or by numpy with arrays of the same three types.
    ///
    /// # Errors
    /// [`Error::Io`] when the file cannot be opened, [`Error::Decode`] when it is not such a file.
    pub fn load(path: &Path) -> Result<Self> {
        let file = std::fs::File::open(path).map_err(Error::io("open", path))?;
        let decode = || Error::decode("npz", path);
        let mut archive = NpzArchive::new(std::io::BufReader::new(file)).map_err(decode())?;
        let names: Vec<String> = archive.array_names().map(str::to_owned).collect();
        let mut arrays = BTreeMap::new();
        for name in names {
            let npy = archive.by_name(&name).map_err(decode())?;
            let npy = npy.ok_or_else(|| Error::decode("npz", path)(format!("array {name} is listed but absent")))?;
            arrays.insert(name, read(npy).map_err(decode())?);
        }
        Ok(Self { arrays })
    }
}

fn write<T: AutoSerialize + Copy, W: std::io::Write + std::io::Seek>(
    npz: &mut NpzWriter<W>,
    name: &str,
    shape: &[usize],
    values: &[T],
) -> std::io::Result<()> {
    let options = FileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(DateTime::default())
        .large_file(size_of_val(values) >= 1 << 31);
    let shape: Vec<u64> = shape.iter().map(|&n| n as u64).collect();
    let mut npy = npz.array(name, options)?.default_dtype().shape(&shape).begin_nd()?;
    npy.extend(values.iter().copied())?;
    npy.finish()
}

fn read<R: std::io::Read>(npy: NpyFile<R>) -> std::io::Result<Array> {
    let shape = npy.shape().iter().map(|&n| n as usize).collect();
    if npy.order() != npyz::Order::C {
        return Err(std::io::Error::other("the order is Fortran, expected C"));
    }
    let type_name = npy.dtype().descr();
    let values = match type_name.trim_matches('\'') {
        "<f4" => Values::F32(npy.into_vec()?),
        "<f8" => Values::F64(npy.into_vec()?),
        "<u4" => Values::U32(npy.into_vec()?),
        other => return Err(std::io::Error::other(format!("type {other}, expected <f4, <f8 or <u4"))),
    };
    Ok(Array { shape, values })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn sample() -> Arrays {
        let mut arrays = Arrays::new();
        arrays.insert("weights", &[2, 3], vec![1.0_f32, -2.5, 0.1, 3.0, 4.0, f32::MIN_POSITIVE]).unwrap();
        arrays.insert("accuracy", &[2], vec![0.1_f64, 1.0 / 3.0]).unwrap();
        arrays.insert("counts", &[1, 1, 2], vec![0_u32, u32::MAX]).unwrap();
        arrays.insert("empty", &[0, 4], Vec::<f64>::new()).unwrap();
        arrays.insert("scalar", &[], vec![7.0_f64]).unwrap();
        arrays
    }

    #[test]
    fn comes_back_bit_for_bit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("arrays.npz");
        sample().save(&path).unwrap();
        assert_eq!(Arrays::load(&path).unwrap(), sample());
    }

    #[test]
    fn equal_arrays_give_equal_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let (a, b) = (folder.path().join("a.npz"), folder.path().join("b.npz"));
        sample().save(&a).unwrap();
        sample().save(&b).unwrap();
        assert_eq!(std::fs::read(a).unwrap(), std::fs::read(b).unwrap());
    }

    #[test]
    fn wrong_shapes_and_values_are_refused() {
        let mut arrays = Arrays::new();
        let shape = arrays.insert("w", &[2, 2], vec![0.0_f32; 3]).unwrap_err().to_string();
        assert_eq!(shape, "array w: expected 4 values, found 3");
        let value = arrays.insert("w", &[3], vec![0.0, f64::NAN, 0.0]).unwrap_err().to_string();
        assert!(value.contains("array w: value 1 is NaN"), "{value}");
        assert_eq!(arrays, Arrays::new());
    }

    #[test]
    fn a_file_that_is_no_archive_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("arrays.npz");
        std::fs::write(&path, b"not a zip").unwrap();
        assert!(Arrays::load(&path).unwrap_err().to_string().contains("arrays.npz as npz"));
    }
}
