#!/usr/bin/env python3
"""The way of an alert to real receivers: together with others, once, through outages, kills and
limits; and from a flood of questions at `vedette serve` to a mail."""

import argparse
import email
import email.policy
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

import peers

PROGRAM = DRIVER = ""
LOW, MEDIUM, HIGH = 1, 2, 3


class Feeder:
    """The notifier in a process of its own."""

    def __init__(self, folder):
        self.log = open(folder / "driver.log", "a", encoding="utf-8")
        self.process = subprocess.Popen(
            [DRIVER, folder / "vedette.toml", folder], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=self.log, text=True, bufsize=1)

    def tell(self, change, number, severity=HIGH, subject=None):
        self.process.stdin.write(f"{change} {number} {severity} {subject or f'host{number}'}\n")
        self.process.stdin.flush()
        assert self.process.stdout.readline() == "ok\n"

    def finish(self):
        """Ends in order."""
        self.process.stdin.close()
        code = self.process.wait(20)
        self._close()
        return code

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        self.process.stdin.close()
        self._close()

    def _close(self):
        self.process.stdout.close()
        self.log.close()


class Case(unittest.TestCase):
    def setUp(self):
        keep = tempfile.TemporaryDirectory(prefix="vedette-flow-")
        self.addCleanup(keep.cleanup)
        self.folder = pathlib.Path(keep.name)
        self.certificates = peers.Certificates(self.folder)
        (self.folder / "password").write_text(peers.PASSWORD + "\n")
        (self.folder / "password").chmod(0o600)

    def settings(self, *tables, more=""):
        (self.folder / "vedette.toml").write_text(
            f"[store]\npath = \"{self.folder}/vedette.db\"\n{more}\n" + "\n".join(tables))

    def mail_table(self, port, **keys):
        words = {"group_wait": "1s", "group_interval": "0s", "timeout": "5s", **keys}
        lines = "".join(f'{key} = "{value}"\n' for key, value in words.items())
        return (f'[notify.ops]\ntype = "mail"\nurl = "smtp://localhost:{port}"\n'
                f'from = "v@example.org"\nto = ["ops@example.org"]\nuser = "{peers.USER}"\n'
                f'password_file = "{self.folder}/password"\nca_file = "{self.certificates.ca}"\n'
                f"hourly_limit = 0\n{lines}")

    def mail_server(self, port=None):
        server = peers.MailServer(self.certificates.context(self.certificates.good), port=port)
        self.addCleanup(lambda: server.controller.loop.is_closed() or server.stop())
        return server

    def feeder(self):
        feeder = Feeder(self.folder)
        self.addCleanup(lambda: feeder.process.poll() is None and feeder.kill())
        return feeder

    def vedette(self, *words, code=0):
        done = subprocess.run([PROGRAM, "-c", self.folder / "vedette.toml", *words],
                              capture_output=True, text=True, timeout=120, check=False,
                              env={"PATH": os.environ["PATH"], "HOME": str(self.folder)})
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def listed(self, name="ops"):
        rows = [json.loads(line) for line in self.vedette("notify", "list", "--json").splitlines()]
        return next(row for row in rows if row["target"] == name)

    @staticmethod
    def mails(server):
        return [email.message_from_bytes(envelope.content, policy=email.policy.default)
                for envelope in server.mails]

    def numbers(self, mails):
        """The alerts that mails tell, as often as they do."""
        told = []
        for mail in mails:
            for line in mail.get_content().splitlines():
                if line.strip().startswith("more "):
                    told.append(int(line.split()[-1]))
        return sorted(told)


