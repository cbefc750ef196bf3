//! Addresses of random numbers.
//!
//! Every random number has an address instead of a place in one long sequence: the ChaCha8 seed is
//! run | generation | candidate | episode (four little-endian u64), the stream names the component, and
//! the position in the stream is the component's own (a time step, a gene). Nothing depends on which
//! thread draws first, and no generator state has to be saved.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use serde::{Deserialize, Serialize};

/// Streams from here upwards belong to the search itself; objectives use the streams below.
pub const SEARCH_STREAMS: u64 = 1 << 63;

/// Streams of this crate.
pub(crate) mod stream {
    use super::SEARCH_STREAMS;
    /// Initial individuals (candidate = index).
    pub(crate) const INITIAL: u64 = SEARCH_STREAMS;
    /// Random pairings of a population.
    pub(crate) const PAIRING: u64 = SEARCH_STREAMS + 1;
    /// Recombination, motion and mutation (candidate = index of the offspring).
    pub(crate) const VARIATION: u64 = SEARCH_STREAMS + 2;
    /// Keys that break exact ties (candidate = id).
    pub(crate) const TIES: u64 = SEARCH_STREAMS + 3;
    /// Noise added by [`crate::problems::Noisy`].
    pub(crate) const NOISE: u64 = SEARCH_STREAMS + 4;
    /// Perturbations of a mean (candidate = unit, episode = chunk of genes).
    pub(crate) const PERTURBATION: u64 = SEARCH_STREAMS + 5;
    /// Small factors of structured perturbations (candidate = unit, episode = block of genes).
    pub(crate) const FACTORS: u64 = SEARCH_STREAMS + 6;
    /// Values without an evaluation, of [`crate::RandomSelection`].
    pub(crate) const DRIFT: u64 = SEARCH_STREAMS + 7;
    /// Draws of a Monte-Carlo estimate (episode = chunk of draws).
    pub(crate) const SAMPLES: u64 = SEARCH_STREAMS + 9;
    /// Random choices among survivors.
    pub(crate) const NICHING: u64 = SEARCH_STREAMS + 8;
}

/// Where a random number lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Address {
    /// Seed of the whole run.
    pub run: u64,
    /// Generation, counted from 0.
    pub generation: u64,
    /// Identity of the candidate.
    pub candidate: u64,
    /// Trial, minibatch or episode within one evaluation.
    pub episode: u64,
}

impl Address {
    /// The generator at this address for one component (`stream`).
    #[must_use]
    pub fn rng(&self, stream: u64) -> ChaCha8Rng {
        let mut seed = [0_u8; 32];
        for (bytes, word) in seed.chunks_exact_mut(8).zip([self.run, self.generation, self.candidate, self.episode]) {
            bytes.copy_from_slice(&word.to_le_bytes());
        }
        let mut rng = ChaCha8Rng::from_seed(seed);
        rng.set_stream(stream);
        rng
    }

    /// The same address for another episode.
    #[must_use]
    pub fn with_episode(self, episode: u64) -> Self {
        Self { episode, ..self }
    }

    /// The address all candidates of this generation share: common random numbers.
    #[must_use]
    pub fn common(self) -> Self {
        Self { candidate: 0, ..self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    const HERE: Address = Address { run: 1, generation: 2, candidate: 3, episode: 4 };

    #[test]
    fn every_part_of_the_address_matters() {
        let first = |at: Address, stream| at.rng(stream).next_u64();
        let base = first(HERE, 0);
        assert_eq!(base, first(HERE, 0));
        for other in [
            Address { run: 9, ..HERE },
            Address { generation: 9, ..HERE },
            Address { candidate: 9, ..HERE },
            HERE.with_episode(9),
        ] {
            assert_ne!(base, first(other, 0));
        }
        assert_ne!(base, first(HERE, 1));
        assert_eq!(HERE.common(), Address { candidate: 0, ..HERE });
    }

    /// The numbers themselves are part of the contract: a changed generator changes every result.
    #[test]
    fn values_are_stable() {
        let zero = Address { run: 0, generation: 0, candidate: 0, episode: 0 };
        // First output of ChaCha8 with a zero key and zero nonce (3e00ef2f 895f40d6 ...), as published
        // in draft-strombergson-chacha-test-vectors, TC1.
        assert_eq!(zero.rng(0).next_u64().to_le_bytes(), [0x3e, 0x00, 0xef, 0x2f, 0x89, 0x5f, 0x40, 0xd6]);
    }
}
