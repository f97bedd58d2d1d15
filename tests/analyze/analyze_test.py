#!/usr/bin/env python3
"""`vedette analyze` as a person or a script meets it: the files it writes, read by other programs;
exit codes; hostile, damaged and empty captures; several files and standard input."""

import argparse
import csv
import io
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import xml.etree.ElementTree as ET

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "samples" / "demo.pcapng"
DATA = ROOT.parent / "shared" / "data"
OK, FAILED, USAGE, MET = 0, 1, 2, 10
PROGRAM = ""
TITLES = "index,time,src_mac,dst_mac,src_ip,dst_ip,src_port,dst_port,protocol,length,summary"


def pcap(frames, link_type=1):
    """A capture of frames, one a second."""
    out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, link_type)
    for i, frame in enumerate(frames):
        out += struct.pack("<IIII", 1795262400 + i, 5, len(frame), len(frame)) + frame
    return out


def query_frame(name, identifier=7):
    """A DNS query for one label of any bytes, from 192.0.2.10 to 192.0.2.53."""
    dns = struct.pack(">6H", identifier, 0x100, 1, 0, 0, 0)
    dns += bytes([len(name)]) + name + b"\0" + struct.pack(">HH", 1, 1)
    udp = struct.pack(">4H", 40000, 53, 8 + len(dns), 0) + dns
    ip = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0)
    ip += bytes([192, 0, 2, 10, 192, 0, 2, 53])
    return bytes.fromhex("0c0000000053 0c0000000010 0800") + ip + udp


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="vedette-analyze-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)

    @classmethod
    def start(cls, *words, stdin=None, **variables):
        environment = {"PATH": os.environ["PATH"], "TZ": "UTC", "HOME": str(cls.folder),
                       "LC_ALL": "C.UTF-8"} | variables
        return subprocess.run([PROGRAM, "analyze", *map(str, words)], capture_output=True,
                              env=environment, input=stdin, timeout=120, check=False,
                              cwd=cls.folder)

    def run_ok(self, *words, **more):
        done = self.start(*words, **more)
        self.assertEqual(done.returncode, OK, done.stderr.decode())
        return done.stdout.decode()

    def run_bad(self, code, *words, **more):
        done = self.start(*words, **more)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return done.stderr.decode()

    def capture(self, name, frames, link_type=1):
        path = self.folder / name
        path.write_bytes(pcap(frames, link_type))
        return path

    def summary(self, *words, **more):
        return json.loads(self.run_ok(*words, "--json", **more))


class Summary(Case):
    def test_everything_is_told_in_text(self):
        text = self.run_ok(DEMO)
        for word in ("demo.pcapng", "Protocols", "DNS", "Packets over time", "Top talkers", "DHCP",
                     "latency", "rcodes", "Findings", "Anomalies", "█"):
            self.assertIn(word, text)

    def test_a_terminal_without_unicode_gets_ascii(self):
        text = self.run_ok(DEMO, LC_ALL="C")
        self.assertIn("####", text)
        self.assertNotIn("\u2588", text)

    def test_counts_add_up(self):
        told = self.summary(DEMO)
        self.assertEqual(sum(row["packets"] for row in told["protocols"]), told["packets"])
        self.assertEqual(sum(row["bytes"] for row in told["protocols"]), told["bytes"])
        self.assertEqual(sum(told["timeline"]["packets"]), told["packets"])
        ledger = told["ledger"]
        parts = ("decoded", "filtered", "not_ours", "damaged", "held")
        self.assertEqual(sum(ledger[part] for part in parts), ledger["packets"])
        dns = told["dns"]
        # Damaged ones and those without a question are never paired.
        self.assertGreaterEqual(dns["queries"], dns["answered"] + dns["unanswered"])
        self.assertGreater(dns["answered"], 1000)
        self.assertLessEqual(dns["latency_p50"], dns["latency_p90"])
        self.assertLessEqual(dns["latency_p90"], dns["latency_p99"])
        self.assertLessEqual(dns["latency_p99"], dns["latency_max"])

    def test_findings_are_those_of_watch(self):
        done = subprocess.run([PROGRAM, "watch", "-r", DEMO, "--no-store", "--quiet", "--summary",
                               "json"], capture_output=True, check=True, timeout=120,
                              env={"HOME": str(self.folder), "TZ": "UTC"})
        told = self.summary(DEMO)
        self.assertGreater(len(told["findings"]), 0)
        kinds = {row["id"] for row in told["findings"]}
        watched = json.loads(done.stdout)
        for key, count in watched.get("alerts_by_kind", {}).items():
            self.assertEqual(key in kinds, count != 0, key)
        self.assertIn("tunnel", kinds)

    def test_detectors_can_be_off(self):
        self.assertEqual(self.summary(DEMO, "--preset", "off")["findings"], [])

    def test_lists_are_as_long_as_asked(self):
        self.assertEqual(len(self.summary(DEMO, "-n", "3")["talkers"]), 3)
        self.assertGreater(len(self.summary(DEMO, "-n", "0")["talkers"]), 10)

    def test_a_filter_takes_some_packets(self):
        told = self.summary(DEMO, "--bpf", "udp port 67 or udp port 68")
        self.assertEqual([row["protocol"] for row in told["protocols"]], ["DHCP"])
        self.assertGreater(told["ledger"]["filtered"], 0)
        self.assertIn("xyzzy", self.run_bad(USAGE, DEMO, "--bpf", "xyzzy plugh"))

    def test_a_port_that_carries_dns(self):
        frame = bytearray(query_frame(b"a"))
        frame[36:38] = struct.pack(">H", 1053)
        path = self.capture("port.pcap", [bytes(frame)])
        told = self.summary(path, "--port", "1053")
        self.assertEqual(told["protocols"][0]["protocol"], "DNS")


