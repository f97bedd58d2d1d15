"""The name servers of these tests: `vedette serve`, and Knot, NSD and BIND beside it, on loopback,
each with a port and a folder of its own. A process is ended by its own id, with the block that
started it. What is not installed is skipped with a word."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "lab"))
from loopback import free_port, need, wait_until  # noqa: E402

NSD, KNOT, NAMED = "/usr/sbin/nsd", "/usr/sbin/knotd", "/usr/sbin/named"
KEY_NAME, SECRET = "transfer", "c2VjcmV0LXNlY3JldC1zZWNyZXQ="


def run(*command, timeout=30, **more):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True,
                          timeout=timeout, check=False, **more)


def wire_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")
                    if label) + b"\0"


def make_query(name, rtype=1, rclass=1, ident=1, flags=0, opt=b""):
    """`opt` is a whole OPT record, or several."""
    head = ident.to_bytes(2, "big") + flags.to_bytes(2, "big") + b"\0\1\0\0\0\0"
    return (head + bytes([0, 1 if opt else 0]) + wire_name(name) + rtype.to_bytes(2, "big") +
            rclass.to_bytes(2, "big") + opt)


def make_opt(size=1232, version=0, flags=0, options=b"", rcode=0):
    return (b"\0\0\x29" + size.to_bytes(2, "big") + bytes([rcode, version]) +
            flags.to_bytes(2, "big") + len(options).to_bytes(2, "big") + options)


def ask_udp(port, query, timeout=1.0):
    """The answer, or None."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
        udp.settimeout(timeout)
        udp.connect(("127.0.0.1", port))
        udp.send(query)
        with contextlib.suppress(OSError):
            return udp.recv(65535)
    return None


def read_exactly(stream, count):
    got = b""
    while len(got) < count:
        more = stream.recv(count - len(got))
        if not more:
            return None
        got += more
    return got


def ask_tcp(port, query, timeout=2.0):
    with socket.create_connection(("127.0.0.1", port), timeout) as stream:
        stream.sendall(len(query).to_bytes(2, "big") + query)
        with contextlib.suppress(OSError):
            length = read_exactly(stream, 2)
            return read_exactly(stream, int.from_bytes(length, "big")) if length else None
    return None


