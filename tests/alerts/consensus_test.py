#!/usr/bin/env python3
"""A resolver that lies is told by two that do not: unbound (asked over TLS) and dnsmasq agree, a
second dnsmasq forges an answer. In a network namespace; skipped with a word where none can be
made."""

import argparse
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import live_run  # noqa: E402

SKIPPED = 77
PROGRAMS = ("dnsmasq", "unbound", "dig")
LIAR = "127.0.0.4"
DNSMASQ = ["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--bind-interfaces", "--user=root",
           "--no-resolv", "--no-hosts", "--pid-file=", "--log-queries", "--log-facility=-"]
UNBOUND = """
server:
  interface: 127.0.0.2@853
  tls-port: 853
  tls-service-key: "{folder}/dns.test.key"
  tls-service-pem: "{folder}/dns.test.pem"
  access-control: 127.0.0.0/8 allow
  do-daemonize: no
  chroot: ""
  username: ""
  pidfile: ""
  use-syslog: no
  verbosity: 1
  log-queries: yes
  local-zone: "example.com" static
  local-data: "www.example.com A 203.0.113.10"
  local-data: "cdn.example.com A 203.0.113.20"
  local-zone: "home.arpa" static
  module-config: "iterator"
remote-control:
  control-enable: no
"""
SETTINGS = """
[consensus]
resolvers = ["tls://127.0.0.2#dns.test", "127.0.0.3"]
ca = "{folder}/ca.pem"
except = ["corp.example.org"]
"""


