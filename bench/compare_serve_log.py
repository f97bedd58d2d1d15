#!/usr/bin/env python3
"""What logging costs the name server, and whether it keeps everything: `vedette serve` without a
log, with the store, with detectors too, and with the store and dnstap, in turns, at a given rate.
What counts is the CPU time of the thread that answers, per answer, relative to the one without a
log in the same round; questions come in bursts of one size, so that all are woken alike.
Afterwards the books are compared: answers, what the server says it logged, rows in the store,
frames of dnstap. At the end the same at full speed, where losses are allowed if they are
counted."""

import argparse
import json
import pathlib
import re
import shutil
import statistics
import struct
import subprocess
import tempfile
import time

import compare_serve
import name_servers

BURST = 16
SETTLE = 0.5  # seconds in which the log of the last measurement is stored
ANSWERING = "answer-udp"


def variants(folder):
    """name -> flags."""
    store = {name: ["--set", f"store.path={folder}/{name}.db"]
             for name in ("store", "detectors", "dnstap", "full")}
    return {"none": ["--no-log"],
            "store": store["store"] + ["--preset", "off"],
            "detectors": store["detectors"],
            "dnstap": store["dnstap"] + ["--preset", "off", "--dnstap", f"{folder}/frames"],
            "full": store["full"] + ["--preset", "off"]}


def start(name, flags, folder, zone, build):
    ports = name_servers.Ports.free()
    command = name_servers.vedette_command(folder, zone, ports, build, *flags)
    running = name_servers.Running(name, command, ports, folder)
    if not running.wait_until_ready():
        running.stop()
        raise SystemExit((folder / f"{name}.log").read_text())
    return running


def measure(arguments, running, questions, rate):
    before = running.thread_cpu(ANSWERING)
    words = compare_serve.ask(arguments.build, running, "udp", questions, arguments.seconds,
                              256, 4, rate, BURST)
    answers = int(words[1])
    return {"rate": float(words[0]), "answers": answers, "lost": int(words[3]),
            "us": (running.thread_cpu(ANSWERING) - before) * 1e6 / max(answers, 1)}


def count_rows(build, store):
    """Rows in the store, by reading them."""
    with subprocess.Popen([str(build / "vedette"), "logs", "--store", str(store), "-n", "0",
                           "--format", "jsonl"], stdout=subprocess.PIPE) as reading:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: reading.stdout.read(1 << 20), b""))


def count_frames(path):
    """Data frames of a Frame Streams file; a length of zero begins a control frame."""
    data, at, frames = path.read_bytes(), 0, 0
    while at + 4 <= len(data):
        length = struct.unpack_from(">I", data, at)[0]
        at += 4
        if length == 0:
            length = 4 + struct.unpack_from(">I", data, at)[0]
        else:
            frames += 1
        at += length
    return frames


def books(name, folder, build):
    """What the server said at its end, and what is there."""
    account = (folder / f"{name}.log").read_text().splitlines()[-1]
    answers = int(re.search(r"(\d+) answers", account)[1])
    logged = re.search(r"logged (\d+), not logged (\d+)", account)
    row = {"answers": answers, "logged": int(logged[1]), "not_logged": int(logged[2]),
           "rows": count_rows(build, folder / f"{name}.db")}
    if name == "dnstap":
        row["frames"] = count_frames(folder / "frames")
    row["whole"] = (row["logged"] + row["not_logged"] == answers and
                    row["rows"] == row["logged"] and
                    # A frame for the question, one for the answer.
                    row.get("frames", 2 * answers) == 2 * answers)
    print(f"  {name:9} answers {answers}  logged {row['logged']}  not logged {row['not_logged']}"
          f"  rows {row['rows']}"
          + (f"  dnstap frames {row['frames']}" if "frames" in row else "")
          + f"  kept {100 * row['rows'] / answers:.2f} %"
          + ("" if row["whole"] else "  THE BOOKS DISAGREE"), flush=True)
    return row


def at_rate(arguments, servers, questions):
    rounds = {}
    for _ in range(arguments.rounds):
        for name, running in servers.items():
            result = measure(arguments, running, questions, arguments.rate)
            rounds.setdefault(name, []).append(result)
            time.sleep(SETTLE)
    report = {}
    print(f"CPU time of the answering thread per answer, {arguments.rate} questions/s wanted;"
          " median of rounds (best..worst)")
    for name, results in rounds.items():
        ratios = [r["us"] / b["us"] for r, b in zip(results, rounds["none"]) if b["us"]]
        report[name] = row = {
            "us": statistics.median(r["us"] for r in results),
            "rate": statistics.median(r["rate"] for r in results),
            "ratio": statistics.median(ratios), "best": min(ratios), "worst": max(ratios)}
        print(f"  {name:9} {row['us']:.2f} us at {row['rate']:.0f}/s  x{row['ratio']:.3f}"
              f" ({row['best']:.3f}..{row['worst']:.3f})", flush=True)
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the release build tree")
    parser.add_argument("--out", type=pathlib.Path, help="where the numbers go, as JSON")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5, help="of each measurement")
    parser.add_argument("--rate", type=int, default=100_000, help="questions a second")
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vedette-bench-"))
    zone = name_servers.write_zone(folder)
    name_servers.write_certificate(folder)
    questions = compare_serve.COMPARISONS[0].write(folder, "vedette")
    flags = variants(folder)
    servers = {}
    try:
        for name in ("none", "store", "detectors", "dnstap"):
            servers[name] = start(name, flags[name], folder, zone, arguments.build)
        report = {"cost": at_rate(arguments, servers, questions)}
    finally:
        for running in servers.values():
            running.stop()
    print("the books")
    report["books"] = {name: books(name, folder, arguments.build)
                       for name in ("store", "detectors", "dnstap")}
    full = start("full", flags["full"], folder, zone, arguments.build)
    try:
        best = measure(arguments, full, questions, 0)
    finally:
        full.stop()
    print(f"at full speed, {best['rate']:.0f} answers/s, one core for answers and log")
    report["full"] = books("full", folder, arguments.build)
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(json.dumps(report, indent=1) + "\n")
    shutil.rmtree(folder)
    wrong = [row for row in (*report["books"].values(), report["full"]) if not row["whole"]]
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
