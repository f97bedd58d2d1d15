#!/usr/bin/env python3
"""Which protocol each packet of every comparison capture is, against an independent decoder: the
counts of truth.tsv for all captures, and, where tshark is installed, its own word on each packet
of the captures of mixed traffic and of other applications. What may differ stands in exceptions.tsv
and in ALIKE. Skipped where the captures are not."""

import argparse
import collections
import csv
import io
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
DATA = HERE.parents[2] / "shared" / "data"
SKIPPED = 77

# Columns of truth.tsv and the protocol whose packets they count.
COLUMNS = {"mdns": "mDNS", "llmnr": "LLMNR", "nbns": "NBNS", "dhcp_msgs": "DHCP",
           "dhcpv6": "DHCPv6"}
# In these the counts of DNS messages are counts of packets too; elsewhere messages lie over several
# segments or fragments, or several in one segment, and tests/truth counts them.
ONE_PACKET_EACH = {"mixed", "app", "dns-udp", "mdns", "llmnr", "nbns", "dns-encap", "dns-ddos"}

# What we call what tshark calls the layer above TCP or UDP, or the last one. Only where the packet
# carries something of the application: on the others tshark says "tcp" and we say whose they are.
ALIKE = {
    "arp": {"ARP"}, "bgp": {"BGP"}, "bittorrent": {"BitTorrent", "TLS"}, "bt-dht": {"BT-DHT"},
    "cflow": {"NetFlow"}, "db-lsp-disc": {"DB-LSP-DISC"}, "dhcp": {"DHCP"}, "dhcpv6": {"DHCPv6"},
    "dnp3": {"DNP3"}, "dns": {"DNS"}, "dtls": {"DTLS"}, "eapol": {"EAPOL"}, "esp": {"ESP"},
    "ftp": {"FTP"}, "ftp-data": {"FTP-data"}, "git": {"Git"}, "gnutella": {"Gnutella"},
    "gquic": {"GQUIC"}, "icmp": {"ICMP"}, "icmpv6": {"ICMPv6"}, "igmp": {"IGMP"}, "irc": {"IRC"},
    "isakmp": {"ISAKMP"}, "lldp": {"LLDP"}, "llmnr": {"LLMNR"}, "mdns": {"mDNS"},
    "mqtt": {"MQTT"}, "mysql": {"MySQL"}, "nbdgm": {"NBDGM"}, "nbns": {"NBNS"},
    "nbss": {"SMB", "NBSS"}, "ntp": {"NTP"}, "openvpn": {"OpenVPN"}, "ospf": {"OSPF"},
    "pgsql": {"PGSQL"}, "pop": {"POP3"}, "portcontrol": {"NAT-PMP"}, "pptp": {"PPTP"},
    "quic": {"QUIC"}, "radius": {"RADIUS"}, "resp": {"Redis"}, "rip": {"RIP"}, "rtsp": {"RTSP"},
    "skinny": {"SKINNY"}, "smtp": {"SMTP"}, "snmp": {"SNMP"}, "srvloc": {"SLP"},
    "ssdp": {"SSDP"}, "ssh": {"SSH"}, "stp": {"STP"}, "stun": {"STUN"}, "telnet": {"Telnet"},
    "tftp": {"TFTP"}, "vrrp": {"VRRP"}, "wg": {"WireGuard"}, "wlan": {"802.11"}, "aoe": {"AoE"},
    # One packet of a connection that began as something else.
    "http": {"HTTP", "TCP"},
    # TLS on the ports of these, and TLS that they turn to half way.
    "tls": {"TLS", "HTTPS", "POP3", "MySQL", "XMPP", "Gnutella", "TCP"},
    # A proxy's connection that the capture enters when TLS runs in it.
    "socks": {"SOCKS", "TLS"},
}


def program_rows(program, path):
    done = subprocess.run([program, "analyze", "-q", "--csv", "-", path], capture_output=True,
                          timeout=120, check=False)
    if done.returncode != 0:
        return None, f"exit {done.returncode}: {done.stderr.decode()}"
    return list(csv.DictReader(io.StringIO(done.stdout.decode()))), ""


def read_exceptions():
    lines = [line for line in (HERE / "exceptions.tsv").read_text(encoding="utf-8").splitlines()
             if not line.startswith("#")]
    return {(row["file"], row["column"]): int(row["ours"])
            for row in csv.DictReader(lines, delimiter="\t")}


def compare_counts(row, packets, exceptions):
    seen = collections.Counter(packet["protocol"] for packet in packets)
    ours = {"packets": len(packets)}
    ours |= {column: seen[protocol] for column, protocol in COLUMNS.items()}
    if row["kind"] in ONE_PACKET_EACH:
        first = collections.Counter(packet["summary"].split(" ")[0] for packet in packets
                                    if packet["protocol"] == "DNS")
        ours |= {"dns_query": first["query"], "dns_response": first["answer"]}
    for column, count in ours.items():
        right = exceptions.get((row["file"], column), int(row[column]))
        if count != right:
            yield f"{column}: {count}, the other decoder says {row[column]}"


def upper_layer(protocols):
    """What tshark found above TCP or UDP (the innermost), else its last layer."""
    layers = protocols.split(":")
    for i in range(len(layers) - 1, -1, -1):
        if layers[i] in ("tcp", "udp"):
            return layers[i + 1] if i + 1 < len(layers) else layers[i]
    return layers[-1]


def compare_packets(path, packets, home):
    environment = {"HOME": home, "PATH": os.environ["PATH"], "LC_ALL": "C"}
    done = subprocess.run(["tshark", "-n", "-r", path, "-T", "fields", "-e", "frame.protocols"],
                          capture_output=True, text=True, env=environment, timeout=120,
                          check=False)
    wrong = collections.Counter()
    compared = 0
    for theirs, ours in zip(done.stdout.splitlines(), packets):
        names = ALIKE.get(upper_layer(theirs))
        # What an ICMP error quotes is not traffic of its own.
        if names is None or ours["protocol"].startswith("ICMP"):
            continue
        compared += 1
        if ours["protocol"] not in names:
            wrong[upper_layer(theirs), ours["protocol"]] += 1
    return compared, [f"{count} packets are {theirs} to tshark and {ours} to us"
                      for (theirs, ours), count in wrong.items()]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    program = parser.parse_args().program
    if not (DATA / "truth.tsv").exists():
        print(f"skipped: {DATA} is not here")
        return SKIPPED
    with (DATA / "truth.tsv").open(encoding="utf-8") as table:
        rows = list(csv.DictReader(table, delimiter="\t"))
    has_tshark = shutil.which("tshark") is not None
    if not has_tshark:
        print("tshark is not installed: only the table's counts are compared")
    exceptions = read_exceptions()
    failed = compared = 0
    with tempfile.TemporaryDirectory() as home:
        for row in rows:
            packets, error = program_rows(program, DATA / row["file"])
            found = [error] if packets is None else [*compare_counts(row, packets, exceptions)]
            if packets is not None and has_tshark and row["kind"] in ("mixed", "app"):
                count, wrong = compare_packets(DATA / row["file"], packets, home)
                compared += count
                found += wrong
            for text in found:
                failed += 1
                print(f"{row['file']}: {text}")
    if has_tshark and compared < 5000:
        failed += 1
        print(f"only {compared} packets could be compared: does tshark still work?")
    print(f"{len(rows)} captures, {compared} packets compared one by one, "
          f"{len(exceptions)} known differences, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
