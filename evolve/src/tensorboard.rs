//! Scalars of every generation as an event file for TensorBoard.
//!
//! The file is a row of records: the length of the data (8 bytes, little endian), a masked CRC-32C of these bytes, the data,
//! and a masked CRC-32C of the data. The data are `Event` messages in the wire format of protocol buffers with the fields
//! `wall_time` (1), `step` (2), `file_version` (3) and `summary` (5), as TensorBoard's `event.proto` and `summary.proto` have them.
//! The step is the generation, and the tags are the columns of [`MetricsCsv`](crate::MetricsCsv).
//!
//! Nothing here reads a clock: without [`timed_by`](TensorBoard::timed_by) all events have the time 0, and a run writes the same
//! bytes wherever it runs. On resume, records after the checkpoint's generation and an unfinished last one are cut off.

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::error::{EvolveError, Result};
use crate::generation_numbers::GenerationNumbers;
use crate::growing_file;
use crate::objective::Objective;
use crate::observer::{GenerationReport, Observer};

/// Name of the event file: TensorBoard looks for names with `tfevents`.
const NAME: &str = "events.out.tfevents.evoplast";
/// First event of every file.
const VERSION: &str = "brain.Event:2";

/// Writes the event file of a run.
pub struct TensorBoard {
    path: PathBuf,
    file: Option<File>,
    numbers: GenerationNumbers,
    clock: Box<dyn FnMut() -> f64 + Send>,
}

impl TensorBoard {
    /// Events in this folder, a run of its own in TensorBoard; it has to exist when the run starts.
    #[must_use]
    pub fn new(folder: impl AsRef<Path>) -> Self {
        let path = folder.as_ref().join(NAME);
        Self { path, file: None, numbers: GenerationNumbers::default(), clock: Box::new(|| 0.0) }
    }

    /// Takes the time of an event, in seconds since 1970, from this clock.
    #[must_use]
    pub fn timed_by(self, clock: impl FnMut() -> f64 + Send + 'static) -> Self {
        Self { clock: Box::new(clock), ..self }
    }

    /// The event file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn append(&mut self, step: u64, content: &[u8]) -> Result<()> {
        let mut event = vec![];
        fixed64(&mut event, 1, (self.clock)());
        varint_field(&mut event, 2, step);
        event.extend_from_slice(content);
        let io = EvolveError::io(&self.path, "appending an event");
        let Some(file) = &mut self.file else {
            return Err(EvolveError::Observer("event file used before the start".into()));
        };
        file.write_all(&record(&event)).and_then(|()| file.sync_data()).map_err(io)
    }
}

impl Observer for TensorBoard {
    fn on_start(&mut self, objective: &dyn Objective, resumed: Option<u64>) -> Result<()> {
        self.numbers = GenerationNumbers::of(objective);
        let path = &self.path;
        let doing = ["opening the event file", "reading the event file", "cutting the event file"];
        let kept = |bytes: &[u8], generation| complete_part(bytes, generation, path);
        let (file, fresh) = growing_file::open(path, resumed, doing, kept)?;
        self.file = Some(file);
        if fresh {
            let mut version = vec![];
            bytes_field(&mut version, 3, VERSION.as_bytes());
            self.append(0, &version)?;
        }
        Ok(())
    }

    fn on_generation(&mut self, report: &GenerationReport<'_>) -> Result<()> {
        let mut summary = vec![];
        for (tag, value) in self.numbers.read(report) {
            let Some(value) = value.map(|value| value as f32).filter(|value| value.is_finite()) else { continue };
            let mut entry = vec![];
            bytes_field(&mut entry, 1, tag.as_bytes());
            entry.push(2 << 3 | 5);
            entry.extend_from_slice(&value.to_le_bytes());
            bytes_field(&mut summary, 1, &entry);
        }
        let mut content = vec![];
        bytes_field(&mut content, 5, &summary);
        self.append(report.generation, &content)
    }
}

