"""Real receivers on loopback, each on ports of its own and in processes of its own: aiosmtpd,
mosquitto, rsyslog, and an HTTP(S) server. What is not installed is skipped with a word."""

import hashlib
import hmac
import http.server
import json
import logging
import os
import pathlib
import re
import socket
import ssl
import subprocess
import sys
import threading
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
from loopback import free_port, need, wait_until  # noqa: E402

MOSQUITTO, RSYSLOG = "/usr/sbin/mosquitto", "/usr/sbin/rsyslogd"
USER, PASSWORD = "ada", "correct-horse-battery"


def wait_for_port(port):
    def connects():
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", port)) == 0
    wait_until(connects, f"port {port}")


def openssl(*words):
    done = subprocess.run(["openssl", *map(str, words)], capture_output=True, text=True,
                          check=False)
    assert done.returncode == 0, done.stderr


class Certificates:
    """A CA, a server certificate for localhost, and one for another name."""

    def __init__(self, folder):
        need("openssl")
        self.ca, ca_key = folder / "ca.pem", folder / "ca.key"
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-days", 2, "-subj", "/CN=Test CA", "-keyout", ca_key, "-out", self.ca)
        self.good = self._make(folder, "good", "DNS:localhost,IP:127.0.0.1", ca_key)
        self.wrong = self._make(folder, "wrong", "DNS:elsewhere.example", ca_key)

    def _make(self, folder, name, names, ca_key):
        key, request, certificate = (folder / f"{name}.{end}" for end in ("key", "csr", "pem"))
        extension = folder / f"{name}.ext"
        extension.write_text(f"subjectAltName={names}\n")
        openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                "-nodes", "-subj", f"/CN={name}", "-keyout", key, "-out", request)
        openssl("x509", "-req", "-in", request, "-CA", self.ca, "-CAkey", ca_key,
                "-CAcreateserial", "-days", 2, "-extfile", extension, "-out", certificate)
        return certificate, key

    @staticmethod
    def context(pair):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*map(str, pair))
        return context


class MailServer:
    """aiosmtpd: STARTTLS demanded, or TLS from the start; a login demanded; mails kept."""

    def __init__(self, context, implicit_tls=False, login=True, port=None):
        try:
            from aiosmtpd.controller import Controller
            from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
        except ImportError as error:
            raise unittest.SkipTest("python3-aiosmtpd is not installed") from error
        self.port = port or free_port()
        self.mails, self.logins, self.answer = [], [], "250 OK kept"
        self.hang_up_after_data = False
        server = self

        class Handler:
            async def handle_RCPT(self, _server, _session, envelope, address, _options):
                if address.startswith("nobody@"):
                    return "550 5.1.1 no such person"
                envelope.rcpt_tos.append(address)
                return "250 OK"

            async def handle_DATA(self, smtp, _session, envelope):
                if server.hang_up_after_data:
                    server.mails.append(envelope)
                    smtp.transport.abort()
                    return "250 never heard"
                if server.answer.startswith("250"):
                    server.mails.append(envelope)
                return server.answer

        def check(_server, _session, _envelope, _mechanism, data):
            good = isinstance(data, LoginPassword) and \
                (data.login, data.password) == (USER.encode(), PASSWORD.encode())
            server.logins.append(good)
            return AuthResult(success=good, handled=False)

        options = {"authenticator": check, "auth_required": login}
        if implicit_tls:
            class Tls(Controller):
                def factory(self):
                    return SMTP(self.handler, auth_require_tls=False, **options)
            self.controller = Tls(Handler(), hostname="127.0.0.1", port=self.port,
                                  ssl_context=context)
        else:
            class StartTls(Controller):
                def factory(self):
                    return SMTP(self.handler, tls_context=context,
                                require_starttls=context is not None,
                                auth_require_tls=context is not None, **options)
            self.controller = StartTls(Handler(), hostname="127.0.0.1", port=self.port)
        if implicit_tls:
            self.controller._trigger_server = self._greet_over_tls
        logging.disable()  # a refused certificate is no news in these tests
        self.controller.start()

    def _greet_over_tls(self):
        """How the controller tries itself out; its own way wants a certificate it trusts."""
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", self.port), 5) as plain:
            with context.wrap_socket(plain) as greeted:
                greeted.recv(1024)

    def stop(self):
        self.controller.stop()


