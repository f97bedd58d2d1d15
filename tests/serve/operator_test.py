#!/usr/bin/env python3
"""What docs/serve.md promises to who runs the server: records by hand, as a hosts file and as a
zone file, and back; a sinkhole; what the server says of itself; certificates changed while it runs;
limits on datagrams of a prefix and on connections."""

import argparse
import contextlib
import os
import pathlib
import re
import select
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest
import warnings

import daemons

ZONE = "example.org"
ZONE_TEXT = ("$TTL 60\n@ SOA ns h 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\nwww A 192.0.2.1\n" +
             "".join(f"big TXT \"{i} {'x' * 200}\"\n" for i in range(12)))
NAMESPACE = f"vedette-serve-{os.getpid()}"
PROGRAM = None


class WithService(unittest.TestCase):
    settings = ""
    encrypted = False

    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory(prefix="vedette-operator-")
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        (self.folder / ZONE).write_text(ZONE_TEXT)
        self.service = daemons.Vedette(PROGRAM, self.folder, {ZONE: self.folder / ZONE},
                                       self.settings, encrypted=self.encrypted)

    def start(self):
        self.service.start()
        self.addCleanup(self.service.stop)

    def records(self, *words, status=0):
        made = self.service.command("records", *words)
        self.assertEqual(made.returncode, status, f"{words}\n{made.stdout}{made.stderr}")
        return made.stdout + made.stderr


