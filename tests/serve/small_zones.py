#!/usr/bin/env python3
"""Many small zones made by chance from few labels, as the Ferret tests are, served by us, NSD,
Knot, BIND and, where it is installed, PowerDNS, and asked for everything in and around them.

Wildcards over and under delegations, DNAME under wildcards, aliases in circles and out of the zone,
empty non-terminals, glue, occluded data, zones below zones. Where NSD and BIND, which fill answers
as we do, agree on rcode, AA and every section, and Knot is not with us, we are wrong.
Longer: --families 300 --seed N --show 2; --signed."""

import argparse
import collections
import contextlib
import pathlib
import random
import re
import subprocess
import sys
import tempfile

import daemons
from daemons import run
from peers import split_blocks

TYPES = ["A", "AAAA", "NS", "CNAME", "DNAME", "TXT", "SOA", "MX"]
LABELS = ["a", "b", "c", "*"]
OUTSIDE = ["outside.", "a.outside.", "*.", "a.", "."]
READY = "ready."  # a zone that every server takes
PEERS = ["nsd", "knot", "bind", "pdns"]


class Family:
    """A zone and those below it, each with its rows and owners."""

    def __init__(self, number, dice, others):
        self.apex = f"z{number}."
        self.dice, self.others = dice, others
        self.zones = {self.apex: []}
        if dice.random() < 0.3:
            for _ in range(dice.randrange(1, 3)):
                self.zones.setdefault(self.name(1, 2), [])
        for zone, rows in self.zones.items():
            self.fill(zone, rows)
        if dice.random() < 0.95:  # NSD and Knot take no zone with it
            self.drop_what_a_dname_hides()

    def drop_what_a_dname_hides(self):
        for zone, rows in self.zones.items():
            hiding = tuple("." + owner for owner, kind, _ in rows if kind == "DNAME")
            self.zones[zone] = [row for row in rows if not row[0].endswith(hiding)]

    def name(self, least, most, below=None):
        labels = [self.dice.choice(LABELS) for _ in range(self.dice.randrange(least, most + 1))]
        return ".".join([*labels, below or self.apex])

    def target(self, zone, owners):
        chance = self.dice.random()
        if chance < 0.45:
            return self.dice.choice(owners)
        if chance < 0.6:
            return self.name(1, 2, self.dice.choice(owners))
        if chance < 0.85:
            return self.name(1, 3, zone)
        if chance < 0.9 and self.others:
            return self.name(0, 2, f"z{self.dice.choice(self.others)}.")
        return self.dice.choice(OUTSIDE + [zone, self.apex])

    def fill(self, zone, rows):
        dice = self.dice
        owners = [zone] + [self.owner(zone) for _ in range(dice.randrange(1, 6))]
        rows.append((zone, "SOA", "ns1.outside. root.outside. 3 600 60 86400 600"))
        rows.append((zone, "NS", "ns1.outside."))
        if dice.random() < 0.3:
            target = self.target(zone, owners)
            rows.append((zone, "NS", target))
            if target.endswith("." + zone):
                self.add(rows, zone, target, "A", owners)
        for child in self.zones:
            if child != zone and child.endswith("." + zone) and dice.random() < 0.8:
                rows.append((child, "NS", self.target(zone, owners)))
        for _ in range(dice.randrange(1, 9)):
            owner = dice.choice(owners)
            kind = dice.choice(["A", "A", "AAAA", "NS", "NS", "NS", "CNAME", "CNAME", "DNAME",
                                "DNAME", "TXT", "MX"])
            self.add(rows, zone, owner, kind, owners)
            if kind in ("NS", "MX") and dice.random() < 0.6 and rows[-1][2].endswith(zone):
                self.add(rows, zone, rows[-1][2].split()[-1], dice.choice(["A", "AAAA"]), owners)

    def owner(self, zone):
        return self.name(1, 3, zone)

    def add(self, rows, zone, owner, kind, owners):
        own = {row_kind for row_owner, row_kind, _ in rows if row_owner == owner}
        if kind == "NS" and owner.startswith("*") and self.dice.random() < 0.9:
            return  # BIND takes no zone with it
        if kind == "CNAME" and own or "CNAME" in own:
            return
        if kind == "DNAME" and ("DNAME" in own or "NS" in own and owner != zone):
            return
        if kind == "NS" and "DNAME" in own and owner != zone:
            return
        data = {
            "A": f"192.0.2.{self.dice.randrange(1, 4)}",
            "AAAA": f"2001:db8::{self.dice.randrange(1, 3)}",
            "TXT": '"text"', "MX": f"10 {self.target(zone, owners)}",
        }.get(kind) or self.target(zone, owners)
        if (owner, kind, data) not in rows:
            rows.append((owner, kind, data))

    def questions(self, wanted, do):
        names = {self.apex}
        for zone, rows in self.zones.items():
            for owner, kind, data in rows:
                names.add(owner)
                if kind in ("NS", "CNAME", "DNAME", "MX"):
                    names.add(data.split()[-1])
        for name in list(names):
            while name.count(".") > 1:
                name = name.split(".", 1)[1]
                names.add(name)
        names = {name for name in names if name.endswith(self.apex)}
        around = set(names)
        for name in names:
            around |= {f"{label}.{name}" for label in LABELS + ["x"]}
            around |= {f"x.{self.dice.choice(LABELS)}.{name}", f"x.y.{name}"}
        types = TYPES + ["ANY", "DS"] + (["NSEC", "RRSIG", "DNSKEY"] if do else [])
        asked = [f"{name} {kind}{flag}" for name in sorted(around) for kind in types
                 for flag in (["", " do"] if do else [""])]
        return asked if len(asked) <= wanted else self.dice.sample(asked, wanted)


