"""What an import would do, row by row, before anything is done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from crmbook.base import Issue

RowAction = Literal["new", "update", "same", "duplicate", "doubtful", "skip"]
"""``duplicate``: the same as an earlier row of the source, whose blanks it fills; ``doubtful``: a person must say."""
Decision = Literal["new", "update", "skip"]
"""What a person says of a row."""
Decisions = Mapping[tuple[str, int], Decision]
"""What a person says of rows, by table and row of the source."""


class RowPlan(NamedTuple):
    """What becomes of one source row in one table.

    Attributes
    ----------
    row
        Row number in the source.
    row_id, key, name
        The row of the book that it is (or may be, where doubtful); of a duplicate in the source also `of_row`.
    matched_by
        Fields whose values say so: key, external id, phone …
    changes
        Field (or header of an own column) → (value there, value it becomes).
    """

    table: str
    row: int
    action: RowAction
    row_id: str = ""
    key: str = ""
    name: str = ""
    matched_by: tuple[str, ...] = ()
    of_row: int = 0
    changes: Mapping[str, tuple[Any, Any]] = MappingProxyType({})


@dataclass(frozen=True)
class ImportPlan:
    """What an import would do.

    Attributes
    ----------
    rows
        In the order of the source, the main table first.
    tables
        The frames that the book would hold.
    issues
        What is wrong with cells or rows; `Location.sheet` and `cell` name the source's location, `file` the source.
    failed
        Source row → header → the cell as it stood, of cells that could not be taken.
    based_on
        Revision of the head that it was worked out from.
    left, came
        What the note of the import says of its rows, see `crmbook.exchange.intake.note.ImportNote`.
    """

    rows: Sequence[RowPlan]
    tables: Mapping[str, pd.DataFrame]
    issues: Sequence[Issue] = ()
    failed: Mapping[int, Mapping[str, Any]] = field(default_factory=dict)
    counters: Mapping[str, int] = field(default_factory=dict)
    based_on: int = 0
    left: str = ""
    came: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def count(self, table: str, action: RowAction) -> int:
        """Return how many rows of a table have an action."""
        return sum(1 for one in self.rows if one.table == table and one.action == action)
