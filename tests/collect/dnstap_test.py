#!/usr/bin/env python3
"""dnstap with other people's programs: Unbound, Knot and dnsdist bring what dnsperf asked them, and
every query is in the store once; fstrm_capture and dnstap-ldns read what we write. Skipped, with a
word, where a program is missing."""

import argparse
import collections
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
DEMO = ROOT / "samples" / "demo.pcapng"
PROGRAM = ""
QUERIES = 3000
SKIP = 77


def tool(name):
    return shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/sbin")


def needs(*names):
    missing = [name for name in names if not tool(name)]
    return unittest.skipIf(missing, f"not installed: {', '.join(missing)}")


def free_port(kind=socket.SOCK_DGRAM):
    with socket.socket(socket.AF_INET, kind) as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="vedette-dnstap-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.folder.chmod(0o755)
        self.environment = {"PATH": os.environ["PATH"], "TZ": "UTC", "HOME": folder.name,
                            "XDG_CONFIG_HOME": folder.name, "XDG_DATA_HOME": folder.name}

    def start(self, *words):
        process = subprocess.Popen([str(word) for word in words], stderr=subprocess.PIPE,
                                   stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL,
                                   env=self.environment, cwd=self.folder)
        self.addCleanup(self.stop, process)
        return process

    def stop(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        try:
            _, errors = process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            _, errors = process.communicate()
        except ValueError:
            return ""
        return (errors or b"").decode(errors="replace")

    def collect(self, place):
        server = self.start(PROGRAM, "collect", "-q", "--store", self.folder / "log.db",
                            "--dnstap", place)
        line = server.stderr.readline().decode()
        self.assertIn("dnstap on", line)
        found = re.search(r"tcp://[^ ,]*:(\d+)", line)
        return server, int(found[1]) if found else None

    def run_program(self, *words):
        done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, timeout=120,
                              env=self.environment, stdin=subprocess.DEVNULL, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done

    def wait_for_answer(self, port):
        for _ in range(100):
            done = subprocess.run(["dig", "+short", "+time=1", "+tries=1", "-p", str(port),
                                   "@127.0.0.1", "ready.test", "A"], capture_output=True,
                                  check=False)
            if done.stdout.strip() == b"192.0.2.1":
                return
            time.sleep(0.1)
        self.fail("the name server does not answer")

    def ask(self, port):
        questions = self.folder / "questions"
        questions.write_text("".join(f"q{i}.test A\n" for i in range(QUERIES)))
        done = subprocess.run(["dnsperf", "-s", "127.0.0.1", "-p", str(port), "-d", questions,
                               "-n", "1", "-Q", "1500", "-c", "4", "-t", "10"],
                              capture_output=True, timeout=120, check=False)
        text = done.stdout.decode()
        self.assertRegex(text, rf"Queries completed:\s+{QUERIES} ", text)

    def expect_every_query_once(self, sensor):
        done = self.run_program("logs", "--store", self.folder / "log.db", "-n", "0", "--json",
                                f"sensor:{sensor}", "name:q*.test.")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        names = collections.Counter(row["query"] for row in rows)
        self.assertEqual({name: 1 for name in (f"q{i}.test" for i in range(QUERIES))},
                         {name.rstrip("."): count for name, count in names.items()})
        self.assertEqual({row["kind"] for row in rows}, {"matched"})
        self.assertEqual({row["sensor"] for row in rows}, {sensor})
        self.assertTrue(all(row["id.orig_h"] == "127.0.0.1" for row in rows))
        self.assertTrue(all(0 <= row["rtt"] < 5 for row in rows))


def zone_text():
    return ("$ORIGIN test.\n@ 300 SOA ns admin 1 3600 600 86400 300\n@ 300 NS ns\n"
            "ns 300 A 192.0.2.53\n* 300 A 192.0.2.1\n")


class Producers(Case):
    def start_unbound(self, tap):
        port = free_port()
        config = self.folder / "unbound.conf"
        config.write_text(f"""
server:
    interface: 127.0.0.1
    port: {port}
    do-daemonize: no
    chroot: ""
    username: ""
    directory: "{self.folder}"
    pidfile: "{self.folder}/unbound.pid"
    use-syslog: no
    num-threads: 1
    module-config: "iterator"
    access-control: 127.0.0.0/8 allow
    local-zone: "test." redirect
    local-data: "test. 300 A 192.0.2.1"
remote-control:
    control-enable: no
dnstap:
    dnstap-enable: yes
{tap}
    dnstap-send-identity: yes
    dnstap-identity: "unbound-1"
    dnstap-log-client-query-messages: yes
    dnstap-log-client-response-messages: yes
""")
        process = self.start(tool("unbound"), "-d", "-c", config)
        self.wait_for_answer(port)
        return process, port

    @needs("unbound", "dnsperf", "dig")
    def test_unbound_over_a_unix_socket(self):
        path = self.folder / "tap.sock"
        server, _ = self.collect(f"unix:{path}")
        unbound, port = self.start_unbound(f'    dnstap-socket-path: "{path}"')
        self.ask(port)
        time.sleep(1.5)
        self.stop(unbound)
        self.stop(server)
        self.expect_every_query_once("unbound-1")

    @needs("unbound", "dnsperf", "dig")
    def test_unbound_over_tcp(self):
        server, tap = self.collect("tcp://127.0.0.1:0")
        unbound, port = self.start_unbound(
            f'    dnstap-ip: "127.0.0.1@{tap}"\n    dnstap-tls: no')
        self.ask(port)
        time.sleep(1.5)
        self.stop(unbound)
        self.stop(server)
        self.expect_every_query_once("unbound-1")

    def start_knot(self, extra=""):
        port = free_port()
        (self.folder / "test.zone").write_text(zone_text())
        config = self.folder / "knot.conf"
        config.write_text(f"""
server:
    listen: 127.0.0.1@{port}
    rundir: {self.folder}
    udp-workers: 1
    tcp-workers: 1
    background-workers: 1
database:
    storage: {self.folder}
{extra}
zone:
  - domain: test.
    file: {self.folder}/test.zone
""")
        process = self.start(tool("knotd"), "-c", config)
        self.wait_for_answer(port)
        return process, port

    @needs("knotd", "dnsperf", "dig")
    def test_knot_over_a_unix_socket(self):
        module = list(pathlib.Path("/usr/lib").glob("*/knot/modules*/dnstap.so"))
        if not module:
            self.skipTest("not installed: knot-module-dnstap")
        path = self.folder / "tap.sock"
        server, _ = self.collect(f"unix:{path}")
        knot, port = self.start_knot(f"""
mod-dnstap:
  - id: tap
    sink: unix:{path}
    identity: knot-1
    log-queries: on
    log-responses: on
template:
  - id: default
    global-module: mod-dnstap/tap
""")
        self.ask(port)
        time.sleep(1.5)
        self.stop(knot)
        self.stop(server)
        self.expect_every_query_once("knot-1")

    @needs("dnsdist", "knotd", "dnsperf", "dig")
    def test_dnsdist_over_tcp(self):
        server, tap = self.collect("tcp://127.0.0.1:0")
        _, backend = self.start_knot()
        port = free_port()
        config = self.folder / "dnsdist.conf"
        config.write_text(f"""
setLocal("127.0.0.1:{port}")
newServer({{address="127.0.0.1:{backend}", healthCheckMode="up"}})
tap = newFrameStreamTcpLogger("127.0.0.1:{tap}", {{flushTimeout=1}})
addAction(AllRule(), DnstapLogAction("dnsdist-1", tap))
addResponseAction(AllRule(), DnstapLogResponseAction("dnsdist-1", tap))
""")
        dnsdist = self.start(tool("dnsdist"), "-C", config, "--supervised", "--disable-syslog")
        self.wait_for_answer(port)
        self.ask(port)
        time.sleep(4)  # its writer looks at its queue once a second, and flushes a second later
        self.stop(dnsdist)
        self.stop(server)
        self.expect_every_query_once("dnsdist-1")


class Readers(Case):
    def expect_messages(self, text):
        """Lines of dnstap-ldns -q: time, CQ or CR, addresses, size, name, class, type."""
        done = self.run_program("logs", "--store", self.folder / "local.db", "-n", "0", "--json")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        rows = [row for row in rows if row.get("service") in ("dns", "mdns", "llmnr")]
        queries = sum("orig_bytes" in row for row in rows)
        responses = sum("resp_bytes" in row for row in rows)
        lines = text.splitlines()
        self.assertEqual(sum(" CQ " in line for line in lines), queries)
        self.assertEqual(sum(" CR " in line for line in lines), responses)
        self.assertGreater(queries, 100)

    @needs("dnstap-ldns")
    def test_dnstap_ldns_reads_our_file(self):
        out = self.folder / "out.fstrm"
        self.run_program("watch", "-r", DEMO, "-q", "--store", self.folder / "local.db",
                         "--dnstap", out)
        done = subprocess.run(["dnstap-ldns", "-q", "-r", out], capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.expect_messages(done.stdout.decode(errors="replace"))

    @needs("dnstap-ldns", "fstrm_capture")
    def test_fstrm_capture_receives_from_us(self):
        path, out = self.folder / "tap.sock", self.folder / "captured.fstrm"
        capture = self.start("fstrm_capture", "-t", "protobuf:dnstap.Dnstap", "-u", path, "-w",
                             out)
        for _ in range(100):
            if path.exists():
                break
            time.sleep(0.05)
        self.run_program("watch", "-r", DEMO, "-q", "--store", self.folder / "local.db",
                         "--dnstap", f"unix:{path}")
        self.stop(capture)
        done = subprocess.run(["dnstap-ldns", "-q", "-r", out], capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.expect_messages(done.stdout.decode(errors="replace"))

    def test_what_we_write_we_receive(self):
        server, port = self.collect("tcp://127.0.0.1:0")
        self.run_program("watch", "-r", DEMO, "-q", "--store", self.folder / "local.db",
                         "--dnstap", f"tcp://127.0.0.1:{port}", "--set", "dnstap.identity=me")
        self.assertIn("0 of them damaged", self.stop(server))
        count = {}
        for name in ("local.db", "log.db"):
            done = self.run_program("logs", "--store", self.folder / name, "-n", "0", "--json",
                                    "is:answered", "protocol:dns")
            count[name] = len(done.stdout.splitlines())
        self.assertEqual(count["log.db"], count["local.db"])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    known, rest = parser.parse_known_args()
    PROGRAM = known.program
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
