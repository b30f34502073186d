"""What the person of the demonstration does: types a purchase, solves a complaint, mistypes, overtypes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.schema import layout_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmbook.schema import Book


@dataclass(frozen=True, slots=True)
class SampleEdit:
    """One cell that the person types into."""

    sheet: str
    ref: str
    text: str
    why: str


def plan_edits(book: Book, frames: Mapping[str, pd.DataFrame]) -> list[SampleEdit]:
    """Return the edits, row by row, for a workbook that holds `frames`."""
    layout = layout_of(book)
    customers, feedback = frames["customers"], frames["feedback"]
    name = str(customers["name"].iloc[0])
    new = len(frames["transactions"])
    status = book.lists["feedback_status"].values  # noqa: PD011 - a list of the dictionary, not a frame
    row = next((n for n, text in enumerate(feedback["status"]) if text == status["open"].text), 0)
    goods = str(frames["transactions"]["product"].iloc[0])
    typed = [
        ("transactions", "customer_id", new, name, "purchase"),
        ("transactions", "date", new, "2025年6月28日", "purchase"),
        ("transactions", "amount", new, "5,200元", "purchase"),
        ("transactions", "product", new, goods, "purchase"),
        ("feedback", "status", row, status["done"].text, "solved"),
        ("customers", "phone", 1, "1380000", "mistyped"),
        ("customers", "registered_on", 2, "2023/13/1", "mistyped"),
        ("loyalty", "score", 0, "1", "overtyped"),
    ]
    layouts = layout.tables
    return [
        SampleEdit(layouts[table].sheet, layouts[table].cell(field, row), text, why)
        for table, field, row, text, why in typed
    ]
