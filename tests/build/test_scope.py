"""Whose rows and which fields a working copy shows."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.base.errors import CrmbookError
from crmbook.base.issues import advise, describe
from crmbook.build.example import load_example
from crmbook.build.extract import reads_only
from crmbook.build.identity import row_ids
from crmbook.build.roles import role_book
from crmbook.build.scope import Scope, check_scope, rows_in_scope
from crmbook.formula import FormulaError
from crmbook.schema import load_book
from tests.books import TEMPLATES, book_of

BOOK = book_of()


def state(**tables: list[dict[str, object]]) -> dict[str, pd.DataFrame]:
    """State frames of a few rows; a row's ``id`` is its row id."""
    frames = {}
    for name, rows in tables.items():
        index = pd.Index([str(row["id"]) for row in rows], dtype=object)
        fields = [field.name for field in BOOK.tables[name].fields.values() if field.typed]
        columns = {field: pd.Series([row.get(field) for row in rows], index, object) for field in fields}
        frames[name] = pd.DataFrame(columns, index=index)
    return frames


SMALL = state(
    customers=[
        {"id": "c1", "customer_id": "001", "owner": "王芳", "region": "北京"},
        {"id": "c2", "customer_id": "002", "owner": "Ｗang", "region": "上海"},
        {"id": "c3", "customer_id": "003", "owner": None, "region": "北京"},
    ],
    transactions=[
        {"id": "t1", "customer_id": "001"},
        {"id": "t2", "customer_id": "002"},
        {"id": "t3", "customer_id": "003"},
        {"id": "t4", "customer_id": None},
    ],
    prospects=[
        {"id": "p1", "customer_id": "001"},
        {"id": "p2", "customer_id": None, "owner": " 王芳 "},
        {"id": "p3", "customer_id": None, "owner": "李强"},
    ],
    campaigns=[{"id": "m1"}, {"id": "m2"}],
)


def chosen(scope: Scope, **held: list[str]) -> dict[str, list[str]]:
    return {name: list(rows) for name, rows in rows_in_scope(BOOK, scope, SMALL, held).items()}


def test_without_limits_every_row_is_shown():
    assert chosen(Scope()) == {name: list(frame.index) for name, frame in SMALL.items()}
    assert chosen(Scope(role="sales")) == chosen(Scope())


@pytest.mark.parametrize("owner", ["王芳", " 王芳", "王芳　"])
def test_an_owner_sees_his_customers_and_the_rows_about_them(owner):
    assert chosen(Scope(owner=owner)) == {
        "customers": ["c1"],
        "transactions": ["t1"],
        "prospects": ["p1", "p2"],
        "campaigns": ["m1", "m2"],
    }


@pytest.mark.parametrize("owner", ["WANG", "wang", "ｗａｎｇ"])
def test_names_count_alike_in_either_case_and_width(owner):
    assert chosen(Scope(owner=owner))["customers"] == ["c2"]


@pytest.mark.parametrize(
    "where",
    [
        '=[@region]="北京"',
        '[@所在地区]="北京"',
        '=COUNTIFS(客户交易记录[客户ID],[@客户ID])*([@region]="北京")',
    ],
)
def test_a_condition_speaks_excel_with_names_or_headers(where):
    found = chosen(Scope(where=where))
    assert (found["customers"], found["transactions"]) == (["c1", "c3"], ["t1", "t3"])


def test_owner_and_condition_narrow_together():
    assert chosen(Scope(owner="王芳", where='[@region]="上海"'))["customers"] == []


@pytest.mark.parametrize(("where", "count"), [("1", 3), ("0", 0), ('"yes"', 0), ("1/0", 0), ("TRUE", 3)])
def test_only_a_plain_yes_counts(where, count):
    assert len(chosen(Scope(where=where))["customers"]) == count


def test_a_row_that_is_nobodys_stays_with_whoever_holds_it():
    mine = chosen(Scope(owner="王芳"), transactions=["t4"], prospects=["p3"])
    assert mine["transactions"] == ["t1", "t4"]
    assert mine["prospects"] == ["p1", "p2", "p3"]
    assert "t4" not in chosen(Scope(owner="wang"))["transactions"]


