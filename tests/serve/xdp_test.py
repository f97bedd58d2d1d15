#!/usr/bin/env python3
"""`vedette serve --xdp` between two network namespaces: other people's clients ask over a virtual
cable, the count of questions by AF_XDP proves the way they went, and everything that is not a
plain question for us still reaches the kernel. Needs root; exits with 77 without."""

import argparse
import os
import pathlib
import re
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = pathlib.Path("vedette")
V4, V6 = "192.0.2.1", "2001:db8::1"
CLIENT_V4, CLIENT_V6 = "192.0.2.2", "2001:db8::2"
VLAN_V4 = "198.51.100.1"


def run(*command, check=True, **more):
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=60,
                          check=check, **more)


class Network:
    """Two namespaces and a cable, with a tagged network on it."""

    def __init__(self, extra=()):
        self.server, self.client = f"vs{os.getpid()}", f"vc{os.getpid()}"
        try:
            for name in (self.server, self.client):
                run("ip", "netns", "add", name)
                self.inside(name, "ip", "link", "set", "lo", "up")
            run("ip", "link", "add", "veth0", "netns", self.server, "type", "veth", "peer", "name",
                "veth0", "netns", self.client, *extra)
            for name, v4, v6, tagged in [(self.server, V4, V6, VLAN_V4),
                                         (self.client, CLIENT_V4, CLIENT_V6, "198.51.100.2")]:
                self.inside(name, "ip", "address", "add", f"{v4}/24", "dev", "veth0")
                self.inside(name, "ip", "address", "add", f"{v6}/64", "dev", "veth0", "nodad")
                self.inside(name, "ip", "link", "set", "veth0", "up")
                self.tagged = self.inside(name, "ip", "link", "add", "link", "veth0", "name",
                                          "veth0.5", "type", "vlan", "id", "5",
                                          check=False).returncode == 0
                if self.tagged:
                    self.inside(name, "ip", "address", "add", f"{tagged}/24", "dev", "veth0.5")
                    self.inside(name, "ip", "link", "set", "veth0.5", "up")
        except subprocess.CalledProcessError:
            self.close()
            raise

    def inside(self, name, *command, check=True):
        return run("nsenter", f"--net=/run/netns/{name}", *command, check=check)

    def ask(self, *command, check=False):
        return self.inside(self.client, *command, check=check).stdout

    def close(self):
        for name in (self.server, self.client):
            run("ip", "netns", "delete", name, check=False)


class Server:
    def __init__(self, network, settings="", listen=("0.0.0.0", "::"), command=(), xdp="veth0",
                 user="root"):
        self.network = network
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="vedette-xdp-"))
        self.folder.chmod(0o777)  # who serves may be nobody
        (self.folder / "example.org").write_text(
            "$TTL 60\n@ SOA ns h 1 60 60 60 60\n@ NS ns\nns A 127.0.0.1\nwww A 192.0.2.77\n"
            "www AAAA 2001:db8::77\n" + "".join(f"n{i} A 192.0.2.{i}\n" for i in range(200)) +
            "".join(f"big TXT \"{i} {'x' * 200}\"\n" for i in range(20)) +
            "".join(f"large TXT \"{i} {'y' * 200}\"\n" for i in range(6)))
        (self.folder / "vedette.toml").write_text(
            f"[store]\npath = \"{self.folder}/vedette.db\"\n[serve]\n"
            f"listen = [{', '.join(chr(34) + a + chr(34) for a in listen)}]\n"
            f"xdp = [\"{xdp}\"]\nzones = [\"example.org={self.folder}/example.org\"]\n{settings}\n"
            f"[process]\nuser = \"{user}\"\n")
        self.environment = dict(os.environ, XDG_DATA_HOME=str(self.folder))
        # As a package does, the files belong to who serves them.
        run(PROGRAM, "-c", self.folder / "vedette.toml", "records", "add", "own.test", "A",
            "192.0.2.2", user=user, env=self.environment)
        self.log_file = open(self.folder / "log", "w", encoding="utf-8")
        self.process = subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{network.server}", *command, str(PROGRAM), "-c",
             str(self.folder / "vedette.toml"), "serve"], stdout=self.log_file,
            stderr=self.log_file, env=self.environment)
        for _ in range(200):
            if "Ctrl-C" in self.log() or self.process.poll() is not None:
                break
            time.sleep(0.05)
        assert "Ctrl-C" in self.log(), self.log()

    def log(self):
        return (self.folder / "log").read_text()

    def vedette(self, *words):
        return run(PROGRAM, "-c", self.folder / "vedette.toml", *words).stdout

    def stop(self, how=signal.SIGTERM):
        """What the server says at its end: its questions, and those by AF_XDP."""
        self.process.send_signal(how)
        self.process.wait(20)
        self.log_file.close()
        all_, by_xdp = (re.search(pattern, self.log()) for pattern in
                        (r"^(\d+) questions", r", (\d+) questions by AF_XDP"))
        text = self.log()
        all_ = re.search(r"^(\d+) questions", text, re.M)
        return (int(all_[1]) if all_ else 0), (int(by_xdp[1]) if by_xdp else 0), text

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self.log_file.close()
        # A successor may be closing its store still, and takes files away by itself.
        shutil.rmtree(self.folder, ignore_errors=True)


