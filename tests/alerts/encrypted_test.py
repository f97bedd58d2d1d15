#!/usr/bin/env python3
"""DNS that goes around the policy in TLS: kdig asks Unbound over TLS, curl asks it over HTTPS by a
public resolver's name, kdig tries QUIC. The program listens between them and tells each."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import lab  # noqa: E402

PROGRAM = None
DESK_MAC, SERVER_MAC = "f4:6b:ef:6a:ad:c4", "00:16:3e:00:00:01"
DESK, OURS = "198.51.100.7", "198.51.100.1"
SOMEBODY, KNOWN = "203.0.113.53", "9.9.9.9"  # the second is a public resolver's, in a namespace


class Unbound:
    """Answers names over UDP, TLS (853) and HTTPS (443), on every address of its machine."""

    def __init__(self, machine, addresses):
        folder = machine.lan.folder
        self.ca = folder / "resolver.pem"
        lab.certificate(folder, "resolver", "dns.google", "resolver.example", "doh.example.net")
        lines = "".join(f"    interface: {address}@{port}\n" for address in addresses
                        for port in (53, 443, 853))
        (folder / "unbound.conf").write_text(f"""server:
{lines}    tls-service-key: "{folder}/resolver.key"
    tls-service-pem: "{folder}/resolver.pem"
    tls-port: 853
    https-port: 443
    do-daemonize: no
    chroot: ""
    username: ""
    directory: "{folder}"
    pidfile: ""
    use-syslog: no
    logfile: "{folder}/unbound.log"
    module-config: "iterator"
    access-control: 0.0.0.0/0 allow
    local-zone: "example." redirect
    local-data: "example. 300 A 192.0.2.1"
    local-zone: "test." redirect
    local-data: "test. 300 A {OURS}"
    local-zone: "dns.google." redirect
    local-data: "dns.google. 300 A {SOMEBODY}"
remote-control:
    control-enable: no
""")
        self.process = machine.start("unbound", "-d", "-c", folder / "unbound.conf")


class Encrypted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.lan = lab.Lan()
        cls.addClassCleanup(cls.lan.close)
        cls.server = cls.lan.machine("server", SERVER_MAC, OURS)
        cls.desk = cls.lan.machine("desk", DESK_MAC, DESK)
        for address in (SOMEBODY, KNOWN):
            cls.server.run("ip", "address", "add", address + "/32", "dev", "eth0", check=True)
        cls.desk.run("ip", "route", "add", "default", "via", OURS, check=True)
        cls.unbound = Unbound(cls.server, [OURS, SOMEBODY, KNOWN])
        lab.wait_until(lambda: cls.desk.dig(OURS, "ready.example") == "192.0.2.1", "Unbound")

    def setUp(self):
        self.vedette = lab.Vedette(PROGRAM, self.lan.folder / self.id().rsplit(".", 1)[1])
        self.running = None
        self.addCleanup(self.end)

    def watch(self, *words):
        self.running = self.vedette.watch(*words)

    def end(self):
        if self.running is not None:
            running, self.running = self.running, None
            self.assertTrue(running.stop()["balanced"])

    def over_tls(self, server, *more):
        said = self.desk.run("kdig", "+short", "+tls", f"+tls-ca={self.unbound.ca}", *more,
                             f"@{server}", "louvre.example")
        self.assertEqual(said.strip(), "192.0.2.1")

    def over_https(self, server, name):
        """What a browser does: a name's address is asked at https://NAME/dns-query."""
        said = self.desk.run("curl", "-sv", "-m", "10", "--stderr", "-", "--doh-url",
                             f"https://{name}/dns-query", "--resolve", f"{name}:443:{server}",
                             "--cacert", self.unbound.ca, "http://probe.test:1/")
        self.assertIn(f"Trying {OURS}:1", said)  # where the answer leads; nobody listens there

    def told(self):
        return {(line["kind"], line["server"]) for line in self.vedette.alert_lines()
                if line["change"] == "new"}

    def test_tls_to_somebody(self):
        self.watch()
        self.over_tls(SOMEBODY, "+tls-hostname=resolver.example")
        alert = self.vedette.wait_for_alert("resolver.encrypted", server=SOMEBODY)
        self.assertEqual((alert["client"], alert["client_mac"]), (DESK, DESK_MAC))
        self.assertIn("DNS over TLS", alert["reason"])
        self.assertIn("resolver.example", alert["reason"])

    def test_an_authorized_one_and_a_banned_one(self):
        self.vedette.run("resolvers", "authorize", OURS, "resolver.example")
        self.vedette.run("resolvers", "ban", "doh.example.net", "--reason", "not ours")
        self.watch()
        self.over_tls(OURS, "+tls-hostname=dns.google")
        self.over_tls(SOMEBODY, "+tls-hostname=resolver.example")
        self.over_tls(KNOWN, "+tls-hostname=doh.example.net")
        alert = self.vedette.wait_for_alert("resolver.banned", server=KNOWN)
        self.assertIn("doh.example.net", alert["reason"])
        self.assertIn("not ours", alert["reason"])
        self.end()
        self.assertEqual(self.told(), {("resolver.banned", KNOWN)})

    def test_https_by_name_and_by_address(self):
        self.watch()
        self.over_https(SOMEBODY, "dns.google")
        alert = self.vedette.wait_for_alert("resolver.encrypted", server=SOMEBODY)
        self.assertIn("DNS over HTTPS, a resolver of Google", alert["reason"])
        self.assertIn("dns.google", alert["reason"])
        self.over_https(KNOWN, "doh.example.net")
        alert = self.vedette.wait_for_alert("resolver.encrypted", server=KNOWN)
        self.assertIn("a resolver of Quad9", alert["reason"])
        # A website, by a name and an address that nobody knows as a resolver's.
        self.desk.run("curl", "-s", "-m", "5", "-k", "--resolve", f"resolver.example:443:{OURS}",
                      "https://resolver.example/")
        self.end()
        self.assertEqual(self.told(), {("resolver.encrypted", SOMEBODY),
                                       ("resolver.encrypted", KNOWN)})

    def test_https_to_a_banned_name_that_was_only_asked(self):
        """The bootstrap: the name is asked in clear, then its address used."""
        self.vedette.run("resolvers", "ban", "dns.google")
        self.watch()
        self.assertEqual(self.desk.dig(OURS, "dns.google"), SOMEBODY)
        alert = self.vedette.wait_for_alert("resolver.banned")
        self.assertIn("asked for dns.google", alert["reason"])
        self.desk.dig(SOMEBODY, "louvre.example")
        rows = lab.wait_until(lambda: self.vedette.logs("--dns", f"server:{SOMEBODY}"),
                              "the question to the name's address")
        self.assertEqual(rows[0]["policy"], "DNS IS BANNED")

    def test_quic(self):
        """Nobody answers: the attempt is told."""
        if "quic" not in self.desk.run("kdig", "--help"):
            self.skipTest("this kdig has no +quic")
        self.watch()
        self.desk.run("kdig", "+quic", "+time=1", "+retry=0", f"@{SOMEBODY}", "louvre.example")
        alert = self.vedette.wait_for_alert("resolver.encrypted", server=SOMEBODY)
        self.assertIn("DNS over QUIC", alert["reason"])


def setup(program):
    global PROGRAM
    PROGRAM = program


if __name__ == "__main__":
    lab.run_tests(setup, ("unbound", "kdig", "curl", "dig", "openssl", "sysctl"))
