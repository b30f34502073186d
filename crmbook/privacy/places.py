"""Every place that may name a book's person: how each is found, searched and cleaned.

A file is known by where it lies. What lies in a folder of crmbook's own is cleaned whatever it is; of what lies beside the
workbooks only what crmbook wrote, or took in from a folder for that: the rest is somebody's, and is named.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crmbook.base import (
    CrmbookError,
    Terms,
    is_left_by_write,
    is_workbook_name,
    read_bytes,
)
from crmbook.build import read_stamp
from crmbook.exchange import is_of_failures, is_preview
from crmbook.ooxml import OoxmlError, Package, find_rows
from crmbook.privacy.filenames import FileNames
from crmbook.privacy.files import Cleaner, count_in
from crmbook.privacy.journal import NAME
from crmbook.privacy.listtext import ListText
from crmbook.privacy.reports import customer_of
from crmbook.store import home_of, private_location
from crmbook.sync import EXPORTED
from crmbook.watch import DONE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from crmbook.privacy.person import Gone
    from crmbook.schema import Book
    from crmbook.store import BookRecord, Store

_DATABASE: Final = ("store", ".db")
"""Name and ending of a store's own file."""
_TEXT_LISTS: Final = {".csv", ".tsv", ".txt"}
_LARGEST: Final = 512 << 20
"""Bytes of a file that is looked into."""
_CALENDAR: Final = "PRODID:-//crmbook//"
_OWN: Final = {
    "backups": "backups",
    "archive": "archive",
    "log": "logs",
    "outbox": "outbox",
    "watch": "watch",
}
"""Folders of crmbook's own and what they hold; anything else there is “other”."""


@dataclass(frozen=True)
class Surroundings:
    """Where a book lies.

    Attributes
    ----------
    place
        Of its store.
    folders
        In which workbooks of it lie.
    """

    store: Store
    record: BookRecord
    book: Book
    place: str | Path
    folders: tuple[Path, ...]

    @classmethod
    def of(
        cls, store: Store, record: BookRecord, book: Book, place: str | Path, folder: Path
    ) -> Surroundings:
        """Return the surroundings of a book one of whose folders is known."""
        found = {folder.absolute(): None}
        home = home_of(folder.absolute() / "-", place)
        for one in store.workbooks(record.book_id):
            path = (home or Path()) / one.path if one.path else None
            if path is not None and path.is_absolute() and path.parent.is_dir():
                found[path.parent] = None
        return cls(store, record, book, place, tuple(found))

    @property
    def own_folders(self) -> list[Path]:
        """The folders of crmbook's own."""
        found = [private_location(folder) for folder in self.folders]
        if self.store.folder is not None:
            found.append(self.store.folder)
        return [one for one in dict.fromkeys(one.resolve() for one in found) if one.is_dir()]


@dataclass(frozen=True, slots=True)
class Finding:
    """A file, or a table of the store, that names the person.

    Attributes
    ----------
    place
        Which of the places.
    where
        The file or table.
    count
        How often.
    cells
        Sheet and cell of what others wrote of the person by name.
    is_named_only
        Whether it is somebody's own: it is named and left.
    is_file_name
        Whether it is the file's name that carries the person's.
    """

    place: str
    where: str
    count: int
    cells: tuple[str, ...] = ()
    is_named_only: bool = False
    is_file_name: bool = False


@dataclass
class Proof:
    """What a search of every place found.

    Attributes
    ----------
    searched
        By place, how many files or tables were looked into.
    found
        Where the person is named.
    unread
        Files that could not be read.
    """

    searched: dict[str, int] = field(default_factory=dict)
    found: list[Finding] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)

    @property
    def left(self) -> list[Finding]:
        """What should not be there."""
        return [one for one in self.found if not one.is_named_only]

    @property
    def named(self) -> list[Finding]:
        """What people must decide on."""
        return [one for one in self.found if one.is_named_only]

    @property
    def counts(self) -> dict[str, int]:
        """How often each place names the person."""
        return {name: sum(one.count for one in self.found if one.place == name) for name in self.searched}


