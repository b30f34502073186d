"""Shipped formulas on what people really leave in cells: a computed cell is never an error value."""

from __future__ import annotations

import random
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from crmbook.formula import CellError
from crmbook.schema import Storage, load_book
from crmbook.schema.recompute import recompute
from crmbook.values import ValueKind, to_series
from tests.examples.shelf import TEMPLATES

if TYPE_CHECKING:
    from crmbook.schema import Book, Field

IDS = ("001", "002", "003", "4", "５", "*", "?", "~", "", " 001", None)
TEXTS = ("", " ", "张三", "n/a", "=", "<>", ">=5", "12", "1e3", "高", "*", '"引号"', "2023-01-05", None)
NUMBERS = (0, -1, 0.5, 1, 2, 3.7, 4, 5, 365, 1000, 5000, 10000, -5000.01, 1e9, 0.1 + 0.2, None)
DAYS = (date(1900, 1, 1), date(1988, 2, 29), date(2022, 12, 31), date(2023, 1, 1), date(2023, 2, 25), None)
ERRORS = tuple(CellError)
DATES_OF_TODAY = (date(1900, 1, 1), date(2024, 2, 29), date(9999, 12, 31))
ROWS = 40


def value(dice: random.Random, book: Book, field: Field) -> object:
    """Return what might stand in a cell of the field: mostly right, often blank, sometimes absurd."""
    chance = dice.random()
    if chance < 0.15:
        return None
    # What is typed over a formula was read and accepted before: it fits its field.
    if chance < 0.20 and not field.override:
        return dice.choice(ERRORS)
    if chance < 0.35 and not field.override:
        return dice.choice((*TEXTS, *NUMBERS, *DAYS, True, False))
    if field.type in {"id", "ref"}:
        return dice.choice(IDS)
    if field.list:
        return dice.choice(book.lists[field.list].texts)
    if field.storage is Storage.NUMBER:
        return dice.choice(NUMBERS)
    return dice.choice(DAYS if field.storage is Storage.DATE else TEXTS)


def messy_frames(dice: random.Random, book: Book) -> dict[str, pd.DataFrame]:
    frames = {}
    for table in book.tables.values():
        if table.seed or not table.managed:
            continue
        rows = [
            {
                name: None
                if field.derived or (field.override and dice.random() < 0.7)
                else value(dice, book, field)
                for name, field in table.fields.items()
            }
            for _ in range(ROWS)
        ]
        frame = pd.DataFrame(rows, columns=list(table.fields), dtype=object)
        for field in table.fields.values():
            if field.override:
                frame[field.name] = to_series(ValueKind(field.type), frame[field.name].tolist(), frame.index)
        frames[table.name] = frame
    return frames


@pytest.mark.sample(1)
@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("template", TEMPLATES)
def test_no_computed_cell_is_an_error(template: str, seed: int) -> None:
    book = load_book(template, "zh")
    frames = messy_frames(random.Random(f"{template}{seed}"), book)
    for today in DATES_OF_TODAY:
        computed = recompute(book, frames, today, {"period_date": random.Random(seed).choice((*DAYS, "x"))})
        for (table, name), column in computed.results.items():
            typed = computed.manual.get((table, name), pd.Series(data=False, index=column.index))
            wrong = [item for item in column[~typed].tolist() if isinstance(item, CellError)]
            assert not wrong, (table, name, wrong[0], today)


@pytest.mark.sample(2)
@pytest.mark.parametrize("template", TEMPLATES)
def test_an_empty_row_computes_to_nothing(template: str) -> None:
    """Nothing is claimed about a row in which nobody has typed."""
    book = load_book(template, "zh")
    blank = {
        table.name: pd.DataFrame([dict.fromkeys(table.fields)], dtype=object)
        for table in book.tables.values()
        if table.managed and not table.seed
    }
    computed = recompute(book, blank, date(2023, 4, 1))
    for (table, name), column in computed.results.items():
        if table in blank:
            assert column.tolist() == [""], (table, name)


@pytest.mark.sample(1)
@pytest.mark.parametrize("damage", ["emptied", "letters", "reversed"])
def test_spoiled_rules_give_blanks_not_errors(damage: str) -> None:
    book = load_book("standard", "zh")
    frames = messy_frames(random.Random(damage), book)
    seeds = recompute(book, frames, date(2023, 4, 1)).frames
    for table, name in (("bands", "from"), ("parameters", "value")):
        rules = seeds[table].astype(object)
        match damage:
            case "emptied":
                rules[name] = None
            case "letters":
                rules[name] = "abc"
            case _:
                rules = rules.iloc[::-1].reset_index(drop=True)
        frames[table] = rules
    computed = recompute(book, frames, date(2023, 4, 1))
    for key, column in computed.results.items():
        typed = computed.manual.get(key, pd.Series(data=False, index=column.index))
        assert not any(isinstance(item, CellError) for item in column[~typed].tolist()), key


def test_the_order_of_bands_does_not_matter() -> None:
    book = load_book("standard", "zh")
    frames = messy_frames(random.Random(7), book)
    one = recompute(book, frames, date(2023, 4, 1))
    bands = one.frames["bands"].sample(frac=1, random_state=3).reset_index(drop=True)
    other = recompute(book, {**frames, "bands": bands}, date(2023, 4, 1))
    for key, column in one.results.items():
        if key[0] not in {"bands", "parameters"}:
            assert column.tolist() == other.results[key].tolist(), key
