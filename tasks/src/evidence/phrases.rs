//! Which word was said most often? Integration of evidence over phrases, with a delay as an option.
//!
//! The vocabulary has one word of evidence for each class, and the words null, delay and end. A phrase is
//!
//! 1. the numbers of words of evidence (n_0, n_1, ...), drawn uniformly among all with n_0 + n_1 + ... <= `words`
//!    ("uniform score"), again if the largest is not the largest alone; filled with null to `words` and shuffled;
//! 2. delay, as often as drawn from `delay_words`;
//! 3. end.
//!
//! The label is the class with the largest number. A word is a fixed random binary vector, different from all others, of
//! the values 0 and `1 / sqrt(channels / 2)`, held for `word_ms`. The answer is the mean output over the last `answer_ms`.
//! Trials are of equal length: a shorter delay comes with words of null before the phrase.
//!
//! | field | default | unit |
//! |---|---|---|
//! | `classes` | 3 | |
//! | `words` | 49 | |
//! | `delay_words`, least and largest | 0..0 | |
//! | `channels` | 50 | |
//! | `word_ms` | 4 | ms |
//! | `answer_ms` | 10 | ms |
//!
//! The defaults are the 200 ms of Hazelden et al. 2023, doi:10.48550/arXiv.2311.10869, as in the authors' public code
//! (github.com/meeree/smoothGrad, word vectors and phrases after github.com/meeree/mpn).

use super::{FramedInput, FramedTrial};
use crate::TaskError;
use evoplast_evolve::Address;
use rand::seq::SliceRandom;
use rand::{Rng, RngExt};
use serde::{Deserialize, Serialize};

const STREAM_WORDS: u64 = 40;
const STREAM_PHRASE: u64 = 41;

/// What phrases are made of.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct PhrasesConfig {
    /// Seed of the vectors of the words.
    pub seed: u64,
    /// Classes of evidence, 2 to 10.
    pub classes: usize,
    /// Words of evidence and null in a phrase.
    pub words: usize,
    /// Least and largest number of words of delay.
    pub delay_words: (usize, usize),
    /// Input channels.
    pub channels: usize,
    /// Duration of a word (ms).
    pub word_ms: f64,
    /// Time at the end over which outputs are averaged (ms).
    pub answer_ms: f64,
}

impl Default for PhrasesConfig {
    fn default() -> Self {
        Self { seed: 1, classes: 3, words: 49, delay_words: (0, 0), channels: 50, word_ms: 4.0, answer_ms: 10.0 }
    }
}

/// Largest number of words, and of words of a delay.
const MOST_WORDS: usize = 500_000;

/// A word of the vocabulary.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Word {
    /// Evidence for a class.
    Evidence(usize),
    /// Nothing.
    Null,
    /// Waiting for the end.
    Delay,
    /// The end, at which the answer is due.
    End,
}

/// A generator of phrases.
#[derive(Debug, Clone, PartialEq)]
pub struct Phrases {
    config: PhrasesConfig,
    /// Vectors of the words of evidence, null, delay and end, `[word][channel]`.
    vectors: Vec<f32>,
}

impl Phrases {
    /// Draws the vectors of the words.
    ///
    /// # Errors
    /// A parameter outside its domain; the error names it.
    pub fn new(config: PhrasesConfig) -> Result<Self, TaskError> {
        let c = &config;
        let bad = |name: &str, found: String, expected: &str| Err(TaskError::parameter(name, found, expected));
        // Numbers of words are drawn until bars are at different places and one class leads, which takes long for many classes.
        if !(2..=10).contains(&c.classes) {
            return bad("classes", c.classes.to_string(), "2..=10");
        }
        if !(1..=MOST_WORDS).contains(&c.words) {
            return bad("words", c.words.to_string(), "1..=500000");
        }
        if c.delay_words.0 > c.delay_words.1 || c.delay_words.1 > MOST_WORDS {
            return bad(
                "delay_words",
                format!("{}..{}", c.delay_words.0, c.delay_words.1),
                "a range within 0..=500000",
            );
        }
        // Twice as many vectors as words, so that drawing different ones ends soon.
        if c.channels < usize::BITS as usize && 1_usize << c.channels < 2 * (c.classes + 3) {
            return bad("channels", c.channels.to_string(), "enough for twice as many binary vectors as words");
        }
        if !(c.word_ms.is_finite() && c.word_ms > 0.0) {
            return bad("word_ms", c.word_ms.to_string(), "a positive number");
        }
        let total = (c.words + c.delay_words.1 + 1) as f64 * c.word_ms;
        if !(c.answer_ms > 0.0 && c.answer_ms <= total) {
            return bad("answer_ms", c.answer_ms.to_string(), "more than 0 and at most the length of a trial");
        }
        let mut rng = Address { run: c.seed, generation: 0, candidate: 0, episode: 0 }.rng(STREAM_WORDS);
        let mut words: Vec<Vec<bool>> = Vec::with_capacity(c.classes + 3);
        while words.len() < c.classes + 3 {
            let word: Vec<bool> = (0..c.channels).map(|_| rng.random()).collect();
            if !words.contains(&word) {
                words.push(word);
            }
        }
        let on = (1.0 / (c.channels as f64 / 2.0).sqrt()) as f32;
        let vectors = words.iter().flatten().map(|&bit| if bit { on } else { 0.0 }).collect();
        Ok(Self { config, vectors })
    }

