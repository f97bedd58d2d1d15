#!/usr/bin/env python3
"""The name server on AF_XDP against Knot on AF_XDP: two network namespaces and a virtual cable, the
server on one core, the load (kxdpgun, itself on AF_XDP) on another. Rounds take the servers in
turn; what counts is the ratio within a round. By socket, both are there to compare with.

Needs root, iproute2, knot and knot-dnsutils; exits with 77 where they are missing."""

import argparse
import json
import os
import pathlib
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

SERVER_CORE, LOAD_CORE = 0, 1
ADDRESS, CLIENT = "192.0.2.1", "192.0.2.2"
RECORDS = 1000


def run(*command, check=True):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=120,
                          check=check)


class Network:
    def __init__(self):
        self.server, self.client = f"bs{os.getpid()}", f"bc{os.getpid()}"
        for name in (self.server, self.client):
            run("ip", "netns", "add", name)
        run("ip", "link", "add", "veth0", "netns", self.server, "type", "veth", "peer", "name",
            "veth0", "netns", self.client)
        for name, address in [(self.server, ADDRESS), (self.client, CLIENT)]:
            run("ip", "-n", name, "address", "add", f"{address}/24", "dev", "veth0")
            run("ip", "-n", name, "link", "set", "veth0", "up")

    def close(self):
        for name in (self.server, self.client):
            run("ip", "netns", "delete", name, check=False)


def write_zone(folder):
    lines = ["$ORIGIN bench.test.", "$TTL 300", "@ SOA ns1 hostmaster 1 3600 600 86400 60",
             "@ NS ns1", "ns1 A 192.0.2.1"]
    lines += [f"host{i} A 10.0.{i // 250}.{i % 250 + 1}" for i in range(RECORDS)]
    zone = folder / "bench.test.zone"
    zone.write_text("\n".join(lines) + "\n")
    (folder / "questions").write_text("".join(f"host{i}.bench.test. A\n" for i in range(RECORDS)))
    return zone


def knot_conf(folder, zone, xdp):
    conf = folder / f"knot-{'xdp' if xdp else 'socket'}.conf"
    listen = "xdp:\n  listen: veth0@53\n  udp: on\n" if xdp else ""
    conf.write_text(f"""server:
  {'' if xdp else f'listen: {ADDRESS}@53'}
  rundir: {folder}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
{listen}
database:
  storage: {folder}/knot
zone:
  - domain: bench.test
    file: {zone}
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
""")
    return conf


def servers(folder, zone, build):
    ours = [str(build / "vedette"), "serve", "--listen", ADDRESS, "--zone", f"bench.test={zone}",
            "--records", str(folder / "records.db"), "--set", "serve.log=false"]
    return {
        "vedette xdp": ours + ["--xdp", "veth0"],
        "knot xdp": ["/usr/sbin/knotd", "-c", str(knot_conf(folder, zone, True))],
        "vedette socket": ours,
        "knot socket": ["/usr/sbin/knotd", "-c", str(knot_conf(folder, zone, False))],
    }


def cpu_seconds(pid):
    """Of every thread, finer than clock ticks."""
    return sum(int((task / "schedstat").read_text().split()[0])
               for task in pathlib.Path(f"/proc/{pid}/task").iterdir()) / 1e9


def load(network, folder, seconds, rate):
    out = run("nsenter", f"--net=/run/netns/{network.client}", "taskset", "-c", str(LOAD_CORE),
              "kxdpgun", "-t", str(seconds), "-Q", str(rate), "-b", "32", "-F", f"{LOAD_CORE}s1",
              "-i", folder / "questions", ADDRESS)
    text = out.stdout + out.stderr
    return int(re.search(r"total replies:\s+(\d+)", text)[1]), text


def wait_until_it_answers(network, folder):
    for _ in range(100):
        if "status: NOERROR" in run("nsenter", f"--net=/run/netns/{network.client}", "dig",
                                    "+tries=1", "+time=1", f"@{ADDRESS}", "host1.bench.test.",
                                    check=False).stdout:
            return
        time.sleep(0.05)
    raise SystemExit((folder / "log").read_text())


def is_on_xdp(network):
    return "xdp" in run("ip", "-n", network.server, "link", "show", "veth0").stdout


def measure(network, folder, name, command, arguments):
    log = open(folder / "log", "a", encoding="utf-8")
    # nsenter and taskset become the program itself.
    started = subprocess.Popen(["nsenter", f"--net=/run/netns/{network.server}", "taskset", "-c",
                                str(SERVER_CORE)] + command, stdout=log, stderr=log, cwd=folder)
    try:
        wait_until_it_answers(network, folder)
        if is_on_xdp(network) != ("xdp" in name):
            raise SystemExit(f"{name} is not what it says\n" + (folder / "log").read_text())
        before = cpu_seconds(started.pid)
        replies, text = load(network, folder, arguments.seconds, arguments.rate)
        used = cpu_seconds(started.pid) - before
        good = re.search(r"responded NOERROR:\s+(\d+)", text)
        if good is None or int(good[1]) < replies * 0.999:
            raise SystemExit(f"{name}: {text}")
    finally:
        started.send_signal(signal.SIGTERM)
        started.wait(10)
        log.close()
        for _ in range(50):  # what was attached goes a little later
            if not is_on_xdp(network):
                break
            time.sleep(0.1)
        else:  # Knot leaves its program
            run("ip", "-n", network.server, "link", "set", "dev", "veth0", "xdp", "off")
    return {"answers_per_second": replies / arguments.seconds,
            "answers_per_cpu_second": replies / used}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="a release tree")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=2)
    parser.add_argument("--rate", type=int, default=1_500_000, help="questions a second, offered")
    parser.add_argument("--only", nargs="*", help="names of servers")
    parser.add_argument("--out", type=pathlib.Path)
    arguments = parser.parse_args()
    for program in ("/usr/sbin/knotd", "/usr/sbin/kxdpgun", "/usr/bin/dig"):
        if not os.path.exists(program) or os.geteuid() != 0:
            print(f"skipped: needs root and {program}")
            return 77
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vedette-xdp-bench-"))
    network = Network()
    rows = {}
    try:
        zone = write_zone(folder)
        every = servers(folder, zone, arguments.build.resolve())
        chosen = {n: c for n, c in every.items() if not arguments.only or n in arguments.only}
        for round_ in range(arguments.rounds):
            for name, command in chosen.items():
                row = measure(network, folder, name, command, arguments)
                rows.setdefault(name, []).append(row)
                print(f"round {round_ + 1} {name:15} {row['answers_per_second']:10,.0f} /s "
                      f"{row['answers_per_cpu_second']:10,.0f} /CPU s", flush=True)
    finally:
        network.close()
        shutil.rmtree(folder, ignore_errors=True)
    return report(rows, arguments)


def report(rows, arguments):
    base = "knot xdp"
    for name, ours in rows.items():
        if name == base or base not in rows:
            continue
        for what in ("answers_per_second", "answers_per_cpu_second"):
            ratios = [a[what] / b[what] for a, b in zip(ours, rows[base])]
            print(f"{name:15} / {base}: {what.replace('_', ' ')} {statistics.median(ratios):.2f} "
                  f"(worst round {min(ratios):.2f})")
    if arguments.out:
        arguments.out.write_text(json.dumps(rows, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
