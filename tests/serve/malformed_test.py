#!/usr/bin/env python3
"""The 66 odd and damaged queries of the labelled capture, sent to us, Knot and NSD in one run.
Where we differ from one of them, a row of DIFFERENCES says why; a difference without a row fails,
and so does a row that no longer describes anything."""

import argparse
import pathlib
import struct
import sys
import tempfile
import unittest

import daemons

ROOT = pathlib.Path(__file__).resolve().parents[2]
CAPTURE = ROOT / "../shared/data/tunnels-own/dns_malformed_labelled.pcap"
LABELS = CAPTURE.with_suffix(".txt")
ETHERNET_IPV4_UDP = 14 + 20 + 8
ZONE = "x.test"
ZONE_TEXT = "$TTL 60\n@ SOA ns h 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\nwww A 192.0.2.1\n"
PROGRAM = None
RCODES = {0: "NOERROR", 1: "FORMERR", 2: "SERVFAIL", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED",
          9: "NOTAUTH", 16: "BADVERS"}


def queries():
    """(label, message) of every packet."""
    data = CAPTURE.read_bytes()
    labels = [line.split("\t", 1)[1] for line in LABELS.read_text().splitlines()]
    at = 24
    for label in labels:
        length = struct.unpack_from("<I", data, at + 8)[0]
        packet = data[at + 16:at + 16 + length]
        at += 16 + length
        yield label, packet[ETHERNET_IPV4_UDP:]


def shape(answer):
    """What a server said, as one word: rcode, AA, whether records came, whether OPT did."""
    if answer is None:
        return "silence"
    counts = struct.unpack_from(">4H", answer, 4)
    rcode = answer[3] & 15
    opt = opt_of(answer, counts)
    if opt is not None:
        rcode |= opt << 4
    words = [RCODES.get(rcode, str(rcode))]
    words += ["aa"] if answer[2] & 4 else []
    words += ["tc"] if answer[2] & 2 else []
    words += ["answer"] if counts[1] else []
    words += ["opt"] if opt is not None else []
    return " ".join(words)


def skip_name(message, at):
    while message[at] and message[at] < 0xc0:
        at += message[at] + 1
    return at + (2 if message[at] else 1)


def opt_of(message, counts):
    """The upper bits of the rcode when there is an OPT record, else None."""
    try:
        at = 12
        for _ in range(counts[0]):
            at = skip_name(message, at) + 4
        for _ in range(sum(counts[1:])):
            at = skip_name(message, at)
            rtype, _, ttl, length = struct.unpack_from(">HHIH", message, at)
            if rtype == 41:
                return ttl >> 24
            at += 10 + length
    except (IndexError, struct.error):
        return None
    return None


# label: (what we say, why)
QUESTION_ONLY = "a query holds its question and additional records, no others (RFC 1035 4.1, 9619)"
NOT_SILENT = "a server answers what it cannot read with FORMERR, not with silence (RFC 8906 3)"
NO_SECONDARY = "not implemented here (RFC 1035 4.1.1)"
OPT_COMES_BACK = "a request with OPT gets an answer with OPT (RFC 6891 6.1.1)"
TAIL = "the counts say where a message ends (RFC 1035 4.1.1); what follows is ignored"
RCODE = "RCODE has no meaning in a query (RFC 1035 4.1.1)"
DIFFERENCES = {
    "ANCOUNT=1 + real RR": ("FORMERR", QUESTION_ONLY),
    "NSCOUNT=1 + real RR": ("FORMERR", QUESTION_ONLY),
    "ARCOUNT=1 + A RR (not OPT)": ("FORMERR", QUESTION_ONLY),
    "QDCOUNT=2, two questions": ("FORMERR", "RFC 9619 4"),
    "QDCOUNT=2, one present": ("FORMERR", "RFC 9619 4"),
    "QDCOUNT=0 + question bytes": ("FORMERR", NOT_SILENT),
    "RCODE=5 in query": ("NOERROR aa answer", RCODE),
    "RCODE=15 in query": ("NOERROR aa answer", RCODE),
    "opcode 4 NOTIFY": ("NOTIMP", NO_SECONDARY),
    "opcode 5 UPDATE": ("NOTIMP", NO_SECONDARY),
    "trailing 4 bytes": ("NOERROR aa answer", TAIL),
    "trailing 200 bytes": ("NOERROR aa answer", TAIL),
    "trailing after OPT": ("NOERROR aa answer opt", TAIL),
    "qname self pointer": ("FORMERR", NOT_SILENT),
    "qname fwd pointer": ("FORMERR", NOT_SILENT),
    "qname label+ptr to hdr(00)": ("FORMERR", NOT_SILENT),
    "label type 0x40": ("FORMERR", NOT_SILENT),
    "label type 0x80": ("FORMERR", NOT_SILENT),
    "name 263 B": ("FORMERR", NOT_SILENT),
    "truncated label": ("FORMERR", NOT_SILENT),
    "2x OPT": ("FORMERR opt", OPT_COMES_BACK),
    "OPT name non-root": ("FORMERR", "the owner of OPT is the root (RFC 6891 6.1.2)"),
    "COOKIE len 5": ("FORMERR opt", "RFC 7873 5.2.2"),
    "opt len overrun": ("FORMERR opt", OPT_COMES_BACK),
    "qtype 0": ("NOERROR aa", "an unknown type like any other (RFC 3597 3)"),
    "qtype OPT": ("FORMERR", "OPT belongs to a message and is no data (RFC 6891 6.1.1)"),
    "no question bytes": ("FORMERR", NOT_SILENT),
}


class Malformed(unittest.TestCase):
    def test_every_query_against_both_peers(self):
        if not CAPTURE.exists():
            self.skipTest(f"{CAPTURE} is not here")
        asked = dict(queries())
        self.assertEqual(len(asked), 66)
        shapes = self.ask_everyone(asked)
        unexplained = []
        for label in asked:
            ours, knot, nsd = (shapes[name][label] for name in ["vedette", "knot", "nsd"])
            row = DIFFERENCES.get(label)
            print(f"{label:28} {ours:24} {knot:24} {nsd:24} {row[1] if row else ''}")
            if row is None and (ours != knot or ours != nsd):
                unexplained.append((label, ours, knot, nsd))
            if row is not None and (ours != row[0] or (ours == knot and ours == nsd)):
                unexplained.append((label, ours, f"the table says {row[0]}"))
        self.assertEqual(unexplained, [])

    def ask_everyone(self, asked):
        with tempfile.TemporaryDirectory(prefix="vedette-malformed-") as name:
            folder = pathlib.Path(name)
            file = folder / "x.test.zone"
            file.write_text(ZONE_TEXT)
            nsd_zones, knot_zones = daemons.file_zones({ZONE: file})
            ports = {peer: daemons.free_port() for peer in ["knot", "nsd"]}
            with daemons.Vedette(PROGRAM, folder, {ZONE: file}) as service, \
                    daemons.start_knot(folder, ports["knot"], knot_zones) as knot, \
                    daemons.start_nsd(folder, ports["nsd"], nsd_zones) as nsd:
                knot.wait_for(ports["knot"], ZONE)
                nsd.wait_for(ports["nsd"], ZONE)
                ports["vedette"] = service.port
                return {peer: {label: shape(daemons.ask_udp(port, query, 0.3))
                               for label, query in asked.items()}
                        for peer, port in ports.items()}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    known, rest = parser.parse_known_args()
    PROGRAM = known.program
    unittest.main(argv=[sys.argv[0], *rest])
