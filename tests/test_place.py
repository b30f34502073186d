"""Placing rows: what the state says stands in the workbook afterwards, and nothing else has moved."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import cache

import pandas as pd
import pytest

from crmbook.check import check_cells, resolve_pending
from crmbook.merge import differs
from crmbook.ooxml import Package
from crmbook.ooxml.lint import lint
from crmbook.place import AsRead, Placed, place_rows
from crmbook.read import read_workbook
from crmbook.recompute import recompute, table_frame
from crmbook.records import OWN
from crmbook.schema import Layout
from crmbook.writeback import Comparison, Kind, grow_tables, write_changes
from tests.books import book_of, built, empty
from tests.desk import members, rows

DAY = dt.date(2023, 4, 1)


@dataclass
class Copy:
    """A workbook with its state frames, into which rows can be placed."""

    book: object
    data: bytes

    def __post_init__(self):
        self.package = Package.open(self.data)
        self.snapshot = read_workbook(self.data, self.book)
        self.checked = check_cells(self.book, self.snapshot, DAY)
        resolve_pending(self.book, self.snapshot, self.checked)
        self.ids = {
            name: found.row_ids
            for name, found in self.snapshot.tables.items()
            if self.book.tables[name].managed
        }

    def state(self, name):
        found, table = self.snapshot.tables[name], self.book.tables[name]
        typed = [field for field in found.columns if table.fields[field].typed]
        own = found.own.rename(columns=lambda header: OWN + header)
        frame = pd.concat([self.checked.frames[name][typed], own], axis=1)
        frame.index = pd.Index(self.ids[name].to_numpy(), dtype=object)
        return frame

    def states(self):
        return {name: self.state(name) for name in self.ids}

    def lists(self):
        entries = [
            (name, entry.text, entry.of) for name, list_ in self.snapshot.lists.items() for entry in list_
        ]
        index = [f"{name}/{text}/{of or ''}" for name, text, of in entries]
        return pd.DataFrame(entries, index=index, columns=["list", "text", "of"], dtype=object)

    def place(self, target, kept=None) -> Placed:
        read = AsRead(self.book, self.snapshot, self.checked, self.package)
        return place_rows(read, self.ids, target, kept or {})

    def placed(self, target, kept=None, *, computed=True) -> Copy:
        """The workbook once the rows are in it and its formulas computed."""
        done = self.place(target, kept)
        changes = [*done.changes]
        if computed:
            checked = check_cells(self.book, done.snapshot, DAY)
            resolve_pending(self.book, done.snapshot, checked)
            results = recompute(self.book, checked.seen(done.snapshot), DAY, checked.cells)
            labels = Layout(self.book).labels()
            changes += Comparison(self.book, labels, done.snapshot, checked, results).iter_changes()
        done.clear(self.package)
        grow_tables(self.package, done.snapshot, changes)
        write_changes(self.package, changes)
        data = self.package.to_bytes()
        assert lint(data) == []
        return Copy(self.book, data)


def differing(left, right):
    """Labels in which two state frames differ, their rows matched by id."""
    assert set(left.index) == set(right.index)
    right = right.reindex(left.index)
    return [label for label in left if differs(left[label], right[label]).any()]


@cache
def settled(name="sample") -> bytes:
    """A workbook with its computed cells as they should be."""
    made = built() if name == "sample" else empty()
    copy = Copy(book_of(), made.data)
    return copy.placed(copy.states()).data


@pytest.fixture
def copy() -> Copy:
    return Copy(book_of(), settled())


def new_rows(copy, table, count, **values):
    """Rows for a table, by new ids."""
    blank = [None] * count
    columns = {name: values.get(name, blank) for name in copy.book.tables[table].fields}
    frame = table_frame(copy.book.tables[table], columns)
    frame.index = pd.Index([f"new{number}z" for number in range(count)], dtype=object)
    return frame[[label for label in copy.state(table).columns if label in frame]]


def test_rows_that_stand_as_they_should_are_no_change(copy):
    done = copy.place({**copy.states(), "_lists": copy.lists()})
    assert (done.changes, done.cleared, done.left_out, done.unlike) == ([], {}, {}, {})
    assert copy.placed(copy.states()).data == settled()


def test_a_value_changed_elsewhere_touches_its_row_only(copy):
    state = copy.state("customers")
    row_id = state.index[1]
    state.loc[row_id, "phone"] = "13800000009"
    done = copy.place({"customers": state})
    [change] = done.changes
    assert (change.value, change.kind) == ("13800000009", Kind.MERGED)
    after = copy.placed({"customers": state}, computed=False)
    assert differing(state, after.state("customers")) == []
    part = next(info.part.lstrip("/") for info in copy.package.sheets if info.name == "客户基本信息")
    old, new = rows(members(settled())[part]), rows(members(after.data)[part])
    assert {row for row in new if new[row] != old[row]} == {
        int(change.ref.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ"))
    }


def test_new_rows_go_below_and_look_like_those_above(copy):
    state = copy.state("transactions")
    added = new_rows(
        copy, "transactions", 3,
        transaction_id=["9001", "9002", "9003"], customer_id=["001", "002", "001"],
        date=[dt.date(2023, 1, day) for day in (1, 2, 3)], amount=[100, 200.5, 300],
    )  # fmt: skip
    target = pd.concat([state, added])
    after = copy.placed({"transactions": target})
    assert differing(target, after.state("transactions")) == []
    found = after.snapshot.tables["transactions"]
    last = copy.snapshot.tables["transactions"].last_row
    assert found.frame.index[-3:].tolist() == [last + 1, last + 2, last + 3]
    assert found.last_row == last + 3
    sheet = after.package.sheet(found.sheet)
    for name, column in found.columns.items():
        above, below = (sheet.cell(f"{column.letter}{row}") for row in (last, last + 3))
        if below.value is not None or below.formula is not None:
            assert below.style == above.style, name
        assert (below.formula is None) == (above.formula is None), name
    assert found.row_ids.tolist()[-3:] == list(added.index)


def test_a_row_removed_elsewhere_is_emptied_in_place_and_used_again(copy):
    third = new_rows(copy, "customers", 1, customer_id=["003"], name=["丙"])
    third.index = pd.Index(["third"], dtype=object)
    copy = copy.placed({"customers": pd.concat([copy.state("customers"), third])})
    state = copy.state("customers")
    gone = state.index[1]
    after = copy.placed({"customers": state.drop(index=gone)})
    found = after.snapshot.tables["customers"]
    assert 3 not in found.frame.index
    assert found.frame.index.tolist()[:2] == [2, 4]
    assert after.package.sheet(found.sheet).cell("A3").value is None
    assert (
        after.package.sheet(found.sheet).cell("A3").style == copy.package.sheet(found.sheet).cell("A4").style
    )
    added = new_rows(after, "customers", 1, customer_id=["900"], name=["新客户"])
    again = after.placed({"customers": pd.concat([after.state("customers"), added])})
    assert again.snapshot.tables["customers"].raw("name", 3) == "新客户"
    assert differing(pd.concat([after.state("customers"), added]), again.state("customers")) == []


def test_an_empty_table_is_filled_from_its_first_row():
    copy = Copy(book_of(), settled("empty"))
    added = new_rows(copy, "customers", 2, customer_id=["001", "002"], name=["甲", "乙"])
    after = copy.placed({"customers": added})
    assert after.snapshot.tables["customers"].frame.index.tolist() == [2, 3]
    assert differing(added, after.state("customers")) == []
    again = after.placed(after.states())
    assert again.data == after.data
