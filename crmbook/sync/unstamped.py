"""Workbooks that lost both stamps: which book of the store at hand they belong to, and which workbook of it.

A program that writes a workbook anew drops what it does not know. What remains is enough: hidden names on the
headers, the hidden row ids, else headers and keys, and the location where the store knows a workbook to lie. Only a store
can recognise such a file, and only where exactly one of its books fits; a file that bears none of crmbook's own signs
and lies where no workbook of the store did is somebody else's, unless a person asks for it by name.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crmbook.base import CrmbookError, HeldError, digest
from crmbook.build import Extract, Stamp, by_sync_property, plan_live, role_book
from crmbook.ooxml import Package
from crmbook.read import (
    COLUMN_NAME,
    UNSTAMPED,
    Opened,
    ReadError,
    open_book,
    open_loaded,
    product_of,
    read_opened,
)
from crmbook.store import Store, home_of, locate, remembers, workbook_at
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmbook.base import Companion, Options
    from crmbook.read import LoadedFile, Snapshot
    from crmbook.schema import Book
    from crmbook.store import BookRecord, WorkbookRecord

_SIGNS: Final = ("行标识".encode(), b"Row id")
"""Headers of the column of row ids, as they are in a package's texts."""
_TEXTS: Final = ("xl/sharedstrings", "xl/worksheets/sheet")


@dataclass(frozen=True, slots=True)
class _Fit:
    """A book that a file may belong to.

    Attributes
    ----------
    is_known
        Whether one of its workbooks lay where the file lies.
    is_narrowed
        Whether it has working copies that do not show all of it.
    """

    opened: Opened
    is_known: bool
    is_narrowed: bool


def open_any(file: LoadedFile, options: Options, companion: Companion | None = None) -> Opened:
    """Return the workbook in a file; one without a stamp as the store at hand recognises it.

    Raises
    ------
    CrmbookError
        Those of `crmbook.read.opening.open_loaded`; ``sync.which-book`` if several books fit, ``sync.which-rows`` if it
        may be the copy of somebody who must not see all rows.
    """
    try:
        return open_loaded(file, companion)
    except CrmbookError as error:
        if error.code != "sync.not-ours":
            raise
        found = recognise(file.path, file.data, locate(file.path.parent, options.store), options.workspace)
        if found is None:
            raise
    return found


def is_recognised(path: Path, data: bytes, location: str | Path) -> bool:
    """Return whether a file without a stamp belongs to the store at `location`, by its own location or by signs of crmbook.

    Raises
    ------
    CrmbookError, OoxmlError
        If that cannot be found out.
    """
    package = Package.open(data)
    if product_of(package) or not (remembers(path, location) or has_signs(package)):
        return False
    return recognise(path, data, location) is not None


def has_signs(package: Package) -> bool:
    """Return whether a package bears hidden names of crmbook's, or texts that name its column of row ids."""
    if any(COLUMN_NAME.fullmatch(item.name.lower()) for item in package.defined_names):
        return True
    parts = [name for name in package.parts.names if name.lower().startswith(_TEXTS)]
    return any(sign in package.parts.read(name) for name in parts for sign in _SIGNS)


def recognise(path: Path, data: bytes, location: str | Path, workspace: Path | None = None) -> Opened | None:
    """Return a file without a stamp as a workbook of the one book at `location` that it fits, None where it fits none.

    Raises
    ------
    CrmbookError
        ``sync.which-book``, ``sync.which-rows``, see `open_any`.
    """
    try:
        store = Store.open(location, create=False)
    except HeldError:
        return None
    with store:
        found = [
            fit
            for record in store.books()
            if record.revision
            and (fit := _fit(store, record, path, data, home_of(path, location), workspace))
        ]
    best = [fit for fit in found if fit.is_known] or found
    if len(best) > 1:
        raise CrmbookError("sync.which-book", path=path, count=len(best))
    if best and not best[0].is_known and best[0].is_narrowed:
        raise CrmbookError("sync.which-rows", path=path)
    return best[0].opened if best else None


def _fit(  # noqa: PLR0913, PLR0917 - a store, a book, a file
    store: Store, record: BookRecord, path: Path, data: bytes, home: Path | None, workspace: Path | None
) -> _Fit | None:
    """Return how a file fits a book, None where it does not."""
    records = store.workbooks(record.book_id)
    known = workbook_at(path, records, home)
    opened = Opened(path, data, digest(data), Package.open(data), _stamp(record, known, path))
    book = open_book(opened, workspace, Path(record.workspace) if record.workspace else None)
    view = role_book(book, opened.stamp.role)
    try:
        snapshot = read_opened(opened, view)
    except ReadError:
        return None
    by_id, by_key, keys = _count(view, snapshot, store.head(record.book_id).tables)
    marks = (COLUMN_NAME.fullmatch(item.name.lower()) for item in opened.package.defined_names)
    is_named = any(
        stamp[1] in view.tables and stamp[2] in view.tables[stamp[1]].fields for stamp in marks if stamp
    )
    if known is None and not (is_named or by_id or by_key * 2 > keys):
        return None
    _keep_values(opened.package, book, view, snapshot)
    code = "identify.by-names" if is_named or by_id else "identify.by-headers"
    is_narrowed = any(one.owner or one.where or one.role for one in records)
    return _Fit(replace(opened, known_by=code), known is not None, is_narrowed)


def _stamp(record: BookRecord, known: WorkbookRecord | None, path: Path) -> Stamp:
    """Return the stamp of a file at a path: that of the workbook the store knows there, else a new one's."""
    common = {"template": record.template, "fingerprint": record.fingerprint, "example": record.example}
    if known is None:
        workbook_id = digest(f"{record.book_id}\n{path}".encode())[:32]
        return Stamp(record.book_id, workbook_id, 0, lang=record.lang, store=UNSTAMPED, **common)
    return Stamp(
        record.book_id, known.workbook_id, known.export, lang=known.lang or record.lang, store=UNSTAMPED,
        holder=known.holder, owner=known.owner, where=known.where, role=known.role, **common,
    )  # fmt: skip


def _count(book: Book, snapshot: Snapshot, head: Mapping[str, pd.DataFrame]) -> tuple[int, int, int]:
    """Return how many rows the head knows by their row id and by their key, and how many keys there are.

    Tables that begin with rows of the schema are the same in every book: they prove nothing.
    """
    by_id = by_key = keys = 0
    for name, found in snapshot.tables.items():
        table = book.tables[name]
        if table.seed or not table.managed or name not in head:
            continue
        by_id += int(found.row_ids.isin(head[name].index).sum())
        if table.key in found.columns and table.key in head[name].columns:
            here = {spell(value) for value in found.frame[table.key].dropna().tolist()} - {""}
            by_key += len(here & {spell(value) for value in head[name][table.key].dropna().tolist()})
            keys += len(here)
    return by_id, by_key, keys


def _keep_values(package: Package, book: Book, view: Book, snapshot: Snapshot) -> None:
    """Name the computed fields whose values sync keeps, as build would: the properties that named them are gone."""
    rows = {name: len(found.frame) for name, found in snapshot.tables.items()}
    live = Extract(view).live(plan_live(book, rows, "auto") & view.formulas.keys())
    for table in view.tables:
        names = sorted(name for owner, name in view.formulas if owner == table and (owner, name) not in live)
        if names:
            package.set_property(by_sync_property(table), ",".join(names))
