#!/usr/bin/env python3
"""The name server against its peers: rounds of every server in turn, on one core, with the load on
another. What counts is answers per second of the server's CPU, relative to a peer in the same
round: a machine that drifts between minutes slows all of them alike. Every answer is checked.

Servers: `vedette serve`, gdnsd, NSD, Knot, Unbound (Debian packages; those that are absent are left
out and named) and, over UDP, an echo, which is what the kernel alone costs. At the end the latency
at half of the rate that `vedette serve` reached, and the load generator beside dnsperf."""

import argparse
import json
import pathlib
import re
import resource
import shutil
import statistics
import subprocess
import tempfile

import name_servers
from name_servers import LOAD_CORE, RECORDS

# Questions in flight on each of so many sockets. A stream is asked as dnsperf does by default, ten
# at a time, and as a client does that waits for every answer.
DATAGRAMS, PIPELINED, ONE_BY_ONE = (64, 4), (10, 20), (1, 32)
ALL = ["vedette", "gdnsd", "nsd", "knot", "echo"]
SIGNED = ["vedette", "nsd", "knot", "echo"]  # gdnsd has no DNSSEC
ON_TCP = ["vedette", "gdnsd", "nsd", "knot"]
ON_TLS, ON_HTTPS = ["vedette", "nsd", "unbound"], ["vedette", "unbound"]
A_ROWS = [f"host{i}.bench.test. A 0 1" for i in range(RECORDS)]
ABSENT_ROWS = [f"absent{i}.bench.test. A 3 0" for i in range(RECORDS)]


class Comparison:
    """What is asked, over what, of whom; the first peer is the measure of all."""

    def __init__(self, name, servers, rows, transport="udp", shape=DATAGRAMS):
        self.name, self.servers, self.transport, self.shape = name, servers, transport, shape
        self.rows = rows
        self.signed = "signed" in name

    def write(self, folder, server):
        """The file of questions; an echo has no rcode and no answer."""
        path = folder / (re.sub(r"\W+", "_", self.name) + f".{server == 'echo'}")
        rows = self.rows
        if server == "echo":
            rows = [re.sub(r" A \d+ \d+", " A - 0", row) for row in rows]
        path.write_text("\n".join(rows) + "\n")
        return path


COMPARISONS = [
    Comparison("UDP A", ALL, A_ROWS),
    Comparison("UDP NXDOMAIN", ALL, ABSENT_ROWS),
    Comparison("UDP A EDNS DO", ALL, [f"{row} do" for row in A_ROWS]),
    Comparison("UDP A signed DO", SIGNED,
               [f"host{i}.bench.test. A 0 2 do" for i in range(RECORDS)]),
    Comparison("UDP NXDOMAIN signed DO", SIGNED, [f"{row} do" for row in ABSENT_ROWS]),
    Comparison("TCP A", ON_TCP, A_ROWS, "tcp", PIPELINED),
    Comparison("TCP A one by one", ON_TCP, A_ROWS, "tcp", ONE_BY_ONE),
    Comparison("DoT A", ON_TLS, A_ROWS, "dot", PIPELINED),
    Comparison("DoT A one by one", ON_TLS, A_ROWS, "dot", ONE_BY_ONE),
    Comparison("DoH A POST", ON_HTTPS, A_ROWS, "doh-post", PIPELINED),
    Comparison("DoH A POST one by one", ON_HTTPS, A_ROWS, "doh-post", ONE_BY_ONE),
    Comparison("DoH A GET", ON_HTTPS, A_ROWS, "doh-get", PIPELINED),
]


def port_of(running, transport):
    ports = running.ports
    return {"udp": ports.dns, "tcp": ports.dns, "dot": ports.tls}.get(transport, ports.https)


def ask(build, running, transport, questions, seconds, *shape):
    """The words that the load generator printed."""
    command = ["taskset", "-c", str(LOAD_CORE), str(build / "bench/serve/dns_load"), transport,
               "127.0.0.1", str(port_of(running, transport)), str(seconds), str(questions)]
    done = subprocess.run(command + [str(word) for word in shape], capture_output=True, text=True,
                          check=False)
    if not done.stdout:
        raise SystemExit(f"{running.name} over {transport}: {done.stderr}")
    return done.stdout.split()