class Outages(Case):
    def test_a_mail_server_that_is_away_loses_nothing_and_gets_one_digest(self):
        port = peers.free_port()
        self.settings(self.mail_table(port))
        feeder = self.feeder()
        for number in range(1, 6):
            feeder.tell("new", number)
        peers.wait_until(lambda: self.listed()["state"] == "failing", "the first failure")
        for number in range(6, 9):
            feeder.tell("new", number)
        self.assertEqual(self.listed()["waiting"], 8)
        self.assertIn("connect", self.listed()["last_error"])
        server = self.mail_server(port)
        peers.wait_until(lambda: server.mails, "the digest")
        time.sleep(1.5)
        self.assertEqual(len(server.mails), 1)
        self.assertEqual(self.numbers(self.mails(server)), list(range(1, 9)))
        row = self.listed()
        self.assertEqual((row["state"], row["waiting"], row["delivered"]), ("ok", 0, 1))
        self.assertEqual(feeder.finish(), 0)
        log = (self.folder / "driver.log").read_text()
        self.assertIn("notify ops: not delivered, will be tried again", log)
        self.assertIn("notify ops: 8 alerts delivered after", log)

    def test_flush_does_not_wait(self):
        port = peers.free_port()
        self.settings(self.mail_table(port, group_wait="1h"))
        feeder = self.feeder()
        feeder.tell("new", 1)
        self.assertIn("1 wait", self.vedette("notify", "flush", code=1))
        server = self.mail_server(port)
        # The running process holds the target: it is asked to send.
        self.assertIn("ops: 1 sent", self.vedette("notify", "flush", "ops"))
        self.assertEqual(self.numbers(self.mails(server)), [1])
        feeder.tell("new", 2)
        self.assertEqual(feeder.finish(), 0)
        self.assertIn("1 alert waits for the next start",
                      (self.folder / "driver.log").read_text())
        # Nobody runs: flush sends itself.
        self.assertIn("ops: 1 sent", self.vedette("notify", "flush"))
        self.assertEqual(self.numbers(self.mails(server)), [1, 2])

    def test_an_answer_that_is_lost_repeats_the_same_message_id(self):
        server = self.mail_server()
        self.settings(self.mail_table(server.port))
        server.hang_up_after_data = True
        feeder = self.feeder()
        feeder.tell("new", 1)
        peers.wait_until(lambda: server.mails, "the first try")
        server.hang_up_after_data = False
        peers.wait_until(lambda: self.listed()["delivered"] == 1, "the second try")
        first, second = self.mails(server)
        self.assertEqual(first["Message-ID"], second["Message-ID"])
        self.assertEqual(self.numbers([first]), self.numbers([second]))
        feeder.finish()

    def test_a_message_that_is_refused_for_good_is_dropped_and_counted(self):
        server = self.mail_server()
        self.settings(self.mail_table(server.port))
        server.answer = "554 5.7.1 spam"
        feeder = self.feeder()
        feeder.tell("new", 1)
        peers.wait_until(lambda: self.listed()["dropped"] == 1, "the refusal")
        self.assertEqual(self.listed()["waiting"], 0)
        self.assertIn("554 5.7.1 spam", self.listed()["last_error"])
        server.answer = "250 OK kept"
        feeder.tell("new", 2)
        self.vedette("notify", "flush")
        peers.wait_until(lambda: self.listed()["delivered"] == 1, "the next message")
        self.assertEqual(self.numbers(self.mails(server)[-1:]), [2])
        feeder.finish()
        self.assertIn("notify ops: dropped 1 alert: refused for good",
                      (self.folder / "driver.log").read_text())

    def test_a_refused_login_is_kept_and_a_new_password_needs_no_restart(self):
        server = self.mail_server()
        self.settings(self.mail_table(server.port))
        (self.folder / "password").write_text("wrong\n")
        feeder = self.feeder()
        feeder.tell("new", 1)
        peers.wait_until(lambda: self.listed()["state"] == "failing", "the refusal")
        (self.folder / "password").write_text(peers.PASSWORD + "\n")
        self.assertIn("1 sent", self.vedette("notify", "flush"))
        self.assertEqual(self.numbers(self.mails(server)), [1])
        feeder.finish()


