//! Files that are either complete or absent.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Removes an unfinished file when the write did not succeed.
struct Unfinished {
    path: PathBuf,
    done: bool,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if !self.done {
            // The first error is the one worth reporting; a leftover is only untidy.
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Writes `path` through a temporary file in the same folder: write, fsync, rename, fsync of the folder.
///
/// A reader sees the old file or the new one, never a part. When `write` fails nothing is left behind
/// and an older file keeps its content.
///
/// # Errors
/// The error of `write`, or [`Error::Io`] with the path.
pub fn write_atomic(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> Result<()>) -> Result<()> {
    replace(path, |part| {
        let file = File::create(part).map_err(Error::io("create", part))?;
        let mut file = BufWriter::new(file);
        write(&mut file)?;
        file.flush().map_err(Error::io("write", path))
    })
}

/// Writes `bytes` to `path` as [`write_atomic`] does.
///
/// # Errors
/// [`Error::Io`] with the path.
pub fn write_bytes(path: &Path, bytes: &[u8]) -> Result<()> {
    write_atomic(path, |file| file.write_all(bytes).map_err(Error::io("write", path)))
}

/// Lets `produce` create a file under a temporary name and moves it to `path` when it is complete.
///
/// The temporary name keeps the extension, because some encoders choose the format by it.
pub(crate) fn replace(path: &Path, produce: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let name = path.file_name().map(|n| n.to_string_lossy().into_owned()).unwrap_or_default();
    let mut part = Unfinished { path: path.with_file_name(format!(".part-{name}")), done: false };
    produce(&part.path)?;
    File::open(&part.path).and_then(|file| file.sync_all()).map_err(Error::io("write", path))?;
    fs::rename(&part.path, path).map_err(Error::io("write", path))?;
    part.done = true;
    sync_folder(path)
}

/// Makes the rename itself durable. Only Unix can open a folder for this.
fn sync_folder(path: &Path) -> Result<()> {
    if cfg!(unix) {
        let folder = match path.parent() {
            Some(parent) if !parent.as_os_str().is_empty() => parent,
            _ => Path::new("."),
        };
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(Error::io("write", folder))?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn replaces_the_whole_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_bytes(&path, b"a long first version").unwrap();
        write_bytes(&path, b"short").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"short");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn a_failed_write_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.txt");
        write_bytes(&path, b"old").unwrap();
        let failed = write_atomic(&path, |file| {
            file.write_all(b"half of the new").map_err(Error::io("write", &path))?;
            Err(Error::Draw { reason: "no".into() })
        });
        assert!(failed.is_err());
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn an_error_names_the_path() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("missing").join("a.txt");
        let message = write_bytes(&path, b"x").unwrap_err().to_string();
        assert!(message.contains("missing"), "{message}");
        assert!(!message.contains('\n'));
    }
}
