#!/usr/bin/env python3
"""`vedette analyze --write --anonymize`, read by tshark: as many messages as before, checksums as
right as before, and no name or address that was there. And the packets that a filter chooses."""

import argparse
import collections
import ipaddress
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "samples" / "demo.pcapng"
DATA = ROOT.parent / "shared" / "data"
USAGE = 2
PROGRAM = ""
FIELDS = ["dns.flags.response", "_ws.malformed", "_ws.expert.group", "frame.protocols",
          "ip.checksum.status", "udp.checksum.status", "tcp.checksum.status",
          "ip.addr", "ipv6.addr", "eth.addr", "dns.a", "dns.aaaa", "arp.src.proto_ipv4",
          "arp.src.hw_mac", "dhcp.hw.mac_addr", "dhcp.ip.your", "dhcp.option.dhcp_server_id",
          "icmpv6.nd.ns.target_address", "dns.qry.name", "dns.resp.name", "dns.cname", "dns.ns",
          "dns.ptr.domain_name", "dns.srv.target", "dns.txt", "dhcp.option.hostname",
          "dhcpv6.client_domain"]
COUNTED, SUMS, ADDRESSES, NAMES = FIELDS[:4], FIELDS[4:7], FIELDS[7:18], FIELDS[18:]
LAYERS = ("dns", "mdns", "llmnr", "nbns", "dhcp", "dhcpv6")
SEPARATOR = "\x1e"
# Where tshark reads something else than a message behind our back, with the reason.
EXCEPTIONS = {
    "OISF-suricata-verify/dns-over-http2-post__dns_over_https_POST.pcap":
        "DNS inside HTTP, which is not ours to read: emptied",
    "ntop-nDPI/fuzz-2021-06-07-c6c72a0a56.pcap": "damage that tshark takes for one message more",
}


def every(step):
    """Every so many of the comparison captures, small ones: tshark is slow."""
    files = sorted(path for path in DATA.rglob("*") if path.suffix in (".pcap", ".pcapng", ".cap"))
    return [path for path in files if path.stat().st_size < 400_000][::step]