class Kills(Case):
    def test_killed_between_queueing_and_sending(self):
        port = peers.free_port()
        self.settings(self.mail_table(port))
        confirmed = 0
        for _ in range(5):
            feeder = self.feeder()
            for _ in range(10):
                confirmed += 1
                feeder.tell("new", confirmed)
            feeder.kill()
        server = self.mail_server(port)
        feeder = self.feeder()
        # A killed one has left its pause behind.
        self.vedette("notify", "flush")
        peers.wait_until(lambda: self.listed()["waiting"] == 0, "an empty queue")
        self.assertEqual(self.numbers(self.mails(server)), list(range(1, confirmed + 1)))
        feeder.finish()

    def test_killed_while_sending(self):
        web = peers.WebServer()
        self.addCleanup(web.stop)
        self.settings(f'[notify.ops]\ntype = "webhook"\nurl = "http://127.0.0.1:{web.port}/"\n'
                      'group_wait = "0s"\ngroup_interval = "0s"\n')
        confirmed = 0
        for round_ in range(10):
            feeder = self.feeder()
            for _ in range(10):
                confirmed += 1
                feeder.tell("new", confirmed)
            time.sleep(0.02 * round_)
            feeder.kill()
        feeder = self.feeder()
        self.vedette("notify", "flush")
        peers.wait_until(lambda: self.listed()["waiting"] == 0, "an empty queue")
        feeder.finish()
        by_delivery = {}
        for _, headers, body in web.posts:
            alerts = [a["annotations"]["alert_id"] for a in peers.read_webhook(body)["alerts"]]
            delivery = headers["X-Vedette-Delivery"]
            # What is sent again is the same.
            self.assertEqual(by_delivery.setdefault(delivery, alerts), alerts)
        told = sorted(int(n) for alerts in by_delivery.values() for n in alerts)
        self.assertEqual(told, list(range(1, confirmed + 1)))  # none lost, none in two messages


class Rules(Case):
    def test_each_target_hears_what_concerns_it(self):
        server, web = self.mail_server(), peers.WebServer()
        self.addCleanup(web.stop)
        self.settings(self.mail_table(server.port, severity="high"),
                      f'[notify.hook]\ntype = "webhook"\nurl = "http://127.0.0.1:{web.port}/"\n'
                      'group_wait = "0s"\ngroup_interval = "0s"\n'
                      '[notify.other]\ntype = "exec"\ncommand = ["/bin/false"]\n'
                      'kinds = ["tunnel"]\n')
        feeder = self.feeder()
        feeder.tell("new", 1, LOW)
        feeder.tell("new", 2, HIGH)
        feeder.tell("muted", 3, HIGH)
        peers.wait_until(lambda: server.mails and sum(
            len(json.loads(body)["alerts"]) for _, _, body in web.posts) == 2, "both")
        feeder.tell("end", 2, HIGH)
        feeder.tell("end", 3, HIGH)
        peers.wait_until(lambda: len(server.mails) == 2, "the end")
        feeder.finish()
        self.assertEqual(self.numbers(self.mails(server)), [2, 2])
        self.assertIn("Ended: Flood of DNS queries: host2", self.mails(server)[1]["Subject"])
        self.assertEqual(peers.read_webhook(web.posts[-1][2])["status"], "resolved")
        self.assertEqual(self.listed("other")["waiting"], 0)

    def test_a_webhook_that_asks_for_time_gets_it(self):
        web = peers.WebServer()
        self.addCleanup(web.stop)
        web.answers = [(503, {"Retry-After": "9"}), (500, {})]
        self.settings(f'[notify.ops]\ntype = "webhook"\nurl = "http://127.0.0.1:{web.port}/"\n'
                      'group_wait = "0s"\n')
        feeder = self.feeder()
        feeder.tell("new", 1)
        peers.wait_until(lambda: self.listed()["state"] == "failing", "the refusal")
        began = time.monotonic()
        self.assertIn("HTTP 503", self.listed()["last_error"])
        peers.wait_until(lambda: not web.answers, "the second try")
        self.assertGreater(time.monotonic() - began, 7)  # 5 s would be its own pause
        self.vedette("notify", "flush")
        self.assertEqual(len(web.posts), 1)
        feeder.finish()

    def test_the_hourly_limit_holds_back_but_keeps(self):
        web = peers.WebServer()
        self.addCleanup(web.stop)
        self.settings(f'[notify.ops]\ntype = "webhook"\nurl = "http://127.0.0.1:{web.port}/"\n'
                      'group_wait = "0s"\ngroup_interval = "0s"\nhourly_limit = 2\n')
        feeder = self.feeder()
        for number in (1, 2, 3, 4):
            feeder.tell("new", number)
            if number < 3:
                peers.wait_until(lambda n=number: len(web.posts) == n, "the message")
        time.sleep(1.5)
        self.assertEqual(len(web.posts), 2)
        self.assertEqual(self.listed()["waiting"], 2)
        feeder.finish()

    def test_a_slow_target_holds_up_nobody(self):
        web = peers.WebServer()
        self.addCleanup(web.stop)
        with socket.socket() as deaf:  # accepts, and says nothing
            deaf.bind(("127.0.0.1", 0))
            deaf.listen()
            self.settings('[notify.slow]\ntype = "webhook"\ngroup_wait = "0s"\ntimeout = "30s"\n'
                          f'url = "http://127.0.0.1:{deaf.getsockname()[1]}/"\n'
                          f'[notify.fast]\ntype = "webhook"\nurl = "http://127.0.0.1:{web.port}/"\n'
                          'group_wait = "0s"\ngroup_interval = "0s"\n')
            feeder = self.feeder()
            for number in range(1, 4):
                feeder.tell("new", number)
                peers.wait_until(lambda n=number: sum(
                    len(json.loads(b)["alerts"]) for _, _, b in web.posts) == n, "the fast one", 5)
            began = time.monotonic()
            self.assertEqual(feeder.finish(), 0)  # the attempt under way is given up
            self.assertLess(time.monotonic() - began, 5)