class Server:
    """A process in a session of its own, so that its children end with it."""

    def __init__(self, command, folder, name, **more):
        self.name = name
        self.log_path = pathlib.Path(folder) / f"{name}.log"
        with open(self.log_path, "a", encoding="utf-8") as log:
            self.process = subprocess.Popen([str(word) for word in command], cwd=folder, stdout=log,
                                            stderr=log, start_new_session=True, **more)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def wait_for(self, port, zone):
        query = make_query(zone, 6)

        def answers():
            if self.process.poll() is not None:
                raise AssertionError(f"{self.name} ended:\n{self.log()}")
            answer = ask_udp(port, query, 0.2)
            return answer is not None and answer[3] & 15 == 0
        try:
            wait_until(answers, f"{self.name} answers for {zone}")
        except AssertionError as error:
            raise AssertionError(f"{error}\n{self.log()}") from None
        return self

    def stop(self, how=signal.SIGTERM, seconds=20.0):
        """Its exit status; killed when it has not ended by then."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, how)
            try:
                self.process.wait(seconds)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
        return self.process.returncode


class Vedette:
    """`vedette serve` with a configuration, a store and records of its own."""

    def __init__(self, program, folder, zones=None, settings="", *, encrypted=False,
                 store=""):
        self.program, self.folder = pathlib.Path(program).resolve(), pathlib.Path(folder)
        self.port = free_port()
        self.conf = self.folder / "vedette.toml"
        listed = ", ".join(f'"{zone}={file}"' for zone, file in (zones or {}).items())
        text = (f'[store]\npath = "{self.folder}/vedette.db"\n{store}\n[serve]\n'
                f'listen = ["127.0.0.1:{self.port}"]\nzones = [{listed}]\n{settings}\n')
        if encrypted:
            self.tls, self.https = free_port(), free_port()
            self.key, self.certificate = self.folder / "key.pem", self.folder / "cert.pem"
            self.make_certificate()
            text += (f'tls_listen = ["127.0.0.1:{self.tls}"]\n'
                     f'https_listen = ["127.0.0.1:{self.https}"]\n'
                     f'certificate = "{self.certificate}"\nkey = "{self.key}"\n')
        self.conf.write_text(text)
        self.server = None

    def make_certificate(self):
        made = run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                   "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                   "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
                   "-keyout", self.key, "-out", self.certificate)
        if made.returncode != 0:
            raise AssertionError(made.stderr)

    def command(self, *words):
        return run(self.program, "-c", self.conf, *words)

    def start(self):
        """Waits until it says that it serves."""
        known = len(self.log()) if self.server else 0
        self.server = Server([self.program, "-c", self.conf, "serve"], self.folder, "serve")

        def says():
            if self.server.process.poll() is not None:
                raise AssertionError(self.log())
            return "Serving" in self.log()[known:]
        wait_until(says, "vedette serves")
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    def stop(self, how=signal.SIGTERM, seconds=20.0):
        return self.server.stop(how, seconds)

    def log(self):
        return self.server.log()

    def reload(self):
        self.server.process.send_signal(signal.SIGHUP)

    def dig(self, *words, port=None):
        return run("dig", "@127.0.0.1", "-p", port or self.port, "+tries=2", "+time=2",
                   *words).stdout


def nsd_config(folder, port, zones, keys, server):
    blocks = "".join(f"zone:\n  name: {zone}\n" + "".join(f"  {line}\n" for line in lines)
                     for zone, lines in zones.items())
    return f"""server:
  ip-address: 127.0.0.1@{port}
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: "{folder}/nsd.pid"
  xfrdfile: "{folder}/xfrd.state"
  zonelistfile: "{folder}/zone.list"
  xfrdir: "{folder}"
  rrl-ratelimit: 0
{server}remote-control:
  control-enable: no
{keys}{blocks}"""


def start_nsd(folder, port, zones, keys="", server=""):
    """`zones`: zone -> the lines of its block; `server`: more lines of its own."""
    need(NSD)
    conf = pathlib.Path(folder) / "nsd.conf"
    conf.write_text(nsd_config(folder, port, zones, keys, server))
    return Server([NSD, "-d", "-c", conf], folder, "nsd")


def start_knot(folder, port, zones, keys="", template=""):
    """`keys` stands before the zones: keys, remotes, access lists; `template` holds for all."""
    need(KNOT)
    blocks = "".join(f"  - domain: {zone}\n" + "".join(f"    {line}\n" for line in lines)
                     for zone, lines in zones.items())
    conf = pathlib.Path(folder) / "knot.conf"
    conf.write_text(f"""server:
  listen: 127.0.0.1@{port}
  rundir: {folder}
database:
  storage: {folder}/knot
{keys}template:
  - id: default
    storage: {folder}
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
    semantic-checks: off
{template}zone:
{blocks}""")
    return Server([KNOT, "-c", conf], folder, "knot")


def start_named(folder, port, text):
    need(NAMED)
    conf = pathlib.Path(folder) / "named.conf"
    conf.write_text(f"""options {{
  directory "{folder}"; pid-file "{folder}/named.pid"; session-keyfile "{folder}/session.key";
  listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  recursion no; dnssec-validation no; notify no; allow-transfer {{ none; }};
  managed-keys-directory "{folder}"; max-journal-size 1M;
}};
controls {{ }};
{text}
""")
    return Server([NAMED, "-g", "-n", "1", "-c", conf], folder, "named")


def file_zones(files):
    """zone -> file, as the two peers want their primary zones: (of NSD, of Knot)."""
    return ({zone: [f"zonefile: {file}"] for zone, file in files.items()},
            {zone: [f"file: {file}"] for zone, file in files.items()})
