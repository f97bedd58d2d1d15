#!/usr/bin/env python3
"""How much larger an answer over UDP is than its question, when nothing proves that the client is
who it says: us beside NSD and Knot with their cookies on, over signed and unsigned zones, every
kind of name and type. We never exceed what the question allows; our worst case is not above the
higher of theirs, and neither is our mean, but for a hundredth."""

import argparse
import collections
import pathlib
import random
import sys
import tempfile
import unittest

import daemons
import peers

PROGRAM = None
QUESTIONS = 600
COOKIE = b"\0\x0a\0\x08" + bytes(range(8))
LARGEST = 1232
NUMBERS = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28,
           "SRV": 33, "DNAME": 39, "DS": 43, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48,
           "NSEC3PARAM": 51, "TYPE65280": 65280, "ANY": 255}
FORMS = {"plain": (b"", 512), "EDNS 512": (daemons.make_opt(512), 512),
         "EDNS 1232": (daemons.make_opt(1232), 1232),
         "EDNS 65535 DO": (daemons.make_opt(65535, flags=0x8000), LARGEST),
         "client cookie": (daemons.make_opt(1232, flags=0x8000, options=COOKIE), 1232)}


class Amplification(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        daemons.need("ldns-keygen", "ldns-signzone", daemons.NSD, daemons.KNOT)

    def test_no_more_than_the_peers(self):
        with tempfile.TemporaryDirectory(prefix="vedette-amplification-") as name:
            folder = pathlib.Path(name)
            zones = peers.make_zones(folder, 63)
            asked = self.questions(zones)
            sizes = self.ask_everyone(folder, {zone: file for zone, (file, _) in zones.items()},
                                      asked)
        print(f"{'':14} {'mean ratio':>24} {'worst ratio':>24}")
        for form, (_, limit) in FORMS.items():
            self.assertLessEqual(max(sizes["vedette", form].values()), limit, form)
            ratios = {peer: [size / len(query) for query, size in sizes[peer, form].items()]
                      for peer in ["vedette", "nsd", "knot"]}
            mean = {peer: sum(all_of) / len(all_of) for peer, all_of in ratios.items()}
            worst = {peer: max(all_of) for peer, all_of in ratios.items()}
            print(f"{form:14} " + " ".join(f"{which[peer]:7.2f}" for which in [mean, worst]
                                           for peer in ["vedette", "nsd", "knot"]))
            self.assertLessEqual(mean["vedette"], max(mean["nsd"], mean["knot"]) * 1.01, form)
            self.assertLessEqual(worst["vedette"], max(worst["nsd"], worst["knot"]), form)

    def questions(self, zones):
        """The same names and types in every form; ANY of every apex too."""
        dice = random.Random(3)
        asked = []
        for zone, (_, owners) in zones.items():
            asked += [line for line in peers.questions(zone, owners, dice, QUESTIONS)
                      if not line.endswith(" do")]
            asked += [f"{zone}. ANY", f"{zone}. DNSKEY", f"big18.{zone}. ANY"]
        return {form: [daemons.make_query(line.split()[0], NUMBERS[line.split()[1]], opt=opt)
                       for line in asked] for form, (opt, _) in FORMS.items()}

    def ask_everyone(self, folder, files, asked):
        nsd_zones, knot_zones = daemons.file_zones(files)
        ports = {peer: daemons.free_port() for peer in ["nsd", "knot"]}
        sizes = collections.defaultdict(dict)
        with daemons.Vedette(PROGRAM, folder, files, "log = false") as service, \
                daemons.start_nsd(folder, ports["nsd"], nsd_zones,
                                  server="  answer-cookie: yes\n") as nsd, \
                daemons.start_knot(folder, ports["knot"], knot_zones,
                                   template="    global-module: mod-cookies\n") as knot:
            for peer, server in [("nsd", nsd), ("knot", knot)]:
                for zone in files:
                    server.wait_for(ports[peer], zone)
            ports["vedette"] = service.port
            for peer, port in ports.items():
                for form, queries in asked.items():
                    for query in queries:
                        answer = (daemons.ask_udp(port, query, 2.0) or
                                  daemons.ask_udp(port, query, 10.0))
                        self.assertIsNotNone(answer, f"{peer} {form} {query}")
                        sizes[peer, form][query] = len(answer)
        return sizes


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    known, rest = parser.parse_known_args()
    PROGRAM = known.program
    unittest.main(argv=[sys.argv[0], *rest])
