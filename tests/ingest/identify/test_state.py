"""A workbook as state frames: what is typed, what says nothing, what is no value."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmbook.base.records import OWN
from crmbook.ingest.identify import lists_frame
from crmbook.read.snapshot import ListEntry
from crmbook.schema import Layout
from tests.check.sheets import Formula
from tests.ingest.identify.visits import BOOK, IDS, people, person, stored, visit

PLACE = Layout(BOOK).tables["customers"]
OWN_COLUMN = PLACE.row_id.index + 1 if PLACE.row_id else 0


def own_column(*cells, header="备注"):
    """Change the sheet of the customers: a column of a person's own to the right of the table."""

    def change(sheets):
        page = sheets.pages[PLACE.sheet]
        page.cells[PLACE.header_row - 1, OWN_COLUMN] = header
        for row, cell in enumerate(cells, start=PLACE.header_row):
            page.cells[row, OWN_COLUMN] = cell
        top, left, bottom, right, name, headers = page.tables[0]
        page.tables[0] = (top, left, bottom, right + 1, name, [*headers, header])

    return change


def test_typed_fields_in_the_order_of_the_schema_by_row_id():
    frame = visit(people(3)).frames["customers"]
    assert frame.index.tolist() == IDS[:3]
    assert frame.columns.tolist() == [
        name for name, field in BOOK.tables["customers"].fields.items() if field.typed
    ]
    assert {"total", "level", "active"}.isdisjoint(frame.columns)
    assert {"age", "last_order"} <= set(frame.columns)
    assert frame["birthday"].dtype == "datetime64[us]"
    assert frame["age"].dtype == "float64"


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("  老客户\u3000", "老客户"), (" ", None), (7, 7.0), (2.5, 2.5), (True, True),
        (dt.date(2023, 1, 5), dt.date(2023, 1, 5)),
    ],
)  # fmt: skip
def test_own_columns_travel_beside_with_tidy_values(cell, value):
    seen = visit(people(2), change=own_column(cell, "x"))
    column = seen.frames["customers"][OWN + "备注"]
    assert column.tolist() == [value, "x"]
    assert type(column.iloc[0]) is type(value)
    assert seen.unknown == {}


def test_rule_08_an_own_cell_without_a_value_is_unknown():
    seen = visit(people(2), change=own_column("x", Formula("=1/0", "#DIV/0!")))
    assert seen.frames["customers"][OWN + "备注"].tolist() == ["x", None]
    assert seen.unknown == {("customers", OWN + "备注"): {IDS[1]}}


@pytest.mark.parametrize(
    ("label", "cell"),
    [
        ("birthday", "不知道"), ("gender", "未知性别"), ("birthday", Formula("=1/0", "#DIV/0!")),
        ("name", Formula("=1/0", "#DIV/0!")), ("name", "张*"),
    ],
)  # fmt: skip
def test_rule_09_what_is_no_value_is_unknown_and_never_a_blank(label, cell):
    seen = visit([person(0), person(1, **{label: cell})], image=stored(2))
    assert pd.isna(seen.frames["customers"][label].iloc[1])
    assert seen.unknown == {("customers", label): {IDS[1]}}


def test_rule_09_a_name_that_means_no_row_yet_is_unknown():
    rows = [person(0), {"name": "新人", "customer_id": Formula("=1/0", "#DIV/0!")}]
    orders = [{"order_id": "1001", "customer_id": "新人", "date": dt.date(2023, 3, 1), "amount": 5.0}]
    seen = visit(rows, image=stored(1), orders=orders)
    assert set(seen.unknown) == {("customers", "customer_id"), ("orders", "customer_id")}


def test_rule_07_a_column_that_is_gone_says_nothing():
    def change(sheets):
        page = sheets.pages[PLACE.sheet]
        at = PLACE.columns["phone"].index
        page.cells = {(row, column): cell for (row, column), cell in page.cells.items() if column != at}
        headers = page.tables[0][-1]
        page.cells[PLACE.header_row - 1, at] = headers[at - page.tables[0][1]] = "别的"

    seen = visit(people(2), change=change)
    assert "phone" not in seen.frames["customers"].columns
    assert OWN + "别的" in seen.frames["customers"].columns


def test_lists_travel_as_a_table():
    frame = visit(people(1)).frames["_lists"]
    assert frame.loc["gender/女"].tolist() == ["gender", "女", None]
    assert frame.loc["city/海淀区"].tolist() == ["city", "海淀区", "北京"]
    assert frame.index.is_unique


def test_one_text_under_two_parents_is_two_entries():
    entries = (
        ListEntry("鼓楼区", "南京"),
        ListEntry("鼓楼区", "徐州"),
        ListEntry("玄武区", "南京"),
        ListEntry("玄武区", "南京"),
    )
    assert lists_frame({"city": entries}).index.tolist() == [
        "city/鼓楼区/南京",
        "city/鼓楼区/徐州",
        "city/玄武区",
    ]
    assert lists_frame({}).columns.tolist() == ["list", "text", "of"]


def test_rule_07_a_list_that_is_gone_from_the_dictionary_keeps_its_entries():
    place = Layout(BOOK).lists["gender"]

    def change(sheets):
        cells = sheets.pages[place.sheet].cells
        for at in [at for at in cells if at[1] == place.column]:
            del cells[at]

    known = stored(1)
    seen = visit(people(1), image=known, change=change)
    assert "gender" not in seen.snapshot.lists
    assert sorted(seen.frames["_lists"].index) == sorted(known["_lists"].index)
