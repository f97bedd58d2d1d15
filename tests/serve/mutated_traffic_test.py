#!/usr/bin/env python3
"""Mutated queries at full rate over UDP, TCP, DoT and DoH (HTTP/1.1 and HTTP/2), and mutated
datagrams of QUIC, to `vedette serve` on loopback, for --seconds. It must answer valid questions all
the while, send nothing that is no answer, and end in order when asked. Meant for a build with
sanitizers, whose word in the log, at the end too (leaks), is a failure; any build will do."""

import argparse
import collections
import pathlib
import random
import re
import select
import shutil
import socket
import ssl
import sys
import tempfile
import time

import daemons
import mutations

SANITIZER = re.compile(r"AddressSanitizer|LeakSanitizer|runtime error|Assertion|terminate called")
WINDOW = 64  # datagrams between two looks at what came back
POOL = 20_000
# The server says how long its end took: connections for 2 s, the log for 15 s and what the store
# has in hand then. Leaks are looked for after that, and take as long as the heap is large.
OWN_END_SECONDS = 25.0
END_SECONDS = 90.0
RENEW_SECONDS = 15.0
LARGEST_DATAGRAM = 1232


class Generator:
    def __init__(self, service, seed):
        self.service, self.dice = service, random.Random(seed)
        self.counts = collections.Counter()
        self.problems = []
        self.datagrams = [self.datagram_socket() for _ in range(8)]
        self.tls = self.tls_context(["dot"])
        self.http1 = self.tls_context(["http/1.1"])
        self.http2 = self.tls_context(["h2"])
        self.quic = self.quic_socket()
        self.quic_seeds = self.record_quic()
        self.quic_sent = self.quic_got = 0
        self.renew()

    def quic_socket(self):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.connect(("127.0.0.1", self.service.quic))
        udp.setblocking(False)
        return udp

    def record_quic(self):
        """First packets of kdig where it has QUIC, taken by a socket that does not answer."""
        seeds = []
        if not shutil.which("kdig") or not re.search(r"\bquic\b",
                                                     daemons.run("kdig", "--help").stdout):
            return seeds
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trap:
            trap.bind(("127.0.0.1", 0))
            trap.settimeout(2)
            for _ in range(4):
                daemons.run("kdig", "@127.0.0.1", "-p", trap.getsockname()[1], "+quic", "+time=1",
                            "+retry=0", "www.example.org")
                try:
                    seeds.append(trap.recv(4096))
                except TimeoutError:
                    pass
        return seeds

    def send_quic(self, count):
        """What comes back is never more than three times what went there (RFC 9000 8.1)."""
        for _ in range(count):
            packet = mutations.quic(self.dice, self.quic_seeds)
            try:
                self.quic_sent += self.quic.send(packet)
            except OSError:
                self.counts["not sent"] += 1
        self.counts["QUIC datagrams"] += count
        time.sleep(0.002)
        while True:
            try:
                self.quic_got += len(self.quic.recv(65535))
            except OSError:
                break
            self.counts["QUIC answers"] += 1
        if self.quic_got > 3 * self.quic_sent:
            self.problems.append(f"QUIC: {self.quic_got} octets for {self.quic_sent}")

    def quic_still_answers(self):
        if not self.quic_seeds:
            return
        out = daemons.run("kdig", "@127.0.0.1", "-p", self.service.quic, "+quic", "+time=10",
                          "+retry=0", f"www.{mutations.ZONE}").stdout
        self.counts["QUIC looks"] += 1
        if "192.0.2.1" not in out:
            self.problems.append(f"a valid question over QUIC got no answer: {out[-200:]}")

    def tls_context(self, protocols):
        context = ssl.create_default_context(cafile=self.service.certificate)
        context.set_alpn_protocols(protocols)
        return context

    def datagram_socket(self):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        udp.connect(("127.0.0.1", self.service.port))
        udp.setblocking(False)
        return udp

    def renew(self):
        self.pool = mutations.pool(self.dice, POOL)
        self.pool_since = time.monotonic()

    def send_datagrams(self, count):
        messages = self.dice.sample(self.pool, count)
        for start in range(0, count, WINDOW):
            udp = self.datagrams[start // WINDOW % len(self.datagrams)]
            window = messages[start:start + WINDOW]
            for message in window:
                try:
                    udp.send(message)
                except BlockingIOError:
                    self.counts["not sent"] += 1
            self.counts["UDP queries"] += len(window)
            self.take_datagrams(udp, len(window))

    def take_datagrams(self, udp, expected):
        """What comes within a moment: some queries deserve silence, so it waits for most."""
        got = 0
        while got < expected:
            if not select.select([udp], [], [], 0.002 if got < expected // 2 else 0.0)[0]:
                return
            try:
                answer = udp.recv(65535)
            except OSError:
                return
            got += 1
            self.judge(answer, LARGEST_DATAGRAM)

    def judge(self, answer, limit):
        self.counts["answers"] += 1
        if len(answer) < 12 or not answer[2] & 0x80 or len(answer) > limit:
            self.problems.append(f"no answer: {answer[:40].hex()} of {len(answer)} octets")

    def connect(self, port, context=None):
        stream = socket.create_connection(("127.0.0.1", port), 10)
        return context.wrap_socket(stream, server_hostname="localhost") if context else stream

    def converse(self, what, port, context, bytes_out):
        """Opens a connection and sends everything; its socket, or None."""
        self.counts[f"{what} connections"] += 1
        try:
            stream = self.connect(port, context)
            stream.settimeout(0.5)
            stream.sendall(bytes_out)
        except OSError:
            return None
        if self.dice.randrange(8) == 0:
            stream.close()  # goes away without reading
            return None
        stream.setblocking(False)
        return stream

    def send_stream(self, what, port, context):
        messages = self.dice.sample(self.pool, self.dice.choice([1, 20, 100]))
        framed = b"".join(len(m).to_bytes(2, "big") + m for m in messages)
        if self.dice.randrange(4) == 0:
            framed = mutations.damaged(self.dice, framed)
        self.counts[f"{what} queries"] += len(messages)
        return self.converse(what, port, context, framed), self.judge_stream

    def judge_stream(self, got):
        at = 0
        while at + 2 <= len(got):
            length = int.from_bytes(got[at:at + 2], "big")
            if len(got) < at + 2 + length:
                break
            self.judge(bytes(got[at + 2:at + 2 + length]), 65535)
            at += 2 + length

    def send_http1(self):
        messages = self.dice.sample(self.pool, self.dice.choice([1, 5, 20]))
        self.counts["DoH/1.1 queries"] += len(messages)
        requests = b"".join(mutations.http1(self.dice, m) for m in messages)
        return (self.converse("DoH/1.1", self.service.https, self.http1, requests),
                self.judge_http1)

    def judge_http1(self, got):
        if got and not got.startswith(b"HTTP/1.1 "):
            self.problems.append(f"no HTTP: {bytes(got[:40])}")
        self.counts["answers"] += got.count(b"HTTP/1.1 200 ")

    def send_http2(self):
        messages = self.dice.sample(self.pool, self.dice.choice([1, 10, 90, 120]))
        self.counts["DoH/2 queries"] += len(messages)
        requests = mutations.http2(self.dice, messages)
        return (self.converse("DoH/2", self.service.https, self.http2, requests),
                self.judge_http2)

    def judge_http2(self, got):
        at = 0
        while at + 9 <= len(got):
            length = int.from_bytes(got[at:at + 3], "big")
            if got[at + 3] > 9 or length > 16384:
                self.problems.append(f"no HTTP/2 frame: {bytes(got[at:at + 20]).hex()}")
                return
            self.counts["answers"] += got[at + 3] == mutations.DATA and length > 0
            at += 9 + length

    def send_streams(self):
        """A round of connections at once; what they bring until they are all silent."""
        opened = [self.send_stream("TCP", self.service.port, None) for _ in range(12)]
        opened += [self.send_stream("DoT", self.service.tls, self.tls) for _ in range(4)]
        opened += [self.send_http1() for _ in range(4)] + [self.send_http2() for _ in range(4)]
        got = {stream: (bytearray(), judge) for stream, judge in opened if stream is not None}
        reading = set(got)
        while reading:
            ready = select.select(list(reading), [], [], 0.05)[0]
            if not ready:
                break
            for stream in ready:
                if not self.read_more(stream, got[stream][0]):
                    reading.discard(stream)
        for stream, (bytes_in, judge) in got.items():
            judge(bytes_in)
            stream.close()

    @staticmethod
    def read_more(stream, into):
        """False at the end of the stream."""
        try:
            more = stream.recv(65536)
            into += more
            return bool(more) and len(into) < 4_000_000
        except (BlockingIOError, ssl.SSLWantReadError):
            return True
        except OSError:
            return False

    def still_answers(self):
        """A valid question over each transport; UDP may lose one to a full buffer."""
        query = daemons.make_query(f"www.{mutations.ZONE}")
        for _ in range(5):
            answer = daemons.ask_udp(self.service.port, query, 2.0)
            if answer is not None:
                break
        if answer is None or answer[7] != 1:
            self.problems.append("a valid question over UDP got no answer")
        for what, port, context in [("TCP", self.service.port, None),
                                    ("DoT", self.service.tls, self.tls)]:
            try:
                with self.connect(port, context) as stream:
                    stream.settimeout(10)
                    stream.sendall(len(query).to_bytes(2, "big") + query)
                    length = daemons.read_exactly(stream, 2)
                    answer = daemons.read_exactly(stream, int.from_bytes(length or b"\0\0", "big"))
            except OSError as error:
                answer = None
                self.problems.append(f"{what}: {error}")
            if not answer or answer[7] != 1:
                self.problems.append(f"a valid question over {what} got no answer")
        try:
            with self.connect(self.service.https, self.http1) as stream:
                stream.settimeout(10)
                stream.sendall(b"POST /dns-query HTTP/1.1\r\nhost: a\r\ncontent-type: "
                               b"application/dns-message\r\ncontent-length: %d\r\n\r\n" % len(query)
                               + query)
                if not stream.recv(4096).startswith(b"HTTP/1.1 200"):
                    self.problems.append("a valid question over DoH got no answer")
        except OSError as error:
            self.problems.append(f"DoH: {error}")
        self.counts["looks"] += 1

    def run(self, seconds):
        end = time.monotonic() + seconds
        next_look = next_quic_look = time.monotonic()
        while time.monotonic() < end and len(self.problems) < 20:
            if self.service.server.process.poll() is not None:
                self.problems.append("the server has ended")
                return
            self.send_datagrams(4_000)
            self.send_quic(200)
            self.send_streams()
            if time.monotonic() > self.pool_since + RENEW_SECONDS:
                self.renew()
            if time.monotonic() > next_look:
                self.still_answers()
                next_look = time.monotonic() + 1.0
            if time.monotonic() > next_quic_look:
                self.quic_still_answers()
                next_quic_look = time.monotonic() + 10.0
        self.still_answers()
        self.quic_still_answers()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--no-log", action="store_true", help="do not store the exchanges")
    parser.add_argument("--store-size", default="512MiB",
                        help="of the store; a small one drops old exchanges all the while")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="vedette-mutated-") as name:
        folder = pathlib.Path(name)
        (folder / mutations.ZONE).write_text(mutations.ZONE_TEXT)
        service = daemons.Vedette(
            arguments.program, folder, {mutations.ZONE: folder / mutations.ZONE},
            'transfer_to = ["127.0.0.1"]\nnsid = "here"\nversion = "some"\n'
            f'log = {str(not arguments.no_log).lower()}\n'
            f'tsig_keys = ["{daemons.KEY_NAME}:hmac-sha256:{daemons.SECRET}"]', encrypted=True,
            store=f'max_size = "{arguments.store_size}"')
        print(f"seed {arguments.seed}", flush=True)
        start = time.monotonic()
        with service:
            generator = Generator(service, arguments.seed)
            generator.run(arguments.seconds)
            seconds = time.monotonic() - start
            status = service.stop(seconds=END_SECONDS)
            ending = time.monotonic() - start - seconds
        log = service.log()
    for what, count in sorted(generator.counts.items()):
        print(f"{count:12,} {what}")
    print(f"{seconds:.0f} s and {ending:.1f} s to end, exit status {status}\n{log[-3000:]}")
    if status != 0:
        generator.problems.append(f"exit status {status}")
    own = re.search(r"not logged .*ended in ([0-9.]+) s", log)
    if not arguments.no_log and (not own or float(own[1]) > OWN_END_SECONDS):
        generator.problems.append(f"more than {OWN_END_SECONDS} s to end, or not a word of it")
    if SANITIZER.search(log):
        generator.problems.append("the log holds a sanitizer's word")
    for problem in generator.problems:
        print(f"FAIL {problem}")
    return 1 if generator.problems else 0


if __name__ == "__main__":
    sys.exit(main())