class WebServer:
    """Keeps every POST; answers with what it is told to."""

    def __init__(self, context=None, port=None):
        self.posts, self.answers, self.headers = [], [], []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                status, headers = server.answers.pop(0) if server.answers else (200, {})
                if status == 0:
                    server.posts.append((self.path, dict(self.headers), body))
                    self.connection.close()
                    return
                if status == 200:
                    server.posts.append((self.path, dict(self.headers), body))
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(b"ok" if status == 200 else b"not now")

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port or 0), Handler)
        self.port = self.server.server_address[1]
        if context:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()

    @staticmethod
    def is_signed(headers, body, key):
        wanted = "sha256=" + hmac.new(key.encode(), body, hashlib.sha256).hexdigest()
        return hmac.compare_digest(headers.get("X-Vedette-Signature-256", ""), wanted)


WEBHOOK = {"version": str, "groupKey": str, "truncatedAlerts": int, "status": str,
           "receiver": str, "groupLabels": dict, "commonLabels": dict, "commonAnnotations": dict,
           "externalURL": str, "alerts": list}
WEBHOOK_ALERT = {"status": str, "labels": dict, "annotations": dict, "startsAt": str,
                 "endsAt": str, "generatorURL": str, "fingerprint": str}
RFC3339 = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)")
LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")


def read_webhook(body):
    """The body of a webhook, held against what Alertmanager documents of version 4."""
    message = json.loads(body)
    for shape, part in ((WEBHOOK, message), *((WEBHOOK_ALERT, a) for a in message["alerts"])):
        assert {key: type(value) for key, value in part.items()} == shape, part
        assert part["status"] in ("firing", "resolved"), part
    assert message["version"] == "4" and message["alerts"], message
    firing = [alert for alert in message["alerts"] if alert["status"] == "firing"]
    assert message["status"] == ("firing" if firing else "resolved"), message
    for alert in message["alerts"]:
        for name, value in (*alert["labels"].items(), *alert["annotations"].items()):
            assert LABEL.fullmatch(name) and isinstance(value, str), alert
        assert alert["labels"]["alertname"], alert
        for name in ("startsAt", "endsAt"):
            assert RFC3339.fullmatch(alert[name]), alert
        assert (alert["endsAt"] == "0001-01-01T00:00:00Z") == (alert["status"] == "firing"), alert
        assert re.fullmatch("[0-9a-f]{16}", alert["fingerprint"]), alert
    for kind in ("labels", "annotations"):
        common = dict.items(message["alerts"][0][kind])
        for alert in message["alerts"][1:]:
            common = common & alert[kind].items()
        assert dict(common) == message["common" + kind.capitalize()], message
    return message


class Process:
    def __init__(self, *words, output=subprocess.DEVNULL, **more):
        self.process = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL,
                                        stdout=output, stderr=subprocess.STDOUT, **more)

    def stop(self):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