fn varint(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

fn varint_field(out: &mut Vec<u8>, field: u8, value: u64) {
    out.push(field << 3);
    varint(out, value);
}

fn fixed64(out: &mut Vec<u8>, field: u8, value: f64) {
    out.push(field << 3 | 1);
    out.extend_from_slice(&value.to_le_bytes());
}

fn bytes_field(out: &mut Vec<u8>, field: u8, bytes: &[u8]) {
    out.push(field << 3 | 2);
    varint(out, bytes.len() as u64);
    out.extend_from_slice(bytes);
}

/// A CRC over bytes that may contain CRCs themselves is rotated and shifted.
fn masked_crc(bytes: &[u8]) -> [u8; 4] {
    crc32c::crc32c(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes()
}

fn record(data: &[u8]) -> Vec<u8> {
    let length = (data.len() as u64).to_le_bytes();
    [&length[..], &masked_crc(&length), data, &masked_crc(data)].concat()
}

/// The first complete record of some bytes: its data and its length; `None` if it is not whole or its CRCs do not fit.
fn first_record(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let (length, rest) = bytes.split_first_chunk::<8>()?;
    let (crc, rest) = rest.split_first_chunk::<4>()?;
    let size = usize::try_from(u64::from_le_bytes(*length)).ok().filter(|_| *crc == masked_crc(length))?;
    let data = rest.get(..size)?;
    let crc = rest.get(size..size.checked_add(4)?)?;
    (crc == masked_crc(data)).then_some((data, 16 + size))
}

/// The step of an event: all of ours begin with the time and the step.
fn step(event: &[u8]) -> Option<u64> {
    let rest = event.get(9..).filter(|rest| rest.first() == Some(&(2 << 3)))?;
    let (mut value, mut shift) = (0_u64, 0);
    for byte in rest[1..].iter().take(10) {
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        shift += 7;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Length of the records up to `generation`, which all have to be there.
fn complete_part(bytes: &[u8], generation: u64, path: &Path) -> Result<usize> {
    let (mut length, mut last) = (0, None);
    while let Some((event, size)) = first_record(&bytes[length..]) {
        match step(event) {
            Some(step) if step <= generation => last = Some(step),
            _ => break,
        }
        length += size;
    }
    if last == Some(generation) {
        return Ok(length);
    }
    Err(EvolveError::File {
        path: path.to_path_buf(),
        field: "last generation",
        found: last.map_or_else(|| "no event".into(), |last| last.to_string()),
        expected: format!("{generation} (generations in the checkpoint)"),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn records_are_those_that_tensorboard_writes() {
        // RFC 3720 (B.4) and the check value of CRC-32C.
        assert_eq!(crc32c::crc32c(b"123456789"), 0xe306_9283);
        assert_eq!(crc32c::crc32c(&[0; 32]), 0x8a91_36aa);
        // The first record of a file of tensorboard 2.20 at time 0, made with its EventFileWriter.
        let mut version = vec![];
        fixed64(&mut version, 1, 0.0);
        bytes_field(&mut version, 3, VERSION.as_bytes());
        assert_eq!(&version[9..], b"\x1a\x0dbrain.Event:2");
        let bytes = record(&version);
        assert_eq!(first_record(&bytes).unwrap(), (&version[..], bytes.len()));
    }

    #[test]
    fn later_unfinished_and_damaged_records_are_cut_and_gaps_refused() {
        let event = |generation: u64| {
            let mut event = vec![];
            fixed64(&mut event, 1, 1.5);
            varint_field(&mut event, 2, generation);
            record(&event)
        };
        let path = Path::new("events");
        let whole = [event(0), event(1), event(300)].concat();
        assert_eq!(complete_part(&whole, 300, path).unwrap(), whole.len());
        let two = event(0).len() + event(1).len();
        assert_eq!(complete_part(&whole, 1, path).unwrap(), two);
        assert_eq!(complete_part(&whole[..whole.len() - 1], 1, path).unwrap(), two);
        for damaged in [whole[..two - 3].to_vec(), vec![], [&whole[..20], &[0xff], &whole[21..]].concat()] {
            assert!(complete_part(&damaged, 1, path).is_err());
        }
        let error = complete_part(&whole, 2, path).unwrap_err().to_string();
        assert_eq!(error, "events: last generation: found 1, expected 2 (generations in the checkpoint)");
    }
}
