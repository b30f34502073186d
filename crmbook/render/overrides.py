"""Values typed over formulas that may be typed over: each is listed, so that none is forgotten there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import Override, plain
from crmbook.values import spell

if TYPE_CHECKING:
    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.schema import Book, Computed


def find_overrides(book: Book, snapshot: Snapshot, computed: Computed) -> list[Override]:
    """Return the values that replace a formula's, by table, row and column.

    Parameters
    ----------
    computed
        The workbook's tables, by row numbers of its sheets.
    """
    found: list[Override] = []
    for name, table in book.tables.items():
        here = snapshot.tables.get(name)
        if here is None:
            continue
        columns = {
            label: computed.manual.get((name, label)) for label in table.fields if label in here.columns
        }
        cells = [
            (row, label)
            for label, manual in columns.items()
            if manual is not None
            for row in manual.index[manual.to_numpy(dtype=bool)].tolist()
        ]
        found += (_override(here, table.key, row, label, computed) for row, label in sorted(cells, key=_row))
    return found


def _override(here: TableSnapshot, key: str, row: int, label: str, computed: Computed) -> Override:
    frame = computed.frames[here.name]
    return Override(
        sheet=here.sheet,
        cell=here.cell(label, row).cell,
        table=here.name,
        row_key=spell(plain(frame[key].loc[row])),
        field_name=label,
        header=here.columns[label].header,
        value=plain(frame[label].loc[row]),
        computed=plain(computed.replaced[here.name, label].loc[row]),
    )


def _row(cell: tuple[int, str]) -> int:
    return cell[0]
