"""The keys in a list of failed rows: each names the row of the book that came without the cell to mend.

An import that is undone takes its rows back, so their keys would name nobody, or later somebody else: they leave the list.
Imported once more, the same rows bear the keys that they have now.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import digest, read_bytes, refuse_open, write_atomically
from crmbook.exchange.intake.failurebook import failed_workbook, key_headers, read_failed_sheets
from crmbook.exchange.intake.failures import keys_by_origin, origin_of
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from crmbook.exchange.intake.failurebook import FailedRow
    from crmbook.exchange.intake.failures import Failures
    from crmbook.exchange.intake.origins import TakenRows
    from crmbook.schema import Book


def drop_dead_keys(path: Path, book: Book, taken: TakenRows) -> None:
    """Take the keys out of a list of failed rows that imports had brought which were undone since.

    Such a key may be another row's by now. A row of an import in force keeps its own, even if somebody deleted the row.

    Raises
    ------
    CrmbookError
        If somebody has the list open or changes it.
    """
    headers = key_headers(book).values()

    def renew(row: FailedRow) -> bool:
        dead = [header for header in headers if spell(row.cells.get(header))]
        if not dead or taken.has(origin_of(row)):
            return False
        row.cells |= dict.fromkeys(dead)
        return True

    _rewrite(path, book, renew)


def renew_keys(path: Path, book: Book, lists: Sequence[Failures]) -> None:
    """Let the rows of a list of failed rows bear the keys with which they came in now.

    Raises
    ------
    CrmbookError
        If somebody has the list open or changes it.
    """
    found = {origin: keys for one in lists for origin, keys in keys_by_origin(book, one).items()}

    def renew(row: FailedRow) -> bool:
        keys = found.get(origin_of(row), {})
        if all(spell(row.cells.get(header)) == key for header, key in keys.items()):
            return False
        row.cells |= keys
        return True

    _rewrite(path, book, renew)


def _rewrite(path: Path, book: Book, renew: Callable[[FailedRow], bool]) -> None:
    """Write a list anew where a row of it changes."""
    data = read_bytes(path)
    sheets = read_failed_sheets(data, book)
    rows = [row for sheet in sheets for row in (*sheet.rows, *(gone for _, gone in sheet.gone))]
    if [row for row in rows if renew(row)]:
        refuse_open(path)
        write_atomically(path, failed_workbook(sheets, book), digest(data), private=True)
