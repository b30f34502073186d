"""批量操作: what became of each line is written beside it, and both dropdowns offer what the book has today."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmbook.base import Change, ChangeKind
from crmbook.build import BULK, bulk_offers
from crmbook.read import is_same
from crmbook.render.marks import iter_lines

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from crmbook.base import Issue
    from crmbook.ooxml import Package
    from crmbook.read import Snapshot
    from crmbook.schema import Book


@dataclass(frozen=True, slots=True)
class BulkAnswer:
    """What is to be beside a line.

    Attributes
    ----------
    outcome
        What became of it, in words.
    is_done
        Whether what was chosen in 执行 is carried out, so that the cell is emptied.
    plan
        The plan about which is asked.
    revision
        The one that it made, and that may be taken back; 0 for none.
    """

    outcome: str
    is_done: bool
    plan: str = ""
    revision: int = 0


@dataclass(frozen=True)
class BulkPage:
    """What is to be written, by row of the sheet; and what is wrong, for the report."""

    answers: Mapping[int, BulkAnswer] = field(default_factory=dict)
    issues: Sequence[Issue] = ()


def iter_bulk(
    book: Book, snapshot: Snapshot, package: Package, page: BulkPage, tables: Mapping[str, pd.DataFrame]
) -> Iterator[Change]:
    """Yield the changes of the page."""
    found = snapshot.tables.get(BULK)
    if found is None:
        return
    for name, texts in bulk_offers(book, tables).items():
        offered = snapshot.tables.get(name)
        if offered is not None:
            key = book.tables[name].key
            yield from iter_lines(offered, package, [{key: (text, None)} for text in texts])
    for row, answer in page.answers.items():
        cells = {
            "outcome": answer.outcome,
            "plan": answer.plan or None,
            "revision": answer.revision or None,
            **({"decision": None} if answer.is_done else {}),
        }
        for name, value in cells.items():
            old = found.raw(name, row)
            if name in found.columns and not is_same(old, value):
                yield Change(found.sheet, found.cell(name, row).cell, value, ChangeKind.MARKED, old=old)
