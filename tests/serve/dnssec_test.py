#!/usr/bin/env python3
"""Signed zones of ours before validators that are not ours: delv and unbound-host with the zone's
key as their anchor, and dnspython, which verifies every signature and finds the NSEC3 proofs of RFC
5155 by its own hashing. A zone fetched by AXFR must satisfy ldns-verify-zone, kzonecheck and
dnssec-verify."""

import argparse
import pathlib
import random
import shutil
import sys
import tempfile
import unittest

import daemons
import signing

try:
    import dns.dnssec
    import dns.flags
    import dns.message
    import dns.name
    import dns.query
    import dns.rcode
    import dns.rdatatype
    import dns.rrset
except ImportError:
    dns = None

ZONE_TEXT = """$TTL 300
@ SOA ns h 1 3600 600 86400 60
@ NS ns
@ MX 10 ns
ns A 127.0.0.1
www A 192.0.2.1
www AAAA 2001:db8::1
alias CNAME www
chain CNAME alias
*.wild A 192.0.2.7
*.wild TXT "wild"
a.b.ent A 192.0.2.9
cut NS ns.cut
ns.cut A 192.0.2.20
safe NS ns.safe
ns.safe A 192.0.2.21
safe DS 1 13 2 0000000000000000000000000000000000000000000000000000000000000000
tree DNAME www
odd TYPE65280 \\# 4 0A0B0C0D
"""
OPT_OUT = ["optout.test", "bindopt.test"]
PROGRAM = None

# name below the zone, type, what delv says: positive answers, then proofs of absence
POSITIVE = [("www", "A"), ("www", "AAAA"), ("alias", "A"), ("chain", "A"), ("x.wild", "A"),
            ("a.b.wild", "TXT"), ("x.tree", "CNAME"), ("odd", "TYPE65280"), ("safe", "DS"),
            ("", "SOA"), ("", "DNSKEY"), ("", "MX")]
NEGATIVE = [("nope", "A"), ("a.nope", "A"), ("www", "TXT"), ("x.wild", "MX"), ("b.ent", "A"),
            ("ent", "A"), ("wild", "A"), ("x.www", "A"), ("c.b.ent", "A")]


def make_zones(folder):
    """zone -> (file, DNSKEY)."""
    ways = {"nsec.test": (signing.sign_with_ldns, []),
            "nsec3.test": (signing.sign_with_ldns, ["-n", "-t", "3", "-s", "abcd"]),
            "optout.test": (signing.sign_with_ldns, ["-n", "-p"])}
    if shutil.which("dnssec-signzone"):
        ways["bind.test"] = (signing.sign_with_bind, ["-3", "beef", "-H", "10"])
        ways["bindopt.test"] = (signing.sign_with_bind, ["-3", "-", "-A"])
    zones = {}
    for zone, (sign, flags) in ways.items():
        (folder / f"{zone}.zone").write_text(f"$ORIGIN {zone}.\n{ZONE_TEXT}")
        zones[zone] = sign(folder, zone, *flags)
        (folder / f"{zone}.anchor").write_text(signing.trust_anchor(zones[zone][1]))
    return zones


def unproved(zone, name):
    """An opt-out span does not prove that no unsigned name is in it (RFC 5155 9.2), and so not that
    the wildcard was the right answer."""
    return zone in OPT_OUT and name.endswith("wild")


