#!/usr/bin/env python3
"""Alerts from end to end: a capture is watched, its alerts are in the book, in the day's file and
on standard error, and are shown with their packets, acknowledged and muted."""

import argparse
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "samples" / "demo.pcapng"
OK, FAILED, USAGE = range(3)
PROGRAM = ""


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vedette-alerts-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.store = self.folder / "v.db"

    def start(self, *words, code=OK):
        environment = {"PATH": os.environ["PATH"], "TZ": "UTC", "HOME": str(self.folder),
                       "XDG_CONFIG_HOME": str(self.folder / "none"),
                       "XDG_DATA_HOME": str(self.folder / "data")}
        done = subprocess.run([PROGRAM, *map(str, words), "--store", str(self.store)],
                              capture_output=True, env=environment, stdin=subprocess.DEVNULL,
                              timeout=60, check=False, cwd=self.folder)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return done

    def watch(self, *words, capture=DEMO):
        done = self.start("watch", "-r", capture, "--quiet", "--summary", "json", *words)
        return json.loads(done.stdout), done.stderr.decode()

    def alerts(self, *words):
        done = self.start("alerts", "list", "--json", *words)
        return [json.loads(line) for line in done.stdout.splitlines()]


class Demo(Case):
    def test_alerts_reach_everybody(self):
        summary, said = self.watch()
        listed = self.alerts()
        by_kind = {}
        for alert in listed:
            by_kind[alert["kind"]] = by_kind.get(alert["kind"], 0) + 1
        self.assertEqual(summary["alerts"], len(listed))
        self.assertEqual(summary["alerts_by_kind"], by_kind)
        self.assertEqual(by_kind["tunnel"], 1)
        self.assertEqual(summary["alerts_not_recorded"], 0)
        new = [line for line in said.splitlines() if "ALERT" in line and " ended: " not in line]
        self.assertEqual(len(new), len(listed))
        lines = []
        for path in (self.folder / "logs").glob("alerts-*.jsonl"):
            lines += [json.loads(line) for line in path.read_text().splitlines()]
        self.assertEqual(sorted(line["id"] for line in lines if line["change"] == "new"),
                         sorted(alert["id"] for alert in listed))
        ended = {line["id"] for line in lines if line["change"] == "ended"}
        self.assertEqual(ended, {a["id"] for a in listed if a["state"] == "ended"})
        self.assertTrue(ended)

    def test_the_same_capture_gives_the_same_alerts(self):
        first = self.watch()[0]["alerts_by_kind"], self.alerts()
        self.store = self.folder / "second" / "v.db"
        second = self.watch()[0]["alerts_by_kind"], self.alerts()
        self.assertEqual(first, second)

    def test_presets_and_off(self):
        counts = {}
        for preset in ("quiet", "normal", "strict"):
            self.store = self.folder / preset / "v.db"
            counts[preset] = self.watch("--preset", preset)[0]["alerts"]
        self.assertLessEqual(counts["quiet"], counts["normal"])
        self.assertLess(counts["normal"], counts["strict"])
        self.store = self.folder / "off" / "v.db"
        summary, said = self.watch("--preset", "off")
        self.assertNotIn("alerts", summary)
        self.assertNotIn("ALERT", said)
        self.assertFalse((self.folder / "off" / "alerts.db").exists())
        self.start("watch", "-r", DEMO, "--preset", "loud", code=USAGE)

    def test_without_a_store_nothing_is_left_behind(self):
        summary, said = self.watch("--no-store")
        self.assertGreater(summary["alerts"], 0)
        self.assertIn("ALERT", said)
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_show_explains_and_gives_the_packets(self):
        self.watch()
        tunnel = self.alerts("--kind", "tunnel")[0]
        text = self.start("alerts", "show", tunnel["id"]).stdout.decode()
        self.assertIn(tunnel["reason"], text)
        self.assertIn("What to do: Isolate the client", text)
        self.assertIn("ended", text)
        self.assertGreaterEqual(text.count("TXT"), 10)  # its transactions, from the store
        pcap = self.start("alerts", "show", tunnel["id"], "--pcap", "-").stdout
        self.assertEqual(struct.unpack_from("<I", pcap)[0], 0x0A0D0D0A)
        kept = self.folder / "kept.pcapng"
        kept.write_bytes(pcap)
        self.store = self.folder / "again" / "v.db"
        summary, _ = self.watch(capture=kept)
        self.assertGreater(summary["dns_query"], 20)
        self.assertEqual(summary["damaged"] + summary["malformed"], 0)
        self.assertEqual(summary["packets"], summary["decoded"])
        done = self.start("alerts", "show", 999, code=FAILED)
        self.assertIn("no alert 999", done.stderr.decode())

    def test_ack_and_mute(self):
        self.watch()
        still_open = self.alerts("--open")
        self.assertTrue(still_open)
        for alert in still_open:
            done = self.start("alerts", "ack", alert["id"], "--by", "ada")
            self.assertEqual(done.stderr.decode(), f"Alert {alert['id']} acknowledged\n")
        self.assertEqual(self.alerts("--open"), [])
        self.assertIn("ada", [alert.get("acknowledged_by") for alert in self.alerts()])
        done = self.start("alerts", "mute", "tunnel", code=USAGE)
        self.assertIn("--reason", done.stderr.decode())
        self.start("alerts", "mute", "tunnel", "--reason", "ours", "--for", "4h")
        done = self.start("alerts", "mutes", "--json")
        mute = json.loads(done.stdout)
        self.assertEqual((mute["kind"], mute["reason"]), ("tunnel", "ours"))
        self.assertTrue(mute["expires"])
        self.start("alerts", "unmute", mute["id"])
        self.assertEqual(self.start("alerts", "mutes", "--json").stdout, b"")
        done = self.start("alerts", "mute", "tunel", "--reason", "x", code=USAGE)
        self.assertIn("did you mean 'tunnel'?", done.stderr.decode())

    def test_no_alerts_yet(self):
        done = self.start("alerts", code=FAILED)
        self.assertIn("there are no alerts yet", done.stderr.decode())


def ipv4_udp(source, destination, payload, port=53):
    """An Ethernet frame; checksums are left out, which the decoder accepts."""
    udp = struct.pack("!HHHH", 40000, port, 8 + len(payload), 0) + payload
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 1, 0, 64, 17, 0, source, destination)
    return b"\2" * 6 + b"\2\0\0\0\0\1" + b"\x08\x00" + ip + udp


class Storm(Case):
    def test_forged_sources_do_not_make_as_many_alerts(self):
        capture = self.folder / "storm.pcap"
        dishonest = struct.pack("!6H", 1, 0x0100, 1, 5, 0, 0) + b"\1a\2fr\0" + b"\0\1\0\1"
        with capture.open("wb") as out:
            out.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
            for i in range(20_000):
                frame = ipv4_udp(struct.pack("!I", 0x0A000000 + i), bytes([192, 0, 2, 53]),
                                 dishonest)
                out.write(struct.pack("<IIII", 1_795_262_400 + i // 5_000, i % 5_000 * 200,
                                      len(frame), len(frame)) + frame)
        summary, said = self.watch(capture=capture)
        self.assertEqual(summary["dns_query"], 20_000)
        self.assertEqual(summary["alerts_by_kind"]["header.invalid"], 51)
        self.assertEqual(summary["alerts_folded"], 20_000 - 50)
        self.assertLess(len(said.splitlines()), 80)
        further = [a for a in self.alerts() if a["subject"] == "further subjects"]
        self.assertEqual(len(further), 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    args, rest = parser.parse_known_args()
    global PROGRAM
    PROGRAM = os.path.abspath(args.program)
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
