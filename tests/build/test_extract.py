"""Copies that hold a part of a book: their rows, their sheets, and figures that are those of their rows."""

from __future__ import annotations

import io
from functools import cache

import openpyxl
import pandas as pd
import pytest

from crmbook.base.records import OWN
from crmbook.build.build import build_workbook
from crmbook.build.example import load_example
from crmbook.build.extract import Extract
from crmbook.build.identity import Stamp, read_stamp, row_ids
from crmbook.build.roles import role_book
from crmbook.build.scope import Scope, rows_in_scope, tables_in_scope
from crmbook.ooxml import Package
from crmbook.read import read_workbook
from crmbook.schema import Layout
from tests.books import book_of, built
from tests.ooxml_lint import lint

SCOPES = {
    "owner": Scope(owner="王芳"),
    "where": Scope(where='[@所在地区]="北京"'),
    "sales": Scope(role="sales"),
    "service": Scope(owner="王芳", role="service"),
    "nobody": Scope(owner="没有这个人"),
}
OF_THE_COPY = {
    ("customers", "owner_position"),
    ("customers", "period_weight"),
    ("transactions", "product_sales"),
    ("transactions", "product_weight"),
}
"""What speaks of the rows that a copy holds: a place among them, and what all customers bought of a product."""


@cache
def tables():
    frames = load_example("company").frames(book_of())
    return {
        name: frame.set_axis(pd.Index(row_ids(name, len(frame), 7), dtype=object))
        for name, frame in frames.items()
    }


@cache
def copy(name: str):
    scope, book = SCOPES[name], book_of()
    frames = tables_in_scope(book, scope, tables())
    mark = Stamp("b", "w", store="s", holder="王芳", owner=scope.owner, where=scope.where, role=scope.role)
    extract = Extract(role_book(book, scope.role))
    return build_workbook(book, frames, load_example("company").as_of, mark, extract=extract)


@pytest.mark.sample(1)
@pytest.mark.parametrize("name", SCOPES)
def test_a_copy_has_no_defect_and_names_what_it_is(name):
    data = copy(name).data
    assert lint(data) == []
    mark = read_stamp(Package.open(data))
    scope = SCOPES[name]
    assert (mark.store, mark.holder) == ("s", "王芳")
    assert (mark.owner, mark.where, mark.role) == (scope.owner, scope.where, scope.role)


@pytest.mark.sample(3)
@pytest.mark.parametrize("name", SCOPES)
def test_a_copy_holds_its_rows_under_the_ids_they_have(name):
    scope, book = SCOPES[name], book_of()
    rows = rows_in_scope(book, scope, tables())
    shown = role_book(book, scope.role)
    snapshot = read_workbook(copy(name).data, shown)
    assert snapshot.missing == ()
    for table, found in snapshot.tables.items():
        if table in rows:
            assert found.row_ids.tolist() == list(rows[table]), table
            assert set(found.columns) == set(shown.tables[table].fields), table


@pytest.mark.sample(3)
@pytest.mark.parametrize("name", SCOPES)
def test_what_is_computed_of_a_customer_is_what_it_is_in_the_whole_book(name):
    book, part, whole = role_book(book_of(), SCOPES[name].role), copy(name), built("company")
    about = {"customers", *(one.name for one in book.tables.values() if one.references_to("customers"))}
    for key in book.formulas:
        # Where a row comes among its owner's is a place among the rows that the copy holds.
        if key[0] in about - {"tasks"} and key not in OF_THE_COPY and SCOPES[name] != SCOPES["nobody"]:
            wanted = dict(zip(tables()[key[0]].index, whole.computed.results[key], strict=True))
            shown = part.computed.results[key]
            assert shown.tolist() == [wanted[label] for label in shown.index], key


@pytest.mark.sample(1)
@pytest.mark.parametrize("name", SCOPES)
def test_totals_are_those_of_the_rows_that_it_holds(name):
    book, part = role_book(book_of(), SCOPES[name].role), copy(name)
    mine = rows_in_scope(book_of(), SCOPES[name], tables())
    churn = built("company").computed.frames["churn"].set_axis(tables()["churn"].index)
    lost = churn.loc[list(mine["churn"]), "state"] == "流失"
    count = len(mine["customers"]) - lost.sum()
    cells = openpyxl.load_workbook(io.BytesIO(part.data), data_only=True)
    if "summary" in book.pages:
        place = next(item for item in Package.open(part.data).defined_names if item.name == "客户总数")
        sheet, ref = place.formula.replace("'", "").replace("$", "").split("!")
        assert cells[sheet][ref].value == (
            count if len(mine["customers"]) else None
        )  # nothing where nobody is
    spent = tables()["transactions"]
    own = spent.loc[mine["transactions"], "amount"].sum()
    assert spent["amount"].sum() not in {cell.value for sheet in cells for row in sheet for cell in row} - {
        own
    }


@pytest.mark.parametrize("name", ["owner", "where", "nobody"])
def test_what_reads_other_rows_stays_a_formula_of_the_rows_that_it_holds(name):
    part, book = copy(name), book_of()
    assert {("loyalty", "frequency"), ("customers", "last_interaction"), ("customers", "age")} <= part.live
    place = Layout(book).tables["loyalty"]
    sheet = Package.open(part.data).sheet(place.sheet)
    assert sheet.cell(place.cell("frequency", 0)).formula is not None
    assert sheet.cell(place.cell("score", 0)).formula is not None


def test_a_role_keeps_the_formulas_that_it_can_calculate():
    part = copy("sales")
    assert ("customers", "last_interaction") in part.live  # reads the contacts, which sales sees
    assert ("customers", "current_stage") in part.by_sync  # reads maintenance, which it does not
    titles = [sheet.name for sheet in Package.open(part.data).sheets]
    assert "客户流失预警" not in titles
    assert "冲突处理" in titles


def test_an_empty_copy_has_a_blank_row_with_formulas_and_without_an_id():
    place = Layout(book_of()).tables["customers"]
    sheet = Package.open(copy("nobody").data).sheet(place.sheet)
    assert sheet.cell(place.cell("age", 0)).formula is not None
    assert sheet.cell(f"{place.row_id.letter}{place.first_row}").value in {None, ""}
    assert sheet.cell(place.cell("last_interaction", 0)).value in {None, ""}


@pytest.mark.slow
def test_own_columns_stand_at_the_end_and_are_read_as_such():
    import datetime as dt

    book = book_of()
    frames = dict(tables())
    count = len(frames["customers"])
    frames["customers"] = frames["customers"].assign(
        **{
            f"{OWN}微信群": ["甲", None, "丙"] + [None] * (count - 3),
            f"{OWN}Paid on": pd.Series(
                [dt.date(2025, 1, 2)] + [None] * (count - 1), frames["customers"].index, object
            ),
        }
    )
    data = build_workbook(book, frames, load_example("company").as_of, Stamp("b", "w")).data
    assert lint(data) == []
    found = read_workbook(data, book).tables["customers"]
    assert list(found.custom) == ["微信群", "Paid on"]
    assert found.own["微信群"].tolist()[:4] == ["甲", None, "丙", None]
    assert found.own["Paid on"].iloc[0] == dt.date(2025, 1, 2) or found.own["Paid on"].iloc[0] == 45659
