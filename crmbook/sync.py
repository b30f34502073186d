"""The whole pipeline on one screen: read → check → assign → recompute → check rules → write back → report.

Only this module knows the order of the stages. A workbook that is open elsewhere is not touched, one in which
nothing is new is not written, and one that changed meanwhile is not overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmbook.assign import assign_ids, assign_row_ids
from crmbook.check import check_cells, check_rules, resolve_pending, sorted_issues
from crmbook.errors import CrmbookError
from crmbook.exchange.example import load_example
from crmbook.file import digest, read_bytes, refuse_open, write_atomically
from crmbook.marks import iter_list, iter_marks, lasting
from crmbook.ooxml import OoxmlError, Package
from crmbook.pages import iter_page_changes
from crmbook.read import ReadError, read_workbook
from crmbook.recompute import recompute
from crmbook.records import Location
from crmbook.schema import Layout, load_book
from crmbook.workbook.identity import read_stamp
from crmbook.writeback import Change, Comparison, Kind, grow_tables, live_fields, write_changes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from crmbook.check import Checked
    from crmbook.issues import Issue
    from crmbook.read import Snapshot
    from crmbook.recompute import Computed
    from crmbook.schema import Book


@dataclass(frozen=True, slots=True)
class Reading:
    """A workbook, read and judged."""

    book: Book
    package: Package
    snapshot: Snapshot
    checked: Checked
    computed: Computed
    issues: list[Issue]
    assigned: list[Change] = field(default_factory=list)

    @property
    def rows(self) -> int:
        """Rows of all tables that people fill."""
        return sum(len(frame) for frame in self.checked.frames.values())


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync found and did.

    Attributes
    ----------
    changes
        Every cell that was written.
    issues
        Every finding.
    written
        Whether the file was replaced.
    """

    path: Path
    as_of: date
    rows: int
    changes: Sequence[Change]
    issues: Sequence[Issue]
    written: bool

    def count(self, *kinds: Kind) -> int:
        """Return how many cells changed for one of the reasons."""
        return sum(change.kind in kinds for change in self.changes)


def open_package(path: Path, data: bytes) -> Package:
    """Return the package in `data`, read from `path`.

    Raises
    ------
    ReadError
        With the package layer's own code, and the file's name.
    """
    try:
        return Package.open(data)
    except OoxmlError as error:
        raise ReadError(error.code, Location(file=str(path)), **error.params) from error


def open_book(package: Package, path: Path, workspace: Path | None = None) -> Book:
    """Return the book that a workbook was built from.

    The workspace that changes the schemas is the one given, else the workbook's folder where it has ``schemas/`` or
    ``templates/``, else that of the example the workbook was built from.

    Raises
    ------
    CrmbookError
        ``sync.not-ours`` if the workbook carries no stamp of crmbook.
    """
    mark = read_stamp(package)
    if mark is None:
        raise CrmbookError("sync.not-ours", Location(file=str(path)), path=path)
    if workspace is None and any((path.parent / kind).is_dir() for kind in ("schemas", "templates")):
        workspace = path.parent
    if workspace is None and mark.example:
        workspace = load_example(mark.example).workspace
    return load_book(mark.template, "en" if mark.lang == "en" else "zh", workspace)


def read_and_check(path: Path, data: bytes, as_of: date, workspace: Path | None = None) -> Reading:
    """Read a workbook, judge every cell and rule, and compute every derived field; nothing is written.

    Raises
    ------
    CrmbookError
        If the file is no workbook of crmbook's, see `open_book` and `crmbook.read.read_workbook`.
    """
    package = open_package(path, data)
    book = open_book(package, path, workspace)
    snapshot = read_workbook(data, book)
    by_sync = {
        (name, field_name)
        for name, found in snapshot.tables.items()
        for field_name in found.columns
        if book.tables[name].fields[field_name].formula
        and field_name not in live_fields(found, snapshot.properties, book)
    }
    checked = check_cells(book, snapshot, as_of, by_sync)
    assigned = [*assign_ids(book, snapshot, checked), *assign_row_ids(snapshot)]
    resolve_pending(book, snapshot, checked)
    computed = recompute(book, checked.seen(snapshot), as_of, checked.cells)
    found_issues = [*checked.issues, *check_rules(book, snapshot, checked, computed)]
    return Reading(
        book, package, snapshot, checked, computed, sorted_issues(book, snapshot, found_issues), assigned
    )


def sync_workbook(path: Path, as_of: date, workspace: Path | None = None) -> Synced:
    """Bring a workbook up to date in place.

    Raises
    ------
    BusyError
        If an office program holds the workbook open, or changed it meanwhile; nothing was written.
    CrmbookError
        If the file is no workbook of crmbook's.
    """
    refuse_open(path)
    data = read_bytes(path)
    reading = read_and_check(path, data, as_of, workspace)
    comparison = Comparison(
        reading.book, Layout(reading.book).labels(), reading.snapshot, reading.checked, reading.computed
    )
    changes = [*reading.assigned, *comparison.iter_changes()]
    changes += iter_page_changes(reading.book, reading.package, reading.computed, as_of)
    left = lasting(reading.issues, changes)
    changes += iter_marks(reading.book, reading.snapshot, left)
    changes += iter_list(reading.book, reading.snapshot, reading.package, reading.issues)
    written = _write(path, data, reading, changes)
    return Synced(path, as_of, reading.rows, changes, reading.issues, written)


def _write(path: Path, data: bytes, reading: Reading, changes: Sequence[Change]) -> bool:
    """Write the changes, if there are any, in the place of the bytes that were read; return whether it was done."""
    grow_tables(reading.package, reading.snapshot, changes)
    write_changes(reading.package, changes)
    result = reading.package.to_bytes()
    if result == data:
        return False
    refuse_open(path)
    write_atomically(path, result, digest(data))
    return True
