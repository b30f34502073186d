"""Every formula of a book on random rows: our values against LibreOffice's.

Model: each table stands as a ListObject on a sheet of its own, computed columns as live formulas except where a
value was typed over one (or the formula is `known` from another book: then the computed values); checks, highlights and the other conditions of a table stand as further columns beside
it; the single cells of the pages stand on one sheet under their defined names. LibreOffice recalculates the whole
chain from the inputs, and so do we.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from crmbook.formula import Formula, Frames, Labels
from crmbook.schema import Field, Layout
from crmbook.schema.recompute import recompute, seed_frame
from tests import office
from tests.formula.oracle.bridge import build_frame, plain
from tests.formula.oracle.rows import RowMaker
from tests.formula.oracle.sheet import fill_column, write_cell
from tests.formula.oracle.verdict import Cell
from tests.formula.oracle.worlds import Error

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from crmbook.formula.nodes import Node
    from crmbook.schema import Book
    from crmbook.schema.recompute import Computed
    from tests.formula.oracle.worlds import Content, Table
    from tests.office import CellContent

    Question = tuple[str, Node]

_WRONG = -98765.4321
_CELLS = "cells"
_TYPED = ("bands", "parameters")


@dataclass(frozen=True)
class Trial:
    """A book with random rows and what both sides make of it; `known` formulas are taken as read."""

    book: Book
    tables: Mapping[str, Table]
    computed: Computed
    path: Path
    known: frozenset[Question]

    def asks(self, label: str, formula: Formula | None) -> bool:
        """Return whether LibreOffice is asked about a formula: not about one that calls a function it lacks."""
        if formula is None or formula.call_of_ours is not None:
            return False
        return (label, formula.node) not in self.known


def questions(book: Book) -> frozenset[Question]:
    """Return every formula of a book under its label; none that calls a function which LibreOffice lacks."""
    fields = [field for table in book.tables.values() for field in table.fields.values()]
    found = [(_label(field), field.formula) for field in fields if field.formula]
    found += [(label, formula) for name in book.tables for label, formula, _ in _conditions(book, name)]
    return frozenset(
        (label, formula.node)
        for label, formula in [*found, *_single_cells(book)]
        if formula.call_of_ours is None
    )


def prepare(
    book: Book,
    as_of: dt.date,
    seed: int,
    path: Path,
    *,
    count: int,
    errors: bool = False,
    known: frozenset[Question] = frozenset(),
) -> Trial:
    """Make the rows, compute them and write the workbook; the rules of the book keep their own rows.

    Tables about which nothing is asked get a fifth of the rows.
    """
    maker = RowMaker(book, as_of, seed, errors=errors)
    asked = {label.partition(".")[0].partition(":")[0] for label, _ in questions(book) - known}
    tables = {name: maker.make_table(name, count if name in asked else count // 5) for name in book.tables}
    tables |= {name: _own_rows(book, name, tables[name]) for name in _TYPED}
    frames = {name: _frame(book, name, table) for name, table in tables.items()}
    trial = Trial(book, tables, recompute(book, frames, as_of), path, known)
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
        if trial.asks(label, formula):
            yield Cell(label, label, {}, our, values[_CELLS].get(f"B{row}"), "", None)


def _fields(trial: Trial, name: str, cells: Mapping[str, CellContent]) -> Iterator[Cell]:
    """Yield a table's computed columns, without the rows in which a value was typed over the formula."""
    inputs, table = _inputs(trial, name), trial.tables[name]
    for column, field in enumerate(trial.book.tables[name].fields.values()):
        if trial.asks(_label(field), field.formula):
            live = [content is None for content in table[field.name]]
            ours = trial.computed.results[name, field.name]
            yield from _column(cells, column, _label(field), field.formula, ours, inputs, live)


