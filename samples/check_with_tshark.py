#!/usr/bin/env python3
"""Reads the demo capture with an independent decoder and compares with what the generator says
about it. Exits 77 (skipped) where tshark is not installed."""

import collections
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
SKIPPED = 77
FIELDS = ["frame.protocols", "dns.flags.response", "dns.qry.name", "dhcp.option.dhcp"]
DHCP = {1: "discover", 2: "offer", 3: "request", 4: "decline", 5: "ack", 6: "nak", 7: "release",
        8: "inform"}


def rows(capture):
    """One list of field values a packet; several values of one field are separated by \\x1e."""
    command = ["tshark", "-n", "-o", "tcp.reassemble_out_of_order:TRUE", "-r", str(capture), "-T",
               "fields", "-E", "separator=/t", "-E", "aggregator=\x1e"]
    for field in FIELDS:
        command += ["-e", field]
    with tempfile.TemporaryDirectory() as home:  # no settings of this machine's user
        output = subprocess.run(command, check=True, capture_output=True,
                                env=dict(os.environ, HOME=home)).stdout
    for line in output.decode(errors="surrogateescape").split("\n"):
        if line:
            yield line.split("\t")


def count(capture):
    counts = collections.Counter()
    names = set()
    for protocols, responses, questions, dhcp in rows(capture):
        counts["packets"] += 1
        layers = set(protocols.split(":"))
        for layer, key in (("mdns", "mdns"), ("llmnr", "llmnr"), ("nbns", "nbns"),
                           ("dhcp", "dhcp_msgs"), ("dhcpv6", "dhcpv6")):
            counts[key] += layer in layers
        if dhcp:
            counts["dhcp_" + DHCP[int(dhcp.split("\x1e")[0])]] += 1
        if "dns" in layers:
            for response in filter(None, responses.split("\x1e")):
                counts["dns_response" if response in ("1", "True") else "dns_query"] += 1
            names.update(filter(None, questions.lower().split("\x1e")))
    counts["distinct_qname_wire"] = len(names)
    return counts


# Where a name is broken, tshark shows a remark in its place; the generator counts no name there.
REMARKS = 2


def main():
    if shutil.which("tshark") is None:
        print("skipped: tshark is not installed")
        return SKIPPED
    expected = json.loads((HERE / "demo_expected.json").read_text())["counts"]
    counted = count(HERE / "demo.pcapng")
    counted["distinct_qname_wire"] -= REMARKS
    wrong = [f"{key}: generated {expected[key]}, tshark {value}"
             for key, value in sorted(counted.items()) if expected.get(key, 0) != value]
    print("\n".join(wrong) or f"{len(counted)} counts agree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
