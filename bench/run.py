#!/usr/bin/env python3
"""Runs the benchmarks of a release tree, prints what they measured and how variants of one thing
compare, and writes bench/results/NAME.json.

Two kinds: the microbenchmarks beside the code (Google Benchmark programs, bench_<module>), and the
whole-program comparisons of this folder (compare_<what>.py), which run peers in the same minute.
Variants of one thing share the name before the first slash; the first of them is the measure of the
others, so "name/plain" and "name/checked" print a ratio."""

import argparse
import json
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
RESULTS = HERE / "results"
SECONDS_EACH = "0.3"


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", default="",
                        help="only the one of this name, or else those whose name contains it")
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the release build tree")
    return parser.parse_args()


def programs(build):
    """(name, command) of every benchmark there is."""
    listed = build / "bench_targets.txt"
    lines = listed.read_text().splitlines() if listed.exists() else []
    for line in lines:
        if line:
            name, path = line.split("\t")
            yield name.removeprefix("bench_"), [path]
    for script in sorted(HERE.glob("compare_*.py")):
        name = script.stem.removeprefix("compare_")
        yield name, [sys.executable, str(script), "--build", str(build),
                     "--out", str(RESULTS / f"{name}.json")]


def print_micro(report):
    first_of_group = {}
    for row in report["benchmarks"]:
        if row.get("error_occurred"):
            print(f"  {row['name']:48} ERROR {row['error_message']}")
            continue
        group = row["name"].split("/")[0]
        time = row["real_time"]
        ratio = time / first_of_group.setdefault(group, time)
        units = (("items_per_second", "items"), ("bytes_per_second", "bytes"))
        rates = "".join(f"  {row[key]:>14,.0f} {unit}/s" for key, unit in units if key in row)
        print(f"  {row['name']:48} {time:12,.1f} {row['time_unit']}  x{ratio:<6.2f}{rates}")


def run_micro(name, command):
    out = RESULTS / f"{name}.json"
    options = [f"--benchmark_out={out}", "--benchmark_out_format=json",
               f"--benchmark_min_time={SECONDS_EACH}"]
    ended = subprocess.run(command + options, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)
    if ended.returncode == 0:
        report = json.loads(out.read_text())
        print_micro(report)
        return not any(row.get("error_occurred") for row in report["benchmarks"])
    return False


def main():
    args = arguments()
    RESULTS.mkdir(exist_ok=True)
    known = list(programs(args.build))
    chosen = ([(name, command) for name, command in known if name == args.name] or
              [(name, command) for name, command in known if args.name in name])
    if not chosen:
        names = " ".join(name for name, _ in known)
        sys.exit(f"no benchmark is called {args.name!r}; there are: {names}")
    failed = 0
    for name, command in chosen:
        print(f"{name}", flush=True)
        if command[0] == sys.executable:
            good = subprocess.run(command, check=False).returncode == 0
        else:
            good = run_micro(name, command)
        if not good:
            print(f"  {name} FAILED", flush=True)
            failed += 1
    print(f"{len(chosen) - failed} passed, {failed} failed; results in bench/results/")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
