#!/usr/bin/env python3
"""Zones made by rule, served by us, NSD and Knot at once, and asked the same questions.

Zones: a plain one, the same signed with NSEC, the same signed with NSEC3 (opt-out too). Questions:
every name, below it, above it, beside it, with every type, with and without DO. Prints the
differences that no row of the table explains, and fails on them."""

import argparse
import collections
import os
import pathlib
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

TYPES = ["A", "AAAA", "NS", "CNAME", "SOA", "MX", "TXT", "SRV", "DS", "DNAME", "NSEC", "DNSKEY",
         "RRSIG", "TYPE65280", "PTR", "NSEC3PARAM"]


def free_port():
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind(("127.0.0.1", 0))
        return udp.getsockname()[1]


def zone_lines(seed, names):
    """A zone with everything that answers differ over; returns its lines and its owners."""
    dice = random.Random(seed)
    lines = ["@ 300 SOA ns1 hostmaster 1 3600 600 86400 60", "@ 300 NS ns1", "@ 300 NS ns.other.",
             "ns1 300 A 192.0.2.53", "@ 300 MX 10 mail", "mail 300 A 192.0.2.25",
             "mail 300 AAAA 2001:db8::25"]
    owners = {"", "ns1", "mail"}
    kinds = ["a", "txt", "multi", "cname", "cname_out", "cname_loop", "cname_nowhere", "wild",
             "wild_cname", "ent", "cut", "cut_ds", "cut_sibling", "dname", "dname_out", "mx", "srv",
             "unknown", "big", "wild_deep", "ptr"]
    for i in range(names):
        kind = kinds[i % len(kinds)]
        n = f"{kind.replace('_', '-')}{i}"
        target = f"a{dice.randrange(0, max(names // len(kinds), 1)) * len(kinds)}"
        rows = {
            "a": [f"{n} A 192.0.2.{i % 250}"],
            "txt": [f"{n} TXT \"text {i}\" \"more\""],
            "multi": [f"{n} A 192.0.2.{i % 250}", f"{n} A 192.0.2.{(i + 1) % 250}",
                      f"{n} AAAA 2001:db8::{i:x}", f"{n} TXT x"],
            "cname": [f"{n} CNAME {target}"],
            "cname_out": [f"{n} CNAME www.other."],
            "cname_loop": [f"{n} CNAME l{n}", f"l{n} CNAME {n}"],
            "cname_nowhere": [f"{n} CNAME nowhere{i}"],
            "wild": [f"*.{n} A 192.0.2.{i % 250}", f"*.{n} TXT wild"],
            "wild_cname": [f"*.{n} CNAME {target}"],
            "wild_deep": [f"*.{n} MX 5 mail", f"x.{n} A 192.0.2.1", f"y.z.{n} A 192.0.2.2"],
            "ent": [f"x.y.{n} A 192.0.2.{i % 250}"],
            "cut": [f"{n} NS ns.{n}", f"{n} NS ns.elsewhere.", f"ns.{n} A 192.0.2.{i % 250}",
                    f"deep.{n} A 192.0.2.1"],
            "cut_ds": [f"{n} NS ns.{n}", f"ns.{n} AAAA 2001:db8::1",
                       f"{n} DS {i} 8 2 {i:064x}"],
            "cut_sibling": [f"{n} NS ns.cut{i - 2}", f"{n} NS ns1"],
            "dname": [f"{n} DNAME {target}", f"{n} TXT beside"],
            "dname_out": [f"{n} DNAME tree.other."],
            "mx": [f"{n} MX 1 mail", f"{n} MX 2 a0", f"{n} MX 3 mx.other."],
            "srv": [f"{n} SRV 1 2 3 mail", f"{n} SRV 1 2 3 cut{i}."],
            "unknown": [f"{n} TYPE65280 \\# 4 0a0b0c0d"],
            "big": [f"{n} TXT \"{k} {'x' * 200}\"" for k in range(12)],
            "ptr": [f"{n} PTR a0"],
        }[kind]
        for row in rows:
            owner, rest = row.split(" ", 1)
            lines.append(f"{owner} 300 {rest}")
            owners.add(owner)
    return lines, owners