def stays(address):
    """Addresses that stay by rule (docs/anonymize.md)."""
    if re.fullmatch(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", address):
        return int(address[1], 16) & 1 == 1 or set(address) <= set("01:")
    value = ipaddress.ip_address(address)
    return (value.is_multicast or value.is_unspecified or value.is_loopback
            or address == "255.255.255.255" or set(value.packed) <= {0, 1})


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vedette-anonymize-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = {"HOME": str(self.folder), "PATH": os.environ["PATH"],
                            "LC_ALL": "C.UTF-8"}

    def analyze(self, *words):
        return subprocess.run([PROGRAM, "analyze", *map(str, words)], capture_output=True,
                              cwd=self.folder, timeout=120, check=False, env=self.environment)

    def anonymized(self, path, name="out.pcapng"):
        result = self.analyze("-q", path, "--write", "", name, "--anonymize", "--anonymize-key",
                              "key")
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        return self.folder / name

    def tshark(self, path):
        command = ["tshark", "-n", "-o", "tcp.reassemble_out_of_order:TRUE", "-o",
                   "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o",
                   "ip.check_checksum:TRUE", "-r", str(path), "-T", "fields", "-E",
                   "separator=/t", "-E", "occurrence=a", "-E", f"aggregator={SEPARATOR}"]
        for field in FIELDS:
            command += ["-e", field]
        result = subprocess.run(command, capture_output=True, check=False, env=self.environment)
        self.assertNotIn(b"valid", result.stderr)  # a field's name
        out = result.stdout.decode("utf-8", "replace")
        return [dict(zip(FIELDS, line.split("\t"))) for line in out.split("\n") if line]


def summary(rows):
    """Counts of packets by layer, of messages, and of checksums; and what names and addresses."""
    counts = collections.Counter(frames=len(rows))
    seen = collections.defaultdict(set)
    for row in rows:
        layers = row["frame.protocols"].split(SEPARATOR)[0].split(":")
        if not {"icmp", "icmpv6"} & set(layers):
            counts.update(layer for layer in LAYERS if layer in layers)
            if "dns" in layers:
                counts.update(f"dns.response={bit}"
                              for bit in row["dns.flags.response"].split(SEPARATOR) if bit)
            if {"dns", "dhcp", "dhcpv6"} & set(layers):
                counts["malformed"] += bool(row["_ws.malformed"]
                                            or "117440512" in row["_ws.expert.group"])
        # 0 is wrong, 1 is right; what nobody can judge becomes "none".
        for field in SUMS:
            counts.update(f"{field}={status}" for status in row[field].split(SEPARATOR)
                          if status in ("0", "1"))
        for field in ADDRESSES + NAMES:
            seen[field].update(value.lower() for value in row[field].split(SEPARATOR) if value)
    return counts, seen


class Anonymized(Case):
    def setUp(self):
        super().setUp()
        if not shutil.which("tshark"):
            self.skipTest("no tshark")

    def compare(self, path):
        before, names_before = summary(self.tshark(path))
        after, names_after = summary(self.tshark(self.anonymized(path)))
        self.assertTrue(before["frames"] or path.stat().st_size < 4000, path)
        malformed = before.pop("malformed", 0), after.pop("malformed", 0)
        key = str(path.relative_to(DATA)) if path.is_relative_to(DATA) else path.name
        if key not in EXCEPTIONS:
            self.assertEqual(before, after, path)
            self.assertGreaterEqual(malformed[1], malformed[0], path)
        for field in ADDRESSES:
            left = {value for value in names_before[field] & names_after[field]
                    if not stays(value)}
            self.assertEqual(left, set(), f"{path}: {field}")
        for field in NAMES:
            left = {name for name in names_before[field] & names_after[field] if tells(name)}
            self.assertEqual(left, set(), f"{path}: {field}")

    def test_captures_parse_as_before_and_name_nobody(self):
        files = every(12) or [DEMO]
        for path in files:
            with self.subTest(path=path):
                self.compare(path)

    def test_prefix_relations_hold(self):
        pairs = {}
        for before, after in zip(self.tshark(DEMO), self.tshark(self.anonymized(DEMO))):
            for field in ("ip.addr", "ipv6.addr", "dns.a", "dns.aaaa"):
                values = [row[field].split(SEPARATOR) for row in (before, after)]
                for one, other in zip(*values):
                    if one:
                        self.assertEqual(pairs.setdefault(one, other), other)
        self.assertEqual(len(set(pairs.values())), len(pairs))
        for family, bits in ((4, 32), (6, 128)):
            known = [(int(ipaddress.ip_address(one)), int(ipaddress.ip_address(other)))
                     for one, other in pairs.items()
                     if ipaddress.ip_address(one).version == family
                     and not ipaddress.ip_address(one).is_multicast]
            self.assertGreater(len(known), 3)
            for i, (one, one_after) in enumerate(known):
                for other, other_after in known[:i]:
                    self.assertEqual(bits - (one ^ other).bit_length(),
                                     bits - (one_after ^ other_after).bit_length())

    def test_demo_has_no_name_left(self):
        out = self.anonymized(DEMO)
        content = out.read_bytes().lower()
        _, seen = summary(self.tshark(DEMO))
        names = {name for field in NAMES for name in seen[field] if tells(name)}
        self.assertGreater(len(names), 10)
        for name in names:
            for label in name.split("."):
                if len(label) >= 6 and tells(label):
                    wire = bytes([len(label)]) + label.encode()
                    self.assertNotIn(wire, content, label)

    def test_equal_keys_give_equal_files(self):
        one = self.anonymized(DEMO, "one.pcapng").read_bytes()
        self.assertEqual(self.anonymized(DEMO, "two.pcapng").read_bytes(), one)
        (self.folder / "key").unlink()
        self.assertNotEqual(self.anonymized(DEMO, "three.pcapng").read_bytes(), one)

    def test_key_is_made_for_its_owner_only(self):
        self.anonymized(DEMO)
        key = self.folder / "key"
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        self.assertRegex(key.read_text(), r"^[0-9a-f]{64}\n$")
        key.chmod(0o644)
        result = self.analyze("-q", DEMO, "--write", "", "x.pcapng", "--anonymize",
                              "--anonymize-key", "key")
        self.assertEqual(result.returncode, 3, result.stderr.decode())
        self.assertIn(b"chmod 600", result.stderr)

    def test_our_own_summary_is_the_same(self):
        out = self.anonymized(DEMO)
        before, after = (json.loads(self.analyze("--json", path).stdout) for path in (DEMO, out))
        for part in ("dns", "dhcp"):
            for name, value in before[part].items():
                if isinstance(value, int):
                    self.assertEqual(after[part][name], value, f"{part}.{name}")


# Labels that stay (docs/anonymize.md), as far as the comparison captures have them.
SERVICE = re.compile(r"_[a-z0-9-]{1,16}$")
PROTOCOL_NAMES = {"version.bind", "hostname.bind", "authors.bind", "id.server", "version.server",
                  "ipv4only.arpa", "use-application-dns.net"}


def tells(name):
    """Whether a name says anything that must not stay: a label that is no service and not last."""
    if name in PROTOCOL_NAMES or name.endswith(".arpa") or name.startswith("<"):
        return False
    labels = name.split(".")
    inner = labels[:-1]
    return any(len(label) >= 4 and not SERVICE.match(label) for label in inner)


class Chosen(Case):
    def count(self, path):
        summary_text = self.analyze("--json", path).stdout
        return json.loads(summary_text)

    def test_packets_of_a_filter_are_those_of_its_transactions(self):
        result = self.analyze(DEMO, "--write", "type:AAAA is:answered", "aaaa.pcapng")
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        found = re.search(r"wrote (\d+) packets of (\d+) DNS transactions and 0 DHCP messages",
                          result.stderr.decode())
        self.assertTrue(found, result.stderr.decode())
        packets, transactions = map(int, found.groups())
        self.assertGreater(transactions, 0)
        self.assertGreaterEqual(packets, 2 * transactions)
        again = self.analyze("aaaa.pcapng", "--write", "type:AAAA is:answered", "again.pcapng")
        self.assertIn(f"of {transactions} DNS transactions", again.stderr.decode())

    def test_whole_dhcp_exchanges_come(self):
        result = self.analyze(DEMO, "--write", "message:ack", "ack.pcapng")
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        again = self.analyze("ack.pcapng", "--write", "message:discover", "discover.pcapng")
        self.assertRegex(again.stderr.decode(), r"and [1-9]\d* DHCP messages")

    def test_an_empty_filter_is_every_packet(self):
        result = self.analyze("-q", DEMO, "--write", "", "all.pcapng")
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        one, other = (self.analyze("-q", path, "--csv", "-").stdout
                      for path in (DEMO, "all.pcapng"))
        self.assertEqual(one, other)

    def test_negated_terms_are_filters_too(self):
        result = self.analyze(DEMO, "--write", "-type:A", "rest.pcapng")
        self.assertEqual(result.returncode, 0, result.stderr.decode())

    def test_what_cannot_be(self):
        (self.folder / "copy.pcapng").write_bytes(DEMO.read_bytes())
        for words, sentence in (
                (["-", "--write", "type:A", "out"], "standard input cannot give twice"),
                (["copy.pcapng", "--write", "type:A", "copy.pcapng"], "one of the files to read"),
                (["copy.pcapng", "--anonymize"], "give one of them"),
                (["copy.pcapng", "--write", "nofield:x", "out"], "unknown field 'nofield'")):
            result = self.analyze("-q", *words)
            self.assertEqual(result.returncode, USAGE, result.stderr.decode())
            self.assertIn(sentence, result.stderr.decode())
        self.assertEqual((self.folder / "copy.pcapng").read_bytes(), DEMO.read_bytes())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    options, rest = parser.parse_known_args()
    PROGRAM = options.program
    unittest.main(argv=[sys.argv[0], *rest])
