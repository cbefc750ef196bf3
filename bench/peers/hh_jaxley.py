"""64 Hodgkin-Huxley neurons with 4096 synapses in Jaxley, against the same network in evoplast: the peer of src/bin/hh_network.rs.

    cargo build --release -p evoplast-bench --bin hh_network
    pip install jaxley
    taskset -c 0 python hh_jaxley.py PATH/TO/hh_network       # processor time of both, and their ratio

Single compartments, HH channels, graded conductance synapses all to all (`IonotropicSynapse`, one state per synapse), steps of
0.025 ms, 2000 steps, single precision. Jaxley takes its default solver inside one `jit` without arguments, so that XLA knows all
parameters as constants, its fastest form; evoplast the staggered scheme, and one state per presynaptic neuron, which is the same as synapses of equal parameters have.
Runs alternate; the median processor time of each counts, compiling and a first run excluded. Spikes of both are counted: the schemes differ, so the counts may differ by a few.
"""

import os

os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"

import json
import math
import statistics
import subprocess
import sys
import time

import jax
import jax.numpy as jnp
import jaxley as jx
import numpy as np
from jaxley.channels import HH
from jaxley.connect import fully_connect
from jaxley.synapses import IonotropicSynapse

N, DT, STEPS, G_US = 64, 0.025, 2000, 2e-6
AREA_CM2 = 2 * math.pi * 1.0 * 10.0 * 1e-8


def network():
    """The network with a current into every neuron (5 to 15 uA/cm2)."""
    cell = jx.Cell(jx.Branch(jx.Compartment(), ncomp=1), parents=[-1])
    net = jx.Network([cell] * N)
    net.insert(HH())
    net.set("HH_eLeak", -54.3)
    net.set("length", 10.0)
    net.set("radius", 1.0)
    net.set("v", -70.0)
    fully_connect(net.cell(list(range(N))), net.cell(list(range(N))), IonotropicSynapse())
    net.set("IonotropicSynapse_gS", G_US)
    net.set("IonotropicSynapse_s", 0.0)
    net.init_states()
    for i in range(N):
        density = 5.0 + 10.0 * i / N
        net.cell(i).branch(0).loc(0.5).stimulate(jnp.full(STEPS, density * AREA_CM2 * 1e3))  # nA
    net.cell("all").branch(0).loc(0.5).record("v", verbose=False)
    return net


def main():
    net = network()
    run = jax.jit(lambda: jx.integrate(net, delta_t=DT))
    v = np.asarray(run())
    theirs, ours, found = [], [], {}
    for _ in range(int(os.environ.get("REPEATS", "7"))):
        start = time.process_time()
        np.asarray(run())
        theirs.append(time.process_time() - start)
        found = json.loads(subprocess.run(sys.argv[1:2], check=True, capture_output=True, text=True).stdout)
        ours.append(found["cpu_s"])
    theirs, ours = statistics.median(theirs), statistics.median(ours)
    spikes = int(((v[:, :-1] < 0) & (v[:, 1:] >= 0)).sum())
    rate = lambda seconds: N * STEPS / seconds
    print(f"Jaxley {jx.__version__}: {theirs:.4f} s, {rate(theirs):.3g} neuron-steps/s, {spikes} spikes")
    print(f"evoplast: {ours:.6f} s, {rate(ours):.3g} neuron-steps/s, {found['spikes']} spikes")
    print(f"ratio {theirs / ours:.0f}")


if __name__ == "__main__":
    main()
