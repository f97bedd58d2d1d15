#!/usr/bin/env python3
"""`vedette serve` that is replaced again and again (SIGUSR2), at random moments and at once when a
successor says that it is ready, while clients ask over UDP, TCP and TLS: every question gets its
answer, by count. `--replacements 200` is the long form; `--seed` repeats a run. And all of the
server at once, with records that change and files that are read again: with a program of the
preset `tsan` that is the proof that its threads do not race (a report fails the test)."""

import argparse
import contextlib
import http.client
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest

import takeover_test
from daemons import free_port
from takeover_test import (PATIENCE, Asker, Server, StreamAsker, UdpAsker, is_answer, question,
                           trusting)

REPLACEMENTS = 8
SEED = 0
# A connection is served for ten seconds after a replacement; a client that wants more of it than
# that finds it closed, as after any idle time (RFC 7766 6.2.3).
KEPT_SECONDS = 4


class PatientUdpAsker(Asker):
    """The next question when the last one is answered, from a port of its own each hundred, so that
    every socket of the server gets some."""

    def run(self):
        while not self.stopping.is_set():
            family = socket.AF_INET6 if ":" in self.place[0] else socket.AF_INET
            with socket.socket(family, socket.SOCK_DGRAM) as udp:
                udp.connect(self.place)
                udp.settimeout(PATIENCE)
                for _ in range(100):
                    if self.stopping.is_set():
                        return
                    self.asked += 1
                    try:
                        udp.send(question(self.asked & 0xFFFF))
                        if not is_answer(udp.recv(4096), self.asked & 0xFFFF):
                            self.lose("wrong answer")
                    except OSError as error:
                        self.lose(error)
                    time.sleep(0.0005)


class RenewingAsker(Asker):
    """StreamAsker on a connection that is kept, renewed by the client every few seconds."""

    def __init__(self, place, tls):
        super().__init__(place)
        self.tls = tls

    def run(self):
        while not self.stopping.is_set():
            one = StreamAsker(self.place, self.tls, keep=True)
            one.start()
            self.stopping.wait(KEPT_SECONDS)
            one.end()
            self.asked += one.asked
            for _ in range(one.lost):
                self.lose(one.first_loss)


class HttpsAsker(Asker):
    """HTTP/1.1, a connection for some questions."""

    def run(self):
        host, port = self.place
        while not self.stopping.is_set():
            connection = http.client.HTTPSConnection(host, port, timeout=PATIENCE,
                                                     context=trusting())
            for _ in range(100):
                if self.stopping.is_set():
                    break
                self.asked += 1
                number = self.asked & 0xFFFF
                try:
                    connection.request("POST", "/dns-query", question(number),
                                       {"Content-Type": "application/dns-message"})
                    if not is_answer(connection.getresponse().read(), number):
                        self.lose("wrong answer")
                except (OSError, http.client.HTTPException) as error:
                    self.lose(error)
                    break
                time.sleep(0.01)
            connection.close()


class ProgramAsker(Asker):
    """A program asks one question over a connection of its own."""

    def __init__(self, place, command, expected):
        super().__init__(place)
        self.command, self.expected = command, expected

    def run(self):
        while not self.stopping.is_set():
            self.asked += 1
            done = subprocess.run(self.command, capture_output=True, timeout=30, check=False)
            if self.expected not in done.stdout:
                self.lose(done.stdout + done.stderr)


class WholeServer(Server):
    """With every transport."""

    def __init__(self):
        super().__init__(threads=2)
        self.https, self.quic = free_port(), free_port()
        self.settings.write_text(self.settings.read_text() + f"""
https_listen = ["127.0.0.1:{self.https}"]
quic_listen = ["127.0.0.1:{self.quic}"]
transfer_to = ["127.0.0.1"]
notify = ["127.0.0.1:{free_port()}"]
""")
        self.reports = self.folder / "reports"
        self.reports.mkdir()
        self.environment["TSAN_OPTIONS"] = f"log_path={self.reports}/report"

    def programs(self):
        (self.folder / "question").write_bytes(question(7))
        curl = ["curl", "-sk", "--http2", "-H", "Content-Type: application/dns-message",
                "--data-binary", f"@{self.folder}/question",
                f"https://127.0.0.1:{self.https}/dns-query"]
        kdig = ["kdig", "@127.0.0.1", "-p", str(self.quic), "+quic", "+short", "+time=10",
                "+retry=0", "www.example.org"]
        dig = ["dig", "@127.0.0.1", "-p", str(self.port), "example.org", "AXFR"]
        askers = []
        if shutil.which("curl"):
            askers.append(ProgramAsker(self.https, curl, bytes([192, 0, 2, 1])))
        if shutil.which("dig"):
            askers.append(ProgramAsker(self.port, dig, b"192.0.2.1"))
        if shutil.which("kdig"):
            said = subprocess.run(["kdig", "--help"], capture_output=True, check=False)
            if re.search(rb"\bquic\b", said.stdout):
                askers.append(ProgramAsker(self.quic, kdig, b"192.0.2.1"))
        return askers


