#!/usr/bin/env python3
"""A sensor and a log server as people run them: certificates made by `vedette certs`, TLS with a
certificate or a token, `vedette watch --forward`, `vedette collect`, `vedette sensors`. What the
server has stored is what a local run stores."""

import argparse
import json
import os
import pathlib
import re
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "samples" / "demo.pcapng"
PROGRAM = ""
# Captures in which detectors of every input find something: messages, sightings, encrypted ones.
DETECTED = ("tunnels-own/iodine_NULL_down.pcap", "tunnels-own/dns_malformed_labelled.pcap",
            "ntop-nDPI/dns_dot.pcap")
OK, FAILED, USAGE, PRIVILEGE, SETTINGS = range(5)


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vedette-collect-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.environment = {"PATH": os.environ["PATH"], "TZ": "UTC", "HOME": folder.name,
                            "XDG_CONFIG_HOME": folder.name, "XDG_DATA_HOME": folder.name}

    def run_program(self, *words, code=OK):
        done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, timeout=120,
                              env=self.environment, stdin=subprocess.DEVNULL, cwd=self.folder,
                              check=False)
        self.assertEqual(done.returncode, code, done.stderr.decode())
        return done

    def start_server(self, *words, store="log.db"):
        """A running `vedette collect`, and the ports that it says it listens on."""
        server = subprocess.Popen([PROGRAM, "collect", "-q", "--store", self.folder / store,
                                   *map(str, words)], stderr=subprocess.PIPE, env=self.environment,
                                  stdin=subprocess.DEVNULL, cwd=self.folder)
        self.addCleanup(self.stop, server)
        line = server.stderr.readline().decode()
        self.assertIn("Collecting", line)
        return server, [int(port) for port in re.findall(r"://[^ ,]*:(\d+)", line)]

    def stop(self, server):
        if server.poll() is None:
            server.send_signal(signal.SIGTERM)
        rest = server.stderr.read().decode() if not server.stderr.closed else ""
        server.wait(30)
        server.stderr.close()
        return rest

    def rows(self, store, *words):
        done = self.run_program("logs", "--store", store, "-n", "0", "--json", *words)
        return [json.loads(line) for line in done.stdout.splitlines()]

    def certificates(self):
        where = self.folder / "certs"
        self.run_program("certs", "init", "-d", where)
        self.run_program("certs", "server", "localhost", "127.0.0.1", "-d", where)
        self.run_program("certs", "client", "branch-1", "-d", where)
        return where


