#!/usr/bin/env python3
"""Other people's clients against `vedette serve`: dig, kdig, drill, dnspython and curl, over UDP,
TCP, TLS and HTTPS; transfers with TSIG, a change of records, a kill. A client that is not installed
is left out."""

import argparse
import os
import pathlib
import shutil
import signal
import sys
import tempfile
import time

import daemons
from daemons import run


def make_service(program, folder):
    (folder / "example.org").write_text("$TTL 60\n@ SOA ns h 1 60 60 60 60\n@ NS ns\n"
                                        "ns A 127.0.0.1\nwww A 192.0.2.1\n*.w TXT any\n" +
                                        "".join(f"big TXT \"{i} {'x' * 200}\"\n"
                                                for i in range(20)))
    return daemons.Vedette(program, folder, {"example.org": folder / "example.org"},
                           'transfer_to = ["127.0.0.1"]\n'
                           f'tsig_keys = ["{daemons.KEY_NAME}:hmac-sha256:{daemons.SECRET}"]',
                           encrypted=True)


def expect(what, condition, shown=""):
    print(("ok    " if condition else "FAIL  ") + what)
    if not condition:
        print(shown)
        expect.failed += 1


expect.failed = 0


def look_at_privileges(service):
    """Root's rights are gone from every thread once the sockets are open, but those to files."""
    tasks = pathlib.Path(f"/proc/{service.server.process.pid}/task")
    file_access = 1 << 0 | 1 << 1 | 1 << 3  # CAP_CHOWN, CAP_DAC_OVERRIDE, CAP_FOWNER
    for task in tasks.iterdir():
        status = dict(line.split(":", 1) for line in (task / "status").read_text().splitlines())
        expect(f"thread {status['Name'].strip()} {task.name}: privileges given up",
               int(status["CapEff"], 16) & ~file_access == 0 and int(status["NoNewPrivs"]) == 1,
               status["CapEff"])


def ask_with_clients(service):
    at = ["@127.0.0.1", "-p", service.port]
    out = run("dig", *at, "fromage.fr").stdout
    expect("dig: the address with AA", "11.23.33.21" in out and "flags: qr aa" in out, out)
    out = run("dig", *at, "nowhere.fromage.fr").stdout
    expect("dig: NXDOMAIN with SOA", "NXDOMAIN" in out and "SOA" in out, out)
    out = run("dig", *at, "example.com").stdout
    expect("dig: other names are refused", "REFUSED" in out, out)
    out = run("dig", *at, "big.example.org", "TXT").stdout
    expect("dig: TC, then TCP", out.count("\tTXT\t") == 20, out)
    if shutil.which("drill"):
        out = run("drill", "-p", service.port, "www.example.org", "@127.0.0.1").stdout
        expect("drill", "192.0.2.1" in out, out)
    if shutil.which("kdig"):
        for flags, port in [([], service.port), (["+tcp"], service.port), (["+tls"], service.tls),
                            (["+https"], service.https), (["+https-get"], service.https),
                            (["+tls", "+padding"], service.tls)]:
            out = run("kdig", "@127.0.0.1", "-p", port, *flags, "x.w.example.org", "TXT").stdout
            expect(f"kdig {' '.join(flags)}", '"any"' in out, out)
    python = ("import dns.message,dns.query\n"
              "q=dns.message.make_query('www.example.org','A',want_dnssec=True)\n"
              f"r=dns.query.tcp(q,'127.0.0.1',port={service.port},timeout=5)\n"
              "print(r.answer)")
    made = run("/usr/bin/python3", "-c", python)
    if "ModuleNotFoundError" not in made.stderr:
        expect("dnspython", "192.0.2.1" in made.stdout, made.stderr)


