#!/usr/bin/env python3
"""The whole program on the demo capture, held against what the generator knows about it
(samples/demo_expected.json). Usage: demo_test.py PROGRAM"""

import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

SAMPLES = pathlib.Path(__file__).resolve().parent.parent.parent / "samples"
CAPTURE = SAMPLES / "demo.pcapng"
EXPECTED = json.loads((SAMPLES / "demo_expected.json").read_text())
PROGRAM = pathlib.Path(sys.argv.pop()).resolve()


def story(name):
    return next(one for one in EXPECTED["stories"] if one["story"] == name)


def run(*arguments, home, check=True):
    """The program with settings, data and temporary files of its own, and no terminal."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home),
                   "LANG": "C.UTF-8", "TZ": "UTC"}
    return subprocess.run([PROGRAM, *arguments], check=check, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL, env=environment)


def rows(output):
    return [json.loads(line) for line in output.splitlines()]


class Demo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.home = pathlib.Path(cls.folder.name)
        cls.store = ["--store", str(cls.home / "demo.db")]
        ended = run("watch", "-r", str(CAPTURE), "--quiet", "--summary", "json", *cls.store,
                    home=cls.home)
        cls.summary = json.loads(ended.stdout)

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    def ask(self, *arguments):
        return rows(run(*arguments, "--json", *self.store, home=self.home).stdout)

    def test_counts_are_those_of_the_generator(self):
        # "unanswered" is the generator's own view: the broken queries are unanswered as well.
        for key in sorted(set(EXPECTED["counts"]) - {"unanswered"}):
            with self.subTest(key):
                self.assertEqual(EXPECTED["counts"][key], self.summary[key])

    def test_the_ledger_balances(self):
        exits = ("decoded", "filtered", "not_ours", "damaged", "held")
        self.assertEqual(self.summary["packets"], sum(self.summary[key] for key in exits))

    def test_every_machine_is_found_by_its_address_and_name(self):
        found = {row["mac"]: row for row in self.ask("clients")}
        for client in EXPECTED["clients"]:
            with self.subTest(client["mac"]):
                self.assertIn(client["mac"], found)
                if client["host"]:
                    self.assertIn(client["host"], json.dumps(found[client["mac"]]))

    def test_queries_are_attributed_to_the_machine_that_asked(self):
        for name in ("txt-tunnel", "nxdomain-storm"):
            one = story(name)
            kind = "type:TXT" if name == "txt-tunnel" else "rcode:NXDOMAIN"
            with self.subTest(name):
                found = self.ask("logs", f"client:{one['client']} {kind}", "-n", "5000")
                self.assertGreaterEqual(len(found), one["queries"])

    def test_the_outside_resolver_is_seen(self):
        one = story("outside-resolver")
        self.assertIn(one["resolver"], json.dumps(self.ask("top", "resolvers")))

    def test_the_rogue_dhcp_server_is_seen(self):
        one = story("rogue-dhcp-server")
        offers = self.ask("logs", "--dhcp", f"ip:{one['server']}")
        self.assertTrue(offers)

    def test_demo_needs_no_terminal_and_leaves_nothing(self):
        before = sorted(self.home.iterdir())
        ended = run("demo", home=self.home)
        self.assertNotRegex(ended.stdout, re.compile("\x1b"))
        self.assertIn("lea-macbook", ended.stdout)
        self.assertIn("vedette watch -i", ended.stdout + ended.stderr)
        self.assertEqual(before, sorted(self.home.iterdir()))


if __name__ == "__main__":
    unittest.main()