class Records(WithService):
    ROWS = [("a.fr", "A", "192.0.2.1"), ("a.fr", "AAAA", "2001:db8::1"),
            ("a.fr", "MX", "10", "m.a.fr"), ("t.a.fr", "TXT", "two words", "more"),
            ("s.a.fr", "SRV", "1", "2", "3", "m.a.fr"), ("h.a.fr", "HTTPS", "1", ".", "alpn=h2"),
            ("c.a.fr", "CAA", "0", "issue", '"ca.example"'),
            ("u.a.fr", "TYPE65280", "\\#", "4", "0A0B0C0D"), ("*.w.a.fr", "A", "192.0.2.2"),
            ("x.a.fr", "CNAME", "a.fr"), ("d.a.fr", "DNAME", "a.fr"), ("n.a.fr", "NS", "ns.n.a.fr"),
            ("l.a.fr", "LOC", "52", "22", "23.000", "N", "4", "53", "32.000", "E", "-2.00m",
             "0.00m", "10000m", "10m"), ("10.in-addr.arpa", "PTR", "a.fr"),
            ("t.a.fr", "SPF", "v=spf1"),
            ("q.a.fr", "NAPTR", "1", "2", '"S"', '"SIP+D2U"', '""', "s.a.fr")]

    def test_every_kind_goes_in_and_comes_out(self):
        for row in self.ROWS:
            self.records("add", *row)
        exported = self.service.command("records", "export").stdout
        self.assertEqual(exported.count("\n"), len(self.ROWS))
        listed = self.service.command("records", "list", "--json").stdout
        self.assertEqual(listed.count("\n"), len(self.ROWS))
        (self.folder / "all.zone").write_text(exported)
        for name, rtype, *data in self.ROWS:
            self.records("remove", name, rtype, *data)
        self.assertEqual(self.service.command("records", "export").stdout, "")
        self.records("import", "zonefile", self.folder / "all.zone")
        self.assertEqual(self.service.command("records", "export").stdout, exported)
        self.start()
        for name, rtype, *_ in self.ROWS:
            out = self.service.dig(name.replace("*", "any"), rtype, "+norec")
            self.assertIn("status: NOERROR", out)
            self.assertIn(f"\t{rtype}" if rtype != "TYPE65280" else "TYPE65280", out)

    def test_mistakes_are_refused_with_a_reason(self):
        self.records("add", "a.fr", "CNAME", "b.fr")
        for words, reason in [(("a.fr", "A", "192.0.2.1"), "CNAME stands alone"),
                              (("b.fr", "A", "300.1.1.1"), "300.1.1.1"),
                              (("b.fr", "WAT", "x"), "no record type"),
                              (("b.fr", "ANY", "x"), "no record type"),
                              (("b.fr", "A"), "expected NAME TYPE DATA"),
                              (("b..fr", "A", "192.0.2.1"), "b..fr"),
                              (("x" * 64 + ".fr", "A", "192.0.2.1"), "63"),
                              (("b\u00fccher.fr", "A", "192.0.2.1"), "xn--"),
                              (("b.fr", "A", "192.0.2.1", "--ttl", "soon"), "no TTL")]:
            made = self.service.command("records", "add", *words)
            self.assertNotEqual(made.returncode, 0, words)
            self.assertIn(reason, made.stderr)
        self.assertIn("no such record", self.records("remove", "b.fr", status=1))
        self.assertEqual(self.service.command("records", "export").stdout.count("\n"), 1)

    def test_an_alias_needs_no_name_above_it(self):
        self.records("add", "shop.fr", "CNAME", f"www.{ZONE}")
        self.start()
        out = self.service.dig("shop.fr", "A")
        self.assertIn("status: NOERROR", out)
        self.assertRegex(out, rf"shop\.fr\.\s+300\s+IN\s+CNAME\s+www\.{ZONE}\.")
        self.assertRegex(out, rf"www\.{ZONE}\.\s+60\s+IN\s+A\s+192\.0\.2\.1")
        self.assertIn("CNAME", self.service.dig("shop.fr", "MX"))
        self.assertRegex(self.service.dig("shop.fr", "SOA"), r"ANSWER: 1\b[^$]*IN\s+SOA")
        self.assertIn("status: NXDOMAIN", self.service.dig("a.shop.fr", "A"))
        self.records("add", "a.shop.fr", "A", "192.0.2.9")
        daemons.wait_until(lambda: "192.0.2.9" in self.service.dig("a.shop.fr", "+short"),
                           "the new record is served")
        self.records("remove", "shop.fr", "CNAME")
        daemons.wait_until(lambda: "REFUSED" in self.service.dig("shop.fr", "A"),
                           "nothing is left of the alias")

    def test_imports_are_whole_or_not_at_all(self):
        hosts = self.folder / "hosts"
        hosts.write_text("192.0.2.1 one.lan uno.lan # first\n\n2001:db8::1 one.lan\n")
        self.assertIn("3 records", self.records("import", "hosts", hosts))
        hosts.write_text("192.0.2.3 three.lan\n192.0.2 four.lan\n")
        self.assertIn(f"{hosts}:2: '192.0.2' is no address",
                      self.records("import", "hosts", hosts, status=1))
        zone = self.folder / "lan.zone"
        zone.write_text("$ORIGIN lan.\nfive A 192.0.2.5\nsix A nonsense\n")
        self.assertIn(f"{zone}:3:", self.records("import", "zonefile", zone, status=1))
        exported = self.service.command("records", "export").stdout
        self.assertEqual(exported.count("\n"), 3)
        self.start()
        self.assertIn("192.0.2.1", self.service.dig("uno.lan", "+short"))


class Sinkhole(WithService):
    settings = 'unknown = ["0.0.0.0", "::"]'

    def test_unknown_names_and_ours(self):
        self.start()
        out = self.service.dig("ads.example.com", "A")
        self.assertIn("\tA\t0.0.0.0", out)
        self.assertIn("EDE: 4 (Forged Answer)", out)
        self.assertIn("\tAAAA\t::", self.service.dig("ads.example.com", "AAAA"))
        out = self.service.dig("ads.example.com", "MX")
        self.assertIn("status: NOERROR", out)
        self.assertIn("ANSWER: 0", out)
        self.assertIn("status: NXDOMAIN", self.service.dig(f"nope.{ZONE}"))


class Self(WithService):
    """Nothing is told unless it is configured."""

    def test_silent_by_default(self):
        self.start()
        for name in ["version.bind", "version.server", "id.server", "hostname.bind",
                     "authors.bind"]:
            out = self.service.dig(name, "CH", "TXT")
            self.assertIn("status: REFUSED", out)
            self.assertIn("EDE: 18 (Prohibited)", out)
        self.assertNotIn("NSID", self.service.dig(ZONE, "+nsid"))
        out = self.service.dig("example.com")
        self.assertIn("status: REFUSED", out)
        self.assertIn("EDE: 20 (Not Authoritative)", out)
        self.assertIn("EDE: 21 (Not Supported)", self.service.dig(ZONE, "MAILA"))
        self.assertIn("Transfer failed", self.service.dig(ZONE, "AXFR"))