@pytest.mark.parametrize("held", [{"customers": ["c3"]}, {"transactions": ["t3"]}])
def test_a_customer_without_owner_stays_with_whoever_typed_it(held):
    mine = chosen(Scope(owner="王芳"), **held)
    assert mine["customers"] == ["c1", "c3"]
    assert mine["transactions"] == ["t1", "t3"]


TARGETS = state(
    customers=[{"id": "c1", "customer_id": "001", "owner": "王芳", "region": "北京"}],
    targets=[
        {"id": "g1", "target_id": "1", "owner": " 王芳"},
        {"id": "g2", "target_id": "2", "owner": "李强"},
        {"id": "g3", "target_id": "3", "owner": None},
    ],
)


@pytest.mark.parametrize(
    ("scope", "held", "rows"),
    [
        (Scope(), [], ["g1", "g2", "g3"]),
        (Scope(owner="王芳"), [], ["g1"]),
        (Scope(owner="王芳"), ["g2", "g3"], ["g1", "g3"]),
        (Scope(owner="赵磊"), [], []),
        (Scope(where='=[@region]="北京"'), [], []),
        (Scope(where='=[@region]="北京"'), ["g2"], ["g2"]),
        (Scope(owner="王芳", where='=[@region]="上海"'), [], ["g1"]),
        (Scope(rows=(("customers", '=[@region]="北京"'),)), [], []),
        (Scope(rows=(("targets", '=[@owner]="李强"'),)), [], ["g2"]),
    ],
)
def test_a_row_that_says_whose_it_is_stands_in_that_persons_copy_alone(scope, held, rows):
    assert list(rows_in_scope(BOOK, scope, TARGETS, {"targets": held})["targets"]) == rows


def test_holding_a_row_of_another_owner_is_no_right_to_it():
    assert chosen(Scope(owner="王芳"), customers=["c2"], transactions=["t2"])["customers"] == ["c1"]


def test_a_key_that_two_customers_bear_opens_no_rows():
    twice = {**SMALL, "customers": SMALL["customers"].assign(customer_id=["001", "001", "003"])}
    found = rows_in_scope(BOOK, Scope(owner="王芳"), twice, {"transactions": ["t4"]})
    assert (list(found["customers"]), list(found["transactions"])) == (["c1"], ["t4"])
    held = rows_in_scope(BOOK, Scope(owner="王芳"), twice, {"transactions": ["t1"]})
    assert list(held["transactions"]) == ["t1"]


@pytest.mark.parametrize(
    ("scope", "code"),
    [
        (Scope(role="boss"), "scope.unknown-role"),
        (Scope(where="[@age]>3"), "scope.computed"),
        (Scope(where="[@current_stage]=stage.recovery"), "scope.computed"),
        (Scope(where="[@registered_on]>as_of-30"), "scope.moves"),
        (Scope(where="[@registered_on]>TODAY()-30"), "scope.moves"),
    ],
)
def test_a_scope_that_cannot_be_is_refused_in_both_languages(scope, code):
    with pytest.raises(CrmbookError) as caught:
        check_scope(BOOK, scope)
    assert caught.value.code == code
    for lang in ("zh", "en"):
        assert "{" not in describe(code, lang, caught.value.params) + advise(code, lang, caught.value.params)


@pytest.mark.parametrize("where", ["[@ownr]=1", "(", "客户[x]=1", "owner"])
def test_a_wrong_formula_is_told_as_such(where):
    with pytest.raises(FormulaError):
        rows_in_scope(BOOK, Scope(where=where), SMALL)


@settings(max_examples=60, derandomize=True, deadline=None)
@given(
    owners=st.lists(st.sampled_from(["王芳", "李强", "", None]), min_size=1, max_size=8),
    about=st.lists(st.integers(0, 7), max_size=12),
)
def test_the_scopes_of_all_owners_share_no_customer_and_hold_every_owned_row(owners, about):
    tables = state(
        customers=[{"id": f"c{n}", "customer_id": str(n), "owner": owner} for n, owner in enumerate(owners)],
        transactions=[
            {"id": f"t{n}", "customer_id": str(customer)}
            for n, customer in enumerate(about)
            if customer < len(owners)
        ],
    )
    parts = [rows_in_scope(BOOK, Scope(owner=name), tables) for name in ("王芳", "李强")]
    for table, by in (("customers", "customer_id"), ("transactions", "customer_id")):
        one, other = (set(part[table]) for part in parts)
        assert not one & other
        owned = {str(n) for n, owner in enumerate(owners) if owner}
        frame = tables[table]
        assert one | other == set(frame.index[frame[by].isin(owned)])


