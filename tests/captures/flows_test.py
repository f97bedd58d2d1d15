#!/usr/bin/env python3
"""`vedette analyze --flows`: CSV whose totals are those of the capture, and IPFIX that nfcapd takes
without one error and tshark reads without a malformed message."""

import argparse
import csv
import io
import pathlib
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
from loopback import free_port  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "samples" / "demo.pcapng"
DATA = ROOT.parent / "shared" / "data"
FAILED, USAGE = 1, 2
PROGRAM = ""
TEXT = re.compile(r"flows: (\d+) with (\d+) packets and (\d+) bytes \((\d+) of IP\) to .*?; "
                  r"(\d+) packets and (\d+) bytes are not IP")
MIXED = ["ntop-nDPI/ftp.pcap", "cisco-joy/firefox58.pcap", "DNS-OARC-dnscap/frags.pcap",
         "orb-community-pktvisor/dns_udp_tcp_random.pcap", "seladb-PcapPlusPlus/example.pcap"]


def captures():
    found = [DATA / name for name in MIXED if (DATA / name).exists()]
    return found or [DEMO]


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vedette-flows-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def analyze(self, *words):
        return subprocess.run([PROGRAM, "analyze", *map(str, words)], capture_output=True,
                              cwd=self.folder, timeout=200, check=False,
                              env={"HOME": str(self.folder), "PATH": "/usr/bin:/bin",
                                   "LC_ALL": "C.UTF-8"})

    def totals(self, result):
        self.assertEqual(result.returncode, 0, result.stderr.decode())
        found = TEXT.search(result.stderr.decode())
        self.assertTrue(found, result.stderr.decode())
        names = ("flows", "packets", "bytes", "ip_bytes", "other_packets", "other_bytes")
        return dict(zip(names, map(int, found.groups())))


def packets_and_bytes(paths):
    """By capinfos, which knows nothing of us: packets, and bytes on the wire."""
    packets = size = 0
    for path in paths:
        out = subprocess.run(["capinfos", "-M", "-T", "-r", "-c", "-d", str(path)],
                             capture_output=True, text=True, check=True).stdout.split("\t")
        packets += int(out[-2])
        size += int(out[-1])
    return packets, size


class Csv(Case):
    def test_totals_are_those_of_the_capture(self):
        if not shutil.which("capinfos"):
            self.skipTest("no capinfos")
        for path in captures():
            result = self.analyze(path, "--flows", "flows.csv")
            said = self.totals(result)
            rows = list(csv.DictReader(io.StringIO((self.folder / "flows.csv").read_text())))
            self.assertEqual(len(rows), said["flows"])
            total = lambda *names: sum(int(row[name]) for row in rows for name in names)
            packets, size = packets_and_bytes([path])
            self.assertEqual(total("packets", "reverse_packets") + said["other_packets"], packets)
            on_wire = total("frame_bytes", "reverse_frame_bytes") + said["other_bytes"]
            self.assertEqual(on_wire, size)
            self.assertEqual(total("bytes", "reverse_bytes"), said["ip_bytes"])
            for row in rows:
                self.assertLessEqual(float(row["start"]), float(row["end"]))

    def test_goes_to_standard_output(self):
        result = self.analyze(DEMO, "--flows", "-")
        self.assertEqual(result.returncode, 0)
        self.assertTrue(result.stdout.startswith(b"start,end,protocol,source,"))

    def test_anonymized_flows_name_nobody(self):
        plain = self.analyze("-q", DEMO, "--flows", "-").stdout.decode()
        hidden = self.analyze("-q", DEMO, "--flows", "-", "--anonymize", "--anonymize-key",
                              "key").stdout.decode()
        ends = lambda text: {row[name] for row in csv.DictReader(io.StringIO(text))
                             for name in ("source", "destination")}
        stays = re.compile(r"0\.0\.0\.0|255\.255\.255\.255|2[23]\d\.|127\.|ff|::1?$")
        self.assertEqual({e for e in ends(plain) & ends(hidden) if not stays.match(e)}, set())
        self.assertEqual(len(plain.splitlines()), len(hidden.splitlines()))