class Told(WithService):
    settings = 'nsid = "box1"\nversion = "some"'

    def test_told_when_configured(self):
        self.start()
        self.assertIn('"some"', self.service.dig("version.bind", "CH", "TXT"))
        self.assertIn('"box1"', self.service.dig("id.server", "CH", "TXT"))
        self.assertIn('("box1")', self.service.dig(ZONE, "+nsid"))


class Certificates(WithService):
    encrypted = True

    def serial(self):
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", self.service.tls), 5) as tcp, \
                context.wrap_socket(tcp) as stream:
            return stream.getpeercert(binary_form=True)

    def test_changed_while_it_runs(self):
        self.start()
        before = self.serial()
        context = ssl.create_default_context(cafile=self.service.certificate)
        with socket.create_connection(("127.0.0.1", self.service.tls), 5) as tcp, \
                context.wrap_socket(tcp, server_hostname="localhost") as open_before:
            self.service.make_certificate()
            self.service.reload()
            daemons.wait_until(lambda: self.serial() != before, "the new certificate", 5)
            after = self.serial()
            self.service.certificate.write_text("no certificate\n")
            self.service.reload()
            daemons.wait_until(lambda: "stays in use" in self.service.log(), "a word about it", 5)
            self.assertEqual(self.serial(), after)
            query = daemons.make_query(f"www.{ZONE}")
            open_before.sendall(len(query).to_bytes(2, "big") + query)
            self.assertEqual(daemons.read_exactly(open_before, 10)[9], 1, "the old session goes on")

    def test_versions_resumption_and_names(self):
        self.start()
        for version, wanted in [(ssl.TLSVersion.TLSv1_1, None), (ssl.TLSVersion.TLSv1_2, "TLSv1.2"),
                                (ssl.TLSVersion.TLSv1_3, "TLSv1.3")]:
            context = ssl.create_default_context(cafile=self.service.certificate)
            context.set_ciphers("ALL:@SECLEVEL=0")
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the oldest one is what must not be spoken
                context.minimum_version = context.maximum_version = version
            context.set_alpn_protocols(["dot"])
            spoken = resumed = None
            with contextlib.suppress(ssl.SSLError, OSError):
                session = None
                for _ in range(2):
                    with socket.create_connection(("127.0.0.1", self.service.tls), 5) as tcp, \
                            context.wrap_socket(tcp, server_hostname="localhost",
                                                session=session) as stream:
                        query = daemons.make_query(f"www.{ZONE}")
                        stream.sendall(len(query).to_bytes(2, "big") + query)
                        self.assertIsNotNone(daemons.read_exactly(stream, 14))
                        self.assertEqual(stream.selected_alpn_protocol(), "dot")
                        spoken, resumed = stream.version(), stream.session_reused
                        session = stream.session
            self.assertEqual(spoken, wanted)
            self.assertEqual(resumed, True if wanted else None, wanted)

    def test_padding_hides_sizes(self):
        daemons.need("kdig")
        self.start()
        sizes = set()
        for name in ["www", "a", "a-much-longer-name-that-does-not-exist"]:
            out = daemons.run("kdig", "@127.0.0.1", "-p", self.service.tls, "+tls", "+padding",
                              f"{name}.{ZONE}").stdout
            sizes.add(re.search(r"Received (\d+) B", out)[1])
        self.assertEqual(sizes, {"468"}, "RFC 8467 4.1")


