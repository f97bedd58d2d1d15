#!/usr/bin/env python3
"""Policy and detectors on a live line: a real dnsmasq is asked by dig while its address is banned
and unbanned under a running watch, a second DHCP server appears, and a flood of 100,000 queries a
second is told in time. In network namespaces; skipped with a word where none can be made."""

import argparse
import itertools
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
sys.path.insert(0, str(ROOT / "tests" / "live"))
import live_run  # noqa: E402
import home_test  # noqa: E402

SKIPPED = 77
PROGRAMS = ("dnsmasq", "dig", "nsenter")
ROUTER = "198.51.100.1"
CLIENT = "198.51.100.7"
DNSMASQ = ["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--interface=near", "--bind-dynamic",
           "--user=root", "--no-resolv", "--no-hosts", "--pid-file=",
           "--host-record=louvre.example,203.0.113.9"]


class Live(unittest.TestCase):
    program = None
    sender = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vedette-live-alerts-")
        self.addCleanup(folder.cleanup)
        self.store = pathlib.Path(folder.name) / "v.db"
        self.numbers = itertools.count()
        live_run.make_cable()
        self.addCleanup(lambda: subprocess.run(["ip", "link", "delete", "near"],
                                               capture_output=True, check=False))

    def run_ok(self, *words):
        return subprocess.run([str(self.program), *map(str, words), "--store", str(self.store)],
                              capture_output=True, text=True, check=True, timeout=30).stdout

    def listing(self, *words):
        return [json.loads(line) for line in self.run_ok(*words, "--json").splitlines()]

    def policy_of_question(self, client, patience=15):
        """Asks for a new name and waits until the log has it; what its row says, None without."""
        name = f"q{next(self.numbers)}.louvre.example"
        client.run("dig", "+short", "+tries=3", "+time=1", "@" + ROUTER, name)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if rows := self.listing("logs", "--dns", f"name:{name}.", "-n", "1"):
                return rows[0].get("policy", "")
            time.sleep(0.2)
        return None

    def expect_policy(self, client, wanted):
        """A second after a change; a machine that does ten other things may need three."""
        time.sleep(1)
        if self.policy_of_question(client) != wanted:
            time.sleep(2)
            self.assertEqual(self.policy_of_question(client), wanted)

    def test_a_ban_holds_within_a_second_without_a_restart(self):
        client = home_test.Client()
        self.addCleanup(client.leave)
        subprocess.run(["ip", "address", "add", ROUTER + "/24", "dev", "near"], check=True)
        client.run("ip", "address", "add", CLIENT + "/24", "dev", "far")
        server = subprocess.Popen(DNSMASQ, stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait)
        self.addCleanup(server.terminate)
        watch = live_run.Watch(self.program, "--store", str(self.store))
        try:
            self.assertEqual(self.policy_of_question(client), "")
            self.run_ok("resolvers", "ban", ROUTER, "--reason", "test")
            self.expect_policy(client, "DNS IS BANNED")
            self.run_ok("resolvers", "remove", ROUTER)
            self.expect_policy(client, "")
            self.run_ok("clients", "ban", home_test.CLIENT_MAC, "--for", "1h")
            self.expect_policy(client, "UNAUTHORIZED MAC")
        finally:
            summary = watch.stop()
        self.assertTrue(summary["balanced"])
        kinds = {alert["kind"]: alert for alert in self.listing("alerts")}
        self.assertEqual(kinds["resolver.banned"]["client"], CLIENT)
        self.assertEqual(kinds["resolver.banned"]["server"], ROUTER)
        self.assertEqual(kinds["resolver.banned"]["client_mac"], home_test.CLIENT_MAC)
        self.assertEqual(kinds["client.banned"]["subject"], home_test.CLIENT_MAC)
        lines = [json.loads(line) for path in (self.store.parent / "logs").glob("alerts-*.jsonl")
                 for line in path.read_text().splitlines()]
        self.assertLessEqual({"resolver.banned", "client.banned"},
                             {line["kind"] for line in lines})
        pcap = subprocess.run([str(self.program), "alerts", "show",
                               str(kinds["resolver.banned"]["id"]), "--pcap", "-", "--store",
                               str(self.store)], capture_output=True, check=True).stdout
        self.assertIn(b"\x06louvre\x07example", pcap)

    def test_a_flood_is_told_within_two_seconds(self):
        """The sender's queries go to one server at 100,000 a second for three seconds."""
        watch = live_run.Watch(self.program, "--store", str(self.store))
        logs = self.store.parent / "logs"
        began = time.time()
        sender = subprocess.Popen([str(self.sender), "far", "300000", "100000"],
                                  stdout=subprocess.PIPE, text=True)
        try:
            while not list(logs.glob("alerts-*.jsonl")) and time.time() < began + 10:
                time.sleep(0.02)
            told = time.time() - began  # the sender's own start included
            rate = float(sender.communicate()[0].split()[6])
        finally:
            summary = watch.stop()
        floods = [a for a in self.listing("alerts") if a["kind"] == "flood.queries"]
        print(f"\nflood: {rate:.0f}/s, {summary['packets']} packets seen, told after {told:.2f} s: "
              f"{[a['reason'] for a in floods][:1]}")
        if rate < 80_000:
            print("this machine was too busy to send 100,000 a second")
        self.assertIn("192.0.2.53", {a.get("client") for a in floods})
        self.assertLess(told, 2)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--sender", type=pathlib.Path, required=True)
    args, rest = parser.parse_known_args()
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    why_not = "not installed: " + ", ".join(missing) if missing else live_run.enter()
    if why_not:
        print("skipped:", why_not)
        return SKIPPED
    Live.program = args.program.resolve()
    Live.sender = args.sender.resolve()
    return 0 if unittest.main(argv=[sys.argv[0], *rest], exit=False).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
