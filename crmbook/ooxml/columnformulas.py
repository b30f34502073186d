"""The formulas of whole table columns, written anew: the text in every cell that computes, its cached value as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.ooxml.cells import RowMarkup, find_formula
from crmbook.ooxml.formulacheck import checked_formula
from crmbook.ooxml.formulapass import with_formula_text
from crmbook.ooxml.markup import prefixed
from crmbook.ooxml.refs import reference
from crmbook.ooxml.text import encode
from crmbook.ooxml.xml import Edit, escape, splice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crmbook.ooxml.cells import CellMarkup
    from crmbook.ooxml.package import Package


def set_column_formulas(package: Package, table_name: str, formulas: Mapping[str, str]) -> None:
    """Let table columns compute by these formulas: for new rows, in cells that hold a formula, and in blank ones.

    A cell that holds a value keeps it; so does a cell, its cached value until somebody computes it anew.

    Parameters
    ----------
    package
        The workbook.
    table_name
        Name of the table.
    formulas
        Formula text without ``=`` by header.

    Raises
    ------
    MissingError
        ``ooxml.missing-table``, ``ooxml.missing-column``.
    EditError
        ``ooxml.formula-too-long``, ``ooxml.signed``.
    """
    package.refuse_signed()
    wanted = {name: checked_formula(formula) or "" for name, formula in formulas.items()}
    for name, formula in wanted.items():
        package.set_calculated_column(table_name, name, formula)
    table = package.table(table_name)
    columns = {
        number: wanted[name] for number, name in enumerate(table.columns, table.area.left) if name in wanted
    }
    sheet = package.sheet(table.sheet)
    sheet.flush()
    first, last = table.area.top + table.header_rows, table.area.bottom - table.totals_rows
    part, prefix = sheet.info.part, sheet.prefix

    def rows() -> Iterator[bytes]:
        for number, raw in sheet.body.rows():
            if not first <= number <= last:
                yield raw
                continue
            row = RowMarkup.parse(raw, number, prefix, part)
            edits = list(_edits(row, number, columns))
            yield prefixed(splice(row.data, edits), prefix) if edits else raw

    sheet.replace_rows(rows())
    package.drop_calculation_chain()


def _edits(row: RowMarkup, number: int, columns: Mapping[int, str]) -> Iterator[Edit]:
    known = {cell.column: cell for cell in row.cells}
    for column, formula in columns.items():
        cell = known.get(column)
        if cell is None:
            if not row.is_empty_tag:
                at = next((one.start for one in row.cells if one.column > column), _end(row))
                yield Edit(at, at, _cell(number, column, None, formula))
            continue
        stored = row.data[cell.start : cell.end]
        found = find_formula(stored)
        if found is not None:
            yield Edit(cell.start, cell.end, with_formula_text(stored, found, formula, b""))
        elif cell.is_blank:
            yield Edit(cell.start, cell.end, _cell(number, column, cell, formula))


def _cell(row: int, column: int, cell: CellMarkup | None, formula: str) -> bytes:
    style = cell.style if cell else None
    tag = f'<c r="{reference(row, column)}"' + (f' s="{style}"' if style else "")
    return tag.encode() + b"><f>" + escape(encode(formula)) + b"</f></c>"


def _end(row: RowMarkup) -> int:
    return row.cells[-1].end if row.cells else row.inner
