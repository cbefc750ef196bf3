"""Runs the other libraries on the cases of `evoplast_bench::searches`, and writes the table; see README.md for the method.

    python peers.py PROGRAM FOLDER RESULT.md [--repeats N] [--cmaes-crate PROGRAM]
"""

import argparse
import importlib.metadata
import json
import os
import pathlib
import subprocess
import sys
import time

# One thread, also for XLA; before anything is imported.
for name in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"]:
    os.environ[name] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from table import load, machine

HEAD = """# Searches and other libraries

Written by `bench/peers/searches/run`; [peers/searches/README.md](peers/searches/README.md) has the method. Processor time of one
generation, sorting or hypervolume on one thread; least of the repeats.
"""
CMA_GENERATIONS = {10: 2000, 100: 300, 1000: 24}
LARGE = (2645, 4000)


def values(x):
    """The function of the cases, row by row."""
    weights = 1 + np.arange(x.shape[1]) % 7
    return ((x - 1.0) ** 2) @ weights


def generations(ask, tell, count):
    """Processor time of a generation of ask, evaluation and tell."""
    start = time.process_time()
    for _ in range(count):
        x = ask()
        tell(x, values(np.asarray(x)))
    return (time.process_time() - start) / count


def pycma(n, count):
    import cma

    options = {"verbose": -9, "seed": 1, "CMA_eigenmethod": np.linalg.eigh, "tolfun": 0, "tolx": 0, "tolstagnation": 0, "maxiter": 1e9}
    search = cma.CMAEvolutionStrategy(np.zeros(n), 1.0, options)
    return generations(search.ask, lambda x, f: search.tell(x, list(f)), count)


def cmaes_pypi(n, count):
    import cmaes

    search = cmaes.CMA(mean=np.zeros(n), sigma=1.0, seed=1)
    ask = lambda: np.array([search.ask() for _ in range(search.population_size)])
    return generations(ask, lambda x, f: search.tell(list(zip(x, f))), count)


def fcmaes(n, count):
    from fcmaes import cmaescpp

    # Its ask and tell interface to C++ code; popsize as by default in the others.
    search = cmaescpp.ACMA_C(n, None, np.zeros(n), 1.0, popsize=4 + int(3 * np.log(n)), rg=np.random.default_rng(1))
    return generations(search.ask, lambda x, f: search.tell(f), count)


def evosax(name, n, population, count):
    import evosax.algorithms
    import jax
    import jax.numpy as jnp

    kind = getattr(evosax.algorithms, name)
    if population is None:
        population = 4 + int(3 * np.log(n))
    search = kind(population_size=population, solution=jnp.zeros(n))
    params = search.default_params
    key = jax.random.key(1)
    start = jnp.zeros(n)
    state = search.init(key, start, params)
    weights = jnp.asarray(1 + np.arange(n) % 7, dtype=jnp.zeros(1).dtype)

    # All generations in one compiled loop: what its users are told to do, and the fastest that it has.
    @jax.jit
    def run(state, key):
        def generation(carry, _):
            state, key = carry
            key, a, b = jax.random.split(key, 3)
            x, state = search.ask(a, state, params)
            f = ((x - 1.0) ** 2) @ weights
            state, _ = search.tell(b, x, f, state, params)
            return (state, key), None

        return jax.lax.scan(generation, (state, key), None, length=count)[0]

    jax.block_until_ready(run(state, key))
    begin = time.process_time()
    jax.block_until_ready(run(state, key))
    return (time.process_time() - begin) / count


def moocore_case(folder, case):
    import moocore

    name = case.removesuffix(", contributions")
    points = np.loadtxt(folder / f"{name}.csv", delimiter=",")
    if name.startswith("sort"):
        work = lambda: moocore.pareto_rank(points).max() + 1
    elif case.endswith("contributions"):
        work = lambda: moocore.hv_contributions(points, ref=[1.1] * 6).sum()
    else:
        work = lambda: moocore.hypervolume(points, ref=[1.1] * 6)
    start = time.process_time()
    result = work()
    return time.process_time() - start, float(result)