class Files(Case):
    def test_rows_for_each_packet(self):
        path = self.capture("two.pcap", [query_frame(b"abc"), b"\xff" * 5])
        lines = self.run_ok("-q", "--csv", "-", path).splitlines()
        self.assertEqual(lines[0], TITLES)
        self.assertEqual(lines[1], "1,1795262400.000005000,0c:00:00:00:00:10,0c:00:00:00:00:53,"
                                   "192.0.2.10,192.0.2.53,40000,53,DNS,63,query A abc")
        self.assertEqual(lines[2], "2,1795262401.000005000,,,,,,,damaged,5,link.truncated")
        self.assertEqual(len(lines), 3)

    def test_rows_for_each_protocol(self):
        out = self.folder / "protocols.csv"
        self.run_ok(DEMO, "-q", "--protocols", out)
        told = self.summary(DEMO)
        rows = list(csv.DictReader(io.StringIO(out.read_text(encoding="ascii"))))
        self.assertEqual([row["protocol"] for row in rows],
                         [row["protocol"] for row in told["protocols"]])
        self.assertEqual(sum(int(row["packets"]) for row in rows), told["packets"])
        self.assertAlmostEqual(sum(float(row["share"]) for row in rows), 1, places=4)
        for row in rows:
            self.assertLessEqual(float(row["first"]), float(row["last"]))

    def test_the_chart_is_xml_with_its_numbers(self):
        out = self.folder / "chart.svg"
        self.run_ok(DEMO, "-q", "--chart", out)
        root = ET.parse(out).getroot()
        self.assertEqual(root.tag, "{http://www.w3.org/2000/svg}svg")
        words = [text.text for text in root.iter("{http://www.w3.org/2000/svg}text")]
        first = self.summary(DEMO)["protocols"][0]
        self.assertIn(first["protocol"], words)
        self.assertIn(f"{first['packets']:,}", words)
        self.assertTrue(any(word.endswith(" %") for word in words))
        self.assertIn("prefers-color-scheme:dark", out.read_text(encoding="utf-8"))
        if shutil.which("xmllint"):
            subprocess.run(["xmllint", "--noout", "--nonet", out], check=True)

    def test_the_chart_as_png(self):
        out = self.folder / "chart.png"
        done = self.start(DEMO, "-q", "--chart", out)
        if done.returncode == FAILED and b"libcairo2" in done.stderr:
            self.skipTest("libcairo2 is not installed")
        self.assertEqual(done.returncode, OK, done.stderr.decode())
        data = out.read_bytes()
        self.assertEqual(data[:8], b"\x89PNG\r\n\x1a\n")
        width, height = struct.unpack(">II", data[16:24])
        self.assertEqual(width, 1720)
        self.assertGreater(height, 200)
        self.assertTrue(data.endswith(b"IEND\xaeB`\x82"))

    def test_the_page_holds_everything_and_fetches_nothing(self):
        out = self.folder / "report.html"
        self.run_ok(DEMO, "-q", "--report", out)
        text = out.read_text(encoding="utf-8")
        ET.fromstring(text.removeprefix("<!DOCTYPE html>"))  # well formed as XML too
        for word in ("Findings", "Protocols", "Packets over time", "Top talkers", "DNS", "DHCP",
                     "Leases", "Anomalies", "prefers-color-scheme:dark"):
            self.assertIn(word, text)
        for fetched in (r"<script", r"\bsrc=", r"\bhref=", r"url\(", r"@import", r"https?://"):
            self.assertIsNone(re.search(fetched, text), fetched)

    def test_hostile_text_is_only_text(self):
        names = [b"<script>alert(1)</script>", b"a&b\"'", b"\x1b[31mred", "\u202eevil".encode(),
                 b"\xff\xfe"]
        path = self.capture("hostile<&>.pcap", [query_frame(name, i)
                                               for i, name in enumerate(names)])
        out = self.folder / "hostile.html"
        text = self.run_ok(path, "--report", out, "--chart", self.folder / "hostile.svg")
        page = out.read_text(encoding="utf-8")
        ET.fromstring(page.removeprefix("<!DOCTYPE html>"))
        ET.parse(self.folder / "hostile.svg")
        self.assertNotIn("<script", page)
        for told in (text, page):
            self.assertNotIn("\x1b", told)
            self.assertNotIn("\u202e", told)
        json.loads(self.run_ok(path, "--json"))

    def test_standard_output_takes_one(self):
        self.assertTrue(self.run_ok(DEMO, "--protocols", "-").startswith("protocol,packets"))
        self.assertTrue(self.run_ok(DEMO, "--chart", "-").startswith("<?xml"))
        self.assertTrue(self.run_ok(DEMO, "--report", "-").startswith("<!DOCTYPE html>"))
        error = self.run_bad(USAGE, DEMO, "--csv", "-", "--report", "-")
        self.assertIn("standard output", error)
        self.run_bad(USAGE, DEMO, "--json", "--csv", "-")

    def test_a_reader_that_goes_away(self):
        done = subprocess.run(f"'{PROGRAM}' analyze '{DEMO}' --csv - | head -n 2", shell=True,
                              capture_output=True, timeout=60, check=True)
        self.assertEqual(len(done.stdout.splitlines()), 2)
        self.assertNotIn(b"cannot write", done.stderr)


