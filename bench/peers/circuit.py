"""A circuit of the comparison as `peer_cases write` left it, and the line of JSON that every simulator prints.

Evoplast holds the synaptic current (or conductance) constant within a step at its value at the start, so a spike of
weight w moves the charge w dt / (1 - exp(-dt/tau)). Simulators that integrate the decay within the step move w tau;
`charge` is the ratio by which their weights are multiplied, so that a spike moves the same charge everywhere.
"""

import argparse
import json
import math
import pathlib
import resource

import numpy as np


class Circuit:
    """Arrays and numbers of one case; see bench/src/circuits/files.rs for their meaning."""

    def __init__(self, folder, case):
        folder = pathlib.Path(folder)
        self.case = case
        self.numbers = json.loads((folder / f"{case}.json").read_text())
        arrays = np.load(folder / f"{case}.npz")
        self.pre = arrays["pre"].astype(np.int64)
        self.post = arrays["post"].astype(np.int64)
        self.weight = arrays["weight"]
        self.sign = arrays["sign"]
        self.bias_pa = arrays["bias_pa"]
        self.v_mv = arrays["v_mv"]
        self.arriving = arrays["arriving"]
        self.scale = arrays["scale"] if "scale" in arrays else None
        self.upper = arrays["upper"] if "upper" in arrays else None
        self.n = self.numbers["neurons"]
        self.excitatory = self.numbers["excitatory"]
        self.dt_ms = self.numbers["dt_ms"]
        self.delay_ms = self.dt_ms * self.numbers["delay_steps"]
        self.neuron = self.numbers["neuron"]
        self.rule = self.numbers["rule"]
        self.tau_ms = [port["tau_ms"] for port in self.numbers["receptors"]]
        self.reversal_mv = [port.get("reversal_mv") for port in self.numbers["receptors"]]
        self.charge = [self.dt_ms / (tau * (1.0 - math.exp(-self.dt_ms / tau))) for tau in self.tau_ms]

    def classes(self):
        """(port, first synapse, one past the last) of the excitatory and the inhibitory synapses."""
        middle = int(np.searchsorted(self.pre, self.excitatory))
        return [(0, 0, middle), (1, middle, len(self.pre))]

    def one_value(self, array, start, end):
        """The value that all synapses of a class share."""
        low, high = float(array[start:end].min()), float(array[start:end].max())
        if low != high:
            raise ValueError(f"{self.case}: found values from {low} to {high} in one class, expected one value")
        return low

    def reward_trace(self, steps):
        """R in each of the first `steps` steps."""
        rule = self.rule
        decay = math.exp(-self.dt_ms / rule["tau_r_ms"])
        first, period = (round(rule[key] / self.dt_ms) for key in ("first_reward_ms", "reward_period_ms"))
        trace, value = np.zeros(steps), 0.0
        for step in range(steps):
            if step % period == first:
                value += rule["delta_r"]
            trace[step] = value
            value *= decay
        return trace

    def changes(self, weight):
        """Mean of |w - w_0| / w_0, and mean of w over mean of w_0, of magnitudes in synapse order."""
        initial = self.weight.astype(np.float64)
        weight = np.asarray(weight, dtype=np.float64)
        return float(np.mean(np.abs(weight - initial) / initial)), float(weight.mean() / initial.mean())


def arguments(description):
    """The command line of every peer."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("circuits", help="folder with the circuits")
    parser.add_argument("case")
    parser.add_argument("work", help="folder for what the simulator builds")
    parser.add_argument("--prepare", action="store_true", help="only build what can be built once")
    parser.add_argument("--warm-up", type=int, default=1, help="seconds of biological time before the clock starts")
    parser.add_argument("--seconds", type=int, default=1, help="seconds of biological time on the clock")
    return parser.parse_args()


def report(circuit, version, seconds, cpu_s, wall_s, spikes, weight=None, peak_mib=None):
    """Prints the result of a run of `seconds` on the clock, in which all neurons together fired `spikes` times."""
    change, mean = circuit.changes(weight) if weight is not None else (0.0, 1.0)
    if peak_mib is None:
        peak_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    result = {
        "case": circuit.case,
        "version": version,
        "bio_s": seconds,
        "cpu_s_per_bio_s": cpu_s / seconds,
        "wall_s_per_bio_s": wall_s / seconds,
        "rate_hz": spikes / circuit.n / seconds,
        "relative_change": change,
        "relative_mean": mean,
        "synapses": len(circuit.pre),
        "peak_mib": peak_mib,
    }
    print(json.dumps(result), flush=True)