class WithCertificates(Case):
    def test_the_server_stores_what_a_local_run_stores(self):
        where = self.certificates()
        server, ports = self.start_server(
            "--listen", "tls://127.0.0.1:0", "--certificate", where / "localhost.pem", "--key",
            where / "localhost.key", "--client-ca", where / "ca.pem")
        done = self.run_program(
            "watch", "-r", DEMO, "-q", "--store", self.folder / "local.db", "--forward",
            f"tls://127.0.0.1:{ports[0]}", "--forward-ca", where / "ca.pem",
            "--forward-certificate", where / "branch-1.pem", "--forward-key",
            where / "branch-1.key")
        self.assertIn("all stored", done.stderr.decode())
        listed = self.run_program("sensors", "--json", "--store", self.folder / "log.db")
        sensor = json.loads(listed.stdout.splitlines()[0]) if listed.stdout else {}
        rest = self.stop(server)
        self.assertIn("0 broke the protocol", rest)

        local = self.rows(self.folder / "local.db")
        far = self.rows(self.folder / "log.db")
        self.assertGreater(len(local), 100)
        for row in far:
            self.assertEqual(row.pop("sensor"), "branch-1")

        def comparable(rows):
            return sorted(json.dumps({k: v for k, v in row.items() if k != "row"}, sort_keys=True)
                          for row in rows)
        self.assertEqual(comparable(far), comparable(local))
        self.assertEqual(len(self.rows(self.folder / "log.db", "sensor:branch-*")), len(far))
        self.assertEqual(self.rows(self.folder / "log.db", "sensor:other"), [])
        leases = [self.run_program("leases", "--json", "--store", self.folder / name).stdout
                  for name in ("local.db", "log.db")]
        self.assertEqual(*leases)
        if sensor:
            self.assertEqual(sensor["sensor"], "branch-1")
        listed = self.run_program("sensors", "--json", "--store", self.folder / "log.db")
        sensor = json.loads(listed.stdout)
        self.assertEqual((sensor["state"], sensor["dropped"]), ("away", 0))
        self.assertGreaterEqual(sensor["events"], len(local))

    def test_the_server_finds_what_a_local_run_finds(self):
        data = ROOT / ".." / "shared" / "data"
        captures = [DEMO, *(path for name in DETECTED for path in sorted(data.glob(name)))]
        for capture in captures:
            with self.subTest(capture=capture.name):
                folder = self.folder / capture.stem
                folder.mkdir()
                server, ports = self.start_server("--listen", "tcp://127.0.0.1:0",
                                                  store=folder / "log" / "log.db")
                # The sensor itself looks for nothing.
                done = self.run_program(
                    "watch", "-r", capture, "-q", "--no-store", "--preset", "off", "--spool",
                    folder / "spool", "--forward", f"tcp://127.0.0.1:{ports[0]}")
                self.assertIn("all stored", done.stderr.decode())
                self.stop(server)
                self.run_program("watch", "-r", capture, "-q", "--store",
                                 folder / "local" / "local.db")
                here, there = (self.alerts(folder / where) for where in ("local", "log"))
                self.assertGreater(len(here), 0)
                self.assertEqual(there, here)

    def alerts(self, folder):
        """As they began: on the server, whose time goes on, those of a capture soon end."""
        lines = [json.loads(line) for path in (folder / "logs").glob("alerts-*.jsonl")
                 for line in path.read_text().splitlines()]
        return sorted(json.dumps({k: v for k, v in line.items() if k != "id"}, sort_keys=True)
                      for line in lines if line["change"] == "new")

    def test_strangers_are_told_apart(self):
        where = self.certificates()
        _, ports = self.start_server(
            "--listen", "tls://127.0.0.1:0", "--certificate", where / "localhost.pem", "--key",
            where / "localhost.key", "--client-ca", where / "ca.pem")
        elsewhere = self.folder / "elsewhere"
        self.run_program("certs", "init", "-d", elsewhere)
        self.run_program("certs", "client", "branch-1", "-d", elsewhere)
        words = ["watch", "-r", DEMO, "-q", "--no-store", "--spool", self.folder / "spool",
                 "--forward", f"tls://127.0.0.1:{ports[0]}"]
        # The server's certificate is not one that the system knows.
        done = self.run_program(*words)
        self.assertIn("does not verify", done.stderr.decode())
        self.assertIn("wait in the spool", done.stderr.decode())
        # A certificate of another authority, though of the same name.
        done = self.run_program(*words, "--forward-ca", where / "ca.pem", "--forward-certificate",
                                elsewhere / "branch-1.pem", "--forward-key",
                                elsewhere / "branch-1.key")
        self.assertIn("wait in the spool", done.stderr.decode())
        # The right one brings everything that waited: three runs.
        done = self.run_program(*words, "--forward-ca", where / "ca.pem", "--forward-certificate",
                                where / "branch-1.pem", "--forward-key", where / "branch-1.key")
        self.assertIn("all stored", done.stderr.decode())
        once = self.run_program("watch", "-r", DEMO, "-q", "--store", self.folder / "one.db")
        self.assertEqual(once.returncode, OK)
        self.assertEqual(len(self.rows(self.folder / "log.db")),
                         3 * len(self.rows(self.folder / "one.db")))

    def test_certificates_are_kept_like_secrets(self):
        where = self.certificates()
        self.assertEqual((where / "ca.key").stat().st_mode & 0o777, 0o600)
        self.assertEqual((where / "branch-1.key").stat().st_mode & 0o777, 0o600)
        self.run_program("certs", "client", "branch-1", "-d", where, code=FAILED)
        before = (where / "branch-1.pem").read_bytes()
        self.run_program("certs", "renew", "branch-1", "-d", where)
        self.assertNotEqual((where / "branch-1.pem").read_bytes(), before)
        self.run_program("certs", "client", "../x", "-d", where, code=USAGE)
        listed = self.run_program("certs", "list", "--json", "-d", where).stdout.splitlines()
        self.assertEqual([json.loads(line)["role"] for line in listed],
                         ["authority", "client", "server"])
        check = subprocess.run(["openssl", "verify", "-CAfile", where / "ca.pem",
                                where / "branch-1.pem", where / "localhost.pem"],
                               capture_output=True, check=False)
        self.assertEqual(check.returncode, 0, check.stdout + check.stderr)


