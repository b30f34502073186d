"""Which store and which book a command means: of a folder, of a workbook, by a location and an id that a person gave."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from crmbook.base import CrmbookError, is_workbook_name, read_bytes
from crmbook.build import read_stamp
from crmbook.ooxml import Package
from crmbook.store import Store, exists, locate
from crmbook.sync import is_ours

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.build import Scope
    from crmbook.schema import Book
    from crmbook.store import BookRecord

SHOWN = 8
"""Characters of a book's id that people see, and may type."""


def find_store(path: Path | None, url: str | None) -> str | Path:
    """Return the location of the store of a workbook or folder, the working folder by default.

    Raises
    ------
    CrmbookError
        ``cli.no-store`` if there is none.
    """
    folder = Path.cwd() if path is None else path if path.is_dir() else path.absolute().parent
    location = locate(folder, url)
    if not exists(location):
        raise CrmbookError("cli.no-store", store=location)
    return location


def find_workbooks(paths: Sequence[Path], url: str | None = None) -> list[Path]:
    """Return the workbooks that paths name: files as they are, and of a folder every workbook of crmbook's.

    Lock files and what else begins with ``~`` or a dot is passed over; so is a workbook without crmbook's stamp, unless
    the store (at `url`) knows it. One that cannot be opened is kept, so that it is reported, if the store knows its name:
    any other is somebody else's.

    Raises
    ------
    CrmbookError
        ``cli.no-workbooks`` if a folder has none.
    """
    found: list[Path] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        location = locate(path.absolute(), url)
        inside = [
            one
            for one in sorted(path.iterdir())
            if _looks_like_a_workbook(one) and is_ours(one.absolute(), location)
        ]
        if not inside:
            raise CrmbookError("cli.no-workbooks", path=path.absolute())
        found += inside
    return list(dict.fromkeys(found))


def _looks_like_a_workbook(path: Path) -> bool:
    return is_workbook_name(path.name) and not path.name.startswith(("~", ".")) and path.is_file()


def find_book_at(path: Path | None, wanted: str | None, url: str | None) -> tuple[str | Path, BookRecord]:
    """Return the store and the book that a command means: those of a workbook, or of a folder.

    Raises
    ------
    CrmbookError
        ``file.missing``, ``cli.no-store``, ``cli.no-book``; see `choose_book`.
    """
    if path is not None and not path.exists():
        raise CrmbookError("file.missing", path=path)
    location = find_store(path, url)
    record = choose_book(location, str(path) if path is not None and path.is_file() else wanted)
    if record is None:
        raise CrmbookError("cli.no-book", store=location)
    return location, record


def choose_book(location: str | Path, wanted: str | None) -> BookRecord | None:
    """Return the book that was asked for, else the only one of a store; None where it has none.

    Parameters
    ----------
    wanted
        The beginning of a book's id, or one of its workbooks.

    Raises
    ------
    CrmbookError
        ``cli.which-book`` if there are several, ``cli.unknown-book`` if `wanted` is none of them.
    """
    with Store.open(location) as store:
        books = [one for one in store.books() if one.revision or store.workbooks(one.book_id)]
        if wanted is None and len(books) < 2:
            return books[0] if books else None
        known = "; ".join(_described(store, one) for one in books)
    if wanted is None:
        raise CrmbookError("cli.which-book", store=location, known=known)
    start = book_of(Path(wanted)) if Path(wanted).is_file() else wanted.casefold()
    found = [one for one in books if one.book_id.startswith(start)]
    if len(found) != 1 or not start:
        raise CrmbookError("cli.unknown-book", book=wanted, known=known)
    return found[0]


def _described(store: Store, record: BookRecord) -> str:
    names = [Path(one.path).name for one in store.workbooks(record.book_id) if one.path]
    return f"{record.book_id[:SHOWN]} ({record.template}: {', '.join(sorted(names)[:3])})"


def scope_at(path: Path | None) -> Scope:
    """Return which part of its book a workbook shows; the whole of it where a folder is meant, or no place at all."""
    from crmbook.build import Scope  # loads pandas

    stamp = None if path is None or path.is_dir() else read_stamp(Package.open(read_bytes(path)))
    return Scope() if stamp is None else Scope(stamp.owner, stamp.where, stamp.role)


def book_of(path: Path) -> str:
    """Return the id of the book that a workbook belongs to.

    Raises
    ------
    CrmbookError
        See `crmbook.read.refuse_unstamped`.
    """
    package = Package.open(read_bytes(path))
    stamp = read_stamp(package)
    if stamp is None:
        from crmbook.read import refuse_unstamped  # only where something is refused

        refuse_unstamped(path, package)
    return stamp.book_id


def open_schema(record: BookRecord, beside: Path | None, workspace: Path | None = None) -> Book:
    """Return the schema of a book: changed by the workspace given, else by the one it was built with, else by that around it.

    Parameters
    ----------
    beside
        A workbook of the book, or the folder of its workbooks; None is the working folder.
    """
    from crmbook.read import find_book  # what finds a store only needs no schema

    location = (beside or Path()).absolute()
    folder = location if location.is_dir() else location.parent
    return find_book(record, folder, workspace, Path(record.workspace) if record.workspace else None)