def cases(options):
    """(case, library, package, function that gives a time, or a time and a result)."""
    for n, count in CMA_GENERATIONS.items():
        case = f"cma_es, n = {n}"
        yield case, "pycma", "cma", lambda n=n, c=count: pycma(n, c)
        yield case, "cmaes (PyPI)", "cmaes", lambda n=n, c=count: cmaes_pypi(n, c if n < 1000 else 3)
        yield case, "fcmaes", "fcmaes", lambda n=n, c=count: fcmaes(n, c)
        yield case, "evosax", "evosax", lambda n=n, c=count: evosax("CMA_ES", n, None, c)
        yield f"sep_cma_es, n = {n}", "evosax", "evosax", lambda n=n, c=count: evosax("Sep_CMA_ES", n, None, 5 * c)
    for ours, theirs in [("open_ai_es", "Open_ES"), ("pgpe", "PGPE"), ("snes", "SNES"), ("lm_ma_es", "LM_MA_ES"), ("guided_es", "GuidedES")]:
        yield f"{ours}, n = {LARGE[0]}, l = {LARGE[1]}", "evosax", "evosax", lambda t=theirs: evosax(t, *LARGE, 3)
    for case in options.sets:
        yield case, "moocore", "moocore", lambda c=case: moocore_case(options.folder, c)


def ours(options):
    done = subprocess.run([options.program, "run", "--repeats", str(options.repeats)], capture_output=True, text=True, check=True)
    return {cost["case"]: cost for cost in map(json.loads, done.stdout.splitlines())}


def cmaes_crate(program, n):
    done = subprocess.run([program, str(n), str(CMA_GENERATIONS[n])], capture_output=True, text=True, check=True)
    return float(done.stdout)


def text(seconds):
    for unit, scale in [("s", 1.0), ("ms", 1e-3), ("us", 1e-6)]:
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("result", type=pathlib.Path)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--cmaes-crate")
    options = parser.parse_args()
    subprocess.run([options.program, "write", options.folder], check=True)
    mine = ours(options)
    options.sets = [case for case in mine if case.startswith(("sort", "hypervolume"))]
    rows = []
    for case, library, package, work in cases(options):
        best, result, error = float("inf"), None, None
        repeats = 1 if "contributions" in case else options.repeats
        for _ in range(repeats):
            try:
                found = work()
            except Exception as reason:
                error = f"{type(reason).__name__}: {reason}".splitlines()[0][:120]
                break
            seconds, result = found if isinstance(found, tuple) else (found, None)
            best = min(best, seconds)
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            version = ""
        rows.append((case, f"{library} {version}", best, result, error))
        print(case, library, text(best) if error is None else error, flush=True)
    if options.cmaes_crate:
        for n in CMA_GENERATIONS:
            seconds = min(cmaes_crate(options.cmaes_crate, n) for _ in range(options.repeats))
            rows.append((f"cma_es, n = {n}", "cmaes crate", seconds, None, None))
    again = ours(options)
    lines = ["| case | evoplast | other library | its time | evoplast / other | same result |", "|---|---|---|---|---|---|"]
    for case, library, seconds, result, error in sorted(rows, key=lambda row: list(mine).index(row[0])):
        own = min(mine[case]["cpu_s"], again[case]["cpu_s"])
        if error is not None:
            lines.append(f"| {case} | {text(own)} | {library} | {error} | - | - |")
            continue
        same = "-" if result is None else ("yes" if abs(result - mine[case]["result"]) <= 1e-9 * abs(result) else f"no: {result} / {mine[case]['result']}")
        lines.append(f"| {case} | {text(own)} | {library} | {text(seconds)} | {own / seconds:.2f} | {same} |")
    lines += ["", f"{time.strftime('%Y-%m-%d')}, {machine()}, {load()}."]
    options.result.write_text("\n".join([HEAD, *lines]) + "\n")
    print("\n".join(lines))


main()
