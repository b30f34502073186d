"""The example company as a customer of every template: its rows, as far as the template has a place for them."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING

from crmbook.schema import load_book
from crmbook.schema.recompute import table_frame
from tests.examples.expected import plain
from tests.examples.shelf import load_example

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmbook.schema import Book


@cache
def company_in(template: str) -> tuple[Book, Mapping[str, pd.DataFrame]]:
    """Return the template's book and its tables of people's data; lessons stand for contacts, as a school has them."""
    book, company = load_book(template, "zh"), load_example("company").frames
    frames = {}
    for name, table in book.tables.items():
        given = company.get(name)
        if given is not None:
            typed = {
                field: given[field].tolist()
                for field in table.fields
                if field in given and ((name, field) not in book.formulas or table.fields[field].override)
            }
            frames[name] = table_frame(table, {field: map(plain, values) for field, values in typed.items()})
    if "lessons" in book.tables:
        frames["customers"]["lessons_total"] = [
            float(20 + place % 3 * 20) for place in range(len(frames["customers"]))
        ]
        frames["lessons"] = table_frame(book.tables["lessons"], _lessons(company["interactions"]))
    return book, frames


def _lessons(contacts: pd.DataFrame) -> dict[str, list[object]]:
    """Return three lessons a contact: mostly present."""
    rows = [(key, day + timedelta(days=7 * week)) for key, day in
            zip(contacts["customer_id"], contacts["date"], strict=True) for week in range(3)]  # fmt: skip
    words = ("出勤", "出勤", "请假", "出勤", "缺勤")
    return {
        "lesson_id": [str(12001 + place) for place in range(len(rows))],
        "customer_id": [key for key, _ in rows],
        "date": [day.date() for _, day in rows],
        "attendance": [words[place % 5] for place in range(len(rows))],
    }
