#!/usr/bin/env python3
"""How soon a changed record is served when there are many: `vedette records add` beside a server
with a million zones, and beside one with a zone of a million names. Seconds from the start of the
command to the first answer that has the record, what CPU time that took the server, and its memory;
meanwhile another name is asked all the time, and no question may go without its answer."""

import argparse
import json
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time

CHANGES = 8


def question(name, number):
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    return number.to_bytes(2, "big") + b"\0\0\0\1\0\0\0\0\0\0" + labels + b"\0\0\1\0\1"


def ask(port, name, number=1):
    """Whether an address came; None without an answer."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(2.0)
        udp.connect(("127.0.0.1", port))
        udp.send(question(name, number))
        try:
            return udp.recv(4096)[7] > 0
        except OSError:
            return None


class Asker(threading.Thread):
    def __init__(self, port, name):
        super().__init__(daemon=True)
        self.port, self.name_asked = port, name
        self.asked = self.lost = 0
        self.stopping = threading.Event()

    def run(self):
        while not self.stopping.is_set():
            self.asked += 1
            self.lost += ask(self.port, self.name_asked, self.asked & 0xffff) is not True
            time.sleep(0.002)


class Server:
    def __init__(self, program, folder, store):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind(("127.0.0.1", 0))
            self.port = udp.getsockname()[1]
        self.log = folder / "serve.log"
        with open(self.log, "w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                [program, "serve", "--no-log", "--listen", f"127.0.0.1:{self.port}", "--records",
                 store], stdout=log, stderr=log)
        while "Serving" not in self.log.read_text(encoding="utf-8"):
            if self.process.poll() is not None:
                raise SystemExit(self.log.read_text(encoding="utf-8"))
            time.sleep(0.05)

    def cpu(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1]
        return sum(int(word) for word in fields.split()[11:13]) / os.sysconf("SC_CLK_TCK")

    def memory(self, what):
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        return int(re.search(rf"{what}:\s+(\d+)", status)[1]) / 1024

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)


def write_zones(path, count):
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(f"zone{i}.test. 300 A 10.0.0.1\n" for i in range(count))
    return "zone7.test", [f"www.zone{i * 97}.test" for i in range(CHANGES)]


def write_names(path, count):
    with open(path, "w", encoding="utf-8") as out:
        out.write("bench.test. 300 A 10.0.0.1\n")
        out.writelines(f"host{i}.bench.test. 300 A 10.0.0.1\n" for i in range(count))
    return "host7.bench.test", [f"new.host{i * 97}.bench.test" for i in range(CHANGES)]


def measure(what, program, folder, write, count):
    store, file = folder / f"{what}.db", folder / f"{what}.zone"
    asked, added = write(file, count)
    began = time.monotonic()
    subprocess.run([program, "records", "import", "zonefile", file, "--records", store], check=True,
                   capture_output=True)
    imported = time.monotonic() - began
    with Server(program, folder, store) as server:
        loaded = server.memory("VmRSS")
        asker = Asker(server.port, asked)
        asker.start()
        spent, times = server.cpu(), []
        for name in added:
            began = time.monotonic()
            subprocess.run([program, "records", "add", name, "A", "10.0.0.2", "--records", store],
                           check=True)
            while not ask(server.port, name):
                if time.monotonic() - began > 120:
                    raise SystemExit(f"{name} is not served")
                time.sleep(0.005)
            times.append(time.monotonic() - began)
        spent = (server.cpu() - spent) / len(added)
        asker.stopping.set()
        asker.join()
        most = server.memory("VmHWM")
    median, slowest = sorted(times)[len(times) // 2], max(times)
    print(f"  {what} {count}: served after {median:.2f} s (slowest {slowest:.2f} s), CPU "
          f"{spent:.3f} s each; memory {loaded:.0f} MiB, at the most {most:.0f}; {asker.asked} "
          f"questions, {asker.lost} lost; import {imported:.1f} s", flush=True)
    return {"imported": imported, "slowest": slowest, "median": median, "cpu_each": spent,
            "loaded_mebibytes": loaded, "most_mebibytes": most, "asked": asker.asked,
            "lost": asker.lost}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the release build tree")
    parser.add_argument("--out", type=pathlib.Path, help="where the numbers go, as JSON")
    parser.add_argument("--zones", type=int, default=1_000_000)
    parser.add_argument("--names", type=int, default=1_000_000)
    arguments = parser.parse_args()
    program = str(arguments.build.resolve() / "vedette")
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vedette-bench-"))
    report = {}
    try:
        if arguments.zones:
            report["zones"] = measure("zones", program, folder, write_zones, arguments.zones)
        if arguments.names:
            report["names"] = measure("names", program, folder, write_names, arguments.names)
    finally:
        shutil.rmtree(folder)
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(json.dumps(report, indent=1) + "\n")
    return 1 if any(row["lost"] or row["slowest"] > 1.0 for row in report.values()) else 0


if __name__ == "__main__":
    raise SystemExit(main())