def questions(zone, owners, dice, wanted):
    asked = set()
    for owner in sorted(owners):
        names = {owner, f"below.{owner}", f"two.below.{owner}", f"*.{owner}", f"{owner}0",
                 owner.upper()}
        if "." in owner:
            above = owner.split(".", 1)[1]
            names |= {above, f"beside.{above}", f"zz.{above}"}
        for name in names:
            full = ".".join(part for part in [name, zone] if part).replace("..", ".") + "."
            for kind in TYPES:
                asked |= {f"{full} {kind}", f"{full} {kind} do"}
    asked |= {f"other{i}. A" for i in range(5)}
    asked = sorted(asked)
    return asked if len(asked) <= wanted else dice.sample(asked, wanted)


class Peer:
    def __init__(self, name, command, folder):
        self.name = name
        self.log = open(folder / f"{name}.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log, cwd=folder,
                                        start_new_session=True)

    def stop(self):
        os.killpg(self.process.pid, signal.SIGTERM)  # its own session: nobody else is in it
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        self.log.close()


def wait_for(port, zone):
    query = bytes.fromhex("000100000001000000000000")
    query += b"".join(bytes([len(p)]) + p.encode() for p in zone.split(".")) + b"\0\0\x06\0\x01"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.settimeout(0.2)
        for _ in range(100):
            try:
                probe.sendto(query, ("127.0.0.1", port))
                if probe.recv(4096)[3] & 15 == 0:
                    return
            except OSError:
                time.sleep(0.1)
    raise SystemExit(f"no answer for {zone} on port {port}")


def start_nsd(folder, zones, port):
    blocks = "".join(f"zone:\n  name: {z}\n  zonefile: {f}\n" for z, f in zones.items())
    conf = folder / "nsd.conf"
    conf.write_text(f"""server:
  ip-address: 127.0.0.1@{port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: "{folder}/nsd.pid"
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  xfrdir: "{folder}"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
{blocks}""")
    return Peer("nsd", ["/usr/sbin/nsd", "-d", "-c", str(conf)], folder)


def start_knot(folder, zones, port):
    blocks = "".join(f"  - domain: {z}\n    file: {f}\n" for z, f in zones.items())
    conf = folder / "knot.conf"
    conf.write_text(f"""server:
  listen: 127.0.0.1@{port}
  rundir: {folder}
database:
  storage: {folder}/knot
template:
  - id: default
    storage: {folder}
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    semantic-checks: off
zone:
{blocks}""")
    return Peer("knot", ["/usr/sbin/knotd", "-c", str(conf)], folder)


def make_zones(folder, names):
    """zone -> (file, owners)."""
    zones = {}
    for index, (zone, signing) in enumerate([("plain.test", None), ("nsec.test", []),
                                             ("nsec3.test", ["-n", "-t", "3", "-s", "abcd"]),
                                             ("optout.test", ["-n", "-p"])]):
        lines, owners = zone_lines(index + 1, names)
        file = folder / f"{zone}.zone"
        file.write_text(f"$ORIGIN {zone}.\n" + "\n".join(lines) + "\n")
        if signing is not None:
            key = subprocess.run(["ldns-keygen", "-a", "ECDSAP256SHA256", zone], cwd=folder,
                                 capture_output=True, text=True, check=True).stdout.strip()
            subprocess.run(["ldns-signzone", *signing, "-o", f"{zone}.", "-f", f"{zone}.signed",
                            file.name, key], cwd=folder, check=True, capture_output=True)
            file = folder / f"{zone}.signed"
        zones[zone] = (file, owners)
    return zones


def split_blocks(text):
    for block in re.split(r"^=== ", text, flags=re.M)[1:]:
        question, rest = block.split("\n", 1)
        answers = {}
        for part in re.split(r"^--- ", rest, flags=re.M)[1:]:
            name, body = part.split("\n", 1)
            answers[name] = body.split("SUM ")[0]
        yield question, answers


def sections(text):
    found, current = {"head": []}, "head"
    for line in text.strip().splitlines():
        if line.startswith(";"):
            current = line
            found[current] = []
        else:
            found[current].append(line)
    return found


