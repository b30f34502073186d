"""Every formula of a book on random rows: our values against LibreOffice's.

Model: each table stands as a ListObject on a sheet of its own, computed columns as live formulas except where a
value was typed over one; checks, highlights and the other conditions of a table stand as further columns beside
it; the single cells of the pages stand on one sheet under their defined names. LibreOffice recalculates the whole
chain from the inputs, and so do we.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from crmbook.formula import Formula, Frames
from crmbook.recompute import recompute, seed_frame
from crmbook.schema import Layout
from tests import office
from tests.formula.oracle.bridge import build_frame, plain
from tests.formula.oracle.rows import RowMaker
from tests.formula.oracle.sheet import write_cell
from tests.formula.oracle.verdict import Cell

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from crmbook.recompute import Computed
    from crmbook.schema import Book
    from tests.formula.oracle.worlds import Table
    from tests.office import CellContent

_WRONG = -98765.4321
_CELLS = "cells"
_TYPED = ("bands", "parameters")


@dataclass(frozen=True)
class Trial:
    """A book with random rows and what both sides make of it."""

    book: Book
    tables: Mapping[str, Table]
    computed: Computed
    path: Path


def prepare(book: Book, as_of: dt.date, seed: int, count: int, path: Path, *, errors: bool = False) -> Trial:
    """Make the rows, compute them and write the workbook; the rules of the book keep their own rows."""
    maker = RowMaker(book, as_of, seed, errors=errors)
    tables = {
        name: _own_rows(book, name) if name in _TYPED else maker.make_table(name, count)
        for name in book.tables
    }
    frames = {name: _frame(book, name, table) for name, table in tables.items()}
    trial = Trial(book, tables, recompute(book, frames, as_of), path)
    _write(trial, as_of)
    return trial


def iter_cells(trial: Trial, copy: Path) -> Iterator[Cell]:
    """Yield every computed cell with our value and LibreOffice's."""
    values, settled = office.read_values(copy), _settled(trial)
    for name in trial.tables:
        yield from _fields(trial, name, values[name])
        yield from _beside(trial, name, values[name], settled)
    for row, (label, formula) in enumerate(_single_cells(trial.book), 1):
        our = plain(formula.evaluate(settled, trial.computed.cells).iloc[0])
        yield Cell(label, label, {}, our, values[_CELLS].get(f"B{row}"), "", None)


def _fields(trial: Trial, name: str, cells: Mapping[str, CellContent]) -> Iterator[Cell]:
    """Yield a table's computed columns, without the rows in which a value was typed over the formula."""
    inputs, table = _inputs(trial, name), trial.tables[name]
    for column, field in enumerate(trial.book.tables[name].fields.values()):
        if field.formula is not None:
            live = [content is None for content in table[field.name]]
            ours = trial.computed.results[name, field.name]
            label = f"{name}.{field.name}"
            yield from _column(cells, column, label, field.formula, ours, inputs, live)


def _beside(trial: Trial, name: str, cells: Mapping[str, CellContent], settled: Frames) -> Iterator[Cell]:
    """Yield a table's conditions; a date that is due only where the reminder's condition holds."""
    inputs, first = _inputs(trial, name), len(trial.tables[name])
    for offset, (label, formula, when) in enumerate(_conditions(trial.book, name)):
        ours = formula.evaluate(settled, trial.computed.cells)
        wanted = [True] * len(ours)
        if when is not None:
            wanted = [value is True for value in when.evaluate(settled, trial.computed.cells)]
        yield from _column(cells, first + offset, label, formula, ours, inputs, wanted)


def _frame(book: Book, name: str, table: Table) -> pd.DataFrame:
    """Return the frame of a table: inputs as they are, what was typed over a formula in the field's own type."""
    typed, loose = build_frame(table, typed=True), build_frame(table, typed=False)
    manual = [field.name for field in book.tables[name].fields.values() if field.override]
    return loose.assign(**{field: typed[field] for field in manual})


def _own_rows(book: Book, name: str) -> Table:
    frame = seed_frame(book, name)
    return {
        field: [None if pd.isna(item) else item for item in frame[field]]
        for field in book.tables[name].fields
    }


def _inputs(trial: Trial, name: str) -> list[dict[str, object]]:
    frame = trial.computed.frames[name]
    return [dict(zip(frame.columns, row, strict=True)) for row in frame.itertuples(index=False, name=None)]


