"""From damage to a plan: the words that people know it by, and an id that stands for exactly this."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Final

from crmbook.ingest.guard.damage import Inspection
from crmbook.ingest.guard.plan import Finding, Plan
from crmbook.merge import Aligned, plain
from crmbook.schema import LISTS, layout_of
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from crmbook.ingest.guard.damage import Damage
    from crmbook.read import Snapshot
    from crmbook.schema import Book

    Tables = Mapping[str, pd.DataFrame]

_SAMPLE: Final = 5
_ID_DIGITS: Final = 12


def judge(book: Book, image: Tables, file: Tables, snapshot: Snapshot, written: Tables) -> Plan | None:
    """Return what a person has to confirm before the file may be merged.

    Parameters
    ----------
    image, file
        State frames: what was last taken from this workbook, and what it holds now.
    snapshot
        The workbook as read: which sheets, lists and columns it still has.
    written
        Values of overridable fields as they were last written; a cell in which the formula showed nothing was not
        turned into a constant, it was filled.

    Returns
    -------
    Plan or None
        None where nothing looks like an accident.
    """
    found = list(Inspection(book, image, file, snapshot, written).iter_damage())
    if not found:
        return None
    return Plan(_identify(found), tuple(_finding(book, image, damage) for damage in found))


def _identify(found: Iterable[Damage]) -> str:
    """Return the hash of all findings and cells; it does not depend on what else is in the workbook."""
    parts = [
        [damage.code, damage.table, damage.label, damage.rows, damage.old, damage.new] for damage in found
    ]
    text = json.dumps(parts, default=repr, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_ID_DIGITS]


def _finding(book: Book, image: Tables, damage: Damage) -> Finding:
    rows = damage.rows[:_SAMPLE]
    return Finding(
        code=damage.code,
        table=damage.table,
        label=damage.label,
        count=len(damage.rows) or damage.of,
        of=damage.of,
        rows=rows,
        sheet=layout_of(book).dictionary if damage.table == LISTS else book.sheet_of(damage.table).title,
        field=_title(book, damage),
        keys=_keys(book, image, damage.table, rows),
    )


def _title(book: Book, damage: Damage) -> str:
    if damage.table == LISTS:
        return book.lists[damage.label].title if damage.label in book.lists else damage.label
    return book.tables[damage.table].header(damage.label)


def _keys(book: Book, image: Tables, table: str, rows: Sequence[str]) -> tuple[str, ...]:
    """Return what people know rows by: the text of a list's entry, the key of a row, its id where that is blank."""
    label = "text" if table == LISTS else book.tables[table].key
    index = image[table].index[image[table].index.isin(rows)]
    keys = dict(zip(index, plain(Aligned(image[table], index).cells(label)), strict=True))
    return tuple(spell(keys[row]) or row for row in rows)