class Connections(WithService):
    encrypted = True

    def connect(self, port):
        return socket.create_connection(("127.0.0.1", port), 5)

    def closed_within(self, stream, seconds):
        if not select.select([stream], [], [], seconds)[0]:
            return False
        with contextlib.suppress(ConnectionError):
            return stream.recv(1) == b""
        return True

    def test_slow_and_half_open_clients_are_closed(self):
        """A message, a handshake or a request that never ends; a drop at a time does not help."""
        self.start()
        request = b"POST /dns-query HTTP/1.1\r\ncontent-length: 50\r\n"
        silent = [self.connect(port) for port in
                  [self.service.port, self.service.tls, self.service.https]]
        context = ssl.create_default_context(cafile=self.service.certificate)
        slow = [self.connect(self.service.port), self.connect(self.service.tls),
                context.wrap_socket(self.connect(self.service.https), server_hostname="localhost")]
        start = time.monotonic()
        drops = [b"\0\x40" + bytes(60), b"\x16\x03\1\2\0\1\0\1\xfc\3\3" + bytes(80),
                 request + b"a" * 60]
        open_still = dict(zip(slow, drops))
        ended = {}
        while open_still and time.monotonic() - start < 15:
            for stream, drop in list(open_still.items()):
                try:
                    stream.send(drop[:1])
                    open_still[stream] = drop[1:]
                    stream.setblocking(False)
                    if stream.recv(10) == b"":
                        raise ConnectionError
                except (BlockingIOError, ssl.SSLWantReadError):
                    pass
                except OSError:
                    ended[stream] = time.monotonic() - start
                    del open_still[stream]
            time.sleep(0.1)
        self.assertEqual(len(ended), 3, "the slow ones are closed")
        self.assertLess(max(ended.values()), 8)
        for stream in silent:
            self.assertTrue(self.closed_within(stream, 12))
        for stream in [*slow, *silent]:
            stream.close()

    def test_one_client_does_not_take_all(self):
        self.start()
        streams = [self.connect(self.service.port) for _ in range(80)]
        time.sleep(0.3)
        closed = [stream for stream in streams if self.closed_within(stream, 0)]
        self.assertEqual(len(closed), 80 - 64)
        self.assertEqual(daemons.ask_udp(self.service.port, daemons.make_query(ZONE, 6))[7], 1)
        query = daemons.make_query(ZONE, 6)
        streams[0].sendall(len(query).to_bytes(2, "big") + query)
        self.assertIsNotNone(daemons.read_exactly(streams[0], 14))
        for stream in streams:
            stream.close()
        time.sleep(0.3)
        self.assertIsNotNone(daemons.ask_tcp(self.service.port, query), "their places are free")


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("ip"), "needs root and ip")
class FromElsewhere(WithService):
    """Loopback is exempt, so the client sits in a network namespace of its own."""

    def setUp(self):
        super().setUp()
        self.near, self.far = f"vs{os.getpid() % 100_000}a", f"vs{os.getpid() % 100_000}b"
        for command in [f"ip netns add {NAMESPACE}",
                        f"ip link add {self.near} type veth peer name {self.far} netns {NAMESPACE}",
                        f"ip addr add 198.18.77.1/24 dev {self.near}",
                        f"ip link set {self.near} up",
                        f"ip -n {NAMESPACE} addr add 198.18.77.2/24 dev {self.far}",
                        f"ip -n {NAMESPACE} link set {self.far} up"]:
            made = daemons.run(*command.split())
            if made.returncode != 0:
                self.take_down()
                self.skipTest(made.stderr)
        self.addCleanup(self.take_down)
        text = self.service.conf.read_text().replace('listen = ["127.0.0.1:',
                                                     'listen = ["198.18.77.1:', 1)
        self.service.conf.write_text(text)

    def take_down(self):
        daemons.run("ip", "link", "del", self.near)
        daemons.run("ip", "netns", "del", NAMESPACE)

    def ask_from_there(self, script):
        made = daemons.run("nsenter", f"--net=/run/netns/{NAMESPACE}", sys.executable, "-c",
                           "import sys; sys.path.insert(0, sys.argv[1])\n" + script,
                           pathlib.Path(__file__).parent, self.service.port)
        self.assertEqual(made.returncode, 0, made.stderr)
        return [int(word) for word in made.stdout.split()]

    def end(self):
        self.service.stop()
        return self.service.log()


