"""JAX: the five-term rule on a dense masked matrix of weights, jit and lax.scan, on one thread of the processor.

Every step updates all pairs of neurons and multiplies the spikes with the whole matrix, which is what a program of array
operations does. The step is that of evoplast, term by term.
"""

import os

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import math
import time

import jax
import jax.numpy as jnp
import numpy as np

from circuit import Circuit, arguments, report


def stepper(circuit):
    """The function of state and reward trace that advances one step."""
    p, rule = circuit.neuron, circuit.rule["terms"]
    leak = math.exp(-circuit.dt_ms * p["g_ns"] / p["c_m_pf"])
    kappa = (1.0 - leak) / p["g_ns"]
    held_steps = round(p["t_ref_ms"] / circuit.dt_ms)
    decay = [math.exp(-circuit.dt_ms / tau) for tau in circuit.tau_ms]
    decay_x = math.exp(-circuit.dt_ms / circuit.rule["tau_e_ms"])
    a, b, c = rule["S_pre"], rule["X_post"], rule["S_pre X_post"]
    d, e = rule["X_pre X_post R"], rule["X_post^2"]
    ids = np.arange(circuit.n) < circuit.excitatory
    classes = circuit.classes()
    eta, upper = (
        jnp.where(ids, *(circuit.one_value(array, start, end) for _, start, end in classes)).astype(jnp.float32)
        for array in (circuit.scale, circuit.upper)
    )
    first_inhibitory = circuit.excitatory
    bias = jnp.asarray(circuit.bias_pa)
    mask = np.zeros((circuit.n, circuit.n), dtype=bool)
    mask[circuit.pre, circuit.post] = True
    mask = jnp.asarray(mask)

    def step(state, reward):
        w, v, held, ge, gi, x, spike = state
        # Spikes of the last step arrive now; the current is that before they do.
        current = bias + ge - gi
        ge = decay[0] * ge + spike[:first_inhibitory] @ w[:first_inhibitory]
        gi = decay[1] * gi + spike[first_inhibitory:] @ w[first_inhibitory:]
        free = p["e_l_mv"] + leak * (v - p["e_l_mv"]) + kappa * current
        v = jnp.where(held > 0, p["v_reset_mv"], free)
        fired = v > p["v_th_mv"]
        spike = fired.astype(jnp.float32)
        v = jnp.where(fired, p["v_reset_mv"], v)
        held = jnp.where(fired, held_steps, jnp.maximum(held - 1, 0))
        of_post = b * x + e * x * x
        change = spike[:, None] * (a + c * x)[None, :] + of_post[None, :] + (d * reward * x)[:, None] * x[None, :]
        w = jnp.where(mask, jnp.clip(w + eta[:, None] * change, 0.0, upper[:, None]), 0.0)
        x = decay_x * (x + spike)
        return (w, v, held, ge, gi, x, spike), jnp.sum(fired)

    return step


def main(options):
    """Compiles one second, then runs it again and again."""
    circuit = Circuit(options.circuits, options.case)
    n = circuit.n
    weight = np.zeros((n, n), dtype=np.float32)
    weight[circuit.pre, circuit.post] = circuit.weight
    zero = jnp.zeros(n, dtype=jnp.float32)
    held = jnp.zeros(n, dtype=jnp.int32)
    # `+ 0` makes a buffer of its own for every part of the state, as donation needs.
    state = (jnp.asarray(weight), jnp.asarray(circuit.v_mv), held, zero, zero + 0, zero + 0, zero + 0)
    steps = round(1000 / circuit.dt_ms)
    total = options.warm_up + options.seconds
    reward = jnp.asarray(circuit.reward_trace(total * steps), dtype=jnp.float32).reshape(total, steps)
    step = stepper(circuit)
    second = jax.jit(lambda state, reward: jax.lax.scan(step, state, reward), donate_argnums=0)
    second = second.lower(state, reward[0]).compile()
    cpu, wall, spikes = 0.0, 0.0, 0
    for k in range(total):
        start = time.process_time(), time.monotonic()
        state, fired = second(state, reward[k])
        count = int(fired.sum())
        jax.block_until_ready(state)
        if k >= options.warm_up:
            cpu += time.process_time() - start[0]
            wall += time.monotonic() - start[1]
            spikes += count
    learned = np.asarray(state[0])[circuit.pre, circuit.post]
    report(circuit, jax.__version__, options.seconds, cpu, wall, spikes, learned)


if __name__ == "__main__":
    main(arguments(__doc__))
