#!/usr/bin/env python3
"""`vedette serve` that is reloaded, replaced and restarted while it is asked at a steady rate over
UDP, TCP and TLS: every question gets its answer, by count. And sockets that a service manager
opened: systemd-socket-activate where it is installed, and a launcher of our own."""

import argparse
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import unittest

from daemons import free_port

PROGRAM = pathlib.Path("vedette")
SO_RCVBUFFORCE = 33  # socket(7); the module does not name it
UDP_GAP = 0.002  # seconds between two questions of one asker
STREAM_GAP = 0.01
PATIENCE = 5.0


def question(number, name="www.example.org"):
    labels = b"".join(bytes([len(p)]) + p.encode() for p in name.split("."))
    return struct.pack(">HHHHHH", number, 0, 1, 0, 0, 0) + labels + b"\0\0\1\0\1"


def is_answer(message, number):
    head = struct.unpack(">HHHH", message[:8])
    return head[0] == number and head[1] & 0x840F == 0x8400 and head[3] == 1


def trusting():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def read_exactly(stream, count):
    data = b""
    while len(data) < count:
        more = stream.recv(count - len(data))
        if not more:
            raise ConnectionError("closed")
        data += more
    return data


def ask_stream(stream, number):
    query = question(number)
    stream.sendall(struct.pack(">H", len(query)) + query)
    length = struct.unpack(">H", read_exactly(stream, 2))[0]
    return is_answer(read_exactly(stream, length), number)


class Asker(threading.Thread):
    """Asks until told to stop; `lost` counts what got no right answer. Nothing is asked twice."""

    def __init__(self, place):
        super().__init__(daemon=True)
        self.place = place
        self.stopping = threading.Event()
        self.asked = self.lost = 0
        self.first_loss = ""

    def end(self):
        self.stopping.set()
        self.join(30)

    def lose(self, why):
        self.lost += 1
        self.first_loss = self.first_loss or f"{why!r} at {time.time():.3f}"


class UdpAsker(Asker):
    """Does not wait for one answer before the next question."""

    def run(self):
        family = socket.AF_INET6 if ":" in self.place[0] else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as udp:
            udp.connect(self.place)
            udp.setblocking(False)
            # Answers to what waited during a restart come all at once; the usual size holds 256.
            udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            waiting = {}
            quiet = 0
            while not self.stopping.is_set() or (waiting and quiet < PATIENCE / UDP_GAP):
                if not self.stopping.is_set():
                    self.asked += 1
                    waiting[self.asked & 0xFFFF] = time.time()
                    udp.send(question(self.asked & 0xFFFF))
                quiet += 1
                time.sleep(UDP_GAP)
                try:
                    while True:
                        message = udp.recv(4096)
                        number = message[0] << 8 | message[1]
                        if is_answer(message, number) and waiting.pop(number, None):
                            quiet = 0
                except BlockingIOError:
                    pass
            for when in waiting.values():
                self.lose(f"sent {when:.3f}")


class StreamAsker(Asker):
    """One connection for all questions, or one for each."""

    def __init__(self, place, tls, keep):
        super().__init__(place)
        self.tls, self.keep = tls, keep
        self.connections = 0

    def connect(self):
        self.connections += 1
        plain = socket.create_connection(self.place, timeout=PATIENCE)
        return trusting().wrap_socket(plain) if self.tls else plain

    def run(self):
        stream = None
        while not self.stopping.is_set():
            self.asked += 1
            try:
                stream = stream or self.connect()
                if not ask_stream(stream, self.asked & 0xFFFF):
                    self.lose("wrong answer")
            except OSError as error:
                self.lose(error)
                stream = None
            if not self.keep and stream:
                stream.close()
                stream = None
            time.sleep(STREAM_GAP)
        if stream:
            stream.close()