class Collector(Case):
    def setUp(self):
        super().setUp()
        if not shutil.which("nfcapd") or not shutil.which("nfdump"):
            self.skipTest("nfdump is not installed")

    def collect(self, paths):
        port = free_port()
        folder = self.folder / "nf"
        folder.mkdir()
        log = open(self.folder / "nfcapd.log", "wb")
        self.addCleanup(log.close)
        collector = subprocess.Popen(["nfcapd", "-b", "127.0.0.1", "-p", str(port), "-t", "3600",
                                      "-w", str(folder)], stdout=log, stderr=log)
        try:
            for _ in range(100):
                if b"Startup" in (self.folder / "nfcapd.log").read_bytes():
                    break
                time.sleep(0.05)
            said = self.totals(self.analyze(*paths, "--flows", f"ipfix://127.0.0.1:{port}"))
            time.sleep(0.5)
        finally:
            collector.terminate()
            collector.wait(20)
        return said, (self.folder / "nfcapd.log").read_text(), folder

    def test_takes_every_flow(self):
        said, log, folder = self.collect(captures())
        found = re.search(r"Flows: (\d+), Packets: (\d+), Bytes: (\d+), Sequence Errors: (\d+), "
                          r"Bad Packets: (\d+)", log)
        self.assertTrue(found, log)
        flows, packets, size, sequence_errors, bad = map(int, found.groups())
        self.assertEqual((sequence_errors, bad), (0, 0), log)
        self.assertEqual(flows, said["flows"])
        self.assertEqual(packets, said["packets"])
        self.assertEqual(size, said["ip_bytes"])
        self.assertNotIn("rror", log.replace("Sequence Errors", ""))
        # What it stored says the same, read by its other half.
        stored = "".join(subprocess.run(["nfdump", "-r", str(file), "-I"], capture_output=True,
                                        text=True, check=True).stdout
                         for file in folder.glob("nfcapd.2*"))
        self.assertIn(f"Packets: {packets}", stored)
        self.assertIn(f"Bytes: {size}", stored)

    def test_keeps_addresses_ports_and_times(self):
        said, _, folder = self.collect([DEMO])
        rows = "".join(subprocess.run(["nfdump", "-r", str(file), "-o",
                                       "fmt:%sa,%da,%sp,%dp,%pr,%tsr,%ipkt,%opkt", "-q"],
                                      capture_output=True, text=True, check=True).stdout
                       for file in folder.glob("nfcapd.2*"))
        got = sorted(tuple(cell.strip() for cell in line.split(",")[:4])
                     for line in rows.splitlines() if "," in line)
        self.analyze("-q", DEMO, "--flows", "flows.csv")
        wanted = list(csv.DictReader(io.StringIO((self.folder / "flows.csv").read_text())))
        self.assertEqual(len(got), said["flows"])
        # nfdump shortens IPv6 addresses for the eye; ports and IPv4 are whole.
        ours = sorted((row["source"], row["destination"], row["source_port"],
                       row["destination_port"]) for row in wanted
                      if ":" not in row["source"] and row["protocol"] == "17")
        theirs = [row for row in got if ":" not in row[0]]
        for row in ours:
            self.assertIn(row, theirs)


class Stream(Case):
    """A collector of our own for TCP, which nfcapd does not speak; tshark reads what it got."""

    def test_messages_over_tcp_are_whole(self):
        listener = socket.create_server(("127.0.0.1", 0))
        got = []

        def take():
            connection, _ = listener.accept()
            with connection:
                while block := connection.recv(65536):
                    got.append(block)

        thread = threading.Thread(target=take)
        thread.start()
        said = self.totals(self.analyze(*captures(), "--flows",
                                        f"ipfix+tcp://127.0.0.1:{listener.getsockname()[1]}"))
        thread.join(20)
        listener.close()
        stream = b"".join(got)
        messages = []
        sequence = 0
        while stream:
            version, length, _, number, domain = struct.unpack(">HHIII", stream[:16])
            self.assertEqual((version, number, domain), (10, sequence, 1))
            self.assertGreaterEqual(len(stream), length)
            messages.append(stream[:length])
            stream = stream[length:]
            # The next number is what a decoder must count as data records here.
            sequence = struct.unpack(">I", stream[8:12])[0] if stream else sequence
        self.assertGreater(len(messages), 1)
        if shutil.which("tshark"):
            self.read_with_tshark(messages, said)

    def read_with_tshark(self, messages, said):
        out = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
        for message in messages:
            for_udp = message if len(message) < 60000 else b""
            udp = struct.pack(">4H", 4739, 4739, 8 + len(for_udp), 0) + for_udp
            ip = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
                             bytes([127, 0, 0, 1]), bytes([127, 0, 0, 1]))
            frame = bytes(12) + b"\x08\x00" + ip + udp
            out += struct.pack("<IIII", 1, 0, len(frame), len(frame)) + frame
        (self.folder / "ipfix.pcap").write_bytes(out)
        text = subprocess.run(
            ["tshark", "-n", "-d", "udp.port==4739,cflow", "-r", str(self.folder / "ipfix.pcap"),
             "-T", "fields", "-e", "_ws.malformed", "-e", "cflow.version", "-e", "cflow.packets",
             "-e", "_ws.expert.group"],
            capture_output=True, text=True, check=True, env={"HOME": str(self.folder),
                                                            "PATH": "/usr/bin:/bin"}).stdout
        rows = [line.split("\t") for line in text.splitlines()]
        self.assertEqual(len(rows), len(messages))
        self.assertEqual([row for row in rows if row[0] or "117440512" in row[3]], [])
        self.assertTrue(all(row[1] == "10" for row in rows))
        packets = sum(int(n) for row in rows for n in row[2].split(",") if n)
        self.assertEqual(packets, said["packets"])

    def test_says_when_nobody_listens(self):
        port = free_port()
        result = self.analyze("-q", DEMO, "--flows", f"ipfix+tcp://127.0.0.1:{port}")
        self.assertEqual(result.returncode, FAILED)
        self.assertIn(b"cannot reach ipfix+tcp://127.0.0.1", result.stderr)

    def test_refuses_what_is_no_collector(self):
        result = self.analyze("-q", DEMO, "--flows", "ipfix://")
        self.assertEqual(result.returncode, USAGE)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    options, rest = parser.parse_known_args()
    PROGRAM = options.program
    unittest.main(argv=[sys.argv[0], *rest])
