#!/usr/bin/env python3
"""tools/check_layers on small trees: each rule is broken once and must be noticed."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

TOOL = pathlib.Path(__file__).resolve().parent / "check_layers"
BUILD = "add_subdirectory(src/base)\nadd_subdirectory(src/wire)\n" \
        "add_subdirectory(src/sys)\n" \
        "add_subdirectory(src/model)\nadd_subdirectory(src/decode)\n" \
        "add_subdirectory(src/detect)\n" \
        "add_subdirectory(src/store)\nadd_subdirectory(src/service)\n"
GOOD = {
    "src/base/a.hpp": "",
    "src/wire/reader/r.hpp": '#include "base/a.hpp"\n#include "wire/anomaly/n.hpp"\n',
    "src/wire/anomaly/n.hpp": "",
    "src/wire/dns/d.hpp": '#include "wire/reader/r.hpp"\n',
    "src/sys/s.hpp": '#include "wire/reader/r.hpp"\n',
    "src/model/m.hpp": '#include "wire/anomaly/n.hpp"\n',
    "src/decode/d.cpp": '#include "model/m.hpp"\n#include "wire/dns/d.hpp"\n#include "table.inc"\n',
    "src/detect/tunnel/t.hpp": '#include "model/m.hpp"\n',
    "src/detect/flood/f.hpp": "",
    "src/store/x.hpp": "",
    "src/service/dnsd/d.hpp": "",
}

# (what is wrong, file, its text, part of the complaint)
BREACHES = [
    ("upward", "src/base/b.cpp", '#include "model/m.hpp"', "model is above base"),
    ("sideways", "src/store/y.cpp", '#include "detect/tunnel/t.hpp"', "on one floor"),
    ("wire from sys", "src/sys/b.cpp", '#include "wire/dns/d.hpp"', "on one floor"),
    ("sys from wire", "src/wire/dns/b.cpp", '#include "sys/s.hpp"', "on one floor"),
    ("views in the model", "src/model/b.cpp", '#include "wire/dns/d.hpp"', "may use only"),
    ("between protocols", "src/wire/anomaly/b.cpp", '#include "wire/dns/d.hpp"', "not declared"),
    ("undeclared protocol", "src/wire/tftp/b.cpp", '#include "wire/dns/d.hpp"', "WIRE"),
    ("between rooms", "src/detect/flood/b.cpp", '#include "detect/tunnel/t.hpp"', "rooms"),
    ("no such file", "src/base/b.cpp", '#include "base/gone.hpp"', "not a path below src/"),
    ("relative", "src/base/b.cpp", '#include "a.hpp"', "not a path below src/"),
    ("new folder", "src/stuff/b.cpp", "", "no floor"),
    ("indented include", "src/base/b.cpp", '#  include "model/m.hpp"', "model is above base"),
]


def run_on(files, build=BUILD):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        (root / "CMakeLists.txt").write_text(build)
        for name, text in files.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text + "\n")
        ended = subprocess.run([sys.executable, TOOL, "--root", root], capture_output=True,
                               text=True, check=False)
        return ended.returncode, ended.stdout


class Layers(unittest.TestCase):
    def test_a_tree_in_order_passes(self):
        self.assertEqual(0, run_on(GOOD)[0], run_on(GOOD)[1])

    def test_each_breach_is_noticed(self):
        for what, name, text, complaint in BREACHES:
            with self.subTest(what):
                status, output = run_on(GOOD | {name: text})
                self.assertEqual(1, status)
                self.assertIn(complaint, output)

    def test_a_cycle_of_folders_is_noticed(self):
        files = {"src/decode/tcp/a.hpp": '#include "decode/dns/b.hpp"',
                 "src/decode/dns/b.hpp": '#include "decode/tcp/a.hpp"'}
        status, output = run_on(GOOD | files)
        self.assertEqual(1, status)
        self.assertIn("include cycle: decode/dns -> decode/tcp -> decode/dns", output)

    def test_the_build_file_keeps_the_order(self):
        lines = BUILD.splitlines(keepends=True)
        status, output = run_on(GOOD, "".join(reversed(lines)))
        self.assertEqual(1, status)
        self.assertIn("not in the order", output)
        self.assertIn("src/store is not built", run_on(GOOD, "".join(lines[:-2]))[1])


if __name__ == "__main__":
    unittest.main()
