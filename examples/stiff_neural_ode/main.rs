//! Can evolution, alone or with gradients, train a stiff neural differential equation in less time than gradients alone?
//!
//! ROBER and POLLU as Kim et al. 2021 set them. See README.md beside this file.

#[path = "../neural_ode/experiment.rs"]
mod experiment;
#[path = "../neural_ode/outcome.rs"]
mod outcome;
#[path = "../neural_ode/program.rs"]
mod program;
#[path = "../neural_ode/training.rs"]
mod training;

use outcome::Text;
use std::process::ExitCode;

const TEXT: Text = Text {
    name: "stiff_neural_ode",
    title: "Stiff neural differential equations by evolution, by gradients and by both",
    question: "Does an evolution strategy, alone or with gradients, reach the loss of the gradient baseline of Kim et al. in less \
               time, and does it gain from more parameters?",
    caveats: &[
        "Work counts evaluations of the right-hand side; a Jacobian counts as many more as there are components, the reverse of a \
         stage as three, a product with second derivatives as six. Processor time is measured beside it.",
        "All arms learn one trajectory and are judged on it, as in the source: this is a test of optimisers, not of \
         generalisation.",
    ],
    sources: &[
        (
            "Kim, Ji, Deng, Ma and Rackauckas 2021, Stiff neural ordinary differential equations, Chaos 31:093122",
            "10.1063/5.0060697",
        ),
        (
            "Hazelden, Liu, Shlizerman and Shea-Brown 2023, Evolutionary algorithms as an alternative to backpropagation",
            "10.48550/arXiv.2311.10869",
        ),
    ],
};

fn main() -> ExitCode {
    program::run(&TEXT, include_str!("config.toml"), include_str!("paper.toml"))
}
