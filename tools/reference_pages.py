#!/usr/bin/env python3
"""Writes docs/reference/ from the tables in the code: what the program prints about its commands,
filters and settings, and the rows of the .def files. With --check it only compares, as a test."""

import argparse
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PAGES = ROOT / "docs" / "reference"
TEXT = r'"((?:[^"\\]|\\.)*)"'
ROW = {
    "anomalies": re.compile(rf"VEDETTE_ANOMALY\(\s*\w+,\s*{TEXT},\s*(\w+),\s*{TEXT}\)"),
    "findings": re.compile(
        rf"VEDETTE_FINDING\(\s*\w+,\s*{TEXT},\s*(\w+),\s*{TEXT},\s*{TEXT}\)"),
}
SOURCE = {"anomalies": ROOT / "src/wire/anomaly/anomaly.def",
          "findings": ROOT / "src/model/finding.def"}
HEAD = {
    "anomalies": "# Anomalies\n\nWhat can be wrong with a packet or message. The id is stable: it "
                 "is what stores, logs and\nfilters use.\n\n| id | severity | meaning |\n"
                 "|---|---|---|\n",
    "findings": "# Findings\n\nWhat detectors report.\n\n| id | severity | title | what to do |\n"
                "|---|---|---|---|\n",
}


def from_table(page):
    rows = ROW[page].findall(re.sub(r"^//.*", "", SOURCE[page].read_text(), flags=re.MULTILINE))
    return HEAD[page] + "".join(f"| `{row[0]}` | {row[1]} | {' | '.join(row[2:])} |\n"
                                for row in rows)


def from_program(program, page):
    return subprocess.run([program, "man", "--reference", page], check=True, capture_output=True,
                          text=True).stdout


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    parser.add_argument("program")
    args = parser.parse_args()
    pages = {page: from_table(page) for page in ROW}
    pages |= {page: from_program(args.program, page)
              for page in ("commands", "filters", "settings")}
    stale = []
    for page, text in pages.items():
        path = PAGES / f"{page}.md"
        if args.check:
            stale += [path.name] if not path.exists() or path.read_text() != text else []
        else:
            PAGES.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    if stale:
        print(f"not what the code says: {', '.join(stale)}; run: tools/reference_pages.py "
              "build/release/vedette")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
