#!/usr/bin/env python3
"""Zones of ours at real secondaries: Knot, NSD and BIND fetch them with TSIG, hear of a change by
NOTIFY and have it with its new serial. Without the key, or with another, they get nothing."""

import argparse
import pathlib
import re
import socket
import sys
import tempfile
import time
import unittest
import unittest.mock

import daemons

try:
    import dns.message
    import dns.query
    import dns.rcode
    import dns.rdatatype
    import dns.rrset
    import dns.tsig
    import dns.tsigkeyring
except ImportError:
    dns = None

ZONE, RECORDS, BIG = "example.org", "fromage.fr", "big.example"
BIG_NAMES = 20_000
OTHER_SECRET = "b3RoZXItc2VjcmV0LW90aGVyLXNlY3JldA=="
PROGRAM = None


def zone_text(serial, more=""):
    return (f"$TTL 60\n@ SOA ns h {serial} 3600 600 86400 60\n@ NS ns\nns A 127.0.0.1\n"
            f"www A 192.0.2.1\n*.w TXT any\nalias CNAME www\nsub NS ns.sub\nns.sub A 192.0.2.9\n"
            f"odd TYPE65280 \\# 4 0A0B0C0D\nmixed.CASE MX 10 WWW\n{more}")


def start_secondaries(folder, primary, ports, zones, secret=daemons.SECRET, name=daemons.KEY_NAME):
    """Knot, NSD and BIND, with everything that they know of `zones` from `primary`."""
    folders = {}
    for peer in ports:
        folders[peer] = folder / peer
        folders[peer].mkdir()
    knot_keys = f"""key:
  - id: {name}
    algorithm: hmac-sha256
    secret: {secret}
remote:
  - id: primary
    address: 127.0.0.1@{primary}
    key: {name}
acl:
  - id: notice
    address: 127.0.0.1
    action: notify
    key: {name}
"""
    knot = daemons.start_knot(folders["knot"], ports["knot"],
                              {zone: ["master: primary", "acl: notice", f"file: {zone}.zone"]
                               for zone in zones}, knot_keys)
    nsd = daemons.start_nsd(
        folders["nsd"], ports["nsd"],
        {zone: [f"zonefile: {zone}.zone", f"request-xfr: 127.0.0.1@{primary} {name}",
                f"allow-notify: 127.0.0.1 {name}"] for zone in zones},
        f"key:\n  name: {name}\n  algorithm: hmac-sha256\n  secret: \"{secret}\"\n")
    blocks = "".join(
        f'zone "{zone}" {{ type secondary; primaries port {primary} {{ 127.0.0.1 key {name}; }}; '
        f'file "{zone}.db"; allow-notify {{ key {name}; }}; }};\n' for zone in zones)
    named = daemons.start_named(
        folders["named"], ports["named"],
        f'key {name} {{ algorithm hmac-sha256; secret "{secret}"; }};\n' + blocks)
    return {"knot": knot, "nsd": nsd, "named": named}


def ask(port, name, rtype):
    return daemons.run("dig", "@127.0.0.1", "-p", port, "+tries=1", "+time=1", "+norec", name,
                       rtype).stdout


def serial_at(port, zone):
    found = re.search(r"\tSOA\t\S+ \S+ (\d+)", ask(port, zone, "SOA"))
    return int(found[1]) if found else None


