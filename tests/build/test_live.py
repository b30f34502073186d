"""Which computed columns stay live in a large workbook: those that an office program can calculate, open and save in time."""

from __future__ import annotations

import pytest

from crmbook.build import load_example
from crmbook.build.live import PARTS, plan_live
from crmbook.schema import load_book
from tests.books import book_of

OWN = [
    ("transactions", name) for name in ("previous_purchase", "next_purchase", "day_share", "product_sales")
]


@pytest.mark.parametrize(("rows", "live"), [(1_000, True), (50_000, False)])
def test_a_column_that_looks_through_its_own_table_is_live_in_a_small_book_only(
    rows: int, live: bool
) -> None:
    planned = plan_live(book_of(), {"transactions": rows, "customers": 100}, "auto")
    assert [key in planned for key in OWN] == [live] * len(OWN)


def test_a_column_that_is_looked_up_costs_half_of_one_that_is_summed() -> None:
    book = book_of()
    rows = {"customers": 9_000, "transactions": 9_000, "classes": 9_000}  # 4 × 10⁷ pairs, or 8 × 10⁷
    planned = plan_live(book, rows, "auto")
    assert ("classes", "name") in planned
    assert ("classes", "total") not in planned


@pytest.mark.parametrize(("rows", "live"), [(2_500, True), (100_000, False)])
def test_what_reads_its_own_row_alone_is_live_until_so_many_formulas_cannot_be_opened_in_time(
    rows: int, live: bool
) -> None:
    planned = plan_live(book_of(), {"transactions": rows, "customers": 500}, "auto")
    assert ("customers", "age") in planned
    assert (("transactions", "order_key") in planned) is live


@pytest.mark.parametrize("mode", ["always", "never"])
def test_who_asks_for_formulas_gets_those_that_read_their_own_row(mode) -> None:
    planned = plan_live(book_of(), {"transactions": 1_000_000}, mode)
    assert ("transactions", "order_key") in planned


def test_the_formulas_of_a_large_book_are_no_larger_than_can_be_opened_in_time() -> None:
    book = book_of()
    rows = {name: 20_000 for name, table in book.tables.items() if table.managed} | {"transactions": 100_000}
    planned = plan_live(book, rows, "auto")
    assert sum(rows.get(key[0], 0) * book.formulas[key].size for key in planned) <= PARTS


@pytest.mark.parametrize("template", ["standard", "lite", "b2b", "ecommerce", "retail", "education"])
def test_the_pages_of_a_large_book_are_live(template: str) -> None:
    book = book_of(template)
    rows = {name: 20_000 for name, table in book.tables.items() if table.managed} | {"transactions": 100_000}
    planned = plan_live(book, rows, "auto")
    assert {key for key in book.formulas if not key[0] or not book.tables[key[0]].managed} <= planned


def test_every_formula_of_the_example_company_is_live() -> None:
    example = load_example("company")
    book = load_book(example.template, "zh", example.workspace)
    rows = {name: len(frame) for name, frame in example.frames(book).items()}
    values = book.formulas.keys() - plan_live(book, rows, "auto")
    assert {book.formulas[key].call_of_ours is not None for key in values} == {True}
