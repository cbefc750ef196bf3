//! Benchmarks of evoplast; each file in `benches/` answers one question.
