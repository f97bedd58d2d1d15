#!/usr/bin/env python3
"""The name server against its peers: rounds of every server in turn, on one core, with the load on
another. What counts is answers per second of the server's CPU, relative to NSD in the same round:
a machine that drifts between minutes slows all of them alike.

Servers: vedette (the release tree's serve_files), gdnsd, NSD, Knot (Debian packages; those that are
absent are left out and named) and an echo, which is what the kernel alone costs."""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

RECORDS = 1000
SERVER_CORE, LOAD_CORE = 0, 1
BASE = "nsd"


def free_port():
    for _ in range(50):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp:
            tcp.bind(("127.0.0.1", 0))
            port = tcp.getsockname()[1]
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
                try:
                    udp.bind(("127.0.0.1", port))
                    return port
                except OSError:
                    continue
    raise SystemExit("no free port")


def write_zone(folder):
    """bench.test with RECORDS addresses; signed when ldns tools are there."""
    lines = ["$TTL 300", "@ SOA ns1 hostmaster 1 3600 600 86400 60", "@ NS ns1", "ns1 A 127.0.0.1"]
    lines += [f"host{i} A 10.0.{i // 250}.{i % 250 + 1}" for i in range(RECORDS)]
    plain = folder / "bench.test.zone"
    plain.write_text("\n".join(["$ORIGIN bench.test."] + lines) + "\n")
    if not shutil.which("ldns-keygen"):
        return plain
    made = subprocess.run(["ldns-keygen", "-a", "ECDSAP256SHA256", "-k", "bench.test"],
                          cwd=folder, capture_output=True, text=True, check=True)
    source = folder / "signing.zone"
    source.write_text(plain.read_text())
    subprocess.run(["ldns-signzone", "-o", "bench.test.", "-f", "signed.zone", "signing.zone",
                    made.stdout.strip()], cwd=folder, capture_output=True, check=True)
    return plain


def write_questions(folder):
    rows = {
        "A": [f"host{i}.bench.test. A 0 1" for i in range(RECORDS)],
        "A+EDNS": [f"host{i}.bench.test. A 0 1 edns" for i in range(RECORDS)],
        "NXDOMAIN": [f"absent{i}.bench.test. A 3 0" for i in range(RECORDS)],
        "A signed, DO": [f"host{i}.bench.test. A 0 2 do" for i in range(RECORDS)],
        "NXDOMAIN signed, DO": [f"absent{i}.bench.test. A 3 0 do" for i in range(RECORDS)],
    }
    files = {}
    for name, lines in rows.items():
        path = folder / (re.sub(r"\W+", "_", name) + ".questions")
        path.write_text("\n".join(lines) + "\n")
        echo = folder / (path.stem + ".echo")
        echo.write_text("\n".join(re.sub(r" A \d+ \d+", " A - 0", line) for line in lines) + "\n")
        files[name] = (path, echo, "signed" in name)
    return files


class Running:
    """A server on SERVER_CORE, and what its processes have used."""

    def __init__(self, name, command, port, folder):
        self.name, self.port = name, port
        self.log = open(folder / f"{name}.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(["taskset", "-c", str(SERVER_CORE)] + command,
                                        stdout=self.log, stderr=self.log, cwd=folder,
                                        start_new_session=True)

    def processes(self):
        """The server and its children, by process group."""
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                fields = pathlib.Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[2]) == self.process.pid:
                yield int(entry), fields

    def cpu(self):
        """(seconds of CPU, seconds of it in user mode) so far."""
        total = user = 0.0
        tick = os.sysconf("SC_CLK_TCK")
        for pid, fields in self.processes():
            user += int(fields[11]) / tick
            for task in os.listdir(f"/proc/{pid}/task"):
                try:
                    stat = pathlib.Path(f"/proc/{pid}/task/{task}/schedstat").read_text()
                except OSError:
                    continue
                total += int(stat.split()[0]) / 1e9
        return total, user

    def wait_until_ready(self):
        query = bytes.fromhex("000100000001000000000000") + b"\x05bench\x04test\0\0\x06\0\x01"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.1)
            for _ in range(100):
                try:
                    probe.sendto(query, ("127.0.0.1", self.port))
                    probe.recv(4096)
                    return True
                except OSError:
                    if self.process.poll() is not None:
                        return False
        return False

    def stop(self):
        for pid, _ in list(self.processes()):
            try:
                os.kill(pid, signal.SIGTERM)
            except OSError:
                pass
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def nsd_command(folder, zone, port):
    conf = folder / f"nsd-{port}.conf"
    conf.write_text(f"""server:
  ip-address: 127.0.0.1@{port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: "{folder}/nsd-{port}.pid"
  xfrdfile: "{folder}/xfrd-{port}.state"
  zonelistfile: "{folder}/zone-{port}.list"
  xfrdir: "{folder}"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: bench.test
  zonefile: "{zone}"
""")
    return ["nsd", "-d", "-c", str(conf)]


def knot_command(folder, zone, port):
    conf = folder / f"knot-{port}.conf"
    conf.write_text(f"""server:
  listen: 127.0.0.1@{port}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
  rundir: {folder}
database:
  storage: {folder}/knot-{port}
template:
  - id: default
    storage: {folder}
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
zone:
  - domain: bench.test
    file: {zone}
""")
    return ["knotd", "-c", str(conf)]


