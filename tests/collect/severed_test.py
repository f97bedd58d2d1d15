#!/usr/bin/env python3
"""`vedette watch --forward` on a live interface and `vedette collect` on another machine: the cable
between them is pulled, the log server is killed, the sensor is killed, the spool is full. What the
server has stored is what the sensor's own ledger says that it sent."""

import collections
import pathlib
import random
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import lab  # noqa: E402
import live_run  # noqa: E402

PROGRAM = SENDER = None
HERE, SERVER, PORT = "198.51.100.7", "198.51.100.1", 6054
PACKETS, RATE = 60_000, 10_000  # two for each event, and each name once


class Severed(unittest.TestCase):
    def setUp(self):
        self.lan = lab.Lan()
        self.addCleanup(self.lan.close)
        self.lan.here("ip", "address", "add", HERE + "/24", "dev", "lan")
        self.server = self.lan.machine("server", "00:16:3e:00:00:01", SERVER)
        live_run.make_cable()
        self.addCleanup(live_run.remove_cable)
        self.log = lab.Vedette(PROGRAM, self.lan.folder / "log")
        self.local = lab.Vedette(PROGRAM, self.lan.folder / "local")
        self.collecting = self.collect()

    def collect(self):
        """The log server, on its own machine; back once it listens."""
        process = self.server.start(
            PROGRAM, "collect", "-q", "--listen", f"tcp://{SERVER}:{PORT}", "--set",
            "collect.insecure=true", "--set", f"store.path={self.log.store}", "--set",
            "detect.preset=off", env=self.log.environment, stderr=subprocess.PIPE)
        self.assertIn("Collecting", process.stderr.readline())
        return process

    def kill_server(self):
        self.collecting.kill()
        self.collecting.communicate()
        self.collecting = self.collect()

    def watch(self, *words):
        watch = self.local.watch(
            "--no-store", "--preset", "off", "--spool", self.lan.folder / "spool", "--forward",
            f"tcp://{SERVER}:{PORT}", "--set", "forward.insecure=true", *words, interface="near")
        self.addCleanup(self.end, watch.process)
        return watch

    @staticmethod
    def end(process):
        if process.poll() is None:
            process.kill()
            process.communicate()

    def send(self):
        process = subprocess.Popen([SENDER, "far", str(PACKETS), str(RATE)],
                                   stdout=subprocess.PIPE, text=True)
        self.addCleanup(process.communicate)
        return process

    def pull_cable(self, seconds):
        self.lan.here("ip", "link", "set", self.server.port, "down")
        time.sleep(seconds)
        self.lan.here("ip", "link", "set", self.server.port, "up")

    def stored(self):
        return len(self.log.logs("--dns"))

    def stored_twice(self):
        """The sender's questions repeat their names, never all of this."""
        keys = ("ts", "id.orig_h", "id.orig_p", "trans_id", "query")
        rows = collections.Counter(tuple(row[key] for key in keys)
                                   for row in self.log.logs("--dns"))
        return [row for row, count in rows.items() if count != 1]

    def finish(self):
        lab.end_process(self.collecting)

    def expect(self, summary):
        """Every event that went into the spool is stored, once."""
        self.assertTrue(summary["balanced"], summary)
        self.assertEqual(summary["spooled"] + summary["not_spooled"], summary["events"])
        self.assertIn("all stored", summary["messages"])
        self.finish()
        self.assertEqual(self.stored(), summary["spooled"])
        self.assertEqual(self.stored_twice(), [])

    def test_a_cable_that_is_pulled_and_a_server_that_is_killed(self):
        watch = self.watch()
        sender = self.send()
        while sender.poll() is None:
            time.sleep(random.uniform(0.2, 1.5))
            if random.random() < 0.5:
                self.kill_server()
            else:
                self.pull_cable(random.uniform(0.1, 1.5))
        summary = watch.stop()
        self.assertEqual(summary["not_spooled"], 0)
        self.assertEqual(summary["events"], PACKETS // 2)
        self.expect(summary)

    def test_a_full_spool(self):
        """The server is away all the while."""
        self.lan.here("ip", "link", "set", self.server.port, "down")
        watch = self.watch("--set", "forward.spool_size=512KiB")
        self.send().wait()
        summary = watch.stop(code=1)
        self.assertGreater(summary["not_spooled"], 0)
        self.assertGreater(summary["spooled"], 0)
        self.assertIn("LOST", summary["messages"])
        self.assertIn("the spool was full (forward.spool_size)", summary["messages"])
        kept = summary["spooled"]
        self.lan.here("ip", "link", "set", self.server.port, "up")
        after = self.watch()
        lab.wait_until(lambda: self.stored() == kept, "the spool on the server")
        lab.wait_until(lambda: [row["dropped"] for row in self.log.rows("sensors")] ==
                       [summary["not_spooled"]], "what was dropped, at the server")
        after = after.stop()
        self.assertEqual(after["events"], 0)
        self.expect({**summary, "messages": after["messages"]})

    def test_a_sensor_that_is_killed(self):
        """What its spool had is on the server once; a new start goes on."""
        sender = self.send()
        watches = 0
        while sender.poll() is None:
            watch = self.watch()
            time.sleep(random.uniform(0.5, 2))
            watch.process.send_signal(signal.SIGKILL)
            watch.process.communicate()
            watches += 1
        self.assertGreater(watches, 2)
        summary = self.watch().stop()
        self.assertIn("all stored", summary["messages"])
        self.finish()
        self.assertEqual(self.stored_twice(), [])
        self.assertGreater(self.stored(), PACKETS // 20)
        sensor, = self.log.rows("sensors")
        self.assertEqual(sensor["events"], self.stored())


def setup(program, sender):
    global PROGRAM, SENDER
    PROGRAM, SENDER = program, sender


if __name__ == "__main__":
    lab.run_tests(setup, ("sysctl",))
