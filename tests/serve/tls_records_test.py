#!/usr/bin/env python3
"""DNS over TLS, record by record: a client that sends every question in a TLS record of its own, a
great many of them by one write, gets every answer; so does one whose records come in pieces."""

import argparse
import pathlib
import shutil
import signal
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import time
import unittest

from daemons import free_port

QUESTIONS = 600  # more than the server reads of a connection in one turn


def question(number):
    query = struct.pack(">HHHHHH", number, 0x0100, 1, 0, 0, 0) + b"\3www\7example\3org\0\0\1\0\1"
    return struct.pack(">H", len(query)) + query


class Client:
    """TLS over memory, so that the test says when bytes leave."""

    def __init__(self, test, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 5)
        test.addCleanup(self.socket.close)
        self.socket.settimeout(5)
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self.coming, self.going = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.coming, self.going)
        while True:
            try:
                self.tls.do_handshake()
                break
            except ssl.SSLWantReadError:
                self.socket.sendall(self.going.read())
                self.coming.write(self.socket.recv(65536))
        self.socket.sendall(self.going.read())

    def records(self, count):
        """That many questions, each in a record."""
        for number in range(count):
            self.tls.write(question(number))
        return self.going.read()

    def answers(self, count):
        """The ids of the next so many answers."""
        plain, ids = b"", []
        while len(ids) < count:
            try:
                plain += self.tls.read(65536)
            except ssl.SSLWantReadError:
                self.coming.write(self.socket.recv(65536))
                continue
            while len(plain) >= 2 and len(plain) >= 2 + struct.unpack_from(">H", plain)[0]:
                length, number = struct.unpack_from(">HH", plain)
                ids.append(number)
                plain = plain[2 + length:]
        return ids


class TlsRecords(unittest.TestCase):
    program = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vedette-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-keyout", "key.pem", "-out", "cert.pem"],
                       cwd=self.folder, capture_output=True, check=True)
        (self.folder / "zone").write_text("$TTL 60\n@ SOA ns h 1 60 60 60 60\n@ NS ns\n"
                                          "ns A 127.0.0.1\nwww A 192.0.2.1\n")
        self.port, self.https = free_port(), free_port()
        self.server = subprocess.Popen(
            [self.program, "serve", "--no-log", "--zone", f"example.org={self.folder}/zone",
             "--records", self.folder / "none.db", "--listen", f"127.0.0.1:{free_port()}",
             "--tls", f"127.0.0.1:{self.port}", "--https", f"127.0.0.1:{self.https}",
             "--certificate", self.folder / "cert.pem",
             "--key", self.folder / "key.pem"], stderr=subprocess.DEVNULL)
        self.addCleanup(self.stop)
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return
            time.sleep(0.05)
        self.fail("the server does not listen")

    def stop(self):
        self.server.send_signal(signal.SIGTERM)
        self.server.wait(10)

    def test_many_records_in_one_write(self):
        client = Client(self, self.port)
        client.socket.sendall(client.records(QUESTIONS))
        self.assertEqual(client.answers(QUESTIONS), list(range(QUESTIONS)))

    def test_records_in_pieces(self):
        client = Client(self, self.port)
        data = client.records(30)
        for start in range(0, len(data), 37):
            client.socket.sendall(data[start:start + 37])
            time.sleep(0.002)
        self.assertEqual(client.answers(30), list(range(30)))

    @unittest.skipUnless(shutil.which("dnsperf"), "dnsperf is not installed")
    def test_dnsperf(self):
        """Ten questions in flight, each in a record: dnsperf must see every answer."""
        (self.folder / "questions").write_text("www.example.org A\n" * 200)
        for transport, port, more in (
                ("dot", self.port, []), ("doh", self.https, ["-O", "doh-method=POST"]),
                ("doh", self.https, ["-O", "doh-method=GET"])):
            out = subprocess.run(
                ["dnsperf", "-s", "127.0.0.1", "-p", str(port), "-m", transport, "-O",
                 "doh-uri=https://localhost/dns-query", *more, "-d", self.folder / "questions",
                 "-n", "1", "-c", "1", "-q", "10"],
                capture_output=True, text=True, check=False, timeout=60).stdout
            self.assertIn("Queries completed:    200 (100.00%)", out, (transport, more))


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    TlsRecords.program = pathlib.Path(parser.parse_args().program).resolve()
    unittest.main(argv=sys.argv[:1])
