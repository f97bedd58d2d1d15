#!/usr/bin/env python3
"""`vedette notify test` against real receivers: what they got, and what is said when they refuse,
are not who they should be, or are away. No secret may show anywhere."""

import argparse
import email
import email.policy
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

import peers

OK, FAILED, USAGE, SETTINGS = 0, 1, 2, 4
PROGRAM = ""
SECRETS = [peers.PASSWORD, "tk_token_of_a_test", "hmac-key-of-a-test", "T0/B0/secret-path"]


class Case(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.keep = tempfile.TemporaryDirectory(prefix="vedette-notify-")
        cls.addClassCleanup(cls.keep.cleanup)
        cls.folder = pathlib.Path(cls.keep.name)
        cls.certificates = peers.Certificates(cls.folder)

    def secret(self, name, text):
        path = self.folder / name
        path.write_text(text + "\n")
        path.chmod(0o600)
        return path

    def settings(self, **keys):
        def value(item):
            return json.dumps([str(i) for i in item] if isinstance(item, list) else
                              item if isinstance(item, bool) else str(item))
        lines = "".join(f"{key} = {value(item)}\n" for key, item in keys.items())
        (self.folder / "vedette.toml").write_text(
            f"[store]\npath = \"{self.folder}/vedette.db\"\n[notify.ops]\n{lines}")

    def vedette(self, *words, code=OK, **environment):
        done = subprocess.run(
            [PROGRAM, "-c", self.folder / "vedette.toml", *words], capture_output=True, text=True,
            timeout=60, check=False, stdin=subprocess.DEVNULL,
            env={"PATH": os.environ["PATH"], "TZ": "UTC", "HOME": str(self.folder), **environment})
        said = done.stdout + done.stderr
        self.assertEqual(done.returncode, code, said)
        for secret in SECRETS:
            self.assertNotIn(secret, said)
        return said

    def send(self, code=OK, **keys):
        self.settings(**keys)
        return self.vedette("notify", "test", "ops", code=code)


class Mail(Case):
    def mail_keys(self, port, scheme="smtp", **more):
        return {"type": "mail", "url": f"{scheme}://localhost:{port}", "from": "v@example.org",
                "to": ["ops@example.org"], "user": peers.USER, "timeout": "10s",
                "password_file": self.secret("password", peers.PASSWORD),
                "ca_file": self.certificates.ca, **more}

    def server(self, pair=None, **more):
        context = self.certificates.context(pair or self.certificates.good)
        server = peers.MailServer(context, **more)
        self.addCleanup(server.stop)
        return server

    def check_mail(self, server):
        self.assertEqual(len(server.mails), 1)
        envelope = server.mails[0]
        self.assertEqual(envelope.mail_from, "v@example.org")
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.assertEqual(mail["Subject"], "[vedette] test of target ops")
        self.assertRegex(mail["Message-ID"], r"^<test-[0-9a-f]+@[A-Za-z0-9.-]+>$")
        self.assertEqual(mail["Auto-Submitted"], "auto-generated")
        self.assertIn("This is a test.", mail.get_content())
        self.assertEqual(mail.defects, [])
        return envelope

    def test_starttls_and_login(self):
        server = self.server()
        said = self.send(**self.mail_keys(server.port))
        self.check_mail(server)
        self.assertEqual(server.logins, [True])
        for step in ("> STARTTLS", "SSL connection using TLSv1.", "> AUTH (hidden)",
                     "> MAIL FROM:<v@example.org>", "< 250 OK kept", "Delivered: 250 OK kept"):
            self.assertIn(step, said)

    def test_tls_from_the_start(self):
        server = self.server(implicit_tls=True)
        self.send(**self.mail_keys(server.port, "smtps"))
        self.check_mail(server)
        self.assertEqual(server.logins, [True])

    def test_a_wrong_password(self):
        server = self.server()
        keys = self.mail_keys(server.port)
        self.secret("password", "wrong")
        said = self.send(code=FAILED, **keys)
        self.assertIn("Login denied", said)
        self.assertIn("535", said)
        self.assertEqual(server.mails, [])

    def test_a_certificate_of_somebody_else(self):
        server = self.server(self.certificates.wrong)
        said = self.send(code=FAILED, **self.mail_keys(server.port))
        self.assertIn("no alternative certificate subject name matches", said)
        self.assertEqual((server.mails, server.logins), ([], []))

    def test_a_certificate_of_an_unknown_authority(self):
        server = self.server()
        keys = self.mail_keys(server.port)
        del keys["ca_file"]
        said = self.send(code=FAILED, **keys)
        self.assertIn("SSL certificate problem", said)
        self.assertEqual((server.mails, server.logins), ([], []))

    def test_a_server_without_starttls_gets_nothing(self):
        server = peers.MailServer(None, login=False)
        self.addCleanup(server.stop)
        said = self.send(code=FAILED, **self.mail_keys(server.port))
        self.assertIn("STARTTLS", said)
        self.assertEqual((server.mails, server.logins), ([], []))
        keys = self.mail_keys(server.port, starttls="off")
        del keys["user"], keys["password_file"]
        self.send(**keys)
        self.check_mail(server)

    def test_one_wrong_recipient_does_not_keep_it_from_the_others(self):
        server = self.server()
        said = self.send(**self.mail_keys(server.port,
                                          to=["nobody@example.org", "ops@example.org"]))
        self.assertEqual(self.check_mail(server).rcpt_tos, ["ops@example.org"])
        self.assertIn("not for <nobody@example.org>: 550 5.1.1 no such person", said)

    def test_a_refusal_is_told_in_the_servers_words(self):
        server = self.server()
        server.answer = "554 5.7.1 spam"
        said = self.send(code=FAILED, **self.mail_keys(server.port))
        self.assertIn("554 5.7.1 spam", said)

    def test_nobody_listens(self):
        said = self.send(code=FAILED, **self.mail_keys(peers.free_port()))
        self.assertIn("Connection refused", said)


class Web(Case):
    def server(self, pair=None):
        context = self.certificates.context(pair or self.certificates.good)
        server = peers.WebServer(context)
        self.addCleanup(server.stop)
        return server

    def test_webhook_is_signed(self):
        server = self.server()
        said = self.send(type="webhook", url=f"https://localhost:{server.port}/hook",
                         ca_file=self.certificates.ca, headers=["X-Team: network"],
                         token_file=self.secret("token", SECRETS[1]),
                         hmac_key_file=self.secret("hmac", SECRETS[2]))
        self.assertIn("Delivered: HTTP 200", said)
        (path, headers, body), = server.posts
        self.assertEqual(path, "/hook")
        self.assertEqual(headers["Authorization"], "Bearer " + SECRETS[1])
        self.assertEqual(headers["X-Team"], "network")
        self.assertTrue(peers.WebServer.is_signed(headers, body, SECRETS[2]))
        self.assertFalse(peers.WebServer.is_signed(headers, body + b" ", SECRETS[2]))
        message = peers.read_webhook(body)
        self.assertEqual(message["alerts"][0]["labels"]["test"], "true")

    def test_a_certificate_of_somebody_else(self):
        server = self.server(self.certificates.wrong)
        said = self.send(code=FAILED, type="webhook", url=f"https://localhost:{server.port}/",
                         ca_file=self.certificates.ca)
        self.assertIn("no alternative certificate subject name matches", said)
        self.assertEqual(server.posts, [])

    def test_a_redirect_is_not_followed(self):
        server = self.server()
        server.answers = [(302, {"Location": f"https://localhost:{server.port}/other"})]
        said = self.send(code=FAILED, type="webhook", url=f"https://localhost:{server.port}/",
                         ca_file=self.certificates.ca)
        self.assertIn("HTTP 302, a redirect", said)
        self.assertEqual(server.posts, [])

    def test_ntfy(self):
        server = self.server()
        self.send(type="ntfy", url=f"https://localhost:{server.port}/alerts",
                  ca_file=self.certificates.ca, token_file=self.secret("token", SECRETS[1]))
        (path, headers, body), = server.posts
        message = json.loads(body)
        self.assertEqual((path, message["topic"]), ("/", "alerts"))
        self.assertEqual(headers["Authorization"], "Bearer " + SECRETS[1])
        self.assertEqual(message["title"], "[vedette] test of target ops")

    def test_slack_with_a_secret_url(self):
        server = self.server()
        url = f"https://localhost:{server.port}/services/{SECRETS[3]}"
        self.send(type="slack", url_file=self.secret("url", url), ca_file=self.certificates.ca)
        (path, _, body), = server.posts
        self.assertEqual(path, "/services/" + SECRETS[3])
        self.assertIn("test of target ops", json.loads(body)["text"])
        server.answers = [(404, {})]
        self.assertIn("HTTP 404: not now", self.vedette("notify", "test", "ops", code=FAILED))


class Mqtt(Case):
    def test_plain_tls_wrong_login_and_wrong_name(self):
        broker = peers.Broker(self.folder, self.certificates)
        self.addCleanup(broker.stop)
        keys = {"type": "mqtt", "user": peers.USER, "ca_file": self.certificates.ca,
                "password_file": self.secret("password", peers.PASSWORD)}
        self.send(url=f"mqtt://localhost:{broker.plain}", **keys)
        said = self.send(url=f"mqtts://localhost:{broker.tls}", topic="vedette/net/alert", **keys)
        self.assertIn("Delivered: 1 messages confirmed", said)
        first, second = peers.wait_until(
            lambda: len(broker.messages()) == 2 and broker.messages(), "two messages")
        self.assertEqual((first[0], second[0]), ("vedette/alert", "vedette/net/alert"))
        self.assertEqual(first[1]["kind"], "client.new")
        self.assertTrue(first[1]["test"])
        said = self.send(code=FAILED, url=f"mqtts://localhost:{broker.wrong}", **keys)
        self.assertIn("no alternative certificate subject name matches", said)
        keys["password_file"] = self.secret("other", "wrong")
        said = self.send(code=FAILED, url=f"mqtts://localhost:{broker.tls}", **keys)
        self.assertIn("not authorized", said)
        self.assertEqual(len(broker.messages()), 2)


class SyslogServer(Case):
    def test_udp_tcp_tls_and_unix(self):
        server = peers.Syslog(self.folder, self.certificates)
        self.addCleanup(server.stop)
        urls = {"imudp": f"udp://127.0.0.1:{server.udp}", "imtcp": f"tcp://localhost:{server.tcp}",
                "tls": f"tls://localhost:{server.tls}", "imuxsock": f"unix://{server.unix}"}
        for name, url in urls.items():
            keys = {"ca_file": self.certificates.ca} if name == "tls" else {}
            self.send(type="syslog", url=url, facility="local3", **keys)
        messages = peers.wait_until(
            lambda: len(server.messages()) == len(urls) and server.messages(),
            f"{len(urls)} messages")
        self.assertEqual(sorted(m["input"] for m in messages),
                         ["imtcp", "imtcp", "imudp", "imuxsock"])
        for message in messages:
            self.assertEqual(message["facility"], "local3")
            self.assertEqual(message["severity"], "info")
            if message["input"] == "imuxsock":  # rsyslog reads only RFC 3164 from unix sockets
                self.assertIn("This is a test.", message["msg"])
                continue
            self.assertEqual(message["app-name"], "vedette")
            self.assertEqual(message["msgid"], "client.new")
            self.assertIn('subject="test"', message["data"])
            self.assertIn("This is a test.", message["msg"])
        said = self.send(code=FAILED, type="syslog", url=urls["tls"])
        self.assertIn("SSL certificate problem", said)

    def test_nobody_listens(self):
        for url in ("udp://127.0.0.1:{}", "tcp://127.0.0.1:{}", "tls://127.0.0.1:{}"):
            said = self.send(code=FAILED, type="syslog", url=url.format(peers.free_port()))
            self.assertIn("onnection refused", said)
        said = self.send(code=FAILED, type="syslog", url=f"unix://{self.folder}/none")
        self.assertIn("No such file", said)


class Exec(Case):
    def test_a_program(self):
        script = self.folder / "page"
        script.write_text(f"#!/bin/sh\ncat > {self.folder}/got\nprintf '%s' \"$1\" >"
                          f" {self.folder}/word\n")
        script.chmod(0o755)
        self.send(type="exec", command=[script, "a b; c"])
        self.assertEqual(json.loads((self.folder / "got").read_text())["target"], "ops")
        self.assertEqual((self.folder / "word").read_text(), "a b; c")


class Settings(Case):
    def test_secrets_are_files_that_others_cannot_read(self):
        password = self.secret("password", peers.PASSWORD)
        keys = {"type": "mail", "url": "smtps://localhost", "from": "v@example.org",
                "to": ["ops@example.org"], "user": "ada", "password_file": password}
        self.settings(**keys)
        self.vedette("config", "check")
        self.assertIn("password_file", self.vedette("config", "show"))
        password.chmod(0o644)
        said = self.vedette("config", "check", code=SETTINGS)
        self.assertIn(f"notify.ops.password_file: secret file {password}: others may", said)
        self.assertIn("chmod 600", said)
        self.vedette("notify", "list", code=SETTINGS)
        self.settings(**{**keys, "password_file": "smtp"})
        self.assertIn("LoadCredential=smtp", self.vedette("config", "check", code=SETTINGS))
        self.secret("smtp", peers.PASSWORD)
        self.vedette("config", "check", CREDENTIALS_DIRECTORY=str(self.folder))
        self.settings(**keys, password=peers.PASSWORD)
        said = self.vedette("config", "check", code=SETTINGS)
        self.assertIn("a secret stands in a file of its own", said)

    def test_mistakes_name_the_key(self):
        self.settings(type="mial", url="x")
        self.assertIn("notify.ops.type takes", self.vedette("config", "check", code=SETTINGS))
        self.settings(type="exec", command=["/bin/true"], kinds=["tunel"])
        said = self.vedette("notify", "test", "ops", code=SETTINGS)
        self.assertIn("notify.ops.kinds: no alert is of kind 'tunel'; did you mean 'tunnel'", said)
        self.settings(type="exec", command=["/bin/true"])
        self.assertIn("did you mean 'ops'?", self.vedette("notify", "test", "opss", code=USAGE))

    def test_list_of_nothing(self):
        (self.folder / "vedette.toml").write_text(f"[store]\npath = \"{self.folder}/v.db\"\n")
        self.assertIn("No targets", self.vedette("notify", "list"))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", required=True)
    arguments, rest = parser.parse_known_args()
    PROGRAM = arguments.program
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
