"""A value that somebody typed over a formula which may be typed over: it wins for its row until the cell is emptied."""

from __future__ import annotations

import datetime as dt
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

Plain = str | float | bool | None
"""A value as JSON keeps it; a day as ISO text."""


@dataclass(frozen=True, slots=True)
class Override:
    """One such value, and where it is.

    Attributes
    ----------
    sheet, cell
        The location, such as ``客户忠诚度分析`` and ``C2``.
    table, row_key, field_name
        Machine names of the location, and the key of the row as people see it.
    header
        Header of the column as it is there.
    value, computed
        What was typed, and what the formula would give there; None for a blank.
    """

    sheet: str
    cell: str
    table: str
    row_key: str
    field_name: str
    header: str
    value: Plain
    computed: Plain

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON data, from which `from_json` makes it again."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Override:
        """Return what `to_json` wrote down."""
        return cls(**data)


def plain(value: object) -> Plain:
    """Return a cell's value as JSON keeps it: a day as ISO text, a blank of any kind as None."""
    if value is None or value != value:  # noqa: PLR0124 - NaN, or a day that is none
        return None
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return int(value) if float(value).is_integer() else float(value)
    return str(value)