def gdnsd_command(folder, zone, port):
    home = folder / f"gdnsd-{port}"
    (home / "zones").mkdir(parents=True, exist_ok=True)
    shutil.copy(zone, home / "zones" / "bench.test")
    (home / "config").write_text(f"""options => {{
  listen => 127.0.0.1:{port}
  udp_threads => 1
  tcp_threads => 1
  run_dir => {home}/run
  state_dir => {home}/state
}}
""")
    return ["gdnsd", "-c", str(home), "start"]


def commands(build, folder, zone, signed):
    """name -> (port, command) of every server that is here and can serve the zone."""
    found = {}
    port = free_port()
    found["vedette"] = port, [str(build / "tests/serve/serve_files"), str(port), "1",
                              f"bench.test={zone}"]
    makers = {"nsd": nsd_command, "knotd": knot_command, "gdnsd": gdnsd_command}
    if signed:
        del makers["gdnsd"]  # it has no DNSSEC
    for program, make in makers.items():
        if shutil.which(program, path=os.environ["PATH"] + ":/usr/sbin"):
            port = free_port()
            found["knot" if program == "knotd" else program] = port, make(folder, zone, port)
        else:
            print(f"  {program} is not installed: left out", file=sys.stderr)
    port = free_port()
    found["echo"] = port, [str(build / "bench/serve/echo_server"), str(port)]
    return found


def measure(running, load, questions, seconds):
    before = running.cpu()
    done = subprocess.run(["taskset", "-c", str(LOAD_CORE), load, "127.0.0.1", str(running.port),
                           str(seconds), str(questions)], capture_output=True, text=True)
    after = running.cpu()
    rate, answers, wrong, lost, _ = done.stdout.split()[:5]
    cpu = after[0] - before[0]
    return {"qps": float(rate), "per_cpu": int(answers) / cpu if cpu else 0.0,
            "user_us": (after[1] - before[1]) * 1e6 / max(int(answers), 1),
            "wrong": int(wrong), "lost": int(lost)}


def compare(name, files, arguments, folder, zones):
    path, echo_path, signed = files
    zone = zones["signed" if signed else "plain"]
    servers = {}
    rounds = {}
    try:
        for server, (port, command) in commands(arguments.build, folder, zone, signed).items():
            running = Running(server, command, port, folder)
            if server != "echo" and not running.wait_until_ready():
                print(f"  {server} did not start: see {folder}/{server}.log", file=sys.stderr)
                running.stop()
                continue
            servers[server] = running
        load = str(arguments.build / "bench/serve/dns_load")
        for _ in range(arguments.rounds):
            for server, running in servers.items():
                result = measure(running, load, echo_path if server == "echo" else path,
                                 arguments.seconds)
                rounds.setdefault(server, []).append(result)
    finally:
        for running in servers.values():
            running.stop()
    return summarize(name, rounds)


def summarize(name, rounds):
    print(f"\n{name}: answers per CPU-second relative to {BASE}; median (worst..best) of rounds")
    rows = {}
    # A round in which somebody got nothing done (a machine under foreign load) tells nothing.
    whole = [i for i in range(len(rounds[BASE])) if all(r[i]["per_cpu"] for r in rounds.values())]
    if not whole:
        print("  no round in which every server answered")
        return rows
    rounds = {server: [results[i] for i in whole] for server, results in rounds.items()}
    for server, results in rounds.items():
        ratios = [r["per_cpu"] / b["per_cpu"] for r, b in zip(results, rounds[BASE])]
        rows[server] = {
            "ratio": statistics.median(ratios), "worst": min(ratios), "best": max(ratios),
            "per_cpu": statistics.median(r["per_cpu"] for r in results),
            "qps": statistics.median(r["qps"] for r in results),
            "user_us": statistics.median(r["user_us"] for r in results),
            "wrong": sum(r["wrong"] for r in results), "lost": sum(r["lost"] for r in results)}
        row = rows[server]
        print(f"  {server:8} {row['ratio']:.2f} ({row['worst']:.2f}..{row['best']:.2f})"
              f"  {row['per_cpu']:9.0f}/CPU-s  {row['qps']:9.0f}/s  user {row['user_us']:.2f} us"
              f"  wrong {row['wrong']} lost {row['lost']}")
    for server in rounds:
        if server != "vedette":
            pairs = [v["per_cpu"] / r["per_cpu"]
                     for v, r in zip(rounds["vedette"], rounds[server])]
            rows[server]["vedette_against"] = statistics.median(pairs)
            print(f"  vedette against {server}: {statistics.median(pairs):.2f}"
                  f" (worst round {min(pairs):.2f})")
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the release build tree")
    parser.add_argument("--out", type=pathlib.Path, help="where the numbers go, as JSON")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.0, help="of each measurement")
    parser.add_argument("--only", default="", help="comparisons whose name contains it")
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vedette-bench-"))
    os.environ["PATH"] += ":/usr/sbin"
    plain = write_zone(folder)
    signed = folder / "signed.zone"
    zones = {"plain": plain, "signed": signed if signed.exists() else plain}
    report = {}
    for name, files in write_questions(folder).items():
        if arguments.only in name and not (files[2] and not signed.exists()):
            report[name] = compare(name, files, arguments, folder, zones)
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(json.dumps(report, indent=1) + "\n")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
