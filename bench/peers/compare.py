"""Runs evoplast and its peers on the same circuits, one after the other on one thread, and writes the table.

Called by `run`, which makes the virtual environments; see README.md for the method.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import shutil
import subprocess
import sys

from table import write_results

CASES = ["coba", "cuba", "static", "pair-stdp", "five-term"]
WARM_UP_S = 1
OURS_S = 10
# Largest difference of mean rates, over the same seconds, with which two runs are compared.
RATE_TOLERANCE = 0.05


class Peer:
    """A simulator: its script, the seconds of biological time of each case it takes part in, and cases so slow that
    fewer repeats have to do."""

    def __init__(self, name, package, seconds, folder_suffix="", most_repeats=None):
        self.name = name
        self.package = package
        self.seconds = seconds
        self.folder_suffix = folder_suffix
        self.most_repeats = most_repeats or {}


PEERS = [
    Peer("Brian2", "brian2", {"coba": 10, "cuba": 10, "static": 10, "pair-stdp": 10, "five-term": 4}),
    Peer("Brian2, traces per synapse", "brian2", {"pair-stdp": 10}, "-traces"),
    Peer("NEST", "nest", {"coba": 3, "cuba": 4, "static": 4, "pair-stdp": 4}, most_repeats={"coba": 1}),
    Peer("JAX, dense", "jax", {"five-term": 1}, most_repeats={"five-term": 1}),
]
# Simulators that compile a program for each case.
COMPILED = {"brian2"}
# Why a simulator has no row in a case.
ABSENT = {
    ("five-term", "NEST"): "no such rule in NEST, nor a way to state one without a model compiled for it",
}


def one_thread():
    """Environment of every run: libraries that start threads are told not to."""
    names = ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"]
    return os.environ | {name: "1" for name in names} | {"PYNEST_QUIET": "1"}


def pinned():
    """Words that keep a command on one processor, where there are such words."""
    if shutil.which("taskset") and hasattr(os, "sched_getaffinity"):
        return ["taskset", "-c", str(max(os.sched_getaffinity(0)))]
    return []


def last_line(text):
    """The last line that says something, for a table."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "no message"


class Bench:
    """The programs, folders and limits of one comparison."""

    def __init__(self, options):
        self.ours = options.program
        self.folder = pathlib.Path(options.folder)
        self.scripts = pathlib.Path(__file__).parent
        self.limit_s = options.limit

    def work(self, peer, case):
        """Folder of what a peer builds for a case."""
        return self.folder / "work" / f"{peer.package}-{case}{peer.folder_suffix}"

    def python(self, peer):
        """The interpreter with this peer."""
        return self.folder / f"venv-{peer.package}" / "bin" / "python"

    def peer(self, peer, case, prepare):
        """Runs a peer's script; its output, or an error as text."""
        command = [] if prepare else pinned()
        command += [self.python(peer), self.scripts / f"{peer.package}_peer.py", self.folder / "circuits", case]
        command += [self.work(peer, case), "--warm-up", WARM_UP_S, "--seconds", peer.seconds[case]]
        return self.call(command + (["--prepare"] if prepare else []))

    def call(self, command):
        """(standard output, None), or (None, what went wrong)."""
        command = [str(word) for word in command]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=self.limit_s, env=one_thread())
        except subprocess.TimeoutExpired:
            return None, f"did not end within {self.limit_s} s"
        except OSError as error:
            return None, str(error)
        if done.returncode != 0:
            return None, last_line(done.stderr or done.stdout)
        return done.stdout, None

    def ours_once(self, case):
        """One run of evoplast."""
        command = [self.ours, "run", case, "--warm-up", WARM_UP_S, "--seconds", OURS_S]
        output, error = self.call(pinned() + command)
        return (json.loads(last_json(output)), None) if error is None else (None, error)

    def peer_once(self, peer, case):
        """One run of a peer."""
        output, error = self.peer(peer, case, prepare=False)
        if error is not None:
            return None, error
        line = last_json(output)
        return (json.loads(line), None) if line else (None, "printed no result")


def last_json(output):
    """The last line of JSON."""
    lines = [line for line in output.splitlines() if line.startswith("{")]
    return lines[-1] if lines else None


def compare_case(bench, case, repeats, errors):
    """Interleaved repeats of a case: rows of (name, results or None, error or None), evoplast first."""
    peers = [peer for peer in PEERS if case in peer.seconds]
    results = {peer.name: [] for peer in peers}
    failed = {peer.name: errors.get((case, peer.name)) for peer in peers}
    ours = []
    for repeat in range(repeats):
        result, error = bench.ours_once(case)
        if error is not None:
            sys.exit(f"error: evoplast, {case}: {error}")
        ours.append(result)
        for peer in peers:
            if failed[peer.name] is not None or repeat >= peer.most_repeats.get(case, repeats):
                continue
            result, failed[peer.name] = bench.peer_once(peer, case)
            if result is not None:
                results[peer.name].append(result)
        done = ", ".join(f"{name} {r[-1]['cpu_s_per_bio_s']:.3f}" for name, r in results.items() if r)
        print(f"{case} {repeat + 1}/{repeats}: evoplast {ours[-1]['cpu_s_per_bio_s']:.3f}, {done}", flush=True)
    rows = [("evoplast", ours, None)]
    for peer in peers:
        rows.append((peer.name, results[peer.name], failed[peer.name]))
    rows += [(name, [], reason) for (at, name), reason in ABSENT.items() if at == case]
    return rows


def prepare(bench, missing):
    """Builds what is compiled once per case, several at a time; errors by (case, simulator)."""
    errors = {}
    jobs = [(peer, case) for peer in PEERS for case in peer.seconds]
    for peer, case in jobs:
        if peer.package in missing:
            errors[(case, peer.name)] = f"not installed: {missing[peer.package]}"
        else:
            bench.work(peer, case).mkdir(parents=True, exist_ok=True)
    jobs = [(peer, case) for peer, case in jobs if peer.package in COMPILED and peer.package not in missing]
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        outcomes = pool.map(lambda job: bench.peer(*job, prepare=True), jobs)
    for (peer, case), (_, error) in zip(jobs, outcomes):
        if error is not None:
            errors[(case, peer.name)] = f"could not be built: {error}"
    return errors


def main():
    """The whole comparison."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="evoplast's program peer_cases")
    parser.add_argument("folder", help="folder with the virtual environments; circuits and builds go there too")
    parser.add_argument("results", help="the table to write")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--cases", default=",".join(CASES), help="which cases, separated by commas")
    parser.add_argument("--limit", type=int, default=1200, help="longest time for one run of a peer, in seconds")
    options = parser.parse_args()
    bench = Bench(options)
    cases = options.cases.split(",")
    for peer in PEERS:
        peer.seconds = {case: seconds for case, seconds in peer.seconds.items() if case in cases}
    output, error = bench.call([bench.ours, "write", bench.folder / "circuits"])
    if error is not None:
        sys.exit(f"error: writing the circuits: {error}")
    missing = {path.stem.removeprefix("failed-"): path.read_text() for path in bench.folder.glob("failed-*.txt")}
    missing = {package: last_line(text) for package, text in missing.items()}
    print("building", flush=True)
    errors = prepare(bench, missing)
    tables = {}
    for case in cases:
        tables[case] = compare_case(bench, case, options.repeats, errors)
        # After every case, so that a run that is stopped leaves what it has.
        (bench.folder / "results.json").write_text(json.dumps(tables, indent=1))
        write_results(pathlib.Path(options.results), tables, WARM_UP_S, RATE_TOLERANCE)
    print(f"written: {options.results}")


if __name__ == "__main__":
    main()
