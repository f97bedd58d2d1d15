#!/usr/bin/env python3
"""`vedette replay` and `vedette answer` as people use them: every transport, what is printed, the
comparisons, certificates, refusals, exit codes; and both ends watched by `vedette watch`."""

import argparse
import csv
import io
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import peers

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "samples" / "demo.pcapng"
OK, FAILED, USAGE, SETTINGS, FAIL_ON = 0, 1, 2, 4, 10
PROGRAM = ""


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="vedette-replay-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.answer, cls.traced, cls.dns = peers.start_answer(PROGRAM, cls.folder, "--rule", "hash")
        cls.addClassCleanup(cls.answer.stop)

    def vedette(self, *words, code=OK):
        done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True,
                              timeout=60, check=False, cwd=self.folder)
        self.assertEqual(done.returncode, code, done.stdout[-500:] + done.stderr)
        return done

    def replay(self, *words, code=OK):
        return self.vedette("replay", DEMO, "--speed", "max", *words, code=code)

    def sums(self, *words):
        lines = self.replay("--json", *words).stdout.splitlines()
        rows = [json.loads(line) for line in lines]
        self.assertEqual(rows[-1]["kind"], "summary")
        return rows[-1], rows[:-1]


class Transports(Case):
    def test_every_transport_has_every_answer(self):
        for flags in [("-s", f"127.0.0.1:{self.dns}"),
                      ("-s", f"127.0.0.1:{self.dns}", "--transport", "tcp"),
                      ("-s", f"127.0.0.1:{self.traced}", "--transport", "traced")]:
            sums, rows = self.sums(*flags)
            self.assertGreater(sums["questions"], 4000)
            self.assertEqual(sums["answered"], sums["questions"])
            self.assertEqual(len(rows), sums["questions"])
            for row in rows[:200]:
                if row["type"] == "A" and row["status"] == "NOERROR":
                    self.assertTrue(row["address"].startswith("192.0.2."), row)
                if row["type"] not in ("A", "AAAA"):
                    self.assertNotIn("address", row)

    def test_hash_gives_a_name_one_address(self):
        _, over_udp = self.sums("-s", f"127.0.0.1:{self.dns}")
        _, traced = self.sums("-s", f"127.0.0.1:{self.traced}", "--transport", "traced")
        addresses = {}
        for row in over_udp + traced:
            if row.get("address"):
                addresses.setdefault((row["domain"].lower(), row["type"]), set()).add(
                    row["address"])
        self.assertTrue(addresses)
        self.assertEqual({len(found) for found in addresses.values()}, {1})

    def test_tls_checks_the_certificate(self):
        key, certificate = self.folder / "key.pem", self.folder / "cert.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=ns.example", "-addext", "subjectAltName=DNS:ns.example", "-keyout",
                        key, "-out", certificate], capture_output=True, check=True)
        port, tls = peers.free_port(), peers.free_port()
        (self.folder / "serve.toml").write_text(f"""[store]
path = "{self.folder}/serve.db"
[serve]
listen = ["127.0.0.1:{port}"]
tls_listen = ["127.0.0.1:{tls}"]
certificate = "{certificate}"
key = "{key}"
""")
        at = ("-s", f"127.0.0.1:{tls}", "--transport", "tls", "--most", "50")
        with peers.Server([PROGRAM, "-c", self.folder / "serve.toml", "serve", "--no-log"],
                          self.folder, "serve.log").wait_for(port):
            sums, _ = self.sums(*at, "--tls-ca", certificate, "--tls-name", "ns.example")
            self.assertEqual(sums["rcodes"], {"REFUSED": 50})
            self.assertEqual(self.sums(*at, "--tls-unchecked")[0]["answered"], 50)
            for flags in [(), ("--tls-ca", certificate),
                          ("--tls-ca", certificate, "--tls-name", "other.example")]:
                self.assertIn("no connection", self.replay(*at, *flags, code=FAILED).stderr)

    @unittest.skipUnless(peers.find_knot(), "knot is not installed")
    def test_a_cut_answer_is_asked_for_over_tcp(self):
        query = bytes.fromhex("123401000001000000000000") + b"\3big\7example\0\0\x10\0\1"
        capture = self.folder / "big.pcap"
        capture.write_bytes(one_query(query))
        knot, port = peers.start_knot(self.folder)
        with knot:
            done = self.vedette("replay", capture, "-s", f"127.0.0.1:{port}", "--json")
            row, sums = [json.loads(line) for line in done.stdout.splitlines()]
            self.assertEqual((row["status"], sums["asked_again_tcp"]), ("NOERROR", 1))
            done = self.vedette("replay", capture, "-s", f"127.0.0.1:{port}", "--ignore-cut",
                                "--json")
            self.assertIn("(cut)", json.loads(done.stdout.splitlines()[0])["status"])


