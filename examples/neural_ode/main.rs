//! Can evolution strategies train a neural differential equation as well as exact gradients on equal terms?
//!
//! The cubic spiral of Chen et al. 2018, as Hazelden et al. 2023 used it. See README.md beside this file.

mod experiment;
mod outcome;
mod program;
mod training;

use outcome::Text;
use std::process::ExitCode;

const TEXT: Text = Text {
    name: "neural_ode",
    title: "A neural differential equation by evolution and by gradients",
    question: "Does evolution train the vector field of a spiral better than gradients do, from the same parameters, on the same \
               batches and with the same work, and does it gain from more parameters?",
    caveats: &[
        "Work counts evaluations of the right-hand side; a Jacobian counts as many more as there are components, the reverse of a \
         stage as three, a product with second derivatives as six. Processor time is measured beside it.",
        "Losses are means of absolute errors on batches that no training meets.",
    ],
    sources: &[
        (
            "Hazelden, Liu, Shlizerman and Shea-Brown 2023, Evolutionary algorithms as an alternative to backpropagation",
            "10.48550/arXiv.2311.10869",
        ),
        (
            "Chen, Rubanova, Bettencourt and Duvenaud 2018, Neural ordinary differential equations",
            "10.48550/arXiv.1806.07366",
        ),
    ],
};

fn main() -> ExitCode {
    program::run(&TEXT, include_str!("config.toml"), include_str!("paper.toml"))
}
