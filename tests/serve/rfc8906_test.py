#!/usr/bin/env python3
"""The tests of RFC 8906 8 for authoritative servers, and their like: what a server must answer to
questions that it does not know the half of. Over UDP and TCP; answers are read by dnspython."""

import argparse
import pathlib
import sys
import tempfile
import unittest

import daemons

try:
    import dns.edns
    import dns.flags
    import dns.message
    import dns.rcode
except ImportError:
    dns = None

ZONE = "example.org"
ZONE_TEXT = ("$TTL 60\n@ SOA ns h 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\nwww A 192.0.2.1\n" +
             "".join(f"big TXT \"{i} {'x' * 200}\"\n" for i in range(12)))
A, SOA, TXT, RESERVED_Z, AD, CD, RD = 1, 6, 16, 0x0040, 0x0020, 0x0010, 0x0100
UNKNOWN_OPTION = b"\0\x64\0\x04\x01\x02\x03\x04"  # 100
PROGRAM = None


def option(code, data):
    return code.to_bytes(2, "big") + len(data).to_bytes(2, "big") + data


class Rfc8906(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if dns is None:
            raise unittest.SkipTest("dnspython is not installed")
        cls.temporary = tempfile.TemporaryDirectory(prefix="vedette-rfc8906-")
        cls.addClassCleanup(cls.temporary.cleanup)
        folder = pathlib.Path(cls.temporary.name)
        (folder / ZONE).write_text(ZONE_TEXT)
        cls.service = daemons.Vedette(PROGRAM, folder, {ZONE: folder / ZONE}, 'nsid = "here"')
        cls.service.start()
        cls.addClassCleanup(cls.service.stop)

    def ask(self, query, channel):
        wire = (daemons.ask_udp if channel == "UDP" else daemons.ask_tcp)(self.service.port, query)
        self.assertIsNotNone(wire, "silence")
        answer = dns.message.from_wire(wire, ignore_trailing=False)
        self.assertEqual(answer.id, 1)
        self.assertTrue(answer.flags & dns.flags.QR)
        self.assertFalse(answer.flags & (dns.flags.RA | RESERVED_Z | AD))
        return answer

    def each(self, query):
        return [self.ask(query, channel) for channel in ["UDP", "TCP"]]

    def expect_soa(self, answer, edns):
        self.assertEqual(answer.rcode(), dns.rcode.NOERROR)
        self.assertTrue(answer.flags & dns.flags.AA)
        self.assertEqual([r.rdtype for r in answer.answer], [SOA])
        self.assertEqual(answer.edns, 0 if edns else -1)
        self.assertEqual(answer.ednsflags & 0x7fff, 0)

    def expect_badvers(self, answer):
        self.assertEqual(answer.rcode(), dns.rcode.BADVERS)
        self.assertEqual(answer.edns, 0)
        self.assertEqual(answer.answer, [])
        self.assertEqual(answer.ednsflags & 0x7fff, 0)
        self.assertNotIn(100, [o.otype for o in answer.options])

    def test_plain(self):
        for answer in self.each(daemons.make_query(ZONE, SOA)):
            self.expect_soa(answer, edns=False)

    def test_unknown_type(self):
        for rtype in [1000, 65399, 0]:
            for answer in self.each(daemons.make_query(ZONE, rtype)):
                self.assertEqual(answer.rcode(), dns.rcode.NOERROR)
                self.assertEqual(answer.answer, [])
                self.assertEqual([r.rdtype for r in answer.authority], [SOA])
                self.assertTrue(answer.flags & dns.flags.AA)

    def test_unknown_class(self):
        for rclass in [0, 2, 4, 254, 255, 65280]:
            for answer in self.each(daemons.make_query(ZONE, SOA, rclass)):
                self.assertEqual(answer.rcode(), dns.rcode.REFUSED)
                self.assertEqual(answer.answer + answer.authority, [])

    def test_header_bits(self):
        for bit, comes_back in [(CD, True), (AD, False), (RESERVED_Z, False), (RD, True)]:
            for answer in self.each(daemons.make_query(ZONE, SOA, flags=bit)):
                self.expect_soa(answer, edns=False)
                self.assertEqual(bool(answer.flags & bit), comes_back)

    def test_unknown_opcode(self):
        for opcode in [1, 2, 3, *range(6, 16)]:
            header = b"\0\1" + (opcode << 11).to_bytes(2, "big") + bytes(8)
            whole = daemons.make_query(ZONE, SOA, flags=opcode << 11, opt=daemons.make_opt())
            flags = daemons.make_query(ZONE, SOA, flags=opcode << 11 | 0x07f0)
            for query in [header, whole, flags]:
                for channel in ["UDP", "TCP"]:
                    ask = daemons.ask_udp if channel == "UDP" else daemons.ask_tcp
                    wire = ask(self.service.port, query)
                    self.assertEqual(wire[2] >> 3 & 15, opcode)
                    self.assertEqual(wire[3] & 15, 4, "NOTIMP")
                    self.assertEqual(wire[2] & 7, 0, "neither AA nor TC nor RD")
                    self.assertEqual(wire[3] >> 4, 0, "nor any of the other side")
                    self.assertEqual(wire[6:10], bytes(4))

    def test_edns(self):
        for answer in self.each(daemons.make_query(ZONE, SOA, opt=daemons.make_opt(4096))):
            self.expect_soa(answer, edns=True)
            self.assertEqual(answer.payload, 1232)

    def test_unknown_version(self):
        for more in [{}, {"flags": 0x40}, {"options": UNKNOWN_OPTION}, {"flags": 0x8000}]:
            for version in [1, 255]:
                opt = daemons.make_opt(version=version, **more)
                for answer in self.each(daemons.make_query(ZONE, SOA, opt=opt)):
                    self.expect_badvers(answer)

    def test_unknown_option(self):
        for count in [1, 50]:
            opt = daemons.make_opt(options=UNKNOWN_OPTION * count)
            for answer in self.each(daemons.make_query(ZONE, SOA, opt=opt)):
                self.expect_soa(answer, edns=True)
                self.assertEqual(answer.options, ())

    def test_unknown_flags(self):
        for flag in [0x40, 0x7fff]:
            opt = daemons.make_opt(flags=flag)
            for answer in self.each(daemons.make_query(ZONE, SOA, opt=opt)):
                self.expect_soa(answer, edns=True)

    def test_extended_rcode_in_a_query(self):
        for answer in self.each(daemons.make_query(ZONE, SOA, opt=daemons.make_opt(rcode=7))):
            self.expect_soa(answer, edns=True)

    def test_truncated(self):
        query = daemons.make_query(f"big.{ZONE}", TXT, opt=daemons.make_opt(512, flags=0x8000))
        answer = self.ask(query, "UDP")
        self.assertTrue(answer.flags & dns.flags.TC)
        self.assertEqual(answer.edns, 0)
        self.assertLessEqual(len(daemons.ask_udp(self.service.port, query)), 512)
        whole = self.ask(query, "TCP")
        self.assertFalse(whole.flags & dns.flags.TC)
        self.assertEqual(len(whole.answer[0]), 12)

    def test_dnssec_ok_comes_back(self):
        opt = daemons.make_opt(flags=0x8000)
        for answer in self.each(daemons.make_query(ZONE, SOA, opt=opt)):
            self.expect_soa(answer, edns=True)
            self.assertEqual(answer.ednsflags, 0x8000, "RFC 3225 3")

    def test_several_options(self):
        """Cookie, NSID, EXPIRE, client subnet, padding, TCP keepalive, in one query."""
        options = (option(10, bytes(range(8))) + option(3, b"") + option(9, b"") +
                   option(8, b"\0\1\0\0") + option(12, bytes(5)) + option(11, b""))
        query = daemons.make_query(ZONE, SOA, opt=daemons.make_opt(options=options))
        for answer in self.each(query):
            self.expect_soa(answer, edns=True)
            found = {o.otype: o for o in answer.options}
            self.assertEqual(found[3].data, b"here")
            self.assertNotIn(8, found, "RFC 7871 7.2.1: not ours to say")

    def test_cookies(self):
        client = bytes(range(8))
        opt = daemons.make_opt(options=option(10, client))
        for answer in self.each(daemons.make_query(ZONE, SOA, opt=opt)):
            cookie = next(o.data for o in answer.options if o.otype == 10)
            self.assertEqual((cookie[:8], len(cookie), cookie[8]), (client, 24, 1), "RFC 9018 4")
            again = daemons.make_opt(options=option(10, cookie))
            for second in self.each(daemons.make_query(ZONE, SOA, opt=again)):
                self.expect_soa(second, edns=True)
        for length in [0, 7, 9, 15, 41]:
            opt = daemons.make_opt(options=option(10, bytes(length)))
            for answer in self.each(daemons.make_query(ZONE, SOA, opt=opt)):
                self.assertEqual(answer.rcode(), dns.rcode.FORMERR, "RFC 7873 5.2.2")
                self.assertEqual(answer.edns, 0, "RFC 6891 6.1.1")

    def test_two_opt_records(self):
        query = bytearray(daemons.make_query(ZONE, SOA, opt=daemons.make_opt() * 2))
        query[11] = 2
        for answer in self.each(bytes(query)):
            self.assertEqual(answer.rcode(), dns.rcode.FORMERR)

    def test_buffer_sizes(self):
        """Any size is taken; below 512 is 512 (RFC 6891 6.2.3), and ours bounds the largest."""
        for size in [0, 1, 511, 512, 1232, 1500, 4096, 65535]:
            opt = daemons.make_opt(size)
            query = daemons.make_query(f"big.{ZONE}", TXT, opt=opt)
            wire = daemons.ask_udp(self.service.port, query)
            self.assertLessEqual(len(wire), min(max(size, 512), 1232))
            self.expect_soa(self.ask(daemons.make_query(ZONE, SOA, opt=opt), "UDP"), edns=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    known, rest = parser.parse_known_args()
    PROGRAM = known.program
    unittest.main(argv=[sys.argv[0], *rest])