def all_askers(server):
    plain = [("127.0.0.1", server.port), ("::1", server.port)]
    tls = [("127.0.0.1", server.tls), ("::1", server.tls)]
    return ([UdpAsker(p) for p in plain] + [PatientUdpAsker(p) for p in plain] +
            [StreamAsker(p, False, False) for p in plain] +
            [StreamAsker(p, True, False) for p in tls] +
            [RenewingAsker(plain[0], False), RenewingAsker(tls[1], True)])


class ReplacementsTest(unittest.TestCase):
    def test_successors_at_any_moment_lose_no_question(self):
        choice = random.Random(SEED)
        server = Server(threads=choice.choice([1, 2, 3]))
        self.addCleanup(server.close)
        server.start()
        askers = all_askers(server)
        for asker in askers:
            asker.start()
        time.sleep(0.3)
        for _ in range(REPLACEMENTS):
            # As a new version might, with another number of threads.
            text = server.settings.read_text()
            lines = [f"threads = {choice.choice([1, 2, 3])}" if line.startswith("threads") else line
                     for line in text.splitlines()]
            server.settings.write_text("\n".join(lines) + "\n")
            before = server.pids[-1]
            after = server.replace()
            self.assertNotEqual(after, before)
            if choice.random() < 0.3:
                os.kill(after, signal.SIGHUP)
            # Often at once: whoever is told of a process may signal it.
            time.sleep(choice.choice([0, 0, 0.05, choice.uniform(0, 1)]))
        time.sleep(0.3)
        for asker in askers:
            asker.end()
        self.check(askers, server)

    def check(self, askers, server):
        for asker in askers:
            self.assertGreater(asker.asked, 5, type(asker).__name__)
            self.assertEqual(asker.lost, 0, f"seed {SEED}: {type(asker).__name__} {asker.place}: "
                             f"{asker.lost} of {asker.asked} lost, first {asker.first_loss}, now "
                             f"{time.time():.3f}\n{server.log()}")
        print(f"  {REPLACEMENTS} replacements, {sum(a.asked for a in askers)} questions, none lost")

    def test_all_at_once(self):
        server = WholeServer()
        self.addCleanup(server.close)
        server.start()
        askers = all_askers(server) + [HttpsAsker(("127.0.0.1", server.https))] + server.programs()
        changing = threading.Event()

        def change():
            number = 0
            while not changing.is_set():
                number += 1
                words = ["add", f"n{number}.own.test", "A", f"192.0.2.{number % 250}"]
                subprocess.run([takeover_test.PROGRAM, "-c", server.settings, "records", *words],
                               env=server.environment, capture_output=True, check=True)
                with contextlib.suppress(ProcessLookupError):  # it may just have been replaced
                    os.kill(server.pids[-1], signal.SIGHUP)
                zone = server.folder / "example.org"
                new = zone.with_suffix(".new")
                new.write_text(re.sub(r"h \d+ ", f"h {number} ", zone.read_text()))
                new.replace(zone)
                time.sleep(0.3)

        changer = threading.Thread(target=change)
        for one in [*askers, changer]:
            one.start()
        for _ in range(min(REPLACEMENTS, 20)):
            time.sleep(0.7)
            server.replace()
        time.sleep(0.7)
        changing.set()
        changer.join()
        for asker in askers:
            asker.end()
        self.check(askers, server)
        # The last one ends under questions.
        asker = UdpAsker(("127.0.0.1", server.port))
        asker.start()
        time.sleep(0.2)
        os.kill(server.pids[-1], signal.SIGTERM)
        server.wait_for("STOPPING=1")
        asker.stopping.set()
        for pid in server.pids:
            for _ in range(300):
                if server.process.poll() is not None and not pathlib.Path(f"/proc/{pid}").exists():
                    break
                time.sleep(0.1)
            self.assertFalse(pathlib.Path(f"/proc/{pid}").exists(), f"{pid}\n{server.log()}")
        said = [report.read_text() for report in server.reports.iterdir()]
        self.assertEqual(said, [], "\n".join(said)[:20_000])

    def test_a_successor_ends_with_a_predecessor_that_is_told_to_end(self):
        server = Server()
        self.addCleanup(server.close)
        server.start()
        # The successor cannot get ready: it waits for the settings, which come by a pipe.
        held = server.folder / "held"
        os.mkfifo(held)
        server.settings.unlink()
        server.settings.symlink_to(held)
        os.kill(server.process.pid, signal.SIGUSR2)
        successor = 0
        process = pathlib.Path(f"/proc/{server.process.pid}")
        for _ in range(200):
            found = (process / f"task/{server.process.pid}/children").read_text().split()
            if found:
                successor = int(found[0])
                break
            time.sleep(0.02)
        self.assertTrue(successor, "a successor has been started")
        server.process.send_signal(signal.SIGTERM)
        self.assertEqual(server.process.wait(20), 0)
        for _ in range(200):
            if not pathlib.Path(f"/proc/{successor}").exists():
                break
            time.sleep(0.02)
        self.assertFalse(pathlib.Path(f"/proc/{successor}").exists(), server.log())


def main():
    global REPLACEMENTS, SEED
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--replacements", type=int, default=REPLACEMENTS)
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32))
    known, rest = parser.parse_known_args()
    takeover_test.PROGRAM = known.program.resolve()
    REPLACEMENTS, SEED = known.replacements, known.seed
    print(f"seed {SEED}", flush=True)
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
