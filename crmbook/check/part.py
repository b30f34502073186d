"""A workbook that shows a part of the customers: what may be named in it.

Whether a customer exists that such a workbook does not show, nothing in it may tell: neither a key that is taken, nor a
reference that is accepted. So a key that the workbook does not know already is refused, taken or free (sync gives new
rows theirs), and a reference to a customer who is not shown is refused as one to nobody is. What was typed stays as it
was typed, for whoever typed it to put right.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.base import Severity
from crmbook.values import ValueKind, to_series

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from crmbook.base import Issue
    from crmbook.check.checked import CellLocator, Checked
    from crmbook.schema import Field


@dataclass(frozen=True, slots=True)
class Part:
    """What a workbook that shows a part of the customers knows.

    Attributes
    ----------
    keys
        By table whose rows decide what is shown, the keys that are in the workbook by right.
    held
        State frames of what it showed: nobody typed a reference that was there already.
    """

    keys: Mapping[str, frozenset[str]]
    held: Mapping[str, pd.DataFrame]

    def judges(self, target: Field) -> bool:
        """Return whether a reference must mean a row that the workbook shows."""
        return target.to in self.keys

    def stood(self, cells: CellLocator, target: Field, row: int, key: str) -> bool:
        """Return whether a reference was in its cell before, by the row's hidden id."""
        frame = self.held.get(cells.table.name)
        row_id = cells.snapshot.row_ids.get(row)
        if frame is None or row_id is None or target.name not in frame.columns or row_id not in frame.index:
            return False
        return bool(frame.loc[row_id, target.name] == key)

    def refuse_keys(self, checked: Checked, cells: CellLocator) -> Iterator[Issue]:
        """Refuse the keys that the workbook cannot know, in `checked` itself; yield an issue about each."""
        table = cells.table
        if table.name not in self.keys or table.key not in cells.snapshot.columns:
            return
        frame = checked.frames[table.name]
        column = frame[table.key]
        typed = dict(column.dropna().items())
        strange = [int(str(row)) for row, key in typed.items() if key not in self.keys[table.name]]
        for row in strange:
            checked.refuse(table.name, table.key, row)
            yield cells.issue("check.key-in-part", table.key_field, row, {}, Severity.ERROR)
        if strange:
            left = [None if row in strange else typed.get(row) for row in column.index.tolist()]
            frame[table.key] = to_series(ValueKind(table.key_field.type), left, column.index)