class Consensus(unittest.TestCase):
    program = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="vedette-consensus-")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        cls.make_certificates()
        (cls.folder / "unbound.conf").write_text(UNBOUND.format(folder=cls.folder))
        (cls.folder / "vedette.toml").write_text(SETTINGS.format(folder=cls.folder))
        cls.start("unbound", "unbound", "-d", "-c", cls.folder / "unbound.conf")
        cls.start("honest", *DNSMASQ, "--listen-address=127.0.0.3",
                  "--host-record=www.example.com,203.0.77.11",
                  "--host-record=cdn.example.com,203.0.113.21")
        cls.start("liar", *DNSMASQ, "--listen-address=" + LIAR,
                  "--host-record=www.example.com,198.18.0.66",
                  "--host-record=cdn.example.com,203.0.200.5",
                  "--host-record=nas.home.arpa,203.0.113.99",
                  "--host-record=db.corp.example.org,203.0.113.98",
                  "--host-record=db.example.net,10.0.0.9")
        cls.ask("127.0.0.3", "www.example.com", tries=20)
        cls.ask(LIAR, "www.example.com", tries=20)
        cls.asked_before = cls.log("honest").count("query[")
        cls.run_live()

    @classmethod
    def make_certificates(cls):
        for words in (("init",), ("server", "dns.test")):
            subprocess.run([cls.program, "certs", *words, "--directory", cls.folder], check=True,
                           capture_output=True)

    @classmethod
    def start(cls, name, *command):
        log = (cls.folder / f"{name}.log").open("w")
        process = subprocess.Popen([*map(str, command)], stdout=log, stderr=log)
        cls.addClassCleanup(log.close)
        cls.addClassCleanup(process.wait)
        cls.addClassCleanup(process.terminate)

    @classmethod
    def log(cls, name):
        return (cls.folder / f"{name}.log").read_text()

    @classmethod
    def ask(cls, server, name, tries=1):
        return subprocess.run(["dig", "+short", f"+tries={tries}", "+time=1", "@" + server, name],
                              capture_output=True, text=True, check=False).stdout.strip()

    @classmethod
    def command(cls, *words):
        return [str(cls.program), *map(str, words), "--config", str(cls.folder / "vedette.toml"),
                "--store", str(cls.folder / "v.db")]

    @classmethod
    def run_live(cls):
        copy = cls.folder / "seen.pcapng"
        watch = live_run.Watch(cls.program, "--store", str(cls.folder / "v.db"), "--config",
                               str(cls.folder / "vedette.toml"), "-w", str(copy), interface="lo")
        for name in ("www.example.com", "nas.home.arpa", "db.corp.example.org", "db.example.net"):
            cls.ask(LIAR, name)
        deadline = time.monotonic() + 15
        while not cls.alerts() and time.monotonic() < deadline:
            time.sleep(0.2)
        # Names of one domain are asked a minute apart; the other one is of a second run.
        cls.summary = watch.stop()
        again = live_run.Watch(cls.program, "--store", str(cls.folder / "w.db"), "--config",
                               str(cls.folder / "vedette.toml"), interface="lo")
        cls.ask(LIAR, "cdn.example.com")
        deadline = time.monotonic() + 15
        while "cdn.example.com" not in cls.log("honest") and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(1.5)
        cls.second = again.stop()

    @classmethod
    def alerts(cls):
        out = subprocess.run([str(cls.program), "alerts", "--json", "--store",
                              str(cls.folder / "v.db")], capture_output=True, text=True, check=True)
        rows = [json.loads(line) for line in out.stdout.splitlines()]
        return [row for row in rows if row["kind"] == "answer.differs"]

    def test_the_liar_is_told(self):
        told = self.alerts()
        self.assertEqual(len(told), 1, told)
        self.assertEqual(told[0]["server"], LIAR)
        self.assertEqual(told[0]["name"], "www.example.com.")
        reason = told[0]["reason"]
        for word in (LIAR, "www.example.com.", "198.18.0.66", "203.0.113.10", "127.0.0.2",
                     "127.0.0.3"):
            self.assertIn(word, reason)
        self.assertIn("Consensus: 1 names asked of other resolvers, 2 answers",
                      self.summary["messages"])

    def test_an_address_of_the_same_network_is_nothing(self):
        self.assertIn("cdn.example.com", self.log("honest"))
        self.assertIn("cdn.example.com", self.log("unbound"))
        self.assertNotIn("cdn.example.com.", [row["name"] for row in self.alerts()])
        self.assertIn("Consensus: 1 names asked", self.second["messages"])

    def test_private_names_reach_nobody(self):
        for resolver in ("honest", "unbound"):
            for name in ("nas.home.arpa", "db.corp", "db.example.net"):
                self.assertNotIn(name, self.log(resolver))
        for name in ("nas.home.arpa", "db.corp.example.org", "db.example.net"):
            self.assertIn(name, self.log("liar"))

    def test_a_capture_asks_nobody(self):
        before = self.log("honest").count("query[")
        ended = subprocess.run(self.command("watch", "-r", self.folder / "seen.pcapng", "--quiet",
                                            "--no-store"),
                               capture_output=True, text=True, check=True)
        self.assertNotIn("Consensus", ended.stderr)
        self.assertEqual(self.log("honest").count("query["), before)

    def test_wrong_settings_are_named(self):
        for resolvers, word in ((["127.0.0.3"], "2 to 8"), (["a", "b"], "'a'"),
                                (["127.0.0.3", "127.0.0.3:54"], "twice")):
            (self.folder / "bad.toml").write_text(
                f"[consensus]\nresolvers = {json.dumps(resolvers)}\n")
            ended = subprocess.run(
                [str(self.program), "watch", "-i", "lo", "--duration", "1s", "--no-store",
                 "--config", str(self.folder / "bad.toml")], capture_output=True, text=True,
                check=False)
            self.assertEqual(ended.returncode, 4, ended.stderr)
            self.assertIn("consensus.resolvers", ended.stderr)
            self.assertIn(word, ended.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    args, rest = parser.parse_known_args()
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    why_not = "not installed: " + ", ".join(missing) if missing else live_run.enter()
    if why_not:
        print("skipped:", why_not)
        return SKIPPED
    Consensus.program = args.program.resolve()
    return 0 if unittest.main(argv=[sys.argv[0], *rest], exit=False).result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
