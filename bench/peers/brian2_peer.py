"""Brian2: cpp_standalone in single precision, compiled once per case with its default -O3 -ffast-math -march=native.

Currents are integrated exactly, the conductance-based membrane by Euler's method, which is what evoplast does there and
the cheapest that Brian2 has. Traces of the pair rules are variables of the neurons, which all-to-all pairing allows and
which is faster than a trace per synapse; the work folder's name ending in `-traces` asks for traces per synapse with
event-driven updates, as Brian2's documentation writes STDP. Terms of the five-term rule that act in every step update
every synapse in every step. A rule sees a presynaptic spike when it arrives, one step later than in evoplast.
"""

import hashlib
import json
import os
import pathlib
import subprocess
import time

from circuit import Circuit, arguments, report

NEURON = """
dv/dt = ({current}) / tau_m : 1 (unless refractory)
dge/dt = -ge / tau_e : 1
dgi/dt = -gi / tau_i : 1
spikes : integer
"""
CURRENT = "e_l - v + (ge + gi{bias}) / g_l"
CONDUCTANCE = "e_l - v + (ge * (e_e - v) + gi * (e_i - v){bias}) / g_l"


def neurons(b, circuit):
    """The population in its initial state."""
    p = circuit.neuron
    conductances = circuit.reversal_mv[0] is not None
    namespace = {
        "tau_m": p["c_m_pf"] / p["g_ns"] * b.ms,
        "tau_e": circuit.tau_ms[0] * b.ms,
        "tau_i": circuit.tau_ms[1] * b.ms,
        "e_l": p["e_l_mv"],
        "g_l": p["g_ns"],
        "v_th": p["v_th_mv"],
        "v_reset": p["v_reset_mv"],
        "e_e": circuit.reversal_mv[0],
        "e_i": circuit.reversal_mv[1],
    }
    biased = bool(circuit.bias_pa.any())
    current = CONDUCTANCE if conductances else CURRENT
    equations = NEURON.format(current=current.format(bias=" + bias" if biased else ""))
    equations += "bias : 1 (constant)\n" if biased else ""
    reset = "v = v_reset; spikes += 1"
    if circuit.rule:
        namespace["tau_x"] = circuit.rule["tau_e_ms"] * b.ms
        equations += "dx/dt = -x / tau_x : 1\ndrift : 1\npair : 1\n"
        reset += "; x += 1"
    group = b.NeuronGroup(
        circuit.n,
        equations,
        threshold="v > v_th",
        reset=reset,
        refractory=p["t_ref_ms"] * b.ms,
        method="euler" if conductances else "exact",
        namespace={name: value for name, value in namespace.items() if value is not None},
    )
    group.v = circuit.v_mv
    if biased:
        group.bias = circuit.bias_pa
    group.ge = circuit.arriving[0] * circuit.charge[0]
    group.gi = circuit.arriving[1] * circuit.charge[1]
    return group


def synapses(b, circuit, group, port, start, end, trace_per_synapse):
    """The synapses of one class, with the rule of the case."""
    target = ("ge", "gi")[port]
    pre = group[: circuit.excitatory] if port == 0 else group[circuit.excitatory :]
    sign = float(circuit.sign[circuit.pre[start]])
    effect = circuit.charge[port] * sign
    namespace, model, on_post = {"effect": effect}, "w : 1", None
    if not circuit.rule:
        if circuit.weight[start:end].min() == circuit.weight[start:end].max():
            namespace["effect"] = effect * float(circuit.weight[start])
            model, on_pre = "", f"{target}_post += effect"
        else:
            on_pre = f"{target}_post += effect * w"
    else:
        rule = circuit.rule["terms"]
        namespace["eta"] = circuit.one_value(circuit.scale, start, end)
        namespace["upper"] = circuit.one_value(circuit.upper, start, end)
        deliver = f"{target}_post += effect * w"
        if "S_post X_pre" in rule:
            namespace |= {"ltp": rule["S_post X_pre"], "ltd": rule["S_pre X_post"]}
            if trace_per_synapse:
                namespace["tau_x"] = circuit.rule["tau_e_ms"] * b.ms
                model += "\ndx_in/dt = -x_in / tau_x : 1 (event-driven)\ndx_out/dt = -x_out / tau_x : 1 (event-driven)"
                on_pre = f"w = clip(w + eta * ltd * x_out, 0, upper); x_in += 1; {deliver}"
                on_post = "w = clip(w + eta * ltp * x_in, 0, upper); x_out += 1"
            else:
                on_pre = f"w = clip(w + eta * ltd * x_post, 0, upper); {deliver}"
                on_post = "w = clip(w + eta * ltp * x_pre, 0, upper)"
        else:
            namespace |= {"c_spike": rule["S_pre"], "c_coincidence": rule["S_pre X_post"]}
            on_pre = f"w = clip(w + eta * (c_spike + c_coincidence * x_post), 0, upper); {deliver}"
    s = b.Synapses(pre, group, model, on_pre=on_pre, on_post=on_post, delay=None, namespace=namespace)
    first = 0 if port == 0 else circuit.excitatory
    s.connect(i=circuit.pre[start:end] - first, j=circuit.post[start:end])
    s.pre.delay = circuit.delay_ms * b.ms
    if model:
        s.w = circuit.weight[start:end]
    if circuit.rule and "X_pre X_post R" in circuit.rule["terms"]:
        update = "w = clip(w + eta * (drift_post + pair_pre * x_post), 0, upper)"
        s.run_regularly(update, dt=b.defaultclock.dt, when="before_synapses", order=1)
    return s