    /// The configuration.
    #[must_use]
    pub fn config(&self) -> &PhrasesConfig {
        &self.config
    }

    /// The input for a word.
    #[must_use]
    pub fn vector(&self, word: Word) -> &[f32] {
        let row = match word {
            Word::Evidence(class) => class,
            Word::Null => self.config.classes,
            Word::Delay => self.config.classes + 1,
            Word::End => self.config.classes + 2,
        };
        &self.vectors[row * self.config.channels..][..self.config.channels]
    }

    /// The words of the phrase at an address.
    #[must_use]
    pub fn phrase(&self, at: &Address) -> Vec<Word> {
        let c = &self.config;
        let mut rng = at.rng(STREAM_PHRASE);
        let counts = scores(c.classes, c.words, &mut rng);
        let (least, most) = c.delay_words;
        let delay = if least == most { least } else { rng.random_range(least..=most) };
        let mut body: Vec<Word> =
            counts.iter().enumerate().flat_map(|(k, &n)| std::iter::repeat_n(Word::Evidence(k), n)).collect();
        body.resize(c.words, Word::Null);
        body.shuffle(&mut rng);
        let mut phrase = vec![Word::Null; most - delay];
        phrase.append(&mut body);
        phrase.resize(most + c.words, Word::Delay);
        phrase.push(Word::End);
        phrase
    }
}

/// Uniform numbers of words with a sum of at most `words` and a largest one that is so alone.
///
/// Non-negative numbers with such a sum are the gaps between `classes` bars at different places out of
/// `words + classes`, so places drawn uniformly give all of them with equal probability.
fn scores(classes: usize, words: usize, rng: &mut impl Rng) -> Vec<usize> {
    loop {
        let mut bars: Vec<usize> = (0..classes).map(|_| rng.random_range(0..words + classes)).collect();
        bars.sort_unstable();
        if bars.windows(2).any(|pair| pair[0] == pair[1]) {
            continue;
        }
        let gap = |k: usize| if k == 0 { bars[0] } else { bars[k] - bars[k - 1] - 1 };
        let counts: Vec<usize> = (0..classes).map(gap).collect();
        if leader(&counts).is_some() {
            return counts;
        }
    }
}

/// The class with the largest count, if it is alone.
fn leader(counts: &[usize]) -> Option<usize> {
    let most = *counts.iter().max()?;
    let mut leaders = counts.iter().enumerate().filter(|(_, n)| **n == most).map(|(k, _)| k);
    let first = leaders.next();
    if leaders.next().is_some() { None } else { first }
}

impl FramedInput for Phrases {
    fn channels(&self) -> usize {
        self.config.channels
    }

    fn classes(&self) -> usize {
        self.config.classes
    }

    fn frames(&self) -> usize {
        self.config.words + self.config.delay_words.1 + 1
    }

    fn frame_ms(&self) -> f64 {
        self.config.word_ms
    }

    fn answer_ms(&self) -> f64 {
        self.config.answer_ms
    }

    fn trial(&self, at: &Address) -> FramedTrial {
        let phrase = self.phrase(at);
        let mut counts = vec![0; self.config.classes];
        let mut running = Vec::with_capacity(phrase.len());
        for word in &phrase {
            if let Word::Evidence(class) = word {
                counts[*class] += 1;
            }
            running.push(leader(&counts));
        }
        // Ties were rejected, so there is a leader at the end.
        let label = running.last().copied().flatten().unwrap_or(0);
        FramedTrial { frames: phrase.iter().flat_map(|&w| self.vector(w)).copied().collect(), label, running }
    }
}
