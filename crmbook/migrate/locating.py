"""Where the tables of the old schema are in a filled workbook, and which columns hold its fields.

The same three signs as ever identify a column: its header, the hidden name on its header cell, another title. But here it
is the old schema that is looked for, of which only the description is left.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from crmbook.read import target_of
from crmbook.schema import HEADER_ROW, column_name, folded
from crmbook.values import spell, tidy

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crmbook.base import Language
    from crmbook.migrate.plan import Described
    from crmbook.ooxml import Package, Table
    from crmbook.schema import TableLayout


@dataclass
class Spot:
    """A table of the old schema in a workbook; columns are counted from 1.

    Attributes
    ----------
    sheet, header_row
        Where its headers are.
    table_name
        Name of the ListObject, empty where it has lost it.
    headers
        Text of the header by column.
    columns
        Column by field of the old schema.
    """

    sheet: str
    header_row: int
    table_name: str = ""
    headers: dict[int, str] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)

    def shift(self, at: int) -> None:
        """Follow a column that is inserted at `at`."""
        self.headers = {number + (number >= at): text for number, text in self.headers.items()}
        self.columns = {name: number + (number >= at) for name, number in self.columns.items()}

    def column_with(self, header: str) -> int | None:
        """Return the first column with a header, None if there is none."""
        return next((number for number, text in self.headers.items() if folded(text) == folded(header)), None)

    def free_header(self, wanted: str) -> str:
        """Return a header like `wanted` that no column has."""
        taken = {folded(text) for text in self.headers.values()}
        names = [wanted, *(f"{wanted} {number}" for number in range(2, len(taken) + 3))]
        return next(name for name in names if folded(name) not in taken)


def locate(package: Package, old: Described, table: TableLayout, lang: Language) -> Spot | None:
    """Return where a table of the old schema is, None if the workbook does not have it.

    Titles were fitted before, so it is known by its new names, `table`, as well as by its old ones.
    """
    names = {folded(name) for name in (table.name, *old["object_names"].values())}
    found = next((one for one in package.tables if folded(one.display_name) in names), None)
    spot = _of_object(package, found) if found else _of_sheet(package, old, table)
    if spot is None:
        return None
    _find_columns(spot, old, lang, marks_of(package, old["name"], spot))
    return spot if spot.columns else None


def _of_object(package: Package, found: Table) -> Spot:
    area = found.area
    row = header_texts(package, found.sheet, area.top)
    right = area.right
    taken = [one.area for one in package.tables if one.sheet == found.sheet and one.part != found.part]
    while right + 1 in row and not any(one.left <= right + 1 <= one.right for one in taken):
        right += 1
    headers = {number: row.get(number, "") for number in range(area.left, right + 1)}
    return Spot(found.sheet, area.top, found.display_name, headers)


def _of_sheet(package: Package, old: Described, table: TableLayout) -> Spot | None:
    titles = {folded(title) for title in (table.sheet, *old["sheet_titles"].values())}
    if old["sheet"] != old["name"]:
        return None
    for sheet in package.sheets:
        if sheet.kind == "worksheet" and folded(sheet.name) in titles:
            return Spot(sheet.name, HEADER_ROW, "", header_texts(package, sheet.name, HEADER_ROW))
    return None


def header_texts(package: Package, sheet: str, row: int) -> dict[int, str]:
    """Return the texts of a row by column."""
    cells = package.sheet(sheet).cells(rows={row})
    return {cell.column: tidy(spell(cell.value)) for cell in cells if cell.value is not None}


def marks_of(package: Package, table: str, spot: Spot) -> dict[str, int]:
    """Return the columns by the hidden names on their header cells, in lower case."""
    prefix = column_name(table, "").lower()
    marks = {}
    for item in package.defined_names:
        target = target_of(item) if item.name.lower().startswith(prefix) else None
        if target and target[:2] == (spot.sheet, spot.header_row):
            marks[item.name.lower().removeprefix(prefix)] = target[2]
    return marks


def _find_columns(spot: Spot, old: Described, lang: Language, marks: Mapping[str, int]) -> None:
    fields = old["fields"]
    _take(spot, ((one["name"], spot.column_with(one["titles"].get(lang, ""))) for one in fields))
    _take(spot, ((one["name"], marks.get(one["name"])) for one in fields))
    for one in fields:
        words = (*one["titles"].values(), *one["aliases"])
        _take(spot, ((one["name"], spot.column_with(word)) for word in words if word))


def _take(spot: Spot, found: Iterable[tuple[str, int | None]]) -> None:
    for name, number in found:
        if number is not None and name not in spot.columns and number not in spot.columns.values():
            spot.columns[name] = number
