#!/usr/bin/env python3
"""vedette import on what Kea and dnsmasq wrote while perfdhcp, udhcpc, dhclient and dig used them:
the same exchanges and leases that the program saw on the bridge between them."""

import collections
import pathlib
import re
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import dhcp  # noqa: E402
import lab  # noqa: E402

PROGRAM = None
SERVER = "198.51.100.1"
MANY = 150  # exchanges of perfdhcp
NAMES = [f"n{i}.example" for i in range(40)]


def spells(rows, *fields):
    """Leases without their times."""
    return sorted((row["address"], row["mac"], row["state"], *(row.get(f) for f in fields))
                  for row in rows)


def by_type(rows):
    return collections.Counter(word.upper() for row in rows for word in row["msg_types"])


class Lan(unittest.TestCase):
    def setUp(self):
        self.lan = lab.Lan()
        self.addCleanup(self.lan.close)
        self.seen = lab.Vedette(PROGRAM, self.lan.folder / "seen")
        self.server = self.lan.machine("server", "00:16:3e:00:00:01", SERVER)
        self.desk = self.lan.machine("desk", "f4:6b:ef:6a:ad:c4")
        self.watching = self.seen.watch("--preset", "off")
        self.addCleanup(self.stop_watch)

    def stop_watch(self):
        if self.watching is not None:
            watching, self.watching = self.watching, None
            self.assertTrue(watching.stop()["balanced"])

    def load(self, name, *words):
        """A store with this alone; no line may be unreadable."""
        told = lab.Vedette(PROGRAM, self.lan.folder / name)
        said = told.said("import", *words)
        self.assertNotIn("line ", said.replace("lines ", ""))
        return told

    def hold_and_give_back(self):
        """dhclient takes a lease and gives it back."""
        client = dhcp.start_dhclient(self.desk)
        lab.wait_until(lambda: self.acks(self.desk.mac) >= 1, "the lease")
        dhcp.release(self.desk)
        lab.wait_until(lambda: client.poll() is not None, "the end of dhclient")
        lab.wait_until(lambda: "RELEASE" in by_type(self.messages(self.desk.mac)), "the release")

    def messages(self, mac):
        return [row for row in self.seen.logs("--dhcp") if row["mac"] == mac]

    def acks(self, mac):
        return by_type(self.messages(mac))["ACK"]

    def expect_same_leases(self, told):
        """Those that the watch saw, with the same ends; of an offer, logs do not tell it."""
        seen = self.seen.rows("leases", "-n", "0")
        here = told.rows("leases", "-n", "0")
        self.assertEqual(spells(here), spells(seen))

        def ends(rows):
            return {(row["address"], row["mac"]): lab.moment(row["end"]) for row in rows
                    if row["state"] != "offered"}
        for key, end in ends(seen).items():
            self.assertAlmostEqual(ends(here)[key], end, delta=1.5, msg=key)


