"""Name servers for the comparisons: a zone, a certificate, each server's configuration, and a
running server with what it has used. The peers are Debian's packages, one thread and no log."""

import collections
import dataclasses
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "tests" / "lab"))
from loopback import free_port  # noqa: E402

RECORDS = 1000
SERVER_CORE, LOAD_CORE = 0, 1
os.environ["PATH"] += ":/usr/sbin"


def write_zone(folder):
    """bench.test with RECORDS addresses; signed when ldns tools are there."""
    lines = ["$TTL 300", "@ SOA ns1 hostmaster 1 3600 600 86400 60", "@ NS ns1", "ns1 A 127.0.0.1"]
    lines += [f"host{i} A 10.0.{i // 250}.{i % 250 + 1}" for i in range(RECORDS)]
    plain = folder / "bench.test.zone"
    plain.write_text("\n".join(["$ORIGIN bench.test."] + lines) + "\n")
    if not shutil.which("ldns-keygen"):
        return plain
    made = subprocess.run(["ldns-keygen", "-a", "ECDSAP256SHA256", "-k", "bench.test"],
                          cwd=folder, capture_output=True, text=True, check=True)
    source = folder / "signing.zone"
    source.write_text(plain.read_text())
    subprocess.run(["ldns-signzone", "-o", "bench.test.", "-f", "signed.zone", "signing.zone",
                    made.stdout.strip()], cwd=folder, capture_output=True, check=True)
    return plain


def write_certificate(folder):
    """tls.pem and tls.key, the same for every server."""
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                    "/CN=bench.test", "-keyout", "tls.key", "-out", "tls.pem"],
                   cwd=folder, capture_output=True, check=True)


@dataclasses.dataclass
class Ports:
    """Where one server answers: UDP and TCP, TLS, HTTPS."""
    dns: int
    tls: int
    https: int

    @staticmethod
    def free():
        return Ports(free_port(), free_port(), free_port())


class Running:
    """A server on SERVER_CORE, and what its processes have used."""

    def __init__(self, name, command, ports, folder):
        self.name, self.ports = name, ports
        self.log = open(folder / f"{name}.log", "w", encoding="utf-8")
        self.process = subprocess.Popen(["taskset", "-c", str(SERVER_CORE)] + command,
                                        stdout=self.log, stderr=self.log, cwd=folder,
                                        start_new_session=True)

    def processes(self):
        """The server and its children, by process group."""
        for entry in os.listdir("/proc"):
            if not entry.isdigit():
                continue
            try:
                fields = pathlib.Path(f"/proc/{entry}/stat").read_text().rsplit(")", 1)[1].split()
            except OSError:
                continue
            if int(fields[2]) == self.process.pid:
                yield int(entry), fields

    def cpu(self):
        """(seconds of CPU, seconds of it in user mode) so far."""
        total = user = 0.0
        tick = os.sysconf("SC_CLK_TCK")
        for pid, fields in self.processes():
            user += int(fields[11]) / tick
            for task in os.listdir(f"/proc/{pid}/task"):
                try:
                    stat = pathlib.Path(f"/proc/{pid}/task/{task}/schedstat").read_text()
                except OSError:
                    continue
                total += int(stat.split()[0]) / 1e9
        return total, user

    def thread_cpu(self, name):
        """Seconds of CPU that the process's threads of that name have used."""
        total = 0.0
        for task in os.listdir(f"/proc/{self.process.pid}/task"):
            place = pathlib.Path(f"/proc/{self.process.pid}/task/{task}")
            if place.joinpath("comm").read_text().strip() == name:
                total += int(place.joinpath("schedstat").read_text().split()[0]) / 1e9
        return total

    def wait_until_ready(self):
        query = bytes.fromhex("000100000001000000000000") + b"\x05bench\x04test\0\0\x06\0\x01"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
            probe.settimeout(0.1)
            for _ in range(100):
                try:
                    probe.sendto(query, ("127.0.0.1", self.ports.dns))
                    probe.recv(4096)
                    return True
                except OSError:
                    if self.process.poll() is not None:
                        return False
        return False

    def stop(self):
        for pid, _ in list(self.processes()):
            try:
                os.kill(pid, signal.SIGTERM)
            except OSError:
                pass
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.log.close()


def vedette_command(folder, zone, ports, build, *more):
    return [str(build / "vedette"), "serve", "--zone", f"bench.test={zone}", "--records",
            str(folder / "none.db"), "--listen", f"127.0.0.1:{ports.dns}",
            "--tls", f"127.0.0.1:{ports.tls}", "--https", f"127.0.0.1:{ports.https}",
            "--certificate", str(folder / "tls.pem"), "--key", str(folder / "tls.key"),
            *(more or ["--no-log"])]