class SignedZones(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        daemons.need("ldns-keygen", "ldns-signzone")
        cls.temporary = tempfile.TemporaryDirectory(prefix="vedette-dnssec-")
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.folder = pathlib.Path(cls.temporary.name)
        cls.zones = make_zones(cls.folder)
        cls.service = daemons.Vedette(PROGRAM, cls.folder,
                                      {zone: file for zone, (file, _) in cls.zones.items()},
                                      'transfer_to = ["127.0.0.1"]')
        cls.service.start()
        cls.addClassCleanup(cls.service.stop)


class Tools(SignedZones):
    def delv(self, zone, name, rtype):
        full = f"{name}.{zone}." if name else f"{zone}."
        return daemons.run("delv", "@127.0.0.1", "-p", self.service.port, "-a",
                           self.folder / f"{zone}.anchor", f"+root={zone}", full, rtype).stdout

    def test_delv_validates(self):
        daemons.need("delv")
        for zone in self.zones:
            for name, rtype in POSITIVE:
                out = self.delv(zone, name, rtype)
                word = "; unsigned answer" if unproved(zone, name) else "; fully validated"
                self.assertIn(word, out, f"{name} {zone} {rtype}")
                self.assertNotIn("negative", out)
            for name, rtype in NEGATIVE:
                out = self.delv(zone, name, rtype)
                accepted = ["; negative response, fully validated"]
                if zone in OPT_OUT:
                    accepted.append("; negative response, unsigned answer")
                self.assertTrue(any(word in out for word in accepted),
                                f"{name} {zone} {rtype}\n{out}")
            out = self.delv(zone, "cut", "DS")
            self.assertIn("; negative response", out, f"{zone}\n{out}")

    def test_delv_notices_a_wrong_anchor(self):
        """So that the tests above can fail."""
        daemons.need("delv")
        first, second = list(self.zones)[:2]
        text = (self.folder / f"{second}.anchor").read_text().replace(second, first)
        (self.folder / "wrong.anchor").write_text(text)
        out = daemons.run("delv", "@127.0.0.1", "-p", self.service.port, "-a",
                          self.folder / "wrong.anchor", f"+root={first}", f"www.{first}", "A")
        self.assertNotIn("fully validated", out.stdout)

    def test_unbound_host_validates(self):
        daemons.need("unbound-host")
        conf = self.folder / "unbound.conf"
        lines = ["server:", "  do-not-query-localhost: no", "  local-zone: \"test.\" nodefault",
                 "  module-config: \"validator iterator\""]
        lines += [f"  trust-anchor: \"{key}\"" for _, key in self.zones.values()]
        lines += [f"stub-zone:\n  name: {zone}\n  stub-addr: 127.0.0.1@{self.service.port}"
                  for zone in self.zones]
        conf.write_text("\n".join(lines) + "\n")
        for zone in self.zones:
            for name, rtype in POSITIVE:
                full = f"{name}.{zone}" if name else zone
                out = daemons.run("unbound-host", "-v", "-C", conf, "-t", rtype, full).stdout
                # It follows the synthesized alias to a name that does not exist.
                may_be_insecure = unproved(zone, name) or (zone in OPT_OUT and "tree" in name)
                word = "(insecure)" if may_be_insecure else "(secure)"
                self.assertIn(word, out, f"{full} {rtype}\n{out}")
                self.assertNotIn("(BOGUS", out)
            for name, rtype in NEGATIVE:
                out = daemons.run("unbound-host", "-v", "-C", conf, "-t", rtype,
                                  f"{name}.{zone}").stdout
                self.assertTrue("(secure)" in out or (zone in OPT_OUT and "(insecure)" in out),
                                f"{name}.{zone} {rtype}\n{out}")

    def test_transferred_zones_satisfy_every_checker(self):
        for zone, (file, _) in self.zones.items():
            text = self.service.dig(zone, "AXFR", "+onesoa", "+nocmd", "+nostats", "+nocrypto")
            self.assertIn("[omitted]", text)
            text = self.service.dig(zone, "AXFR", "+onesoa")
            lines = [line for line in text.splitlines() if line and not line.startswith(";")]
            fetched = self.folder / f"{zone}.fetched"
            fetched.write_text("\n".join(lines) + "\n")
            original = [line for line in file.read_text().splitlines()
                        if line and not line.startswith(";")]
            if "bind" not in zone:  # ldns writes a record a line
                self.assertEqual(len(lines), len(original), zone)
            for command in [["ldns-verify-zone", fetched], ["kzonecheck", "-o", zone, fetched],
                            ["dnssec-verify", "-z", "-o", zone, fetched],
                            ["named-checkzone", "-i", "none", zone, fetched]]:
                if not shutil.which(command[0]):
                    continue
                made = daemons.run(*command)
                self.assertEqual(made.returncode, 0,
                                 f"{command[0]} {zone}\n{made.stdout}{made.stderr}")


@unittest.skipIf(dns is None, "dnspython is not installed")
class Proofs(SignedZones):
    """What is in each answer, by a reader of our own making on dnspython's parsing and hashing."""

    def ask(self, name, rtype):
        query = dns.message.make_query(name, rtype, want_dnssec=True)
        answer = dns.query.tcp(query, "127.0.0.1", port=self.service.port, timeout=5)
        self.verify_signatures(answer)
        return answer

    def keys(self, zone):
        if not hasattr(self, "known_keys"):
            self.known_keys = {}
        if zone not in self.known_keys:
            query = dns.message.make_query(zone, "DNSKEY", want_dnssec=True)
            answer = dns.query.tcp(query, "127.0.0.1", port=self.service.port, timeout=5)
            self.known_keys[zone] = {dns.name.from_text(zone): next(
                r for r in answer.answer if r.rdtype == dns.rdatatype.DNSKEY)}
        return self.known_keys[zone]

    def verify_signatures(self, answer):
        """Every RRset of ours in the answer has a signature that is right."""
        zone = ".".join(answer.question[0].name.to_text().split(".")[-3:-1])
        for section in [answer.answer, answer.authority]:
            for rrset in section:
                unsigned = rrset.rdtype == dns.rdatatype.NS and rrset.name.to_text() != f"{zone}."
                made_up = rrset.rdtype == dns.rdatatype.CNAME and ".tree." in rrset.name.to_text()
                if rrset.rdtype == dns.rdatatype.RRSIG or unsigned or made_up:
                    continue
                signatures = [s for s in section if s.rdtype == dns.rdatatype.RRSIG and
                              s.name == rrset.name and s.covers == rrset.rdtype]
                self.assertEqual(len(signatures), 1, f"{rrset}\n{answer}")
                dns.dnssec.validate(rrset, signatures[0], self.keys(zone))

    @staticmethod
    def spans(answer):
        """The NSEC3 records: (owner hash, next hash, opt-out, types, parameters)."""
        for rrset in answer.authority:
            if rrset.rdtype == dns.rdatatype.NSEC3:
                for record in rrset:
                    yield (rrset.name.labels[0].decode().upper(), base32(record.next),
                           bool(record.flags & 1), record)

    def hash_of(self, name, record):
        return dns.dnssec.nsec3_hash(name, record.salt, record.iterations, record.algorithm)

    def matches(self, answer, name):
        return [s for s in self.spans(answer) if s[0] == self.hash_of(name, s[3])]

    def covers(self, answer, name):
        found = []
        for span in self.spans(answer):
            digest = self.hash_of(name, span[3])
            low, high = span[0], span[1]
            if low < digest < high or (high <= low and (digest > low or digest < high)):
                found.append(span)
        return found

    def closest_encloser(self, answer, name, zone):
        """The ancestor that is proved, and the name below it that is proved not to be."""
        labels = name.split(".")
        depth = len(labels) - len(zone.split("."))
        for skip in range(1, depth + 1):
            encloser = ".".join(labels[skip:])
            if self.matches(answer, encloser):
                next_closer = ".".join(labels[skip - 1:])
                spans = self.covers(answer, next_closer)
                self.assertTrue(spans, f"{next_closer} is not covered\n{answer}")
                return encloser, spans
        raise AssertionError(f"no closest encloser\n{answer}")

    def nsec3_zones(self):
        return [zone for zone in self.zones if zone != "nsec.test"]

    def test_no_such_name(self):
        dice = random.Random(5)
        for zone in self.nsec3_zones():
            below = ["", "www.", "b.ent.", "a.b.ent.", "alias.", "odd."]
            for i in range(60):
                name = f"x{dice.randrange(10**9)}.{'y.' * (i % 3)}{below[i % len(below)]}{zone}"
                answer = self.ask(name, "A")
                self.assertEqual(answer.rcode(), dns.rcode.NXDOMAIN)
                encloser, spans = self.closest_encloser(answer, name, zone)
                self.assertTrue(name.endswith(encloser))
                self.assertTrue(self.covers(answer, f"*.{encloser}"), f"RFC 5155 7.2.2\n{answer}")
                self.assertEqual(any(s[2] for s in spans), zone in OPT_OUT)

    def test_no_data(self):
        for zone in self.nsec3_zones():
            for name in ["www", "b.ent", "ent", "odd"]:
                answer = self.ask(f"{name}.{zone}", "TXT")
                self.assertEqual(answer.rcode(), dns.rcode.NOERROR)
                spans = self.matches(answer, f"{name}.{zone}")
                self.assertEqual(len(spans), 1, f"RFC 5155 7.2.3\n{answer}")
                self.assertNotIn(" TXT", spans[0][3].to_text())

    def test_wildcards(self):
        for zone in self.nsec3_zones():
            for name in [f"x.wild.{zone}", f"a.b.wild.{zone}"]:
                answer = self.ask(name, "A")
                self.assertTrue(any(r.rdtype == dns.rdatatype.A for r in answer.answer))
                next_closer = f"{name.split('.wild')[0].split('.')[-1]}.wild.{zone}"
                self.assertTrue(self.covers(answer, next_closer), f"RFC 5155 7.2.6\n{answer}")
                answer = self.ask(name, "MX")
                self.assertEqual(answer.rcode(), dns.rcode.NOERROR)
                encloser, _ = self.closest_encloser(answer, name, zone)
                self.assertEqual(encloser, f"wild.{zone}")
                self.assertTrue(self.matches(answer, f"*.wild.{zone}"), f"RFC 5155 7.2.5\n{answer}")

    def test_cuts(self):
        for zone in self.nsec3_zones():
            answer = self.ask(f"host.safe.{zone}", "A")
            self.assertIn(dns.rdatatype.DS, [r.rdtype for r in answer.authority])
            for name, rtype in [(f"cut.{zone}", "DS"), (f"host.cut.{zone}", "A")]:
                answer = self.ask(name, rtype)
                if zone == "bindopt.test":  # ldns gives unsigned cuts an NSEC3 even so
                    self.assertFalse(self.matches(answer, f"cut.{zone}"))
                    _, spans = self.closest_encloser(answer, f"cut.{zone}", zone)
                    self.assertTrue(all(s[2] for s in spans), f"RFC 5155 7.2.4, 7.2.7\n{answer}")
                else:
                    types = self.matches(answer, f"cut.{zone}")[0][3].to_text()
                    self.assertTrue(" NS" in types and " DS" not in types and " SOA" not in types)


def base32(digest):
    alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUV"
    bits = int.from_bytes(digest, "big")
    return "".join(alphabet[bits >> shift & 31] for shift in range(155, -1, -5))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    known, rest = parser.parse_known_args()
    PROGRAM = known.program
    unittest.main(argv=[sys.argv[0], *rest])