def write_zones(folder, families):
    (folder / "ready.zone").write_text(f"{READY} 500 IN SOA ns1.outside. root.outside. 3 600 60 "
                                       f"86400 600\n{READY} 500 IN NS ns1.outside.\n")
    files = {READY: folder / "ready.zone"}
    for family in families:
        for zone, rows in family.zones.items():
            path = folder / f"{zone.replace('*', 'star')}zone"
            path.write_text("".join(f"{owner} 500 IN {kind} {data}\n"
                                    for owner, kind, data in rows))
            files[zone] = path
    return files


SIGNING = [[], ["-n"], ["-n", "-p"], ["-n", "-p", "-t", "2", "-s", "ab"]]


def sign_zones(folder, files):
    """Signs all but the first with NSEC, NSEC3 and opt-out in turn; what cannot be signed stays."""
    for turn, zone in enumerate(files):
        name = files[zone].name.removesuffix(".zone")
        if zone == READY:
            continue
        key = run("ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone, cwd=folder).stdout.strip()
        made = run("ldns-signzone", *SIGNING[turn % len(SIGNING)], "-o", zone, "-f",
                   f"{name}.signed", f"{name}.zone", key, cwd=folder)
        if made.returncode == 0:
            files[zone] = folder / f"{name}.signed"


def start_pdns(folder, port, files):
    daemons.need("/usr/sbin/pdns_server")
    named = folder / "pdns-named.conf"
    named.write_text("".join(f'zone "{zone.rstrip(".")}" {{ type master; file "{path}"; }};\n'
                             for zone, path in files.items()))
    return daemons.Server(
        ["/usr/sbin/pdns_server", "--config-dir=" + str(folder), "--launch=bind",
         f"--bind-config={named}", "--local-address=127.0.0.1", f"--local-port={port}",
         f"--socket-dir={folder}", "--daemon=no", "--guardian=no", "--dname-processing=yes",
         "--disable-syslog=yes", "--loglevel=4", "--setuid=", "--setgid=", "--cache-ttl=0",
         "--negquery-cache-ttl=0", "--query-cache-ttl=0", "--receiver-threads=1",
         "--distributor-threads=1", "--8bit-dns=yes", "--zone-cache-refresh-interval=0",
         "--bind-check-interval=0"], folder, "pdns")


def start_bind(folder, port, files):
    text = "".join(f'zone "{zone}" {{ type primary; file "{path}"; check-names ignore; '
                   f'check-integrity no; }};\n' for zone, path in files.items())
    return daemons.start_named(folder, port, text)


def ask_all(build, folder, files, asked, signed):
    """The output of compare_servers, and which zones every peer has."""
    nsd_zones, knot_zones = daemons.file_zones(files)
    ports = {name: daemons.free_port() for name in ["vedette", *PEERS]}
    ours = [build / "tests/serve/serve_files", ports["vedette"], 1,
            *[f"{zone}={path}" for zone, path in files.items()]]
    with contextlib.ExitStack() as stack:
        running = {"vedette": stack.enter_context(daemons.Server(ours, folder, "vedette")),
                   "nsd": stack.enter_context(daemons.start_nsd(folder, ports["nsd"], nsd_zones)),
                   "knot": stack.enter_context(daemons.start_knot(folder, ports["knot"],
                                                                  knot_zones)),
                   "bind": stack.enter_context(start_bind(folder, ports["bind"], files))}
        if pathlib.Path("/usr/sbin/pdns_server").exists() and not signed:
            running["pdns"] = stack.enter_context(start_pdns(folder, ports["pdns"], files))
        has = {}
        for name, server in running.items():
            server.wait_for(ports[name], READY)
            has[name] = {zone for zone in files if serves(ports[name], zone)}
        (folder / "questions").write_text("\n".join(asked) + "\n")
        done = subprocess.run([str(build / "tests/serve/compare_servers"), "questions",
                               *[f"{name}={ports[name]}" for name in running]], cwd=folder,
                              capture_output=True, text=True, check=True)
    return done.stdout, has


def serves(port, zone):
    for _ in range(50):
        answer = daemons.ask_udp(port, daemons.make_query(zone, 6), 0.5)
        if answer is not None:
            return answer[3] & 15 == 0 and answer[7] > 0
    return False


def any_is_part(ours, theirs):
    """One RRset of theirs (RFC 8482 4.1), with the same rcode and AA."""
    answer = lambda text: set(text.split(";ANSWER\n")[1].split(";AUTHORITY")[0].splitlines())
    return ours.split("\n")[0] == theirs.split("\n")[0] and answer(ours) and \
        answer(ours) <= answer(theirs)


def without_courtesy(text):
    """Less the servers of the zone and their addresses, which Knot and PowerDNS leave out."""
    head, answer, authority, additional = re.split(r";[A-Z]+\n", text)
    if " AA" in head and answer and "\tSOA\t" not in authority:
        authority = ""
    if not answer.count("\tNS\t") + answer.count("\tMX\t") and " AA" in head:
        additional = ""
    return head + answer + ";" + authority + ";" + additional


def like(peer, kind, ours, theirs):
    if ours == theirs or kind == "ANY" and any_is_part(ours, theirs):
        return True
    if peer not in ("knot", "pdns") or "(" in ours or "(" in theirs:
        return False
    return without_courtesy(ours) == without_courtesy(theirs)


def judge(families, text, has, sums, shown, limit):
    by_apex = {family.apex: family for family in families}
    for question, answers in split_blocks(text):
        name, kind = question.split()[:2]
        family = by_apex[name.rsplit(".", 2)[-2] + "."]
        ours = answers["vedette"]
        met = {by_apex[apex] for apex in re.findall(r"\bz\d+\.", ours) if apex in by_apex}
        needed = {zone for one in met | {family} for zone in one.zones}
        sound = [peer for peer in answers if peer != "vedette" and needed <= has[peer]]
        groups = collections.defaultdict(list)
        for peer in sound:
            groups["us" if like(peer, kind, ours, answers[peer]) else answers[peer]].append(peer)
        with_us = " ".join(groups.pop("us", []))
        against = " | ".join(sorted((" ".join(group) for group in groups.values()),
                                    key=lambda text: (-len(text), text)))
        if not against:
            continue
        word = f"us {with_us} | {against}"
        if "knot" in sound and "knot" not in with_us and \
                any({"nsd", "bind"} <= set(group) for group in groups.values()):
            word = f"WRONG {word}"
        sums[word] += 1
        shown.setdefault(word, [])
        if len(shown[word]) < limit:
            zones = "".join(f"-- {zone}\n" + "".join(f"   {' '.join(row)}\n" for row in rows)
                            for zone, rows in family.zones.items())
            shown[word].append(f"== {question}\n{zones}" + "".join(
                f"-- {p}\n   " + body.strip().replace("\n", "\n   ") + "\n"
                for p, body in answers.items()))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--families", type=int, default=60, help="zones, with those below them")
    parser.add_argument("--each", type=int, default=150, help="questions of a family")
    parser.add_argument("--signed", action="store_true", help="zones signed, questions with DO")
    parser.add_argument("--seed", type=int, default=4)
    parser.add_argument("--show", type=int, default=0, help="examples of each kind of difference")
    arguments = parser.parse_args()
    for program in [daemons.NSD, daemons.KNOT, daemons.NAMED]:
        if not pathlib.Path(program).exists():
            print(f"skipped: {program} is not installed")
            return 77
    dice = random.Random(arguments.seed)
    numbers = range(arguments.families)
    families = [Family(i, random.Random(dice.random()), numbers) for i in numbers]
    asked = [question for family in families
             for question in family.questions(arguments.each, arguments.signed)]
    with tempfile.TemporaryDirectory(prefix="vedette-small-") as name:
        folder = pathlib.Path(name)
        files = write_zones(folder, families)
        if arguments.signed:
            sign_zones(folder, files)
        text, has = ask_all(arguments.build.resolve(), folder, files, asked, arguments.signed)
    sums, shown = collections.Counter(), {}
    judge(families, text, has, sums, shown, max(arguments.show, 1))
    return report(files, has, text, sums, shown, arguments.show)


def report(files, has, text, sums, shown, show):
    for peer, zones in has.items():
        if missing := sorted(set(files) - zones):
            print(f"{peer} does not serve {len(missing)}: {' '.join(missing[:8])}")
    print(f"{len(files)} zones; {text[text.rfind('SUM') + 4:].strip()}")
    for word, count in sums.most_common():
        print(f"{count:8} {word}")
    wrong = [word for word in shown if word.startswith("WRONG")]
    for word in shown if show else wrong:
        print(f"\n######## {word}")
        print("\n".join(shown[word]))
    asked = int(re.search(r"SUM questions (\d+)", text)[1])
    return 1 if wrong or asked < len(files) or has["vedette"] != set(files) else 0


if __name__ == "__main__":
    sys.exit(main())
