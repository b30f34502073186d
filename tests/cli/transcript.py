"""The first hour at a terminal, command by command, as text that a reviewer can read.

``python -m tests.cli.transcript`` writes the files in ``tests/cli/transcripts/`` anew; `tests.cli.test_transcripts` compares.
Every command runs in a process of its own at a terminal of that width, in an empty home folder; what stands on the screen
when it has ended is kept, as wide as it is. What differs from run to run is masked.
"""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
import warnings
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
from rich.cells import cell_len

from crmbook.schema import load_book
from tests.cli.run import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

FOLDER = Path(__file__).parent / "transcripts"
WIDTHS = (60, 80, 160)
NAMES = {"zh": ("客户管理.xlsx", "王芳.xlsx"), "en": ("customers.xlsx", "fang.xlsx")}
"""The book and its second copy."""
_DAY = ("--as-of", "2023-04-01")
_WORDS = {
    "zh": {"day": "前几天", "nobody": "没有此人"},
    "en": {"day": "the other day", "nobody": "Nobody"},
}
_TOKENS = re.compile(r"\x1b\[([0-9;?]*)([A-Za-z])|\x1b\][^\x07]*\x07|(\r)|(\n)|(.)", re.DOTALL)
_MASKS = (
    (re.compile(r"\b\d\d-\d\d \d\d:\d\d\b|\b\d\d:\d\d\b"), "hh:mm"),
    (re.compile(r"crmbook \d+\.\d+\.\d+"), "crmbook x.y.z"),
)


def path_of(lang: str, width: int) -> Path:
    """Where the transcript of a language and width stands."""
    return FOLDER / f"{lang}-{width}.txt"


def transcript(lang: str, width: int, steps: int | None = None) -> str:
    """Return what the first hour looks like at a terminal, or its first steps."""
    with tempfile.TemporaryDirectory(dir="/tmp") as place:  # lines with its path break alike everywhere
        desk = Desk(Path(place).resolve(), lang, width)
        return "\n".join(islice(_first_hour(desk), steps))


def _first_hour(desk: Desk) -> Iterator[str]:
    """Yield each step: what was typed and what was shown, or what was done in the office program."""
    book, copy = NAMES[desk.lang]
    words = _WORDS[desk.lang]
    yield desk.run("--version")
    yield desk.run("build", "-o", book, "--sample")
    yield desk.edit(book, "customers", phone="13800000001")
    yield desk.run("sync", *_DAY)
    yield desk.edit(book, "surveys", date=words["day"])
    yield desk.run("sync", *_DAY)
    yield desk.run("snyc")
    yield desk.run("sync", "--hlep")
    yield desk.run("sync", "--help")
    yield desk.run("build", "-o", copy)
    yield desk.run("build", "-o", "x.xlsx", "--owner", words["nobody"])
    yield desk.edit(book, "customers", phone="13800000002")
    yield desk.edit(copy, "customers", phone="13800000003")
    yield desk.run("sync", *_DAY)
    yield desk.run("status")
    yield desk.run("sync", *_DAY)


@dataclass(frozen=True)
class Desk:
    """An empty home folder, and a terminal of a width whose language is `lang`."""

    home: Path
    lang: str
    width: int

    def run(self, *words: str) -> str:
        """Type a command; return it with what it shows, and its exit code where that is not 0."""
        text, exit_code = self._at_terminal(*words)
        shown = on_screen(text.replace(str(self.home), "~"), self.width)  # before it is wrapped
        for pattern, mask in _MASKS:
            shown = pattern.sub(lambda found, mask=mask: mask.ljust(len(found[0])), shown)
        code = f"[{exit_code}]\n" if exit_code else ""
        return f"$ crmbook {' '.join(words)}\n{shown}{code}"

    def edit(self, name: str, table: str, **values: str) -> str:
        """Type into the first row of a table and save; return what was done."""
        path = self.home / name
        with warnings.catch_warnings():  # of what openpyxl does not keep
            warnings.simplefilter("ignore", UserWarning)
            workbook = openpyxl.load_workbook(path)
        known = load_book("standard", "en" if self.lang == "en" else "zh").tables[table]
        sheet = workbook[known.title]
        places = {cell.value: cell.column for cell in sheet[1]}
        headers = {known.fields[field].title: value for field, value in values.items()}
        for header, value in headers.items():
            sheet.cell(2, places[header], value)
        workbook.save(path)
        told = ", ".join(f"{header} = {value}" for header, value in headers.items())
        return f"# {name} · {known.title} · 2: {told}\n"

    def _at_terminal(self, *words: str) -> tuple[str, int]:
        """Run a command at a terminal of its own; return all that it sent there, and its exit code."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, self.width, 0, 0))
        command = [sys.executable, "-m", "crmbook", *words]
        told = b""
        with subprocess.Popen(
            command,
            cwd=self.home,
            env=self._environment,
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
        ) as process:
            os.close(slave)
            while True:
                try:
                    piece = os.read(master, 1 << 16)
                except OSError:  # nobody writes any more
                    break
                if not piece:
                    break
                told += piece
            exit_code = process.wait()
        os.close(master)
        return told.decode(), exit_code

    @property
    def _environment(self) -> dict[str, str]:
        """What the shell of a new user knows, and where Python and the cache of parsed schemas lie."""
        kept = {
            name: os.environ[name]
            for name in ("PATH", "CRMBOOK_CACHE", "XDG_CACHE_HOME")
            if name in os.environ
        }
        cache = {"XDG_CACHE_HOME": str(Path.home() / ".cache")}
        return cache | kept | {
            "HOME": str(self.home), "PYTHONPATH": str(ROOT), "TERM": "xterm-256color",
            "LANG": "zh_CN.UTF-8" if self.lang == "zh" else "en_US.UTF-8", "PYTHONUTF8": "1",
        }  # fmt: skip


def on_screen(text: str, width: int) -> str:
    """Return what stands on a terminal that has shown `text`: drawn over, wrapped at its edge, without colours."""
    rows: list[list[str]] = [[]]
    at = column = 0
    for codes, command, carriage, feed, sign in _TOKENS.findall(text):
        if carriage:
            column = 0
        elif feed:
            at += 1
        elif command == "A":
            at = max(0, at - int(codes or 1))
        elif command == "K":
            rows[at] = [] if codes == "2" else rows[at][:column]
        elif sign:
            if column + cell_len(sign) > width:
                at, column = at + 1, 0
            rows += [[] for _ in range(at + 1 - len(rows))]
            row = rows[at]
            row += [" "] * (column - len(row))
            row[column : column + cell_len(sign)] = [sign, *[""] * (cell_len(sign) - 1)]
            column += cell_len(sign)
        rows += [[] for _ in range(at + 1 - len(rows))]
    lines = ["".join(row).rstrip() for row in rows]
    return "\n".join(lines).rstrip("\n") + "\n" if any(lines) else ""


def main() -> None:
    """Write all transcripts anew."""
    FOLDER.mkdir(exist_ok=True)
    for lang in NAMES:
        for width in WIDTHS:
            path_of(lang, width).write_text(transcript(lang, width), encoding="utf-8")


if __name__ == "__main__":
    main()
