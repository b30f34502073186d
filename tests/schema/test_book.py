"""A book says in one language what the files mean."""

from __future__ import annotations

import datetime as dt

import pytest

from crmbook.formula import Formula
from crmbook.schema import Storage, load_book
from tests.schema.problems import template_names
from tests.schema.world import changed, write_world

CUSTOMERS, ORDERS, LISTS = "schemas/customers.yaml", "schemas/orders.yaml", "schemas/lists.yaml"
PAGES, STANDARD, MONTHLY = "templates/pages.yaml", "templates/standard.yaml", "schemas/monthly.yaml"


@pytest.fixture
def world(tmp_path):
    return write_world(tmp_path)


def test_words_are_those_of_the_language(world):
    zh, en = (load_book("standard", lang, base=world) for lang in ("zh", "en"))
    assert [sheet.title for sheet in zh.sheets] == ["使用说明", "客户", "订单", "评分规则", "数据字典"]
    assert [sheet.title for sheet in en.sheets] == ["Guide", "Customers", "Orders", "Rules", "Dictionary"]
    assert zh.tables["customers"].fields["gender"].default == "男"
    assert en.tables["customers"].fields["gender"].default == "Male"
    assert zh.lists["city"].texts == ("北京", "上海")
    assert zh.lists["city"].values["beijing"].parent == "north"
    assert zh.scope.constants["level.high"] == "高"
    assert en.scope.constants["level.high"] == "High"
    assert zh.tables["customers"].checks[0].message.zh == "没有姓名"
    assert zh.cells["as_of"].title == "截止日期"
    assert zh.roles["sales"].sheets[1].fields == (
        "order_id",
        "customer_id",
        "date",
        "price",
        "count",
        "amount",
        "done",
    )


def test_fields_know_what_their_type_and_their_keys_say(world):
    fields = load_book(base=world).tables["orders"].fields
    assert list(fields) == ["order_id", "customer_id", "date", "price", "count", "amount", "code", "done"]
    assert (fields["price"].min, fields["price"].max, fields["price"].storage) == (0, 9999, Storage.NUMBER)
    assert (fields["count"].format, fields["price"].format) == ('0"件"', '"¥"#,##0.00')
    assert fields["amount"].override
    assert not fields["amount"].derived
    assert fields["amount"].typed
    assert isinstance(fields["date"].default, Formula)
    assert fields["code"].pattern == "[A-Z]+"
    customers = load_book(base=world).tables["customers"]
    assert customers.fields["total"].derived
    assert customers.fields["birthday"].max == dt.date(2100, 1, 1)
    assert customers.key_field.id_text(7) == "007"
    assert fields["order_id"].id_text(7) == "7"
    assert [field.name for field in load_book(base=world).tables["orders"].references_to("customers")] == [
        "customer_id"
    ]
    assert "Name" in customers.fields["name"].aliases
    assert "客户姓名" in customers.fields["name"].aliases


def test_formulas_are_bound_and_ordered(world):
    book = load_book(base=world)
    keys = list(book.order)
    assert set(keys) == set(book.formulas)
    assert (
        keys.index(("orders", "amount"))
        < keys.index(("customers", "total"))
        < keys.index(("customers", "level"))
    )
    assert keys.index(("orders", "amount")) < keys.index(("", "sales"))
    assert book.formulas["customers", "total"].references == {
        ("orders", "amount"),
        ("orders", "customer_id"),
        ("customers", "customer_id"),
    }
    assert book.tables["customers"].fields["level"].highlight[0].style == "good"
    assert book.tables["orders"].advance[0].carry == {"name": "code"}
    assert book.tables["customers"].reminders[0].due == "birthday"


def test_seed_rows_come_from_rules_lists_and_the_table_itself(tmp_path):
    changes = changed(MONTHLY, "seed: [{back: 0}, {back: 1}]", "rows: each of region")
    changes[MONTHLY] = changes[MONTHLY].replace("en: Months ago}, type: integer", "en: Region}, type: text")
    book = load_book(base=write_world(tmp_path))
    assert book.tables["monthly"].seed == ({"back": 0}, {"back": 1})
    assert book.tables["bands"].seed == (
        {"rule": "level", "title": "客户等级", "from": 0, "result": "低"},
        {"rule": "level", "title": "客户等级", "from": 1000, "result": "高"},
    )
    assert book.tables["parameters"].seed == ({"parameter": "days", "value": 30},)
    book = load_book(base=write_world(tmp_path, changes))
    assert book.tables["monthly"].seed == ({"back": "北方"}, {"back": "南方"})


def test_lists_without_a_dropdown_are_hidden_from_the_dictionary(tmp_path):
    book = load_book(
        base=write_world(
            tmp_path, changed(CUSTOMERS, "type: enum, list: gender, default: male", "type: text")
        )
    )
    assert book.lists["gender"].hidden
    assert not book.lists["region"].hidden
    assert "gender.male" in book.scope.constants


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_shows_things_that_the_template_lacks_is_left_out(tmp_path, lang):
    lean = changed(STANDARD, "  - table: orders\n", "")[STANDARD].replace(
        ", {table: orders, hide: [code]}", ""
    )
    total = changed(
        CUSTOMERS, "money, formula: '=SUMIFS(orders[amount],orders[customer_id],[@customer_id])'", "money"
    )
    book = load_book("standard", lang, base=write_world(tmp_path, {STANDARD: lean, **total}))
    assert "monthly" not in book.tables
    page = book.pages["guide"]
    assert (page.tables, page.charts, page.advice) == ((), (), ())
    assert [cell.id for cell in page.cells] == ["as_of"]


def test_rules_of_fields_that_the_template_leaves_out_go_with_them(tmp_path):
    changes = changed(
        STANDARD, "- table: customers", "- {table: customers, hide: [name, birthday, region, city]}"
    )
    table = load_book(base=write_world(tmp_path, changes)).tables["customers"]
    assert list(table.fields) == ["customer_id", "gender", "total", "level"]
    assert (table.checks, table.reminders, table.name_field) == ((), (), None)
    assert load_book(base=tmp_path).tables["orders"].advance[0].carry == {}


def test_template_chooses_fields_and_their_order(tmp_path):
    changes = changed(STANDARD, "- table: customers", "- {table: customers, fields: [name, customer_id]}")
    table = load_book(base=write_world(tmp_path, changes)).tables["customers"]
    assert list(table.fields) == ["name", "customer_id"]


def test_fingerprint_follows_the_content_and_not_the_language(tmp_path, world):
    book = load_book("standard", "zh", base=world)
    assert book.fingerprint == load_book("standard", "en", base=world).fingerprint
    changes = changed(ORDERS, "max: 9999", "max: 9998")
    assert load_book(base=write_world(tmp_path / "other", changes)).fingerprint != book.fingerprint
    remark = changed(ORDERS, "table: orders\n", "table: orders  # a remark\n")
    assert load_book(base=write_world(tmp_path / "third", remark)).fingerprint == book.fingerprint


def test_templates_are_known_by_name(world):
    assert template_names(base=world) == ("standard",)
