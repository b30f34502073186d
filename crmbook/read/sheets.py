"""The sheets of any workbook, whoever made it and whatever its format: cells as they stand, no table looked for.

A workbook in the package format (xlsx, xlsm) is read as one of ours is, with what calamine hides of it; the others have
calamine for their values. Their errors and hidden rows, of which it says nothing, are looked up in the file itself.
"""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from crmbook.ooxml import MAX_COLUMN, MAX_ROW, Area, OoxmlError, Package, number, refuse_bomb
from crmbook.read import biff, opendocument
from crmbook.read.biff import SheetDetails, details_of_xls
from crmbook.read.errors import ReadError
from crmbook.read.exact import MOST_ITEMS, is_sparse
from crmbook.read.grid import Grid, is_filled
from crmbook.read.hidden import unreadable
from crmbook.read.opendocument import details_of_ods
from crmbook.read.values import Values
from crmbook.read.xlsb import details_of_xlsb

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from python_calamine import CalamineSheet

    from crmbook.base import Unreadable
    from crmbook.ooxml import Sheet
    from crmbook.read.hidden import Hidden

WorkbookKind = Literal["xlsx", "xls", "xlsb", "ods"]
_PANIC: Final = "PanicException"
"""What calamine raises when it meets what it did not think of; no `Exception`, and not to be imported."""
_HIDDEN: Final = re.compile(rb"^<[^>]*\shidden=[\"'](?:1|true)[\"']")


@dataclass(frozen=True, slots=True)
class SheetCells:
    """The cells of one sheet.

    Attributes
    ----------
    columns
        Cells of each column from the first on, all as high as the sheet; None where a cell is blank, or unreadable.
    merged
        Merged ranges: (top, left, bottom, right), 0-based and inclusive; of an .xlsb none is known.
    hidden_rows
        1-based.
    unreadable
        (row, column), 1-based → what is there instead of a value.
    has_notes
        Whether people wrote notes on cells.
    units
        By column, 0-based, and row, 1-based, what the format of a number shows beside it; not known of an .xls or .xlsb.
    """

    title: str
    columns: Sequence[list[Any]]
    is_hidden: bool = False
    merged: Sequence[tuple[int, int, int, int]] = ()
    hidden_rows: frozenset[int] = frozenset()
    unreadable: Mapping[tuple[int, int], Unreadable] = field(default_factory=dict)
    has_notes: bool = False
    units: Mapping[int, Mapping[int, str]] = field(default_factory=dict)