class XdpTest(unittest.TestCase):
    network_extra = ()

    def setUp(self):
        self.network = Network(self.network_extra)
        self.addCleanup(self.network.close)

    def serve(self, **more):
        server = Server(self.network, **more)
        self.addCleanup(server.close)
        return server

    def dig(self, address, name="www.example.org", *words):
        return self.network.ask("dig", f"@{address}", "+tries=1", "+time=2", name, *words)

    def test_clients_are_answered_past_the_kernel(self):
        server = self.serve()
        self.assertIn("veth0: AF_XDP on 1 queue, in the driver", server.log())
        for address in (V4, V6):
            self.assertIn("192.0.2.77", self.dig(address))
            self.assertIn("2001:db8::77", self.dig(address, "www.example.org", "AAAA"))
            self.assertIn("status: NXDOMAIN", self.dig(address, "nowhere.example.org"))
            self.assertIn("status: REFUSED", self.dig(address, "example.com"))
            out = self.network.ask("kdig", f"@{address}", "www.example.org")
            self.assertIn("192.0.2.77", out)
            # Above 1232 octets, then over TCP, which is the kernel's.
            self.assertEqual(self.dig(address, "big.example.org", "TXT").count("\tTXT\t"), 20)
        total, by_xdp, text = server.stop()
        self.assertEqual((total, by_xdp), (14, 12), text)
        self.assertIn("2 connections", text)
        logged = server.vedette("logs", "-n", "0", "--json", "name:www.example.org")
        self.assertEqual(logged.count("\n"), 6, logged)
        self.assertIn(CLIENT_V4, logged)
        self.assertIn(CLIENT_V6, logged)

    def test_thousands_of_questions(self):
        server = self.serve(listen=(V4, V6))
        (server.folder / "questions").write_text(
            "".join(f"n{i % 200}.example.org A\n" for i in range(20_000)))
        for address in (V4, V6):
            out = self.network.ask("dnsperf", "-s", address, "-d", server.folder / "questions",
                                   "-n", "1", "-c", "10", "-q", "50")
            sent = int(re.search(r"Queries sent: +(\d+)", out)[1])
            self.assertEqual(sent, 20_000, out)
            self.assertIn(f"Queries completed:    {sent} (100.00%)", out)
            self.assertIn("NOERROR 20000 (100.00%)", out)
        total, by_xdp, text = server.stop()
        self.assertEqual((total, by_xdp), (40_000, 40_000), text)
        self.assertIn("logged 40000, not logged 0", text)

    def test_what_is_not_for_us_is_the_kernels(self):
        server = self.serve()
        ask = self.network.ask
        for address in (V4, V6):
            self.assertIn("1 received", ask("ping", "-c", "1", "-W", "2", address))
            self.assertIn("192.0.2.77", self.dig(address, "www.example.org", "+tcp"))
        # A tagged network on the same cable: by socket, where the kernel knows such networks.
        if self.network.tagged:
            self.assertIn("192.0.2.77", self.dig(VLAN_V4))
        else:
            self.assertEqual(ask(sys.executable, "-c", TAGGED), "plain answered\nsilence\n")
        # Another port, and the same port on an address that is not ours: nobody's.
        echo = subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{self.network.server}", sys.executable, "-c",
             "import socket\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n"
             "s.bind(('192.0.2.1',5353))\nprint('up',flush=True)\n"
             "d,a=s.recvfrom(99)\ns.sendto(d,a)"], stdout=subprocess.PIPE)
        self.addCleanup(echo.stdout.close)
        echo.stdout.readline()
        out = ask(sys.executable, "-c",
                  "import socket\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n"
                  "s.settimeout(3)\ns.sendto(b'hello',('192.0.2.1',5353))\nprint(s.recv(99))")
        self.assertIn("hello", out)
        self.assertEqual(echo.wait(5), 0)
        # A question in fragments: the kernel puts it together, a socket answers.
        out = ask(sys.executable, "-c", FRAGMENTED)
        self.assertIn("answered", out)
        # IP options: the same.
        out = ask(sys.executable, "-c", WITH_OPTIONS)
        self.assertIn("answered", out)
        total, by_xdp, text = server.stop()
        self.assertEqual((total, by_xdp), (5, 0 if self.network.tagged else 1), text)

    def test_an_address_that_comes_later_is_served(self):
        server = self.serve()
        self.network.inside(self.network.server, "ip", "address", "add", "192.0.2.50/24", "dev",
                            "veth0")
        time.sleep(2.5)
        self.assertIn("192.0.2.77", self.dig("192.0.2.50"))
        total, by_xdp, text = server.stop()
        self.assertEqual((total, by_xdp), (1, 1), text)

    def test_the_program_is_gone_after_the_server_however_it_ended(self):
        for how in (signal.SIGTERM, signal.SIGKILL):
            server = self.serve()
            link = self.network.inside(self.network.server, "ip", "link", "show", "veth0").stdout
            self.assertIn("xdp", link)
            server.stop(how)
            for _ in range(50):
                link = self.network.inside(self.network.server, "ip", "link", "show",
                                           "veth0").stdout
                if "xdp" not in link:
                    break
                time.sleep(0.1)
            self.assertNotIn("xdp", link)

    def test_without_privilege_the_sockets_serve(self):
        server = self.serve(listen=(V4 + ":5353",), command=(
            "setpriv", "--bounding-set", "-all", "--inh-caps", "-all", "--reuid", "0"))
        self.assertRegex(server.log(), r"veth0: no AF_XDP, its questions come by socket: .*"
                         r"Operation not permitted.*cap_net_raw,cap_net_admin,cap_bpf")
        self.assertIn("192.0.2.77", self.dig(V4, "www.example.org", "-p", "5353"))
        total, by_xdp, text = server.stop()
        self.assertEqual((total, by_xdp), (1, 0), text)

    def test_an_interface_that_cannot_is_told_and_served_by_socket(self):
        for name, why in [("nosuch0", "there is no such interface"),
                          ("lo", "it is no Ethernet interface")]:
            server = self.serve(xdp=name)
            self.assertIn(f"{name}: no AF_XDP, its questions come by socket: {why}", server.log())
            self.assertIn("192.0.2.77", self.dig(V4))
            total, by_xdp, text = server.stop()
            self.assertEqual((total, by_xdp), (1, 0), text)

    def test_a_second_program_on_the_interface_is_told(self):
        first = self.serve()
        second = self.serve(listen=(V4 + ":5353",))
        self.assertIn("another program has one there", second.log())
        self.assertIn("192.0.2.77", self.dig(V4, "www.example.org", "-p", "5353"))
        self.assertIn("192.0.2.77", self.dig(V4))
        self.assertEqual(first.stop()[:2], (1, 1))
        self.assertEqual(second.stop()[:2], (1, 0))

    def test_answers_per_second_are_limited_alike(self):
        server = self.serve(settings="answers_per_second = 5")
        (server.folder / "questions").write_text("www.example.org A\n" * 200)
        self.network.ask("dnsperf", "-s", V4, "-d", server.folder / "questions", "-n", "1", "-t",
                         "1", "-q", "200")
        total, by_xdp, text = server.stop()
        self.assertEqual(by_xdp, total, text)
        limited = int(re.search(r"(\d+) rate limited", text)[1])
        self.assertGreater(limited, 150, text)
        self.assertRegex(text, r"\b[1-9]\d+ cut")

    def test_answers_fit_the_cable(self):
        server = self.serve(settings="udp_size = 4096", listen=(V4, V6))
        for address in (V4, V6):
            out = self.dig(address, "large.example.org", "TXT", "+bufsize=4096", "+ignore")
            self.assertIn("ANSWER: 6", out)
            out = self.dig(address, "big.example.org", "TXT", "+bufsize=4096", "+ignore")
            self.assertRegex(out, r"flags:[^;]* tc")
        self.assertEqual(server.stop()[:2], (4, 4))

    def test_nothing_is_lost_when_the_server_is_replaced_or_stopped(self):
        # The successors have no privilege: what they serve was handed to them.
        server = self.serve(listen=(V4,), user="nobody")
        asker = subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{self.network.client}", sys.executable, "-c", STEADY],
            stdout=subprocess.PIPE, text=True)
        self.addCleanup(asker.stdout.close)
        time.sleep(0.5)
        successors = [server.process.pid]
        for _ in range(3):
            os.kill(successors[-1], signal.SIGUSR2)
            successors.append(self.wait_for(server, r"Process (\d+) has taken over",
                                            len(successors)))
        out = asker.communicate(timeout=20)[0]
        self.assertEqual(out.split()[1], "0", out + server.log())
        self.assertIn("192.0.2.77", self.dig(V4))
        status = pathlib.Path(f"/proc/{successors[-1]}/status").read_text()
        self.assertIn("CapEff:\t0000000000000000", status)
        os.kill(successors[-1], signal.SIGTERM)
        self.wait_for(server, r"^(\d+) questions.*by AF_XDP", 4)
        log = server.log()
        self.assertEqual(log.count("veth0: AF_XDP on 1 queue, in the driver, copying, taken over"),
                         3, log)
        asked = int(out.split()[0]) + 1
        for way in (r"^(\d+) questions", r", (\d+) questions by AF_XDP"):
            self.assertEqual(sum(int(n) for n in re.findall(way, log, re.M)), asked, log)
        link = self.network.inside(self.network.server, "ip", "link", "show", "veth0").stdout
        self.assertNotIn("xdp", link)

    def test_replacements_at_full_rate(self):
        server = self.serve(listen=(V4,), user="nobody")
        (server.folder / "questions").write_text(
            "".join(f"n{i % 200}.example.org A\n" for i in range(20_000)))
        load = subprocess.Popen(
            ["nsenter", f"--net=/run/netns/{self.network.client}", "dnsperf", "-s", V4, "-d",
             server.folder / "questions", "-l", "4", "-c", "10", "-q", "200"],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(load.stdout.close)
        successor = server.process.pid
        for replaced in range(3):
            time.sleep(0.4)
            os.kill(successor, signal.SIGUSR2)
            successor = self.wait_for(server, r"Process (\d+) has taken over", replaced + 1)
        out = load.communicate(timeout=30)[0]
        os.kill(successor, signal.SIGTERM)
        self.wait_for(server, r"^(\d+) questions.*by AF_XDP", 4)
        self.assertRegex(out, r"Queries lost: +0 ", out + server.log())
        sent = int(re.search(r"Queries sent: +(\d+)", out)[1])
        by_xdp = re.findall(r", (\d+) questions by AF_XDP", server.log())
        self.assertEqual(sum(int(n) for n in by_xdp), sent, server.log())
        print(f"  {sent} questions over three replacements, none lost")

    def test_a_predecessor_that_is_killed_meanwhile_leaves_the_sockets(self):
        server = self.serve(listen=(V4,))
        children = pathlib.Path(f"/proc/{server.process.pid}/task/{server.process.pid}/children")
        server.process.send_signal(signal.SIGUSR2)
        until = time.time() + 10
        while not children.read_text() and time.time() < until:
            time.sleep(0.001)
        successor = int(children.read_text().split()[0])
        maps = pathlib.Path(f"/proc/{successor}/maps")
        while "memfd:af-xdp" not in maps.read_text() and time.time() < until:
            time.sleep(0.0005)
        server.process.send_signal(signal.SIGSTOP)  # it cannot leave what it has
        server.process.kill()
        self.addCleanup(os.kill, successor, signal.SIGTERM)
        self.wait_for(server, r"veth0: no AF_XDP any more, .*(\b)", 1)
        self.assertIn("192.0.2.77", self.dig(V4))

    def wait_for(self, server, pattern, count):
        """The last of `count` numbers that the log tells so."""
        for _ in range(200):
            found = re.findall(pattern, server.log(), re.M)
            if len(found) >= count:
                return int(found[-1] or 0)
            time.sleep(0.05)
        raise AssertionError(f"not {count} times {pattern}\n{server.log()}")

    def test_what_a_successor_does_not_want_goes_back_to_the_kernel(self):
        server = self.serve(listen=(V4,))
        self.assertIn("192.0.2.77", self.dig(V4))
        settings = server.folder / "vedette.toml"
        settings.write_text(settings.read_text().replace('["veth0"]', '[]'))
        server.process.send_signal(signal.SIGUSR2)
        successor = self.wait_for(server, r"Process (\d+) has taken over", 1)
        self.wait_for(server, r"^(\d+) questions", 1)
        for _ in range(3):
            self.assertIn("192.0.2.77", self.dig(V4))
        os.kill(successor, signal.SIGTERM)
        self.wait_for(server, r"^(\d+) questions", 2)
        self.assertEqual(re.findall(r"^(\d+) questions.*?(?:(\d+) questions by AF_XDP)?(?:;|$)",
                                    server.log(), re.M), [("1", "1"), ("3", "")], server.log())
        server.process.wait(10)


class BehindTheDriverTest(unittest.TestCase):
    """An interface whose driver has no XDP of its own: the kernel runs the program."""

    def test_a_bridge(self):
        network = Network()
        self.addCleanup(network.close)
        inside = lambda *words: network.inside(network.server, *words)
        inside("ip", "link", "add", "br0", "type", "bridge")
        inside("ip", "address", "flush", "dev", "veth0")
        inside("ip", "link", "set", "veth0", "master", "br0")
        inside("ip", "address", "add", f"{V4}/24", "dev", "br0")
        inside("ip", "link", "set", "br0", "up")
        server = Server(network, xdp="br0", listen=(V4,))
        self.addCleanup(server.close)
        self.assertIn("br0: AF_XDP on 1 queue, behind the driver", server.log())
        out = network.ask("dig", f"@{V4}", "+tries=3", "+time=2", "www.example.org")
        self.assertIn("192.0.2.77", out)
        total, by_xdp, text = server.stop()
        self.assertGreaterEqual(by_xdp, 1, text)
        self.assertEqual(total, by_xdp, text)


QUESTION = ("q=struct.pack('>HHHHHH',n,0,1,0,0,0)+b'\\3www\\7example\\3org\\0\\0\\1\\0\\1'\n")
# A raw socket; the kernel cuts the packet to the cable's size when its padding makes it too long.
FRAGMENTED = ("import socket,struct\nn=7\n" + QUESTION +
              "s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\ns.settimeout(3)\n"
              "s.setsockopt(socket.IPPROTO_IP,10,0)\n"  # IP_MTU_DISCOVER: may be fragmented
              "q=q[:10]+b'\\0\\1'+q[12:]+b'\\0'+struct.pack('>HHIH',41,1232,0,2004)+"
              "struct.pack('>HH',12,2000)+bytes(2000)\n"
              "s.sendto(q,('192.0.2.1',53))\nm=s.recv(4096)\n"
              "print('answered' if m[:2]==q[:2] and m[7]==1 else m)\n")
WITH_OPTIONS = ("import socket,struct\nn=9\n" + QUESTION +
                "s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\ns.settimeout(3)\n"
                "s.setsockopt(socket.IPPROTO_IP,socket.IP_OPTIONS,bytes([1,1,1,0]))\n"
                "s.sendto(q,('192.0.2.1',53))\nm=s.recv(4096)\n"
                "print('answered' if m[:2]==q[:2] and m[7]==1 else m)\n")
# A question as a frame, then the same behind a tag; prints "silence" when nothing comes back.
TAGGED = ("import socket,struct\nn=11\n" + QUESTION +
          "import subprocess,re\n"
          "def said(*words): return subprocess.run(words,capture_output=True,text=True).stdout\n"
          "own=said('ip','link','show','veth0')\n"
          "mine=bytes.fromhex(re.search('ether (\\S+)',own)[1].replace(':',''))\n"
          "u=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\nu.bind(('192.0.2.2',4242))\n"
          "u.settimeout(1)\n"
          "def total(b):\n  s=sum(struct.unpack('>%dH'%(len(b)//2),b))\n"
          "  s=(s>>16)+(s&65535)\n  return ~((s>>16)+s)&65535\n"
          "h=struct.pack('>BBHHHBBH4s4s',69,0,28+len(q),0,0,64,17,0,bytes([192,0,2,2]),"
          "bytes([192,0,2,1]))\n"
          "h=h[:10]+struct.pack('>H',total(h))+h[12:]\n"
          "d=h+struct.pack('>HHHH',4242,53,8+len(q),0)+q\n"
          "said('ping','-c','1','192.0.2.1')\n"
          "o=said('ip','neigh','show','192.0.2.1')\n"
          "peer=bytes.fromhex(re.search('lladdr (\\S+)',o)[1].replace(':',''))\n"
          "p=socket.socket(socket.AF_PACKET,socket.SOCK_RAW)\np.bind(('veth0',0))\n"
          "p.send(peer+mine+b'\\x08\\0'+d)\n"
          "print('plain','answered' if u.recv(4096)[:2]==q[:2] else '')\n"
          "p.send(peer+mine+b'\\x81\\0\\0\\5\\x08\\0'+d)\n"
          "try: print('tagged',u.recv(4096))\n"
          "except TimeoutError:\n"
          "  print('silence')\n")
# Five seconds, a question each two milliseconds; prints how many, and how many were lost.
STEADY = ("import socket,struct,time\ns=socket.socket(socket.AF_INET,socket.SOCK_DGRAM)\n"
          "s.connect(('192.0.2.1',53))\ns.setblocking(False)\nwaiting=set()\nn=0\n"
          "s.setsockopt(socket.SOL_SOCKET,socket.SO_RCVBUF,4<<20)\n"
          "end=time.time()+5\n"
          "while time.time()<end+(2 if waiting else 0):\n"
          "  if time.time()<end:\n"
          "    n+=1\n    " + QUESTION + "    s.send(q)\n    waiting.add(n)\n"
          "  time.sleep(0.002)\n"
          "  try:\n    while True: waiting.discard(struct.unpack('>H',s.recv(4096)[:2])[0])\n"
          "  except BlockingIOError: pass\n"
          "print(n,len(waiting))\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--program", type=pathlib.Path, required=True)
    known, rest = parser.parse_known_args()
    global PROGRAM
    PROGRAM = known.program.resolve()
    if os.geteuid() != 0 or not shutil.which("ip"):
        print("skipped: network namespaces need root and iproute2")
        return 77
    for program in ("dig", "kdig", "dnsperf", "ping", "setpriv"):
        if not shutil.which(program):
            print(f"skipped: {program} is not installed")
            return 77
    return unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    sys.exit(main())