class RateLimits(FromElsewhere):
    settings = 'answers_per_second = 20\nqueries_per_second = 0'

    def test_alike_answers_are_bounded_and_slip(self):
        self.start()
        answers, cut = self.ask_from_there(FLOOD.replace("OPT", "b''"))
        # A second's worth at once, 20 each second after; half of the rest comes back cut.
        self.assertLess(answers, 120)
        self.assertGreater(answers, 19)
        self.assertGreater(cut, 50)
        self.assertIn("rate limited", self.end())

    def test_a_cookie_is_a_way_out(self):
        self.start()
        answers, cut = self.ask_from_there(FLOOD.replace("OPT", "proved_opt()"))
        self.assertEqual((answers, cut), (400, 0))


class QuestionLimits(FromElsewhere):
    """Each question another name, so that no two answers are alike."""
    settings = 'queries_per_second = 50\nthreads = 1'

    def test_a_prefix_has_its_share_whatever_it_asks(self):
        for address in ("198.18.77.3/24", "198.18.78.2/24"):
            daemons.run("ip", "-n", NAMESPACE, "addr", "add", address, "dev", self.far)
        daemons.run("ip", "route", "add", "198.18.78.0/24", "dev", self.near)
        self.start()
        took, first, proved, neighbour, other, later = self.ask_from_there(QUESTIONS)
        # 1,200 in `took` milliseconds: a second's worth at once, then 50 each second. A cookie
        # proves an address and buys no more questions; a neighbour shares the prefix.
        self.assertGreaterEqual(first, 50)
        self.assertLessEqual(first + proved + neighbour, 55 + 50 * took // 1000)
        self.assertEqual(other, 20, "another prefix has its own share")
        self.assertEqual(later, 20, "after a pause")
        limited = re.search(r"(\d+) rate limited, 0 cut", self.end())
        self.assertIsNotNone(limited, "nothing is cut: such a client is not asked to come by TCP")
        self.assertGreater(int(limited[1]), 200)


QUESTIONS = """
import socket, time, daemons
def ask(address, count, opt=b""):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.bind((address, 0))
        udp.connect(("198.18.77.1", int(sys.argv[2])))
        for i in range(count):
            udp.send(daemons.make_query(f"n{i}.example.org", 1, opt=opt))
        udp.settimeout(0.3)
        answers = 0
        try:
            while True:
                udp.recv(4096)
                answers += 1
        except OSError:
            return answers
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
    udp.connect(("198.18.77.1", int(sys.argv[2])))
    udp.settimeout(2)
    client = bytes(range(8))
    opt = daemons.make_opt(options=b"\\0\\x0a\\0\\x08" + client)
    udp.send(daemons.make_query("example.org", 6, opt=opt))
    answer = udp.recv(4096)
    proof = daemons.make_opt(options=b"\\0\\x0a\\0\\x18" + answer[answer.index(client):][:24])
time.sleep(1.1)
began = time.monotonic()
first = ask("198.18.77.2", 400)
proved = ask("198.18.77.2", 400, proof)
neighbour = ask("198.18.77.3", 400)
took = int((time.monotonic() - began) * 1000)
other = ask("198.18.78.2", 20)
time.sleep(1.5)
later = ask("198.18.77.2", 20)
print(took, first, proved, neighbour, other, later)
"""

FLOOD = """
import socket, daemons
udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
udp.connect(("198.18.77.1", int(sys.argv[2])))
udp.settimeout(0.2)
def proved_opt():
    client = bytes(range(8))
    opt = daemons.make_opt(options=b"\\0\\x0a\\0\\x08" + client)
    udp.send(daemons.make_query("example.org", 6, opt=opt))
    answer = udp.recv(4096)
    return daemons.make_opt(options=b"\\0\\x0a\\0\\x18" + answer[answer.index(client):][:24])
query = daemons.make_query("www.example.org", 1, opt=OPT)
answers = cut = 0
def take(seconds):
    global answers, cut
    udp.settimeout(seconds)
    try:
        answer = udp.recv(4096)
    except OSError:
        return False
    cut += bool(answer[2] & 2)
    answers += not answer[2] & 2
    return True
for _ in range(400):
    udp.send(query)
    take(0.005)
while take(0.5):
    pass
print(answers, cut)
"""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    known, rest = parser.parse_known_args()
    PROGRAM = known.program
    unittest.main(argv=[sys.argv[0], *rest])
