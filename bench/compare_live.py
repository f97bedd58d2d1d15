#!/usr/bin/env python3
"""Live capture over a veth cable with the store on: what is lost at 200,000 packets/s, and at as
many as the sender can make; whether the books balance to the packet; how much memory it takes.
Sender and program share the machine's processors."""

import argparse
import json
import pathlib
import sys
import tempfile

import live_run

RATE = 200_000
SECONDS = 10
OVERLOAD_PACKETS = 4_000_000
MEMORY_LIMIT = 200_000_000


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    return parser.parse_args()


def run(build, packets, rate):
    live_run.make_cable()
    with tempfile.TemporaryDirectory() as folder:
        watch = live_run.Watch(build / "vedette", "--store", f"{folder}/live.db")
        sent, speed = live_run.send(build / "bench/sender/vedette_sender", packets, rate)
        summary = watch.stop()
    live_run.remove_cable()
    keys = ("packets", "kernel_drops", "events", "dropped_queue_full", "stored", "not_stored",
            "matched", "balanced", "peak_memory_bytes")
    row = {"sent": sent, "sent_per_second": round(speed)} | {key: summary[key] for key in keys}
    row["accounted"] = sent == row["packets"] + row["kernel_drops"] and row["balanced"]
    return row


def print_row(name, row):
    print(f"  {name:12} {row['sent_per_second']:>9,}/s  sent {row['sent']:>10,}  received "
          f"{row['packets']:>10,}  lost: kernel {row['kernel_drops']:,}, queue "
          f"{row['dropped_queue_full']:,} events  stored {row['stored']:,}  peak "
          f"{row['peak_memory_bytes'] / 1e6:.0f} MB  "
          f"{'books balance' if row['accounted'] else 'BOOKS DO NOT BALANCE'}")


def main():
    args = arguments()
    args.build, args.out = args.build.resolve(), args.out.resolve()
    if not (args.build / "bench/sender/vedette_sender").exists():
        sys.exit(f"no sender: cmake --build {args.build} --target vedette_sender")
    reason = live_run.enter()
    if reason:
        print("  skipped:", reason)
        return 0
    rows = {"steady": run(args.build, RATE * SECONDS, RATE),
            "overload": run(args.build, OVERLOAD_PACKETS, 0)}
    for name, row in rows.items():
        print_row(name, row)
    args.out.write_text(json.dumps(rows, indent=1) + "\n")
    good = all(row["accounted"] and row["peak_memory_bytes"] < MEMORY_LIMIT
               for row in rows.values())
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