def shape(ours, theirs):
    """Which sections differ and in which types, as one word to count by."""
    words = []
    for name in ["head", ";ANSWER", ";AUTHORITY", ";ADDITIONAL"]:
        a = collections.Counter(ours.get(name, []))
        b = collections.Counter(theirs.get(name, []))
        if a != b:
            kind = lambda line: line.split("\t")[3] if line.count("\t") > 3 else line
            more = sorted({kind(line) for line in (a - b)})
            less = sorted({kind(line) for line in (b - a)})
            words.append(f"{name.strip(';').lower()}:+{'/'.join(more)}-{'/'.join(less)}")
    return " ".join(words)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--names", type=int, default=210, help="of each zone")
    parser.add_argument("--questions", type=int, default=120_000)
    parser.add_argument("--show", type=int, default=2, help="examples of each unexplained kind")
    arguments = parser.parse_args()
    for program in ["/usr/sbin/nsd", "/usr/sbin/knotd", "/usr/bin/ldns-signzone"]:
        if not os.path.exists(program):
            print(f"skipped: {program} is not installed")
            return 77
    build = arguments.build.resolve()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vedette-peers-"))
    dice = random.Random(7)
    zones = make_zones(folder, arguments.names)
    asked = []
    for zone, (_, owners) in zones.items():
        asked += questions(zone, owners, dice, arguments.questions // len(zones))
    (folder / "questions").write_text("\n".join(asked) + "\n")
    files = {zone: file for zone, (file, _) in zones.items()}
    ports = {name: free_port() for name in ["vedette", "nsd", "knot"]}
    peers = []
    try:
        peers.append(Peer("vedette", [str(build / "tests/serve/serve_files"),
                                      str(ports["vedette"]), "1",
                                      *[f"{z}={f}" for z, f in files.items()]], folder))
        peers.append(start_nsd(folder, files, ports["nsd"]))
        peers.append(start_knot(folder, files, ports["knot"]))
        for port in ports.values():
            for zone in zones:
                wait_for(port, zone)
        done = subprocess.run([str(build / "tests/serve/compare_servers"), "questions",
                               *[f"{n}={p}" for n, p in ports.items()]], cwd=folder,
                              capture_output=True, text=True, check=True)
    finally:
        for peer in peers:
            peer.stop()
    return report(done.stdout, arguments.show, folder)


# peer: (question, kind of difference, why ours is right). A kind is the sections that differ, each
# with the types that only we give (+) and that only the peer gives (-).
FOLLOWED = ("a name with a CNAME and without the type asked for: the alias is followed, whatever "
            "the type (RFC 1034 4.3.2, step 3a)")
SERVERS = ("the zone's name servers and their addresses go with an answer, as NSD and BIND send "
           "them; no RFC asks for them or forbids them (docs/serve.md)")
DIFFERENCES = {
    "nsd": [
        (r"\*\..* do", r"authority:\+-NSEC3/RRSIG",
         "a name that exists, if only as a wildcard, is shown by its own NSEC3 (RFC 5155 7.2.3)"),
    ],
    "knot": [
        (r".* RRSIG( do)?", r"answer:\+RRSIG-( .*)?",
         "RRSIG is asked for like ANY; all signatures answer it, as at NSD (RFC 4034 3)"),
        (r".* (RRSIG|NSEC)( do)?", r".*answer:\+CNAME(/RRSIG)?-.*", FOLLOWED),
        (r".* NSEC do", r"authority:\+(NS/)?NSEC/RRSIG-( additional:\+A(/RRSIG)?-)?",
         "an answer made from a wildcard needs its proof, also of type NSEC (RFC 4035 3.1.3.3)"),
        (r".*", r"authority:\+NS(/RRSIG)?-( additional:\+A(/RRSIG)?-)?", SERVERS),
    ],
}


def report(text, show, folder):
    kinds = {peer: collections.Counter() for peer in DIFFERENCES}
    examples = {}
    for question, answers in split_blocks(text):
        ours = sections(answers["vedette"])
        for peer in DIFFERENCES:
            kind = shape(ours, sections(answers[peer]))
            if not kind:
                continue
            reason = next((why for asked, pattern, why in DIFFERENCES[peer] if
                           re.fullmatch(asked, question.strip()) and re.fullmatch(pattern, kind)),
                          None)
            kinds[peer][kind, reason] += 1
            examples.setdefault((peer, kind, reason), []).append((question, answers))
    unexplained = 0
    for peer in DIFFERENCES:
        for (kind, reason), count in kinds[peer].most_common():
            print(f"{count:7} {peer:5} {kind}\n              {reason or 'UNEXPLAINED'}")
            if reason:
                continue
            unexplained += count
            for question, answers in examples[peer, kind, reason][:show]:
                print(f"  == {question}")
                for name in ["vedette", peer]:
                    print(f"  -- {name}\n    " + answers[name].strip().replace("\n", "\n    "))
    print(text[text.rfind("SUM "):].strip())
    shutil.rmtree(folder)
    if unexplained:
        print(f"{unexplained} differences that no row explains")
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
