#!/usr/bin/env python3
"""Policy and detectors on a network of real machines: Kea is its DHCP server, dnsmasq the intruder,
udhcpc and dhclient ask for addresses, dig asks names, dhcpstarv takes every address there is. The
program listens on the bridge between them."""

import pathlib
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import dhcp  # noqa: E402
import lab  # noqa: E402

PROGRAM = None
PROGRAMS = ("kea-dhcp4", "dnsmasq", "udhcpc", "dhclient", "dhcpstarv", "arping", "dig", "sysctl")
SERVER, INTRUDER, SERVER_MAC, INTRUDER_MAC = (
    "198.51.100.1", "198.51.100.2", "00:16:3e:00:00:01", "00:16:3e:00:00:02")
DESK_MAC, LAPTOP_MAC = "f4:6b:ef:6a:ad:c4", "f4:6b:ef:00:00:05"
RECORD = "--address=/louvre.example/203.0.113.9"


class Network(unittest.TestCase):
    def setUp(self):
        self.lan = lab.Lan()
        self.addCleanup(self.lan.close)
        self.vedette = lab.Vedette(PROGRAM, self.lan.folder / "vedette")
        self.running = None

    def watch(self, *words):
        self.running = self.vedette.watch(*words)
        self.addCleanup(self.end_watch)

    def end_watch(self):
        if self.running is None:
            return None
        running, self.running = self.running, None
        summary = running.stop()
        self.assertTrue(summary["balanced"], summary)
        return summary

    def serve(self, pool="198.51.100.50 - 198.51.100.59", dns=SERVER):
        self.server = self.lan.machine("server", SERVER_MAC, SERVER)
        dhcp.start_dnsmasq(self.server, RECORD)
        self.kea = dhcp.Kea(self.server, dns, pool)

    def intrude(self, *words):
        self.intruder = self.lan.machine("intruder", INTRUDER_MAC, INTRUDER)
        return dhcp.start_dnsmasq(self.intruder, RECORD, *words)

    def ask_until(self, machine, server, mark):
        """Asks new names until the log has `mark` on one; the seconds that took."""
        began = time.monotonic()
        self.rounds += 1
        count = 0

        def asked():
            nonlocal count
            count += 1
            machine.dig(server, f"r{self.rounds}q{count}.louvre.example")
            rows = self.vedette.logs("--dns", f"name:r{self.rounds}q*.louvre.example.")
            return [row for row in rows if row.get("policy", "") == mark]
        rows = lab.wait_until(asked, f"a question marked '{mark}'")
        self.assertEqual({(row["id.orig_h"], row["id.resp_h"], row["client_mac"])
                          for row in rows}, {(machine.address, server, machine.mac)})
        return time.monotonic() - began

    rounds = 0

    def lease(self, machine, *words):
        machine.address = dhcp.take_lease(machine, *words)
        self.assertIsNotNone(machine.address, f"no lease; Kea: {self.kea.log.read_text()[-2000:]}")


