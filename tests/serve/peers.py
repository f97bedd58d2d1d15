#!/usr/bin/env python3
"""Zones made by rule, served by us, NSD and Knot at once, and asked the same questions.

Zones: a plain one, the same signed with NSEC, the same signed with NSEC3 (opt-out too), zones below
them, an apex with a DNAME. Questions: every name, below it, above it, beside it, with every type,
with and without DO. Prints every kind of difference with its reason; one without a reason fails."""

import argparse
import collections
import os
import pathlib
import random
import re
import shutil
import subprocess
import sys
import tempfile

import daemons
import signing

TYPES = ["A", "AAAA", "NS", "CNAME", "SOA", "MX", "TXT", "SRV", "DS", "DNAME", "NSEC", "DNSKEY",
         "RRSIG", "TYPE65280", "PTR", "NSEC3PARAM"]


def zone_lines(seed, names):
    """A zone with everything that answers differ over; returns its lines and its owners."""
    dice = random.Random(seed)
    lines = ["@ 300 SOA ns1 hostmaster 1 3600 600 86400 60", "@ 300 NS ns1", "@ 300 NS ns.other.",
             "ns1 300 A 192.0.2.53", "@ 300 MX 10 mail", "mail 300 A 192.0.2.25",
             "mail 300 AAAA 2001:db8::25"]
    owners = {"", "ns1", "mail"}
    kinds = ["a", "txt", "multi", "cname", "cname_out", "cname_loop", "cname_nowhere", "wild",
             "wild_cname", "ent", "cut", "cut_ds", "cut_sibling", "dname", "dname_out", "mx", "srv",
             "unknown", "big", "wild_deep", "ptr", "chain", "cname_wild", "cname_cut",
             "cname_dname", "dname_long", "dname_wild", "dname_cut", "wild_wild", "below_wild",
             "odd_label", "upper", "mx_alias", "mx_wild", "many_servers", "wild_ns_below",
             "deep_ent"]
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
            "chain": [*(f"c{k}.{n} CNAME c{k + 1}.{n}" for k in range(6)), f"c6.{n} A 192.0.2.6"],
            "cname_wild": [f"{n} CNAME any.w.{n}", f"*.w.{n} A 192.0.2.8", f"*.w.{n} MX 1 mail"],
            "cname_cut": [f"{n} CNAME host.c.{n}", f"c.{n} NS ns.c.{n}", f"ns.c.{n} A 192.0.2.9"],
            "cname_dname": [f"{n} CNAME x.d.{n}", f"d.{n} DNAME t.{n}", f"x.t.{n} A 192.0.2.10"],
            "dname_long": [f"{n} DNAME {'y' * 60}.{'z' * 60}",
                           f"q.{'y' * 60}.{'z' * 60} A 192.0.2.1"],
            "dname_wild": [f"{n} DNAME t.{n}t", f"*.t.{n}t TXT wild"],
            "dname_cut": [f"{n} DNAME c.{n}c", f"c.{n}c NS ns.c.{n}c", f"ns.c.{n}c A 192.0.2.11"],
            "wild_wild": [f"*.*.{n} A 192.0.2.12", f"*.{n} TXT outer"],
            "below_wild": [f"x.*.{n} A 192.0.2.13", f"*.{n} AAAA 2001:db8::3"],
            "odd_label": [f"a\\.b.{n} A 192.0.2.14", f"\\000\\255.{n} TXT odd"],
            "upper": [f"UPPER.{n} A 192.0.2.15", f"alias.{n} CNAME upper.{n}"],
            "mx_alias": [f"{n} MX 1 al.{n}", f"al.{n} CNAME mail"],
            "mx_wild": [f"{n} MX 1 h.w.{n}", f"*.w.{n} A 192.0.2.16"],
            "many_servers": [f"{n} NS s{k}.{n}" for k in range(13)] +
                            [f"s{k}.{n} {t}" for k in range(13)
                             for t in [f"A 192.0.2.{k}", f"AAAA 2001:db8::{k:x}"]],
            "wild_ns_below": [f"*.{n} A 192.0.2.17", f"cut.{n} NS ns.cut.{n}",
                              f"ns.cut.{n} A 192.0.2.18"],
            "deep_ent": [f"a.b.c.d.{n} A 192.0.2.19", f"*.c.d.{n} TXT wild"],
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
        if owner.startswith("dname-long"):  # too long behind the DNAME (RFC 6672 2.2)
            names.add(f"{'q' * 60}.{'r' * 60}.{owner}")
        for name in names:
            full = ".".join(part for part in [name, zone] if part).replace("..", ".") + "."
            for kind in TYPES:
                asked |= {f"{full} {kind}", f"{full} {kind} do"}
    asked |= {f"other{i}. A" for i in range(5)}
    asked = sorted(asked)
    return asked if len(asked) <= wanted else dice.sample(asked, wanted)


