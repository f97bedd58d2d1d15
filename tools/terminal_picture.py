#!/usr/bin/env python3
"""Runs a command in a terminal of its own and draws what it printed as an SVG picture, so that the
pictures in README show real output:

    tools/terminal_picture.py --lines 40 -- build/release/vedette demo > docs/demo.svg
"""

import argparse
import fcntl
import html
import os
import pathlib
import pty
import re
import struct
import sys
import termios

COLUMN, ROW, MARGIN, BAR = 8.4, 19, 18, 34
PALETTE = {30: "#484f58", 31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 34: "#79c0ff", 35: "#d2a8ff",
           36: "#56d4dd", 37: "#c9d1d9", 90: "#8b949e", 91: "#ffa198", 92: "#aff5b4", 93: "#f2cc60",
           94: "#a5d6ff", 95: "#e2c5ff", 96: "#b3f0ff", 97: "#ffffff"}
FONT = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
SGR = re.compile(r"\x1b\[([0-9;]*)m")
OTHER_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-ln-z]")


class Style:
    """What is in force at a place of the text."""

    def __init__(self):
        self.color, self.bold, self.dim = None, False, False

    def apply(self, codes):
        for code in [int(code or 0) for code in codes.split(";")]:
            if code == 0:
                self.__init__()
            elif code == 1:
                self.bold = True
            elif code == 2:
                self.dim = True
            elif code == 22:
                self.bold = self.dim = False
            elif code == 39:
                self.color = None
            elif code in PALETTE:
                self.color = PALETTE[code]

    def attributes(self):
        out = f' fill="{self.color}"' if self.color else ""
        out += ' font-weight="bold"' if self.bold else ""
        return out + (' opacity="0.65"' if self.dim else "")


def spans(line, style):
    """(column, text, attributes) of each stretch of one style."""
    column = 0
    for index, piece in enumerate(SGR.split(line)):
        if index % 2 == 1:
            style.apply(piece)
        elif piece:
            yield column, piece, style.attributes()
            column += len(piece)


def picture(text, title):
    lines = text.rstrip("\n").split("\n")
    width = max([len(SGR.sub("", line)) for line in lines] + [len(title) + 20])
    full_width, full_height = MARGIN * 2 + width * COLUMN, BAR + MARGIN + len(lines) * ROW
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {full_width:.0f} '
           f'{full_height:.0f}" width="{full_width:.0f}" role="img" '
           f'aria-label="{html.escape(title)}">',
           '<rect width="100%" height="100%" rx="8" fill="#0d1117"/>',
           f'<text x="{MARGIN}" y="22" font-family="{FONT}" font-size="13" fill="#8b949e">'
           f'$ {html.escape(title)}</text>',
           f'<g font-family="{FONT}" font-size="14" fill="#c9d1d9" xml:space="preserve">']
    style = Style()
    for number, line in enumerate(lines):
        y = BAR + ROW * (number + 1) - 4
        for column, piece, attributes in spans(line, style):
            # textLength keeps columns in line whatever font the reader has.
            out.append(f'<text x="{MARGIN + column * COLUMN:.1f}" y="{y}" '
                       f'textLength="{len(piece) * COLUMN:.1f}" lengthAdjust="spacingAndGlyphs"'
                       f'{attributes}>{html.escape(piece)}</text>')
    return "\n".join(out + ["</g>", "</svg>", ""])


def run_in_terminal(command, columns):
    """What the command wrote, as it stood on the screen in the end."""
    child, terminal = pty.fork()
    if child == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 1000, columns, 0, 0))
        os.environ["TERM"] = "xterm-256color"
        os.execvp(command[0], command)
    written = b""
    try:
        while chunk := os.read(terminal, 65536):
            written += chunk
    except OSError:
        pass  # the terminal is gone when the child is
    os.waitpid(child, 0)
    text = OTHER_ESCAPES.sub("", written.decode(errors="replace")).replace("\r\n", "\n")
    # A status line is written over: what follows the last return is what stays.
    return "\n".join(line.rpartition("\r")[2] for line in text.split("\n"))


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--columns", type=int, default=120)
    parser.add_argument("--lines", type=int, default=1000, help="draw no more than these")
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    lines = run_in_terminal(args.command, args.columns).split("\n")[:args.lines]
    title = " ".join([pathlib.Path(args.command[0]).name] + args.command[1:])
    sys.stdout.write(picture("\n".join(lines), title))


if __name__ == "__main__":
    main()
