#!/usr/bin/env python3
"""DNS over QUIC (RFC 9250) of `vedette serve`: kdig as the client, and packets of our own that no
client should send. Left out with a word where kdig has no QUIC."""

import argparse
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from daemons import free_port, run

PROGRAM = pathlib.Path("vedette")


class QuicTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vedette-quic-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.port, self.quic = free_port(), free_port()
        self.make_certificate("localhost")
        (self.folder / "example.org").write_text(
            "$TTL 60\n@ SOA ns h 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\nwww A 192.0.2.1\n" +
            "".join(f"big TXT \"{i} {'x' * 200}\"\n" for i in range(200)))
        self.settings = self.folder / "vedette.toml"
        self.settings.write_text(f"""[store]
path = "{self.folder}/vedette.db"
[serve]
listen = ["127.0.0.1:{self.port}"]
quic_listen = ["127.0.0.1:{self.quic}", "[::]:{self.quic}"]
certificate = "{self.folder}/cert.pem"
key = "{self.folder}/key.pem"
zones = ["example.org={self.folder}/example.org"]
transfer_to = ["127.0.0.1"]
""")
        self.log_file = open(self.folder / "log", "w", encoding="utf-8")
        self.addCleanup(self.log_file.close)
        self.process = subprocess.Popen([PROGRAM, "-c", self.settings, "serve"],
                                        stdout=self.log_file, stderr=self.log_file,
                                        env=dict(os.environ, XDG_DATA_HOME=str(self.folder)))
        self.addCleanup(self.end)
        for _ in range(200):
            if "Ctrl-C" in self.log() or self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.assertIn(f"quic://127.0.0.1:{self.quic}", self.log())

    def make_certificate(self, name):
        made = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", f"/CN={name}",
                   "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1", "-keyout",
                   self.folder / "key.pem", "-out", self.folder / "cert.pem")
        self.assertEqual(made.returncode, 0, made.stderr)

    def log(self):
        return (self.folder / "log").read_text()

    def end(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(20)

    def kdig(self, *words, at="127.0.0.1"):
        done = run("kdig", f"@{at}", "-p", self.quic, *words, "+quic", "+time=4", "+retry=0")
        return done.stdout + done.stderr

    def test_kdig_is_answered(self):
        for at in ("127.0.0.1", "::1"):
            out = self.kdig("www.example.org", at=at)
            self.assertIn("192.0.2.1", out)
            self.assertIn("QUICv1", out)
            self.assertIn("id: 0", out)
            self.assertRegex(out, r"PADDING: \d+")
        self.assertIn("status: NXDOMAIN", self.kdig("nowhere.example.org"))
        self.assertIn("status: REFUSED", self.kdig("example.com"))
        # Larger than a packet, and than a first congestion window.
        out = self.kdig("big.example.org", "TXT")
        self.assertEqual(out.count("\tTXT\t"), 200, out[-300:])
        self.end()
        self.assertRegex(self.log(), r"5 questions, 5 answers.* 5 connections; logged 5,")
        logged = run(PROGRAM, "-c", self.settings, "logs", "-n", "0", "--json", "transport:doq")
        self.assertEqual(logged.stdout.count("\n"), 5)

    def test_the_certificate_is_the_one_of_the_settings_and_is_read_again(self):
        good = ["+tls-ca=" + str(self.folder / "cert.pem"), "www.example.org"]
        self.assertIn("192.0.2.1", self.kdig("+tls-hostname=localhost", *good))
        self.assertNotIn("192.0.2.1", self.kdig("+tls-hostname=other.example", *good))
        self.make_certificate("second.example")
        self.process.send_signal(signal.SIGHUP)
        time.sleep(1)
        self.assertIn("192.0.2.1", self.kdig("+tls-hostname=second.example", *good))

    def test_transfers_are_refused(self):
        out = run("kdig", "@127.0.0.1", "-p", self.port, "+tcp", "example.org", "AXFR").stdout
        self.assertIn("192.0.2.1", out, "over TCP they are allowed")
        # kdig asks for AXFR over TCP whatever it is told; IXFR it sends.
        self.assertNotIn("192.0.2.1", self.kdig("example.org", "IXFR=1"))

    def test_many_clients_at_once(self):
        running = [subprocess.Popen(["kdig", "@127.0.0.1", "-p", str(self.quic), "+quic", "+short",
                                     "+time=10", "www.example.org"], stdout=subprocess.PIPE,
                                    text=True) for _ in range(30)]
        self.assertEqual({one.communicate(timeout=30)[0] for one in running}, {"192.0.2.1\n"})

    def test_packets_that_are_no_quic_harm_nobody(self):
        junk = [b"", b"\0", b"\xff", b"\xc0" + bytes(1199), b"\x40" * 1200, os.urandom(1200),
                b"\xc3\0\0\0\1\x14" + os.urandom(20) + b"\0\0" + os.urandom(1172)]
        junk += [b"\xc3\0\0\0\1" + os.urandom(n) for n in range(1, 200, 7)]
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            for packet in junk * 5:
                udp.sendto(packet, ("127.0.0.1", self.quic))
            # A version that nobody has: told which there are (RFC 9000 6), in no longer a packet.
            udp.settimeout(3)
            answered = 0
            packet = b"\xc0\x1a\x2a\x3a\x4a\x08" + b"serverid" + b"\x08" + b"clientid" + bytes(1180)
            udp.sendto(packet, ("127.0.0.1", self.quic))
            while True:
                answer = udp.recv(4096)
                self.assertLess(len(answer), 1200)
                if answer[1:5] == bytes(4) and b"clientid" in answer:
                    self.assertIn(b"\0\0\0\1", answer[5:])
                    answered = 1
                    break
            self.assertEqual(answered, 1)
        self.assertIsNone(self.process.poll(), self.log())
        self.assertIn("192.0.2.1", self.kdig("www.example.org"))

    def first_packets(self, count):
        """First packets of kdig, recorded by a socket that does not answer."""
        firsts = []
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trap:
            trap.bind(("127.0.0.1", 0))
            trap.settimeout(5)
            for _ in range(count):
                asking = subprocess.Popen(["kdig", "@127.0.0.1", "-p", str(trap.getsockname()[1]),
                                           "+quic", "+time=1", "+retry=0", "www.example.org"],
                                          stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
                firsts.append(trap.recv(4096))
                asking.kill()
                asking.wait(20)
                trap.setblocking(False)
                try:
                    while trap.recv(4096):  # what it sent again
                        pass
                except BlockingIOError:
                    trap.settimeout(5)
        return firsts

    def test_who_proves_nothing_is_asked_for_a_token(self):
        """RFC 9000 8.1.2: of one address sixteen connections may begin without."""
        firsts = self.first_packets(24)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(0.5)
            retries = got = 0
            for first in firsts:
                client.sendto(first, ("127.0.0.1", self.quic))
            end = time.time() + 8
            while time.time() < end:
                try:
                    packet = client.recv(4096)
                except TimeoutError:
                    continue
                got += len(packet)
                retries += packet[0] & 0xf0 == 0xf0 and packet[1:5] == b"\0\0\0\1"
        self.assertEqual(retries, 8)
        self.assertLessEqual(got, 3 * sum(len(first) for first in firsts))
        self.assertIn("192.0.2.1", self.kdig("www.example.org"))

    def test_a_silent_client_is_forgotten(self):
        """Half a handshake."""
        first = self.first_packets(1)[0]
        self.assertGreaterEqual(len(first), 1200)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(0.5)
            client.sendto(first, ("127.0.0.1", self.quic))
            sent = got = 0
            sent = len(first)
            end = time.time() + 8
            while time.time() < end:
                try:
                    got += len(client.recv(4096))
                except TimeoutError:
                    pass
        self.assertGreater(got, 0)
        self.assertLessEqual(got, 3 * sent, "an unproved address gets no more (RFC 9000 8.1)")
        self.assertIn("192.0.2.1", self.kdig("www.example.org"))
        self.end()
        self.assertRegex(self.log(), r"1 questions, 1 answers")

    def replace(self, process, count):
        """SIGUSR2; the process that serves afterwards."""
        os.kill(process, signal.SIGUSR2)
        for _ in range(200):
            taken = re.findall(r"Process (\d+) has taken over", self.log())
            if len(taken) == count:
                self.addCleanup(end_process, int(taken[-1]))
                return int(taken[-1])
            time.sleep(0.05)
        raise AssertionError(self.log())

    def test_replacements_lose_no_question(self):
        """New connections all the time: some of them begin in one process while another takes over,
        so that their packets go from one to the other."""
        stopping = threading.Event()
        asked, wrong = [0] * 6, []

        def ask_again_and_again(i):
            at = ("127.0.0.1", "::1")[i % 2]
            while not stopping.is_set():
                asked[i] += 1
                out = self.kdig("www.example.org", at=at)
                if "192.0.2.1" not in out:
                    wrong.append(out)

        threads = [threading.Thread(target=ask_again_and_again, args=(i,)) for i in range(6)]
        for thread in threads:
            thread.start()
        process = self.process.pid
        for i in range(3):
            time.sleep(0.4)
            process = self.replace(process, i + 1)
        time.sleep(0.4)
        stopping.set()
        for thread in threads:
            thread.join(20)
        self.assertEqual(wrong, [], f"of {asked}\n{self.log()}")
        self.assertGreater(min(asked), 5)
        print(f"  {sum(asked)} connections, none lost")


def end_process(process):
    try:
        os.kill(process, signal.SIGTERM)
    except ProcessLookupError:
        pass


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    known, rest = parser.parse_known_args()
    global PROGRAM
    PROGRAM = known.program.resolve()
    if not shutil.which("kdig") or not re.search(r"\bquic\b", run("kdig", "--help").stdout):
        print("skipped: kdig with QUIC is not installed")
        return 77
    return unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    sys.exit(main())
