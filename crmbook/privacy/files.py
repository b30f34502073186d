"""Files of every kind that may name a person: how often they do, and the same files without the person.

A workbook of the book loses the rows whose ids are the person's, a list (workbook, text, cards or JSON) the rows that are
about the person, a log the lines that mention the person, a calendar its entries, a small database its rows. A file that
cannot be read so is left as it is and reported.
"""

from __future__ import annotations

import io
import json
import re
import sqlite3
import zipfile
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final

from crmbook.base import digest, read_bytes, write_atomically
from crmbook.ooxml import Erasure, OoxmlError, Package, erase, unescape
from crmbook.privacy.listrecords import cards_without, json_without
from crmbook.privacy.listrows import PersonRows
from crmbook.privacy.listtext import ListText

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    from crmbook.base import Terms
    from crmbook.privacy.person import Gone
    from crmbook.schema import Book

_ZIP: Final = b"PK\x03\x04"
_SQLITE: Final = b"SQLite format 3\x00"
_TAG: Final = re.compile(rb"<[^<>]*>")
_EVENT: Final = re.compile(rb"BEGIN:VEVENT\r?\n(?:(?!BEGIN:VEVENT).)*?END:VEVENT\r?\n", re.DOTALL)
_FOLDED: Final = re.compile(rb"\r?\n[ \t]")
_DEEP: Final = 4
"""Packages inside packages that are looked into."""


def count_in(data: bytes, terms: Terms, depth: int = 0) -> int:
    """Return how often a file's bytes hold a term: packed ones unpacked, texts of several runs put together."""
    if data.startswith(_ZIP) and depth < _DEEP:
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                names = sum(terms.count(one.filename.encode()) for one in archive.infolist())
                return names + sum(
                    count_in(archive.read(one), terms, depth + 1) for one in archive.infolist()
                )
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, ValueError):
            return terms.count(data)
    if data.startswith((b"<", b"\xef\xbb\xbf<")):
        return max(terms.count(data), terms.count(_plain(data)))
    if b"BEGIN:V" in data[:64]:
        return max(terms.count(data), terms.count(_FOLDED.sub(b"", data)))
    return terms.count(data)


def _plain(data: bytes) -> bytes:
    try:
        return unescape(_TAG.sub(b"", data)).encode("utf-8", "surrogatepass")
    except OoxmlError:
        return _TAG.sub(b"", data)


