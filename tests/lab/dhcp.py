"""DHCP servers and clients of Debian for the machines of a lab.Lan."""

import csv
import json

import lab

LEASE_SCRIPT = """#!/bin/sh
case "$1" in bound|renew) ;; *) exit 0 ;; esac
ip address replace "$ip/24" dev "$interface"
echo "$ip" > "$(dirname "$0")/$NAME.address"
"""


class Kea:
    """kea-dhcp4 in a machine: leases in memory and in a CSV file, a log in a file."""

    def __init__(self, machine, dns, pool, lifetime=1200):
        folder = machine.lan.folder
        self.leases, self.log = folder / "kea.csv", folder / "kea.log"
        settings = {"Dhcp4": {
            "interfaces-config": {"interfaces": ["eth0"], "dhcp-socket-type": "raw"},
            "valid-lifetime": lifetime,
            "lease-database": {"type": "memfile", "name": str(self.leases)},
            "loggers": [{"name": "kea-dhcp4", "severity": "DEBUG", "debuglevel": 40,
                         "output_options": [{"output": str(self.log)}]}],
            "subnet4": [{
                "subnet": "198.51.100.0/24", "pools": [{"pool": pool}],
                "option-data": [{"name": "routers", "data": machine.address},
                                {"name": "domain-name-servers", "data": dns}]}]}}
        (folder / "kea.json").write_text(json.dumps(settings))
        self.process = machine.start("kea-dhcp4", "-c", folder / "kea.json", env={
            "KEA_PIDFILE_DIR": str(folder), "KEA_LOCKFILE_DIR": "none"})
        lab.wait_until(lambda: self.log.exists() and "DHCP4_STARTED" in self.log.read_text(),
                       "Kea to start")

    def rows(self):
        with open(self.leases, encoding="ascii", newline="") as lines:
            return list(csv.DictReader(lines))


class Kea6:
    """kea-dhcp6 in a machine that has use_ipv6()."""

    def __init__(self, machine, pool, lifetime=1200):
        folder = machine.lan.folder
        self.leases, self.log = folder / "kea6.csv", folder / "kea6.log"
        settings = {"Dhcp6": {
            "interfaces-config": {"interfaces": ["eth0"]},
            "valid-lifetime": lifetime, "preferred-lifetime": lifetime // 2,
            "lease-database": {"type": "memfile", "name": str(self.leases)},
            "server-id": {"type": "LL", "persist": False},
            "loggers": [{"name": "kea-dhcp6", "severity": "INFO",
                         "output_options": [{"output": str(self.log)}]}],
            "subnet6": [{"subnet": "2001:db8:5::/64", "pools": [{"pool": pool}],
                         "interface": "eth0"}]}}
        (folder / "kea6.json").write_text(json.dumps(settings))
        self.process = machine.start("kea-dhcp6", "-c", folder / "kea6.json", env={
            "KEA_PIDFILE_DIR": str(folder), "KEA_LOCKFILE_DIR": "none"})
        lab.wait_until(lambda: self.log.exists() and "DHCP6_STARTED" in self.log.read_text(),
                       "Kea to start")


def start_dnsmasq(machine, *words):
    """dnsmasq in a machine; without a --dhcp-range it answers names only."""
    folder = machine.lan.folder
    log = folder / f"{machine.name}.log"
    log.touch()
    log.chmod(0o666)
    process = machine.start(
        "dnsmasq", "--keep-in-foreground", "--conf-file=/dev/null", "--interface=eth0",
        "--bind-dynamic", "--user=root", "--no-resolv", "--no-hosts", "--pid-file=", "--no-ping",
        f"--log-facility={log}", f"--dhcp-leasefile={folder}/{machine.name}.leases", *words)
    lab.wait_until(lambda: "started" in log.read_text(), "dnsmasq to start")
    return process


def take_lease(machine, *words):
    """udhcpc asks once; the address that it was given."""
    folder = machine.lan.folder
    script = folder / f"{machine.name}.script"
    script.write_text(LEASE_SCRIPT.replace("$NAME", machine.name))
    script.chmod(0o755)
    kept = folder / f"{machine.name}.address"
    kept.unlink(missing_ok=True)
    machine.run("udhcpc", "-f", "-q", "-n", "-i", "eth0", "-s", script, "-t", "20", "-T", "1",
                "-x", f"hostname:{machine.name}", *words)
    return kept.read_text().strip() if kept.exists() else None


def dhclient_words(machine, family="-4"):
    files = machine.lan.folder / machine.name
    identity = ["-D", "LL"] if family == "-6" else []
    return ["dhclient", family, *identity, "-lf", f"{files}.dhclient", "-pf", f"{files}.pid",
            "-sf", "/bin/true"]


def start_dhclient(machine, family="-4"):
    """dhclient goes on until it gives its lease back; it keeps what it learns to itself."""
    return machine.start(*dhclient_words(machine, family), "-d", "eth0")


def release(machine, family="-4"):
    """Ends the dhclient that runs in the machine and gives its lease back."""
    machine.run("ip", "address", "add", "198.51.100.19/24", "dev", "eth0")  # to send from
    machine.run(*dhclient_words(machine, family), "-r", "eth0")