def ask_with_curl(service):
    if not shutil.which("curl"):
        return
    query = bytes.fromhex("000000000001000000000000") + b"\3www\7example\3org\0\0\1\0\1"
    (service.folder / "query").write_bytes(query)
    url = f"https://127.0.0.1:{service.https}/dns-query"
    for version in ["--http1.1", "--http2"]:
        out = service.folder / "answer"
        made = run("curl", "-s", "-S", version, "--cacert", service.certificate, "-o", out, "-w",
                   "%{http_code} %{content_type} %{http_version}", "--data-binary",
                   f"@{service.folder}/query", "-H", "content-type: application/dns-message", url)
        expect(f"curl {version} POST", made.stdout.startswith("200 application/dns-message") and
               bytes([192, 0, 2, 1]) in out.read_bytes(), made.stdout + made.stderr)
        status = run("curl", "-s", version, "--cacert", service.certificate, "-o", "/dev/null",
                     "-w", "%{http_code}", f"{url}?dns=!!").stdout
        expect(f"curl {version}: nonsense is 400", status == "400", status)
        status = run("curl", "-s", version, "--cacert", service.certificate, "-o", "/dev/null",
                     "-w", "%{http_code}", f"https://127.0.0.1:{service.https}/other").stdout
        expect(f"curl {version}: another path is 404", status == "404", status)


def change_records(service):
    made = service.command("records", "add", "new.fromage.fr", "A", "192.0.2.9")
    expect("records add", made.returncode == 0, made.stderr)
    start = time.monotonic()
    while time.monotonic() - start < 3:
        if "192.0.2.9" in run("dig", "@127.0.0.1", "-p", service.port, "new.fromage.fr").stdout:
            break
    expect("a new record within a second", time.monotonic() - start < 1.0)
    made = service.command("records", "add", "fromage.fr", "CNAME", "x")
    expect("a CNAME beside data is refused", made.returncode != 0)
    listed = service.command("records", "list", "--json").stdout
    expect("records list", listed.count("\n") == 2, listed)
    exported = service.command("records", "export").stdout
    expect("records export", "fromage.fr. 300 IN A 11.23.33.21" in exported, exported)
    service.stop(signal.SIGKILL)
    service.start()
    out = run("dig", "@127.0.0.1", "-p", service.port, "new.fromage.fr").stdout
    expect("kill -9 loses no acknowledged record", "192.0.2.9" in out, out)
    expect("records remove", service.command("records", "remove", "new.fromage.fr").returncode == 0)


def transfer(service):
    at = ["@127.0.0.1", "-p", service.port]
    out = run("dig", *at, "example.org", "AXFR").stdout
    expect("AXFR without the key is refused", "Transfer failed" in out, out)
    out = run("dig", *at, "-y", "hmac-sha256:transfer:" + daemons.SECRET, "example.org",
              "AXFR").stdout
    expect("AXFR with TSIG", out.count("SOA") == 2 and "XFR size: 26 records" in out, out)
    out = run("dig", *at, "-y", "hmac-sha256:transfer:AAAA", "example.org", "AXFR").stdout
    expect("AXFR with a wrong key", "192.0.2.1" not in out, out)


def logged(service):
    start = time.monotonic()
    while time.monotonic() - start < 5:  # the store makes them visible about once a second
        made = service.command("logs", "-n", "0", "--json", "name:new.fromage.fr")
        if "new.fromage.fr" in made.stdout:
            break
    expect("every exchange is in the store", "new.fromage.fr" in made.stdout, made)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="vedette-clients-"))
    os.environ["XDG_DATA_HOME"] = str(folder)
    service = make_service(arguments.program, folder)
    made = service.command("records", "add", "fromage.fr", "A", "11.23.33.21", "--ttl", "300")
    expect("records add before the start", made.returncode == 0, made.stderr)
    service.start()
    try:
        for part in [look_at_privileges, ask_with_clients, ask_with_curl, transfer, change_records,
                     logged]:
            part(service)
    finally:
        service.stop()
    print(service.log())
    shutil.rmtree(folder)
    return 1 if expect.failed else 0


if __name__ == "__main__":
    sys.exit(main())
