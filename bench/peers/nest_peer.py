"""NEST: iaf_psc_exp and iaf_cond_exp, static synapses, and stdp_synapse_hom for pair-based STDP.

NEST solves the conductance-based membrane with an adaptive Runge-Kutta method, which has no cheaper setting. The delay of
one step is the shortest there is, so spikes are exchanged in every step. Spikes are counted by the kernel, without a
recorder. NEST has no rule of the five terms and no way to state one without a model compiled for it.
"""

import time

import nest
import numpy as np

from circuit import Circuit, arguments, report


def neurons(circuit):
    """The population in its initial state."""
    p = circuit.neuron
    common = {
        "C_m": p["c_m_pf"],
        "E_L": p["e_l_mv"],
        "V_th": p["v_th_mv"],
        "V_reset": p["v_reset_mv"],
        "t_ref": p["t_ref_ms"],
        "tau_syn_ex": circuit.tau_ms[0],
        "tau_syn_in": circuit.tau_ms[1],
    }
    if circuit.rule:
        common["tau_minus"] = circuit.rule["tau_e_ms"]
    if circuit.reversal_mv[0] is None:
        common["tau_m"] = p["c_m_pf"] / p["g_ns"]
        cells = nest.Create("iaf_psc_exp", circuit.n, common)
        if np.any(circuit.arriving):
            raise ValueError("found initial synaptic currents, expected none: iaf_psc_exp cannot set them")
    else:
        common |= {"g_L": p["g_ns"], "E_ex": circuit.reversal_mv[0], "E_in": circuit.reversal_mv[1]}
        cells = nest.Create("iaf_cond_exp", circuit.n, common)
        cells.set(g_ex=list(map(float, circuit.arriving[0] * circuit.charge[0])))
        cells.set(g_in=list(map(float, circuit.arriving[1] * circuit.charge[1])))
    cells.set(V_m=list(map(float, circuit.v_mv)), I_e=list(map(float, circuit.bias_pa)))
    return cells


def connect(circuit, cells):
    """The synapses; returns the name of the plastic model of each class, if there is a rule."""
    ids = np.array(cells.tolist(), dtype=np.int64)
    names = []
    for port, start, end in circuit.classes():
        sign = 1.0 if port == 0 else -1.0  # a negative weight goes to the inhibitory port
        weight = sign * circuit.charge[port] * circuit.weight[start:end].astype(np.float64)
        name = f"class_{port}"
        spec = {"synapse_model": name, "delay": np.full(end - start, circuit.delay_ms)}
        if circuit.rule:
            upper = circuit.one_value(circuit.upper, start, end)
            ltp, ltd = (circuit.rule["terms"][term] for term in ("S_post X_pre", "S_pre X_post"))
            values = {
                "lambda": circuit.one_value(circuit.scale, start, end) * ltp / upper,
                "alpha": -ltd / ltp,
                "mu_plus": 0.0,
                "mu_minus": 0.0,
                "tau_plus": circuit.rule["tau_e_ms"],
                "Wmax": sign * circuit.charge[port] * upper,
            }
            nest.CopyModel("stdp_synapse_hom", name, values | {"weight": float(weight[0])})
            spec["weight"] = weight
            names.append(name)
        elif weight.min() == weight.max():
            nest.CopyModel("static_synapse_hom_w", name, {"weight": float(weight[0])})
        else:
            nest.CopyModel("static_synapse", name)
            spec["weight"] = weight
        nest.Connect(ids[circuit.pre[start:end]], ids[circuit.post[start:end]], "one_to_one", spec)
    return names


def weights(circuit, names):
    """Magnitudes in synapse order."""
    parts = []
    for (port, _, _), name in zip(circuit.classes(), names):
        values = nest.GetConnections(synapse_model=name).get(["source", "target", "weight"])
        order = np.lexsort((values["target"], values["source"]))
        parts.append(np.abs(np.array(values["weight"])[order]) / circuit.charge[port])
    return np.concatenate(parts)


def main(options):
    """Builds the network and times it."""
    nest.verbosity = nest.VerbosityLevel.ERROR
    circuit = Circuit(options.circuits, options.case)
    nest.ResetKernel()
    nest.resolution = circuit.dt_ms
    nest.local_num_threads = 1
    cells = neurons(circuit)
    names = connect(circuit, cells)
    with nest.RunManager():
        nest.Run(1000.0 * options.warm_up)
        cpu, wall = time.process_time(), time.monotonic()
        nest.Run(1000.0 * options.seconds)
        cpu, wall = time.process_time() - cpu, time.monotonic() - wall
    spikes = nest.local_spike_counter  # the kernel counts from 0 in every run
    learned = weights(circuit, names) if names else None
    report(circuit, nest.__version__, options.seconds, cpu, wall, spikes, learned)


if __name__ == "__main__":
    main(arguments(__doc__))
