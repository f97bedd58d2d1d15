#!/usr/bin/env python3
"""dnstap with other people's programs: Unbound, Knot, dnsdist, BIND and the PowerDNS Recursor bring
what dnsperf asked them, and every query is in the store once; fstrm_capture and dnstap-ldns read
what we write. Skipped, with a word, where a program is missing."""

import collections
import contextlib
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "lab"))
import lab  # noqa: E402

DEMO = ROOT / "samples" / "demo.pcapng"
PROGRAM = ""
PORT = 5300
QUERIES = 3000


def free_port():
    """In a namespace of our own nobody else has one, and none is given to a client."""
    global PORT
    PORT += 1
    return PORT


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

    def collect(self, place, *more):
        server = self.start(PROGRAM, "collect", "-q", "--store", self.folder / "log.db",
                            "--dnstap", place, *more)
        line = server.stderr.readline().decode()
        self.assertIn("dnstap on", line)
        found = re.search(r"t(?:cp|ls)://[^ ,]*:(\d+)", line)
        return server, int(found[1]) if found else None

    def run_program(self, *words):
        done = subprocess.run([PROGRAM, *map(str, words)], capture_output=True, timeout=120,
                              env=self.environment, stdin=subprocess.DEVNULL, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return done

    def wait_for_answer(self, port):
        def answers():
            done = subprocess.run(["dig", "+short", "+time=1", "+tries=1", "-p", str(port),
                                   "@127.0.0.1", "ready.test", "A"], capture_output=True,
                                  check=False)
            return done.stdout.strip() == b"192.0.2.1"
        lab.wait_until(answers, "the name server to answer")

    def ask(self, port, numbers=range(QUERIES)):
        questions = self.folder / "questions"
        questions.write_text("".join(f"q{i}.test A\n" for i in numbers))
        done = subprocess.run(["dnsperf", "-s", "127.0.0.1", "-p", str(port), "-d", questions,
                               "-n", "1", "-Q", "1500", "-c", "4", "-t", "10"],
                              capture_output=True, timeout=120, check=False)
        text = done.stdout.decode()
        self.assertRegex(text, rf"Queries completed:\s+{len(numbers)} ", text)

    def rows_of(self, sensor):
        done = self.run_program("logs", "--store", self.folder / "log.db", "-n", "0", "--json",
                                f"sensor:{sensor}", "name:q*.test.")
        return [json.loads(line) for line in done.stdout.splitlines()]

    def wait_for_rows(self, sensor, count=QUERIES):
        with contextlib.suppress(AssertionError):  # finish() tells what is missing
            lab.wait_until(lambda: len(self.rows_of(sensor)) >= count, "the queries", 30)

    def finish(self, sensor, *processes, count=QUERIES):
        """Waits for what is under way, ends name server and log server, and compares."""
        self.wait_for_rows(sensor, count)
        said = [self.stop(process) for process in processes]
        rows = self.rows_of(sensor)
        names = collections.Counter(row["query"].rstrip(".") for row in rows)
        wrong = [(name, names[name]) for name in (f"q{i}.test" for i in range(count))
                 if names[name] != 1]
        self.assertEqual((wrong[:9], len(wrong), len(rows)), ([], 0, count), said)
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
        process = self.start(lab.tool("unbound"), "-d", "-c", config)
        self.wait_for_answer(port)
        return process, port

    @lab.needs("unbound", "dnsperf", "dig")
    def test_unbound_over_a_unix_socket(self):
        path = self.folder / "tap.sock"
        server, _ = self.collect(f"unix:{path}")
        unbound, port = self.start_unbound(f'    dnstap-socket-path: "{path}"')
        self.ask(port)
        self.finish("unbound-1", unbound, server)

    @lab.needs("unbound", "dnsperf", "dig")
    def test_unbound_over_tcp(self):
        server, tap = self.collect("tcp://127.0.0.1:0")
        unbound, port = self.start_unbound(
            f'    dnstap-ip: "127.0.0.1@{tap}"\n    dnstap-tls: no')
        self.ask(port)
        self.finish("unbound-1", unbound, server)

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
        process = self.start(lab.tool("knotd"), "-c", config)
        self.wait_for_answer(port)
        return process, port

    @lab.needs("knotd", "dnsperf", "dig")
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
        # What its queue of 512 messages cannot take, it drops, and on a busy machine that is soon
        # full: so much at a time that it always fits.
        count = QUERIES // 4
        for first in range(0, count, 250):
            self.ask(port, range(first, first + 250))
            self.wait_for_rows("knot-1", first + 250)
        self.finish("knot-1", knot, server, count=count)

    @lab.needs("dnsdist", "knotd", "dnsperf", "dig")
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
        dnsdist = self.start(lab.tool("dnsdist"), "-C", config, "--supervised", "--disable-syslog")
        self.wait_for_answer(port)
        self.ask(port)
        self.finish("dnsdist-1", dnsdist, server)

    @lab.needs("unbound", "dnsperf", "dig")
    def test_unbound_over_tls(self):
        """Both sides show a certificate of our authority; Unbound checks the name."""
        where = self.folder / "certs"
        for words in (("init",), ("server", "localhost"), ("client", "unbound")):
            self.run_program("certs", *words, "-d", where)
        server, tap = self.collect(
            "tls://127.0.0.1:0", "--certificate", where / "localhost.pem", "--key",
            where / "localhost.key", "--client-ca", where / "ca.pem")
        unbound, port = self.start_unbound(f"""
    dnstap-ip: "127.0.0.1@{tap}"
    dnstap-tls: yes
    dnstap-tls-server-name: "localhost"
    dnstap-tls-cert-bundle: "{where}/ca.pem"
    dnstap-tls-client-cert-file: "{where}/unbound.pem"
    dnstap-tls-client-key-file: "{where}/unbound.key"
""")
        self.ask(port)
        self.finish("unbound-1", unbound, server)

    @lab.needs("named", "dnsperf", "dig")
    def test_bind_over_a_unix_socket(self):
        path = self.folder / "tap.sock"
        server, _ = self.collect(f"unix:{path}")
        port = free_port()
        (self.folder / "test.zone").write_text(zone_text())
        config = self.folder / "named.conf"
        config.write_text(f"""
options {{
    directory "{self.folder}";
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    pid-file "named.pid";
    session-keyfile "session.key";
    recursion no;
    dnssec-validation no;
    dnstap {{ client; auth; }};
    dnstap-output unix "{path}";
    dnstap-identity "bind-1";
    fstrm-set-input-queue-size 16384;
}};
controls {{ }};
zone "test" {{ type primary; file "test.zone"; }};
""")
        bind = self.start(lab.tool("named"), "-g", "-n", "1", "-c", config)
        self.wait_for_answer(port)
        self.ask(port)
        self.finish("bind-1", bind, server)

    @lab.needs("pdns_recursor", "dnsperf", "dig")
    def test_powerdns_recursor_over_tcp(self):
        """Its dnstap tells what it asks others: it has to ask Knot for every name."""
        server, tap = self.collect("tcp://127.0.0.1:0")
        _, backend = self.start_knot()
        port = free_port()
        (self.folder / "tap.lua").write_text(
            f'dnstapFrameStreamServer({{"127.0.0.1:{tap}"}}, '
            '{logQueries=true, logResponses=true, inputQueueSize=16384, flushTimeout=1})\n')
        recursor = self.start(
            lab.tool("pdns_recursor"), f"--config-dir={self.folder}", f"--socket-dir={self.folder}",
            "--local-address=127.0.0.1", f"--local-port={port}", "--daemon=no",
            f"--lua-config-file={self.folder}/tap.lua", "--dnssec=off", "--hint-file=no",
            f"--forward-zones=test=127.0.0.1:{backend}", "--dont-query=", "--server-id=pdns-1",
            "--disable-packetcache=yes", "--threads=1", "--disable-syslog=yes", "--loglevel=0",
            "--security-poll-suffix=")
        self.wait_for_answer(port)
        self.ask(port)
        self.finish("pdns-1", recursor, server)


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

    @lab.needs("dnstap-ldns")
    def test_dnstap_ldns_reads_our_file(self):
        out = self.folder / "out.fstrm"
        self.run_program("watch", "-r", DEMO, "-q", "--store", self.folder / "local.db",
                         "--dnstap", out)
        done = subprocess.run(["dnstap-ldns", "-q", "-r", out], capture_output=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.expect_messages(done.stdout.decode(errors="replace"))

    @lab.needs("dnstap-ldns", "fstrm_capture")
    def test_fstrm_capture_receives_from_us(self):
        path, out = self.folder / "tap.sock", self.folder / "captured.fstrm"
        capture = self.start("fstrm_capture", "-t", "protobuf:dnstap.Dnstap", "-u", path, "-w",
                             out)
        lab.wait_until(path.exists, "fstrm_capture")
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


def setup(program):
    global PROGRAM
    PROGRAM = str(program)


if __name__ == "__main__":
    lab.run_tests(setup, (), bridge=False)
