"""Zones signed by ldns or BIND, with the key that a validator trusts."""

import pathlib
import subprocess


def sign_with_ldns(folder, zone, *flags):
    """Signs `folder`/<zone>.zone; (signed file, DNSKEY record as text)."""
    key = subprocess.run(["ldns-keygen", "-a", "ECDSAP256SHA256", "-k", zone], cwd=folder,
                         capture_output=True, text=True, check=True).stdout.strip()
    subprocess.run(["ldns-signzone", *flags, "-o", f"{zone}.", "-f", f"{zone}.signed",
                    f"{zone}.zone", key], cwd=folder, check=True, capture_output=True)
    return signed(folder, zone, key)


def sign_with_bind(folder, zone, *flags):
    key = subprocess.run(["dnssec-keygen", "-q", "-a", "ECDSAP256SHA256", "-f", "KSK", zone],
                         cwd=folder, capture_output=True, text=True, check=True).stdout.strip()
    subprocess.run(["dnssec-signzone", "-z", "-S", *flags, "-o", zone, "-f", f"{zone}.signed",
                    f"{zone}.zone"], cwd=folder, check=True, capture_output=True)
    return signed(folder, zone, key)


def signed(folder, zone, key):
    """What the DNSKEY file says, without comments, in one line."""
    lines = (pathlib.Path(folder) / f"{key}.key").read_text(encoding="utf-8").splitlines()
    record = next(line for line in lines if "DNSKEY" in line and not line.startswith(";"))
    return pathlib.Path(folder) / f"{zone}.signed", record.split(";")[0].strip()


def trust_anchor(record):
    """The DNSKEY as BIND's tools want it."""
    owner, fields = record.split("DNSKEY", 1)
    flags, protocol, algorithm, *key = fields.split()
    return (f'trust-anchors {{ "{owner.split()[0]}" static-key {flags} {protocol} {algorithm} '
            f'"{"".join(key)}"; }};\n')