def one_query(query):
    """A capture (raw IP) of one datagram."""
    udp = bytes.fromhex("9c400035") + (len(query) + 8).to_bytes(2, "big") + b"\0\0" + query
    packet = (b"\x45\0" + (len(udp) + 20).to_bytes(2, "big") + bytes.fromhex("00000000401100 00") +
              bytes([192, 0, 2, 1, 192, 0, 2, 53]) + udp)
    size = len(packet).to_bytes(4, "little")
    return (bytes.fromhex("d4c3b2a1020004000000000000000000ffff000065000000") +
            b"\1\0\0\0\0\0\0\0" + size + size + packet)


class Reports(Case):
    def at(self):
        return "-s", f"127.0.0.1:{self.dns}"

    def test_a_table_with_its_sums(self):
        done = self.replay(*self.at(), "-n", "5")
        lines = done.stdout.splitlines()
        self.assertRegex(lines[0], r"DOMAIN +TYPE +ADDRESS +ID +LATENCY +STATUS")
        self.assertEqual(lines[6], "")
        self.assertIn(" 0 lost (0.00 %)", lines[7])
        self.assertIn("Latency", done.stdout)
        self.assertIn("#####", done.stdout)
        self.assertIn("as fast as answers come", done.stderr)
        self.assertIn("-n 0 shows all", done.stderr)

    def test_csv_for_a_spreadsheet(self):
        out = self.folder / "out.csv"
        done = self.replay(*self.at(), "--csv", "-o", out, "--most", "20")
        self.assertEqual(done.stdout, "")
        self.assertIn("20 questions: 20 answered", done.stderr)
        rows = list(csv.DictReader(io.StringIO(out.read_text())))
        self.assertEqual(len(rows), 20)
        self.assertEqual(list(rows[0]), ["domain", "type", "address", "id", "latency_ms", "status",
                                         "attempts"])
        self.assertGreater(float(rows[0]["latency_ms"]), 0)

    def test_a_chart(self):
        chart = self.folder / "latency.svg"
        self.replay(*self.at(), "--show", "none", "--chart", chart)
        text = chart.read_text()
        self.assertTrue(text.startswith("<svg ") and text.endswith("</svg>\n"))
        self.assertIn("prefers-color-scheme:dark", text)

    def test_compared_with_the_capture(self):
        sums, rows = self.sums(*self.at(), "--compare", "--show", "problems")
        compared = sums["compared"]
        self.assertGreater(compared["differs"], 1000)  # another network's addresses
        self.assertGreater(compared["same"], 0)        # both have nothing of these types
        self.assertTrue(all(row["compare"] in ("differs", "missing") for row in rows))
        self.replay(*self.at(), "--compare", "--fail-on", "differs", code=FAIL_ON)
        self.replay(*self.at(), "--compare", "--fail-on", "lost")

    def test_compared_with_another_server(self):
        same, _ = self.sums(*self.at(), "--compare-server", f"127.0.0.1:{self.dns}")
        self.assertEqual(same["compared"]["same"], same["questions"])
        other, _, dns = peers.start_answer(PROGRAM, self.folder, "--pool",
                                           "198.51.100.7,2001:db8:9::7")
        with other:
            sums, _ = self.sums(*self.at(), "--compare-server", f"127.0.0.1:{dns}")
        self.assertGreater(sums["compared"]["differs"], 1000)
        self.assertEqual(sums["compared"]["same"] + sums["compared"]["differs"],
                         sums["questions"])

    def test_losses_have_causes_and_an_exit_code(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as deaf:
            deaf.bind(("127.0.0.1", 0))
            at = "-s", f"127.0.0.1:{deaf.getsockname()[1]}"
            short = "--timeout", "30ms", "--retries", "1", "--most", "5"
            done = self.replay(*at, *short, "--json", "--fail-on", "lost", code=FAIL_ON)
            rows = [json.loads(line) for line in done.stdout.splitlines()]
        self.assertEqual([row["status"] for row in rows[:-1]], ["lost: no answer"] * 5)
        self.assertEqual(rows[-1]["causes"], {"no answer": 5})
        self.assertEqual(rows[-1]["sent_messages"], 10)


class Refusals(Case):
    def test_only_one_host_is_asked(self):
        for server in ["224.0.0.251:5353", "255.255.255.255", "0.0.0.0", "[ff02::fb]:5353", "::",
                       "", "127.0.0.1:0", "127.0.0.1:99999"]:
            self.replay("-s", server, code=USAGE)

    def test_flags_that_make_no_sense(self):
        at = ("-s", f"127.0.0.1:{self.dns}")
        for flags in [(), (*at, "--speed", "fast"), (*at, "--speed", "0"),
                      (*at, "--timeout", "5"), (*at, "--in-flight", "0"), (*at, "--retries", "99"),
                      (*at, "--tls-unchecked"), (*at, "--transport", "quic"),
                      (*at, "--compare", "--compare-server", "127.0.0.1")]:
            self.vedette("replay", DEMO, *flags, code=USAGE)
        self.vedette("replay", self.folder / "absent.pcap", *at, code=FAILED)

    def test_nobody_there_ends_soon(self):
        port = peers.free_port()
        for flags in [(), ("--transport", "tcp")]:
            begun = time.monotonic()
            done = self.replay("-s", f"127.0.0.1:{port}", "--timeout", "100ms", "--retries", "0",
                               *flags, code=FAILED)
            self.assertIn(f"127.0.0.1:{port}", done.stderr)
            self.assertLess(time.monotonic() - begun, 20)

    def test_answer_says_what_is_wrong(self):
        for flags in [("--pool", "192.0.2.9-1"), ("--listen", "nowhere"),
                      ("--set", "answer.windows=4-12 = 192.0.2.1")]:
            done = self.vedette("answer", *flags, code=SETTINGS)
            self.assertIn("answer.", done.stderr)


class FarEnd(Case):
    def test_the_rule_stands_in_the_settings_file(self):
        (self.folder / "rule.toml").write_text("""[answer]
rule = "time"
pool = ["192.0.2.1"]
windows = ["00:00-12:00 = 198.51.100.0/31", "12:00-24:00 = 203.0.113.0/31"]
""")
        traced, dns = peers.free_port(), peers.free_port()
        with peers.Server([PROGRAM, "-c", self.folder / "rule.toml", "answer", "--listen",
                           f"127.0.0.1:{traced}", "--dns", f"127.0.0.1:{dns}"],
                          self.folder, "rule.log").wait_for(dns):
            _, rows = self.sums("-s", f"127.0.0.1:{traced}", "--transport", "traced")
        hour = int(subprocess.run(["tshark", "-r", DEMO, "-c", "1", "-T", "fields", "-e",
                                   "frame.time_epoch"], capture_output=True, text=True,
                                  check=True).stdout.split(".")[0]) // 3600 % 24
        addresses = {row["address"] for row in rows if row["type"] == "A" and row.get("address")}
        # The demo's first packet and its questions lie in one half of the day or both.
        allowed = {f"198.51.100.{i}" for i in (0, 1)} | {f"203.0.113.{i}" for i in (0, 1)}
        self.assertTrue(addresses and addresses <= allowed, addresses)
        first = "198.51.100." if hour < 12 else "203.0.113."
        self.assertTrue(any(address.startswith(first) for address in addresses))

    def test_counts_are_told_at_the_end(self):
        answer, traced, _ = peers.start_answer(PROGRAM, self.folder)
        with answer:
            with socket.create_connection(("127.0.0.1", traced)) as web:
                web.sendall(b"GET / HTTP/1.0\r\n\r\n")
                web.settimeout(5)
                self.assertEqual(web.recv(10), b"")
            self.replay("-s", f"127.0.0.1:{traced}", "--transport", "traced", "--most", "30")
        told = answer.stop()
        self.assertIn("1 closed: wrong magic number", told)
        self.assertIn("31 questions", told)  # with the one that asks whether it is there
        self.assertIn("30 traced frames", told)


@unittest.skipUnless(os.geteuid() == 0, "watching an interface needs root")
class Watched(Case):
    def test_both_ends_are_seen(self):
        """Live on loopback, and again from the file that the watch wrote."""
        packets = self.folder / "traced.pcapng"
        log = open(self.folder / "watch.json", "w", encoding="utf-8")
        # Other tests may speak DNS on loopback at the same time.
        watch = subprocess.Popen([PROGRAM, "watch", "-i", "lo", "--port", str(self.traced), "--bpf",
                                  f"tcp port {self.traced}", "--no-store", "--json", "-w",
                                  str(packets)],
                                 stdout=log, stderr=subprocess.PIPE, text=True, cwd=self.folder)
        try:
            time.sleep(1.0)
            sums, _ = self.sums("-s", f"127.0.0.1:{self.traced}", "--transport", "traced", "--most",
                                "500", "--speed", "1000")
            time.sleep(1.0)
        finally:
            watch.send_signal(signal.SIGTERM)
            errors = watch.communicate(timeout=20)[1]
            log.close()
        self.assertEqual(sums["answered"], sums["questions"])
        live = (self.folder / "watch.json").read_text().splitlines()
        self.check(live, sums, errors)
        read = self.vedette("watch", "-r", packets, "--port", self.traced, "--no-store", "--json")
        self.check(read.stdout.splitlines(), sums, read.stderr)

    def check(self, lines, sums, errors):
        rows = [json.loads(line) for line in lines]
        # Messages: a question and its answer are one line when they are unicast.
        matched = [row for row in rows if row.get("rcode_name") or row.get("rcode") is not None]
        self.assertGreater(len(matched), 400, errors)
        names = {row.get("query") for row in rows}
        self.assertIn("www.morning-news.example", {str(name).rstrip(".") for name in names})
        clients = {row.get("id.orig_h") for row in rows}
        self.assertNotIn("127.0.0.1", clients)  # those of the capture


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    known, rest = parser.parse_known_args()
    PROGRAM = str(pathlib.Path(known.program).resolve())
    unittest.main(argv=[sys.argv[0], *rest], verbosity=1)
