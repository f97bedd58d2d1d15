#!/usr/bin/env python3
"""The policy lists by their commands, over the demo capture: what is banned or not authorized is
marked in every log and told; lists are learned, imported and exported."""

import argparse
import json
import os
import sys
import unittest

import alerts_test
from alerts_test import OK, FAILED, USAGE, Case

RESOLVER = "192.0.2.53"


class Lists(Case):
    def entries(self, command="resolvers"):
        done = self.start(command, "list", "--json")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def kinds(self):
        return {alert["kind"] for alert in self.alerts("-n", "0")}

    def test_entries_come_and_go(self):
        self.start("resolvers", "ban", RESOLVER, "dns.example", "--reason", "leaks", "--by", "ada",
                   "--for", "4h")
        self.start("resolvers", "authorize", "198.51.100.77/24")
        rows = {row["subject"]: row for row in self.entries()}
        self.assertEqual(rows[RESOLVER]["verdict"], "ban")
        self.assertEqual((rows[RESOLVER]["reason"], rows[RESOLVER]["by"]), ("leaks", "ada"))
        self.assertTrue(rows["dns.example"]["expires"])
        self.assertEqual(rows["198.51.100.0/24"]["verdict"], "authorize")
        self.start("resolvers", "remove", RESOLVER, "dns.example")
        self.assertEqual(len(self.entries()), 1)
        done = self.start("resolvers", "remove", RESOLVER, code=FAILED)
        self.assertIn("is not in the list", done.stderr.decode())
        done = self.start("resolvers", "ban", "300.1.1.1", code=USAGE)
        self.assertIn("neither an address", done.stderr.decode())
        self.start("resolvers", "ban", "192.0.2.1", "--for", "soon", code=USAGE)
        self.start("resolvers", "ban", "192.0.2.1", "not this", code=USAGE)
        self.assertEqual(len(self.entries()), 1)  # all or nothing

    def test_every_change_says_what_it_did(self):
        def said(*words, code=OK):
            return self.start(*words, code=code).stderr.decode().splitlines()
        self.assertRegex(said("resolvers", "ban", RESOLVER, "--for", "4h")[0],
                         rf"^{RESOLVER}: ban until \d{{4}}-\d\d-\d\d \d\d:\d\d:\d\d$")
        self.assertEqual(said("resolvers", "remove", RESOLVER),
                         [RESOLVER + ": taken off the list"])
        self.assertEqual(said("clients", "ban", "apple"), ["vendor:apple: ban"])
        self.assertEqual(said("clients", "ban", "nobody's cards"),
                         ["vendor:nobody's cards: ban; no manufacturer is known by that name"])
        wrong = said("resolvers", "ban", "f4:6b:ef:6a:ad:c4", code=USAGE)
        self.assertIn("machines are of `clients`", wrong[0])
        self.assertEqual(wrong[1], "Try: vedette resolvers --help")
        wrong = said("clients", "ban", "192.0.2.0/24", code=USAGE)
        self.assertIn("addresses are of `resolvers`", wrong[0])

    def test_what_is_banned_is_marked_everywhere(self):
        self.start("resolvers", "ban", RESOLVER, "--reason", "test")
        self.start("clients", "ban", "vendor:apple")
        done = self.start("watch", "-r", alerts_test.DEMO)
        lines = done.stdout.decode().splitlines()
        banned = [line for line in lines if "DNS IS BANNED" in line]
        self.assertTrue(banned)
        self.assertTrue(all("> " + RESOLVER in line for line in banned))
        self.assertTrue([line for line in lines if "Discover" in line
                         and "UNAUTHORIZED MAC" in line])
        stored = self.start("logs", "is:banned", "-n", "0", "--dns", "--json")
        rows = [json.loads(line) for line in stored.stdout.splitlines()]
        self.assertGreaterEqual(len(rows), len(banned))
        self.assertTrue(all(row["policy"] for row in rows))
        asked = self.start("logs", "server:" + RESOLVER, "is:dns", "-n", "0", "--json")
        for line in asked.stdout.splitlines():
            row = json.loads(line)
            if row["service"] == "dns":
                self.assertIn("DNS IS BANNED", row["policy"])
        leased = self.start("logs", "is:banned", "-n", "0", "--dhcp", "--json")
        rows = [json.loads(line) for line in leased.stdout.splitlines()]
        self.assertTrue(rows)
        self.assertEqual({row["policy"] for row in rows}, {"UNAUTHORIZED MAC"})
        day = {}
        for kind in ("dns", "dhcp"):
            day[kind] = [json.loads(line) for path in (self.folder / "logs").glob(f"{kind}-*.jsonl")
                         for line in path.read_text().splitlines()]
        self.assertEqual(len([row for row in day["dns"] if "DNS IS BANNED" in
                              row.get("policy", "")]), len(banned))
        self.assertTrue([row for row in day["dhcp"] if row.get("policy") == "UNAUTHORIZED MAC"])
        self.assertLessEqual({"resolver.banned", "client.banned"}, self.kinds())
        reasons = [a["reason"] for a in self.alerts("--kind", "resolver.banned")]
        self.assertTrue(all("(entry 192.0.2.53: test)" in reason for reason in reasons))

    def test_an_allow_list_knows_what_dhcp_hands_out(self):
        self.start("resolvers", "mode", "allow-list")
        self.watch()
        told = self.alerts("--kind", "resolver.unauthorized")
        self.assertTrue(told)
        self.assertEqual([a for a in told if a["server"] == RESOLVER], [])

    def test_learning_proposes_and_accepting_authorizes(self):
        # The capture is older than now, so all of it lies before the end of learning.
        self.start("resolvers", "mode", "allow-list", "--learn", "7d")
        self.start("clients", "mode", "allow-list", "--learn", "7d")
        self.watch()
        self.assertEqual(self.kinds() & {"resolver.unauthorized", "client.unauthorized"}, set())
        proposed = [row for row in self.entries() if row["verdict"] == "proposed"]
        self.assertTrue(proposed)
        self.assertTrue([row for row in self.entries("clients") if row["verdict"] == "proposed"])
        self.start("resolvers", "accept", "--by", "ada")
        self.start("resolvers", "mode", "allow-list")
        self.watch()
        self.assertNotIn("resolver.unauthorized", self.kinds())
        self.start("resolvers", "remove", proposed[0]["subject"])
        self.watch()
        self.assertIn("resolver.unauthorized", self.kinds())

    def test_lists_travel_as_text(self):
        plain = self.folder / "plain.txt"
        plain.write_text("# resolvers of nobody\n198.51.100.1\n198.51.100.2  # the second\n\n"
                         "authorize 192.0.2.0/24 until=4000000000 # ours\n")
        self.start("resolvers", "import", plain)
        text = self.start("resolvers", "export").stdout.decode()
        self.assertEqual(text, "ban 198.51.100.1\nban 198.51.100.2 # the second\n"
                               "authorize 192.0.2.0/24 until=4000000000 # ours\n")
        again = self.folder / "again.txt"
        again.write_text(text)
        self.store = self.folder / "other" / "v.db"
        self.start("resolvers", "import", again)
        self.assertEqual(self.start("resolvers", "export").stdout.decode(), text)
        again.write_text("ban 192.0.2.1\nban !!\n")
        done = self.start("resolvers", "import", again, code=USAGE)
        self.assertIn("again.txt:2:", done.stderr.decode())

    def test_the_list_of_machines_stays(self):
        self.watch()
        machines = self.start("clients", "--json").stdout.splitlines()
        self.assertGreater(len(machines), 5)
        self.start("clients", "ban", "f4:6b:ef")
        self.assertEqual(self.start("clients", "--json").stdout.splitlines(), machines)
        self.assertEqual([row["subject"] for row in self.entries("clients")], ["f4:6b:ef"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    args, rest = parser.parse_known_args()
    alerts_test.PROGRAM = os.path.abspath(args.program)
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