class Kea(Lan):
    @lab.needs("kea-dhcp4", "perfdhcp", "dhclient")
    def test_its_log_and_its_leases(self):
        crowd = self.lan.machine("crowd", "00:16:3e:00:00:09", "198.51.100.9")
        kea = dhcp.Kea(self.server, SERVER, "198.51.100.20 - 198.51.100.220")
        said = crowd.run("perfdhcp", "-4", "-r", "30", "-n", str(MANY), "-R", str(MANY), "-l",
                         "eth0", SERVER)
        self.assertGreater(int(re.findall(r"received packets: (\d+)", said)[1]), MANY * 9 // 10)
        self.hold_and_give_back()
        self.stop_watch()
        text = kea.log.read_text()
        said = {"OFFER": text.count("DHCP4_LEASE_ADVERT"), "ACK": text.count("DHCP4_LEASE_ALLOC"),
                "RELEASE": text.count("DHCP4_RELEASE ")}
        seen = by_type(self.seen.logs("--dhcp"))
        told = self.load("log", kea.log)
        self.assertEqual(by_type(told.logs("--dhcp")), said)
        self.assertEqual({word: seen[word] for word in said}, said)
        self.expect_same_leases(told)
        # The log is stored once; what it grew by goes on with the leases that it had.
        self.assertIn("stored before", told.said("import", kea.log))
        self.expect_same_leases(told)
        half = kea.log.with_suffix(".half")
        lines = text.splitlines(keepends=True)
        half.write_text("".join(lines[:len(lines) // 2]))
        told = self.load("halves", half)
        half.write_text(text)
        told.said("import", half)
        self.assertEqual(by_type(told.logs("--dhcp")), said)
        self.expect_same_leases(told)

        told = self.load("leases", kea.leases)
        seen = [row for row in self.seen.rows("leases", "-n", "0") if row["state"] != "offered"]
        self.assertEqual(spells(told.rows("leases", "-n", "0"), "host_name"),
                         spells(seen, "host_name"))
        self.assertEqual({row["address"] for row in kea.rows()}, {row["address"] for row in seen})


class Kea6(Lan):
    @lab.needs("kea-dhcp6", "dhclient")
    def test_its_leases(self):
        other = self.lan.machine("other", "f4:6b:ef:00:00:05")
        self.server.use_ipv6("2001:db8:5::1")
        for machine in (self.desk, other):
            machine.use_ipv6()
        kea = dhcp.Kea6(self.server, "2001:db8:5::50-2001:db8:5::59")
        client = dhcp.start_dhclient(self.desk, "-6")
        dhcp.start_dhclient(other, "-6")

        def states():
            return {row["mac"]: row["state"] for row in self.seen.rows("leases", "-n", "0")}
        lab.wait_until(lambda: len(states()) == 2 and "offered" not in states().values(),
                       "two leases")
        dhcp.release(self.desk, "-6")
        lab.wait_until(lambda: client.poll() is not None, "the end of dhclient")
        lab.wait_until(lambda: states()[self.desk.mac] == "released", "the release")
        self.stop_watch()
        told = self.load("leases", kea.leases)
        seen = self.seen.rows("leases", "-n", "0")
        self.assertEqual(spells(told.rows("leases", "-n", "0")), spells(seen))
        self.assertEqual({row["mac"] for row in seen}, {self.desk.mac, other.mac})


class Dnsmasq(Lan):
    @lab.needs("dnsmasq", "dhclient", "dig")
    def test_its_log_and_its_leases(self):
        log = self.lan.folder / "server.log"
        dhcp.start_dnsmasq(self.server, "--dhcp-range=198.51.100.20,198.51.100.99,1h",
                           "--log-queries=extra", "--log-dhcp", "--address=/example/192.0.2.1")
        self.hold_and_give_back()
        other = self.lan.machine("other", "f4:6b:ef:00:00:05")
        other.address = dhcp.take_lease(other)
        for name in NAMES:
            self.assertEqual(other.dig(SERVER, name), "192.0.2.1")
        lab.wait_until(lambda: len(self.seen.logs("--dns", "is:answered")) == len(NAMES),
                       "the questions")
        self.stop_watch()
        told = self.load("log", log)
        questions = [(row["query"], row["id.orig_h"], row["id.orig_p"], row["rcode_name"],
                      row["answers"]) for row in told.logs("--dns")]
        self.assertEqual(sorted(questions), sorted(
            (row["query"], row["id.orig_h"], row["id.orig_p"], row["rcode_name"], row["answers"])
            for row in self.seen.logs("--dns")))
        self.assertEqual(by_type(told.logs("--dhcp")), by_type(self.seen.logs("--dhcp")))
        told = self.load("leases", self.lan.folder / "server.leases")
        here = told.rows("leases", "-n", "0")
        self.assertEqual(spells(here, "host_name"),
                         [(other.address, other.mac, "bound", "other")])
        seen, = [row for row in self.seen.rows("leases", "-n", "0") if row["mac"] == other.mac]
        self.assertAlmostEqual(lab.moment(here[0]["end"]), lab.moment(seen["end"]), delta=1.5)


def setup(program):
    global PROGRAM
    PROGRAM = program


if __name__ == "__main__":
    lab.run_tests(setup, ("udhcpc", "sysctl"))