class Resolvers(Network):
    def test_what_dhcp_hands_out_is_the_baseline_and_lists_change_while_it_watches(self):
        self.serve()
        self.intrude()
        desk = self.lan.machine("desk", DESK_MAC)
        self.watch()
        self.lease(desk)
        self.vedette.run("resolvers", "mode", "allow-list")
        self.ask_until(desk, INTRUDER, "DNS IS NOT AUTHORIZED")
        self.ask_until(desk, SERVER, "")
        alert = self.vedette.wait_for_alert("resolver.unauthorized", server=INTRUDER)
        self.assertEqual((alert["client"], alert["client_mac"]), (desk.address, DESK_MAC))
        self.assertIn("not handed out by DHCP", alert["reason"])

        self.vedette.run("resolvers", "ban", INTRUDER, "--reason", "spies")
        took = self.ask_until(desk, INTRUDER, "DNS IS BANNED")
        self.assertLess(took, 10)
        alert = self.vedette.wait_for_alert("resolver.banned", server=INTRUDER)
        self.assertIn("spies", alert["reason"])
        self.vedette.run("resolvers", "remove", INTRUDER)
        self.vedette.run("resolvers", "authorize", INTRUDER)
        self.ask_until(desk, INTRUDER, "")
        self.end_watch()
        servers = {row["server"] for row in self.vedette.alert_lines()
                   if row["kind"].startswith("resolver.")}
        self.assertEqual(servers, {INTRUDER})

    @lab.needs("kdig")
    def test_the_baseline_outlives_the_watch(self):
        """The next run knows what DHCP handed out, long before anybody renews a lease; and TLS to
        that resolver is no way around it."""
        self.serve()
        self.intrude()
        desk = self.lan.machine("desk", DESK_MAC)
        self.watch()
        self.lease(desk)
        self.ask_until(desk, SERVER, "")
        self.end_watch()
        self.vedette.run("resolvers", "mode", "allow-list")
        self.watch()
        self.ask_until(desk, INTRUDER, "DNS IS NOT AUTHORIZED")
        desk.dig(SERVER, "again.louvre.example")
        row = lab.wait_until(lambda: self.vedette.logs("--dns", "name:again.louvre.example."),
                             "the question")[0]
        self.assertEqual(row.get("policy", ""), "")
        lab.certificate(self.lan.folder, "tls", "resolver.example")
        for server in (SERVER, INTRUDER):
            listener = self.server if server == SERVER else self.intruder
            openssl = listener.start("openssl", "s_server", "-quiet", "-accept", "853", "-key",
                                     self.lan.folder / "tls.key", "-cert",
                                     self.lan.folder / "tls.pem")
            lab.wait_until(lambda at=listener: ":853" in at.run("ss", "-tln"), "a listener")
            desk.run("kdig", "+tls", "+time=1", "+retry=0", f"@{server}", "louvre.example")
            lab.end_process(openssl)
        self.vedette.wait_for_alert("resolver.encrypted", server=INTRUDER)
        self.end_watch()
        self.assertNotIn(SERVER, {row.get("server") for row in self.vedette.alert_lines()})

    def test_learning_proposes_the_allow_list(self):
        self.serve()
        self.intrude()
        desk = self.lan.machine("desk", DESK_MAC)
        self.watch()
        self.lease(desk)
        self.vedette.run("resolvers", "mode", "allow-list", "--learn", "1h")
        self.vedette.run("clients", "mode", "allow-list", "--learn", "1h")
        self.ask_until(desk, SERVER, "")

        def proposed(which):
            return {row["subject"] for row in self.vedette.rows(which, "list")
                    if row["verdict"] == "proposed"}

        def learnt():
            desk.dig(INTRUDER, "louvre.example")
            return INTRUDER in proposed("resolvers") and DESK_MAC in proposed("clients")
        lab.wait_until(learnt, "the proposals")
        self.assertEqual(proposed("resolvers"), {INTRUDER})  # the other is handed out by DHCP
        self.assertEqual([line for line in self.vedette.alert_lines()
                          if line["kind"].endswith("unauthorized")], [])
        self.vedette.run("resolvers", "accept")
        self.vedette.run("resolvers", "mode", "allow-list")
        self.ask_until(desk, INTRUDER, "")
        # The machines were not accepted: now what was only proposed is wrong.
        self.vedette.run("clients", "mode", "allow-list")
        self.ask_until(desk, SERVER, "UNAUTHORIZED MAC")
        self.vedette.wait_for_alert("client.unauthorized", subject=DESK_MAC)


class Servers(Network):
    def test_a_second_dhcp_server(self):
        self.serve()
        desk = self.lan.machine("desk", DESK_MAC)
        self.watch()
        self.lease(desk)
        self.intrude("--dhcp-authoritative", "--dhcp-range=198.51.100.200,198.51.100.209,1h")
        laptop = self.lan.machine("laptop", LAPTOP_MAC)
        dhcp.start_dhclient(laptop)
        alert = self.vedette.wait_for_alert("dhcp.unknown-server", server=INTRUDER)
        for words in (INTRUDER, INTRUDER_MAC, LAPTOP_MAC, f"served by {SERVER}"):
            self.assertIn(words, alert["reason"])
        self.assertEqual(alert["client_mac"], INTRUDER_MAC)
        # What the intruder hands out authorizes nothing.
        self.vedette.run("resolvers", "mode", "allow-list")
        self.ask_until(desk, INTRUDER, "DNS IS NOT AUTHORIZED")
        self.end_watch()
        # Later runs remember whom they know.
        self.watch()
        self.lease(laptop)
        time.sleep(1.5)
        self.end_watch()
        told = {line["server"] for line in self.vedette.alert_lines()
                if line["kind"] == "dhcp.unknown-server"}
        self.assertEqual(told, {INTRUDER})

    @lab.needs("kea-dhcp6")
    def test_a_second_dhcpv6_server(self):
        server = self.lan.machine("server", SERVER_MAC)
        intruder = self.lan.machine("intruder", INTRUDER_MAC)
        desk, laptop = self.lan.machine("desk", DESK_MAC), self.lan.machine("laptop", LAPTOP_MAC)
        server.use_ipv6("2001:db8:5::1")
        intruder.use_ipv6("2001:db8:5::2")
        for machine in (desk, laptop):
            machine.use_ipv6()
        dhcp.Kea6(server, "2001:db8:5::50-2001:db8:5::59")
        self.watch()
        dhcp.start_dhclient(desk, "-6")
        lab.wait_until(lambda: [row for row in self.vedette.rows("leases")
                                if row["mac"] == DESK_MAC], "a lease")
        dhcp.start_dnsmasq(intruder, "--dhcp-range=2001:db8:5::100,2001:db8:5::110,64,10m")
        dhcp.start_dhclient(laptop, "-6")
        alert = self.vedette.wait_for_alert("dhcp.unknown-server", client_mac=INTRUDER_MAC)
        self.assertTrue(alert["server"].startswith("fe80::"), alert)
        self.assertIn("this network is served by fe80::", alert["reason"])

    def test_a_lease_of_a_banned_machine(self):
        self.serve()
        desk = self.lan.machine("desk", DESK_MAC)
        self.watch()
        self.vedette.run("clients", "ban", DESK_MAC, "--reason", "stolen", "--for", "4h")

        def marked():
            dhcp.take_lease(desk)
            return [row for row in self.vedette.logs("--dhcp")
                    if row.get("policy") == "UNAUTHORIZED MAC"]
        rows = lab.wait_until(marked, "marked DHCP messages")
        self.assertEqual({row["mac"] for row in rows}, {DESK_MAC})
        alert = self.vedette.wait_for_alert("client.banned", subject=DESK_MAC)
        self.assertIn("stolen", alert["reason"])

    def test_starvation(self):
        self.serve("198.51.100.50 - 198.51.100.250")
        thief = self.lan.machine("thief", INTRUDER_MAC, INTRUDER)
        desk = self.lan.machine("desk", DESK_MAC)
        self.watch()
        self.lease(desk)
        starving = thief.start("dhcpstarv", "-i", "eth0")
        alert = self.vedette.wait_for_alert("dhcp.starvation")
        lab.end_process(starving)
        self.assertIn("MAC addresses", alert["reason"])
        self.assertEqual(alert["severity"], "high")
        self.assertTrue([row for row in self.kea.rows() if row["hwaddr"] != DESK_MAC])


