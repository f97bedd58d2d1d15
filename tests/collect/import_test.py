#!/usr/bin/env python3
"""vedette import on what real programs write: the log of a dnsmasq that runs here, our own day
files, dnstap files; once, again, grown, damaged, and killed half-way."""

import argparse
import collections
import gzip
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "samples" / "demo.pcapng"
PROGRAM = ""
FAILED, USAGE = 1, 2


def tool(name):
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vedette-import-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = {"PATH": os.environ["PATH"], "TZ": "UTC", "HOME": folder.name,
                            "XDG_CONFIG_HOME": folder.name, "XDG_DATA_HOME": folder.name}
        self.store = self.folder / "log.db"

    def run_program(self, *words, code=0):
        done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, timeout=120,
                              env=self.environment, stdin=subprocess.DEVNULL, check=False)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return done.stdout.decode() + done.stderr.decode()

    def load(self, *words, code=0):
        return self.run_program("import", "--store", self.store, *words, code=code)

    def rows(self, *words, store=None):
        done = subprocess.run([PROGRAM, "logs", "--store", store or self.store, "-n", "0", "--json",
                               *words], capture_output=True, env=self.environment, check=True)
        return [json.loads(line) for line in done.stdout.splitlines()]


class Files(Case):
    def zeek(self, count, start=0):
        lines = ["#separator \\x09", "#set_separator\t,", "#path\tdns",
                 "#fields\tts\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\tquery\tqtype"]
        lines += [f"17000{i:05d}.000000\t192.0.2.7\t5000\t192.0.2.53\t53\tudp\tq{i}.example\t1"
                  for i in range(start, start + count)]
        return "\n".join(lines) + "\n"

    def test_our_own_day_files_come_back(self):
        days = self.folder / "days"
        self.run_program("watch", "-r", DEMO, "-q", "--store", self.folder / "one.db", "--set",
                         f"dayfiles.directory={days}")
        files = sorted(days.glob("dns-*.jsonl*"))
        self.assertTrue(files)
        self.load(*files)
        there = collections.Counter(
            (row["ts"], row.get("query", ""), row.get("rcode_name", "")) for row in
            self.rows("is:dns", store=self.folder / "one.db"))
        here = collections.Counter((row["ts"], row.get("query", ""), row.get("rcode_name", ""))
                                   for row in self.rows("is:dns"))
        self.assertEqual(here, there)

    def test_a_dnstap_file(self):
        path = self.folder / "x.fstrm"
        self.run_program("watch", "-r", DEMO, "-q", "--store", self.folder / "one.db", "--dnstap",
                         path)
        self.assertIn("dnstap", self.load(path))
        self.assertIn("everything was stored before", self.load(path))
        count = len(self.rows("is:answered", "protocol:dns"))
        self.assertEqual(count, len(self.rows("is:answered", "protocol:dns",
                                              store=self.folder / "one.db")))

    def test_again_grown_renamed_and_damaged(self):
        log = self.folder / "dns.log"
        log.write_text(self.zeek(3000))
        self.assertIn("3,000 events", self.load(log))
        self.assertIn("everything was stored before", self.load(log))
        packed = self.folder / "dns.2023-11-14.log.gz"
        grown = self.zeek(3500)
        lines = grown.splitlines()
        lines[3200] = "half a li"
        packed.write_bytes(gzip.compress("\n".join(lines).encode()))
        said = self.load(packed)
        self.assertIn("499 events", said)
        self.assertIn("line 3201: ", said)
        names = collections.Counter(row["query"] for row in self.rows())
        self.assertEqual(len(names), 3499)
        self.assertEqual(set(names.values()), {1})
        self.assertEqual({row["sensor"] for row in self.rows()}, {"zeek"})
        self.load("--again", "--sensor", "border", log)
        self.assertEqual(len(self.rows("sensor:border")), 3000)

    def test_killed_half_way_it_goes_on(self):
        log = self.folder / "dns.log"
        log.write_text(self.zeek(90_000))
        for wait in (0.05, 0.15, 0.25, 0.35):
            process = subprocess.Popen([PROGRAM, "import", "--store", self.store, log],
                                       env=self.environment, stderr=subprocess.DEVNULL)
            time.sleep(wait)
            process.send_signal(signal.SIGKILL)
            process.wait()
        self.load(log)
        names = collections.Counter(row["query"] for row in self.rows())
        self.assertEqual(len(names), 90_000)
        self.assertEqual(set(names.values()), {1})

    def test_what_is_no_log(self):
        path = self.folder / "x"
        path.write_text("hello\n")
        self.assertIn("no format that is known here", self.load(path, code=FAILED))
        self.load(self.folder / "absent", code=FAILED)
        self.assertIn("dnsmasq-leases", self.load("--format", "none", path, code=USAGE))


class Dnsmasq(Case):
    @unittest.skipUnless(tool("dnsmasq") and tool("dig"), "not installed: dnsmasq or dig")
    def test_every_query_of_its_log(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.bind(("127.0.0.1", 0))
            port = sock.getsockname()[1]
        for extra in ("yes", "extra"):
            log = self.folder / f"{extra}.log"
            log.touch()
            log.chmod(0o666)
            words = [tool("dnsmasq"), "--keep-in-foreground", f"--port={port}", "--no-resolv",
                     "--no-hosts", "--listen-address=127.0.0.1", "--bind-interfaces",
                     "--conf-file=/dev/null", "--user=root", f"--log-facility={log}",
                     "--pid-file=", "--address=/test/192.0.2.1", "--address=/none.test/",
                     "--cname=alias.test,target.test", "--host-record=target.test,192.0.2.9",
                     "--log-queries" + ("=extra" if extra == "extra" else "")]
            server = subprocess.Popen(words, stderr=subprocess.DEVNULL)
            self.addCleanup(server.wait)
            self.addCleanup(server.kill)
            names = [f"q{i}.test" for i in range(50)] + ["none.test", "alias.test", "away.example"]
            for _ in range(50):
                done = subprocess.run(["dig", "+short", "+time=1", "+tries=1", "-p", str(port),
                                       "@127.0.0.1", "ready.test"], capture_output=True,
                                      check=False)
                if done.stdout:
                    break
                time.sleep(0.1)
            for name in names:
                subprocess.run(["dig", "+time=2", "+tries=1", "-p", str(port), "@127.0.0.1", name],
                               capture_output=True, check=False)
            server.terminate()
            server.wait()
            said = self.load("--sensor", extra, log)
            self.assertNotIn("line ", said.replace("lines", ""))
            rows = self.rows(f"sensor:{extra}")
            count = collections.Counter(row["query"] for row in rows)
            self.assertEqual({name: count[name] for name in names}, {name: 1 for name in names},
                             log.read_text()[-2000:])
            by_name = {row["query"]: row for row in rows}
            self.assertEqual(by_name["q7.test"]["answers"], ["192.0.2.1"])
            self.assertEqual(by_name["none.test"]["rcode_name"], "NXDOMAIN")
            self.assertIn("192.0.2.9", by_name["alias.test"]["answers"])
            self.assertEqual(by_name["q7.test"]["id.orig_h"], "127.0.0.1")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    known, rest = parser.parse_known_args()
    PROGRAM = known.program
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
