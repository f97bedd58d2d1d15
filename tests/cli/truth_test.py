#!/usr/bin/env python3
"""`watch --summary json` over every comparison capture, against the counts of an independent
decoder. What may differ stands in tests/truth/exceptions.tsv, with our count and the reason.
Skipped where the captures are not."""

import argparse
import csv
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
SKIPPED = 77

KEYS = """packets dns_query dns_response distinct_qname_wire dns_udp_q dns_udp_r dhcp_msgs
dhcp_notype dhcp_discover dhcp_offer dhcp_request dhcp_decline dhcp_ack dhcp_nak dhcp_release
dhcp_inform dhcpv6 mdns llmnr nbns malformed ipv4_frags ipv6_frags vlan_frames
ipv6_frames""".split()


def read_exceptions():
    """Our count by capture and column, where it differs for a reason."""
    text = (ROOT / "tests" / "truth" / "exceptions.tsv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {(row["file"], row["column"]): int(row["ours"])
            for row in csv.DictReader(lines, delimiter="\t")}


def summary_of(program, path):
    done = subprocess.run([program, "watch", "-r", path, "--no-store", "--quiet", "--summary",
                           "json"], capture_output=True, timeout=120, check=False)
    if done.returncode != 0:
        return None, f"exit {done.returncode}: {done.stderr.decode()}"
    return json.loads(done.stdout), ""


def differences(program, row, exceptions):
    """Sentences about what is wrong with one capture."""
    summary, error = summary_of(program, DATA / row["file"])
    if summary is None:
        return [error]
    found = [] if summary["balanced"] else ["the ledger does not balance"]
    if summary["dns_query"] != summary["dns_udp_q"] + summary["dns_tcp_q"]:
        found.append("queries do not add up over the transports")
    for key in KEYS:
        # The other decoder has two answers where TCP streams have holes; either is good.
        right = {exceptions.get((row["file"], key), int(row[key])), int(row.get(key + "_dflt", -1))}
        if summary[key] not in right:
            found.append(f"{key}: {summary[key]}, the other decoder says {row[key]}")
    return found


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    program = parser.parse_args().program
    if not (DATA / "truth.tsv").exists():
        print(f"skipped: {DATA} is not here")
        return SKIPPED
    with (DATA / "truth.tsv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    failed = 0
    exceptions = read_exceptions()
    for row in rows:
        for text in differences(program, row, exceptions):
            failed += 1
            print(f"{row['file']}: {text}")
    print(f"{len(rows)} captures, {len(KEYS)} counts each, {len(exceptions)} known differences, "
          f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