def _settled(trial: Trial) -> Frames:
    """Return the tables as their cells show them: computed columns hold results, not canonical values."""
    frames = Frames(trial.computed.frames)
    for (table, field), result in trial.computed.results.items():
        if table:
            frames.put(table, field, result)
    return frames


def _column(
    cells: Mapping[str, CellContent],
    column: int,
    label: str,
    formula: Formula,
    ours: pd.Series,
    inputs: Sequence[Mapping[str, object]],
    wanted: Sequence[bool],
) -> Iterator[Cell]:
    letter = xl_col_to_name(column)
    text = " ".join(sorted(f"[@{name}]" for table, name in formula.references if table == formula.table))
    for row, our in enumerate(ours):
        if wanted[row]:
            yield Cell(label, text, inputs[row], plain(our), cells.get(f"{letter}{row + 2}"), "", None)


def _conditions(book: Book, name: str) -> list[tuple[str, Formula, Formula | None]]:
    """Return the formulas of a table that fill no field, each with the condition under which it is asked."""
    table = book.tables[name]
    found: list[tuple[str, Formula, Formula | None]] = []
    found += [(f"{name}: check {check.id}", check.formula, None) for check in table.checks]
    found += [(f"{name}: advance to {rule.to}", rule.formula, None) for rule in table.advance]
    for reminder in table.reminders:
        found.append((f"{name}: reminder {reminder.id}", reminder.formula, None))
        if isinstance(reminder.due, Formula):
            found.append((f"{name}: due {reminder.id}", reminder.due, reminder.formula))
    for field in table.fields.values():
        found += [(f"{name}.{field.name}: highlight", item.formula, None) for item in field.highlight]
        for label, formula in (("required", field.required_when), ("default", field.default)):
            if isinstance(formula, Formula):
                found.append((f"{name}.{field.name}: {label}", formula, None))
    return found


def _single_cells(book: Book) -> list[tuple[str, Formula]]:
    found = [(f"cell {name}", cell.formula) for name, cell in book.cells.items() if cell.formula is not None]
    return found + [
        (f"advice {item.id}", item.formula) for page in book.pages.values() for item in page.advice
    ]


def _write(trial: Trial, as_of: dt.date) -> None:
    book, layout = trial.book, Layout(trial.book)
    labels = layout.labels()
    with xlsxwriter.Workbook(
        trial.path, {"strings_to_numbers": False, "strings_to_formulas": False}
    ) as target:
        formats = {"day": target.add_format({"num_format": "yyyy-mm-dd"})}
        formats["moment"] = target.add_format({"num_format": "yyyy-mm-dd hh:mm"})
        for name, table in trial.tables.items():
            sheet, placed = target.add_worksheet(name), layout.tables[name]
            headers = [{"header": field.title} for field in book.tables[name].fields.values()]
            rows = len(next(iter(table.values())))
            options = {"name": placed.name, "columns": headers, "autofilter": False}
            sheet.add_table(0, 0, rows, len(table) - 1, options)
            for column, field in enumerate(book.tables[name].fields.values()):
                text = field.formula.render(labels) if field.formula else None
                for row, content in enumerate(table[field.name], 1):
                    if text and content is None:
                        sheet.write_formula(row, column, text, None, _WRONG)
                    else:
                        write_cell(sheet, row, column, content, formats)
            for offset, (_, formula, _) in enumerate(_conditions(book, name), len(table)):
                text = formula.render(labels)
                for row in range(1, rows + 1):
                    sheet.write_formula(row, offset, text, None, _WRONG)
        _write_cells(target, trial, layout, formats, as_of)


def _write_cells(
    target: xlsxwriter.Workbook, trial: Trial, layout: Layout, formats: Mapping[str, object], as_of: dt.date
) -> None:
    """Write the single cells: computed ones in column B, typed ones in column D."""
    book, labels = trial.book, layout.labels()
    sheet = target.add_worksheet(_CELLS)
    for row, (label, formula) in enumerate(_single_cells(book)):
        sheet.write_formula(row, 1, formula.render(labels), None, _WRONG)
        if label.startswith("cell "):
            target.define_name(layout.names[label.removeprefix("cell ")], f"={_CELLS}!$B${row + 1}")
    typed = [name for name, cell in book.cells.items() if cell.formula is None]
    for row, name in enumerate(typed):
        content = as_of if name == "as_of" else trial.computed.cells.get(name)
        write_cell(sheet, row, 3, content, formats)
        target.define_name(layout.names[name], f"={_CELLS}!$D${row + 1}")
