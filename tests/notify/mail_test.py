#!/usr/bin/env python3
"""E-mail by Exim: STARTTLS and TLS from the start with a login, certificates that do not fit,
and a server that is away while alerts of a live network wait for it. In a namespace
for its ports; skipped with a word where none can be made."""

import email
import email.policy
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
import lab  # noqa: E402
import peers  # noqa: E402

PROGRAM = None
OK, FAILED = 0, 1
STARTTLS, SMTPS = 2525, 2465  # in a namespace of our own
DESK_MAC, DESK, SERVER = "f4:6b:ef:6a:ad:c4", "198.51.100.7", "198.51.100.1"


class Exim:
    """Takes mail for everybody from those who log in, over TLS only; a maildir keeps it."""

    def __init__(self, folder, pair):
        self.box, self.spool = folder / "box", folder / "spool"
        for place in (self.box, self.spool):
            place.mkdir(exist_ok=True)
            place.chmod(0o777)
        certificate, key = pair
        key.chmod(0o644)  # read by the account that Exim becomes
        config = folder / "exim.conf"
        config.write_text(f"""exim_user = nobody
exim_group = nogroup
spool_directory = {self.spool}
log_file_path = {self.spool}/%slog
pid_file_path = {self.spool}/pid
local_interfaces = 127.0.0.1
daemon_smtp_ports = {STARTTLS} : {SMTPS}
tls_on_connect_ports = {SMTPS}
tls_advertise_hosts = *
tls_certificate = {certificate}
tls_privatekey = {key}
auth_advertise_hosts = ${{if eq{{$tls_in_cipher}}{{}}{{}}{{*}}}}
primary_hostname = mail.example.org
keep_environment =
queue_run_in_order
acl_smtp_rcpt = rcpt
begin acl
rcpt:
  deny message = no such person
       local_parts = nobody
  accept authenticated = *
  deny message = log in first
begin routers
all:
  driver = accept
  transport = keep
begin transports
keep:
  driver = appendfile
  maildir_format
  directory = {self.box}
  user = nobody
  group = nogroup
begin authenticators
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if eq{{$auth2 $auth3}}{{{peers.USER} {peers.PASSWORD}}}}}
  server_set_id = $auth2
""")
        config.chmod(0o644)
        self.process = subprocess.Popen([lab.tool("exim4"), "-bdf", "-C", str(config)],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for port in (STARTTLS, SMTPS):
            peers.wait_for_port(port)

    def mails(self):
        """In the order in which they came."""
        texts = [(path.stat().st_mtime_ns, path.read_bytes())
                 for path in (self.box / "new").glob("*")]
        return [email.message_from_bytes(text, policy=email.policy.default)
                for _, text in sorted(texts)]

    def said(self):
        return "".join(path.read_text(errors="replace") for path in self.spool.glob("*log"))

    def stop(self):
        lab.end_process(self.process)


class Case(unittest.TestCase):
    def setUp(self):
        keep = tempfile.TemporaryDirectory(prefix="vedette-mail-")
        self.addCleanup(keep.cleanup)
        self.folder = pathlib.Path(keep.name)
        self.folder.chmod(0o755)
        self.certificates = peers.Certificates(self.folder)
        self.password = self.folder / "password"
        self.set_password(peers.PASSWORD)

    def set_password(self, text):
        self.password.write_text(text + "\n")
        self.password.chmod(0o600)

    def server(self, pair=None):
        server = Exim(self.folder, pair or self.certificates.good)
        self.addCleanup(server.stop)
        return server

    def settings(self, port=STARTTLS, scheme="smtp", more=""):
        path = self.folder / "vedette.toml"
        path.write_text(
            f'[store]\npath = "{self.folder}/vedette/v.db"\n[notify.ops]\ntype = "mail"\n'
            f'url = "{scheme}://localhost:{port}"\nfrom = "v@example.org"\n'
            f'to = ["ops@example.org", "night@example.org"]\nuser = "{peers.USER}"\n'
            f'password_file = "{self.password}"\nca_file = "{self.certificates.ca}"\n{more}')
        return path

    def send(self, code=OK):
        done = subprocess.run([PROGRAM, "-c", self.folder / "vedette.toml", "notify", "test",
                               "ops"], capture_output=True, text=True, timeout=60, check=False)
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, said)
        self.assertNotIn(peers.PASSWORD, said)
        return said