class Server:
    def __init__(self, threads=2):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vedette-takeover-"))
        self.port, self.tls = free_port(), free_port()
        self.pids = []
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-keyout", self.folder / "key.pem", "-out",
                        self.folder / "cert.pem"], check=True, capture_output=True)
        (self.folder / "example.org").write_text(
            "$TTL 60\n@ SOA ns h 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\nwww A 192.0.2.1\n")
        self.settings = self.folder / "vedette.toml"
        self.settings.write_text(f"""[store]
path = "{self.folder}/vedette.db"
[serve]
listen = ["127.0.0.1:{self.port}", "[::1]:{self.port}"]
tls_listen = ["127.0.0.1:{self.tls}", "[::1]:{self.tls}"]
certificate = "{self.folder}/cert.pem"
key = "{self.folder}/key.pem"
zones = ["example.org={self.folder}/example.org"]
threads = {threads}
""")
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(str(self.folder / "notify"))
        self.notify.settimeout(20)
        self.environment = dict(os.environ, NOTIFY_SOCKET=str(self.folder / "notify"),
                                XDG_DATA_HOME=str(self.folder))
        self.log_file = open(self.folder / "log", "a", encoding="utf-8")

    def command(self):
        return [str(PROGRAM), "-c", str(self.settings), "serve"]

    def start(self, **more):
        self.process = subprocess.Popen(self.command(), stdout=self.log_file, stderr=self.log_file,
                                        env=self.environment, **more)
        self.pids.append(self.process.pid)
        self.wait_for("READY=1")

    def log(self):
        return (self.folder / "log").read_text()

    def wait_for(self, line):
        """What a service manager is told, until `line` is among it."""
        told = []
        while line not in told:
            try:
                told += self.notify.recv(4096).decode().splitlines()
            except TimeoutError:
                raise AssertionError(f"no {line} in {told}\n{self.log()}") from None
        return told

    def replace(self):
        """SIGUSR2, and wait until the successor serves; returns its process."""
        os.kill(self.pids[-1], signal.SIGUSR2)
        main = []
        while not main:  # a reload before it says READY=1 too
            told = self.wait_for("READY=1")
            main = [line for line in told if line.startswith("MAINPID=")]
        assert len(main) == 1, told
        self.pids.append(int(main[0][8:]))
        return self.pids[-1]

    def askers(self):
        places = [("127.0.0.1", self.port), ("::1", self.port)]
        tls = [("127.0.0.1", self.tls), ("::1", self.tls)]
        return ([UdpAsker(p) for p in places for _ in range(2)] +
                [StreamAsker(p, False, keep) for p in places for keep in (True, False)] +
                [StreamAsker(p, True, keep) for p in tls for keep in (True, False)])

    def close(self):
        for pid in self.pids:
            for _ in range(100):
                try:
                    os.kill(pid, signal.SIGTERM)
                    if pid == self.process.pid:
                        self.process.poll()
                except ProcessLookupError:
                    break
                time.sleep(0.1)
            else:
                os.kill(pid, signal.SIGKILL)
        self.notify.close()
        self.log_file.close()
        shutil.rmtree(self.folder)


