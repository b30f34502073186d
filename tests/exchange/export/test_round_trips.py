"""What goes out comes back: every table of every template in every format, into a book that begins with it."""

from __future__ import annotations

from datetime import date
from functools import cache
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from crmbook.base import OWN
from crmbook.exchange import (
    ExportWish,
    ListWish,
    Target,
    choose,
    format_of,
    in_order,
    open_lots,
    plan_lot,
    write_export,
)
from crmbook.schema import load_book, recompute, table_frame
from crmbook.store import State
from crmbook.sync import counters_of, first_state
from tests.exchange.export.nasty import LONGEST, nasty_frames
from tests.schema.problems import template_names

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from crmbook.exchange import Export
    from crmbook.schema import Book

DAY = date(2023, 4, 1)
OWN_CELLS = ["=1+1", "007", 12.5, "12.5", None, date(2023, 1, 5), "是"]


@cache
def outgoing(template: str, lang: str) -> tuple[Book, dict[str, pd.DataFrame], Export]:
    """Return a book of nasty rows: its schema, its state, and all of it on the way out."""
    book = load_book(template, lang)
    tables = first_state(book, nasty_frames(book))
    tables["customers"][OWN + "备注 2"] = pd.Series(OWN_CELLS, index=tables["customers"].index, dtype=object)
    frames = {name: frame for name, frame in tables.items() if name in book.tables}
    return book, tables, choose(book, recompute(book, frames, DAY), ExportWish(), DAY)


def taken_in(book: Book, files: list[Path]) -> dict[str, pd.DataFrame]:
    """Return the state of a book that begins with these files."""
    tables = first_state(book, {})
    head = State(0, tables, counters_of(book, tables))
    lots = [lot for path in files for lot in open_lots(path, book, (), ListWish())]
    for lot in in_order(lots, book, begins=True):
        plan = plan_lot(Target(book, head, DAY), lot, ListWish()).plan
        errors = [issue for issue in plan.issues if issue.severity == "error"]
        assert (lot.name, errors, plan.failed) == (lot.name, [], {})
        head = State(head.revision + 1, plan.tables, plan.counters)
    return head.tables


def values(frame: pd.DataFrame) -> dict[str, list[Any]]:
    """Return the columns of a table that hold anything, each value with its type."""
    found = {}
    for name in sorted(frame.columns):
        items = [None if item is None or item != item else item for item in frame[name].tolist()]
        if any(item is not None for item in items):
            found[name] = [(type(item).__name__, item) for item in items]
    return found


def differences(tables: dict[str, pd.DataFrame], back: dict[str, pd.DataFrame]) -> Iterator[tuple[Any, ...]]:
    """Yield the cells that are others, and the columns that only one of two states has."""
    for name, frame in tables.items():
        old, new = values(frame), values(back[name])
        yield from ((name, label) for label in old.keys() ^ new.keys())
        for label in old.keys() & new.keys():
            pairs = enumerate(zip_longest(old[label], new[label]))
            yield from ((name, label, row, *pair) for row, pair in pairs if pair[0] != pair[1])


KINDS = ("csv", "xlsx", "json", "jsonl", "sqlite")
SHORT = [("standard", kind) for kind in KINDS] + [
    (one, "csv") for one in template_names() if one != "standard"
]
"""Every format, and every template; the others of both are deep."""


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("template", "kind"),
    [
        pytest.param(one, kind, marks=() if (one, kind) in SHORT else pytest.mark.deep)
        for one in template_names()
        for kind in KINDS
    ],
)
def test_every_table_comes_back_as_it_was(template, kind, tmp_path):
    lang = "en" if template == "retail" else "zh"
    book, tables, export = outgoing(template, lang)
    assert any(LONGEST in frame.to_numpy() for frame in tables.values())
    files = write_export(book, export, tmp_path / "out", format_of(tmp_path / "out", kind))
    back = taken_in(book, files)
    assert list(differences(tables, back)) == []


def test_cards_come_back_as_the_people_that_they_were(tmp_path):
    book = load_book("standard", "zh")
    people = {
        "customer_id": ["001", "002", "003"],
        "name": ["张三", "Wei Zhang", "星河科技（北京）有限公司"],
        "phone": ["13800000001", "+1 650-253-0000", None],
        "email": ["zhangsan@example.com", None, "info@example.com"],
        "company": ['星河;科技, "甲"\\乙', "=1+1", None],
        "position": ["采购经理", None, None],
        "address": ["北京市海淀区中关村大街 1 号；甲座", None, None],
        "birth_date": [date(1993, 5, 12), None, None],
    }
    tables = first_state(book, {"customers": table_frame(book.tables["customers"], people)})
    frames = {name: frame for name, frame in tables.items() if name in book.tables}
    export = choose(book, recompute(book, frames, DAY), ExportWish(("customers",)), DAY)
    files = write_export(book, export, tmp_path / "c.vcf", "vcard")
    back = taken_in(book, files)["customers"]
    old, new = values(tables["customers"]), values(back)
    assert {label: new.get(label) for label in people} == {label: old.get(label) for label in people}
