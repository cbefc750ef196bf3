//! A file that grows with every generation and is cut back to the checkpoint on resume.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::error::{EvolveError, Result};

/// What the file is called in errors: opening, reading, cutting it.
pub(crate) type Doing = [&'static str; 3];

/// Opens the file of a run that begins (empty) or goes on after `resumed` generations: then its first bytes stay, as many as
/// `kept(bytes, generation)` says, and the rest is cut off. Also whether it is new.
pub(crate) fn open(
    path: &Path,
    resumed: Option<u64>,
    [opening, reading, cutting]: Doing,
    kept: impl FnOnce(&[u8], u64) -> Result<usize>,
) -> Result<(File, bool)> {
    let going_on = resumed.filter(|&generation| generation > 0);
    let fresh = going_on.is_none();
    let file = OpenOptions::new().read(true).write(true).create(fresh).truncate(fresh).open(path);
    let mut file = file.map_err(EvolveError::io(path, opening))?;
    if let Some(generation) = going_on {
        let mut bytes = vec![];
        file.read_to_end(&mut bytes).map_err(EvolveError::io(path, reading))?;
        let length = kept(&bytes, generation)?;
        file.set_len(length as u64)
            .and_then(|()| file.seek(SeekFrom::End(0)))
            .map_err(EvolveError::io(path, cutting))?;
    }
    Ok((file, fresh))
}
