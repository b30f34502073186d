"""Which computed columns stay live in a large workbook: those that look through their own table cost as much as others."""

from __future__ import annotations

import pytest

from crmbook.build.live import plan_live
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


def test_what_reads_its_own_row_alone_is_live_in_any_book() -> None:
    planned = plan_live(book_of(), dict.fromkeys(book_of().tables, 1_000_000), "auto")
    assert ("customers", "age") in planned
    assert ("transactions", "order_key") in planned
