"""The print area of a table, which ends with its fields: people's own columns, which are behind them, are printed too.

An area that a person set is theirs: only one that reaches from the first row down over whole columns, and ends where the
fields or the own columns end that were there before, is made wider. The column of issues then lies within it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crmbook.ooxml import letters

if TYPE_CHECKING:
    from crmbook.ooxml import Package
    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.schema import Book

NAME: Final = "_xlnm.Print_Area"
_WHOLE_COLUMNS: Final = re.compile(r"(.+!\$[A-Z]{1,3}(?:\$1)?:\$)([A-Z]{1,3})((?:\$1048576)?)")
"""As Excel writes an area of whole columns, and as LibreOffice does."""


def print_own_columns(book: Book, snapshot: Snapshot, package: Package) -> None:
    """Let the print area of every table that has its sheet to itself reach over people's own columns behind it."""
    areas = {one.sheet: one.formula for one in package.defined_names if one.name == NAME and one.sheet}
    for name, found in snapshot.tables.items():
        area = areas.get(found.sheet)
        if area and found.custom and book.sheet_of(name).page is None:
            wider = _widened(area, found)
            if wider:
                package.set_defined_name(NAME, wider, found.sheet)


def _widened(area: str, found: TableSnapshot) -> str | None:
    """Return an area that reaches to the last own column; None where it does, or where a person set it."""
    known = _WHOLE_COLUMNS.fullmatch(area)
    own = [column.index for column in found.custom.values()]
    last = max(column.index for column in found.columns.values())
    ends = {letters(index + 1) for index in (last, *own)}
    if known is None or known[2] not in ends or max(own) < last:
        return None
    wider = f"{known[1]}{letters(max(own) + 1)}{known[3]}"
    return wider if wider != area else None
