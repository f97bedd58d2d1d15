#!/usr/bin/env python3
"""Every rule of tools/tidy is broken once here, and must notice; and what only looks like a breach
must pass."""

import importlib.machinery
import importlib.util
import pathlib
import tempfile
import unittest

HERE = pathlib.Path(__file__).resolve().parent
LOADER = importlib.machinery.SourceFileLoader("tidy", str(HERE / "tidy"))
TIDY = importlib.util.module_from_spec(importlib.util.spec_from_loader("tidy", LOADER))
LOADER.exec_module(TIDY)

# rule -> (path, text that breaks it). Words are cut so that this file passes the rules itself.
BREACHES = {
    "throw": ("src/base/a.cpp", "void f() { throw 1; }\n"),
    "unfinished": ("docs/a.md", "TO" + "DO: write this\n"),
    "regex": ("src/base/a.cpp", "std::regex r;\n"),
    "cast": ("src/decode/a.cpp", "auto p = reinterpret_cast<int*>(q);\n"),
    "using-namespace": ("src/base/a.cpp", "using namespace std;\n"),
    "printf": ("src/base/a.cpp", "void f() { std::printf(\"x\"); }\n"),
    "c-string": ("src/base/a.cpp", "void f() { strcpy(a, b); }\n"),
    "throwing-number": ("src/base/a.cpp", "int i = std::stoi(text);\n"),
    "format": ("src/base/a.cpp", "auto s = std::format(\"x\");\n"),
    "new": ("src/base/a.cpp", "auto* p = new Thing;\n"),
    "singleton": ("src/base/a.cpp", "Clock& instance() { return c; }\n"),
    "wire-heap": ("src/wire/dns/a.hpp", "// what\n#pragma once\nstd::vector<int> v;\n"),
    "wire-clock": ("src/wire/dns/a.cpp", "auto t = std::chrono::steady_clock::now();\n"),
    "heavy-header": ("src/base/a.hpp", "// what\n#pragma once\n#include <spdlog/spdlog.h>\n"),
    "switched-off-test": ("src/base/a_test.cpp", "TEST(A, DISABLED_" + "b) {}\n"),
    "place": ("docs/a.md", "see /ho" + "me/somebody/file\n"),
    "tab": ("src/base/a.cpp", "\tint a;\n"),
    "trailing-space": ("src/base/a.cpp", "int a; \n"),
    "control": ("src/base/a.cpp", "// \u202e\n"),
    "final-newline": ("src/base/a.cpp", "int a;"),
    "width": ("src/base/a.cpp", "// " + "x" * 98 + "\n"),
    "header-comment": ("src/base/a.hpp", "#pragma once\n"),
    "pragma-once": ("src/base/a.hpp", "// what\n"),
    "name": ("src/base/utils.cpp", "int a;\n"),
    "encoding": ("src/base/a.cpp", b"// \xff\n"),
    "blob": ("docs/a.bin", b"x" * (TIDY.FILE_BYTES + 1)),
    "source": ("src/base/a.cpp", "int a;\n" * (TIDY.SOURCE_LINES + 1)),
    "header": ("src/base/a.hpp", "// what\n#pragma once\n" + "int a;\n" * TIDY.HEADER_LINES),
    "function": ("src/base/a.cpp", "void f() {\n" + "g();\n" * TIDY.FUNCTION_LINES + "}\n"),
}

INNOCENT = {
    "src/base/a.cpp": "// we never throw, new things are rare\n"
                      "const char* s = \"std::regex, throw, printf(\";\n"
                      "auto r = R\"(delete it \" std::cout)\";\n"
                      "void f() = delete;\n"
                      "int big = 1'000'000;\n"
                      "using namespace std::string_view_literals;\n",
    "src/base/a_test.cpp": "using namespace vedette;\n",
    "src/wire/dns/a_test.cpp": "std::vector<int> v;\n",
    "src/base/b.cpp": "Foo::Foo(int x) : a_{x}, b_{2} {\n" + "g();\n" * 60 + "}\n"
                      "namespace x {\nstruct S {\n" + "int f() {\n return 1;\n}\n" * 50 + "};\n}\n",
}


def complaints_about(files, ratchet=None):
    with tempfile.TemporaryDirectory() as folder:
        root = pathlib.Path(folder)
        for name, content in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        complaints, measured, _ = TIDY.check(root)
        too_large, tightened = TIDY.judge_sizes(measured, ratchet or {})
        return complaints + too_large, tightened


class Rules(unittest.TestCase):
    def test_each_rule_notices_its_breach(self):
        for rule, (name, text) in BREACHES.items():
            with self.subTest(rule):
                complaints, _ = complaints_about({name: text})
                self.assertEqual(1, len(complaints), complaints)
                self.assertIn(f" {rule}: ", complaints[0])

    def test_no_rule_is_without_a_breach(self):
        self.assertEqual(set(), {ban.name for ban in TIDY.BANS} - set(BREACHES))

    def test_what_only_looks_like_a_breach_passes(self):
        complaints, _ = complaints_about(INNOCENT)
        self.assertEqual([], complaints)

    def test_a_constructor_with_braced_members_is_measured(self):
        body = "Foo::Foo(int x) : a_{x}, b_(2) {\n" + "g();\n" * TIDY.FUNCTION_LINES + "}\n"
        complaints, _ = complaints_about({"src/base/a.cpp": body})
        self.assertEqual(1, len(complaints), complaints)


class Ratchet(unittest.TestCase):
    KEY = ("source", "src/base/a.cpp")
    SIZE = TIDY.SOURCE_LINES + 10
    FILES = {"src/base/a.cpp": "int a;\n" * SIZE}

    def test_a_listed_file_may_stay(self):
        complaints, tightened = complaints_about(self.FILES, {self.KEY: self.SIZE})
        self.assertEqual(([], {self.KEY: self.SIZE}), (complaints, tightened))

    def test_a_listed_file_may_not_grow(self):
        complaints, _ = complaints_about(self.FILES, {self.KEY: self.SIZE - 1})
        self.assertEqual(1, len(complaints))

    def test_the_number_follows_a_file_that_shrinks(self):
        _, tightened = complaints_about(self.FILES, {self.KEY: self.SIZE + 5})
        self.assertEqual({self.KEY: self.SIZE}, tightened)

    def test_a_file_below_the_limit_leaves_the_list(self):
        _, tightened = complaints_about({"src/base/a.cpp": "int a;\n"}, {self.KEY: self.SIZE})
        self.assertEqual({}, tightened)


if __name__ == "__main__":
    unittest.main()
