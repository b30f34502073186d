"""Every formula that ships with the schemas: our value is LibreOffice's, on at least a thousand random rows.

The standard book is asked in full, twice: without and with error values among its inputs. Of the other templates,
the formulas that the standard book does not hold.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import pytest

from crmbook.schema import load_book
from tests import office
from tests.formula.oracle.shipped import iter_cells, prepare, questions
from tests.formula.oracle.verdict import Tally
from tests.schema.problems import template_names

if TYPE_CHECKING:
    from pathlib import Path

    from tests.formula.oracle.shipped import Trial

pytestmark = [pytest.mark.office, pytest.mark.slow]

ROWS = 1000
"""The least cells for every formula of a table."""
TYPED_OVER = 350
"""Rows more, because some hold a value typed over the formula, or lack the day that a reminder needs."""


def compare(trials: list[Trial], folder: Path) -> Tally:
    """Let LibreOffice recalculate the trials' workbooks and compare every computed cell."""
    tally = Tally()
    copies = office.recalculate(*(trial.path for trial in trials), out_dir=folder / "out", timeout=900)
    for trial, copy in zip(trials, copies, strict=True):
        tally.add(iter_cells(trial, copy))
    print(tally.table())
    assert not tally.mismatches, "\n".join(map(str, tally.mismatches[:40]))
    return tally


def few(tally: Tally) -> dict[str, int]:
    """Return the formulas of tables that were asked too rarely."""
    return {
        label: count
        for label, count in tally.compared.items()
        if count < ROWS and not label.startswith(("cell ", "advice "))
    }


def test_the_standard_book_agrees_with_the_oracle(tmp_path: Path) -> None:
    book = load_book(template="standard", lang="zh")
    trial = prepare(book, dt.date(2023, 4, 1), 11, tmp_path / "standard.xlsx", count=ROWS + TYPED_OVER)
    tally = compare([trial], tmp_path)
    assert set(tally.compared) == {label for label, _ in questions(book)}
    assert not few(tally)


@pytest.mark.deep
def test_small_books_of_other_days_agree(tmp_path: Path) -> None:
    days = ("2023-02-25", "2024-02-29", "1998-06-30", "2025-12-31", "2020-03-01")
    trials = [
        prepare(
            load_book(template="standard", lang="en" if seed % 2 else "zh"),
            dt.date.fromisoformat(day),
            seed,
            tmp_path / f"{day}.xlsx",
            count=60,
            errors=seed > 2,
        )
        for seed, day in enumerate(days)
    ]
    compare(trials, tmp_path)


@pytest.mark.deep
@pytest.mark.parametrize("template", sorted({*template_names()} - {"standard"}))
def test_what_a_template_adds_agrees_with_the_oracle(template: str, tmp_path: Path) -> None:
    known = questions(load_book(template="standard", lang="zh"))
    book = load_book(template=template, lang="zh")
    path = tmp_path / f"{template}.xlsx"
    trial = prepare(book, dt.date(2023, 4, 1), 12, path, count=ROWS + TYPED_OVER, known=known)
    tally = compare([trial], tmp_path)
    assert not few(tally)