class Program(Case):
    def test_from_a_flood_of_questions_to_a_mail_and_a_page(self):
        server, port = self.mail_server(), peers.free_port()
        script = self.folder / "page"
        script.write_text(f"#!/bin/sh\ncat >> {self.folder}/page.jsonl\n")
        script.chmod(0o755)
        self.settings(self.mail_table(server.port), '[notify.page]\ntype = "exec"\n'
                      f'command = ["{script}"]\n',
                      more=f'[serve]\nlisten = ["127.0.0.1:{port}"]\n')
        log = open(self.folder / "serve.log", "w", encoding="utf-8")
        serve = peers.Process(PROGRAM, "-c", self.folder / "vedette.toml", "serve", output=log)
        self.addCleanup(log.close)
        self.addCleanup(lambda: serve.process.poll() is None and serve.stop())
        said = lambda: (self.folder / "serve.log").read_text()
        peers.wait_until(lambda: "Serving" in said(), "vedette serve")
        header = bytes.fromhex("000101000001000000000000")
        question = b"\x03www\x07example\x00\x00\x01\x00\x01"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.connect(("127.0.0.1", port))
            end = time.monotonic() + 15
            while time.monotonic() < end and not server.mails:
                for _ in range(200):
                    try:
                        client.send(header + question)
                    except ConnectionError:
                        pass
                time.sleep(0.05)
        self.assertTrue(server.mails, said())
        mail = self.mails(server)[0]
        self.assertIn("lood", mail["Subject"])
        self.assertIn("vedette alerts show 1", mail.get_content())
        page = peers.wait_until(lambda: (self.folder / "page.jsonl").exists() and
                                (self.folder / "page.jsonl").read_text().splitlines(), "the page")
        first = json.loads(page[0])["alerts"][0]
        shown = json.loads(self.vedette("alerts", "list", "--json").splitlines()[-1])
        self.assertEqual((first["id"], first["kind"]), (shown["id"], shown["kind"]))
        serve.stop()
        self.assertEqual(serve.process.returncode, 0, said())
        self.assertNotIn(peers.PASSWORD, said())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    parser.add_argument("--driver", required=True)
    arguments, rest = parser.parse_known_args()
    PROGRAM, DRIVER = arguments.program, arguments.driver
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
