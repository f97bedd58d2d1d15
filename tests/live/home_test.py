#!/usr/bin/env python3
"""A small home in two network namespaces: dnsmasq gives out an address and answers names, a real
DHCP client takes the lease, dig and kdig ask. The trace must say what they did, and who asked."""

import argparse
import json
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import live_run  # noqa: E402

SKIPPED = 77
PROGRAMS = ("dnsmasq", "udhcpc", "dig", "kdig", "nsenter")
CLIENT_MAC = "f4:6b:ef:6a:ad:c4"
ROUTER = "198.51.100.1"

LEASE_SCRIPT = """#!/bin/sh
[ "$1" = bound ] || [ "$1" = renew ] || exit 0
ip address replace "$ip/24" dev "$interface"
echo "$ip" > "$(dirname "$0")/address"
"""

DNSMASQ = ["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--interface=near", "--bind-dynamic",
           "--user=root", "--no-resolv", "--no-hosts", "--pid-file=", "--dhcp-authoritative",
           "--dhcp-range=198.51.100.50,198.51.100.59,1h", "--dhcp-sequential-ip", "--no-ping",
           "--host-record=louvre.example,203.0.113.9", "--address=/nothere.example/",
           "--txt-record=text.example,long-" + "x" * 200]


class Client:
    """A namespace of its own that holds the far end of the cable."""

    def __init__(self):
        self.holder = subprocess.Popen(["unshare", "-n", "sleep", "60"])
        own = pathlib.Path("/proc/self/ns/net").readlink()
        while pathlib.Path(f"/proc/{self.holder.pid}/ns/net").readlink() == own:
            time.sleep(0.01)
        subprocess.run(["ip", "link", "set", "far", "netns", str(self.holder.pid)], check=True)
        self.run("ip", "link", "set", "far", "address", CLIENT_MAC)
        self.run("ip", "link", "set", "far", "up")

    def command(self, *words):
        return ["nsenter", "-t", str(self.holder.pid), "-n", *words]

    def run(self, *words):
        return subprocess.run(self.command(*words), capture_output=True, text=True, check=False,
                              timeout=20).stdout

    def leave(self):
        self.holder.kill()
        self.holder.wait()


class Home(unittest.TestCase):
    program = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        path = pathlib.Path(cls.folder.name)
        live_run.make_cable()
        client = Client()
        try:
            subprocess.run(["ip", "address", "add", ROUTER + "/24", "dev", "near"], check=True)
            server = subprocess.Popen([*DNSMASQ, f"--dhcp-leasefile={path}/leases"],
                                      stderr=subprocess.DEVNULL)
            watch = live_run.Watch(cls.program, "--store", f"{path}/home.db")
            cls.live_the_day(client, path)
            time.sleep(0.3)
            cls.summary = watch.stop()
        finally:
            client.leave()
            server.terminate()
            server.wait()
            subprocess.run(["ip", "link", "delete", "near"], capture_output=True, check=False)
        cls.address = (path / "address").read_text().strip()
        cls.dns = cls.listing("logs", "--dns")
        cls.dhcp = cls.listing("logs", "--dhcp")

    @classmethod
    def tearDownClass(cls):
        cls.folder.cleanup()

    @classmethod
    def live_the_day(cls, client, path):
        script = path / "lease"
        script.write_text(LEASE_SCRIPT)
        script.chmod(0o755)
        lease = subprocess.Popen(
            client.command("udhcpc", "-f", "-R", "-i", "far", "-s", str(script), "-t", "10",
                           "-T", "1", "-x", "hostname:louvre-desk"),
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 15
        while not (path / "address").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        server = "@" + ROUTER
        cls.dig = client.run("dig", "+short", server, "louvre.example", "A")
        client.run("dig", "+tcp", "+short", server, "text.example", "TXT")
        client.run("kdig", server, "nothere.example", "AAAA")
        client.run("kdig", "+edns", server, "LOUVRE.example", "A")
        lease.send_signal(signal.SIGTERM)
        lease.wait(10)

    @classmethod
    def listing(cls, *words):
        out = subprocess.run([str(cls.program), *words, "--store", f"{cls.folder.name}/home.db",
                              "--format", "jsonl"], capture_output=True, text=True, check=True)
        return [json.loads(line) for line in out.stdout.splitlines()]

    def asked(self, name, times=1):
        rows = [row for row in self.dns if row.get("query") == name]
        self.assertEqual(len(rows), times, f"{name} in {self.dns}")
        return rows[0]

    def test_the_peers_worked(self):
        self.assertEqual(self.dig.strip(), "203.0.113.9")
        self.assertTrue(self.address.startswith("198.51.100.5"))
        self.assertTrue(self.summary["balanced"])

    def test_every_question_with_its_answer_and_who_asked(self):
        row = self.asked("louvre.example", times=2)  # in either case it is one name
        self.assertEqual(row["answers"], ["203.0.113.9"])
        self.assertEqual(row["qtype_name"], "A")
        self.assertEqual(row["id.orig_h"], self.address)
        self.assertEqual(row["client_mac"], CLIENT_MAC)
        self.assertEqual(row["mac_source"], "link")
        self.assertEqual(row["host_name"], "louvre-desk")
        self.assertGreater(row["rtt"], 0)

    def test_tcp_and_long_text(self):
        row = self.asked("text.example")
        self.assertEqual(row["proto"], "tcp")
        self.assertIn("long-" + "x" * 200, row["answers"][0])

    def test_a_name_that_does_not_exist(self):
        row = self.asked("nothere.example")
        self.assertEqual((row["rcode_name"], row["qtype_name"]), ("NXDOMAIN", "AAAA"))

    def test_the_lease_from_discover_to_release(self):
        said = [row["msg_types"][0].lower() for row in reversed(self.dhcp)]
        for step in ("discover", "offer", "request", "ack", "release"):
            self.assertIn(step, said)
        self.assertEqual({row["client_mac"] for row in self.dhcp}, {CLIENT_MAC})
        leases = [row for row in self.listing("leases") if row["address"] == self.address]
        self.assertEqual([(row["mac"], row["state"]) for row in leases],
                         [(CLIENT_MAC, "released")])
        self.assertEqual(self.summary["dhcp_discover"], said.count("discover"))
        self.assertEqual(self.summary["dhcp_ack"], said.count("ack"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    args, rest = parser.parse_known_args()
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    reason = "no " + ", ".join(missing) if missing else live_run.enter()
    if reason:
        print("skipped:", reason)
        sys.exit(SKIPPED)
    Home.program = args.program.resolve()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
