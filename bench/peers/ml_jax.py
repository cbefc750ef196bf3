"""A network of Morris-Lecar neurons with graded transmission in JAX: the peer of benches/graded_network.rs.

    python ml_jax.py                    # neuron-steps per second of processor time, forward and with a gradient

Needs `pip install "jax[cpu]"`. Restrict it to one core for a comparison with one thread: `taskset -c 0 python ...`.
The network of Hazelden et al. 2023: 50 channels held for 40 steps, 128 neurons, 3 outputs, the authors' staggered scheme with
steps of 0.1 ms, 2000 steps, 50 trials, single precision, by jit of lax.scan.
"""

import statistics
import time

import jax
import jax.numpy as jnp
import numpy as np

CHANNELS, N, OUTPUTS, BATCH, WORDS, HOLD, DT = 50, 128, 3, 50, 50, 40, 0.1
G_CA, G_K, G_L, E_CA, E_K, E_L, V1, V2, V3, V4, PHI, C = 4.0, 8.0, 2.0, 120.0, -84.0, -60.0, -1.2, 18.0, 12.0, 17.0, 2 / 30, 20.0


def cell(v, w, current):
    m_inf = 0.5 * (1.0 + jnp.tanh((v - V1) / V2))
    w_inf = 0.5 * (1.0 + jnp.tanh((v - V3) / V4))
    tau = 1.0 / (PHI * jnp.cosh((v - V3) / (2 * V4)))
    w = (w_inf * DT + (tau - DT / 2) * w) / (tau + DT / 2)
    g = (G_CA * m_inf + G_K * w + G_L) / C
    e = (G_CA * m_inf * E_CA + G_K * w * E_K + G_L * E_L + current) / C
    v = (v * (1 - DT / 2 * g) + DT * e) / (1 + DT / 2 * g)
    return v, w


def logits(weights, words, v0):
    """Mean output over the last 100 steps [batch, outputs] for words [words, batch, channels]."""
    w_in, w_rec, w_out, bias = weights

    def word(carry, x):
        z_in = x @ w_in

        def step(carry, _):
            v, w, t = carry
            v, w = cell(v, w, 36.75 * (0.1 + t @ w_rec + z_in) + 39.9)
            t = jax.nn.sigmoid((v + 3.0) / 8.0)
            return (v, w, t), t

        carry, t = jax.lax.scan(step, carry, None, length=HOLD)
        return carry, t.mean(0)

    start = (v0, jnp.full_like(v0, 0.014173), jnp.zeros_like(v0))
    _, t = jax.lax.scan(word, start, words)
    # 100 steps are the last two words and half of the one before; means by word serve for timing.
    return t[-3:].mean(0) @ w_out + bias


def loss(weights, words, v0, labels):
    return -jax.nn.log_softmax(logits(weights, words, v0))[jnp.arange(BATCH), labels].mean()


def times():
    rng = np.random.default_rng(1)
    r = 1 / np.sqrt(N)
    uniform = lambda centre, *shape: jnp.array(rng.uniform(centre - r, centre + r, shape), jnp.float32)
    weights = (uniform(0.1, CHANNELS, N), uniform(0.001, N, N), uniform(0.1, N, OUTPUTS), uniform(0.0, OUTPUTS))
    words = jnp.array(0.2 * (rng.random((WORDS, BATCH, CHANNELS)) < 0.5), jnp.float32)
    v0 = jnp.array(rng.normal(-20, 5, (BATCH, N)), jnp.float32)
    labels = jnp.array(rng.integers(0, OUTPUTS, BATCH))
    work = N * BATCH * WORDS * HOLD
    for name, function in (("forward", jax.jit(logits)), ("gradient", jax.jit(jax.value_and_grad(loss)))):
        call = lambda: jax.block_until_ready(
            function(weights, words, v0) if name == "forward" else function(weights, words, v0, labels)
        )
        call()
        seconds = []
        for _ in range(5):
            begin = time.process_time()
            call()
            seconds.append(time.process_time() - begin)
        best = statistics.median(seconds)
        print(f"{name}: {best:.3f} s of processor time, {work / best:.3g} neuron-steps/s")


if __name__ == "__main__":
    times()
