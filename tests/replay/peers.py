"""The servers that the replay tests ask: vedette answer, and Knot as a root server that knows a few
names and refuses nothing, so that every question of every capture has an answer."""

import contextlib
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
from loopback import free_port  # noqa: E402

READY = bytes.fromhex("000100000001000000000000") + b"\0\0\x06\0\x01"  # . SOA


class Server:
    """A process that is ended with the block, and by its own id."""

    def __init__(self, command, folder, log):
        self.log_path = pathlib.Path(folder) / log
        self.log = open(self.log_path, "w", encoding="utf-8")
        self.process = subprocess.Popen([str(word) for word in command], cwd=folder,
                                        stdout=self.log, stderr=self.log)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def wait_for(self, port, over_udp=True):
        for _ in range(100):
            if self.process.poll() is not None:
                break
            kind = socket.SOCK_DGRAM if over_udp else socket.SOCK_STREAM
            with socket.socket(socket.AF_INET, kind) as probe:
                probe.settimeout(0.2)
                with contextlib.suppress(OSError):
                    probe.connect(("127.0.0.1", port))
                    if not over_udp:
                        return self
                    probe.send(READY)
                    probe.recv(4096)
                    return self
            time.sleep(0.05)
        raise SystemExit(f"no server on port {port}:\n{self.log_path.read_text()}")

    def stop(self):
        """What it had to say at the end."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        return self.log_path.read_text(encoding="utf-8")


def start_answer(program, folder, *more):
    """(server, traced port, DNS port)"""
    traced, dns = free_port(), free_port()
    server = Server([program, "answer", "--listen", f"127.0.0.1:{traced}", "--dns",
                     f"127.0.0.1:{dns}", *more], folder, "answer.log")
    return server.wait_for(dns), traced, dns


def find_knot():
    return shutil.which("knotd") or shutil.which("/usr/sbin/knotd")


def start_knot(folder):
    """(server, port)"""
    folder = pathlib.Path(folder)
    port = free_port()
    (folder / "root.zone").write_text(
        ". 300 SOA ns. hostmaster. 1 3600 600 86400 60\n. 300 NS ns.\nns. 300 A 127.0.0.1\n"
        "com. 300 NS ns.\n*.example. 300 A 192.0.2.7\n" +
        "".join(f"big.example. 300 TXT \"{i} {'x' * 200}\"\n" for i in range(20)))
    (folder / "knot.conf").write_text(f"""server:
  listen: 127.0.0.1@{port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
  rundir: {folder}
database:
  storage: {folder}/knot
template:
  - id: default
    storage: {folder}
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
zone:
  - domain: .
    file: {folder}/root.zone
""")
    server = Server([find_knot(), "-c", folder / "knot.conf"], folder, "knot.log")
    return server.wait_for(port), port
