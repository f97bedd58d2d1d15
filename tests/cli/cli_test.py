#!/usr/bin/env python3
"""The program as a person or a script meets it: what goes to which stream, every exit code, every
format, paging, pipes, permission errors. Runs the real binary on the demo capture."""

import argparse
import csv
import fcntl
import io
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "samples" / "demo.pcapng"
EXPECTED = ROOT / "samples" / "demo_expected.json"
SNAPSHOTS = pathlib.Path(__file__).resolve().parent / "snapshots"
NOBODY = 65534
OK, FAILED, USAGE, PRIVILEGE, SETTINGS = range(5)
PROGRAM = ""


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="vedette-cli-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.folder.chmod(0o755)
        cls.store = cls.folder / "demo.db"
        done = cls.start("watch", "-r", DEMO, "--store", cls.store, "--quiet")
        assert done.returncode == OK, done.stderr

    @classmethod
    def start(cls, *words, user=None, stdin=None, **variables):
        environment = {"PATH": os.environ["PATH"], "TZ": "UTC", "HOME": str(cls.folder),
                       "XDG_CONFIG_HOME": str(cls.folder / "none"),
                       "XDG_DATA_HOME": str(cls.folder / "data")} | variables
        identity = {"user": user, "group": user, "extra_groups": []} if user else {}
        return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, env=environment,
                              stdin=stdin or subprocess.DEVNULL, timeout=60, check=False,
                              cwd=cls.folder, **identity)

    def run_ok(self, *words, **more):
        done = self.start(*words, **more)
        self.assertEqual(done.returncode, OK, done.stderr.decode())
        return done.stdout.decode()

    def run_bad(self, code, *words, **more):
        done = self.start(*words, **more)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return done.stderr.decode()

    def look(self, *words):
        return self.run_ok(*words, "--store", self.store)

    def rows(self, *words):
        return [json.loads(line) for line in self.look(*words, "--json").splitlines()]

    def as_nobody(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become somebody else")
        return NOBODY


class ExitCodes(Case):
    def test_usage(self):
        self.assertIn("did you mean 'watch'", self.run_bad(USAGE, "wach"))
        self.assertIn("did you mean '--format'", self.run_bad(USAGE, "logs", "--fromat", "csv"))
        self.assertIn("did you mean 'csv'", self.run_bad(USAGE, "logs", "--format", "cvs"))
        self.assertIn("--limit takes a whole number", self.run_bad(USAGE, "logs", "-n", "many"))
        self.assertIn("needs KIND", self.run_bad(USAGE, "top"))
        self.assertIn("cursor", self.run_bad(USAGE, "logs", "--after", "x"))
        self.assertIn("NAME=VALUE", self.run_bad(USAGE, "stats", "--set", "x"))
        self.assertIn("did you mean 'logs'", self.run_bad(USAGE, "help", "log"))

    def test_filter_mistakes_have_a_caret(self):
        text = self.run_bad(USAGE, "logs", "type:A", "clinet:x")
        self.assertIn("  type:A clinet:x\n         ^~~~~~\n  did you mean 'client:'?", text)

    def test_failed(self):
        self.assertIn("No such file", self.run_bad(FAILED, "watch", "-r", "nothing.pcap",
                                                   "--no-store"))
        text = self.run_bad(FAILED, "logs", "--store", self.folder / "none.db")
        self.assertIn("nothing is stored yet", text)
        self.assertIn("vedette watch -r FILE", text)
        (self.folder / "text.pcap").write_text("this is no capture, whatever its name says\n")
        self.assertIn("text.pcap", self.run_bad(FAILED, "watch", "-r", "text.pcap", "--no-store"))
        self.run_bad(FAILED, "config", "path")

    def test_output_that_cannot_be_written(self):
        self.assertIn("/dev/full", self.run_bad(FAILED, "logs", "--store", self.store, "-o",
                                                "/dev/full"))

    def test_settings(self):
        wrong = self.folder / "wrong.toml"
        wrong.write_text("[store]\nkeep_days = 7\nkeep_day = 8\n[display]\ncolor = \"blue\"\n")
        for words in (["config", "check"], ["stats"], ["watch", "-r", DEMO]):
            text = self.run_bad(SETTINGS, "--config", wrong, *words)
            self.assertIn("wrong.toml:3:1: unknown setting 'store.keep_day'", text)
            self.assertIn("did you mean 'store.keep_days'?", text)
            self.assertIn("wrong.toml:5:1: display.color takes", text)
        self.assertIn("VEDETTE_STORE_KEEP_DAYS", self.run_bad(SETTINGS, "stats",
                                                              VEDETTE_STORE_KEEP_DAYS="many"))
        self.run_bad(SETTINGS, "--config", self.folder / "none.toml", "config", "check")
        self.run_ok("--config", wrong, "help", "filters")

    def test_privileges_name_their_fix(self):
        user = self.as_nobody()
        text = self.run_bad(PRIVILEGE, "watch", "-i", "lo", "--no-store", user=user)
        self.assertIn("setcap", text)
        locked = self.folder / "locked"
        locked.mkdir(mode=0o700, exist_ok=True)
        shutil.copy(DEMO, locked / "a.pcapng")
        self.run_bad(PRIVILEGE, "watch", "-r", locked / "a.pcapng", "--no-store", user=user)
        text = self.run_bad(PRIVILEGE, "watch", "-r", DEMO, "--store", locked / "x" / "y.db",
                            user=user)
        self.assertIn("--store FILE", text)
        self.run_bad(PRIVILEGE, "logs", "--store", locked / "y.db", user=user)
        self.run_bad(PRIVILEGE, "logs", "--store", self.store, "-o", locked / "out", user=user)
        self.assertEqual(self.start("doctor", user=user).returncode, PRIVILEGE)

    def test_a_second_writer_is_refused(self):
        store = self.folder / "held.db"
        reader, writer = os.pipe()
        first = subprocess.Popen([PROGRAM, "watch", "-r", "-", "--store", store, "--quiet"],
                                 stdin=reader, stderr=subprocess.PIPE)
        try:
            for _ in range(500):
                if store.exists():
                    break
                time.sleep(0.02)
            text = self.run_bad(FAILED, "watch", "-r", DEMO, "--store", store, "--quiet")
            self.assertIn(str(first.pid), text)
        finally:
            os.close(writer)
            os.close(reader)
            first.communicate(timeout=30)


class Watch(Case):
    def test_summary_is_the_demo_truth(self):
        done = self.start("watch", "-r", DEMO, "--no-store", "--quiet", "--summary", "json")
        self.assertEqual(done.returncode, OK)
        lines = done.stdout.decode().splitlines()
        self.assertEqual(len(lines), 1)
        summary = json.loads(lines[0])
        expected = json.loads(EXPECTED.read_text())["counts"]
        del expected["unanswered"]  # counts stories, not the damaged queries beside them
        self.assertEqual({key: summary[key] for key in expected}, expected)
        self.assertTrue(summary["balanced"])
        self.assertIn("10,072 packets", done.stderr.decode())

    def test_lines_go_to_stdout_and_messages_to_stderr(self):
        done = self.start("watch", "-r", DEMO, "--no-store")
        lines = done.stdout.decode().splitlines()
        self.assertEqual(len(lines), 4902 + 182)
        self.assertTrue(any("a8:7c:f8:21:04:5e Apple  lea-macbook  192.0.2.21 > 192.0.2.53" in line
                            for line in lines))
        self.assertNotIn("\x1b", done.stdout.decode())
        self.assertNotIn("\x1b", done.stderr.decode())

    def test_filter_chooses_what_is_printed(self):
        text = self.run_ok("watch", "-r", DEMO, "--no-store", "--json", "--filter",
                           "rcode:NXDOMAIN -type:PTR")
        rows = [json.loads(line) for line in text.splitlines()]
        self.assertGreater(len(rows), 500)
        self.assertEqual({row["rcode_name"] for row in rows}, {"NXDOMAIN"})

    def test_standard_input_and_bpf(self):
        with DEMO.open("rb") as capture:
            text = self.run_ok("watch", "-r", "-", "--no-store", "-q", "--summary", "json",
                               "--bpf", "udp", "port", "67", stdin=capture)
        summary = json.loads(text)
        self.assertEqual(summary["dhcp_msgs"], 146)
        self.assertEqual(summary["dns_query"], 0)
        self.assertEqual(summary["packets"], 10072)
        self.assertTrue(summary["balanced"])

    def test_a_copy_reads_the_same(self):
        copy = self.folder / "copy.pcapng"
        first = json.loads(self.run_ok("watch", "-r", DEMO, "--no-store", "-q", "--summary",
                                       "json", "-w", copy))
        again = json.loads(self.run_ok("watch", "-r", copy, "--no-store", "-q", "--summary",
                                       "json"))
        for summary in (first, again):
            del summary["elapsed"]
        self.assertEqual(first, again)

    def test_what_is_stored_stands_in_day_files_too(self):
        for words, there in ((["--store", "with/v.db"], True),
                             (["--store", "without/v.db", "--no-day-files"], False)):
            path = self.folder / words[1]
            self.run_ok("watch", "-r", DEMO, "-q", words[0], path, *words[2:])
            names = {file.name.split(".")[0] for file in (path.parent / "logs").glob("d*.jsonl*")}
            self.assertEqual({"dns-2026-11-20", "dhcp-2026-11-20"} <= names, there)

    def test_two_stores_in_one_folder_share_no_day_files(self):
        lock = self.folder / "shared/logs/.vedette.lock"
        lock.parent.mkdir(parents=True)
        with lock.open("w") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            done = self.start("watch", "-r", DEMO, "-q", "--store", self.folder / "shared/v.db")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("in use by another writer", done.stderr.decode())

    def test_day_files(self):
        logs = self.folder / "days"
        logs.mkdir()
        self.run_ok("watch", "-r", DEMO, "--no-store", "-q", "--set",
                    f"dayfiles.directory={logs}")
        names = sorted(path.name.split(".")[0] for path in logs.glob("d*-2026-11-20*"))
        self.assertEqual(names, ["dhcp-2026-11-20", "dns-2026-11-20"])

    def test_a_reader_that_goes_away_is_no_failure(self):
        for words in (["watch", "-r", DEMO, "--no-store"],
                      ["logs", "-n", "0", "--json", "--store", self.store]):
            reader, writer = os.pipe()
            os.close(reader)
            done = subprocess.run([PROGRAM, *map(str, words)], stdout=writer,
                                  stderr=subprocess.PIPE, timeout=60, check=False)
            os.close(writer)
            self.assertEqual(done.returncode, OK, done.stderr)
            self.assertNotIn(b"Broken pipe", done.stderr)


class Look(Case):
    def test_formats_hold_the_same_rows(self):
        rows = self.rows("logs", "-n", "0", "is:dns")
        self.assertEqual(len(rows), 4902)
        table = list(csv.DictReader(io.StringIO(self.look("logs", "-n", "0", "is:dns",
                                                          "--format", "csv"))))
        self.assertEqual([row["query"].lstrip("'") for row in table],
                         [row.get("query", "") for row in rows])
        tsv = self.look("logs", "-n", "0", "is:dns", "--format", "tsv").splitlines()
        self.assertEqual(len(tsv), 4903)
        self.assertTrue(all(line.count("\t") == tsv[0].count("\t") for line in tsv))

    def test_pages_join_to_the_whole(self):
        whole = self.rows("logs", "-n", "0")
        paged, words = [], []
        while True:
            done = self.start("logs", "-n", "700", "--json", "--store", self.store, *words)
            self.assertEqual(done.returncode, OK)
            paged += [json.loads(line) for line in done.stdout.splitlines()]
            message = done.stderr.decode()
            if "--after" not in message:
                break
            words = ["--after", message.split("--after ")[1].split()[0]]
        self.assertEqual(paged, whole)

    def test_filters(self):
        self.assertEqual({row["vendor"] for row in self.rows("logs", "vendor:apple", "is:dns")},
                         {"Apple, Inc."})
        names = {row.get("query", "") for row in self.rows("logs", "-n", "0", "-name:*.example")}
        self.assertTrue(names)
        self.assertFalse([name for name in names if name.endswith(".example")])
        self.assertEqual({row["service"] for row in self.rows("logs", "--dhcp", "-n", "0")},
                         {"dhcp", "dhcpv6"})
        self.assertEqual(self.look("logs", "--today"), "")

    def test_order(self):
        latencies = [row["rtt"] for row in self.rows("logs", "is:answered", "--sort", "latency")]
        self.assertEqual(latencies, sorted(latencies, reverse=True))
        times = [row["ts"] for row in self.rows("logs", "--oldest")]
        self.assertEqual(times, sorted(times))
        grouped = self.look("logs", "--by", "mac", "-n", "0", "type:AAAA")
        headings = [line for line in grouped.splitlines() if line.startswith("a8:7c:f8:21:04:5e")]
        self.assertEqual(headings, ["a8:7c:f8:21:04:5e  Apple, Inc.  lea-macbook"])

    def test_clients_leases_top_stats(self):
        expected = {row["mac"] for row in json.loads(EXPECTED.read_text())["clients"]}
        clients = self.rows("clients")
        self.assertEqual({row["mac"] for row in clients}, expected)
        self.assertTrue(all(isinstance(row["addresses"], list) for row in clients
                            if "addresses" in row))
        self.assertIn("192.0.2.66", {row["server"] for row in self.rows("leases")})
        top = self.rows("top", "clients", "rcode:NXDOMAIN", "-n", "1")
        self.assertEqual(len(top), 1)
        self.assertEqual(top[0]["count"], 600)
        for kind in ("names", "vendors", "types", "rcodes", "resolvers"):
            self.assertTrue(self.rows("top", kind), kind)
        self.assertEqual(self.rows("stats")[0]["transactions"], 4902)
        self.assertIn("transactions", self.look("stats"))

    def test_output_file(self):
        path = self.folder / "rows.jsonl"
        self.assertEqual(self.look("logs", "-n", "3", "--json", "-o", path), "")
        self.assertEqual(len(path.read_text().splitlines()), 3)


class Manners(Case):
    def test_colour_only_where_it_is_wanted(self):
        words = ["logs", "-n", "1", "--store", self.store]
        self.assertNotIn("\x1b", self.run_ok(*words))
        self.assertIn("\x1b", self.run_ok(*words, "--color", "always"))
        self.assertNotIn("\x1b", self.run_ok(*words, "--color", "never"))

    def test_help_fits_and_begins_with_examples(self):
        commands = [line.split()[0] for line in
                    self.run_ok("--help").split("Commands:\n")[1].split("\n\n")[0].splitlines()]
        self.assertGreaterEqual(len(commands), 14)
        for words in ([["--help"], ["help", "filters"]] + [[name, "--help"] for name in commands]):
            text = self.run_ok(*words)
            self.assertLess(max(map(len, text.splitlines())), 80, words)
        text = self.run_ok("watch", "-h")
        self.assertLess(text.index("Examples:"), text.index("Options:"))
        self.assertEqual(self.run_ok(), self.run_ok("--help"))

    def test_help_is_what_was_reviewed(self):
        for name in ("program", "watch", "logs"):
            words = ["--help"] if name == "program" else [name, "--help"]
            self.assertEqual(self.run_ok(*words), (SNAPSHOTS / f"help_{name}.txt").read_text(),
                             "look at the difference, then: vedette " + " ".join(words)
                             + f" > tests/cli/snapshots/help_{name}.txt")

    def test_version(self):
        self.assertRegex(self.run_ok("--version"), r"^vedette \d+\.\d+\.\d+\n$")
        self.assertEqual(self.run_ok("version"), self.run_ok("-V"))

    def test_settings_are_shown_with_their_origin(self):
        file = self.folder / "good.toml"
        file.write_text("[store]\nkeep_days = 7\n")
        rows = [json.loads(line) for line in
                self.run_ok("-c", file, "config", "show", "--json", "--set", "store.max_size=1GB",
                            VEDETTE_DISPLAY_COLOR="never").splitlines()]
        origins = {row["setting"]: row["origin"] for row in rows}
        self.assertEqual(origins["store.keep_days"], f"{file}:2")
        self.assertEqual(origins["store.max_size"], "flag")
        self.assertEqual(origins["display.color"], "VEDETTE_DISPLAY_COLOR")
        self.assertEqual(origins["store.path"], "default")
        self.assertEqual(self.run_ok("config", "path", VEDETTE_CONFIG=str(file)), f"{file}\n")
        sample = self.folder / "sample.toml"
        sample.write_text(self.run_ok("config", "sample"))
        self.run_ok("-c", sample, "config", "check")

    def test_completions_are_sound(self):
        for shell in ("bash", "zsh", "fish"):
            script = self.folder / f"completion.{shell}"
            script.write_text(self.run_ok("completion", shell))
            if shutil.which(shell):
                subprocess.run([shell, "-n", str(script)], check=True)
        offers = subprocess.run(
            ["bash", "-c", f". {self.folder}/completion.bash; COMP_WORDS=(vedette logs --so); "
             "COMP_CWORD=2; _vedette; echo \"${COMPREPLY[@]}\"; COMP_WORDS=(vedette top na); "
             "_vedette; echo \"${COMPREPLY[@]}\"; COMP_WORDS=(vedette logs --format ''); "
             "COMP_CWORD=3; _vedette; echo \"${COMPREPLY[@]}\""],
            capture_output=True, check=True)
        self.assertEqual(offers.stdout.decode().splitlines(),
                         ["--sort", "names", "table jsonl csv tsv"])

    def test_man_page_is_sound(self):
        if not shutil.which("groff"):
            self.skipTest("groff is not installed")
        done = subprocess.run(["groff", "-man", "-Tutf8", "-ww", "-z"],
                              input=self.run_ok("man").encode(), capture_output=True, check=True)
        self.assertEqual(done.stderr, b"")

    def test_demo_needs_nobody_and_nothing(self):
        done = self.start("demo", user=NOBODY if os.geteuid() == 0 else None,
                          TMPDIR=str(self.scratch()))
        self.assertEqual(done.returncode, OK, done.stderr.decode())
        text = done.stdout.decode()
        for words in ("$ vedette clients", "lea-macbook", "192.0.2.66", "telemetry-relay.example.",
                      "08:54:11:9a:4b:6d", "vedette watch -r capture.pcap"):
            self.assertIn(words, text)
        self.assertEqual(list(self.scratch().iterdir()), [])

    def scratch(self):
        folder = self.folder / "scratch"
        folder.mkdir(exist_ok=True)
        folder.chmod(0o777)
        return folder

    def test_interfaces_and_doctor_answer(self):
        names = [json.loads(line)["name"] for line in
                 self.run_ok("interfaces", "--json").splitlines()]
        self.assertIn("lo", names)
        rows = [json.loads(line) for line in self.start("doctor", "--json").stdout.splitlines()]
        self.assertIn("settings", {row["check"] for row in rows})


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    arguments, rest = parser.parse_known_args()
    PROGRAM = str(pathlib.Path(arguments.program).resolve())
    unittest.main(argv=[sys.argv[0], *rest], verbosity=0)
