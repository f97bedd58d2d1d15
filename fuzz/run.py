#!/usr/bin/env python3
"""Runs the libFuzzer targets of a build tree: each for a while, several at a time, with their
corpora kept under the build tree. The canary goes first and must fail. Ends with "N passed, N
failed"."""

import argparse
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import time

import seeds

CANARY = "fuzz_canary"
CANARY_SECONDS = 60
MEMORY_LIMIT_MB = 2048
INPUT_TIMEOUT_SECONDS = 10


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("target", nargs="?", default="all", help="a name, with or without fuzz_")
    parser.add_argument("seconds", nargs="?", type=int, default=60, help="for each target")
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the fuzz build tree")
    parser.add_argument("--jobs", type=int, default=1, help="targets at a time")
    parser.add_argument("--at-most", type=int, default=0, metavar="SECONDS",
                        help="for all together: shortens each turn when targets are many")
    parser.add_argument("--seed", type=int, default=0,
                        help="of libFuzzer's choices; 0 is another one each time")
    return parser.parse_args()


def find_targets(build):
    lines = (build / "fuzz_targets.txt").read_text().splitlines()
    return dict(line.split("\t") for line in lines if line)


def command(name, binary, seconds, build, seed):
    corpus = build / "corpus" / name
    artifacts = build / "artifacts" / name
    given = build / "seeds" / name
    seeds.write_seeds(name, given)
    for folder in (corpus, artifacts):
        folder.mkdir(parents=True, exist_ok=True)
    return [binary, f"-max_total_time={seconds}", f"-seed={seed}",
            f"-rss_limit_mb={MEMORY_LIMIT_MB}",
            f"-timeout={INPUT_TIMEOUT_SECONDS}", f"-artifact_prefix={artifacts}/",
            "-print_final_stats=1", str(corpus), str(given)]


def run(name, binary, seconds, build, seed):
    """Returns (ended well, one line for people, log file)."""
    log = build / "logs" / f"{name}.log"
    log.parent.mkdir(exist_ok=True)
    environment = dict(os.environ, UBSAN_OPTIONS="print_stacktrace=1",
                       ASAN_SYMBOLIZER_PATH="/usr/bin/llvm-symbolizer-19")
    started = time.monotonic()
    with log.open("w") as out:
        status = subprocess.run(command(name, binary, seconds, build, seed),
                                stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT,
                                env=environment, check=False).returncode
    text = log.read_text(errors="replace")
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", text)
    coverage = re.findall(r"cov: (\d+)", text)
    count = int(runs[1]) if runs else 0
    line = (f"{name:32} {time.monotonic() - started:5.0f} s  {count:>12,} runs"
            f"  {coverage[-1] if coverage else '-':>6} edges")
    return status == 0, line, log


def canary_works(binary, build):
    for old in (build / "corpus" / CANARY).glob("*"):
        old.unlink()
    ended_well, line, log = run(CANARY, binary, CANARY_SECONDS, build, seed=0)
    found = not ended_well and "heap-buffer-overflow" in log.read_text(errors="replace")
    verdict = "fails as it must" if found else "DID NOT FAIL: this fuzzing proves nothing"
    print(line, verdict, flush=True)
    return found


def tell(name, ended_well, line, log):
    print(line, "ok" if ended_well else "FAILED", flush=True)
    if not ended_well:
        print("".join(log.read_text(errors="replace").splitlines(keepends=True)[-60:]))
        print(f"{name}: log {log}; run the target with the artifact named above to see it again")


def main():
    args = arguments()
    targets = find_targets(args.build)
    canary = targets.pop(CANARY)
    if args.target != "all":
        wanted = args.target if args.target.startswith("fuzz_") else "fuzz_" + args.target
        if wanted not in targets:
            sys.exit(f"no target {wanted}; there are: {' '.join(sorted(targets))}")
        targets = {wanted: targets[wanted]}
    seconds = args.seconds
    if args.at_most and targets:
        turns = -(-len(targets) // args.jobs)
        seconds = max(5, min(seconds, args.at_most // turns))
    print(f"{len(targets)} targets, {seconds} s each, {args.jobs} at a time", flush=True)
    passed = int(canary_works(canary, args.build))
    failed = 1 - passed
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        waiting = {pool.submit(run, name, binary, seconds, args.build, args.seed): name
                   for name, binary in sorted(targets.items())}
        for done in concurrent.futures.as_completed(waiting):
            ended_well, line, log = done.result()
            tell(waiting[done], ended_well, line, log)
            passed += ended_well
            failed += not ended_well
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
