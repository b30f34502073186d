"""The sheets of any workbook, whoever made it and whatever its format: cells as they stand, no table looked for.

A workbook in the package format (xlsx, xlsm) is read as one of ours is, with what calamine hides of it; the others (xls,
xlsb, ods) have calamine alone, which says nothing of errors and hidden rows.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from crmbook.ooxml import MAX_COLUMN, MAX_ROW, Area, OoxmlError, Package
from crmbook.read.errors import ReadError
from crmbook.read.exact import MOST_ITEMS
from crmbook.read.grid import Grid
from crmbook.read.hidden import unreadable
from crmbook.read.values import Values

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from python_calamine import CalamineSheet

    from crmbook.base import Unreadable
    from crmbook.ooxml import Sheet
    from crmbook.read.hidden import Hidden

_HIDDEN: Final = re.compile(rb"^<[^>]*\shidden=[\"'](?:1|true)[\"']")


@dataclass(frozen=True, slots=True)
class SheetCells:
    """The cells of one sheet.

    Attributes
    ----------
    columns
        Cells of each column from the first on, all as high as the sheet; None where a cell is blank, or unreadable.
    merged
        Merged ranges: (top, left, bottom, right), 0-based and inclusive; None where the format does not tell.
    hidden_rows
        1-based.
    unreadable
        (row, column), 1-based → what stands there instead of a value.
    has_notes
        Whether people wrote notes on cells.
    """

    title: str
    columns: Sequence[list[Any]]
    is_hidden: bool = False
    merged: Sequence[tuple[int, int, int, int]] | None = None
    hidden_rows: frozenset[int] = frozenset()
    unreadable: Mapping[tuple[int, int], Unreadable] = field(default_factory=dict)
    has_notes: bool = False


def read_sheets(data: bytes, kind: Literal["xlsx", "xls", "xlsb", "ods"]) -> tuple[SheetCells, ...]:
    """Return the worksheets of a workbook, in order, hidden ones too.

    Raises
    ------
    ReadError
        ``ooxml.…``, ``read.unreadable``, ``read.far-cell`` or ``read.encrypted``.
    """
    try:
        return tuple(_of_package(data) if kind == "xlsx" else _of_calamine(data))
    except OoxmlError as error:
        raise ReadError(error.code, None, **error.params) from error
    except PasswordError as error:
        raise ReadError("read.encrypted") from error
    except (CalamineError, OSError, ValueError) as error:
        raise ReadError("read.unreadable", reason=str(error)) from error


def _of_package(data: bytes) -> Iterator[SheetCells]:
    package = Package.open(data)
    values = Values(package, data)
    for info in package.sheets:
        if info.kind != "worksheet":
            continue
        grid, sheet = values.grid(info.name), package.sheet(info.name)
        areas = sheet.merged(Area(1, 1, MAX_ROW, MAX_COLUMN))
        yield SheetCells(
            info.name,
            _laid_out(grid),
            is_hidden=info.state != "visible",
            merged=[(area.top - 1, area.left - 1, area.bottom - 1, area.right - 1) for area in areas],
            hidden_rows=_hidden_rows(sheet),
            unreadable=_unreadable(sheet, grid, values.hidden(info.name)),
            has_notes=any("comment" in item.kind.lower() for item in package.relationships(info.part).items),
        )


def _unreadable(sheet: Sheet, grid: Grid, hidden: Hidden) -> dict[tuple[int, int], Unreadable]:
    """Return what stands in place of values, formulas whose value is an empty element among it."""
    known = {(row, column + 1): it for column, rows in hidden.unreadable.items() for row, it in rows.items()}
    blank = {
        int(row)
        for column, rows in hidden.formulas.items()
        for row in rows
        if (row, column + 1) not in known and grid.value(int(row) - 1, column) is None
    }
    for cell in sheet.cells(rows=blank) if blank else ():
        found = unreadable(cell)
        if found:
            known[cell.row, cell.column] = found
    return known


def _hidden_rows(sheet: Sheet) -> frozenset[int]:
    return frozenset(number for number, raw in sheet.rows() if b"hidden=" in raw and _HIDDEN.match(raw))


def _of_calamine(data: bytes) -> Iterator[SheetCells]:
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
        for known in workbook.sheets_metadata:
            if known.typ is not SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_name(known.name)
            areas = sheet.merged_cell_ranges
            yield SheetCells(
                known.name,
                _laid_out(_grid(sheet)),
                is_hidden=known.visible is not SheetVisibleEnum.Visible,
                merged=None if areas is None else [(*first, *last) for first, last in areas],
            )


def _grid(sheet: CalamineSheet) -> Grid:
    if sheet.height * sheet.width > MOST_ITEMS:
        raise ReadError("read.far-cell", sheet=sheet.name, row=sheet.total_height, columns=sheet.total_width)
    return Grid.of_rows(sheet.to_python(skip_empty_area=True), sheet.start or (0, 0))


def _laid_out(grid: Grid) -> list[list[Any]]:
    return [grid.column(column, 0, grid.height).tolist() for column in range(grid.width)]
