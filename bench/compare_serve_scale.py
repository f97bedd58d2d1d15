#!/usr/bin/env python3
"""The name server with much to serve: one zone of ten million names from a master file, and a
million zones of four records each from the record store. How long until it answers, how much CPU
time that took (which a machine with other work does not change), how much memory at the most, and
whether names from all over are answered right."""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import subprocess
import tempfile
import time

import compare_serve
import name_servers

ASKED = 5000
NAMES_PER_CHUNK = 100_000


def write_names(path, count):
    with open(path, "w", encoding="utf-8") as out:
        out.write("$TTL 300\n$ORIGIN bench.test.\n@ SOA ns1 hostmaster 1 3600 600 86400 60\n"
                  "@ NS ns1\nns1 A 127.0.0.1\n")
        for start in range(0, count, NAMES_PER_CHUNK):
            out.write("".join(f"host{i} A 10.{i >> 16 & 255}.{i >> 8 & 255}.{i & 255}\n"
                              for i in range(start, min(start + NAMES_PER_CHUNK, count))))


def write_zones(path, count):
    with open(path, "w", encoding="utf-8") as out:
        out.write("$TTL 300\n$ORIGIN test.\n")
        for i in range(count):
            out.write(f"zone{i} A 10.0.0.1\nzone{i} MX 10 mail.zone{i}\n"
                      f"mail.zone{i} A 10.0.0.2\nwww.zone{i} A 10.0.0.3\n")


def until_ready(running):
    """Seconds of wall clock, of CPU, and the most memory in MiB, once it answers."""
    began = time.monotonic()
    log = pathlib.Path(running.log.name)
    while "Serving" not in log.read_text(encoding="utf-8"):
        if running.process.poll() is not None:
            raise SystemExit(log.read_text(encoding="utf-8"))
        time.sleep(0.05)
    wall = time.monotonic() - began
    status = pathlib.Path(f"/proc/{running.process.pid}/status").read_text(encoding="utf-8")
    most = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
    return wall, running.cpu()[0], most


def load(what, folder, build, source, rows):
    """`source` are the flags that say where the names are."""
    ports = name_servers.Ports.free()
    command = [str(build / "vedette"), "serve", "--no-log", "--listen", f"127.0.0.1:{ports.dns}",
               *source]
    running = name_servers.Running(what.replace(" ", "-"), command, ports, folder)
    try:
        wall, cpu, most = until_ready(running)
        questions = folder / "questions"
        questions.write_text("\n".join(rows) + "\n", encoding="utf-8")
        words = compare_serve.ask(build, running, "udp", questions, 1.0, 64, 4)
    finally:
        running.stop()
    print(f"  {what:12} answers after {wall:.1f} s (CPU {cpu:.1f} s), most memory {most:.0f} MiB,"
          f" then {words[1]} answers, {words[2]} wrong, {words[3]} lost", flush=True)
    return {"seconds": wall, "cpu_seconds": cpu, "mebibytes": most, "answers": int(words[1]),
            "wrong": int(words[2]), "lost": int(words[3])}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the release build tree")
    parser.add_argument("--out", type=pathlib.Path, help="where the numbers go, as JSON")
    parser.add_argument("--names", type=int, default=10_000_000)
    parser.add_argument("--zones", type=int, default=1_000_000)
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    dice = random.Random(1)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vedette-bench-"))
    report = {}
    try:
        write_names(folder / "names.zone", arguments.names)
        rows = [f"host{dice.randrange(arguments.names)}.bench.test. A 0 1" for _ in range(ASKED)]
        report["names"] = load("names", folder, arguments.build,
                               ["--zone", f"bench.test={folder}/names.zone", "--records",
                                str(folder / "none.db")], rows)
        os.remove(folder / "names.zone")
        write_zones(folder / "zones.zone", arguments.zones)
        began = time.monotonic()
        subprocess.run([str(arguments.build / "vedette"), "records", "import", "zonefile",
                        str(folder / "zones.zone"), "--records", str(folder / "zones.db")],
                       check=True, capture_output=True)
        print(f"  imported {4 * arguments.zones} records in {time.monotonic() - began:.1f} s")
        rows = [f"www.zone{dice.randrange(arguments.zones)}.test. A 0 1" for _ in range(ASKED)]
        report["zones"] = load("zones", folder, arguments.build,
                               ["--records", str(folder / "zones.db")], rows)
    finally:
        shutil.rmtree(folder)
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(json.dumps(report, indent=1) + "\n")
    return 1 if any(row["wrong"] for row in report.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