def postsynaptic_terms(b, circuit, group, steps):
    """Per neuron and step: the terms of the postsynaptic neuron alone, and X R for the pair term."""
    rule = circuit.rule["terms"]
    reward = b.TimedArray(circuit.reward_trace(steps), dt=b.defaultclock.dt)
    names = {"c_post": "X_post", "c_square": "X_post^2", "c_pair": "X_pre X_post R"}
    group.namespace.update({name: rule[term] for name, term in names.items()} | {"reward": reward})
    update = "drift = c_post * x + c_square * x * x\npair = c_pair * reward(t) * x"
    group.run_regularly(update, dt=b.defaultclock.dt, when="before_synapses", order=0)


def key(options):
    """What the compiled program depends on."""
    digest = hashlib.sha256(f"{options.warm_up} {options.seconds}".encode())
    here = pathlib.Path(__file__).parent
    circuits = pathlib.Path(options.circuits)
    names = [here / "brian2_peer.py", here / "circuit.py", here / "requirements-brian2.txt"]
    for path in names + [circuits / f"{options.case}.npz", circuits / f"{options.case}.json"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def prepare(options):
    """Generates and compiles the program of a case, unless the work folder has it."""
    about = pathlib.Path(options.work, "peer.json")
    if about.exists() and json.loads(about.read_text())["key"] == key(options):
        return
    about.unlink(missing_ok=True)
    import brian2 as b
    import numpy as np

    b.prefs.core.default_float_dtype = np.float32
    b.prefs.devices.cpp_standalone.extra_make_args_unix = [f"-j{os.cpu_count()}"]
    b.set_device("cpp_standalone", build_on_run=False)
    circuit = Circuit(options.circuits, options.case)
    b.defaultclock.dt = circuit.dt_ms * b.ms
    group = neurons(b, circuit)
    trace_per_synapse = options.work.endswith("-traces")
    all_synapses = [synapses(b, circuit, group, *part, trace_per_synapse) for part in circuit.classes()]
    if circuit.rule and "X_pre X_post R" in circuit.rule["terms"]:
        steps = round(1000 * (options.warm_up + options.seconds) / circuit.dt_ms) + 1
        postsynaptic_terms(b, circuit, group, steps)
    network = b.Network(group, *all_synapses)
    device = b.get_device()
    count = device.get_array_name(group.variables["spikes"], access_data=False)
    add = f"{{ long sum = 0; for (int i = 0; i < {circuit.n}; i++) sum += {count}[i];"
    device.insert_code("before_network_run", 'std::cout << "PEER start " << std::clock() << std::endl;')
    device.insert_code(
        "after_network_run", add + ' std::cout << "PEER end " << std::clock() << " " << sum << std::endl; }'
    )
    for seconds in (options.warm_up, options.seconds):
        network.run(seconds * b.second)
    device.build(directory=options.work, compile=True, run=False, debug=False)
    files = [os.path.basename(device.get_array_filename(s.variables["w"])) for s in all_synapses if circuit.rule]
    found = {"version": b.__version__, "files": files, "seconds": options.seconds, "key": key(options)}
    about.write_text(json.dumps(found))


def run(options):
    """Runs the compiled program and reads its clock, its spikes and its weights."""
    import numpy as np

    work = pathlib.Path(options.work)
    about = json.loads((work / "peer.json").read_text())
    started = time.monotonic()
    process = subprocess.Popen(["./main"], cwd=work, stdout=subprocess.PIPE, text=True)
    lines = []
    for line in process.stdout:
        lines.append((time.monotonic() - started, line.split()))
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        raise SystemExit(f"the compiled program ended with status {status}")
    # Start and end of the warm-up, then of the timed run.
    marks = [(at, words) for at, words in lines if words[:1] == ["PEER"]]
    (_, _), (_, warm), (started, start), (ended, end) = marks
    cpu_s = (int(end[2]) - int(start[2])) * 1e-6
    spikes = int(end[3]) - int(warm[3])
    circuit = Circuit(options.circuits, options.case)
    weight = None
    if about["files"]:
        weight = np.concatenate([np.fromfile(work / "results" / name, dtype=np.float32) for name in about["files"]])
    peak_mib = usage.ru_maxrss / 1024.0
    report(circuit, about["version"], about["seconds"], cpu_s, ended - started, spikes, weight, peak_mib)


if __name__ == "__main__":
    OPTIONS = arguments(__doc__)
    prepare(OPTIONS) if OPTIONS.prepare else run(OPTIONS)