class Test(Case):
    def test_starttls_tls_and_a_wrong_password(self):
        server = self.server()
        for port, scheme in ((STARTTLS, "smtp"), (SMTPS, "smtps")):
            self.settings(port, scheme)
            said = self.send()
            self.assertIn("Delivered: 250", said)
            self.assertIn("SSL connection using TLSv1.3", said)
        # One copy for two people, or one for each.
        mails = peers.wait_until(lambda: len({mail["Message-ID"] for mail in server.mails()}) == 2
                                 and server.mails(), "two mails")
        for mail in mails:
            self.assertEqual(mail["Subject"], "[vedette] test of target ops")
            self.assertEqual(mail.defects, [])
            self.assertIn("This is a test.", mail.get_content())
            self.assertIn("TLS1.3", mail["Received"])
        self.set_password("wrong")
        said = self.send(FAILED)
        self.assertIn("Login denied", said)
        self.assertIn("535", said)
        self.assertEqual(len({mail["Message-ID"] for mail in server.mails()}), 2)

    def test_certificates_that_do_not_fit(self):
        server = self.server(self.certificates.wrong)
        for port, scheme in ((STARTTLS, "smtp"), (SMTPS, "smtps")):
            self.settings(port, scheme)
            said = self.send(FAILED)
            self.assertIn("no alternative certificate subject name matches", said)
        self.settings()
        path = self.folder / "vedette.toml"
        path.write_text(path.read_text().replace("ca_file", "#"))
        self.assertIn("SSL certificate problem", self.send(FAILED))
        self.assertNotIn("authentication", server.said())  # nobody told it a password
        self.assertEqual(server.mails(), [])


class Live(Case):
    @lab.needs("dnsmasq", "dig", "sysctl")
    def test_a_server_that_is_away_misses_nothing(self):
        """A banned resolver is asked, then more, while no mail server is there."""
        why_not = lab.Lan.why_not()
        if why_not:
            self.skipTest(why_not)
        import dhcp
        lan = lab.Lan()
        self.addCleanup(lan.close)
        router, desk = lan.machine("router", "00:16:3e:00:00:01", SERVER), \
            lan.machine("desk", DESK_MAC, DESK)
        dhcp.start_dnsmasq(router, "--address=/example/192.0.2.1")
        settings = self.settings(more='group_wait = "0s"\ngroup_interval = "0s"\n')
        vedette = lab.Vedette(PROGRAM, self.folder / "vedette")
        vedette.run("resolvers", "ban", SERVER)
        watch = vedette.watch("--config", settings)
        try:
            desk.dig(SERVER, "one.example")
            vedette.wait_for_alert("resolver.banned", server=SERVER)

            def state():
                return next(iter(vedette.rows("notify", "list", "--config", settings)))
            lab.wait_until(lambda: state()["state"] == "failing", "the first failure")
            vedette.run("clients", "ban", DESK_MAC)

            def second():
                desk.dig(SERVER, "two.example")
                time.sleep(0.3)
                return [a for a in vedette.alert_lines() if a["kind"] == "client.banned"]
            lab.wait_until(second, "the second alert")
            lab.wait_until(lambda: state()["waiting"] == 2, "two that wait")
            server = self.server()
            lab.wait_until(lambda: state()["state"] == "ok" and state()["waiting"] == 0, state)
        finally:
            watch.stop()
        mails = peers.wait_until(lambda: len(server.mails()) >= 2 and server.mails(), "the digest")
        self.assertEqual(len({mail["Message-ID"] for mail in mails}), 1)
        for words in (f"{DESK} uses the resolver {SERVER}", DESK_MAC, "vedette alerts show 1"):
            self.assertIn(words, mails[0].get_content())


def setup(program):
    global PROGRAM
    PROGRAM = program


if __name__ == "__main__":
    lab.run_tests(setup, ("exim4", "openssl"), bridge=False)
