//! Spikes on their way: a ring of future inputs per population.

/// Summed weights that will arrive at a population, by arrival step and receptor port.
#[derive(Debug, Clone)]
pub struct DelayLine {
    n: usize,
    ports: usize,
    slots: usize,
    buffer: Vec<f32>,
}

impl DelayLine {
    /// A line for `n` neurons and `ports` ports that holds delays up to `max_delay` steps.
    #[must_use]
    pub fn new(n: usize, ports: usize, max_delay: u8) -> Self {
        let slots = (usize::from(max_delay) + 1).next_power_of_two();
        Self { n, ports, slots, buffer: vec![0.0; slots * ports * n] }
    }

    /// Makes room for delays up to `max_delay`; what was under way is dropped.
    pub fn ensure(&mut self, max_delay: u8) {
        if usize::from(max_delay) + 1 > self.slots {
            *self = Self::new(self.n, self.ports, max_delay);
        }
    }

    /// Drops everything under way.
    pub fn clear(&mut self) {
        self.buffer.fill(0.0);
    }

    /// Index of neuron 0 in the slot that `port` reads at `step`.
    #[inline]
    #[must_use]
    pub fn offset(&self, step: u32, port: usize) -> usize {
        ((step as usize & (self.slots - 1)) * self.ports + port) * self.n
    }

    /// The whole ring; a projection adds weights at [`offset`](Self::offset) plus the target.
    #[inline]
    pub fn buffer(&mut self) -> &mut [f32] {
        &mut self.buffer
    }

    /// What arrives at `step`, one slice per port; the reader sets it to 0.
    pub fn arriving(&mut self, step: u32) -> impl Iterator<Item = &mut [f32]> {
        let start = self.offset(step, 0);
        self.buffer[start..start + self.ports * self.n].chunks_mut(self.n.max(1))
    }
}
