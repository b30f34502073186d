"""`boundaries.csv`: rows at the boundaries of the rules, with what a person who reads the requirements expects.

Both computations, the formulas of the schemas and the one of `tests.examples.expected`, have to give it. A line's rows
stand as `table field=value …`, parted by `|`; they are of customer 001 unless they say otherwise, who has a row wherever
every customer has one. `table.field#2` is the second row.
"""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import pytest

from crmbook.schema import Storage
from crmbook.schema.recompute import recompute
from tests.examples.expected import CELLS, ledger, plain
from tests.examples.small import book_for, frames_of, standard
from tests.examples.test_figures import number, same, seeds

ONE = "001"
with (Path(__file__).parent / "boundaries.csv").open(encoding="utf-8", newline="") as _stream:
    LINES = list(csv.DictReader(_stream))


def value_of(table: str, name: str, text: str) -> object:
    """Return what stands in the cell of a field."""
    storage = standard().tables[table].fields[name].storage
    if storage is Storage.DATE:
        return date.fromisoformat(text)
    return float(text) if storage is Storage.NUMBER else text


def rows_of(text: str) -> tuple[dict[str, list[dict[str, object]]], str]:
    """Return the rows of each table, and the period that the line names."""
    rows: dict[str, list[dict[str, object]]] = {}
    period = "年"
    for part in text.split(" | "):
        table, *pairs = part.split(" ")
        if table.startswith("period="):
            period = table.removeprefix("period=")
            continue
        typed = dict(pair.split("=") for pair in pairs)
        row = {name: value_of(table, name, value) for name, value in typed.items()}
        rows.setdefault(table, []).append({"customer_id": ONE, **row})
    for table in standard().tables.values():
        if table.one_per is not None or table.name == "customers":
            kept = rows.setdefault(table.name, [])
            there = {row["customer_id"] for row in kept}
            every = {row["customer_id"] for each in rows.values() for row in each} | {ONE}
            kept += [{"customer_id": key} for key in sorted(map(str, every - there))]
    return rows, period


@pytest.mark.sample(12)
@pytest.mark.parametrize("line", LINES, ids=lambda line: line["case"])
def test_a_boundary(line: dict[str, str]) -> None:
    where, _, place = line["computed"].partition("#")
    table, _, name = where.rpartition(".")
    rows, period = rows_of(line["rows"])
    today, book = date.fromisoformat(line["as_of"]), book_for(table, name)
    frames = frames_of(book, rows)
    computed = recompute(book, frames, today, {"period": period})
    mine = ledger("standard", {**seeds(standard()), **frames}, today, period)
    row = int(place or 1) - 1
    if table:
        theirs, ours = plain(computed.frames[table][name].iloc[row]), mine.column(table, name)[row]
    else:
        theirs, ours = plain(computed.cells[name]), CELLS[name](mine)
    wanted = line["expected"] if isinstance(ours, str) else _read(line["expected"])
    assert same(theirs, wanted), (theirs, wanted)
    assert same(ours, wanted), (ours, wanted)


def _read(text: str) -> str | float | None:
    """Return what the line expects: nothing, a day as its number, a number, or a text."""
    if not text:
        return None
    try:
        return number(date.fromisoformat(text)) if text.count("-") == 2 else float(text)
    except ValueError:
        return text
