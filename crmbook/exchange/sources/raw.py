"""One sheet as it is in its file, whatever the file: columns of cells, before anybody looked for a list in it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmbook.base import Unreadable


@dataclass(frozen=True, slots=True)
class RawSheet:
    """The cells of one sheet.

    Attributes
    ----------
    columns
        Cells of each column from the first on, all of one height: str (empty for a blank of a text file), float, int,
        bool, date, datetime, time, timedelta, None.
    names
        Headers of the columns where they are not in the sheet; "" for a column without one.
    first
        Then, the row of the first record, 0-based; what is above are titles.
    merged
        Ranges of merged cells: (top, left, bottom, right), 0-based and inclusive.
    hidden_rows
        Rows that are not shown, 1-based.
    unreadable
        (row, column), both 1-based → what is there instead of a value.
    is_text
        Whether the file is text, whose rows may be of several lengths.
    has_notes
        Whether people wrote notes on cells.
    units
        By column, 0-based, and row, 1-based, what the format of a number shows beside it.
    """

    title: str
    columns: Sequence[list[Any]]
    names: Sequence[str] | None = None
    first: int = 0
    merged: Sequence[tuple[int, int, int, int]] = ()
    hidden_rows: frozenset[int] = frozenset()
    unreadable: Mapping[tuple[int, int], Unreadable] = field(default_factory=dict)
    is_hidden: bool = False
    is_text: bool = False
    has_notes: bool = False
    units: Mapping[int, Mapping[int, str]] = field(default_factory=dict)

    @property
    def height(self) -> int:
        """Number of rows."""
        return len(self.columns[0]) if self.columns else 0

    def row(self, index: int) -> list[Any]:
        """Return the cells of a row, 0-based."""
        return [column[index] for column in self.columns]