def measure(arguments, running, comparison, questions):
    before = running.cpu()
    rate, answers, wrong, lost, _ = ask(arguments.build, running, comparison.transport, questions,
                                        arguments.seconds, *comparison.shape)[:5]
    after = running.cpu()
    cpu = after[0] - before[0]
    return {"qps": float(rate), "answers": int(answers), "user": after[1] - before[1],
            "per_cpu": int(answers) / cpu if cpu else 0.0, "wrong": int(wrong), "lost": int(lost)}


def compare(comparison, arguments, folder, zones):
    zone = zones["signed" if comparison.signed else "plain"]
    rounds = {}
    servers = name_servers.start(comparison.servers, folder, zone, arguments.build)
    files = {name: comparison.write(folder, name) for name in servers}
    try:
        for _ in range(arguments.rounds):
            for name, running in servers.items():
                result = measure(arguments, running, comparison, files[name])
                rounds.setdefault(name, []).append(result)
    finally:
        for running in servers.values():
            running.stop()
    return summarize(comparison, rounds)


def summarize(comparison, rounds):
    print(f"\n{comparison.name}: answers per CPU-second; vedette against each, "
          "median of rounds (worst..best)", flush=True)
    # A round in which somebody got nothing done (a machine under foreign load) tells nothing.
    whole = [i for i in range(len(next(iter(rounds.values()))))
             if all(results[i]["per_cpu"] for results in rounds.values())]
    rows = {}
    if not whole or "vedette" not in rounds:
        print("  no round in which every server answered")
        return rows
    ours = [rounds["vedette"][i] for i in whole]
    for server, results in rounds.items():
        results = [results[i] for i in whole]
        pairs = [v["per_cpu"] / r["per_cpu"] for v, r in zip(ours, results)]
        rows[server] = row = {
            "per_cpu": statistics.median(r["per_cpu"] for r in results),
            "qps": statistics.median(r["qps"] for r in results),
            # Ticks are coarse: all rounds together.
            "user_us": sum(r["user"] for r in results) * 1e6 / sum(r["answers"] for r in results),
            "wrong": sum(r["wrong"] for r in results), "lost": sum(r["lost"] for r in results),
            "vedette_against": statistics.median(pairs), "worst": min(pairs), "best": max(pairs)}
        print(f"  {server:8} {row['per_cpu']:9.0f}/CPU-s  {row['qps']:9.0f}/s"
              f"  user {row['user_us']:.2f} us  wrong {row['wrong']} lost {row['lost']}"
              + ("" if server == "vedette" else f"  vedette x{row['vedette_against']:.2f}"
                 f" ({row['worst']:.2f}..{row['best']:.2f})"), flush=True)
    return rows


def half_load(arguments, running, questions, rate):
    processes = [pid for pid, _ in running.processes()]
    words = ask(arguments.build, running, "udp", questions, arguments.seconds, 1024, 4, rate, 1,
                *processes)
    row = {"rate": float(words[0]), "lost": int(words[3])}
    for at, word in enumerate(words):
        if word in ("p50", "p99", "p999"):  # of everything, then of calm slices
            row[word if word not in row else f"calm_{word}"] = int(words[at + 1])
        elif word in ("skipped", "calm", "of"):
            row[{"calm": "calm_slices", "of": "slices"}.get(word, word)] = int(words[at + 1])
    return row


def latency(arguments, folder, zone):
    """Percentiles at half of the rate that vedette and the generator reach together, every server
    at that same rate; the echo shows what the kernel and the machine cost. Of slices of 5 ms in
    which no other program took a core from generator or server, and of all."""
    servers = name_servers.start(["vedette", "echo", "nsd", "knot"], folder, zone, arguments.build)
    files = {name: COMPARISONS[0].write(folder, name) for name in servers}
    rounds = {name: [] for name in servers}
    try:
        for _ in range(arguments.rounds):
            full = float(ask(arguments.build, servers["vedette"], "udp", files["vedette"],
                             arguments.seconds, *DATAGRAMS)[0])
            for name, running in servers.items():
                rounds[name].append(half_load(arguments, running, files[name], full / 2))
    finally:
        for running in servers.values():
            running.stop()
    print("\nUDP latency at half load, us; medians of rounds (best): undisturbed, and with all that"
          " other programs did")
    for name, rows in rounds.items():
        calm = [row for row in rows if row["calm_slices"] != 0]
        figures = [f"{key} {statistics.median(row['calm_' + key] for row in calm):.0f}"
                   f" ({min(row['calm_' + key] for row in calm)})"
                   for key in ("p50", "p99", "p999") if calm]
        print(f"  {name:8} at {statistics.median(row['rate'] for row in rows):.0f}/s  "
              + ("  ".join(figures) or "never undisturbed")
              + f"  all: p99 {statistics.median(row['p99'] for row in rows):.0f}"
              f" ({min(row['p99'] for row in rows)})"
              f"  undisturbed {sum(row['calm_slices'] for row in rows)} of"
              f" {sum(row['slices'] for row in rows)}"
              f"  lost {sum(row['lost'] for row in rows)}", flush=True)
    return rounds