@dataclass(frozen=True)
class Cleaner:
    """Takes a person out of files.

    Attributes
    ----------
    rows_in
        What says which rows of a workbook of the book, by sheet, are the person's besides those whose ids tell: as long as
        no sync has seen it, a row has none.
    pages
        Sheets of such a workbook that show what its tables hold.
    """

    gone: Gone
    book: Book
    rows_in: Callable[[bytes], Mapping[str, frozenset[int]]] = lambda _data: {}
    pages: frozenset[str] = frozenset()

    def clean(self, path: Path, *, is_ours: bool = False, is_list: bool = False) -> bool:
        """Take the person out of a file; return whether it is known how.

        Raises
        ------
        CrmbookError
            If it cannot be read or written.
        """
        data = read_bytes(path)
        if data.startswith(_SQLITE):
            self._clean_database(path)
            return True
        cleaned = self.cleaned(path.name, data, is_ours=is_ours, is_list=is_list)
        if cleaned is None:
            return False
        if cleaned != data:
            write_atomically(path, cleaned, digest(data))
        return True

    def cleaned(
        self, name: str, data: bytes, *, is_ours: bool = False, is_list: bool = False
    ) -> bytes | None:
        """Return a file's bytes without the person; None where it is not known how.

        Parameters
        ----------
        is_ours
            Whether it is a workbook of the book: its rows are known by their ids, any other's by what they say.
        is_list
            Whether its lines or entries are rows of a list, most of them about others.
        """
        ending = name.lower().rpartition(".")[2]
        if data.startswith(_ZIP):
            return self._workbook(data, by_text=not is_ours)
        if b"BEGIN:VCARD" in data[:64]:
            return cards_without(data, self.persons)
        if is_list:
            return self._list(ending, data)
        if ending == "json":
            return self._json(data)
        if b"BEGIN:VCALENDAR" in data[:64]:
            return _EVENT.sub(
                lambda match: b"" if self._tells(_FOLDED.sub(b"", match[0])) else match[0], data
            )
        return None if _is_binary(data) else self._lines(data)

    @cached_property
    def persons(self) -> PersonRows:
        """What finds the person's rows in lists."""
        return PersonRows(self.gone, self.book)

    def _list(self, ending: str, data: bytes) -> bytes | None:
        if ending in {"json", "jsonl", "ndjson"} and (kept := json_without(data, self.persons)) is not None:
            return kept
        if _is_binary(data):
            return None
        text = ListText.read(data)
        return None if text is None else text.without(self.persons)

    def _tells(self, data: bytes) -> bool:
        return self.gone.terms.count(data) > 0

    def _workbook(self, data: bytes, *, by_text: bool) -> bytes | None:
        try:
            package = Package.open(data)
            rows = self._rows_of_list(package) if by_text else self.rows_in(data)
            erase(package, replace(self.erasure(), rows=rows, pages=self.pages))
            return package.to_bytes()
        except OoxmlError:
            return None

    def is_clean(self, name: str, data: bytes) -> bool:
        """Return whether a list has no row of the person, and nothing else that goes for certain."""
        if not data.startswith(_ZIP):
            return self.cleaned(name, data, is_list=True) == data
        try:
            package = Package.open(data)
            done = erase(package, replace(self.erasure(), rows=self._rows_of_list(package)))
        except OoxmlError:
            return False
        return not done.rows and not done.texts

    def _rows_of_list(self, package: Package) -> dict[str, frozenset[int]]:
        """Return, by sheet, the rows of a workbook that is a list which are the person's."""
        found = {}
        for title in [info.name for info in package.sheets if info.kind == "worksheet"]:
            texts: dict[int, dict[int, str]] = {}
            for cell in package.sheet(title).cells():
                texts.setdefault(cell.row, {})[cell.column] = _spelled(cell.value)
            numbers = sorted(texts)
            width = max((max(row) for row in texts.values()), default=0)
            rows = [[texts[row].get(column, "") for column in range(1, width + 1)] for row in numbers]
            found[title] = frozenset(numbers[at] for at in self.persons.find(rows))
        return {title: rows for title, rows in found.items() if rows}

    def erasure(self) -> Erasure:
        """Return what goes from a workbook besides rows that are known otherwise: those with the person's ids."""
        rows = {row for ids in self.gone.rows.values() for row in ids}
        kept = {row for ids in self.gone.kept.values() for row in ids}
        terms = self.gone.terms
        return Erasure(
            lambda text: text in rows and text not in kept, kept.__contains__, self.swap, terms.stays,
            hints=terms.hints,
        )  # fmt: skip

    def swap(self, text: str) -> str:
        """Return what may stay of a cell in a row of accounts: its customer is everybody's."""
        if self.gone.stand_in and text.strip().split(" ", 1)[0] in self.gone.keys:
            return self.gone.stand_in[1]
        if text.strip() in self.gone.remarks:
            return ""
        return self.gone.terms.stays(text)

    def _json(self, data: bytes) -> bytes | None:
        try:
            value = json.loads(data)
        except ValueError:
            return self._lines(data)
        cleaned = self.gone.terms.json(value)
        return (
            data
            if cleaned == value
            else json.dumps(cleaned, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")
        )

    def _lines(self, data: bytes) -> bytes:
        wide = data.startswith((b"\xff\xfe", b"\xfe\xff"))
        if not wide:
            return b"".join(line for line in _iter_records(data) if not self._tells(line))
        text = data.decode("utf-16", "surrogatepass")
        kept = [line for line in text.splitlines(keepends=True) if not self.gone.terms.holds(line)]
        return "".join(kept).encode("utf-16") if len(kept) != len(text.splitlines()) else data

    def _clean_database(self, path: Path) -> None:
        """Delete the rows of a small database that mention the person, and what points at them."""
        with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as connection:
            connection.execute("PRAGMA secure_delete=ON")
            names = [
                name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            ]
            for name in names:
                if name.startswith("sqlite_"):
                    continue
                keys = [row[1] for row in connection.execute(f'PRAGMA table_info("{name}")') if row[5]]
                picked = ", ".join(f'"{key}"' for key in keys) or "rowid"
                query = f'SELECT {picked}, * FROM "{name}"'  # noqa: S608 - names of its own tables
                width = max(1, len(keys))
                hit = [
                    row[:width] for row in connection.execute(query) if self._tells(_as_bytes(row[width:]))
                ]
                where = " AND ".join(f'"{key}" = ?' for key in keys) or "rowid = ?"
                connection.executemany(f'DELETE FROM "{name}" WHERE {where}', hit)  # noqa: S608
            if {"matter", "delivery"} <= set(names):
                connection.execute("DELETE FROM delivery WHERE matter NOT IN (SELECT id FROM matter)")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.execute("VACUUM")


def _is_binary(data: bytes) -> bool:
    return b"\0" in data[:4096] and not data.startswith((b"\xff\xfe", b"\xfe\xff"))


def _spelled(value: object) -> str:
    """Return what a cell of a list says; a telephone may be a number."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""


def _as_bytes(row: tuple[object, ...]) -> bytes:
    return b"\n".join(
        one if isinstance(one, bytes) else str(one).encode("utf-8", "surrogatepass") for one in row
    )


def _iter_records(data: bytes) -> Iterator[bytes]:
    """Yield the lines of a text; one that ends inside quotation marks goes on, as in a table of records."""
    held, is_open = b"", False
    is_table = data.count(b'"') % 2 == 0
    for line in data.splitlines(keepends=True):
        held += line
        is_open ^= is_table and line.count(b'"') % 2 == 1
        if not is_open:
            yield held
            held = b""
    if held:
        yield held
