//! The term list against the table shipped with the project's data, where that is present.
#![allow(clippy::unwrap_used)]

use std::path::PathBuf;

use evoplast_plasticity::taylor::{TERMS, TermKind};

#[test]
fn the_terms_are_those_of_the_data_table() {
    let Some(folder) = std::env::var_os("EVOPLAST_DATA") else {
        eprintln!("EVOPLAST_DATA is not set: the table is not compared");
        return;
    };
    let path = PathBuf::from(folder).join("mouse_v1").join("taylor_terms_25.csv");
    let table = std::fs::read_to_string(&path).unwrap();
    let rows: Vec<Vec<&str>> =
        table.lines().filter(|line| !line.starts_with('#')).skip(1).map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), TERMS.len());
    for (term, row) in TERMS.iter().zip(rows) {
        assert_eq!(row[0], term.index().to_string());
        assert_eq!(row[1], term.name());
        assert_eq!(row[2..7], term.exponents().map(|exponent| exponent.to_string()));
        let kind = match term.kind() {
            TermKind::Pre => "pre",
            TermKind::Post => "post",
            TermKind::Pair => "pair",
            TermKind::Reward => "R",
        };
        assert_eq!(row[7], kind);
        assert_eq!(row[8], term.coefficient_count(17).to_string());
    }
}
