#!/usr/bin/env python3
"""`vedette watch` on a cable of a private network namespace: what was sent is received or counted
as lost, whatever happens to the program, the interface or the privileges."""

import argparse
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import live_run  # noqa: E402

SKIPPED = 77
MEMORY_LIMIT = 200_000_000
NOBODY = 65534
FILE_ACCESS = 1 << 0 | 1 << 1 | 1 << 3  # CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER


class LiveWatch(unittest.TestCase):
    program = sender = None

    def setUp(self):
        live_run.make_cable()
        self.folder = tempfile.TemporaryDirectory()
        self.store = f"{self.folder.name}/live.db"

    def tearDown(self):
        live_run.remove_cable()
        self.folder.cleanup()

    def watch(self, *options, **keywords):
        return live_run.Watch(self.program, "--store", self.store, *options, **keywords)

    def send(self, packets, rate):
        return live_run.send(self.sender, packets, rate)[0]

    def assert_accounted(self, sent, summary):
        self.assertEqual(sent, summary["packets"] + summary["kernel_drops"])
        self.assertTrue(summary["balanced"], summary)
        self.assertEqual(summary["events"], summary["stored"] + summary["not_stored"] +
                         summary["dropped_queue_full"] + summary["dropped_stopped"])
        self.assertLess(summary["peak_memory_bytes"], MEMORY_LIMIT)

    def test_every_packet_at_a_gentle_rate(self):
        watch = self.watch()
        sent = self.send(40_000, 20_000)
        summary = watch.stop()
        self.assert_accounted(sent, summary)
        self.assertEqual(summary["kernel_drops"], 0)
        self.assertEqual(summary["matched"], sent // 2)
        self.assertEqual(summary["stored"], sent // 2)

    def test_a_stalled_program_counts_what_it_missed(self):
        os.environ["VEDETTE_CAPTURE_BUFFER"] = "2MiB"
        watch = self.watch()
        del os.environ["VEDETTE_CAPTURE_BUFFER"]
        watch.process.send_signal(signal.SIGSTOP)
        sent = self.send(100_000, 0)
        watch.process.send_signal(signal.SIGCONT)
        summary = watch.stop()
        self.assert_accounted(sent, summary)
        self.assertGreater(summary["kernel_drops"], 0)
        self.assertGreater(summary["packets"], 0)
        self.assertIn("kernel", summary["messages"])

    def test_an_interface_that_goes_down_is_waited_for(self):
        watch = self.watch()
        first = self.send(1_000, 0)
        time.sleep(0.3)
        subprocess.run(["ip", "link", "set", "near", "down"], check=True)
        time.sleep(1.5)
        subprocess.run(["ip", "link", "set", "near", "up"], check=True)
        time.sleep(1.5)
        second = self.send(1_000, 0)
        summary = watch.stop()
        self.assert_accounted(first + second, summary)
        self.assertIn("near went down", summary["messages"])
        self.assertIn("near is up again", summary["messages"])

    def test_only_what_the_filter_asks_for(self):
        watch = self.watch("--bpf", "udp dst port 53")
        sent = self.send(2_000, 0)
        summary = watch.stop()
        self.assertEqual(summary["packets"], sent // 2)
        self.assertEqual(summary["dns_query"], sent // 2)
        self.assertEqual(summary["unanswered"], sent // 2)

    def test_raw_packets_are_kept(self):
        kept = f"{self.folder.name}/kept.pcapng"
        watch = self.watch("-w", kept)
        sent = self.send(2_000, 0)
        self.assert_accounted(sent, watch.stop())
        again = subprocess.run([str(self.program), "watch", "-r", kept, "--no-store", "--quiet",
                                "--summary", "json"], capture_output=True, text=True, check=True)
        self.assertIn(f'"matched":{sent // 2}', again.stdout.replace(" ", ""))

    def test_without_privilege_the_fix_is_named(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become somebody without privilege")
        # A copy where everybody may run it.
        os.chmod(self.folder.name, 0o755)
        program = shutil.copy(self.program, self.folder.name)
        tried = subprocess.run([program, "watch", "-i", "near", "--no-store"], user=NOBODY,
                               group=NOBODY, extra_groups=[], capture_output=True, text=True,
                               check=False, env={"HOME": "/nonexistent", "PATH": "/usr/bin"})
        self.assertEqual(tried.returncode, 3, tried.stderr)
        self.assertIn("setcap cap_net_raw", tried.stderr)

    def test_privileges_are_given_up_by_every_thread(self):
        watch = self.watch()
        tasks = pathlib.Path(f"/proc/{watch.process.pid}/task")
        threads = [f"{watch.process.pid}/task/{entry.name}" for entry in tasks.iterdir()]
        effective = {int(live_run.status_of(thread, "CapEff"), 16) for thread in threads}
        no_more = {live_run.status_of(thread, "NoNewPrivs") for thread in threads}
        watch.stop()
        self.assertGreater(len(threads), 1)
        self.assertEqual([mask & ~FILE_ACCESS for mask in effective], [0] * len(effective))
        self.assertEqual(no_more, {"1"})

    def test_it_becomes_the_account_it_is_told(self):
        os.chown(self.folder.name, NOBODY, -1)
        watch = self.watch("-Z", "nobody", "--duration", "1h")
        pid = watch.process.pid
        user = live_run.status_of(pid, "Uid")
        left = int(live_run.status_of(pid, "CapPrm"), 16)
        sent = self.send(1_000, 20_000)
        summary = watch.stop()
        self.assertEqual(user, str(NOBODY))
        self.assertEqual(left, 0)
        self.assertEqual(os.stat(self.store).st_uid, NOBODY)
        self.assert_accounted(sent, summary)

    def test_an_unknown_interface_is_named(self):
        tried = subprocess.run([str(self.program), "watch", "-i", "nowhere", "--no-store"],
                               capture_output=True, text=True, check=False)
        self.assertEqual(tried.returncode, 1)
        self.assertIn("there is no interface nowhere", tried.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--sender", type=pathlib.Path, required=True)
    args, rest = parser.parse_known_args()
    reason = live_run.enter()
    if reason:
        print("skipped:", reason)
        sys.exit(SKIPPED)
    LiveWatch.program, LiveWatch.sender = args.program.resolve(), args.sender.resolve()
    unittest.main(argv=[sys.argv[0], *rest])


if __name__ == "__main__":
    main()
