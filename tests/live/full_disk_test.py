#!/usr/bin/env python3
"""A disk that is really full (a small tmpfs in a mount namespace of its own): `vedette watch` says
so, reads on, counts what it did not store, and leaves a whole database behind."""

import argparse
import contextlib
import json
import os
import pathlib
import sqlite3
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
CAPTURE = ROOT / "samples" / "demo.pcapng"
SKIPPED = 77


class FullDisk(unittest.TestCase):
    program = None

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.disk = pathlib.Path(self.folder.name)

    def tearDown(self):
        subprocess.run(["umount", self.disk], check=False, capture_output=True)
        self.folder.cleanup()

    def mount(self, size):
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", self.disk],
                       check=True)

    def watch(self, *options):
        ended = subprocess.run(
            [self.program, "watch", "-r", CAPTURE, "--store", self.disk / "v.db", "--quiet",
             "--preset", "off", "--summary", "json", *options],
            capture_output=True, text=True, check=False, timeout=60)
        return ended, json.loads(ended.stdout) if ended.stdout else None

    def count(self, table):
        with contextlib.closing(sqlite3.connect(self.disk / "v.db")) as database:
            self.assertEqual(database.execute("PRAGMA integrity_check").fetchone()[0], "ok")
            return database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]

    def rows(self):
        """Transactions and messages; leases and neighbours are events that make no row."""
        return self.count("dns") + self.count("dhcp")

    def test_it_says_so_reads_on_and_counts(self):
        self.mount("700k")
        ended, summary = self.watch()
        self.assertEqual(ended.returncode, 1, ended.stderr)
        self.assertRegex(ended.stderr, r"LOST [\d,]+ events: not kept by the store, its disk is "
                                       r"full")
        self.assertEqual(summary["packets"], 10_072)
        self.assertTrue(summary["balanced"])
        self.assertGreater(summary["not_stored"], 0)
        self.assertEqual(summary["events"], summary["stored"] + summary["not_stored"])
        self.assertLessEqual(self.rows(), summary["stored"])

    def test_what_was_stored_before_stays_and_room_made_is_used_again(self):
        self.mount("12m")
        ended, first = self.watch()
        self.assertEqual(ended.returncode, 0, ended.stderr)
        kept = self.rows()
        self.assertGreater(kept, 5_000)
        self.assertEqual(first["stored"], first["events"])
        ballast = self.disk / "ballast"
        with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
            while True:
                file.write(bytes(4096))
        ended, nothing = self.watch()  # a store that cannot be opened is refused at the start
        self.assertEqual(ended.returncode, 1, ended.stderr)
        self.assertIn("No space left on device", ended.stderr)
        self.assertIsNone(nothing)
        ballast.unlink()
        self.assertEqual(self.rows(), kept)
        ended, second = self.watch()
        self.assertEqual(ended.returncode, 0, ended.stderr)
        self.assertEqual(second["stored"], first["stored"])
        self.assertEqual(self.rows(), 2 * kept)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    arguments, rest = parser.parse_known_args()
    FullDisk.program = arguments.program.resolve()
    if "VEDETTE_OWN_MOUNTS" not in os.environ:
        allowed = subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False)
        if allowed.returncode != 0:
            print("skipped: no mount namespace may be made here")
            return SKIPPED
        os.environ["VEDETTE_OWN_MOUNTS"] = "1"
        os.execvp("unshare", ["unshare", "-m", sys.executable, __file__, *sys.argv[1:]])
    unittest.main(argv=[sys.argv[0], *rest])
    return 0


if __name__ == "__main__":
    sys.exit(main())
