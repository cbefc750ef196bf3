//! What is recorded during validation trials: spike counts, synchrony, decisions.

/// Spike statistics over the validation trials of one domain.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// Spikes per neuron.
    pub count: Vec<u32>,
    /// Steps recorded (ms).
    pub steps: u32,
    /// Per neuron: sum over bins of the squared spike count.
    squares: Vec<u32>,
    /// Sum over bins of the population's spike count, and of its square.
    population: (f64, f64),
    bins: u32,
    in_bin: Vec<u32>,
    touched: Vec<u32>,
    filled_ms: u32,
}

/// Width of the bins of the synchrony ratio (ms).
pub const SYNCHRONY_BIN_MS: u32 = 5;

impl Recording {
    /// An empty recording of `n` neurons.
    #[must_use]
    pub fn new(n: usize) -> Self {
        Self {
            count: vec![0; n],
            steps: 0,
            squares: vec![0; n],
            population: (0.0, 0.0),
            bins: 0,
            in_bin: vec![0; n],
            touched: Vec::new(),
            filled_ms: 0,
        }
    }

    /// Takes in the spikes of one step of 1 ms.
    pub fn step(&mut self, spikes: &[u32]) {
        for &i in spikes {
            let i = i as usize;
            if self.in_bin[i] == 0 {
                self.touched.push(i as u32);
            }
            self.in_bin[i] += 1;
            self.count[i] += 1;
        }
        self.steps += 1;
        self.filled_ms += 1;
        if self.filled_ms == SYNCHRONY_BIN_MS {
            self.close_bin();
        }
    }

    fn close_bin(&mut self) {
        let mut sum = 0;
        for &i in &self.touched {
            let c = std::mem::take(&mut self.in_bin[i as usize]);
            self.squares[i as usize] += c * c;
            sum += c;
        }
        self.touched.clear();
        self.population.0 += f64::from(sum);
        self.population.1 += f64::from(sum).powi(2);
        self.bins += 1;
        self.filled_ms = 0;
    }

    /// Mean rate of every neuron (Hz); 0 without steps.
    #[must_use]
    pub fn rates_hz(&self) -> Vec<f64> {
        let per_spike = 1000.0 / f64::from(self.steps.max(1));
        self.count.iter().map(|&c| f64::from(c) * per_spike).collect()
    }

    /// Variance over time of the population mean over the mean of the neurons' variances, in bins of
    /// [`SYNCHRONY_BIN_MS`]: 1/n for independent neurons, 1 for a fully synchronous population; 0 if nobody fires.
    #[must_use]
    pub fn synchrony(&self) -> f64 {
        let (n, bins) = (self.count.len() as f64, f64::from(self.bins.max(1)));
        let variance = |sum: f64, squares: f64| (squares / bins - (sum / bins).powi(2)).max(0.0);
        let single: f64 =
            self.count.iter().zip(&self.squares).map(|(&c, &s)| variance(f64::from(c), f64::from(s))).sum();
        if single <= 0.0 {
            return 0.0;
        }
        variance(self.population.0, self.population.1) / (n * n) / (single / n)
    }
}

/// Area under the ROC curve of `value` for `label`: the probability that a value with the label exceeds one without,
/// ties counted half; 0.5 if either is missing.
#[must_use]
pub fn auc(value: &[f64], label: &[bool]) -> f64 {
    let (mut wins, mut pairs) = (0.0, 0.0);
    for (a, _) in value.iter().zip(label).filter(|(_, l)| **l) {
        for (b, _) in value.iter().zip(label).filter(|(_, l)| !**l) {
            pairs += 1.0;
            wins += if a > b {
                1.0
            } else if a == b {
                0.5
            } else {
                0.0
            };
        }
    }
    if pairs > 0.0 { wins / pairs } else { 0.5 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::RngExt;
    use rand_chacha::{ChaCha8Rng, rand_core::SeedableRng};

    #[test]
    fn synchrony_is_one_together_and_one_over_n_apart() {
        let n = 50;
        let all: Vec<u32> = (0..n).collect();
        let mut together = Recording::new(n as usize);
        for t in 0..1000 {
            together.step(if t % 20 == 0 { &all } else { &[] });
        }
        assert!((together.synchrony() - 1.0).abs() < 1e-12, "{}", together.synchrony());
        let mut apart = Recording::new(n as usize);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        for _ in 0..50_000 {
            let spikes: Vec<u32> = (0..n).filter(|_| rng.random::<f64>() < 0.01).collect();
            apart.step(&spikes);
        }
        assert!((apart.synchrony() * f64::from(n) - 1.0).abs() < 0.15, "{}", apart.synchrony() * f64::from(n));
        assert_eq!(Recording::new(3).synchrony(), 0.0);
    }

    #[test]
    fn rates_are_spikes_per_second() {
        let mut r = Recording::new(2);
        (0..500).for_each(|t| r.step(if t % 100 == 0 { &[1] } else { &[] }));
        assert_eq!(r.rates_hz(), [0.0, 10.0]);
    }

    #[test]
    fn auc_counts_pairs() {
        assert_eq!(auc(&[3.0, 2.0, 1.0], &[true, false, false]), 1.0);
        assert_eq!(auc(&[1.0, 1.0], &[true, false]), 0.5);
        assert_eq!(auc(&[1.0, 2.0, 3.0, 4.0], &[true, false, true, false]), 0.25);
        assert_eq!(auc(&[1.0], &[true]), 0.5);
    }
}
