"""Columns that only other formulas read and that still mean something of their own."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from tests.examples.expected.churn import lost_on
from tests.examples.expected.ledger import field
from tests.examples.expected.summary import span, span_before

if TYPE_CHECKING:
    from tests.examples.expected.ledger import Ledger, Plain


@field("bands", "band_key")
def band_key(book: Ledger) -> list[Plain]:
    return [f"{row['rule']}|{row['from']:g}" for row in book["bands"]]


@field("recovery", "left_on")
def left_on(book: Ledger) -> list[Plain]:
    """Return the day, as a number, on which the customer was won back; 0 is never."""
    return [
        float(((row["recovered_on"] or book.today) - date(1899, 12, 30)).days)
        if row["status"] == "已挽回"
        else 0.0
        for row in book["recovery"]
    ]


def _lost_at(book: Ledger, start: date) -> list[Plain]:
    lost = lost_on(book, start - timedelta(days=1))
    return [float(row["customer_id"] in lost) for row in book["churn"]]


@field("churn", "lost_at_start")
def lost_at_start(book: Ledger) -> list[Plain]:
    return _lost_at(book, span(book)[0])


@field("churn", "lost_at_before")
def lost_at_before(book: Ledger) -> list[Plain]:
    return _lost_at(book, span_before(book)[0])
