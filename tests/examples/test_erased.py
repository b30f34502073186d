"""The purchases of customers who were erased: they stay in every sum, and their owner for the accounts' sake is no customer."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from crmbook.base import describe
from crmbook.schema.recompute import recompute
from tests.books import TEMPLATES, book_of
from tests.examples.small import frames_of

if TYPE_CHECKING:
    from crmbook.base import Language

DAY = date(2024, 6, 30)
COUNTED = {"quantity": 1.0, "unit_price": 10.0}
"""What makes an amount where it is computed."""


@pytest.mark.parametrize(
    ("template", "lang"), [(name, "zh") for name in (*TEMPLATES, "lite")] + [("standard", "en")]
)
@pytest.mark.sample(2)
def test_who_has_the_purchases_of_the_erased_is_counted_nowhere(template: str, lang: Language) -> None:
    book = book_of(template, lang)
    people = [
        {"customer_id": "001", "name": "张三", "registered_on": date(2024, 1, 1)},
        {"customer_id": "009", "name": describe("forget.stand-in", lang, {})},
    ]
    days = [("001", date(2024, 2, 1)), ("009", date(2024, 3, 1)), ("009", date(2024, 4, 1))]
    sales = [
        {"transaction_id": f"100{number}", "customer_id": key, "date": day, "amount": 10.0, **COUNTED}
        for number, (key, day) in enumerate(days)
    ]
    cells = recompute(book, frames_of(book, {"customers": people, "transactions": sales}), DAY).cells
    assert (cells["customers_total"], cells["buyers_inside"], cells["repeat_rate"]) == (1, 1, 0)
    assert cells["sales"] == 30
    assert cells["total_before"] == 0