def echo_command(_folder, _zone, ports, build):
    return [str(build / "bench/serve/echo_server"), str(ports.dns)]


def nsd_command(folder, zone, ports, _build):
    conf = folder / f"nsd-{ports.dns}.conf"
    conf.write_text(f"""server:
  ip-address: 127.0.0.1@{ports.dns}
  ip-address: 127.0.0.1@{ports.tls}
  tls-port: {ports.tls}
  tls-service-key: "{folder}/tls.key"
  tls-service-pem: "{folder}/tls.pem"
  tcp-count: 200
  server-count: 1
  username: ""
  chroot: ""
  zonesdir: "{folder}"
  database: ""
  pidfile: "{folder}/nsd-{ports.dns}.pid"
  xfrdfile: "{folder}/xfrd-{ports.dns}.state"
  zonelistfile: "{folder}/zone-{ports.dns}.list"
  xfrdir: "{folder}"
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: bench.test
  zonefile: "{zone}"
""")
    return ["nsd", "-d", "-c", str(conf)]


def knot_command(folder, zone, ports, _build):
    conf = folder / f"knot-{ports.dns}.conf"
    conf.write_text(f"""server:
  listen: 127.0.0.1@{ports.dns}
  udp-workers: 1
  tcp-workers: 1
  background-workers: 1
  rundir: {folder}
database:
  storage: {folder}/knot-{ports.dns}
template:
  - id: default
    storage: {folder}
    zonefile-sync: -1
    zonefile-load: whole
    journal-content: none
zone:
  - domain: bench.test
    file: {zone}
""")
    return ["knotd", "-c", str(conf)]


def gdnsd_command(folder, zone, ports, _build):
    home = folder / f"gdnsd-{ports.dns}"
    (home / "zones").mkdir(parents=True, exist_ok=True)
    shutil.copy(zone, home / "zones" / "bench.test")
    (home / "config").write_text(f"""options => {{
  listen => 127.0.0.1:{ports.dns}
  udp_threads => 1
  tcp_threads => 1
  run_dir => {home}/run
  state_dir => {home}/state
}}
""")
    return ["gdnsd", "-c", str(home), "start"]


def unbound_command(folder, zone, ports, _build):
    conf = folder / f"unbound-{ports.dns}.conf"
    data = []
    for line in zone.read_text().splitlines():
        row = re.fullmatch(r"(host\d+) (A .*)", line)
        if row:
            data.append(f"  local-data: \"{row[1]}.bench.test. 300 {row[2]}\"")
    conf.write_text(f"""server:
  interface: 127.0.0.1@{ports.dns}
  interface: 127.0.0.1@{ports.tls}
  interface: 127.0.0.1@{ports.https}
  tls-port: {ports.tls}
  https-port: {ports.https}
  tls-service-key: "{folder}/tls.key"
  tls-service-pem: "{folder}/tls.pem"
  num-threads: 1
  incoming-num-tcp: 200
  do-daemonize: no
  use-syslog: no
  chroot: ""
  username: ""
  directory: "{folder}"
  pidfile: "{folder}/unbound-{ports.dns}.pid"
  local-zone: "bench.test." static
  local-data: "bench.test. 300 SOA ns1.bench.test. hostmaster.bench.test. 1 3600 600 86400 60"
""" + "\n".join(data) + "\nremote-control:\n  control-enable: no\n")
    return ["unbound", "-d", "-c", str(conf)]


Maker = collections.namedtuple("Maker", "program command")
MAKERS = {"vedette": Maker(None, vedette_command), "echo": Maker(None, echo_command),
          "nsd": Maker("nsd", nsd_command), "knot": Maker("knotd", knot_command),
          "gdnsd": Maker("gdnsd", gdnsd_command), "unbound": Maker("unbound", unbound_command)}


def start(names, folder, zone, build):
    """Starts each of these servers that is here: name -> Running. Says which are not."""
    running = {}
    for name in names:
        maker = MAKERS[name]
        if maker.program and not shutil.which(maker.program):
            print(f"  {maker.program} is not installed: left out", flush=True)
            continue
        ports = Ports.free()
        server = Running(name, maker.command(folder, zone, ports, build), ports, folder)
        if name == "echo" or server.wait_until_ready():
            running[name] = server
        else:
            server.stop()
            print(f"  {name} did not start:\n{(folder / (name + '.log')).read_text()}", flush=True)
    return running
