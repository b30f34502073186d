"""A world and its formulas as a workbook, and what LibreOffice makes of it.

Model: every table is a ListObject on a sheet of its own; the formulas stand to the right of the table ``facts``,
one column each, so that ``[#This Row]`` means the row's own cells. Cells that no file format stores as constants
(an error value, an empty text) are written as the formula that yields them. The cached value of every formula is
wrong on purpose: only a real recalculation can bring the right one.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from tests.formula.oracle.worlds import Error

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from tests.formula.oracle.worlds import Content, Table, World
    from tests.office import CellContent

HOME = "facts"
_WRONG = -98765.4321


def write_workbook(world: World, formulas: Sequence[str], path: Path) -> None:
    """Write the world's tables and names, with one column of cells for each (rendered) formula."""
    with xlsxwriter.Workbook(path, {"strings_to_numbers": False, "strings_to_formulas": False}) as book:
        formats = {"day": book.add_format({"num_format": "yyyy-mm-dd"})}
        formats["moment"] = book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for name, table in world.tables.items():
            _write_table(book.add_worksheet(name), name, table, formats)
        names = book.add_worksheet("names")
        for row, (name, content) in enumerate(world.names.items()):
            write_cell(names, row, 0, content, formats)
            book.define_name(name, f"=names!$A${row + 1}")
        names.write_formula(0, 1, "=TODAY()", None, _WRONG)
        home, first = book.get_worksheet_by_name(HOME), len(world.tables[HOME])
        for column, formula in enumerate(formulas, first):
            fill_column(home, column, formula, range(1, world.rows + 1))


def pick_results(
    world: World, formulas: Sequence[str], cells: Mapping[str, CellContent]
) -> list[list[CellContent]]:
    """Return LibreOffice's values of each formula's column, in the order of `formulas`."""
    first = len(world.tables[HOME])
    letters = [xl_col_to_name(first + index) for index in range(len(formulas))]
    return [[cells.get(f"{letter}{row}") for row in range(2, world.rows + 2)] for letter in letters]


def _write_table(sheet: object, name: str, table: Table, formats: Mapping[str, object]) -> None:
    rows = len(next(iter(table.values())))
    headers = [{"header": field} for field in table]
    sheet.add_table(0, 0, rows, len(table) - 1, {"name": name, "columns": headers, "autofilter": False})
    for column, cells in enumerate(table.values()):
        for row, content in enumerate(cells, 1):
            write_cell(sheet, row, column, content, formats)


def fill_column(sheet: object, column: int, formula: str, rows: Iterable[int]) -> None:
    """Write one formula into many rows of a column, each with a wrong value."""
    prepared = sheet._prepare_formula(
        formula
    )  # XlsxWriter's own checks, once for the column and not for each cell
    sheet._prepare_formula = lambda _: prepared
    for row in rows:
        sheet.write_formula(row, column, formula, None, _WRONG)
    del sheet._prepare_formula


def write_cell(sheet: object, row: int, column: int, content: Content, formats: Mapping[str, object]) -> None:
    if isinstance(content, Error):
        sheet.write_formula(row, column, f"={content}", None, str(content))
    elif content == "":
        sheet.write_formula(row, column, '=""', None, "")
    elif isinstance(content, bool):
        sheet.write_boolean(row, column, content)
    elif isinstance(content, dt.datetime):
        sheet.write_datetime(row, column, content, formats["moment"])
    elif isinstance(content, dt.date):
        sheet.write_datetime(row, column, content, formats["day"])
    elif isinstance(content, str):
        sheet.write_string(row, column, content)
    elif content is not None:
        sheet.write_number(row, column, content)
