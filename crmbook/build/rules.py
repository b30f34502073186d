"""Conditional formats of one table: marks, missing values, manual values, highlights, bars.

Bars and icons show where a value lies on the field's own scale, not among the values of the column: 38 % fills 38 % of
its cell. Amounts and counts, which have no greatest value, are measured by the greatest of the column.

Order is priority: a mark that sync set outranks a missing value, which outranks the schema's own highlights.
Every rule covers its whole column below the header and speaks of the first data row; the office program
shifts it to each row by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from crmbook.build import theme

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.build.blueprint import Blueprint
    from crmbook.build.writer import Strict, Writer
    from crmbook.schema import Cell, Column, Field, Table, TableLayout

LAST_ROW: Final = 1_048_575  # zero-based


def write_rules(plan: Blueprint, sheet: Strict, table: Table) -> None:
    """Write all conditional formats of `table` into its sheet."""
    table_layout, writer = plan.layout.tables[table.name], plan.writer
    columns = [column.index for column in table_layout.columns.values()]
    if table_layout.issues is not None:
        marked = _formula(writer, _marked(table_layout, table_layout.issues), theme.MARK)
        _write(sheet, table_layout, columns[0], columns[-1], marked)
    for field in table.fields.values():
        column = table_layout.columns[field.name].index
        for options in _field_rules(plan, table, field):
            _write(sheet, table_layout, column, column, options)


def _field_rules(plan: Blueprint, table: Table, field: Field) -> Iterator[dict[str, Any]]:
    table_layout, writer = plan.layout.tables[table.name], plan.writer
    cell = f"${table_layout.columns[field.name].letter}{table_layout.first_row}"
    if table.managed and field.awaited:
        yield _formula(writer, _missing(table, table_layout, cell), theme.MISSING)
    if field.override and (table.name, field.name) in plan.live:
        yield _formula(writer, f'=AND({cell}<>"",NOT(_xlfn.ISFORMULA({cell})))', theme.MANUAL) | {
            "stop_if_true": False
        }
    for highlight in field.highlight:
        if not plan.extract.keeps(highlight.formula):
            continue
        when = highlight.formula.render_a1(plan.labels, table_layout.first_row)
        yield _formula(writer, when, theme.HIGHLIGHTS[highlight.style])
    if field.bars:
        yield _data_bar(field)
    if field.icons:
        yield {"type": "icon_set", "icon_style": field.icons} | _thresholds(field)


def cell_rules(plan: Blueprint, cell: Cell) -> Iterator[dict[str, Any]]:
    """Yield the conditional formats of a single cell of a page."""
    for highlight in cell.highlight:
        if plan.extract.keeps(highlight.formula):
            when = highlight.formula.render_a1(plan.labels, 1)
            yield _formula(plan.writer, when, theme.HIGHLIGHTS[highlight.style])


def _data_bar(field: Field) -> dict[str, Any]:
    _, high = field.scale
    bar = {
        "type": "data_bar",
        "bar_solid": True,
        "bar_color": theme.BAR_COLOUR,
        "min_type": "num",
        "min_value": 0,
    }
    return bar if high is None else bar | {"max_type": "num", "max_value": high}


def _thresholds(field: Field) -> dict[str, Any]:
    """Return from which value each icon but the lowest is shown: whole numbers of the scale shared out evenly."""
    (low, high), count = field.scale, int(str(field.icons)[0])
    if low is None or high is None:
        return {}
    starts = [low + (high - low + 1) * table_layout / count for table_layout in range(count - 1, 0, -1)]
    return {"icons": [{"criteria": ">=", "type": "number", "value": round(start, 4)} for start in starts]}


def _marked(table_layout: TableLayout, issues: Column) -> str:
    """Return the formula that says whether the row's issues name the header above the cell."""
    header = f"{table_layout.all_columns[0].letter}${table_layout.header_row}"
    return f'=ISNUMBER(SEARCH("【"&{header}&"】",${issues.letter}{table_layout.first_row}))'


def _missing(table: Table, table_layout: TableLayout, cell: str) -> str:
    """Return the formula that says whether a required cell is empty in a row where something else is typed."""
    typed = [table_layout.columns[field.name].letter for field in table.fields.values() if field.typed]
    row = table_layout.first_row
    return f'=AND({cell}="",COUNTA(${typed[0]}{row}:${typed[-1]}{row})>0)'


def _formula(writer: Writer, criteria: str, look: dict[str, Any]) -> dict[str, Any]:
    return {"type": "formula", "criteria": criteria, "format": writer.rule(**look), "stop_if_true": True}


def _write(sheet: Strict, table_layout: TableLayout, first: int, last: int, options: dict[str, Any]) -> None:
    bottom = LAST_ROW if table_layout.last_row is None else table_layout.last_row - 1
    sheet.conditional_format(table_layout.first_row - 1, first, bottom, last, options)