class WithTokens(Case):
    def test_a_token_names_the_sensor(self):
        where = self.certificates()
        tokens = self.folder / "tokens"
        tokens.write_text("# ours\nattic 0123456789abcdef0123\n")
        self.run_program("collect", "-q", "--listen", "tcp://127.0.0.1:0", "--tokens", tokens,
                         code=SETTINGS)  # everybody may read it
        tokens.chmod(0o600)
        _, ports = self.start_server(
            "--listen", "tls://127.0.0.1:0", "--certificate", where / "localhost.pem", "--key",
            where / "localhost.key", "--tokens", tokens)
        secret = self.folder / "secret"
        words = ["watch", "-r", DEMO, "-q", "--no-store", "--spool", self.folder / "spool",
                 "--forward", f"tls://localhost:{ports[0]}", "--forward-ca", where / "ca.pem",
                 "--forward-token", secret]
        secret.write_text("wrong-wrong-wrong-wrong\n")
        secret.chmod(0o600)
        done = self.run_program(*words)
        self.assertIn("no certificate or token that is known here", done.stderr.decode())
        self.assertNotIn("wrong-wrong", done.stderr.decode())
        secret.write_text("0123456789abcdef0123\n")
        done = self.run_program(*words)
        self.assertIn("all stored", done.stderr.decode())
        self.assertEqual({row["sensor"] for row in self.rows(self.folder / "log.db")}, {"attic"})


    def test_hangup_reads_tokens_and_certificates_again(self):
        where = self.certificates()
        tokens = self.folder / "tokens"
        tokens.write_text("attic 0123456789abcdef0123\n")
        tokens.chmod(0o600)
        server, ports = self.start_server(
            "--listen", "tls://127.0.0.1:0", "--certificate", where / "localhost.pem", "--key",
            where / "localhost.key", "--tokens", tokens, "--set", "detect.preset=off")
        secret = self.folder / "secret"
        secret.write_text("fedcba98765432100123\n")
        secret.chmod(0o600)
        words = ["watch", "-r", DEMO, "-q", "--no-store", "--spool", self.folder / "spool",
                 "--forward", f"tls://localhost:{ports[0]}", "--forward-ca", where / "ca.pem",
                 "--forward-token", secret]
        before = self.certificate_of(ports[0])
        tokens.write_text("cellar fedcba98765432100123\n")
        self.run_program("certs", "renew", "localhost", "-d", where)
        self.assertEqual(self.certificate_of(ports[0]), before)
        server.send_signal(signal.SIGHUP)
        lines = [server.stderr.readline().decode() for _ in range(2)]
        self.assertIn("Reloaded the certificate", lines[0])
        self.assertIn("Reloaded the tokens", lines[1])
        self.assertNotEqual(self.certificate_of(ports[0]), before)
        self.assertIn("all stored", self.run_program(*words).stderr.decode())
        self.assertEqual({row["sensor"] for row in self.rows(self.folder / "log.db")}, {"cellar"})
        # What cannot be read leaves what is in force.
        tokens.write_text("cellar short\n")
        (where / "localhost.pem").write_text("nothing")
        server.send_signal(signal.SIGHUP)
        lines = [server.stderr.readline().decode() for _ in range(2)]
        self.assertIn("the certificate of before stays", lines[0])
        self.assertIn("the tokens of before stay", lines[1])
        self.assertIn("all stored", self.run_program(*words).stderr.decode())

    @staticmethod
    def certificate_of(port):
        return ssl.get_server_certificate(("127.0.0.1", port), timeout=10)


class Settings(Case):
    def test_what_would_be_unsafe_is_refused(self):
        for words in (["collect", "--listen", "tcp://0.0.0.0:0"],
                      ["collect", "--listen", "tls://127.0.0.1:0"],
                      ["collect", "--dnstap", "tcp://0.0.0.0:0"],
                      ["watch", "-r", DEMO, "--no-store", "-q", "--forward",
                       "tcp://192.0.2.1:6054"]):
            done = self.run_program(*words, code=SETTINGS)
            self.assertNotIn("Traceback", done.stderr.decode())

    def test_hostile_bytes_cost_a_counter(self):
        server, ports = self.start_server("--listen", "tcp://127.0.0.1:0")
        for junk in (b"GET / HTTP/1.0\r\n\r\nxxxxxxxxxxxxxxxxxxxxxxx", b"\x16\x03\x01" * 40):
            with socket.create_connection(("127.0.0.1", ports[0]), 10) as peer:
                peer.sendall(junk)
                self.assertEqual(peer.recv(100), b"")
        time.sleep(0.2)
        self.assertIn("2 broke the protocol", self.stop(server))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    known, rest = parser.parse_known_args()
    PROGRAM = known.program
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