def read_sheets(data: bytes, kind: WorkbookKind) -> tuple[SheetCells, ...]:
    """Return the worksheets of a workbook, in order, hidden ones too.

    Raises
    ------
    ReadError
        ``ooxml.…``, ``read.unreadable``, ``read.far-cell`` or ``read.encrypted``.
    """
    try:
        return tuple(_of_package(data) if kind == "xlsx" else _of_calamine(data, kind))
    except OoxmlError as error:
        raise ReadError(error.code, None, **error.params) from error
    except PasswordError as error:
        raise ReadError("read.encrypted") from error
    except (CalamineError, OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ReadError("read.unreadable", reason=str(error)) from error
    except BaseException as error:
        if type(error).__name__ == _PANIC:
            raise ReadError("read.unreadable", reason=str(error)) from error
        raise


def _of_package(data: bytes) -> Iterator[SheetCells]:
    package = Package.open(data)
    values = Values(package, data)
    for info in package.sheets:
        if info.kind != "worksheet":
            continue
        grid, sheet = values.grid(info.name), package.sheet(info.name)
        areas = sheet.merged(Area(1, 1, MAX_ROW, MAX_COLUMN))
        errors = _unreadable(sheet, grid, values.hidden(info.name))
        columns = _laid_out(info.name, grid, errors)
        units = _units(columns, sheet, package.styles.units)
        _pad(columns, sheet, package.styles.padded)
        yield SheetCells(
            info.name,
            columns,
            is_hidden=info.state != "visible",
            merged=[(area.top - 1, area.left - 1, area.bottom - 1, area.right - 1) for area in areas],
            hidden_rows=_hidden_rows(sheet),
            unreadable=errors,
            has_notes=any("comment" in item.kind.lower() for item in package.relationships(info.part).items),
            units=units,
        )


def _unreadable(sheet: Sheet, grid: Grid, hidden: Hidden) -> dict[tuple[int, int], Unreadable]:
    """Return what is in place of values, formulas whose value is an empty element among it."""
    known = {(row, column + 1): it for column, rows in hidden.unreadable.items() for row, it in rows.items()}
    blank = {
        row
        for column, rows in hidden.formulas.items()
        for row in rows.tolist()
        if (row, column + 1) not in known and grid.value(row - 1, column) is None
    }
    for cell in sheet.cells(rows=blank) if blank else ():
        found = unreadable(cell)
        if found:
            known[cell.row, cell.column] = found
    return known


def _units(columns: Sequence[list[Any]], sheet: Sheet, shown: Mapping[int, str]) -> dict[int, dict[int, str]]:
    """Return what is shown beside numbers: 0-based column → row → ``$``."""
    found: dict[int, dict[int, str]] = {}
    for row, letters, style in _styled(sheet, shown):
        at = number(letters) - 1
        value = columns[at][row - 1] if at < len(columns) and row <= len(columns[at]) else None
        if value.__class__ in {int, float}:
            found.setdefault(at, {})[row] = shown[style]
    return found


def _styled(sheet: Sheet, styles: Collection[int]) -> Iterator[tuple[int, str, int]]:
    """Yield the cells of some formats: the row, the letters of the column, the format."""
    if not styles:
        return
    pattern = re.compile(rb'\sr="([A-Z]+)[0-9]+" s="(' + b"|".join(b"%d" % one for one in styles) + rb')"')
    for row, raw in sheet.rows():
        for letters, style in pattern.findall(raw):
            yield row, letters.decode(), int(style)


def _pad(columns: Sequence[list[Any]], sheet: Sheet, digits: Mapping[int, int]) -> None:
    """Put the text that people see in place of a number shown with leading zeros: such a number is a code."""
    for row, letters, style in _styled(sheet, digits):
        at = number(letters) - 1
        value = columns[at][row - 1] if at < len(columns) and row <= len(columns[at]) else None
        if isinstance(value, float) and value.is_integer():
            columns[at][row - 1] = f"{int(value):0{digits[style]}}"


def _hidden_rows(sheet: Sheet) -> frozenset[int]:
    return frozenset(number for number, raw in sheet.rows() if b"hidden=" in raw and _HIDDEN.match(raw))


def _of_calamine(data: bytes, kind: WorkbookKind) -> Iterator[SheetCells]:
    if kind != "xls":
        refuse_bomb(data)
    if _is_locked(data, kind):
        raise ReadError("read.encrypted")
    in_order = details_of_xls(data) if kind == "xls" else []
    by_title = details_of_ods(data) if kind == "ods" else details_of_xlsb(data) if kind == "xlsb" else {}
    with CalamineWorkbook.from_filelike(io.BytesIO(data)) as workbook:
        for at, known in enumerate(workbook.sheets_metadata):
            if known.typ is not SheetTypeEnum.WorkSheet:
                continue
            sheet = workbook.get_sheet_by_name(known.name)
            details = by_title.get(known.name) or (in_order[at] if at < len(in_order) else SheetDetails())
            yield SheetCells(
                known.name,
                _laid_out(known.name, _grid(sheet), details.errors),
                is_hidden=known.visible is not SheetVisibleEnum.Visible,
                merged=details.merged if kind == "ods" else _merged(sheet),
                hidden_rows=frozenset(details.hidden_rows),
                unreadable=details.errors,
                units=details.currencies,
            )


def _merged(sheet: CalamineSheet) -> list[tuple[int, int, int, int]]:
    return [(*first, *last) for first, last in sheet.merged_cell_ranges or ()]


def _is_locked(data: bytes, kind: WorkbookKind) -> bool:
    """Return whether a workbook is protected by a password, of which calamine says that it is none."""
    return biff.is_locked(data) if kind == "xls" else kind == "ods" and opendocument.is_locked(data)


def _grid(sheet: CalamineSheet) -> Grid:
    if sheet.height * sheet.width > MOST_ITEMS:
        raise ReadError("read.far-cell", sheet=sheet.name, row=sheet.total_height, columns=sheet.total_width)
    return Grid.of_rows(sheet.to_python(skip_empty_area=True), sheet.start or (0, 0))


def _laid_out(title: str, grid: Grid, unreadable: Collection[tuple[int, int]]) -> list[list[Any]]:
    """Return all columns of a sheet, down to its last cell that holds anything.

    Raises
    ------
    ReadError
        ``read.far-cell``.
    """
    height = max((row for row, _ in unreadable), default=0)
    width = max((column for _, column in unreadable), default=0)
    height, width = max(height, grid.height), max(width, grid.width)
    cells = sum(int(is_filled(items).sum()) for _, items in grid.iter_columns()) + len(unreadable)
    if height * width > MOST_ITEMS or is_sparse(height * width, cells):
        raise ReadError("read.far-cell", sheet=title, row=height, columns=width)
    return [grid.column(column, 0, height).tolist() for column in range(width)]
