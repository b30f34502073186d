"""A plain workbook: a sheet for each table, values only, no formulas, no hidden columns, nothing that syncs.

The rows are streamed into a skeleton, as those of a new workbook are.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Final

from crmbook.build import Writer, theme
from crmbook.ooxml import ColumnFill, Package, fill
from crmbook.read import EXPORT
from crmbook.schema import Align, Storage

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from crmbook.exchange.export.model import Export, Listing, OutColumn

_TITLE: Final = 31
_RESERVED: Final = "history"
"""The title that Excel keeps for a sheet of its own."""
_NARROWEST, _WIDEST = 8, 60


def as_xlsx(export: Export) -> bytes:
    """Return all tables as a workbook that says what it is."""
    return workbook_of(export.tables, EXPORT, json.dumps(export.about))


def workbook_of(listings: Sequence[Listing], name: str, about: str) -> bytes:
    """Return a workbook with a sheet for each listing; a property of this name says what it is."""
    writer = Writer(theme.FONT)
    titles = sheet_titles([listing.title for listing in listings])
    for number, (title, listing) in enumerate(zip(titles, listings, strict=True), 1):
        _write_skeleton(writer, title, f"crmbook_{number}", listing)
    writer.book.set_custom_property(name, about)
    package = Package.open(writer.close())
    for number, table in enumerate(listings, 1):
        columns = [ColumnFill(_values(one, table.frame[one.name])) for one in table.columns]
        fill(package, f"crmbook_{number}", columns, len(table.frame))
    return package.to_bytes()


def sheet_titles(titles: list[str]) -> list[str]:
    """Return titles as sheets may have them, each once."""
    found: list[str] = []
    for title in titles:
        bare = "".join("-" if sign in "[]:*?/\\" else sign for sign in title).strip("'")[:_TITLE] or "-"
        name, number = bare, 2
        while name.casefold() in {_RESERVED, *(one.casefold() for one in found)}:
            name, number = f"{bare[: _TITLE - 4]} {number}", number + 1
        found.append(name)
    return found


def _values(column: OutColumn, cells: pd.Series) -> Any:
    """Return the cells of a column; in one of mixed objects every kind of blank is None.

    A column without a type of its own has no format by which a day among other things would be seen as one: it is a text.
    """
    if cells.dtype != object:
        return cells
    items = cells.where(cells.notna(), None).tolist()
    return [str(one) if isinstance(one, dt.date) else one for one in items] if column.field is None else items


def _write_skeleton(writer: Writer, title: str, name: str, table: Listing) -> None:
    sheet = writer.sheet(title)
    head = writer.format(bold=True, bg_color=theme.ACCENT, font_color=theme.PAPER, text_wrap=True)
    columns = []
    for position, one in enumerate(table.columns):
        style = writer.format(**_look(one))
        sheet.set_column(position, position, _width(one), style)
        sheet.write_blank(1, position, None, style)
        columns.append({"header": one.title, "header_format": head})
    sheet.add_table(
        0, 0, 1, len(columns) - 1, {"name": name, "columns": columns, "style": "Table Style Light 1"}
    )
    sheet.freeze_panes(1, 0)


def _look(column: OutColumn) -> dict[str, object]:
    """Return how the cells of a column look: numbers as the schema shows them, texts as they are."""
    if column.field is None:
        return {} if column.storage is Storage.ANY else {"num_format": "@"}
    code = "@" if column.storage is Storage.TEXT else column.field.format
    align = column.field.traits.align
    return {"num_format": code, **({} if align is Align.LEFT else {"align": str(align)})}


def _width(column: OutColumn) -> float:
    width = column.field.width if column.field else 16
    return min(_WIDEST, max(_NARROWEST, width, 2 * len(column.title) + 3))
