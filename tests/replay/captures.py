#!/usr/bin/env python3
"""Every capture with DNS questions in ../shared/data, replayed to `vedette answer` (UDP, and as
traced frames) and to Knot on loopback. Every question is answered, or listed as lost with its cause;
a question may be lost only when it cannot be read, and then it stands in LOST.

Prints a row per capture. Exits with 77 where there are no captures."""

import argparse
import collections
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

import peers

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"

# What Knot may leave unanswered: name of the run, capture -> (how many at most, why).
DAMAGED = "lost: no answer to a damaged question"
LOST = {
    ("knot", "dns-stats-compactor/knot-live.ignored.pcap"): (2, "queries without a question"),
    ("knot", "dns-stats-compactor/knot-live.raw.pcap"): (2, "queries without a question"),
    ("knot", "seladb-PcapPlusPlus/DnsTooManyResources.pcap"): (1, "25,528 questions claimed"),
    ("knot", "zeek-zeek/dns__dns-invalid-names.pcap"): (3, "names with labels of no known type"),
}


def captures():
    with open(DATA / "truth.tsv", encoding="utf-8") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        for row in rows:
            asked = sum(int(row[name] or 0) for name in ("dns_query", "mdns"))
            if asked and (DATA / row["file"]).exists():
                yield row["file"], asked


def replay(program, capture, *flags):
    done = subprocess.run([program, "replay", DATA / capture, "--speed", "max", "--timeout",
                           "300ms", "--retries", "4", "--show", "problems", "--json", *flags],
                          capture_output=True, text=True, timeout=120, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0:
        return None, [], done.stderr
    if not lines:
        return None, [], ""  # answers only, or nothing that is a question
    return lines[-1], lines[:-1], done.stderr


def judge(run, capture, sums, rows, complaints):
    """Every question accounted for, and none lost without cause."""
    whole = sums["answered"] + sums["empty"] + sums["lost"] + sums["not_asked"]
    if whole != sums["questions"]:
        complaints.append(f"{run} {capture}: {whole} of {sums['questions']} accounted for")
    if sums["not_asked"]:
        complaints.append(f"{run} {capture}: {sums['not_asked']} not asked")
    if sums["empty"]:
        complaints.append(f"{run} {capture}: {sums['empty']} packets without a question")
    most, _ = LOST.get((run, capture), (0, ""))
    lost = [f"{row['domain']} {row['type']}: {row['status']}" for row in rows
            if row["status"].startswith("lost")]
    if sums["lost"] > most or any(DAMAGED not in row for row in lost):
        complaints.append(f"{run} {capture}: {sums['lost']} lost: {', '.join(lost[:5])}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True, type=lambda path: str(pathlib.Path(path).resolve()))
    arguments = parser.parse_args()
    if not DATA.exists():
        print("skipped: no captures in ../shared/data")
        return 77
    complaints, seen = [], collections.Counter()
    with tempfile.TemporaryDirectory(prefix="vedette-replay-") as folder:
        answer, traced, dns = peers.start_answer(arguments.program, folder)
        runs = {"answer": ("-s", f"127.0.0.1:{dns}"),
                "traced": ("-s", f"127.0.0.1:{traced}", "--transport", "traced")}
        with answer, (peers.start_knot(folder)[0] if peers.find_knot() else answer) as knot:
            if knot is not answer:
                port = (pathlib.Path(folder) / "knot.conf").read_text().split("@")[1].split()[0]
                runs["knot"] = ("-s", f"127.0.0.1:{port}")
            else:
                print("Knot is not installed: left out")
            print(f"{'capture':72} {'run':7} {'asked':>7} {'answered':>8} {'lost':>5} left out")
            for capture, _ in captures():
                for run, flags in runs.items():
                    sums, rows, errors = replay(arguments.program, capture, *flags)
                    if sums is None:
                        if errors and "No DNS or mDNS question" not in errors:
                            complaints.append(f"{run} {capture}: {errors.strip()}")
                        continue
                    seen[run] += sums["questions"]
                    judge(run, capture, sums, rows, complaints)
                    left = " ".join(f"{count} {why}" for why, count in sums["left_out"].items())
                    print(f"{capture[-72:]:72} {run:7} {sums['questions']:7} "
                          f"{sums['answered']:8} {sums['lost']:5} {left}")
    print(f"questions: {dict(seen)}")
    for complaint in complaints:
        print("FAIL", complaint)
    return 1 if complaints or not seen else 0


if __name__ == "__main__":
    sys.exit(main())