class Secondaries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        daemons.need("dig", daemons.NSD, daemons.KNOT, daemons.NAMED)

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="vedette-secondaries-")
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        self.file = self.folder / ZONE
        self.file.write_text(zone_text(1))
        self.big = self.folder / BIG
        self.big.write_text(zone_text(7, "".join(f"host{i} A 192.0.2.{i % 250}\n"
                                                 for i in range(BIG_NAMES))))
        self.ports = {peer: daemons.free_port() for peer in ["knot", "nsd", "named"]}
        notify = ", ".join(f'"127.0.0.1:{port}"' for port in self.ports.values())
        self.service = daemons.Vedette(
            PROGRAM, self.folder, {ZONE: self.file, BIG: self.big},
            f'transfer_to = ["127.0.0.1"]\nnotify = [{notify}]\n'
            f'tsig_keys = ["{daemons.KEY_NAME}:hmac-sha256:{daemons.SECRET}"]')
        for words in [("A", "11.23.33.21"), ("NS", f"ns.{RECORDS}")]:
            made = self.service.command("records", "add", RECORDS, *words)
            self.assertEqual(made.returncode, 0, made.stderr)
        self.service.start()
        self.addCleanup(self.service.stop)

    def secondaries(self, **more):
        peers = start_secondaries(self.folder, self.service.port, self.ports,
                                  [ZONE, RECORDS, BIG], **more)
        for peer in peers.values():
            self.addCleanup(peer.stop)
        return peers

    def wait_for(self, zone, condition, what):
        for peer, port in self.ports.items():
            daemons.wait_until(lambda port=port: condition(port), f"{peer}: {zone} {what}", 30)

    def test_zones_and_their_changes_arrive(self):
        self.secondaries()
        for zone in [ZONE, RECORDS, BIG]:
            self.wait_for(zone, lambda port, zone=zone: serial_at(port, zone), "arrives")
        self.look_at_everything()
        self.change_the_file()
        self.change_the_records()

    def look_at_everything(self):
        """The same answers as ours, of every kind of record, and the last name of the big zone."""
        for name, rtype in [(ZONE, "SOA"), (f"x.w.{ZONE}", "TXT"), (f"alias.{ZONE}", "A"),
                            (f"odd.{ZONE}", "TYPE65280"), (f"mixed.case.{ZONE}", "MX"),
                            (f"a.sub.{ZONE}", "A"), (f"nope.{ZONE}", "A"), (RECORDS, "A"),
                            (f"host{BIG_NAMES - 1}.{BIG}", "A")]:
            ours = answer_lines(ask(self.service.port, name, rtype))
            for peer, port in self.ports.items():
                self.assertEqual(answer_lines(ask(port, name, rtype)), ours, f"{peer} {name}")

    def change_the_file(self):
        self.file.write_text(zone_text(2, "new A 192.0.2.77\n").replace("192.0.2.1\n",
                                                                        "192.0.2.2\n"))
        self.service.reload()
        self.wait_for(ZONE, lambda port: serial_at(port, ZONE) == 2, "has the new serial")
        for port in self.ports.values():
            self.assertIn("192.0.2.77", ask(port, f"new.{ZONE}", "A"))
            self.assertIn("192.0.2.2\n", ask(port, f"www.{ZONE}", "A"))

    def change_the_records(self):
        before = serial_at(self.service.port, RECORDS)
        made = self.service.command("records", "add", f"new.{RECORDS}", "A", "192.0.2.9")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.wait_for(RECORDS, lambda port: "192.0.2.9" in ask(port, f"new.{RECORDS}", "A"),
                      "has the new record")
        made = self.service.command("records", "remove", f"new.{RECORDS}")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.wait_for(RECORDS, lambda port: "NXDOMAIN" in ask(port, f"new.{RECORDS}", "A"),
                      "has lost the record")
        for port in [*self.ports.values(), self.service.port]:
            self.assertGreater(serial_at(port, RECORDS), before)

    def test_a_wrong_secret_gets_nothing(self):
        self.get_nothing(secret=OTHER_SECRET)

    def test_an_unknown_key_gets_nothing(self):
        self.get_nothing(name="stranger")

    def get_nothing(self, **more):
        peers = self.secondaries(**more)
        words = {"knot": "TSIG|denied|NOTAUTH|BADSIG|BADKEY|failed", "nsd": "TSIG|NOTAUTH|error",
                 "named": "tsig|failed|NOTAUTH"}
        for peer, server in peers.items():
            said = lambda server=server, peer=peer: re.search(words[peer], server.log())
            daemons.wait_until(said, f"{peer} says that it was refused", 20)
            for zone in [ZONE, RECORDS]:
                self.assertIsNone(serial_at(self.ports[peer], zone), f"{peer} {zone}")

    def test_a_change_that_keeps_the_serial_is_told(self):
        self.file.write_text(zone_text(1, "new A 192.0.2.77\n"))
        self.service.reload()
        daemons.wait_until(lambda: "serial" in self.service.log(), "a word about the serial", 5)
        self.assertIn(f"{ZONE}.: changed, but its serial is still 1", self.service.log())
        self.assertNotIn(f"{RECORDS}.: changed", self.service.log())
        self.assertIn("192.0.2.77", ask(self.service.port, f"new.{ZONE}", "A"))

    def test_the_questions_of_transfers(self):
        """IXFR of who is not behind gets our SOA alone, over UDP everybody (RFC 1995 2)."""
        if dns is None:
            self.skipTest("dnspython is not installed")
        whole = self.transfer("AXFR")
        self.assertEqual(len(whole), 11)
        for serial, records in [(1, 1), (2, 1), (0, 11), (4294967295, 11)]:
            self.assertEqual(len(self.transfer("IXFR", serial, min(records, 2))), records, serial)
        text = " ".join(whole)
        for word in ["mixed.CASE", "WWW.", "TYPE65280"]:
            self.assertIn(word, text)
        for name, rtype, status in [(f"www.{ZONE}", "AXFR", dns.rcode.REFUSED),
                                    ("other.example", "AXFR", dns.rcode.REFUSED)]:
            answer = dns.query.tcp(self.question(name, rtype), "127.0.0.1",
                                   port=self.service.port, timeout=5)
            self.assertEqual(answer.rcode(), status)
        answer = dns.query.udp(self.question(ZONE, "IXFR", 0), "127.0.0.1", port=self.service.port,
                               timeout=5)
        self.assertEqual([r.rdtype for r in answer.answer], [dns.rdatatype.SOA])
        late = self.question(ZONE, "SOA")
        with unittest.mock.patch("time.time", lambda real=time.time: real() - 4000):
            with self.assertRaises(dns.tsig.PeerBadTime):
                dns.query.tcp(late, "127.0.0.1", port=self.service.port, timeout=5)

    def question(self, name, rtype, serial=None):
        query = dns.message.make_query(name, rtype)
        if serial is not None:
            query.authority.append(dns.rrset.from_text(
                f"{name}.", 0, "IN", "SOA", f"ns.{name}. h.{name}. {serial} 1 1 1 1"))
        query.use_tsig(dns.tsigkeyring.from_text({daemons.KEY_NAME: daemons.SECRET}),
                       algorithm=dns.tsig.HMAC_SHA256)
        return query

    def transfer(self, rtype, serial=None, soas=2):
        """The records of all messages, each signature verified, up to so many SOA records."""
        records = []
        query = self.question(ZONE, rtype, serial)
        with socket.create_connection(("127.0.0.1", self.service.port), 5) as stream:
            dns.query.send_tcp(stream, query)
            context = None
            while sum(" SOA " in record for record in records) < soas:
                wire = daemons.read_exactly(stream, int.from_bytes(daemons.read_exactly(stream, 2),
                                                                   "big"))
                message = dns.message.from_wire(
                    wire, keyring=query.keyring, request_mac=query.mac, xfr=True, tsig_ctx=context,
                    multi=True, one_rr_per_rrset=True)
                context = message.tsig_ctx
                records += [str(rrset) for rrset in message.answer]
        return records

    def test_a_slow_transfer_outlives_its_zone(self):
        """The zone that a transfer began with is what it ends with, whatever is published since."""
        query = self.question(BIG, "AXFR").to_wire()
        with socket.create_connection(("127.0.0.1", self.service.port), 5) as stream:
            stream.sendall(len(query).to_bytes(2, "big") + query)
            first = daemons.read_exactly(stream, int.from_bytes(daemons.read_exactly(stream, 2),
                                                                "big"))
            self.assertTrue(b"\5host0" in first)
            self.big.write_text(zone_text(8))
            made = self.service.command("records", "add", f"more.{RECORDS}", "A", "192.0.2.9")
            self.assertEqual(made.returncode, 0, made.stderr)
            daemons.wait_until(lambda: serial_at(self.service.port, BIG) == 8, "the new zone", 5)
            count = int.from_bytes(first[6:8], "big")
            while count < BIG_NAMES + 11:
                wire = daemons.read_exactly(stream, int.from_bytes(daemons.read_exactly(stream, 2),
                                                                   "big"))
                count += int.from_bytes(wire[6:8], "big")
            self.assertEqual(count, BIG_NAMES + 11)


def answer_lines(text):
    """Rcode, AA and the answer section, in order-free form and lower case."""
    status = re.search(r"status: (\w+)", text)
    flags = re.search(r"flags: ([a-z ]*);", text)
    section = re.search(r";; ANSWER SECTION:\n(.*?)\n\n", text, re.S)
    records = sorted(" ".join(line.lower().split()) for line in
                     (section[1] if section else "").splitlines())
    return status and status[1], " aa" in (flags[1] if flags else ""), records


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    known, rest = parser.parse_known_args()
    PROGRAM = known.program
    unittest.main(argv=[sys.argv[0], *rest])
