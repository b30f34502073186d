"""The layout is the one truth of field ↔ sheet and column."""

from __future__ import annotations

import pytest

from crmbook.schema import Layout, load_book
from tests.schema.world import changed, write_world

STANDARD, CUSTOMERS = "templates/standard.yaml", "schemas/customers.yaml"


@pytest.fixture
def layouts(tmp_path):
    write_world(tmp_path)
    return {lang: Layout(load_book("standard", lang, base=tmp_path)) for lang in ("zh", "en")}


def test_table_starts_at_a1_and_ends_with_the_service_columns(layouts):
    orders = layouts["zh"].tables["orders"]
    assert (orders.sheet, orders.name, orders.header_row, orders.first_row) == ("订单", "订单", 1, 2)
    assert orders.headers == (
        "订单ID",
        "客户ID",
        "日期",
        "单价",
        "数量",
        "金额",
        "编码",
        "完成",
        "问题",
        "行标识",
    )
    assert (orders.issues.letter, orders.row_id.letter) == ("I", "J")
    assert orders.ref(20) == "A1:J21"
    assert orders.ref(0) == "A1:J2"
    assert orders.cell("price", 3) == "D5"
    assert orders.area("price", 20) == "'订单'!$D$2:$D$21"
    assert orders.area("price") == "'订单'!$D$2:$D$1048576"
    assert layouts["en"].tables["orders"].headers[-2:] == ("Issues", "Row id")


def test_tables_of_a_page_stand_side_by_side_below_its_head(layouts):
    zh = layouts["zh"]
    assert zh.tables["bands"].ref(2) == "A4:G6"
    assert zh.tables["parameters"].columns["parameter"].letter == "I"
    assert zh.tables["parameters"].ref(1) == "I4:L5"
    assert zh.tables["bands"].sheet == zh.tables["parameters"].sheet == "评分规则"


def test_unmanaged_table_has_no_service_columns_and_leaves_room_for_charts(layouts):
    monthly = layouts["zh"].tables["monthly"]
    assert (monthly.issues, monthly.row_id, monthly.ref(2)) == (None, None, "O4:P6")


@pytest.mark.parametrize(
    ("header", "field"),
    [
        ("姓名", "name"),
        ("客户姓名", "name"),
        ("Name", "name"),
        (" name ", "name"),
        ("姓 名*", "name"),
        ("unheard", None),
    ],
)
def test_header_is_known_by_title_alias_and_other_language(layouts, header, field):
    assert layouts["zh"].tables["customers"].field_for(header) == field
    assert layouts["en"].tables["customers"].field_for(header) == field


def test_title_wins_over_the_alias_of_another_field(tmp_path):
    changes = changed(
        CUSTOMERS, "gender: {title: {zh: 性别, en: Gender}", "gender: {title: {zh: Birthday, en: Gender}"
    )
    layout = Layout(load_book("standard", "zh", base=write_world(tmp_path, changes)))
    assert layout.tables["customers"].field_for("Birthday") == "gender"


def test_sheet_is_known_by_title_and_other_language(layouts):
    assert layouts["zh"].table_for("订单") == "orders"
    assert layouts["zh"].table_for("orders") == "orders"
    assert layouts["zh"].table_for("发票") is None


def test_lists_stand_in_the_dictionary_under_defined_names(layouts):
    zh, en = layouts["zh"].lists, layouts["en"].lists
    assert [(entry.defined_name, entry.letter, entry.parent_letter) for entry in zh.values()] == [
        ("列表_性别", "A", ""),
        ("列表_地区", "B", ""),
        ("列表_城市", "C", "D"),
        ("列表_等级", "E", ""),
    ]
    assert en["city"].defined_name == "List_City"
    assert (zh["city"].sheet, zh["city"].parent_header) == ("数据字典", "城市·地区")
    assert layouts["zh"].after_lists == 5


def test_formulas_are_written_with_the_words_of_the_workbook(layouts):
    rendered = {
        lang: layout.book.formulas["orders", "amount"].render(layout.labels())
        for lang, layout in layouts.items()
    }
    assert rendered == {
        "zh": "=订单[[#This Row],[单价]]*订单[[#This Row],[数量]]",
        "en": "=Orders[[#This Row],[Price]]*Orders[[#This Row],[Count]]",
    }
    layout = layouts["en"]
    reminder = layout.book.tables["customers"].reminders[0]
    assert reminder.formula.render_a1(layout.labels({"customers": 9}), 2) == "=$F2=As_of_date"
    assert layout.names == {"as_of": "As_of_date", "sales": "Sales"}


def test_every_name_in_a_workbook_is_distinct(layouts):
    for layout in layouts.values():
        names = [table.name for table in layout.tables.values()]
        names += [entry.defined_name for entry in layout.lists.values()]
        names += layout.names.values()
        assert len({name.casefold() for name in names}) == len(names)