# roles


@pytest.mark.parametrize("template", TEMPLATES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_role_sees_its_sheets_and_those_where_sync_speaks(template, lang):
    book = book_of(template, lang)
    for name, role in book.roles.items():
        shown = role_book(book, name)
        wanted = {sheet.name for sheet in role.sheets}
        titles = [sheet.name for sheet in shown.sheets]
        assert wanted <= set(titles)
        assert {"issues", "conflicts", "dictionary", "guide"} <= set(titles)
        assert titles == [sheet.name for sheet in book.sheets if sheet.name in titles]
        assert set(shown.tables) == {table for sheet in shown.sheets for table in sheet.tables}
        assert set(shown.order) == set(shown.formulas)


def test_hidden_fields_are_gone_and_what_reads_them_keeps_its_formula():
    shown = role_book(BOOK, "sales")
    fields = shown.tables["customers"].fields
    assert {"birth_date", "age", "age_group", "hobbies"}.isdisjoint(fields)
    assert fields["last_interaction"].derived
    assert ("customers", "current_stage") in shown.formulas  # reads maintenance, which sales does not see
    checks = {check.id for check in shown.tables["customers"].checks}
    assert "some-contact" in checks
    assert "born-before-as-of" not in checks


def test_the_key_is_shown_whatever_a_role_hides():
    from dataclasses import replace

    from crmbook.schema.role import Role, RoleSheet

    role = Role("few", "few", (RoleSheet("customers", ("owner", "city")),))
    shown = role_book(replace(BOOK, roles={"few": role}), "few")
    customers = shown.tables["customers"]
    assert list(customers.fields) == ["customer_id", "owner", "city"]
    assert (customers.name_field, customers.fields["city"].by) == (None, None)
    assert customers.reminders == ()
    present = {(table.name, name) for table in shown.tables.values() for name in table.fields}
    present |= {("", name) for name in shown.cells}
    for table in shown.tables.values():
        for field in table.fields.values():
            assert all(reads_only(light.formula, present) for light in field.highlight)


def test_without_a_role_the_book_is_the_book():
    assert role_book(BOOK, "") is BOOK


def test_an_example_falls_apart_into_its_owners():
    frames = load_example("company").frames(BOOK)
    tables = {
        name: frame.set_axis(pd.Index(row_ids(name, len(frame)), dtype=object))
        for name, frame in frames.items()
    }
    owners = tables["customers"]["owner"].dropna().unique()
    parts = [rows_in_scope(BOOK, Scope(owner=owner), tables) for owner in owners]
    for name in ("customers", "transactions", "loyalty", "tasks"):
        assert sum(len(part[name]) for part in parts) == len(tables[name])


@pytest.mark.parametrize("scope", [Scope(owner="王芳"), Scope(where='[@name]="a"')])
def test_a_book_without_customers_has_no_part_of_them(tmp_path, scope):
    for folder, text in {
        "schemas/visits.yaml": "table: visits\ntitle: {zh: 拜访, en: Visits}\nkey: visit_id\nfields:\n"
        "  visit_id: {title: {zh: 编号, en: ID}, type: id, start: 1, required: true}\n",
        "templates/visits.yaml": "template: visits\ntitle: {zh: 拜访, en: Visits}\nsheets: [{table: visits}]\n",
    }.items():
        (tmp_path / folder).parent.mkdir()
        (tmp_path / folder).write_text(text, encoding="utf-8")
    book = load_book("visits", "zh", tmp_path)
    check_scope(book, Scope())
    with pytest.raises(CrmbookError, match=r"scope\.no-customers"):
        check_scope(book, scope)
