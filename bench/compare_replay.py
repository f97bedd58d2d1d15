#!/usr/bin/env python3
"""`vedette replay` against dnsperf: the same questions to the same Knot, the server on one core and
the one who asks on another, in turns. What counts is questions answered a second, and a second of the asker's CPU (which
a machine with other work does not change), relative to dnsperf's better setting in that round."""

import argparse
import json
import os
import pathlib
import re
import resource
import shutil
import statistics
import struct
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tests" / "replay"))
import peers  # noqa: E402  (the servers of the replay tests)

SERVER_CORE, LOAD_CORE = "0", "1"
IN_FLIGHT = 100  # dnsperf's own default


def write_questions(folder, count):
    """The same questions as a capture and as dnsperf's list."""
    names = [f"host{i % 5000}.example" for i in range(count)]
    (folder / "questions.txt").write_text("".join(f"{name} A\n" for name in names))
    packets = [struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 101)]
    for i, name in enumerate(names):
        query = struct.pack(">HHHHHH", i & 0xFFFF, 0x0100, 1, 0, 0, 0)
        query += b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
        query += b"\0\0\1\0\1"
        udp = struct.pack(">HHHH", 20000 + i % 40000, 53, len(query) + 8, 0) + query
        ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, len(udp) + 20, 0, 0, 64, 17, 0,
                         bytes([192, 0, 2, 1]), bytes([192, 0, 2, 53]))
        packets.append(struct.pack("<IIII", i // 100000, i % 100000 * 10, len(ip + udp),
                                   len(ip + udp)) + ip + udp)
    (folder / "questions.pcap").write_bytes(b"".join(packets))


def on_core(command):
    """What it printed, and the seconds of CPU it used."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run(["taskset", "-c", LOAD_CORE] + [str(word) for word in command],
                         capture_output=True, text=True, timeout=120, check=True).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return out, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def ask_vedette(program, folder, port, *flags):
    out, cpu = on_core([program, "replay", folder / "questions.pcap", "-s", f"127.0.0.1:{port}",
                        "--speed", "max", "--show", "none", "--json", "--in-flight", IN_FLIGHT,
                        *flags])
    sums = json.loads(out.splitlines()[-1])
    return (sums["answered"] / sums["elapsed"], sums["lost"], sums["repeated"],
            sums["answered"] / cpu)


def ask_dnsperf(folder, port, *flags):
    out, cpu = on_core(["dnsperf", "-s", "127.0.0.1", "-p", port, "-d", folder / "questions.txt",
                        "-n", 1, *flags])
    rate = float(re.search(r"Queries per second:\s+([\d.]+)", out)[1])
    lost = int(re.search(r"Queries lost:\s+(\d+)", out)[1])
    done = int(re.search(r"Queries completed:\s+(\d+)", out)[1])
    return rate, lost, 0, done / cpu


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the release build tree")
    parser.add_argument("--out", type=pathlib.Path, help="where the numbers go, as JSON")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--questions", type=int, default=200_000)
    arguments = parser.parse_args()
    os.environ["PATH"] += ":/usr/sbin"
    for program in ("dnsperf", "knotd", "taskset"):
        if not shutil.which(program):
            print(f"  {program} is not installed: nothing to compare with")
            return 0
    program = (arguments.build / "vedette").resolve()
    rounds = {}
    with tempfile.TemporaryDirectory(prefix="vedette-bench-") as name:
        folder = pathlib.Path(name)
        write_questions(folder, arguments.questions)
        knot, port = peers.start_knot(folder)
        with knot:
            subprocess.run(["taskset", "-a", "-p", "-c", SERVER_CORE, str(knot.process.pid)],
                           capture_output=True, check=True)
            for _ in range(arguments.rounds):
                for who, ask in {
                        "dnsperf": lambda: ask_dnsperf(folder, port),
                        "dnsperf -c 8": lambda: ask_dnsperf(folder, port, "-c", 8, "-q", IN_FLIGHT),
                        "replay": lambda: ask_vedette(program, folder, port),
                        "replay tcp": lambda: ask_vedette(program, folder, port, "--transport",
                                                          "tcp"),
                        "dnsperf tcp": lambda: ask_dnsperf(folder, port, "-m", "tcp", "-c", 4,
                                                           "-q", IN_FLIGHT),
                }.items():
                    rounds.setdefault(who, []).append(ask())
    report = {}
    for who, peer in (("replay", ("dnsperf", "dnsperf -c 8")), ("replay tcp", ("dnsperf tcp",))):
        for what, column in (("a second", 0), ("a second of its CPU", 3)):
            ratios = [own[column] / max(theirs[column] for theirs in others)
                      for own, others in zip(rounds[who], zip(*(rounds[name] for name in peer)))]
            report.setdefault(who, {})[what] = {"ratio": statistics.median(ratios),
                                                "worst": min(ratios), "best": max(ratios)}
            print(f"  {who} against {' and '.join(peer)}, answers {what}: "
                  f"{statistics.median(ratios):.2f} ({min(ratios):.2f}..{max(ratios):.2f})")
    for who, results in rounds.items():
        report.setdefault(who, {}).update(
            {"qps": statistics.median(r[0] for r in results), "lost": sum(r[1] for r in results),
             "repeated": sum(r[2] for r in results),
             "per_cpu": statistics.median(r[3] for r in results)})
        print(f"  {who:13} {report[who]['qps']:9.0f}/s  {report[who]['per_cpu']:9.0f}/CPU-s  lost {report[who]['lost']} "
              f"repeated {report[who]['repeated']}")
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(json.dumps(report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
