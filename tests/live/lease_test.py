#!/usr/bin/env python3
"""Kea leases an IPv4 address to udhcpc, dnsmasq an IPv6 address to dhclient, and a second machine
asks DNS through the first, which routes for it. The trace must say what the servers' own lease
files say, and must not take the router for the client behind it."""

import argparse
import csv
import datetime
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import live_run  # noqa: E402
import home_test  # noqa: E402

PROGRAMS = ("kea-dhcp4", "dnsmasq", "udhcpc", "dhclient", "dig", "nsenter", "sysctl")
ROUTER_MAC = home_test.CLIENT_MAC
SERVER = "198.51.100.1"
BEHIND = ("203.0.113.5", "203.0.113.6", "203.0.113.7", "203.0.113.8")

KEA = {
    "Dhcp4": {
        "interfaces-config": {"interfaces": ["near"], "dhcp-socket-type": "raw"},
        "valid-lifetime": 1200,
        "subnet4": [{
            "subnet": "198.51.100.0/24",
            "pools": [{"pool": "198.51.100.50 - 198.51.100.59"}],
            "option-data": [{"name": "routers", "data": SERVER}],
        }],
    }
}
DNSMASQ = ["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--interface=near", "--bind-dynamic",
           "--user=root", "--no-resolv", "--no-hosts", "--pid-file=",
           "--dhcp-range=2001:db8:5::50,2001:db8:5::59,64,10m",
           "--host-record=louvre.example,203.0.113.99"]
# dhclient calls this with what it learnt; the addresses are ours to set.
DHCLIENT_SCRIPT = """#!/bin/sh
case "$reason" in
BOUND6|RENEW6|REBIND6) echo "$new_ip6_address" > "$(dirname "$0")/address6" ;;
esac
exit 0
"""


def wait_for(found, seconds=15):
    deadline = time.monotonic() + seconds
    while not found() and time.monotonic() < deadline:
        time.sleep(0.05)
    return found()


def net_of(process):
    return pathlib.Path(f"/proc/{process}/ns/net").readlink()


def use_ipv6(run, interface):
    run("sysctl", "-q", f"net.ipv6.conf.{interface}.disable_ipv6=0")
    run("sysctl", "-q", f"net.ipv6.conf.{interface}.accept_dad=0")


