"""The table of a comparison: medians, spread, ratios, and which rows count."""

import datetime
import os
import platform
import statistics
import subprocess

TITLES = {
    "coba": "COBA: Vogels-Abbott with conductances, 4000 neurons, 0.1 ms",
    "cuba": "CUBA: Vogels-Abbott with currents, 4000 neurons, 0.1 ms",
    "static": "Static: 3000 neurons, 0.9 million synapses, 1 ms",
    "pair-stdp": "Pair STDP: the same with all-to-all pair STDP on every synapse",
    "five-term": "Five terms: the same with a five-term rule with reward on every synapse",
}
# Processor seconds per second of biological time, measured before on another machine, one thread.
ELSEWHERE = {
    "coba": {"Auryn": 0.092, "GeNN": 0.104, "Brian2": 0.28, "NEST": 6.9},
    "cuba": {"Brian2": 0.059, "GeNN": 0.075, "NEST": 1.46},
    "static": {"GeNN": 0.058, "Brian2": 0.058, "Auryn": 0.106, "NEST": 0.25},
    "pair-stdp": {"GeNN": 0.100, "Brian2": 0.112, "Auryn": 0.167, "NEST": 0.88},
    "five-term": {"Brian2": 1.42, "GeNN": 1.81, "JAX": 4.2},
}
# What evoplast is to need at most, on that machine; the ratio to Brian2 is the goal on any machine.
GOAL_S = {"coba": 0.050, "cuba": 0.025, "static": 0.025, "pair-stdp": 0.060, "five-term": 0.08}


def median(results, key):
    """Median over the repeats."""
    return statistics.median(result[key] for result in results)


def row_of(name, results, error, ours, tolerance):
    """Numbers of one simulator in one case, with the verdict on its rate."""
    if not results:
        return {"name": name, "note": error or "no result"}
    seconds = results[0]["bio_s"]
    cpu = [result["cpu_s_per_bio_s"] for result in results]
    our_rate = statistics.mean(ours[0]["rate_hz_by_s"][:seconds])
    rate = median(results, "rate_hz")
    off = rate / our_rate - 1.0 if our_rate > 0.0 else float("inf")
    counted = abs(off) <= tolerance
    note = f"failed after {len(results)} repeats: {error}" if error else ""
    return {
        "name": name,
        "seconds": seconds,
        "repeats": len(results),
        "cpu": statistics.median(cpu),
        "low": min(cpu),
        "high": max(cpu),
        "wall": median(results, "wall_s_per_bio_s"),
        "rate": rate,
        "off": off,
        "counted": counted,
        "change": median(results, "relative_change"),
        "peak": max(result["peak_mib"] or 0.0 for result in results),
        "version": results[0].get("version", ""),
        "note": note,
    }


def case_table(case, rows):
    """Lines of markdown for one case."""
    lines = [f"### {TITLES[case]}", ""]
    lines.append("| simulator | CPU s / bio s | lowest, highest | wall | rate Hz | rate off by | weights moved | MiB | "
                 "bio s x repeats | evoplast / it | counted |")
    lines.append("|" + "---|" * 11)
    ours = rows[0]
    for row in rows:
        if "cpu" not in row:
            lines.append(f"| {row['name']} | none: {row['note']} |" + " |" * 9)
            continue
        name = f"{row['name']} {row['version']}".strip()
        ratio = "" if row is ours else f"{ours['cpu'] / row['cpu']:.3f}"
        counted = "" if row is ours else ("yes" if row["counted"] else "**not counted**: rates differ")
        if row["note"]:
            counted += f"; {row['note']}"
        off = "" if row is ours else f"{100.0 * row['off']:+.1f} %"
        lines.append(
            f"| {name} | {row['cpu']:.4f} | {row['low']:.4f}, {row['high']:.4f} | {row['wall']:.4f} | {row['rate']:.2f} "
            f"| {off} | {100.0 * row['change']:.2f} % | {row['peak']:.0f} | {row['seconds']} x {row['repeats']} "
            f"| {ratio} | {counted} |"
        )
    return lines + [""]


def goals(tables):
    """Lines of markdown: goal and measured ratio of each case."""
    lines = ["| case | goal: evoplast / Brian2 at most | measured | fastest peer here | evoplast / fastest | goal met |"]
    lines.append("|" + "---|" * 6)
    for case, rows in tables.items():
        goal = GOAL_S[case] / ELSEWHERE[case]["Brian2"]
        ours = rows[0]["cpu"]
        peers = [row for row in rows[1:] if row.get("counted")]
        brian2 = next((ours / row["cpu"] for row in peers if row["name"] == "Brian2"), None)
        fastest = min(peers, key=lambda row: row["cpu"], default=None)
        measured = "none that counts" if brian2 is None else f"{brian2:.3f}"
        name, ratio = ("none", "") if fastest is None else (fastest["name"], f"{ours / fastest['cpu']:.3f}")
        met = "" if brian2 is None else ("yes" if brian2 <= goal else "no")
        lines.append(f"| {case} | {goal:.3f} ({GOAL_S[case]:g} / {ELSEWHERE[case]['Brian2']:g}) | {measured} | {name} "
                     f"| {ratio} | {met} |")
    return lines + [""]


def machine():
    """Model and number of processors."""
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo") as file:
            model = next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), model)
    except OSError:
        pass
    return f"{model}, {os.cpu_count()} processors"


def rustc():
    """The compiler's version."""
    try:
        return subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def load():
    """A sentence on the mean number of running programs over the last quarter of an hour."""
    if not hasattr(os, "getloadavg"):
        return "load average unknown"
    average = os.getloadavg()[2]
    busy = average > 1.5 * os.cpu_count()
    warning = ": **the machine was busy with other work, all times are rough and the ratios too**" if busy else ""
    return f"load average {average:.1f}{warning}"


def write_results(path, tables, warm_up_s, tolerance):
    """Writes the whole document."""
    tables = {
        case: [row_of(name, results, error, rows[0][1], tolerance) for name, results, error in rows]
        for case, rows in tables.items()
    }
    lines = [
        "# Evoplast and other simulators",
        "",
        "Written by `bench/peers/run`; method and circuits: [peers/README.md](peers/README.md).",
        "",
        f"{datetime.date.today()}, {machine()}, rustc {rustc()}; {load()}. One thread. CPU s / "
        f"bio s: processor time per second of biological time, median of the repeats, without building, compiling and a "
        f"warm-up of {warm_up_s} s. A row counts if its mean rate is within {100 * tolerance:.0f} % of evoplast's over "
        "the same seconds.",
        "",
        "## Ratios",
        "",
        *goals(tables),
        "## Measured here",
        "",
    ]
    for case, rows in tables.items():
        lines += case_table(case, rows)
    lines += [
        "## Measured before on another machine",
        "",
        "CPU s / bio s, one thread, circuits of the same size. GeNN and Auryn are not on PyPI and are not run here: their "
        "numbers are these and can be compared only within this table. `evoplast, goal` is what the goals above come from.",
        "",
        "| case | Auryn | GeNN | Brian2 | NEST | JAX | evoplast, goal |",
        "|" + "---|" * 7,
    ]
    for case, values in ELSEWHERE.items():
        cells = " | ".join(f"{values[name]:g}" if name in values else "" for name in ("Auryn", "GeNN", "Brian2", "NEST", "JAX"))
        lines.append(f"| {case} | {cells} | {GOAL_S[case]:g} |")
    path.write_text("\n".join(lines) + "\n")
