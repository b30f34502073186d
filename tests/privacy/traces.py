"""A search that knows nothing of how crmbook searches: every byte of every file, whatever is packed in it unpacked."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import zipfile
import zlib
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

_TAG = re.compile(rb"<[^<>]*>")
_HEX = re.compile(rb"\\\\x([0-9a-f]+)")
_STREAM = (b"\x78\x01", b"\x78\x9c", b"\x78\xda")


def iter_runs(data: bytes, depth: int = 0) -> Iterator[bytes]:
    """Yield a file's bytes, and what is packed in them."""
    yield data
    if data.startswith(b"PK\x03\x04") and depth < 4:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for name in archive.namelist():
                yield name.encode()
                yield from iter_runs(archive.read(name), depth + 1)
    elif data.startswith(b"<"):
        yield _TAG.sub(b"", data)
    for mark in _STREAM:
        start = data.find(mark)
        while start >= 0:
            with suppress(zlib.error):
                yield zlib.decompressobj().decompress(data[start:])
            start = data.find(mark, start + 1)


def iter_rows(path: Path) -> Iterator[bytes]:
    """Yield every value of a small database."""
    with closing(sqlite3.connect(path)) as connection:
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        for name in names:
            for row in connection.execute(f'SELECT * FROM "{name}"'):
                yield from map(as_bytes, row)


def as_bytes(value: Any) -> bytes:
    return (
        bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode("utf-8", "surrogatepass")
    )


def forms(word: str) -> set[bytes]:
    return {word.encode(), word.encode("utf-16-le"), word.encode("gb18030"), json.dumps(word)[1:-1].encode()}


def traces(folder: Path, words: Collection[str]) -> dict[str, set[str]]:
    """Return the files of a folder that hold any of some words, with the words."""
    found: dict[str, set[str]] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file():
            continue
        runs = list(iter_runs(path.read_bytes()))
        if path.read_bytes().startswith(b"SQLite"):
            runs += [run for value in iter_rows(path) for run in iter_runs(value)]
        held = words_in(runs, words)
        if held:
            found[str(path.relative_to(folder))] = held
    return found


def words_in(runs: Collection[bytes], words: Collection[str]) -> set[str]:
    return {word for word in words if any(form in run for run in runs for form in forms(word))}


def words_in_dump(data: bytes, words: Collection[str]) -> set[str]:
    """Return the words that a server's dump holds: in its texts, and in its columns of bytes, whatever is packed in them."""
    runs = [data.replace(b"\\\\", b"\\")]
    for found in _HEX.finditer(data):
        runs += iter_runs(bytes.fromhex(found[1].decode()))
    return words_in(runs, words)
