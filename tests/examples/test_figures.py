"""Every computed field of every table and page equals a computation of its own, written from the requirements.

Asked are the shipped examples, the example company in every template, and invented rows at the edges of the rules; each
for month, quarter and year, and LibreOffice's recalculation besides.
"""

from __future__ import annotations

import math
from datetime import date
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import pytest

from crmbook.build.build import build_workbook
from crmbook.schema import layout_of, load_book
from crmbook.schema.recompute import recompute, table_frame
from tests import office
from tests.books import STAMP
from tests.examples.expected import CELLS, EXCEPTIONS, FIELDS, ONLY, TYPED_OVER, ledger, plain
from tests.examples.fitted import company_in
from tests.examples.invented import Inventor
from tests.examples.shelf import load_example

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    import pandas as pd

    from crmbook.schema import Book, Table
    from tests.examples.expected import Ledger, Plain

TEMPLATES = ("standard", "lite", "b2b", "ecommerce", "retail", "education")
PERIODS = ("月", "季度", "年")
DAYS = {
    "standard": "2025-06-30", "lite": "2024-02-29", "b2b": "2024-12-31", "ecommerce": "2025-02-28",
    "retail": "2024-03-31", "education": "2023-12-30",
}  # fmt: skip
DEEP_DAYS = ("2023-03-01", "2024-02-29", "2024-08-15", "2025-03-31", "2027-01-01")
CDNOW_DAYS = ("1997-01-31", "1997-02-28", "1997-10-01", "1998-03-31", "2000-02-29")


def covered(book: Book) -> Iterator[tuple[str, str]]:
    """Yield what is computed and counted anew, as (table, field); a cell has no table."""
    for table, name in book.formulas:
        if (table, name) not in EXCEPTIONS:
            yield table, name


def number(value: Plain) -> Plain:
    """Return a day as the number that a cell holds."""
    return float((value - date(1899, 12, 30)).days) if isinstance(value, date) else value


def same(ours: Plain, theirs: Plain) -> bool:
    ours, theirs = number(ours), number(theirs)
    if isinstance(ours, float) and isinstance(theirs, float):
        return math.isclose(ours, theirs, rel_tol=1e-9, abs_tol=1e-9)
    return ours == theirs


def ledger_of(
    name: str, book: Book, frames: Mapping[str, pd.DataFrame], today: date, period: str, chosen: str | None
) -> Ledger:
    """Return the ledger of people's rows and of the rows that pages have by themselves."""
    own = {table: frame for table, frame in seeds(book).items() if table not in frames}
    return ledger(name, {**own, **frames}, today, period, chosen)


@cache
def _seeds(template: str) -> dict[str, pd.DataFrame]:
    book = load_book(template, "zh")
    computed = recompute(book, {}, date(2024, 1, 1)).frames
    return {
        name: computed[name][[field for field in table.fields if (name, field) not in book.formulas]]
        for name, table in book.tables.items()
        if name in computed
    }


def seeds(book: Book) -> dict[str, pd.DataFrame]:
    return _seeds(book.template)


def differences(
    book: Book, frames: Mapping[str, pd.DataFrame], today: date, period: str,
    chosen: str | None = None, day: date | None = None, name: str = "", *, card: bool = True,
) -> list[str]:  # fmt: skip
    """Return where the book's formulas and the computation of its own disagree."""
    cells = {"period": period, "period_date": day, "card_customer": chosen}
    computed = recompute(book, frames, today, cells)
    mine = ledger_of(name or book.template, book, frames, today, period, chosen)
    mine.period_date = day
    found = []
    for table, field in covered(book):
        if not card and (table or field).startswith("card"):
            continue
        if not table:
            pairs = [(plain(computed.cells[field]), CELLS[field](mine))]
        else:
            theirs = [plain(value) for value in computed.frames[table][field].tolist()]
            pairs = list(zip(theirs, mine.column(table, field), strict=True))
        found += [
            f"{table}.{field} row {place}: {theirs!r}, expected {ours!r}"
            for place, (theirs, ours) in enumerate(pairs, 1)
            if not same(theirs, ours)
        ]
    return found


def is_typed(table: Table) -> bool:
    return table.managed and not table.seed


@pytest.mark.sample(2)
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_computed_field_is_counted_anew_or_excepted(template: str) -> None:
    counted = set(FIELDS) | {("", name) for name in CELLS}
    formulas = set(load_book(template, "zh").formulas)
    assert formulas - counted - set(EXCEPTIONS) == set()


def test_no_exception_is_left_over() -> None:
    formulas = set().union(*(load_book(template, "zh").formulas for template in TEMPLATES))
    assert set(EXCEPTIONS) <= formulas
    assert (set(FIELDS) | {("", name) for name in CELLS}) <= formulas
    assert not set(EXCEPTIONS) & set(FIELDS)
    assert set(ONLY) <= set(FIELDS)


@pytest.mark.parametrize("template", TEMPLATES)
def test_what_may_be_typed_over_is_what_the_requirements_say(template: str) -> None:
    book = load_book(template, "zh")
    typed = {key for key in book.formulas if key[0] and book.tables[key[0]].fields[key[1]].override}
    wanted = {(table, name) for table, names in TYPED_OVER.items() for name in names} & set(book.formulas)
    wanted |= {("customers", "last_interaction")} if template == "b2b" else set()
    wanted -= {("customers", "spent")} if template == "retail" else set()
    assert typed == wanted