class Leases(unittest.TestCase):
    program = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.path = pathlib.Path(cls.folder.name)
        live_run.make_cable()
        cls.client = home_test.Client()
        started = []
        try:
            cls.address_segment()
            started = [cls.start_kea(), cls.start_dnsmasq()]
            watch = live_run.Watch(cls.program, "--store", f"{cls.path}/lease.db")
            started.append(watch.process)
            cls.lease_version4()
            cls.lease_version6()
            cls.ask_through_the_client()
            time.sleep(0.3)
            cls.summary = watch.stop()
            cls.kea_leases = cls.read_kea_leases()
        finally:
            cls.client.leave()
            for process in started:
                process.terminate()
                process.wait()
            subprocess.run(["ip", "link", "delete", "near"], capture_output=True, check=False)
        cls.leases = {row["address"]: row for row in cls.listing("leases")}
        cls.dns = cls.listing("logs", "--dns")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def address_segment(cls):
        def here(*words):
            subprocess.run(words, capture_output=True, check=True)

        use_ipv6(here, "near")
        use_ipv6(cls.client.run, "far")
        here("ip", "address", "add", SERVER + "/24", "dev", "near")
        here("ip", "address", "add", "2001:db8:5::1/64", "dev", "near")
        cls.client.run("ip", "link", "set", "lo", "up")

    @classmethod
    def start_kea(cls):
        lease_file = cls.path / "kea.csv"
        settings = json.loads(json.dumps(KEA))
        settings["Dhcp4"]["lease-database"] = {"type": "memfile", "name": str(lease_file)}
        (cls.path / "kea.json").write_text(json.dumps(settings))
        places = {"KEA_PIDFILE_DIR": str(cls.path), "KEA_LOCKFILE_DIR": "none"}
        server = subprocess.Popen(["kea-dhcp4", "-c", str(cls.path / "kea.json")],
                                  env={**os.environ, **places}, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        wait_for(lease_file.exists)
        return server

    @classmethod
    def start_dnsmasq(cls):
        return subprocess.Popen([*DNSMASQ, f"--dhcp-leasefile={cls.path}/dnsmasq"],
                                stderr=subprocess.DEVNULL)

    @classmethod
    def lease_version4(cls):
        script = cls.path / "lease"
        script.write_text(home_test.LEASE_SCRIPT)
        script.chmod(0o755)
        cls.client.run("udhcpc", "-f", "-q", "-i", "far", "-s", str(script), "-t", "10", "-T", "1",
                       "-x", "hostname:louvre-desk")
        cls.address4 = (cls.path / "address").read_text().strip()

    @classmethod
    def lease_version6(cls):
        script = cls.path / "lease6"
        script.write_text(DHCLIENT_SCRIPT)
        script.chmod(0o755)
        wait_for(lambda: "fe80" in cls.client.run("ip", "-6", "address", "show", "dev", "far",
                                                  "scope", "link", "-tentative"))
        words = ["dhclient", "-6", "-d", "-D", "LL", "-lf", f"{cls.path}/client6", "-pf",
                 f"{cls.path}/client6.pid", "-sf", str(script)]
        client = subprocess.Popen(cls.client.command(*words, "far"), stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL)
        wait_for((cls.path / "address6").exists)
        cls.client.run(*words, "-r", "far")
        client.wait(10)
        cls.address6 = (cls.path / "address6").read_text().strip()

    @classmethod
    def ask_through_the_client(cls):
        """Other machines behind the client: their packets leave with its MAC, one hop older."""
        cls.client.run("dig", "+short", "@" + SERVER, "own.louvre.example")
        cls.client.run("ip", "link", "add", "inner", "type", "veth", "peer", "name", "outer")
        cls.client.run("sysctl", "-q", "net.ipv4.ip_forward=1")
        cls.client.run("ip", "link", "set", "inner", "up")
        cls.client.run("ip", "address", "add", "203.0.113.1/24", "dev", "inner")
        subprocess.run(["ip", "route", "add", "203.0.113.0/24", "via", cls.address4], check=True)
        behind = subprocess.Popen(cls.client.command("unshare", "-n", "sleep", "60"))
        try:
            others = {net_of("self"), net_of(cls.client.holder.pid)}
            wait_for(lambda: net_of(behind.pid) not in others)
            cls.client.run("ip", "link", "set", "outer", "netns", str(behind.pid))

            def inside(*words):
                subprocess.run(["nsenter", "-t", str(behind.pid), "-n", *words],
                               capture_output=True, check=False, timeout=20)

            inside("ip", "link", "set", "outer", "up")
            for address in BEHIND:
                inside("ip", "address", "add", address + "/24", "dev", "outer")
            inside("ip", "route", "add", "default", "via", "203.0.113.1")
            for address in BEHIND:
                inside("dig", "+short", "+tries=2", "-b", address, "@" + SERVER, "louvre.example")
        finally:
            behind.kill()
            behind.wait()
        cls.client.run("dig", "+short", "@" + SERVER, "own.louvre.example")

    @classmethod
    def read_kea_leases(cls):
        with open(cls.path / "kea.csv", encoding="ascii", newline="") as lines:
            return list(csv.DictReader(lines))

    @classmethod
    def listing(cls, *words):
        out = subprocess.run([str(cls.program), *words, "--store", f"{cls.path}/lease.db",
                              "--format", "jsonl"], capture_output=True, text=True, check=True)
        return [json.loads(line) for line in out.stdout.splitlines()]

    def test_the_lease_is_the_one_in_keas_file(self):
        truth = self.kea_leases[-1]
        self.assertEqual(truth["address"], self.address4)
        lease = self.leases[self.address4]
        self.assertEqual(lease["mac"], truth["hwaddr"])
        self.assertEqual(lease["host_name"], truth["hostname"].rstrip("."))
        self.assertEqual(lease["server"], SERVER)
        self.assertEqual(lease["state"], "bound")
        end = datetime.datetime.fromisoformat(lease["end"]).timestamp()
        self.assertAlmostEqual(end, float(truth["expire"]), delta=2)

    def test_the_version6_lease_was_given_and_released(self):
        self.assertTrue(self.address6.startswith("2001:db8:5::5"), self.address6)
        lease = self.leases[self.address6]
        self.assertEqual((lease["mac"], lease["state"]), (ROUTER_MAC, "released"))
        self.assertGreaterEqual(self.summary["dhcpv6"], 6)

    def test_the_clients_own_questions_are_its_own(self):
        rows = [row for row in self.dns if row["query"] == "own.louvre.example"]
        self.assertGreaterEqual(len(rows), 2)
        for row in rows:
            self.assertEqual((row["client_mac"], row["mac_source"], row["host_name"]),
                             (ROUTER_MAC, "link", "louvre-desk"))

    def test_a_router_is_not_the_client_behind_it(self):
        rows = [row for row in self.dns if row["id.orig_h"] in BEHIND]
        self.assertEqual({row["id.orig_h"] for row in rows}, set(BEHIND))
        for row in rows:
            self.assertNotIn("client_mac", row, "the first packet of all told already")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    args, rest = parser.parse_known_args()
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    reason = "no " + ", ".join(missing) if missing else live_run.enter()
    if reason:
        print("skipped:", reason)
        sys.exit(home_test.SKIPPED)
    Leases.program = args.program.resolve()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
