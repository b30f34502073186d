"""`reminder_days.csv`: for every rule of every shipped template rows before, on and after its day, typed by hand.

A line's rows stand as `table field=value …`, parted by `|`; they are of one customer, whom no other line shares. The day of a
rule is the first on which it asks for something: `before` it nothing is due, or what was told earlier; `over` says that the cause
has gone. `occasion` tells a first call from a second one. What a template lacks, its rules do not ask for.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from crmbook.build import Due, find_due, row_of_key
from crmbook.schema import Book, Storage, recompute, table_frame
from tests.books import book_of

TEMPLATES = ("standard", "lite", "b2b", "ecommerce", "retail", "education")
ASKED_AT_SYNC = {"open-conflict"}
"""Waits for no day and is asked of the store; `tests/ingest/test_answers.py` tries it."""
DAYLESS = {"recovery-without-measures"}

with (Path(__file__).parent / "reminder_days.csv").open(encoding="utf-8", newline="") as _stream:
    LINES = [{**line, "customer": f"{n:03}"} for n, line in enumerate(csv.DictReader(_stream), 1)]


def rules_of(book: Book) -> dict[str, str]:
    """The table of each rule."""
    return {rule.id: table.name for table in book.tables.values() for rule in table.reminders}


def rows_of(book: Book, line: dict[str, str]) -> list[tuple[str, dict[str, object]]]:
    """The rows of a line, without what the template lacks."""
    found = []
    for part in line["rows"].split(" | "):
        name, *pairs = part.split(" ")
        table, row = book.tables.get(name), {"customer_id": line["customer"]}
        if table is None:
            continue
        for field, text in (pair.split("=") for pair in pairs):
            if field in table.fields:
                row[field] = value_of(book, name, field, text)
        if name == "transactions" and "amount" in row and "discount" in table.fields:
            row |= {"unit_price": row["amount"], "quantity": 1.0}  # which the amount is computed from
        found.append((name, row))
    return found


def value_of(book: Book, table: str, field: str, text: str) -> object:
    storage = book.tables[table].fields[field].storage
    if storage is Storage.DATE:
        return date.fromisoformat(text)
    return float(text) if storage is Storage.NUMBER else text


def due_on(book: Book, as_of: str) -> dict[tuple[str, str], list[Due]]:
    """What is due by rule and customer, in a book that holds the rows of all lines of a day."""
    day = date.fromisoformat(as_of)
    rows: dict[str, list[dict[str, object]]] = {"customers": []}
    for line in LINES:
        if line["as_of"] != as_of:
            continue
        typed = rows_of(book, line)
        if all(name != "customers" for name, _ in typed):
            typed.append(("customers", {"customer_id": line["customer"]}))
        for name, row in typed:
            rows.setdefault(name, []).append(row)
    frames = {}
    for name, items in rows.items():
        columns = {
            key: [item.get(key) for item in items] for key in dict.fromkeys(k for i in items for k in i)
        }
        frames[name] = table_frame(
            book.tables[name], columns, pd.Index([f"{name}{n}" for n, _ in enumerate(items)], dtype=object)
        )
    found: dict[tuple[str, str], list[Due]] = {}
    for one in find_due(book, recompute(book, frames, day), day):
        _, rule, _ = row_of_key(one.key) or ("", "", "")
        found.setdefault((rule, one.customer_id), []).append(one)
    return found


def told(found: list[Due]) -> list[tuple[str, str]]:
    return [(one.due.isoformat() if one.due else "", one.urgency) for one in found]


@pytest.mark.sample(1)
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_rule_asks_from_its_day_on(template: str) -> None:
    book = book_of(template)
    rules = rules_of(book)
    wrong, seen = [], set()
    for as_of in sorted({line["as_of"] for line in LINES}):
        found = due_on(book, as_of)
        for line in LINES:
            if line["as_of"] != as_of or line["rule"] not in rules:
                continue
            mine = found.get((line["rule"], line["customer"]), [])
            seen.add(line["rule"])
            wanted = [(line["due"], line["urgency"])] if line["urgency"] else []
            occasions = [one.key.rpartition("/")[2] for one in mine]
            if told(mine) != wanted or not all(one.startswith(line["occasion"]) for one in occasions):
                wrong.append((line["rule"], line["stands"], line["rows"], told(mine), occasions))
    assert wrong == []
    assert seen == rules.keys() - ASKED_AT_SYNC


def test_every_rule_of_every_template_has_rows_before_on_and_after() -> None:
    rules = set().union(*(rules_of(book_of(template)) for template in TEMPLATES)) - ASKED_AT_SYNC
    stands: dict[str, set[str]] = {}
    for line in LINES:
        stands.setdefault(line["rule"], set()).add(line["stands"])
    assert stands.keys() == rules
    lacking = {rule: {"before", "on", "after"} - stands[rule] for rule in rules - DAYLESS}
    assert {rule: names for rule, names in lacking.items() if names} == {}
