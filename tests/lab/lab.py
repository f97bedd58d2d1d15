"""A small network for tests: a bridge in a network namespace of the test's own, machines on it that
are namespaces too, and real servers and clients inside them. `vedette watch` listens on the bridge
and sees every frame. Whoever uses it must be inside a namespace: live_run.enter() gets there."""

import datetime
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "bench"))
import live_run  # noqa: E402
from loopback import PATIENCE, wait_until  # noqa: E402

SKIPPED = 77
PATH = os.environ["PATH"] + ":/usr/sbin:/sbin"
DIES_WITH_US = ["setpriv", "--pdeathsig", "KILL"]


def tool(name):
    return shutil.which(name, path=PATH)


def needs(*names):
    """A decorator: skips, with a word, where a program is missing."""
    missing = [name for name in names if not tool(name)]
    return unittest.skipIf(missing, f"not installed: {', '.join(missing)}")


def moment(text):
    """Seconds of a time in our JSON."""
    return datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%f%z").timestamp()


def end_process(process):
    """Ends it by its own id; what it said."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        said, _ = process.communicate(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        said, _ = process.communicate()
    except ValueError:  # its output was read and closed before
        return ""
    return said or ""


def certificate(folder, name, *names):
    """NAME.pem and NAME.key: signed by itself, for these DNS names."""
    done = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", f"/CN={names[0]}", "-addext",
         "subjectAltName=" + ",".join(f"DNS:{each}" for each in names),
         "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.pem"],
        capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


class Machine:
    """A namespace with one card, `eth0`, whose other end is a port of the bridge."""

    def __init__(self, lan, number, name, mac, address=None):
        self.lan, self.name, self.mac, self.address = lan, name, mac, address
        self.port = f"port{number}"
        self.holder = subprocess.Popen([*DIES_WITH_US, "unshare", "-n", "sleep", "600"],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        lan.machines.append(self)
        own = pathlib.Path("/proc/self/ns/net").readlink()
        wait_until(lambda: pathlib.Path(f"/proc/{self.holder.pid}/ns/net").readlink() != own,
                   "a namespace")
        here = lan.here
        here("ip", "link", "add", "name", self.port, "type", "veth", "peer", "name", "eth0",
             "netns", str(self.holder.pid))
        here("ip", "link", "set", self.port, "master", lan.interface)
        lan.quiet_ipv6(self.port)
        here("ip", "link", "set", self.port, "up")
        self.run("sysctl", "-q", "net.ipv6.conf.eth0.disable_ipv6=1")
        self.run("ip", "link", "set", "lo", "up")
        self.set_mac(mac)
        if address:
            self.run("ip", "address", "add", f"{address}/24", "dev", "eth0", check=True)

    def set_mac(self, mac):
        self.run("ip", "link", "set", "eth0", "down")
        self.run("ip", "link", "set", "eth0", "address", mac, check=True)
        self.run("ip", "link", "set", "eth0", "up", check=True)
        self.mac = mac

    def use_ipv6(self, address=None):
        """With a link-local address at once, and perhaps another one."""
        for setting in ("accept_dad=0", "disable_ipv6=0"):
            self.run("sysctl", "-q", f"net.ipv6.conf.eth0.{setting}", check=True)
        if address:
            self.run("ip", "address", "add", f"{address}/64", "dev", "eth0", check=True)
        words = ("ip", "-6", "address", "show", "dev", "eth0", "scope", "link", "-tentative")
        wait_until(lambda: "fe80" in self.run(*words), "a link-local address")

    def command(self, *words):
        return ["nsenter", "-t", str(self.holder.pid), "-n", *map(str, words)]

    def run(self, *words, check=False):
        done = subprocess.run(self.command(*words), capture_output=True, text=True, check=False,
                              timeout=PATIENCE, env={**os.environ, "PATH": PATH},
                              stdin=subprocess.DEVNULL)
        if check and done.returncode != 0:
            raise AssertionError(f"{words}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self, *words, **more):
        """A process in the machine, ended with the network."""
        process = subprocess.Popen([*DIES_WITH_US, *self.command(*words)], stdin=subprocess.DEVNULL,
                                   stdout=more.pop("stdout", subprocess.DEVNULL),
                                   stderr=more.pop("stderr", subprocess.DEVNULL), text=True,
                                   env={**os.environ, "PATH": PATH, **more.pop("env", {})}, **more)
        self.lan.processes.append(process)
        return process

    def dig(self, server, name, *more):
        return self.run("dig", "+short", "+tries=1", "+time=2", f"@{server}", name, *more).strip()


class Lan:
    """The bridge and everything on it. close() ends every process and takes it away."""

    ports = 0  # of all bridges: the kernel takes its time to forget a namespace and its cards

    def __init__(self, interface="lan"):
        self.interface = interface
        self.machines, self.processes = [], []
        self.keep = tempfile.TemporaryDirectory(prefix="vedette-lab-")
        self.folder = pathlib.Path(self.keep.name)
        self.folder.chmod(0o755)
        # Without multicast snooping, as an unmanaged switch; at once forwarding.
        self.here("ip", "link", "add", "name", interface, "type", "bridge", "forward_delay", "0",
                  "mcast_snooping", "0")
        self.quiet_ipv6(interface)
        self.here("ip", "link", "set", interface, "up")

    @staticmethod
    def here(*words):
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise AssertionError(f"{words}: {done.stderr}")

    @staticmethod
    def quiet_ipv6(interface):
        pathlib.Path(f"/proc/sys/net/ipv6/conf/{interface}/disable_ipv6").write_text("1")

    @staticmethod
    def why_not():
        """A sentence when this kernel has no bridges."""
        done = subprocess.run(["ip", "link", "add", "name", "probe", "type", "bridge"],
                              capture_output=True, text=True, check=False)
        if done.returncode != 0:
            return "no bridge can be made here: " + done.stderr.strip()
        subprocess.run(["ip", "link", "delete", "probe"], check=True)
        return None

    def machine(self, name, mac, address=None):
        Lan.ports += 1
        return Machine(self, Lan.ports, name, mac, address)

    def close(self):
        for process in reversed(self.processes):
            end_process(process)
        for machine in self.machines:
            subprocess.run(["ip", "link", "delete", machine.port], capture_output=True, check=False)
            machine.holder.kill()
            machine.holder.wait()
        subprocess.run(["ip", "link", "delete", self.interface], capture_output=True, check=False)
        self.keep.cleanup()


class Vedette:
    """The program with a store of its own."""

    def __init__(self, program, folder):
        self.program, self.folder = program, pathlib.Path(folder)
        self.folder.mkdir(exist_ok=True)
        self.store = self.folder / "v.db"
        self.environment = {"PATH": PATH, "TZ": "UTC", "HOME": str(folder),
                            "XDG_CONFIG_HOME": str(folder), "XDG_DATA_HOME": str(folder)}

    def _run(self, words, code):
        done = subprocess.run([str(self.program), *map(str, words), "--set",
                               f"store.path={self.store}"],
                              capture_output=True, text=True, timeout=120, check=False,
                              env=self.environment, stdin=subprocess.DEVNULL)
        if done.returncode != code:
            raise AssertionError(f"{words}: {done.returncode}: {done.stdout}{done.stderr}")
        return done

    def run(self, *words, code=0):
        return self._run(words, code).stdout

    def said(self, *words, code=0):
        """What it said beside its output."""
        return self._run(words, code).stderr

    def rows(self, *words):
        return [json.loads(line) for line in self.run(*words, "--json").splitlines()]

    def logs(self, *words):
        return self.rows("logs", "-n", "0", *words) if self.store.exists() else []

    def watch(self, *words, interface="lan"):
        return live_run.Watch(self.program, "--set", f"store.path={self.store}", *words,
                              interface=interface)

    def alert_lines(self):
        """The lines of the day's alert file, as they stand now."""
        lines = []
        for path in sorted((self.folder / "logs").glob("alerts-*.jsonl")):
            text = path.read_text()
            lines += [json.loads(line) for line in text[:text.rfind("\n") + 1].splitlines()]
        return lines

    def wait_for_alert(self, kind, **fields):
        """The first line of the day's alert file with these fields."""
        def find():
            for line in self.alert_lines():
                if line["kind"] == kind and all(line.get(k) == v for k, v in fields.items()):
                    return line
            return None
        return wait_until(find, lambda: f"{kind} {fields}; there are " + "\n".join(
            f"{line['kind']} {line['reason']}" for line in self.alert_lines()))


def run_tests(setup, programs, bridge=True):
    """The main() of a live test: enters a namespace, or says why the test is skipped."""
    import argparse
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", type=pathlib.Path, required=True)
    parser.add_argument("--sender", type=pathlib.Path)
    args, rest = parser.parse_known_args()
    missing = [name for name in ("nsenter", "unshare", "ip", *programs) if not tool(name)]
    reason = "not installed: " + ", ".join(missing) if missing else live_run.enter()
    if not reason and bridge:
        reason = Lan.why_not()
    if reason:
        print("skipped:", reason)
        sys.exit(SKIPPED)
    setup(args.program.resolve(), *([args.sender.resolve()] if args.sender else []))
    unittest.main(argv=[sys.argv[0], *rest])