def _beside(trial: Trial, name: str, cells: Mapping[str, CellContent], settled: Frames) -> Iterator[Cell]:
    """Yield a table's conditions; the day on which something is due only where the row holds all it needs."""
    inputs, first = _inputs(trial, name), len(trial.tables[name])
    for offset, (label, formula, needs) in enumerate(_conditions(trial.book, name)):
        if not trial.asks(label, formula):
            continue
        ours = formula.evaluate(settled, trial.computed.cells)
        wanted = [all(isinstance(row[field], dt.date) for field in needs) for row in inputs]
        yield from _column(cells, first + offset, label, formula, ours, inputs, wanted)


def _frame(book: Book, name: str, table: Table) -> pd.DataFrame:
    """Return the frame of a table: inputs as they are, what was typed over a formula in the field's own type."""
    typed, loose = build_frame(table, typed=True), build_frame(table, typed=False)
    manual = [field.name for field in book.tables[name].fields.values() if field.override]
    return loose.assign(**{field: typed[field] for field in manual})


def _own_rows(book: Book, name: str, strangers: Table) -> Table:
    """Return the rules that the book needs, and after them rows of rules that nobody asks for."""
    frame = seed_frame(book, name)
    count = len(next(iter(strangers.values()))) - len(frame)
    own = {field: [None if pd.isna(item) else item for item in frame[field]] for field in strangers}
    return {field: own[field] + strangers[field][: max(count, 0)] for field in strangers}


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


def _conditions(book: Book, name: str) -> list[tuple[str, Formula, tuple[str, ...]]]:
    """Return the formulas of a table that fill no field, each with the fields without which it is never asked."""
    table = book.tables[name]
    found = [(f"{name}: check {check.id}", check.formula) for check in table.checks]
    found += [(f"{name}: advance to {rule.to}", rule.formula) for rule in table.advance]
    found += [(f"{name}: advance to {rule.to}: unless", rule.unless) for rule in table.advance if rule.unless]
    found += [
        (f"{name}: kept from {other.name}", rule.into)
        for other in book.tables.values()
        for rule in other.advance
        if rule.into and rule.to == name
    ]
    found += [
        (f"{_label(field)}: default", field.default_when)
        for field in table.fields.values()
        if field.default_when
    ]
    found += [(f"{name}: reminder {reminder.id}", reminder.formula) for reminder in table.reminders]
    for field in table.fields.values():
        found += [
            (f"{_label(field)}: highlight {place}", item.formula)
            for place, item in enumerate(field.highlight)
        ]
        optional = (("required", field.required_when), ("default", field.default))
        found += [(f"{_label(field)}: {word}", item) for word, item in optional if isinstance(item, Formula)]
    due = [(f"{name}: due {item.id}", item.due) for item in table.reminders if isinstance(item.due, Formula)]
    needs = [tuple(field for owner, field in formula.references if owner == name) for _, formula in due]
    return [(label, formula, ()) for label, formula in found] + [
        (label, formula, fields) for (label, formula), fields in zip(due, needs, strict=True)
    ]


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
                _write_field(trial, sheet, column, field, labels, formats)
            for offset, (label, formula, _) in enumerate(_conditions(book, name), len(table)):
                if trial.asks(label, formula):
                    fill_column(sheet, offset, formula.render(labels), range(1, rows + 1))
        _write_cells(target, trial, layout, formats, as_of)


def _write_field(
    trial: Trial, sheet: object, column: int, field: Field, labels: Labels, formats: Mapping[str, object]
) -> None:
    """Write a column: formulas, or the values that were typed or are taken as read."""
    contents = trial.tables[field.table][field.name]
    asked = trial.asks(_label(field), field.formula)
    live = [row for row, content in enumerate(contents, 1) if content is None and asked]
    if asked:
        fill_column(sheet, column, field.formula.render(labels), live)
    elif field.formula:
        contents = [_stored(value) for value in trial.computed.results[field.table, field.name]]
    for row in sorted(set(range(1, len(contents) + 1)) - set(live)):
        write_cell(sheet, row, column, contents[row - 1], formats)


def _stored(value: object) -> Content:
    content = plain(value)
    return Error(content) if isinstance(content, office.ErrorText) else content


def _label(field: Field) -> str:
    return f"{field.table}.{field.name}"


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
