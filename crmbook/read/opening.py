"""A workbook opened for work: its bytes, its package, the stamp that says which book and which copy it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, NoReturn, get_args

from crmbook.base import CrmbookError, Location
from crmbook.build import read_stamp, restore_stamp
from crmbook.ooxml import OoxmlError
from crmbook.read.errors import ReadError
from crmbook.read.foreign import without_foreign
from crmbook.read.loaded import LoadedFile
from crmbook.read.products import Product, product_of
from crmbook.read.unseen import without_unseen
from crmbook.read.workbook import read_workbook
from crmbook.schema import example_workspace, find_workspace, keep_fingerprint, load_book, sources_digest

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.base import Companion
    from crmbook.build import Stamp
    from crmbook.ooxml import Package
    from crmbook.read.snapshot import Snapshot
    from crmbook.schema import Book
    from crmbook.store import BookRecord


UNSTAMPED: Final = "unstamped"
"""What stands for the store in the stamp of a workbook that was known without one: nothing it shows can be a base."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A workbook whose bytes were read and whose package was opened.

    Attributes
    ----------
    digest
        SHA-256 of `data`.
    stamp
        Its stamp; a workbook without one is refused before it gets here, or was known by what it holds.
    companion
        A second process that reads it as well, where it is large; see `crmbook.read.apart`.
    known_by
        Code of the message that says by what it was known, where that was not its whole stamp.
    """

    path: Path
    data: bytes
    digest: str
    package: Package
    stamp: Stamp
    companion: Companion | None = None
    known_by: str = ""


@dataclass(frozen=True)
class WorkingCopy:
    """A workbook with its book, and the part of the book that it shows (a role's sheets and fields)."""

    opened: Opened
    book: Book
    view: Book

    @cached_property
    def snapshot(self) -> Snapshot:
        """What the workbook holds, read when it is first asked for; see `read_opened` for the errors."""
        found = read_opened(self.opened, self.view)
        return found if self.view is self.book else without_unseen(self.book, self.view, found)


def open_workbook(path: Path, data: bytes) -> Opened:
    """Return the workbook in `data`, read from `path`; see `open_loaded` for the errors."""
    return open_loaded(LoadedFile(path, data))


def open_loaded(file: LoadedFile, companion: Companion | None = None) -> Opened:
    """Return the workbook in a file; a `companion` may read it as well.

    Raises
    ------
    ReadError
        With the package layer's own code, and the file's name.
    CrmbookError
        See `refuse_unstamped` if the workbook carries no stamp of crmbook.
    """
    try:
        package = file.package
        known_by = "identify.by-second-stamp" if restore_stamp(package) else ""
        stamp = read_stamp(package)
    except OoxmlError as error:
        raise ReadError(error.code, Location(file=str(file.path)), **error.params) from error
    if stamp is None:
        refuse_unstamped(file.path, package)
    return Opened(file.path, file.data, file.digest, package, stamp, companion, known_by)


def refuse_unstamped(path: Path, package: Package) -> NoReturn:
    """Refuse a workbook that carries no stamp.

    Raises
    ------
    CrmbookError
        ``sync.not-ours``; of a workbook that is something else of crmbook's ``sync.is-…`` with the name of that.
    """
    product = product_of(package)
    code = f"sync.is-{product}" if product in get_args(Product) else "sync.not-ours"
    raise CrmbookError(code, Location(file=str(path)), path=path)


def open_book(opened: Opened, workspace: Path | None = None, known: Path | None = None) -> Book:
    """Return the book that a workbook was built from; see `find_book`."""
    return find_book(opened.stamp, opened.path.parent, workspace, known)


def find_book(
    origin: Stamp | BookRecord, folder: Path | None, workspace: Path | None = None, known: Path | None = None
) -> Book:
    """Return the book that a stamp or a record names.

    The workspace that changes the schemas is the one given, else the one `known` from the last time, else the
    workbooks' `folder` where it has ``schemas/`` or ``templates/``, else that of the example the book began with.
    """
    workspace = find_workspace(folder, workspace, known) or example_workspace(origin.example)
    sources = sources_digest(origin.template, origin.lang, workspace)
    book = load_book(origin.template, "en" if origin.lang == "en" else "zh", workspace)
    keep_fingerprint(sources, book.fingerprint)
    return book


def read_opened(opened: Opened, book: Book) -> Snapshot:
    """Return what a workbook holds.

    Raises
    ------
    ReadError
        See `crmbook.read.read_workbook`; it names the file.
    """
    try:
        found = read_workbook(opened.package, book, companion=opened.companion)
        return without_foreign(book, found, opened.package)
    except ReadError as error:
        raise ReadError(error.code, Location(file=str(opened.path)), **error.params) from error
