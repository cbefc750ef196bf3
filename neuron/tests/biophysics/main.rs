//! Biophysical neurons against reference values: bifurcations, f-I curves, spike times, sensitivities.
//!
//! The numbers were computed in Python for this project, with 30 digits for bifurcations and the method DOP853 at a relative
//! tolerance of 2.3e-14 elsewhere. Some stand in the tests; the whole files (`biophysical/*.csv` of the data folder) are compared
//! if `EVOPLAST_DATA` names it.
#![allow(clippy::unwrap_used, missing_docs)]

mod bifurcations;
mod cycles;
mod f_i;
mod sensitivities;
mod spikes;

use evoplast_neuron::dynamics::MorrisLecarParams;

/// Rows of a reference file, or `None` without the data.
fn table(file: &str) -> Option<Vec<Vec<String>>> {
    let Some(folder) = std::env::var_os("EVOPLAST_DATA") else {
        println!("skipped: EVOPLAST_DATA does not name the data folder, for {file}");
        return None;
    };
    let path = std::path::Path::new(&folder).join("biophysical").join(file);
    let text = std::fs::read_to_string(&path).unwrap();
    Some(text.lines().skip(1).map(|line| line.split(',').map(str::to_owned).collect()).collect())
}

fn number(text: &str) -> f64 {
    text.parse().unwrap()
}

/// A set of Morris-Lecar parameters by the name that the files give it.
fn set(name: &str) -> MorrisLecarParams {
    match name {
        "hopf" => MorrisLecarParams::hopf(),
        "snlc" => MorrisLecarParams::snlc(),
        "homoclinic" => MorrisLecarParams::homoclinic(),
        "authors" => MorrisLecarParams::hazelden(),
        other => panic!("no set {other}"),
    }
}
