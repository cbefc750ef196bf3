//! The event file of a run: the same bytes after stop and resume, and numbers that agree with the table.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;

use evoplast_evolve::problems::{Function, Landscape};
use evoplast_evolve::{Budget, CmaEsConfig, Executor, MetricsCsv, Objective, OptimizerConfig, Serial, TensorBoard};

fn run(folder: &Path, generations: u64, resume: bool) -> Result<(), String> {
    let objective = Landscape::new(Function::Sphere, 4).unwrap();
    let optimizer = CmaEsConfig::default().build(objective.space(), objective.objectives(), 3).unwrap();
    let (mut events, mut csv) = (TensorBoard::new(folder), MetricsCsv::new(folder.join("run.csv")));
    let executor = Executor::new(&Serial, Budget::generations(generations))
        .checkpoint(folder.join("run.json"), "f")
        .observe(&mut events)
        .observe(&mut csv);
    let finished = if resume { executor.resume(&objective) } else { executor.run(&objective, optimizer) };
    finished.map(|_| ()).map_err(|error| error.to_string())
}

/// The scalars of an event file as (tag, step, value), by a reader that knows the format only from its definition.
fn scalars(mut bytes: &[u8]) -> Vec<(String, u64, f32)> {
    fn varint(bytes: &mut &[u8]) -> u64 {
        let (mut value, mut shift) = (0, 0);
        loop {
            let byte = bytes[0];
            *bytes = &bytes[1..];
            value |= u64::from(byte & 127) << shift;
            shift += 7;
            if byte < 128 {
                return value;
            }
        }
    }
    fn fields(mut bytes: &[u8]) -> Vec<(u64, Vec<u8>)> {
        let mut fields = vec![];
        while !bytes.is_empty() {
            let key = varint(&mut bytes);
            let size = match key & 7 {
                0 => {
                    fields.push((key >> 3, varint(&mut bytes).to_le_bytes().to_vec()));
                    continue;
                }
                1 => 8,
                2 => varint(&mut bytes) as usize,
                5 => 4,
                other => panic!("wire type {other}"),
            };
            fields.push((key >> 3, bytes[..size].to_vec()));
            bytes = &bytes[size..];
        }
        fields
    }
    let mut found = vec![];
    while !bytes.is_empty() {
        let size = u64::from_le_bytes(bytes[..8].try_into().unwrap()) as usize;
        let event = fields(&bytes[12..][..size]);
        bytes = &bytes[16 + size..];
        let of = |number| event.iter().find(|(field, _)| *field == number).map(|(_, value)| value.clone());
        let step = of(2).map_or(0, |value| u64::from_le_bytes(value.try_into().unwrap()));
        for (_, value) in of(5).iter().flat_map(|summary| fields(summary)) {
            let value = fields(&value);
            let number = f32::from_le_bytes(value[1].1.clone().try_into().unwrap());
            assert_eq!((value[0].0, value[1].0), (1, 2));
            found.push((String::from_utf8(value[0].1.clone()).unwrap(), step, number));
        }
    }
    found
}

#[test]
fn a_resumed_run_leaves_the_events_of_one_that_was_not_stopped() {
    let [straight, stopped] = [(), ()].map(|()| tempfile::tempdir().unwrap());
    run(straight.path(), 200, false).unwrap();
    run(stopped.path(), 150, false).unwrap();
    let file = TensorBoard::new(stopped.path()).path().to_path_buf();
    // What a kill in the middle of an event leaves behind.
    let events = fs::read(&file).unwrap();
    fs::write(&file, [&events[..], &events[..17]].concat()).unwrap();
    run(stopped.path(), 200, true).unwrap();
    let expected = fs::read(TensorBoard::new(straight.path()).path()).unwrap();
    assert_eq!(fs::read(&file).unwrap(), expected);

    let table = fs::read_to_string(straight.path().join("run.csv")).unwrap();
    let header: Vec<&str> = table.lines().next().unwrap().split(',').collect();
    let scalars = scalars(&expected);
    for (generation, line) in (1..).zip(table.lines().skip(1)) {
        for (name, cell) in header.iter().zip(line.split(',')).filter(|(name, _)| **name != "first_failure") {
            let found = scalars.iter().find(|(tag, step, _)| tag == name && *step == generation).map(|found| found.2);
            assert_eq!(found, cell.parse::<f64>().ok().map(|value| value as f32), "{name} {generation}");
        }
    }
    assert_eq!(scalars.len(), 200 * (header.len() - 1));
}

#[test]
fn missing_events_and_folders_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), 5, false).unwrap();
    let file = TensorBoard::new(folder.path()).path().to_path_buf();
    let events = fs::read(&file).unwrap();
    fs::write(&file, &events[..events.len() / 2]).unwrap();
    let error = run(folder.path(), 9, true).unwrap_err();
    assert!(error.contains("expected 5 (generations in the checkpoint)"), "{error}");
    assert!(run(&folder.path().join("nowhere"), 5, false).unwrap_err().contains("opening the event file"));
}

#[test]
fn the_clock_is_the_caller_s() {
    let folder = tempfile::tempdir().unwrap();
    let objective = Landscape::new(Function::Sphere, 2).unwrap();
    let optimizer = CmaEsConfig::default().build(objective.space(), objective.objectives(), 3).unwrap();
    let mut time = 100.0;
    let mut events = TensorBoard::new(folder.path()).timed_by(move || {
        time += 1.0;
        time
    });
    Executor::new(&Serial, Budget::generations(2)).observe(&mut events).run(&objective, optimizer).unwrap();
    let bytes = fs::read(events.path()).unwrap();
    // The time of the first event stands after its length, its CRC and its key.
    assert_eq!(f64::from_le_bytes(bytes[13..21].try_into().unwrap()), 101.0);
}