class TakeoverTest(unittest.TestCase):
    def setUp(self):
        self.server = Server()
        self.addCleanup(self.server.close)

    def check(self, askers):
        for asker in askers:
            asker.end()
        for asker in askers:
            kind = type(asker).__name__
            self.assertGreater(asker.asked, 20, kind)
            self.assertEqual(asker.lost, 0, f"{kind} {asker.place}: {asker.lost} of {asker.asked} "
                             f"lost, first {asker.first_loss}\n{self.server.log()}")
        print(f"  {sum(a.asked for a in askers)} questions, none lost")

    def begin(self):
        askers = self.server.askers()
        for asker in askers:
            asker.start()
        time.sleep(0.5)
        return askers

    def test_upgrades_reloads_and_signals_lose_no_question(self):
        server = self.server
        server.start()
        askers = self.begin()
        first = server.process.pid
        for round_ in range(3):
            before = server.pids[-1]
            self.assertNotEqual(server.replace(), before)
            time.sleep(0.5)
            os.kill(server.pids[-1], signal.SIGHUP)
            server.wait_for("READY=1")
            for harmless in (signal.SIGWINCH, signal.SIGCONT, signal.SIGURG, signal.SIGCHLD):
                os.kill(server.pids[-1], harmless)
            zone = server.folder / "example.org"
            zone.write_text(zone.read_text().replace(f"h {round_ + 1} ", f"h {round_ + 2} "))
            time.sleep(0.7)
        kept = [a for a in askers if isinstance(a, StreamAsker) and a.keep]
        self.check(askers)
        for asker in kept:  # served to its end by the process that accepted it
            self.assertEqual(asker.connections, 1)
        # When its last connection is closed, the first process is gone, and said what it did.
        self.assertEqual(server.process.wait(20), 0)
        self.assertNotEqual(server.pids[-1], first)
        self.assertIn("has taken over", server.log())
        os.kill(server.pids[-1], signal.SIGTERM)
        for _ in range(100):
            logged = re.findall(r"logged (\d+), not logged (\d+)", server.log())
            if len(logged) == 4:
                break
            time.sleep(0.1)
        self.assertEqual(sum(int(kept) for kept, _ in logged), sum(a.asked for a in askers),
                         server.log())
        self.assertEqual({lost for _, lost in logged}, {"0"})

    def test_a_successor_that_cannot_start_leaves_everything_as_it_was(self):
        server = self.server
        server.start()
        askers = self.begin()
        good = (server.folder / "example.org").read_text()
        (server.folder / "example.org").write_text("@ SOA nonsense\n")
        os.kill(server.process.pid, signal.SIGUSR2)
        for _ in range(100):
            if "goes on serving" in server.log():
                break
            time.sleep(0.1)
        self.assertIn("this one goes on serving", server.log())
        self.assertIn("example.org:1", server.log(), "the line that is wrong")
        (server.folder / "example.org").write_text(good)
        self.assertNotEqual(server.replace(), server.process.pid)  # and now it works
        time.sleep(0.5)
        self.check(askers)

    def test_an_upgrade_runs_the_program_that_was_installed_since(self):
        server = self.server
        installed = server.folder / "bin"
        installed.mkdir()
        shutil.copy(PROGRAM, installed / "vedette")
        command = [str(installed / "vedette")] + server.command()[1:]
        server.command = lambda: command
        server.start()
        old = os.stat(f"/proc/{server.process.pid}/exe").st_ino
        shutil.copy(PROGRAM, installed / "new")
        os.replace(installed / "new", installed / "vedette")  # as a package manager does
        askers = self.begin()
        successor = server.replace()
        self.assertNotEqual(os.stat(f"/proc/{successor}/exe").st_ino, old)
        time.sleep(0.5)
        self.check(askers)

    def test_the_successor_of_an_unprivileged_server_needs_no_right(self):
        if os.geteuid() != 0:
            self.skipTest("needs root, to give it up")
        server = self.server
        os.chmod(server.folder, 0o755)
        for file in server.folder.iterdir():
            os.chmod(file, 0o666)
        data = server.folder / "data"
        data.mkdir(mode=0o777)
        data.chmod(0o777)
        text = server.settings.read_text().replace(f"{server.folder}/vedette.db",
                                                   f"{data}/vedette.db")
        server.settings.write_text('[process]\nuser = "nobody"\n' + text)
        # As a package does, the files belong to who serves them.
        subprocess.run([PROGRAM, "-c", server.settings, "records", "add", "own.test", "A",
                        "192.0.2.2"], user="nobody", check=True, capture_output=True)
        server.start()
        askers = self.begin()
        successor = server.replace()
        status = pathlib.Path(f"/proc/{successor}/status").read_text()
        self.assertIn("CapEff:\t0000000000000000", status)
        self.assertNotIn("Uid:\t0", status)
        time.sleep(0.5)
        self.check(askers)

    def test_cookies_of_the_old_process_are_good_for_the_new_one(self):
        server = self.server
        server.start()

        option = struct.pack(">HH", 10, 8) + b"clientck"
        query = bytearray(question(7) + b"\0" + struct.pack(">HHIH", 41, 1232, 0, len(option)) +
                          option)
        query[11] = 1
        # A server cookie is its time and a hash over time, client and secret (RFC 9018 4): two
        # processes with one secret make the same one in the same second.
        made = {}
        upgrade = threading.Thread(target=lambda: [server.replace() for _ in range(2)])
        upgrade.start()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.settimeout(PATIENCE)
            until = time.time() + 1
            while upgrade.is_alive() or time.time() < until:
                udp.sendto(query, ("127.0.0.1", server.port))
                message = udp.recv(4096)
                at = message.index(b"clientck")
                made.setdefault(message[at + 12:at + 16], set()).add(message[at + 16:at + 24])
        upgrade.join()
        self.assertEqual({len(hashes) for hashes in made.values()}, {1}, made)