class Addresses(Network):
    def test_an_address_that_two_machines_use(self):
        """One has it from Kea, the other took it; both say so by ARP."""
        self.serve()
        desk, other = self.lan.machine("desk", DESK_MAC), self.lan.machine("other", LAPTOP_MAC)
        self.watch()
        self.lease(desk)
        other.run("ip", "address", "add", f"{desk.address}/24", "dev", "eth0", check=True)
        for _ in range(4):
            for machine in (desk, other):
                machine.run("arping", "-U", "-c", "1", "-w", "1", "-I", "eth0", desk.address)
        alert = self.vedette.wait_for_alert("dhcp.conflict", subject=desk.address)
        self.assertIn(DESK_MAC, alert["reason"])
        self.assertIn(LAPTOP_MAC, alert["reason"])

    def test_an_address_that_is_declined(self):
        """Somebody sits on the only address; the client probes it by ARP, and says no."""
        self.serve("198.51.100.50 - 198.51.100.50")
        self.lan.machine("squatter", INTRUDER_MAC, "198.51.100.50")
        desk = self.lan.machine("desk", DESK_MAC)
        self.watch()
        desk.start("udhcpc", "-f", "-a", "-i", "eth0", "-s", "/bin/true", "-t", "20", "-T", "1")
        alert = self.vedette.wait_for_alert("dhcp.conflict", subject="198.51.100.50")
        self.assertIn("declined", alert["reason"])
        self.assertIn(DESK_MAC, alert["reason"])
        lab.wait_until(lambda: "Decline" in self.vedette.run("alerts", "show", alert["id"]),
                       "the message that is behind the alert")
        lab.wait_until(lambda: "DHCP4_DECLINE_LEASE" in self.kea.log.read_text(), "Kea to agree")


class Newcomers(Network):
    def test_a_new_machine_a_new_card_and_a_randomized_one(self):
        self.serve()
        desk = self.lan.machine("desk", DESK_MAC)
        self.watch()
        self.lease(desk)
        lab.wait_until(lambda: self.vedette.rows("clients"), "the desk in the store")
        self.end_watch()
        self.assertEqual(self.vedette.alert_lines(), [])  # the first run learns
        self.watch()
        laptop = self.lan.machine("laptop", LAPTOP_MAC)
        self.lease(laptop)
        self.vedette.wait_for_alert("client.new", client_mac=LAPTOP_MAC)
        desk.set_mac("f4:6b:ef:99:99:99")
        self.lease(desk)
        alert = self.vedette.wait_for_alert("client.new-mac", client_mac="f4:6b:ef:99:99:99")
        self.assertIn(DESK_MAC, alert["reason"])
        phone = self.lan.machine("phone", "da:a1:19:00:00:07")
        self.lease(phone)
        alert = self.vedette.wait_for_alert("client.new", client_mac="da:a1:19:00:00:07")
        self.assertIn("randomized", alert["reason"])


def setup(program):
    global PROGRAM
    PROGRAM = program


if __name__ == "__main__":
    lab.run_tests(setup, PROGRAMS)
