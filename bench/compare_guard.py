#!/usr/bin/env python3
"""What the detectors cost: the same capture read with and without them, in turns, in the same
minutes. Ratios are of wall-clock time, because detectors work beside the decoder on a core of their
own, and of processor time, which a single core would pay."""

import argparse
import json
import pathlib
import resource
import subprocess
import time

import captures

PACKETS = 3_000_000
RUNS = 5
AIM = 1.30  # times the reading without detectors


def one_run(command):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    parser.add_argument("--packets", type=int, default=PACKETS)
    args = parser.parse_args()
    capture = captures.clean_capture(args.build / "bench", args.packets)
    watch = [str(args.build / "vedette"), "watch", "--no-store", "--quiet", "-r", str(capture)]
    best = {}
    for _ in range(RUNS):
        for preset in ("off", "normal", "strict"):
            run = one_run([*watch, "--preset", preset])
            best[preset] = tuple(map(min, zip(run, best.get(preset, run))))
    result = {"packets": args.packets, "aim": AIM}
    print(f"reading {args.packets} packets of DNS, best of {RUNS} runs in turns")
    print(f"{'detectors':10} {'wall':>8} {'packets/s':>12} {'times off':>10} {'cpu':>8} "
          f"{'times off':>10}")
    for preset, (wall, cpu) in best.items():
        slower, dearer = wall / best["off"][0], cpu / best["off"][1]
        print(f"{preset:10} {wall:7.2f}s {args.packets / wall:12,.0f} {slower:10.2f} {cpu:7.2f}s "
              f"{dearer:10.2f}")
        result[preset] = {"wall": wall, "cpu": cpu, "times_wall": slower, "times_cpu": dearer}
    print(f"aim: at most {AIM} times the wall-clock time at normal: "
          f"{'met' if best['normal'][0] <= AIM * best['off'][0] else 'MISSED'}")
    args.out.write_text(json.dumps(result) + "\n")


if __name__ == "__main__":
    main()
