"""The gate before a workbook is taken in: what it brings back of somebody who was forgotten goes from the file first.

Old copies, backups that were put back and what a drive made of two saves still hold the person. The file is cleaned as it
lies there, before anything of it is compared or kept, so that neither head nor backup nor archive ever gets it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import describe, digest, read_bytes, refuse_open, write_atomically
from crmbook.ingest import find_returned, pages_of
from crmbook.ooxml import Erasure, Package, erase
from crmbook.read import open_workbook
from crmbook.render import drop_suggestions

if TYPE_CHECKING:
    from crmbook.base import Options
    from crmbook.ingest import Forgotten, Returned
    from crmbook.read import Opened, WorkingCopy
    from crmbook.store import State


def without_forgotten(
    copy: WorkingCopy, forgotten: Forgotten, head: State, options: Options
) -> tuple[Opened, int]:
    """Return a workbook without those who were forgotten, and how many of their rows it had.

    Raises
    ------
    OpenError
        ``file.open`` where somebody has it open: it waits.
    BusyError
        ``file.changed`` if somebody saved it meanwhile.
    """
    found = find_returned(copy.view, copy.snapshot, forgotten, head.tables)
    opened, texts = copy.opened, _texts(copy.opened.package)
    if not found.rows and not found.cells and forgotten.gone.isdisjoint(texts):
        return opened, 0
    found.texts |= {text.strip() for text in texts if forgotten.is_contact(text)}
    package = Package.open(opened.data)
    drop_suggestions(copy.view, package, copy.snapshot, found.suggested)
    erased = erase(package, _erasure(copy, found, forgotten, head))
    data = package.to_bytes()
    if data == opened.data:
        return opened, 0
    if not options.dry_run and digest(read_bytes(opened.path)) == opened.digest:
        refuse_open(opened.path)
        write_atomically(opened.path, data, opened.digest)
    return open_workbook(opened.path, data), sum(map(len, erased.rows.values()))


def _texts(package: Package) -> list[str]:
    strings = package.shared_strings
    return [strings.text(index) for index in range(len(strings))]


def _erasure(copy: WorkingCopy, found: Returned, forgotten: Forgotten, head: State) -> Erasure:
    book = copy.book
    people = book.tables[book.people]
    frame = head.tables.get(book.people)
    stand_in = ""
    if frame is not None and forgotten.stand_in in frame.index:
        stand_in = str(frame[people.key].loc[forgotten.stand_in])
    terms = found.terms(describe("forget.mark", book.lang, {}), head.tables, people)

    def swap(text: str) -> str:
        return stand_in if stand_in and forgotten.is_key(text) else terms.stays(text)

    rows = {sheet: frozenset(numbers) for sheet, numbers in found.rows.items()}
    cells = {sheet: frozenset(positions) for sheet, positions in found.cells.items()}
    return Erasure(
        forgotten.gone.__contains__, forgotten.kept.__contains__, swap, terms.stays, rows, cells, terms.hints,
        pages_of(copy.view),
    )  # fmt: skip
