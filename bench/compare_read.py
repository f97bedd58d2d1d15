#!/usr/bin/env python3
"""Reading a capture of ordinary DNS, against tcpdump and tshark on the same packets in the same
minutes, and against a capture in which every packet is damaged. Rates are packets a second of whole
runs, start-up included, the best of a few. Ratios compare processor time, of which a busy machine
takes nothing away; wall-clock time stands beside it."""

import argparse
import json
import pathlib
import resource
import shutil
import subprocess
import sys
import time

import captures

CLEAN_PACKETS = 3_000_000
DAMAGED_PACKETS = 1_000_000
TCPDUMP_PACKETS = 300_000
TSHARK_PACKETS = 60_000
RUNS = 3

# What the program is meant to reach (packets/s, times tcpdump, times tshark, share of clean speed).
AIM_RATE, AIM_TCPDUMP, AIM_TSHARK, AIM_DAMAGED = 3_000_000, 20, 80, 0.5


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    return parser.parse_args()


def best_rate(command, packets, runs=RUNS):
    """Packets per second of processor time and of wall-clock time, each the best of some runs."""
    wall, cpu = [], []
    for _ in range(runs):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        started = time.perf_counter()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        wall.append(time.perf_counter() - started)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {"wall": packets / min(wall), "cpu": packets / min(cpu)}


def peers(folder):
    """name -> (command without the file, packets)"""
    fields = ["-e", "frame.time_epoch", "-e", "ip.src", "-e", "ip.dst", "-e", "dns.qry.name", "-e",
              "dns.qry.type", "-e", "dns.flags.rcode", "-e", "dns.a"]
    return {"tcpdump -n": (["tcpdump", "-n", "-r"], TCPDUMP_PACKETS),
            "tshark -T fields": (["tshark", "-n", "-T", "fields", *fields, "-r"], TSHARK_PACKETS)}


def main():
    args = arguments()
    folder = args.build / "bench"
    watch = [str(args.build / "vedette"), "watch", "--no-store", "--quiet", "--preset", "off", "-r"]
    clean = best_rate(watch + [str(captures.clean_capture(folder, CLEAN_PACKETS))], CLEAN_PACKETS)
    damaged = best_rate(watch + [str(captures.damaged_capture(folder, DAMAGED_PACKETS))],
                        DAMAGED_PACKETS)
    report = {"packets": CLEAN_PACKETS, "vedette": clean, "damaged": damaged, "peers": {}}
    print(f"  {'vedette watch, ordinary DNS':36} {clean['wall']:12,.0f} packets/s"
          f"  {clean['cpu']:12,.0f} per processor second  (aim {AIM_RATE:,})")
    share = damaged["cpu"] / clean["cpu"]
    report["damaged_share"] = share
    print(f"  {'vedette watch, every packet damaged':36} {damaged['wall']:12,.0f} packets/s"
          f"  {share:.2f} of clean  (aim {AIM_DAMAGED})")
    for name, (command, packets) in peers(folder).items():
        if shutil.which(command[0]) is None:
            print(f"  {name:36} skipped: not installed")
            continue
        rate = best_rate(command + [str(captures.clean_capture(folder, packets))], packets, runs=2)
        ratio = clean["cpu"] / rate["cpu"]
        aim = AIM_TCPDUMP if command[0] == "tcpdump" else AIM_TSHARK
        report["peers"][name] = {**rate, "ratio": ratio}
        print(f"  {name:36} {rate['wall']:12,.0f} packets/s  {rate['cpu']:12,.0f} per processor"
              f" second; vedette is x{ratio:.1f}  (aim x{aim})")
    args.out.write_text(json.dumps(report, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