class Broker(Process):
    """mosquitto with a plain and a TLS listener, both with a login; and somebody who listens."""

    def __init__(self, folder, certificates):
        for program in (MOSQUITTO, "mosquitto_passwd", "mosquitto_sub"):
            need(program)
        self.plain, self.tls, self.wrong = free_port(), free_port(), free_port()
        passwords = folder / "mosquitto.passwords"
        subprocess.run(["mosquitto_passwd", "-b", "-c", passwords, USER, PASSWORD], check=True,
                       capture_output=True)
        lines = ["per_listener_settings false", "allow_anonymous false",
                 f"password_file {passwords}", "persistence false",
                 f"listener {self.plain} 127.0.0.1"]
        for port, pair in ((self.tls, certificates.good), (self.wrong, certificates.wrong)):
            lines += [f"listener {port} 127.0.0.1", f"certfile {pair[0]}", f"keyfile {pair[1]}"]
        if os.geteuid() == 0:  # else it becomes a user who cannot read the files
            lines.append("user root")
        (folder / "mosquitto.conf").write_text("\n".join(lines) + "\n")
        super().__init__(MOSQUITTO, "-c", folder / "mosquitto.conf")
        wait_for_port(self.plain)
        self.heard = folder / "mosquitto.heard"
        with open(self.heard, "w", encoding="utf-8") as file:
            self.listener = Process("mosquitto_sub", "-h", "127.0.0.1", "-p", self.plain, "-u",
                                    USER, "-P", PASSWORD, "-q", "1", "-t", "vedette/#", "-v",
                                    output=file)
        time.sleep(0.5)

    def messages(self):
        lines = self.heard.read_text(encoding="utf-8").splitlines()
        return [(line.split(" ", 1)[0], json.loads(line.split(" ", 1)[1])) for line in lines]

    def stop(self):
        self.listener.stop()
        super().stop()


class Syslog(Process):
    """rsyslog with UDP, TCP, TLS and a unix socket, which writes what it understood as JSON."""

    def __init__(self, folder, certificates):
        need(RSYSLOG)
        if not list(pathlib.Path("/usr/lib").glob("*/rsyslog/lmnsd_ossl.so")):
            raise unittest.SkipTest("rsyslog-openssl is not installed")
        self.udp, self.tcp, self.tls = free_port(), free_port(), free_port()
        self.unix, self.out = folder / "log.socket", folder / "syslog.out"
        certificate, key = certificates.good
        (folder / "rsyslog.conf").write_text(f"""
global(workDirectory="{folder}" maxMessageSize="16k" DefaultNetstreamDriver="ossl"
       DefaultNetstreamDriverCAFile="{certificates.ca}"
       DefaultNetstreamDriverCertFile="{certificate}" DefaultNetstreamDriverKeyFile="{key}")
module(load="imudp") module(load="imtcp")
module(load="imuxsock" SysSock.Use="off")
template(name="all" type="list") {{
  constant(value="{{") property(name="inputname" format="jsonf" outname="input")
  constant(value=",") property(name="app-name" format="jsonf")
  constant(value=",") property(name="msgid" format="jsonf")
  constant(value=",") property(name="syslogfacility-text" format="jsonf" outname="facility")
  constant(value=",") property(name="syslogseverity-text" format="jsonf" outname="severity")
  constant(value=",") property(name="structured-data" format="jsonf" outname="data")
  constant(value=",") property(name="msg" format="jsonf")
  constant(value="}}\\n") }}
ruleset(name="keep") {{ action(type="omfile" file="{self.out}" template="all") }}
input(type="imudp" address="127.0.0.1" port="{self.udp}" ruleset="keep")
input(type="imtcp" address="127.0.0.1" port="{self.tcp}" ruleset="keep"
      streamdriver.name="ptcp" streamdriver.mode="0")
input(type="imtcp" address="127.0.0.1" port="{self.tls}" ruleset="keep"
      streamdriver.name="ossl" streamdriver.mode="1" streamdriver.authmode="anon")
input(type="imuxsock" socket="{self.unix}" createPath="off" ruleset="keep"
      useSpecialParser="off" parseHostname="on")
""")
        self.out.touch()
        self.log = open(folder / "rsyslog.log", "w", encoding="utf-8")
        super().__init__(RSYSLOG, "-n", "-f", folder / "rsyslog.conf", "-i",
                         folder / "rsyslog.pid", output=self.log)
        wait_for_port(self.tls)
        wait_until(self.unix.exists, "rsyslog's socket")

    def messages(self):
        return [json.loads(line) for line in self.out.read_text(encoding="utf-8").splitlines()]

    def stop(self):
        super().stop()
        self.log.close()
