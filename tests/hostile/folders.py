"""Folders with things in them that are no workbooks, or look like more than they are: each made by code."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Make = Callable[[Path], object]

GOOD = "客户.xlsx"


def _bytes_name(name: bytes) -> Make:
    def make(folder: Path) -> None:
        os.close(os.open(os.fsencode(folder) + b"/" + name, os.O_CREAT | os.O_WRONLY))

    return make


def _link(name: str, target: str) -> Make:
    return lambda folder: (folder / name).symlink_to(target)


def _pipe(name: str) -> Make:
    return lambda folder: os.mkfifo(folder / name)


def _file(name: str, content: bytes = b"") -> Make:
    return lambda folder: (folder / name).write_bytes(content)


def _folder(name: str) -> Make:
    return lambda folder: (folder / name).mkdir(parents=True)


def _socket(name: str) -> Make:
    def make(folder: Path) -> None:
        here = Path.cwd()
        os.chdir(folder)  # a socket's path may have 107 bytes
        try:
            with socket.socket(socket.AF_UNIX) as one:
                one.bind(name)
        finally:
            os.chdir(here)

    return make


def _sparse(name: str, size: int) -> Make:
    def make(folder: Path) -> None:
        with (folder / name).open("wb") as file:
            file.truncate(size)

    return make


def _many(count: int, name: str, content: bytes = b"") -> Make:
    def make(folder: Path) -> None:
        for number in range(count):
            (folder / name.format(number)).write_bytes(content)

    return make


def _closed(name: str) -> Make:
    def make(folder: Path) -> None:
        (folder / name).mkdir()
        (folder / name).chmod(0)

    return make


def _unreadable(folder: Path) -> None:
    (folder / "zu.xlsx").write_bytes(b"PK")
    (folder / "zu.xlsx").chmod(0)


def _circle(folder: Path) -> None:
    (folder / "a").mkdir()
    (folder / "a" / "b").symlink_to("..")
    (folder / "kreis.xlsx").symlink_to("kreis2.xlsx")
    (folder / "kreis2.xlsx").symlink_to("kreis.xlsx")


def _deep(folder: Path) -> None:
    folder.joinpath(*["t"] * 200).mkdir(parents=True)


def _hard_links(folder: Path) -> None:
    for number in range(20):
        os.link(folder / GOOD, folder / f"客户 ({number}).xlsx")


def _copies(folder: Path) -> None:
    for number in range(5):
        (folder / f"客户-冲突{number}.xlsx").write_bytes((folder / GOOD).read_bytes())


def folders() -> Iterator[tuple[str, Make]]:
    """Yield what is put beside a good workbook, by name."""
    yield "nothing", lambda _folder: None
    for name in (
        "a.xlsx",
        "~$客户.xlsx",
        ".~lock.客户.xlsx#",
        ".~客户.xlsx",
        "schemas",
        "crmbook.yaml",
        "客户.xlsx.tmp",
    ):
        yield f"a pipe {name}", _pipe(name)
        yield f"a folder {name}", _folder(name)
    for name in ("a.xlsx", "~$a.xlsx"):
        yield f"a socket {name}", _socket(name)
        yield f"a link {name} to a device", _link(name, "/dev/zero")
        yield f"a link {name} to nothing", _link(name, "nirgends.xlsx")
        yield f"a link {name} to itself", _link(name, name)
        yield f"a link {name} to a folder", _link(name, "/")
        yield f"a link {name} to memory", _link(name, "/proc/self/mem")
    yield "a circle of links", _circle
    yield "a link to a random device", _link("r.xlsx", "/dev/urandom")
    yield "a link to the terminal", _link("t.xlsx", "/dev/tty")
    yield "a folder that is closed", _closed("zu")
    yield "a workbook that is closed", _unreadable
    for name in (b"\xbf\xcd\xbb\xa7.xlsx", b"\xff\xfe.xlsx", b"\xe5\xae.xlsx", b"~$\xbf\xcd.xlsx"):
        yield f"a name of other bytes {name!r}", _bytes_name(name)
    for name in (
        "\x1b]0;evil\x07.xlsx",
        "\x1b[2J.xlsx",
        "a\nb.xlsx",
        "\u202exslx.exe.xlsx",
        " .xlsx",
        "-rf.xlsx",
        "'; --.xlsx",
    ):
        yield f"a name with signs {name!r}", _file(name, b"PK\x03\x04")
    yield "a name of 250 bytes", _file("n" * 245 + ".xlsx", b"PK")
    yield "only an ending", _file(".xlsx", b"PK")
    yield "other endings", _file("a.xls", b"\xd0\xcf\x11\xe0" * 100)
    yield "a sparse file of 5 GB", _sparse("a.xlsx", 5 << 30)
    yield "a sparse lock file", _sparse("~$客户2.xlsx", 5 << 30)
    yield "a lock file of nobody", _file("~$客户.xlsx", b"")
    yield "a lock file of random bytes", _file("~$客户.xlsx", bytes(range(256)) * 100)
    yield "a lock file with escapes", _file(".~lock.客户.xlsx#", b"\x1b]0;evil\x07,x,y,z;\n" * 1000)
    yield "a long lock file", _file(".~lock.客户.xlsx#", b"," * 1_000_000)
    yield "3,000 files", _many(3000, "x{:05}.txt")
    yield "500 locks", _many(500, "~$y{:03}.xlsx")
    yield "40 workbooks that are none", _many(40, "z{:02}.xlsx", b"PK\x03\x04")
    yield "folders within folders", _deep
    yield "hard links", _hard_links
    yield "copies of a drive", _copies
