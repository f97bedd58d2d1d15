#!/usr/bin/env python3
"""What the detectors find in the reference captures: a table (./dev bench detection)."""

import argparse
import json
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--build", type=pathlib.Path, required=True)
    parser.add_argument("--out", type=pathlib.Path, required=True)
    args = parser.parse_args()
    table = args.build / "tests" / "detection" / "detection_table"
    ended = subprocess.run([table, ROOT.parent / "shared" / "data"], capture_output=True, text=True,
                           check=True)
    print(ended.stdout, end="")
    args.out.write_text(json.dumps({"summary": ended.stdout.splitlines()[-1]}) + "\n")


if __name__ == "__main__":
    main()