class Scripts(Case):
    def test_exit_codes(self):
        quiet = self.capture("quiet.pcap", [query_frame(b"abc")])
        self.run_ok(quiet, "-q", "--fail-on", "info")
        self.run_bad(MET, DEMO, "-q", "--fail-on", "high")
        self.run_bad(MET, DEMO, "-q", "--fail-on", "low")
        self.run_bad(USAGE, DEMO, "--fail-on", "terrible")

    def test_an_anomaly_is_enough(self):
        frame = bytearray(query_frame(b"abc"))
        frame[54] = 0x80  # a label of a reserved type: dns severity above info
        path = self.capture("odd.pcap", [bytes(frame)])
        told = self.summary(path, "--preset", "off")
        self.assertNotEqual(told["anomalies"], [])
        self.run_bad(MET, path, "-q", "--preset", "off", "--fail-on",
                     told["anomalies"][0]["severity"])

    def test_what_cannot_be_read(self):
        self.assertIn("FILE", self.run_bad(USAGE))
        self.assertIn("nowhere.pcap", self.run_bad(FAILED, "nowhere.pcap"))
        self.assertIn(".svg or .png", self.run_bad(USAGE, DEMO, "--chart", "a.gif"))
        nonsense = self.folder / "nonsense.pcap"
        nonsense.write_bytes(b"this is no capture at all, not even nearly")
        self.assertIn("nonsense.pcap", self.run_bad(FAILED, nonsense))
        self.assertIn("/no/such", self.run_bad(FAILED, DEMO, "--csv", "/no/such/a.csv"))
        self.assertIn("/no/such", self.run_bad(FAILED, DEMO, "--report", "/no/such/a.html"))
        self.run_bad(USAGE, "-", "-")

    @unittest.skipUnless(pathlib.Path("/dev/full").exists(), "no /dev/full here")
    def test_a_full_disk_is_told(self):
        self.assertIn("/dev/full", self.run_bad(FAILED, DEMO, "-q", "--csv", "/dev/full"))
        self.assertIn("/dev/full", self.run_bad(FAILED, DEMO, "-q", "--report", "/dev/full"))

    def test_standard_input_and_several_files(self):
        once = self.summary(DEMO)
        piped = self.summary("-", stdin=DEMO.read_bytes())
        self.assertEqual(piped["protocols"], once["protocols"])
        one = self.capture("one.pcap", [query_frame(b"a"), query_frame(b"b")])
        two = self.capture("two.pcap", [query_frame(b"c")])
        both = self.summary(one, two)
        self.assertEqual(both["packets"], 3)
        self.assertEqual(both["files"], [str(one), str(two)])
        self.assertEqual(len(self.run_ok(one, two, "-q", "--csv", "-").splitlines()), 4)

    def test_an_empty_capture(self):
        path = self.capture("empty.pcap", [])
        self.assertIn("0 packets", self.run_ok(path))
        told = self.summary(path)
        self.assertEqual((told["packets"], told["protocols"], told["findings"]), (0, [], []))
        self.assertEqual(self.run_ok(path, "-q", "--csv", "-"), TITLES + "\n")
        for name in ("empty.svg", "empty.html"):
            option = "--chart" if name.endswith("svg") else "--report"
            self.run_ok(path, "-q", option, self.folder / name)
            text = (self.folder / name).read_text(encoding="utf-8")
            ET.fromstring(text.removeprefix("<!DOCTYPE html>").encode())

    def test_a_capture_that_ends_too_early(self):
        path = self.folder / "cut.pcap"
        path.write_bytes(pcap([query_frame(b"a"), query_frame(b"b")])[:-9])
        told = self.summary(path)
        self.assertEqual(told["packets"], 1)
        self.assertNotEqual(told["warnings"], [])
        quiet = self.start("-q", path)
        self.assertEqual((quiet.returncode, quiet.stdout), (OK, b""))
        self.assertIn(b"is cut inside the record after packet 1", quiet.stderr)


