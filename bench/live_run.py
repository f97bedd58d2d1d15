"""One live run of the program in a network namespace: a veth cable, `vedette watch` at one end, the
sender at the other. Used by the live test and by compare_live.py. Whoever uses it must be inside a
namespace of its own; enter() gets there."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time

STARTUP_SECONDS = 10


def enter():
    """Runs this script again inside a fresh network namespace; returns once inside. None where that
    is allowed, else a sentence why not."""
    if os.environ.get("VEDETTE_IN_NAMESPACE") == "1":
        subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
        return None
    for options in (["-n"], ["-r", "-n"]):
        tried = subprocess.run(["unshare", *options, "ip", "link", "set", "lo", "up"],
                               capture_output=True, check=False)
        if tried.returncode == 0:
            os.environ["VEDETTE_IN_NAMESPACE"] = "1"
            os.execvp("unshare", ["unshare", *options, sys.executable, *sys.argv])
    return "no network namespace can be made here: " + tried.stderr.decode().strip()


def make_cable(near="near", far="far"):
    subprocess.run(["ip", "link", "add", near, "type", "veth", "peer", "name", far], check=True)
    for end in (near, far):
        pathlib.Path(f"/proc/sys/net/ipv6/conf/{end}/disable_ipv6").write_text("1")
        subprocess.run(["ip", "link", "set", end, "up"], check=True)


def remove_cable(near="near"):
    subprocess.run(["ip", "link", "delete", near], check=True)


def packet_sockets():
    return len(pathlib.Path("/proc/net/packet").read_text().splitlines()) - 1


def status_of(pid, field):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field + ":"):
            return line.split()[1]
    return "0"


def peak_memory_bytes(pid):
    return int(status_of(pid, "VmHWM")) * 1024


def catches_interrupts(pid):
    return int(status_of(pid, "SigCgt"), 16) >> (signal.SIGINT - 1) & 1


class Watch:
    """`vedette watch` under way; stop() returns its summary."""

    def __init__(self, program, *options, interface="near"):
        before = packet_sockets()
        self.process = subprocess.Popen(
            [str(program), "watch", "-i", interface, "--quiet", "--summary", "json", *options],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        deadline = time.monotonic() + STARTUP_SECONDS
        while packet_sockets() <= before or not catches_interrupts(self.process.pid):
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.process.kill()
                raise RuntimeError("watch did not start: " + self.process.communicate()[1])
            time.sleep(0.02)

    def stop(self, code=0):
        """`code`: how it should end, 1 when it could not keep everything."""
        peak = peak_memory_bytes(self.process.pid)
        self.process.send_signal(signal.SIGINT)
        out, err = self.process.communicate(timeout=60)
        if self.process.returncode != code:
            raise RuntimeError(f"watch ended with {self.process.returncode}: {err}")
        summary = json.loads(out.splitlines()[-1])
        summary["peak_memory_bytes"] = peak
        summary["messages"] = err
        return summary


def send(sender, packets, rate, *capture, interface="far"):
    """Packets the kernel took, and packets per second."""
    out = subprocess.run([str(sender), interface, str(packets), str(rate), *map(str, capture)],
                         check=True, capture_output=True, text=True).stdout.split()
    return int(out[1]), float(out[6])
