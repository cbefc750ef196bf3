//! Checkpoints: one file, written whole or not at all, checked before use.
//!
//! Line 1 is a JSON header: format, version, the caller's fingerprint, length and checksum of the rest.
//! The rest is JSON: the number of evaluations, the best so far of a single objective and the optimiser with its whole state. A file is written
//! under a temporary name, flushed to the disk, renamed, and the directory flushed.

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::budget::Lead;
use crate::error::{EvolveError, Result};
use crate::optimizer::Optimizer;

const FORMAT: &str = "evoplast-checkpoint";
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    version: u32,
    fingerprint: String,
    payload_bytes: u64,
    checksum: String,
}

/// The state of a run between two generations.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Checkpoint {
    /// Evaluations since the start of the run.
    pub evaluations: u64,
    /// The best so far, if there is one objective and something succeeded.
    #[serde(default)]
    pub lead: Option<Lead>,
    /// The search.
    pub optimizer: Box<dyn Optimizer>,
}

/// Writes a checkpoint in place of the one at `path`, if any.
///
/// # Errors
/// If the state cannot be encoded or the file cannot be written; an earlier file is then intact.
pub fn save(path: &Path, fingerprint: &str, state: &Checkpoint) -> Result<()> {
    let encode = |source| EvolveError::Encode { path: path.to_path_buf(), source };
    let payload = serde_json::to_vec(state).map_err(encode)?;
    let header = Header {
        format: FORMAT.to_string(),
        version: VERSION,
        fingerprint: fingerprint.to_string(),
        payload_bytes: payload.len() as u64,
        checksum: checksum(&payload),
    };
    let mut header = serde_json::to_vec(&header).map_err(encode)?;
    header.push(b'\n');
    write_atomically(path, &[&header, &payload])
}

/// Reads the checkpoint at `path`.
///
/// # Errors
/// If the file is missing, cut short or damaged, of another version, or was written with another
/// fingerprint; the message names the file, the field, what was found and what was expected.
pub fn load(path: &Path, fingerprint: &str) -> Result<Checkpoint> {
    let fault =
        |field, found: String, expected: String| EvolveError::File { path: path.to_path_buf(), field, found, expected };
    let bytes = fs::read(path).map_err(EvolveError::io(path, "reading the checkpoint"))?;
    let end = bytes.iter().position(|&byte| byte == b'\n');
    let end =
        end.ok_or_else(|| fault("header", format!("{} bytes without a line", bytes.len()), "a line of JSON".into()))?;
    // The version is read on its own first: another version may have another header.
    let loose: serde_json::Value = serde_json::from_slice(&bytes[..end])
        .map_err(|error| fault("header", error.to_string(), "a line of JSON".into()))?;
    let member = |name: &str| loose.get(name).map_or("nothing".to_string(), ToString::to_string);
    if loose["format"] != FORMAT {
        return Err(fault("format", member("format"), format!("\"{FORMAT}\"")));
    }
    if loose["version"] != VERSION {
        return Err(fault("version", member("version"), VERSION.to_string()));
    }
    let header: Header = serde_json::from_value(loose)
        .map_err(|error| fault("header", error.to_string(), "the header of version 1".into()))?;
    if header.fingerprint != fingerprint {
        let (found, expected) = first_difference(&header.fingerprint, fingerprint);
        return Err(fault("fingerprint of the configuration", found, expected));
    }
    let payload = &bytes[end + 1..];
    if payload.len() as u64 != header.payload_bytes {
        return Err(fault("length of the state in bytes", payload.len().to_string(), header.payload_bytes.to_string()));
    }
    let found = checksum(payload);
    if found != header.checksum {
        return Err(fault("checksum of the state", found, header.checksum));
    }
    let checkpoint: Checkpoint = serde_json::from_slice(payload)
        .map_err(|error| fault("state", error.to_string(), "the state of an optimiser known to this program".into()))?;
    checkpoint
        .optimizer
        .validate()
        .map_err(|error| fault("state", error.to_string(), "parts that fit together".into()))?;
    Ok(checkpoint)
}

/// The surroundings of the first difference of two texts.
fn first_difference(found: &str, expected: &str) -> (String, String) {
    const BEFORE: usize = 20;
    const SHOWN: usize = 60;
    let same = found.chars().zip(expected.chars()).take_while(|(a, b)| a == b).count();
    let excerpt = |text: &str| {
        let start = same.saturating_sub(BEFORE);
        let middle: String = text.chars().skip(start).take(SHOWN).collect();
        let more = text.chars().count() > start + SHOWN;
        let (front, back) = (if start > 0 { "..." } else { "" }, if more { "..." } else { "" });
        format!("\"{front}{middle}{back}\"")
    };
    (excerpt(found), excerpt(expected))
}

/// FNV-1a over 64-bit little-endian words (the last one padded with zeros), then over the length; it
/// guards against accidents, not against intent.
fn checksum(bytes: &[u8]) -> String {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut absorb = |word: u64| {
        hash = (hash ^ word).wrapping_mul(0x0000_0100_0000_01b3);
        // FNV moves differences only upwards; folding lets high bits reach the low ones.
        hash ^= hash >> 32;
    };
    for chunk in bytes.chunks(8) {
        let mut word = [0_u8; 8];
        word[..chunk.len()].copy_from_slice(chunk);
        absorb(u64::from_le_bytes(word));
    }
    absorb(bytes.len() as u64);
    format!("{hash:016x}")
}

/// Puts a file with these parts at `path`: a reader sees the old file or the whole new one.
///
/// # Errors
/// If the system refuses one of the steps; an earlier file is then intact.
pub fn write_atomically(path: &Path, parts: &[&[u8]]) -> Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_os_string();
    name.push(".tmp");
    let temporary = path.with_file_name(name);
    let write = || -> std::io::Result<()> {
        let mut file = File::create(&temporary)?;
        for part in parts {
            file.write_all(part)?;
        }
        file.sync_all()?;
        fs::rename(&temporary, path)?;
        let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty());
        // Directories can be flushed on Unix; elsewhere the rename alone has to do.
        if cfg!(unix) {
            File::open(parent.map_or_else(|| PathBuf::from("."), Path::to_path_buf))?.sync_all()?;
        }
        Ok(())
    };
    write().map_err(EvolveError::io(path, "writing the file"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_flipped_bit_and_any_cut_changes_the_checksum() {
        let bytes: Vec<u8> = (0..200_u8).collect();
        let original = checksum(&bytes);
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(checksum(&damaged), original);
        }
        let mut padded = bytes.clone();
        padded.push(0);
        assert_ne!(checksum(&padded), original);
        assert_ne!(checksum(&bytes[..199]), original);
    }

    #[test]
    fn differences_are_shown_where_they_are() {
        let long = format!("{}population=100", "x".repeat(200));
        let other = format!("{}population=200", "x".repeat(200));
        let (found, expected) = first_difference(&long, &other);
        assert!(found.ends_with("population=100\"") && found.starts_with("\"...x"), "{found}");
        assert!(expected.ends_with("population=200\""));
        assert_eq!(first_difference("a", "b"), ("\"a\"".into(), "\"b\"".into()));
    }
}
