"""The workbooks of a watched folder by what is inside them: which book each belongs to, which of them are outdated.

Stamps are read again only when a file has changed. What a workbook shows is known from the store, so that it does not
matter by whose hand the head moved: by another workbook, a sync or restore at the command line, another machine.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from crmbook.base import is_open, read_bytes
from crmbook.build import read_stamp
from crmbook.ooxml import Package
from crmbook.sync import shows_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from crmbook.store import ConflictRecord, Store, WorkbookRecord


class _Entry(NamedTuple):
    """A workbook as it was when its stamp was read; without one where it could not be."""

    sign: tuple[int, int, int]
    book: str
    workbook: str
    store: str = ""

    def is_twin(self, other: _Entry) -> bool:
        """Return whether another file carries the same workbook's id."""
        return (self.book, self.workbook) == (other.book, other.workbook)


class Catalog:
    """What is known of the workbooks of a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._entries: dict[Path, _Entry] = {}

    def look(self, paths: Iterable[Path]) -> None:
        """Take in which workbooks there are; those that are not among them are forgotten."""
        found = {path: self._read(path) for path in paths}
        self._entries = {path: one for path, one in found.items() if one is not None}

    @property
    def paths(self) -> list[Path]:
        """All workbooks."""
        return list(self._entries)

    @property
    def books(self) -> frozenset[str]:
        """The ids of their books."""
        return frozenset(one.book for one in self._entries.values() if one.book)

    @property
    def stored_books(self) -> frozenset[str]:
        """The ids of the books all of whose workbooks a store has written."""
        return self.books - {one.book for one in self._entries.values() if not one.store}

    def book(self, path: Path) -> str:
        """Return the id of the book of a workbook; empty where that cannot be read."""
        one = self._entries.get(path)
        return one.book if one else ""

    def twins(self, path: Path) -> list[Path]:
        """Return the other files that carry the same workbook's id: the workbook, and copies of it."""
        mine = self._entries.get(path)
        if mine is None or not mine.workbook:
            return []
        return [other for other, one in self._entries.items() if other != path and one.is_twin(mine)]

    def record(self, store: Store, path: Path) -> WorkbookRecord | None:
        """Return what the store knows of the workbook whose id a file carries now."""
        one = self._read(path)
        if one is None or not one.workbook:
            return None
        self._entries[path] = one
        return store.workbook(one.book, one.workbook)

    def lost_home(self, store: Store, path: Path) -> bool:
        """Return whether a file carries the id of a workbook that lay elsewhere, and is not there at this moment."""
        record = self.record(store, path)
        if record is None or not record.path or Path(record.path).name == path.name:
            return False
        return not (self._folder / record.path).exists()

    def outdated(self, store: Store, book_id: str) -> list[Path]:
        """Return the closed workbooks of a book that do not show the newest state and every open conflict."""
        book = store.book(book_id)
        conflicts = store.conflicts(book_id)
        known = {record.workbook_id: record for record in store.workbooks(book_id)}
        return [
            path
            for path, one in self._entries.items()
            if one.book == book_id
            and (book is None or self._lacks(path, known.get(one.workbook), book.revision, conflicts))
            and not is_open(path)
        ]

    def _lacks(
        self, path: Path, record: WorkbookRecord | None, revision: int, conflicts: Sequence[ConflictRecord]
    ) -> bool:
        """Return whether a sync would bring a workbook anything: not one that is held, nor a copy that is to be archived."""
        if record is None or record.state == "waiting":
            return True
        if record.state != "current" or (Path(record.path).name != path.name and self.twins(path)):
            return False
        return not shows_all(record, revision, conflicts)

    def _read(self, path: Path) -> _Entry | None:
        try:
            status = path.stat()
            sign = (status.st_size, status.st_mtime_ns, status.st_ino)
            known = self._entries.get(path)
            if known is not None and known.sign == sign:
                return known
            stamp = read_stamp(Package.open(read_bytes(path)))
        except OSError:
            return None
        except Exception:  # noqa: BLE001 - a file that nobody foresaw is reported by the sync, and keeps no other waiting
            return _Entry(sign, "", "")
        return _Entry(sign, stamp.book_id, stamp.workbook_id, stamp.store) if stamp else None