class ActivationTest(unittest.TestCase):
    """Sockets that were there before the server."""

    def setUp(self):
        self.server = Server(threads=2)
        self.addCleanup(self.server.close)

    def open_sockets(self, dual):
        """What the .socket units open, not blocking as systemd's are: [(socket, name)]."""
        made = []

        def add(kind, address, port, name):
            one = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, kind)
            one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if ":" in address:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if dual else 1)
            if kind == socket.SOCK_DGRAM and os.geteuid() == 0:
                # ReceiveBuffer=4M of the unit; the usual size is half a second of these questions.
                one.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
            one.bind((address, port))
            if kind == socket.SOCK_STREAM:
                one.listen(100)
            one.setblocking(False)
            self.addCleanup(one.close)
            made.append((one, name))

        for address in ["::"] if dual else ["127.0.0.1", "::1"]:
            add(socket.SOCK_DGRAM, address, self.server.port, "vedette-serve.socket")
            add(socket.SOCK_STREAM, address, self.server.port, "vedette-serve.socket")
            add(socket.SOCK_STREAM, address, self.server.tls, "tls")
            add(socket.SOCK_DGRAM, address, self.server.tls, "quic")
        return made

    def ask_by_quic(self):
        """From both families, where kdig has QUIC."""
        said = subprocess.run(["kdig", "--help"], capture_output=True, text=True, check=False)
        if not re.search(r"\bquic\b", said.stdout):
            return print("  kdig has no QUIC")
        for address in ("127.0.0.1", "::1"):
            done = subprocess.run(["kdig", f"@{address}", "-p", str(self.server.tls), "+quic",
                                   "+short", "+retry=0", "www.example.org"], capture_output=True,
                                  text=True, timeout=30, check=False)
            self.assertEqual(done.stdout, "192.0.2.1\n", done.stderr + self.server.log())

    def launch(self, sockets):
        """As a service manager does: descriptors from 3 on, and three variables."""
        names = ":".join(name for _, name in sockets)
        moves = "".join(f" {3 + i}<&{100 + i}" for i in range(len(sockets)))
        closes = "".join(f" {100 + i}<&-" for i in range(len(sockets)))
        for i, (one, _) in enumerate(sockets):
            os.dup2(one.fileno(), 100 + i, inheritable=True)
        script = (f"exec{moves}{closes}; LISTEN_PID=$$ LISTEN_FDS={len(sockets)} "
                  f"LISTEN_FDNAMES={names} exec \"$@\"")
        plain = self.server.command
        self.server.command = lambda: ["/bin/bash", "-c", script, "launcher"] + plain()
        self.server.start(close_fds=False)
        self.server.command = plain
        for i in range(len(sockets)):
            os.close(100 + i)

    def no_places(self):
        """The settings name places that cannot be served; given sockets decide alone."""
        text = self.server.settings.read_text()
        lines = ['listen = ["192.0.2.1:53"]' if line.startswith("listen") else
                 'tls_listen = ["192.0.2.1:853"]' if line.startswith("tls_listen") else line
                 for line in text.splitlines()]
        self.server.settings.write_text("\n".join(lines) + "\n")

    def check_all(self):
        askers = self.server.askers()
        for asker in askers:
            asker.start()
        time.sleep(1)
        for asker in askers:
            asker.end()
            self.assertGreater(asker.asked, 10)
            self.assertEqual(asker.lost, 0, f"{type(asker).__name__} {asker.place} "
                             f"{asker.first_loss}\n{self.server.log()}")

    def test_given_sockets_are_served(self):
        self.no_places()
        self.launch(self.open_sockets(dual=False))
        self.check_all()
        self.ask_by_quic()
        usage = pathlib.Path(f"/proc/{self.server.process.pid}/stat").read_text().split()
        self.assertLess(int(usage[13]) + int(usage[14]), 250, "it spins on a socket")

    def test_one_socket_for_both_families(self):
        self.no_places()
        self.launch(self.open_sockets(dual=True))
        self.check_all()
        self.ask_by_quic()

    def test_a_restart_loses_nothing_that_waits_in_the_sockets(self):
        self.no_places()
        sockets = self.open_sockets(dual=False)
        self.launch(sockets)
        udp = [UdpAsker((a, self.server.port)) for a in ("127.0.0.1", "::1")]
        tcp = [StreamAsker((a, self.server.port), False, False) for a in ("127.0.0.1", "::1")]
        for asker in udp + tcp:
            asker.start()
        for _ in range(2):
            time.sleep(0.5)
            self.server.process.send_signal(signal.SIGTERM)
            self.server.wait_for("STOPPING=1")
            self.assertEqual(self.server.process.wait(10), 0)
            time.sleep(0.3)  # nobody is there: questions wait
            self.launch(sockets)
        time.sleep(0.5)
        for asker in udp + tcp:
            asker.end()
            self.assertEqual(asker.lost, 0, f"{type(asker).__name__} {asker.first_loss}")
        print(f"  {sum(a.asked for a in udp + tcp)} questions over two restarts, none lost")

    def test_an_upgrade_of_an_activated_server(self):
        self.no_places()
        self.launch(self.open_sockets(dual=False))
        askers = self.server.askers()
        for asker in askers:
            asker.start()
        time.sleep(0.5)
        self.server.replace()
        self.ask_by_quic()
        time.sleep(0.5)
        for asker in askers:
            asker.end()
            self.assertEqual(asker.lost, 0, f"{type(asker).__name__} {asker.first_loss}")

    def test_a_socket_that_cannot_be_served_is_told(self):
        left, right = socket.socketpair()
        self.addCleanup(left.close)
        self.addCleanup(right.close)
        with self.assertRaises(AssertionError):
            self.server.notify.settimeout(1)
            self.launch([(left, "strange")])
        self.assertIn("'strange' is neither a datagram socket nor a listening stream socket",
                      self.server.log())
        self.assertEqual(self.server.process.wait(5), 1)

    def test_systemd_socket_activate(self):
        activate = shutil.which("systemd-socket-activate")
        if not activate:
            self.skipTest("systemd-socket-activate is not installed")
        self.no_places()
        server = self.server
        # It opens streams or datagrams, not both; the names are per socket.
        for kind, places in [([], [f"127.0.0.1:{server.port}", f"[::1]:{server.port}",
                                   f"127.0.0.1:{server.tls}"]),
                             (["--datagram"], [f"127.0.0.1:{server.port}",
                                               f"[::1]:{server.port}"])]:
            names = "--fdname=" + ("dns" if kind else "dns:dns:tls")
            listen = [f"--listen={place}" for place in places]
            plain = [str(PROGRAM), "-c", str(server.settings), "serve"]
            command = [activate, *kind, *listen, names,
                       f"--setenv=NOTIFY_SOCKET={server.folder}/notify",
                       f"--setenv=XDG_DATA_HOME={server.folder}", *plain]
            process = subprocess.Popen(command, stdout=server.log_file, stderr=server.log_file)
            server.process = process
            server.pids = [process.pid]
            time.sleep(0.5)
            if kind:
                askers = [UdpAsker(("127.0.0.1", server.port)), UdpAsker(("::1", server.port))]
            else:
                askers = [StreamAsker(("127.0.0.1", server.port), False, True),
                          StreamAsker(("::1", server.port), False, False),
                          StreamAsker(("127.0.0.1", server.tls), True, True)]
            for asker in askers:
                asker.start()
            server.wait_for("READY=1")
            time.sleep(0.5)
            for asker in askers:
                asker.end()
                self.assertGreater(asker.asked, 10)
                self.assertEqual(asker.lost, 0, asker.first_loss + server.log())
            process.terminate()
            process.wait(10)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    known, rest = parser.parse_known_args()
    global PROGRAM
    PROGRAM = known.program.resolve()
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
