//! Spikes on their way: a ring of future inputs per population.

use evoplast_neuron::Column;

/// Summed weights that will arrive at a population, by arrival step and receptor port.
#[derive(Debug, Clone)]
pub struct DelayLine {
    n: usize,
    /// From the input of one port to that of the next: `n`, rounded up so that each begins at a cache line.
    stride: usize,
    ports: usize,
    slots: usize,
    buffer: Column,
}

/// Numbers of a cache line.
const LINE: usize = 16;

impl DelayLine {
    /// A line for `n` neurons and `ports` ports that holds delays up to `max_delay` steps.
    #[must_use]
    pub fn new(n: usize, ports: usize, max_delay: u8) -> Self {
        let slots = (usize::from(max_delay) + 1).next_power_of_two();
        let stride = n.next_multiple_of(LINE);
        Self { n, stride, ports, slots, buffer: Column::new(0.0, slots * ports * stride) }
    }

    /// Makes room for delays up to `max_delay`; what was under way is dropped.
    pub fn ensure(&mut self, max_delay: u8) {
        if usize::from(max_delay) + 1 > self.slots {
            *self = Self::new(self.n, self.ports, max_delay);
        }
    }

    /// True if the line is one of `n` neurons with at least `ports` ports that holds delays up to `max_delay`. Each
    /// [`offset`](Self::offset) of one of these ports is then followed by `n` values of the buffer.
    #[must_use]
    pub fn fits(&self, n: usize, ports: usize, max_delay: u8) -> bool {
        n == self.n && ports <= self.ports && usize::from(max_delay) < self.slots
    }

    /// Drops everything under way.
    pub fn clear(&mut self) {
        self.buffer.fill(0.0);
    }

    /// Index of neuron 0 in the slot that `port` reads at `step`.
    #[inline]
    #[must_use]
    pub fn offset(&self, step: u32, port: usize) -> usize {
        ((step as usize & (self.slots - 1)) * self.ports + port) * self.stride
    }

    /// The whole ring; a projection adds weights at [`offset`](Self::offset) plus the target.
    #[inline]
    pub fn buffer(&mut self) -> &mut [f32] {
        &mut self.buffer
    }

    /// What arrives at `port` at `step`, one value per neuron.
    #[inline]
    pub fn slot(&mut self, step: u32, port: usize) -> &mut [f32] {
        let start = self.offset(step, port);
        &mut self.buffer[start..start + self.n]
    }

    /// What arrives at `step`, one slice per port; the reader sets it to 0.
    pub fn arriving(&mut self, step: u32) -> impl Iterator<Item = &mut [f32]> {
        let (start, n) = (self.offset(step, 0), self.n);
        self.buffer[start..start + self.ports * self.stride].chunks_mut(self.stride.max(1)).map(move |x| &mut x[..n])
    }
}
