#!/usr/bin/env python3
"""`watch --summary json` over every comparison capture, against the counts of an independent
decoder. A difference must stand in ACCEPTED with the reason why ours is right. Skipped where the
captures are not."""

import argparse
import csv
import json
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
SKIPPED = 77

# Not compared: malformed* (two decoders mean different things by it; ours counts only protocols we
# decode) and distinct_qname (its names are text after a lossy conversion; the wire count is exact).
KEYS = """packets dns_query dns_response distinct_qname_wire dns_udp_q dns_udp_r dns_tcp_q dns_tcp_r
dhcp_msgs dhcp_notype dhcp_discover dhcp_offer dhcp_request dhcp_decline dhcp_ack dhcp_nak
dhcp_release dhcp_inform dhcpv6 mdns llmnr nbns ipv4_frags ipv6_frags vlan_frames
ipv6_frames""".split()

STREAM_KEYS = "dns_query dns_response dns_tcp_q dns_tcp_r distinct_qname_wire".split()
HOLE = "the other decoder stops at a hole in the TCP stream; whole messages follow it"
FRAGMENT = "a fragment header that is itself damaged is counted as a fragment or not"
ACCEPTED = {
    "DNS-OARC-dnscap/dnso1tcp-bighole.pcap": (STREAM_KEYS, HOLE),
    "DNS-OARC-dnscap/dnso1tcp-midmiss.pcap": (STREAM_KEYS, HOLE),
    "OISF-suricata-verify/dns-tcp-ts-gap__input.pcap": (STREAM_KEYS, HOLE),
    "DNS-OARC-dnscap/do1t-nosyn-1nolen.pcap": (
        STREAM_KEYS, "the capture begins inside a stream; the messages after that are whole"),
    "orb-community-pktvisor/dns_ipv6_tcp.pcap": (
        STREAM_KEYS,
        "DNS over TCP on port 53000, which the other decoder takes as DNS only when told to"),
    "OISF-suricata-verify/ipv6-evasion__ipv6-malformed-fragments-15__frag-15.pcap": (
        ["ipv6_frags"], FRAGMENT),
    "OISF-suricata-verify/ipv6-evasion__ipv6-malformed-fragments-31__frag-31.pcap": (
        ["ipv6_frags"], FRAGMENT),
    "the-tcpdump-group-tcpdump/ipv6_frag6_negative_len.pcap": (["ipv6_frags"], FRAGMENT),
    "the-tcpdump-group-tcpdump/LINKTYPE_IPV6_invalid.pcap": (
        ["ipv6_frames"], "the frame is no IPv6: its version field says otherwise"),
}


def summary_of(program, path):
    done = subprocess.run([program, "watch", "-r", path, "--no-store", "--quiet", "--summary",
                           "json"], capture_output=True, timeout=120, check=False)
    if done.returncode != 0:
        return None, f"exit {done.returncode}: {done.stderr.decode()}"
    return json.loads(done.stdout), ""


def differences(program, row):
    """Sentences about what is wrong with one capture."""
    summary, error = summary_of(program, DATA / row["file"])
    if summary is None:
        return [error]
    found = [] if summary["balanced"] else ["the ledger does not balance"]
    accepted = ACCEPTED.get(row["file"], ([], ""))[0]
    return found + [f"{key}: {summary[key]}, the other decoder says {row[key]}" for key in KEYS
                    if key not in accepted and summary[key] != int(row[key])]


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
    for row in rows:
        for text in differences(program, row):
            failed += 1
            print(f"{row['file']}: {text}")
    print(f"{len(rows)} captures, {len(KEYS)} counts each, {len(ACCEPTED)} accepted differences, "
          f"{failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
