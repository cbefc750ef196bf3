//! The seam of single-objective searches: everything an algorithm has to say about itself, and nothing more.
//!
//! A [`Strategy`] lives in latent coordinates (see [`Bounds`]) and sees numbers to minimise. [`SingleObjective`]
//! (file `single.rs`) turns it into an [`Optimizer`](crate::Optimizer): ids, bounds, failures, the best genome so far.

use rand::RngExt;

use crate::address::{Address, stream};
use crate::bounds::Bounds;
use crate::error::{EvolveError, Result};
use crate::initial::InitialPopulation;
use crate::space::SearchSpace;

/// What an algorithm is called, where it comes from and what it is good for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Card {
    /// Name of the algorithm.
    pub name: &'static str,
    /// Reference, with DOI where there is one.
    pub citation: &'static str,
    /// When to use it, in one line.
    pub advice: &'static str,
    /// Whether it takes more than one objective.
    pub many_objectives: bool,
}

/// Where a strategy is: the space, and the place in the run that addresses its random numbers.
#[derive(Clone, Copy, Debug)]
pub struct Scene<'a> {
    /// The space searched.
    pub space: &'a SearchSpace,
    /// The map from latent coordinates to the space.
    pub bounds: Bounds,
    /// Seed of the run.
    pub run: u64,
    /// Generations told so far.
    pub generation: u64,
}

impl Scene<'_> {
    /// Length of a genome.
    #[must_use]
    pub fn genes(&self) -> usize {
        self.space.len()
    }

    /// Address of the random numbers of one candidate, pair or other unit of this generation.
    #[must_use]
    pub fn at(&self, candidate: u64) -> Address {
        Address { run: self.run, generation: self.generation, candidate, episode: 0 }
    }

    /// Latent coordinates of a first generation.
    ///
    /// # Errors
    /// If a genome given does not belong to the space.
    pub fn first_points(&self, initial: &InitialPopulation, count: usize) -> Result<Vec<Vec<f64>>> {
        let positions = initial.positions(self.space, |candidate| self.at(candidate), count)?;
        Ok((0..positions.rows()).map(|row| self.latent_of(positions.row(row))).collect())
    }

    /// Search coordinates at latent coordinates.
    #[must_use]
    pub fn to_search(&self, mut latent: Vec<f64>) -> Vec<f64> {
        self.bounds.places(&mut latent);
        let ranges = self.space.search_lower().iter().zip(self.space.search_upper());
        for (place, (lower, upper)) in latent.iter_mut().zip(ranges) {
            *place = lower + *place * (upper - lower);
        }
        latent
    }

    /// Latent coordinates of search coordinates, which are moved into the bounds.
    #[must_use]
    pub fn latent_of(&self, coordinates: &[f64]) -> Vec<f64> {
        let ranges = self.space.search_lower().iter().zip(self.space.search_upper());
        let place = |(x, (lower, upper)): (&f64, (&f64, &f64))| ((x - lower) / (upper - lower)).clamp(0.0, 1.0);
        coordinates.iter().zip(ranges).map(|pair| self.bounds.latent(place(pair))).collect()
    }

    /// Latent coordinates of 0 in search coordinates, or of the bound next to it.
    #[must_use]
    pub fn origin(&self) -> Vec<f64> {
        self.latent_of(&vec![0.0; self.genes()])
    }

    /// Latent coordinates of a uniform draw in search coordinates.
    #[must_use]
    pub fn uniform(&self, candidate: u64) -> Vec<f64> {
        let mut rng = self.at(candidate).rng(stream::INITIAL);
        (0..self.genes()).map(|_| self.bounds.latent(rng.random::<f64>())).collect()
    }
}

/// A single-objective search in latent coordinates. Its whole state serialises.
///
/// `ask` is a function of state and scene alone, so that nothing of a generation has to be kept until it is told: `tell`
/// makes the same points, or the same random numbers, again.
#[typetag::serde(tag = "strategy")]
pub trait Strategy: Send + Sync {
    /// Name, reference and advice.
    fn card(&self) -> &'static Card;

    /// The points of this generation, in latent coordinates.
    ///
    /// # Errors
    /// If the search cannot go on.
    fn ask(&self, scene: &Scene<'_>) -> Result<Vec<Vec<f64>>>;

    /// Point number `index` of [`Strategy::ask`]; worth writing where a point can be made without the others.
    ///
    /// # Errors
    /// As [`Strategy::ask`].
    fn point(&self, scene: &Scene<'_>, index: usize) -> Result<Vec<f64>> {
        Ok(self.ask(scene)?.swap_remove(index))
    }

    /// Takes the values of the points of [`Strategy::ask`], in their order: smaller is better, infinity stands for a
    /// failure, and at least one value is finite.
    ///
    /// # Errors
    /// If the search cannot go on.
    fn tell(&mut self, scene: &Scene<'_>, values: &[f64]) -> Result<()>;

    /// Takes a surrogate gradient with respect to latent coordinates, for searches that can use one.
    ///
    /// # Errors
    /// If the search takes none, or the gradient does not fit.
    fn guide(&mut self, gradient: &[f64]) -> Result<()> {
        let _ = gradient;
        Err(EvolveError::config(self.card().name, "surrogate gradient", "given", "none (it does not take any)"))
    }

    /// The centre of the search distribution, if there is one: the best guess under noise.
    fn mean(&self) -> Option<&[f64]> {
        None
    }

    /// What the best point of the last generation descends from, gene by gene, in latent coordinates, for searches that
    /// track it.
    fn ancestor(&self, scene: &Scene<'_>) -> Option<Vec<f64>> {
        let _ = scene;
        None
    }

    /// Numbers of the algorithm that are worth a column in a table (finite).
    fn diagnostics(&self) -> Vec<(String, f64)> {
        Vec::new()
    }

    /// Whether settings and state are in range and fit a space with so many genes.
    ///
    /// # Errors
    /// Names the part that does not.
    fn validate(&self, genes: usize) -> Result<()>;
}