@pytest.mark.sample(2)
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("period", PERIODS)
def test_the_sample(template: str, period: str) -> None:
    example = load_example(f"sample/{template}")
    assert differences(example.book, example.frames, example.as_of, period) == []


@pytest.mark.sample(1)
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("period", PERIODS)
def test_the_company(template: str, period: str) -> None:
    book, frames = company_in(template)
    chosen = {"月": "025", "季度": "017", "年": "120"}[period]
    assert differences(book, frames, date.fromisoformat(DAYS[template]), period, chosen) == []


@pytest.mark.sample(2)
@pytest.mark.parametrize("template", TEMPLATES)
def test_a_book_without_rows(template: str) -> None:
    """The card is another question: the computation of its own asks for a customer."""
    book = load_book(template, "zh")
    frames = {name: table_frame(table, {}) for name, table in book.tables.items() if is_typed(table)}
    assert differences(book, frames, date(2024, 2, 29), "月", card=False) == []


@pytest.mark.sample(1)
@pytest.mark.parametrize("period", PERIODS)
def test_cdnow(period: str) -> None:
    example = load_example("cdnow")
    assert differences(example.book, example.frames, example.as_of, period, name="cdnow") == []


@pytest.mark.sample(2)
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("seed", range(5))
def test_invented_rows(template: str, seed: int) -> None:
    assert invented_differences(template, seed) == []


@pytest.mark.deep
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("seed", range(5, 205))
def test_more_invented_rows(template: str, seed: int) -> None:
    assert invented_differences(template, seed) == []


def invented_differences(template: str, seed: int) -> list[str]:
    """Return the differences in invented rows, as of a day and for a period that the seed chooses."""
    book, today = load_book(template, "zh"), date.fromisoformat(DEEP_DAYS[seed % 5])
    past = date(today.year - 1, 5, 31) if seed % 2 else None
    frames = Inventor(book, today, seed).frames()
    return differences(book, frames, today, PERIODS[seed % 3], f"{seed % 24 + 1:03}", past)


@pytest.mark.deep
@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("day", DEEP_DAYS)
@pytest.mark.parametrize("period", PERIODS)
def test_the_company_on_other_days(template: str, day: str, period: str) -> None:
    book, frames = company_in(template)
    assert differences(book, frames, date.fromisoformat(day), period, "045") == []


@pytest.mark.deep
@pytest.mark.parametrize("day", CDNOW_DAYS)
@pytest.mark.parametrize("period", PERIODS)
def test_cdnow_on_other_days(day: str, period: str) -> None:
    example = load_example("cdnow")
    found = differences(example.book, example.frames, date.fromisoformat(day), period, name="cdnow")
    assert found == []


RECALCULATE = """
def at(name):
    sheet, _, ref = document.NamedRanges.getByName(name).Content.replace("$", "").rpartition(".")
    return document.Sheets.getByName(sheet.strip("'")).getCellRangeByName(ref)
def value(cell):
    if cell.getError():
        return "error " + cell.String
    return cell.Value if cell.FormulaResultType2 == 1 or cell.Type.value == "VALUE" else cell.String
result = {}
for period in PERIODS:
    at(PERIOD).String = period
    document.calculateAll()
    cells = {name: value(at(spot)) for name, spot in CELLS.items()}
    fields = {}
    for name, (title, first, count, column) in FIELDS.items():
        page = document.Sheets.getByName(title)
        area = page.getCellRangeByPosition(column, first, column, first + count - 1)
        wrong = area.queryFormulaCells(4).Count  # 4: results that are errors
        fields[name] = ["error"] if wrong else [row[0] for row in area.getDataArray()]
    result[period] = [cells, fields]
"""


@pytest.mark.slow
@pytest.mark.office
@pytest.mark.parametrize(
    "template",
    [name if name == "standard" else pytest.param(name, marks=pytest.mark.deep) for name in TEMPLATES],
)
def test_libreoffice_recalculates_the_same(template: str, tmp_path: Path) -> None:
    """The workbook itself, asked for month, quarter and year: nothing of our own computing stands between."""
    book, today = load_book(template, "zh"), date(2024, 2, 29)
    frames = Inventor(book, today, 0).frames()
    path = tmp_path / "book.xlsx"
    path.write_bytes(build_workbook(book, frames, today, STAMP, mode="always").data)
    layout = layout_of(book)
    mine = {period: ledger_of(template, book, frames, today, period, None) for period in PERIODS}
    spots, places = {}, {}
    for table, field in covered(book):
        if table:
            spot, rows = layout.tables[table], len(mine["月"][table])
            places[f"{table}.{field}"] = (spot.sheet, spot.first_row - 1, rows, spot.columns[field].index)
        else:
            spots[field] = layout.names[field]
    given = {"PERIODS": PERIODS, "PERIOD": layout.names["period"], "CELLS": spots, "FIELDS": places}
    head = "\n".join(f"{name} = {value!r}" for name, value in given.items())
    answer: Any = office.run_macro_script(path, f"{head}\n{RECALCULATE}")
    found = []
    for period in PERIODS:
        cells, fields = answer[period]
        found += [
            f"{period} {name}"
            for name, got in cells.items()
            if not same(plain(got), CELLS[name](mine[period]))
        ]
        for name, got in fields.items():
            ours = mine[period].column(*name.split("."))
            found += [
                f"{period} {name} row {row}: {theirs!r}, expected {one!r}"
                for row, (theirs, one) in enumerate(zip_longest(got, ours), 1)
                if not same(plain(theirs), one)
            ]
    assert found == []
