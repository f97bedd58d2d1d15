"""What tests with servers on loopback need: a word where a program is missing, a port that stays
free until a server listens there, and patience."""

import contextlib
import itertools
import os
import pathlib
import shutil
import socket
import time
import unittest

PATIENCE = 40  # seconds that a loaded machine may need for what takes one
FIRST_PORT, PORTS = 12_000, 20_000  # below those that the kernel gives to connections
NEXT_PORT = itertools.count(os.getpid() * 37)


def need(*programs):
    """Skips, with a word, where a program (a name or a path) is missing."""
    for program in programs:
        if not (pathlib.Path(program).exists() or shutil.which(program)):
            raise unittest.SkipTest(f"{program} is not installed")


def free_port():
    """Free for UDP and for TCP on 127.0.0.1."""
    for _ in range(200):
        port = FIRST_PORT + next(NEXT_PORT) % PORTS
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, \
                socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            with contextlib.suppress(OSError):
                tcp.bind(("127.0.0.1", port))
                udp.bind(("127.0.0.1", port))
                return port
    raise SystemExit("no free port")


def wait_until(condition, what, seconds=PATIENCE):
    """The first true value of `condition()`; an assertion fails when none comes. `what` is a text,
    or makes one."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s for {what() if callable(what) else what}")
        time.sleep(0.05)
