#!/usr/bin/env python3
"""`analyze --csv` against tshark with the same columns on packets of the same kind, and against
what writing the same bytes costs, all in one run. Rates of whole runs, start-up included, the best
of a few. The ratio to tshark compares processor time; that to writing compares wall-clock time
until the bytes are on the disk, as that is what a person waits for."""

import argparse
import json
import os
import pathlib
import resource
import shutil
import subprocess
import sys
import time

import captures
import seeds

PACKETS = 1_000_000
TSHARK_PACKETS = 40_000
RUNS = 4
PIECE = 256 << 10

# What the program is meant to reach: times tshark, times the cost of writing.
AIM_TSHARK, AIM_WRITING = 50, 2.0

COLUMNS = ["frame.number", "frame.time_epoch", "eth.src", "eth.dst", "ip.src", "ip.dst",
           "ipv6.src", "ipv6.dst", "udp.srcport", "udp.dstport", "tcp.srcport", "tcp.dstport",
           "_ws.col.Protocol", "frame.len", "_ws.col.Info"]


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    return parser.parse_args()


def mixed_capture(folder, packets):
    """Everything the demo holds: DNS, DHCP, ARP, neighbour discovery, other traffic."""
    path = folder / f"mixed-{packets}.pcap"
    captures.write_capture(path, list(seeds.frames()), packets)
    return path


def processor_seconds(who):
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def sync(path):
    descriptor = os.open(path, os.O_RDWR)
    os.fsync(descriptor)
    os.close(descriptor)


def run(command, out):
    """(wall-clock seconds until `out` is on the disk, processor seconds)"""
    out.unlink(missing_ok=True)
    before, started = processor_seconds(resource.RUSAGE_CHILDREN), time.perf_counter()
    with open(os.devnull if "--csv" in command else out, "wb") as stream:
        subprocess.run(command, check=True, stdout=stream, stderr=subprocess.DEVNULL)
    sync(out)
    wall = time.perf_counter() - started
    return wall, processor_seconds(resource.RUSAGE_CHILDREN) - before


def write_again(data, out):
    """The same for writing bytes that are there already."""
    out.unlink(missing_ok=True)
    before, started = processor_seconds(resource.RUSAGE_SELF), time.perf_counter()
    with open(out, "wb", buffering=0) as stream:
        for at in range(0, len(data), PIECE):
            stream.write(data[at:at + PIECE])
    sync(out)
    wall = time.perf_counter() - started
    return wall, processor_seconds(resource.RUSAGE_SELF) - before


def main():
    args = arguments()
    folder = args.build / "bench"
    capture = mixed_capture(folder, PACKETS)
    rows, copy = folder / "analyze.csv", folder / "analyze-copy.csv"
    analyze = [str(args.build / "vedette"), "analyze", "-q", str(capture), "--csv", str(rows)]
    ours, writing = [], []
    for _ in range(RUNS):
        ours.append(run(analyze, rows))
        with rows.open("rb") as stream:
            data = memoryview(stream.read())
        writing.append(write_again(data, copy))
    wall, cpu = (min(column) for column in zip(*ours))
    write_wall, write_cpu = (min(column) for column in zip(*writing))
    report = {"packets": PACKETS, "csv_bytes": len(data), "wall": wall, "cpu": cpu,
              "write_wall": write_wall, "write_cpu": write_cpu,
              "ratio_to_writing": wall / write_wall, "peers": {}}
    print(f"  {'vedette analyze --csv':36} {PACKETS / wall:12,.0f} packets/s"
          f"  {PACKETS / cpu:12,.0f} per processor second, {len(data) / wall / 1e6:,.0f} MB/s")
    print(f"  {'writing the same bytes':36} {write_wall:12.3f} s; vedette takes {wall:.3f} s, "
          f"x{wall / write_wall:.2f}  (aim at most x{AIM_WRITING})")
    if shutil.which("tshark") is None:
        print(f"  {'tshark -T fields':36} skipped: not installed")
    else:
        fields = [word for column in COLUMNS for word in ("-e", column)]
        few = mixed_capture(folder, TSHARK_PACKETS)
        seconds, used = run(["tshark", "-n", "-r", str(few), "-T", "fields", *fields], copy)
        ratio = (PACKETS / cpu) / (TSHARK_PACKETS / used)
        report["peers"]["tshark -T fields"] = {"wall": TSHARK_PACKETS / seconds,
                                               "cpu": TSHARK_PACKETS / used, "ratio": ratio}
        print(f"  {'tshark -T fields':36} {TSHARK_PACKETS / seconds:12,.0f} packets/s"
              f"  {TSHARK_PACKETS / used:12,.0f} per processor second; vedette is x{ratio:.1f}"
              f"  (aim x{AIM_TSHARK})")
    for path in (rows, copy):
        path.unlink(missing_ok=True)
    args.out.write_text(json.dumps(report, indent=1) + "\n")


if __name__ == "__main__":
    sys.exit(main())