@unittest.skipUnless((DATA / "truth.tsv").exists(), f"{DATA} is not here")
class Captures(Case):
    def kinds(self, *wanted):
        with (DATA / "truth.tsv").open(encoding="utf-8") as table:
            return [DATA / row["file"] for row in csv.DictReader(table, delimiter="\t")
                    if row["kind"] in wanted]

    def test_damaged_captures_have_a_page_too(self):
        paths = self.kinds("robustness", "dns-malformed", "dhcp-malformed", "format-linktype")
        self.assertGreater(len(paths), 90)
        for path in paths:
            with self.subTest(path.name):
                page = self.run_ok(path, "--report", "-")
                ET.fromstring(page.removeprefix("<!DOCTYPE html>"))

    @unittest.skipUnless(shutil.which("tshark"), "tshark is not installed")
    def test_columns_are_those_of_an_independent_decoder(self):
        fields = ["frame.number", "frame.time_epoch", "eth.src", "eth.dst", "ip.src", "ip.dst",
                  "ipv6.src", "ipv6.dst", "arp.src.proto_ipv4", "arp.dst.proto_ipv4",
                  "udp.srcport", "udp.dstport", "tcp.srcport", "tcp.dstport", "frame.len",
                  "frame.protocols"]
        words = [word for field in fields for word in ("-e", field)]
        compared = 0
        for path in self.kinds("mixed"):
            done = subprocess.run(
                ["tshark", "-n", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE",
                 "-r", path, "-T", "fields", "-E", "occurrence=l", *words],
                capture_output=True, text=True, timeout=120, check=True,
                env={"HOME": str(self.folder), "PATH": os.environ["PATH"], "LC_ALL": "C"})
            rows = list(csv.reader(io.StringIO(self.run_ok(path, "-q", "--csv", "-"))))[1:]
            theirs = [dict(zip(fields, line.split("\t"))) for line in done.stdout.splitlines()]
            self.assertEqual(len(rows), len(theirs), path)
            for ours, row in zip(rows, theirs):
                # What an error quotes is not ours, and of tunnels tshark tells both ends.
                layers = row["frame.protocols"].split(":")
                if {"icmp", "icmpv6", "gre", "teredo"} & set(layers):
                    continue
                compared += 1
                pick = lambda *names: next((row[name] for name in names if row[name]), "")
                expected = [row["frame.number"], row["frame.time_epoch"], row["eth.src"],
                            row["eth.dst"], pick("ip.src", "ipv6.src", "arp.src.proto_ipv4"),
                            pick("ip.dst", "ipv6.dst", "arp.dst.proto_ipv4"),
                            pick("udp.srcport", "tcp.srcport"), pick("udp.dstport", "tcp.dstport")]
                self.assertEqual(ours[:8], expected, f"{path} frame {row['frame.number']}")
                self.assertEqual(ours[9], row["frame.len"])
        self.assertGreater(compared, 15000)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    known, rest = parser.parse_known_args()
    global PROGRAM
    PROGRAM = str(pathlib.Path(known.program).resolve())
    unittest.main(argv=[sys.argv[0], *rest], verbosity=1)


if __name__ == "__main__":
    main()