def make_zones(folder, names):
    """zone -> (file, owners). Below the first two there are zones of their own."""
    zones = {}
    cut = ["kid 300 NS ns.kid", "ns.kid 300 A 192.0.2.99", f"kid 300 DS 1 13 2 {1:064x}",
           "down 300 CNAME a0.kid"]
    child = ["up 300 CNAME a0.plain.test.", "same 300 CNAME mail"]
    ways = [("plain.test", None, cut), ("nsec.test", [], cut),
            ("nsec3.test", ["-n", "-t", "3", "-s", "abcd"], []), ("optout.test", ["-n", "-p"], []),
            ("kid.plain.test", None, child), ("kid.nsec.test", [], child)]
    for index, (zone, signing_flags, more) in enumerate(ways):
        lines, owners = zone_lines(index + 1, names if not zone.startswith("kid") else 41)
        owners |= {line.split()[0] for line in more}
        write_zone(folder, zone, lines + more)
        zones[zone] = (folder / f"{zone}.zone", owners)
        if signing_flags is not None:
            zones[zone] = (signing.sign_with_ldns(folder, zone, *signing_flags)[0], owners)
    write_zone(folder, "dname.test", ["@ 300 SOA ns1.plain.test. h 1 60 60 60 60",
                                      "@ 300 NS ns1.plain.test.", "@ 300 DNAME plain.test.",
                                      "@ 300 TXT beside"])
    zones["dname.test"] = (folder / "dname.test.zone", {"", "a0", "x.y", "kid"})
    return zones


def write_zone(folder, zone, lines):
    (folder / f"{zone}.zone").write_text(f"$ORIGIN {zone}.\n" + "\n".join(lines) + "\n")


def split_blocks(text):
    """Of what compare_servers prints: each question, and the answers by server."""
    for block in re.split(r"^=== ", text, flags=re.M)[1:]:
        question, rest = block.split("\n", 1)
        answers = {}
        for part in re.split(r"^--- ", rest, flags=re.M)[1:]:
            name, body = part.split("\n", 1)
            answers[name] = body.split("SUM ")[0]
        yield question.strip(), answers


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
    nsd_zones, knot_zones = daemons.file_zones(files)
    ports = {name: daemons.free_port() for name in ["vedette", "nsd", "knot"]}
    ours = [build / "tests/serve/serve_files", ports["vedette"], 1,
            *[f"{zone}={file}" for zone, file in files.items()]]
    with daemons.Server(ours, folder, "vedette") as vedette, \
            daemons.start_nsd(folder, ports["nsd"], nsd_zones) as nsd, \
            daemons.start_knot(folder, ports["knot"], knot_zones) as knot:
        for server in [vedette, nsd, knot]:
            for zone in zones:
                server.wait_for(ports[server.name], zone)
        done = subprocess.run([str(build / "tests/serve/compare_servers"), "questions",
                               *[f"{n}={p}" for n, p in ports.items()]], cwd=folder,
                              capture_output=True, text=True, check=True)
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
        (r"(?i)q{60}.* do", r"authority:\+NSEC/RRSIG-",
         "that a name is not there takes the NSEC before it too (RFC 4035 3.1.3.2)"),
        (r"(?i)(.*\.)?ns\.kid\..*",
         r"(head:\+NXDOMAIN AA-NOERROR AA)? ?(authority:\+NSEC/RRSIG-)?",
         "the zone below has no such name; an address in the zone above is none of its data "
         "(RFC 1034 4.3.2, step 2)"),
        (r"(?i)[^*].*wild.* do", r"authority:\+NSEC3/RRSIG-",
         "no data at a wildcard: the closest encloser has its NSEC3 there too (RFC 5155 7.2.5)"),
        (r"(?i).*dname-wild.* do", r"authority:\+(NSEC/RRSIG)?-NSEC/RRSIG",
         "the proof of a wildcard is about the name that a DNAME led to (RFC 4035 3.1.3.3)"),
    ],
    "knot": [
        (r".* RRSIG( do)?", r"answer:\+RRSIG-( .*)?",
         "RRSIG is asked for like ANY; all signatures answer it, as at NSD (RFC 4034 3)"),
        (r"(?i)(.*\.dname\.test\.|up\.kid\..*|down\..*) .*", r".*",
         "an alias into another zone of the server is followed there, as at NSD (RFC 1034 4.3.2, "
         "step 2 again)"),
        (r"(?i)q{60}.*", r"authority:\+-(NSEC3?/RRSIG/)?SOA",
         "YXDOMAIN denies no data, so no SOA goes with it, as at NSD (RFC 6672 2.2, RFC 2308 2)"),
        (r"(?i)c0\.chain.*", r"answer:\+(A/)?CNAME(/RRSIG)?-.*",
         "an alias leads on however often (RFC 1034 4.3.2); Knot follows five"),
        (r".* (RRSIG|NSEC)( do)?", r".*answer:\+CNAME(/DNAME)?(/RRSIG)?-.*", FOLLOWED),
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
                           re.fullmatch(asked, question) and re.fullmatch(pattern, kind)),
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
