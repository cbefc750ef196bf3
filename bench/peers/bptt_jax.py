"""Backpropagation through time in JAX: the peer of benches/training_step.rs, and the source of a golden gradient.

    python bptt_jax.py                  # processor time of a training step (gradient and momentum), by lax.scan
    python bptt_jax.py --golden FILE    # gradient of a small network, for backprop/tests/golden_jax.rs

Needs `pip install "jax[cpu]"`. Restrict it to one core for a comparison with one thread: `taskset -c 0 python ...`.
The network: inputs, LIF neurons with a hard reset and an absolute refractory period, a delta port, delays of one step,
leaky outputs; fast sigmoid with the reset attached; weights are dense with zeros where there is no synapse.
"""

import argparse
import functools
import statistics
import time

import jax
import jax.numpy as jnp
import numpy as np

SLOPE = 10.0
E_L, V_TH, V_RESET, T_REF, C_M, G, DT = -70.0, -50.0, -70.0, 2.0, 200.0, 10.0, 1.0
LAMBDA = float(np.exp(-DT * G / C_M))
KAPPA = (1.0 - LAMBDA) / G
DECAY = float(np.exp(-DT / 4.48))


@jax.custom_jvp
def spike(u, held):
    return jnp.where((u > 0) & ~held, 1.0, 0.0).astype(u.dtype)


@spike.defjvp
def spike_jvp(primals, tangents):
    u, held = primals
    psi = jnp.where(held, 0.0, 1.0 / (1.0 + SLOPE * jnp.abs(u)) ** 2)
    return spike(u, held), psi * tangents[0]


def outputs(weights, inputs, injected):
    """Outputs [steps, batch, outputs] and spikes for inputs [steps, batch, channels]."""
    w_in, w_rec, w_out = weights
    batch, n = inputs.shape[1], w_rec.shape[0]

    def step(carry, x):
        v, r, psc, z, x_before, y = carry
        free = E_L + LAMBDA * (v - E_L) + KAPPA * (injected + psc)
        held = r > 0.5 * DT
        w = jnp.where(held, V_RESET, free)
        z_now = spike((w - V_TH) / (V_TH - V_RESET), held)
        v = (1.0 - z_now) * w + z_now * V_RESET
        r = jnp.where(z_now > 0, T_REF, jnp.maximum(r - DT, 0.0))
        psc = x_before @ w_in + z @ w_rec
        y = DECAY * y + z_now @ w_out
        return (v, r, psc, z_now, x, y), (y, z_now)

    zeros = functools.partial(jnp.zeros, dtype=w_rec.dtype)
    rest = (zeros((batch, n)) + E_L, zeros((batch, n)), zeros((batch, n)), zeros((batch, n)))
    start = (*rest, zeros((batch, w_in.shape[0])), zeros((batch, w_out.shape[1])))
    return jax.lax.scan(step, start, inputs)[1]


def loss(weights, inputs, injected, target):
    y, _ = outputs(weights, inputs, injected)
    return jnp.mean((y - target) ** 2)


def unit(*index):
    """A number in [0, 1) that both sides compute alike from small whole numbers."""
    h = 0
    for k in index:
        h = (h * 1103 + k * 7919 + 12345) % 65536
    return h / 65536.0


def golden(path):
    """Gradient of a network of 20 neurons over 100 steps and 3 trials, in double precision."""
    jax.config.update("jax_enable_x64", True)
    n_in, n, n_out, steps, batch = 5, 20, 2, 100, 3
    w_in = np.array([[400 * unit(1, i, j) if unit(2, i, j) < 0.6 else 0.0 for j in range(n)] for i in range(n_in)])
    sign = [1.0 if i < 16 else -3.0 for i in range(n)]
    present = lambda i, j: i != j and unit(3, i, j) < 0.4
    w_rec = np.array([[200 * sign[i] * (0.1 + unit(4, i, j)) if present(i, j) else 0.0 for j in range(n)] for i in range(n)])
    w_out = np.array([[0.05 * sign[i] * (0.1 + unit(5, i, o)) for o in range(n_out)] for i in range(n)])
    injected = np.array([150 + 80 * unit(6, j) for j in range(n)])
    shape = (steps, batch, n_in)
    inputs = np.array([[[float(unit(7, t, b, i) < 0.15) for i in range(n_in)] for b in range(batch)] for t in range(steps)])
    target = np.array([[[np.sin(t / 10.0 + o) for o in range(n_out)] for _ in range(batch)] for t in range(steps)])
    # Weights that single precision holds exactly, as the simulation has them.
    single = lambda a: a.astype(np.float32).astype(np.float64)
    weights = tuple(jnp.array(single(w)) for w in (w_in, w_rec, w_out))
    assert inputs.shape == shape
    value, gradient = jax.value_and_grad(loss)(weights, jnp.array(inputs), jnp.array(single(injected)), jnp.array(target))
    _, z = outputs(weights, jnp.array(inputs), jnp.array(single(injected)))
    with open(path, "w") as file:
        file.write("# bench/peers/bptt_jax.py --golden: loss, spikes, then layer,pre,post,gradient of every synapse\n")
        file.write(f"loss,,,{float(value):.17g}\nspikes,,,{int(z.sum())}\n")
        for name, w, g in zip(("input", "recurrent", "output"), weights, gradient):
            for i, j in zip(*np.nonzero(np.array(w))):
                file.write(f"{name},{i},{j},{float(g[i, j]):.17g}\n")


def times():
    """Median processor time of a step of the network of benches/training_step.rs."""
    rng = np.random.default_rng(1)
    n_in, n, n_out = 16, 300, 2
    draw = lambda pre, post, p, w: (rng.random((pre, post)) < p) * w * rng.uniform(0.5, 1.5, (pre, post))
    sign = np.where(np.arange(n) < 240, 1.0, -4.0)[:, None]
    w_rec = draw(n, n, 0.2, 12.0) * sign
    np.fill_diagonal(w_rec, 0.0)
    weights = (draw(n_in, n, 0.2, 250.0), w_rec, draw(n, n_out, 1.0, 0.05) * sign)
    weights = tuple(jnp.array(w, jnp.float32) for w in weights)
    masks = tuple(w != 0 for w in weights)
    injected = jnp.full((n,), 190.0, jnp.float32)

    @jax.jit
    def step(weights, velocity, inputs, target):
        gradient = jax.grad(loss)(weights, inputs, injected, target)
        velocity = tuple(0.9 * v + g * m for v, g, m in zip(velocity, gradient, masks))
        return tuple(w - 1e-9 * v for w, v in zip(weights, velocity)), velocity

    for steps, batch in ((100, 32), (1000, 32), (100, 1), (1000, 1)):
        inputs = jnp.array(rng.random((steps, batch, n_in)) < 0.03, jnp.float32)
        target = jnp.zeros((steps, batch, n_out), jnp.float32)
        rate = 1000.0 * float(outputs(weights, inputs, injected)[1].mean())
        state = step(weights, tuple(jnp.zeros_like(w) for w in weights), inputs, target)
        jax.block_until_ready(state)
        seconds = []
        for _ in range(15):
            begin = time.process_time()
            jax.block_until_ready(step(*state, inputs, target))
            seconds.append(time.process_time() - begin)
        print(f"T={steps} batch={batch}: {1000 * statistics.median(seconds):.1f} ms, {rate:.1f} Hz")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--golden", metavar="FILE")
    arguments = parser.parse_args()
    golden(arguments.golden) if arguments.golden else times()