@dataclass(frozen=True)
class Place:
    """One kind of place.

    Attributes
    ----------
    is_cleaned
        Whether it is crmbook's to clean.
    is_ours
        Whether its files are workbooks of the book.
    is_scrap
        Whether nobody needs its files: they are deleted.
    is_list
        Whether its files are lists, most of whose rows are about others.
    is_renamed
        Whether crmbook gave its files their names.
    """

    name: str
    files: Callable[[Surroundings], Iterator[Path]]
    is_cleaned: bool = True
    is_ours: bool = False
    is_scrap: bool = False
    is_list: bool = False
    is_renamed: bool = False


def _iter_inside(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not path.is_symlink() and path.name != NAME:
            yield path


def _is_store(path: Path) -> bool:
    return path.name.startswith("".join(_DATABASE)) or path.suffix == ".lock"


def _own(name: str) -> Callable[[Surroundings], Iterator[Path]]:
    def files(around: Surroundings) -> Iterator[Path]:
        for folder in around.own_folders:
            for path in _iter_inside(folder):
                parts = path.relative_to(folder).parts[:-1]
                kind = next((_OWN[one] for one in reversed(parts) if one in _OWN), "other")
                if kind == name and not _is_store(path):
                    yield path

    return files


def _store_files(around: Surroundings) -> Iterator[Path]:
    folder = around.store.folder
    yield from sorted(folder.glob("store.db*")) if folder is not None else ()


def _is_of_book(path: Path, book_id: str) -> bool:
    try:
        stamp = read_stamp(Package.open(read_bytes(path)))
    except (CrmbookError, OoxmlError):
        return False
    return stamp is not None and stamp.book_id == book_id


def _iter_all_beside(around: Surroundings) -> Iterator[Path]:
    for folder in around.folders:
        yield from (path for path in sorted(folder.iterdir()) if path.is_file())


def _iter_beside(around: Surroundings) -> Iterator[Path]:
    return (path for path in _iter_all_beside(around) if not path.name.startswith(("~", ".")))


def _cut_off(around: Surroundings) -> Iterator[Path]:
    """Yield what crmbook wrote to replace a file with, and died before it did."""
    return (path for path in _iter_all_beside(around) if is_left_by_write(path))


def workbooks_of(around: Surroundings) -> Iterator[Path]:
    """Yield the workbooks of a book: copies, extracts and drives' copies too."""
    for path in _iter_beside(around):
        if is_workbook_name(path.name) and _is_of_book(path, around.record.book_id):
            yield path


def _iter_dropped(around: Surroundings) -> Iterator[Path]:
    for folder in around.folders:
        for name in DONE:
            if (folder / name).is_dir():
                yield from _iter_inside(folder / name)


def _iter_exported(around: Surroundings) -> Iterator[Path]:
    for folder in around.folders:
        for name in EXPORTED.values():
            if (folder / name).is_dir():
                yield from _iter_inside(folder / name)


def _written_beside(around: Surroundings) -> Iterator[Path]:
    """Yield what crmbook wrote beside the workbooks: previews, failed rows, calendars, questions, notes."""
    for path in _iter_beside(around):
        if is_written_by_us(path):
            yield path


def is_written_by_us(path: Path) -> bool:
    """Return whether a file beside the workbooks is one that crmbook writes there: no workbook, and nobody's own."""
    ending = path.suffix.lower()
    if ending == ".ics":
        return _begins(path, _CALENDAR)
    if path.name.endswith((".held.txt", ".说明.txt", ".note.txt")):
        return True
    try:
        return ending == ".xlsx" and (is_preview(path) or is_of_failures(path))
    except (CrmbookError, OoxmlError):
        return False


def _begins(path: Path, text: str) -> bool:
    with path.open("rb") as file:
        return text.encode() in file.read(400)


def _reports(around: Surroundings) -> Iterator[Path]:
    """Yield the cards of customers, and the reports on all that is held on them."""
    return (path for path in _iter_beside(around) if customer_of(path) is not None)


def _others(around: Surroundings) -> Iterator[Path]:
    for path in _iter_all_beside(around):
        is_ours = is_workbook_name(path.name) and _is_of_book(path, around.record.book_id)
        is_written = is_written_by_us(path) or is_left_by_write(path) or customer_of(path) is not None
        if not is_ours and not is_written:
            yield path


STORE, STORE_FILE = "store", "store-file"
PLACES: Final[tuple[Place, ...]] = (
    Place("workbooks", workbooks_of, is_ours=True),
    Place("written", _written_beside),
    Place("reports", _reports, is_list=True),
    Place("temporary", _cut_off, is_scrap=True),
    Place("imports", _iter_dropped, is_list=True),
    Place("exports", _iter_exported, is_list=True, is_renamed=True),
    Place("backups", _own("backups"), is_ours=True),
    Place("archive", _own("archive"), is_ours=True, is_renamed=True),
    Place("outbox", _own("outbox")),
    Place("logs", _own("logs")),
    Place("watch", _own("watch")),
    Place("other", _own("other")),
    Place(STORE_FILE, _store_files, is_cleaned=False),
    Place("outside", _others, is_cleaned=False),
)
"""Every place but the store's tables, in the order in which they are cleaned."""


def search_places(around: Surroundings, gone: Gone) -> Proof:
    """Return where a person is named."""
    proof, terms, cleaner = Proof(), gone.terms, Cleaner(gone, around.book)
    names = FileNames.of(gone, around.store, around.book)
    found = around.store.forgetting.search(terms.count)
    proof.searched[STORE] = len(found)
    named = around.store.forgetting.search(terms.count_named)
    for table, count in found.items():
        if count:
            proof.found.append(Finding(STORE, table, count, is_named_only=count == named[table]))
    for place in PLACES:
        proof.searched[place.name] = 0
        for path in place.files(around):
            proof.searched[place.name] += 1
            _search_file(place, path, cleaner, proof)
            if place.name != STORE_FILE and names.tells(path, (*around.folders, *around.own_folders)):
                is_named = not place.is_renamed
                proof.found.append(
                    Finding(place.name, str(path), 1, is_named_only=is_named, is_file_name=True)
                )
    return proof


def _search_file(place: Place, path: Path, cleaner: Cleaner, proof: Proof) -> None:
    try:
        if path.stat().st_size > _LARGEST:
            proof.unread.append(str(path))
            return
        data = path.read_bytes()
    except OSError:
        proof.unread.append(str(path))
        return
    terms = cleaner.gone.terms
    if (
        (path.stem, path.suffix) == _DATABASE
    ):  # two columns side by side may spell a name by chance; its tables were searched one by one
        terms = Terms(terms.anywhere)
    count = count_in(data, terms)
    if not count:
        return
    by_name = count_in(data, terms.only_names()) if terms.names else 0
    cells = tuple(_named_cells(place, path, data, terms))
    is_text_of_others = count == by_name and (
        (place.is_ours and bool(cells)) or (place.is_list and cleaner.is_clean(path.name, data))
    )
    is_named = place.name == "outside" or is_text_of_others
    proof.found.append(Finding(place.name, str(path), count, cells, is_named))


def _named_cells(place: Place, path: Path, data: bytes, terms: Terms) -> Iterator[str]:
    """Yield sheet and cell of the texts that mention the person; of a list in text, the cell."""
    if path.suffix.lower() in _TEXT_LISTS and place.is_list:
        table = ListText.read(data)
        yield from table.iter_holding(terms) if table is not None else ()
        return
    if path.suffix.lower() not in {".xlsx", ".xlsm"}:
        return
    try:
        found = find_rows(Package.open(data), terms.holds)
    except OoxmlError:
        return
    for sheet, rows in found.items():
        for cells in rows.values():
            yield from (
                f"{sheet}!{one.ref}" for one in cells if isinstance(one.value, str) and terms.holds(one.value)
            )