def ask_dnsperf(running, transport, questions, seconds):
    """(answers, the seconds of CPU that asking took)."""
    count, sockets = PIPELINED if transport != "udp" else DATAGRAMS
    command = ["dnsperf", "-s", "127.0.0.1", "-p", str(port_of(running, transport)), "-d",
               str(questions), "-l", str(max(1, round(seconds))), "-c", str(sockets), "-q",
               str(count * sockets), "-m", transport.split("-")[0]]
    if transport == "doh-post":
        command += ["-O", "doh-method=POST", "-O", "doh-uri=https://localhost/dns-query"]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    out = subprocess.run(["taskset", "-c", str(LOAD_CORE)] + command, capture_output=True,
                         text=True, check=False).stdout
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    found = re.search(r"Queries completed:\s+(\d+)", out)
    return (int(found[1]) if found else 0,
            after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def check_generator(arguments, folder, zone):
    """The same server asked by both: an answer must cost it about the same, else the generator asks
    for less than it says; and what asking costs."""
    if not shutil.which("dnsperf"):
        print("  dnsperf is not installed: the generator goes unchecked", flush=True)
        return {}
    running = name_servers.start(["vedette"], folder, zone, arguments.build)["vedette"]
    questions = COMPARISONS[0].write(folder, "vedette")
    plain = folder / "dnsperf.questions"
    plain.write_text("\n".join(row.split(" 0 ")[0] for row in A_ROWS) + "\n")
    print("\nthe load generator beside dnsperf: cost of an answer to the server, us")
    report = {}
    try:
        for transport in ("udp", "tcp", "dot", "doh-post"):
            shape = DATAGRAMS if transport == "udp" else PIPELINED
            start = running.cpu()[0]
            ours = int(ask(arguments.build, running, transport, questions, 1, *shape)[1])
            middle = running.cpu()[0]
            theirs, asking = ask_dnsperf(running, transport, plain, 1)
            end = running.cpu()[0]
            if not ours or not theirs:
                print(f"  {transport:8} no answers: {ours}, dnsperf {theirs}")
                continue
            report[transport] = row = {"ours": (middle - start) * 1e6 / ours,
                                       "dnsperf": (end - middle) * 1e6 / theirs,
                                       "answers": ours, "dnsperf_answers": theirs,
                                       "dnsperf_asking_us": asking * 1e6 / theirs}
            print(f"  {transport:8} {row['ours']:.2f} at {ours}/s; dnsperf {row['dnsperf']:.2f} at"
                  f" {theirs}/s, whose own cost is {row['dnsperf_asking_us']:.2f}", flush=True)
    finally:
        running.stop()
    return report


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True, help="the release build tree")
    parser.add_argument("--out", type=pathlib.Path, help="where the numbers go, as JSON")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=0.6, help="of each measurement")
    parser.add_argument("--only", default="", help="comparisons whose name contains it")
    arguments = parser.parse_args()
    arguments.build = arguments.build.resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vedette-bench-"))
    plain = name_servers.write_zone(folder)
    name_servers.write_certificate(folder)
    signed = folder / "signed.zone"
    zones = {"plain": plain, "signed": signed}
    report = {}
    for comparison in COMPARISONS:
        if comparison.signed and not signed.exists():
            print(f"  {comparison.name}: no ldns-signzone, left out", flush=True)
        elif arguments.only in comparison.name:
            report[comparison.name] = compare(comparison, arguments, folder, zones)
    if arguments.only in "UDP latency":
        report["UDP latency"] = latency(arguments, folder, plain)
    if arguments.only in "generator":
        report["generator"] = check_generator(arguments, folder, plain)
    if arguments.out:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        arguments.out.write_text(json.dumps(report, indent=1) + "\n")
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
