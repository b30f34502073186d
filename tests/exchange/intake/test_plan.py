"""What a plan makes of each row: new, update, same, duplicate, doubtful; and of its cells."""

from __future__ import annotations

from datetime import date, datetime

import pandas as pd
import pytest

from crmbook.exchange.intake import plan_import
from crmbook.exchange.mapping.model import ColumnRule, DayOrder, Mapping, Typed
from tests.exchange.intake.desk import DAY, Club, actions, again, book, people, sheet_of, source_of

ZHANG = {
    "name": "张三",
    "phone": "13800000001",
    "email": "zhang@a.cn",
    "company": "星河科技",
    "province": "江苏",
}


@pytest.fixture
def club(tmp_path):
    return Club(tmp_path)


@pytest.mark.sample(7)
@pytest.mark.parametrize(
    ("row", "action"),
    [
        ({"name": "张三", "phone": "+86 138-0000-0001"}, "same"),
        ({"name": "张三", "phone": "１３８００００ ０００１"}, "same"),
        ({"name": "张 三", "email": "Zhang@A.CN"}, "same"),
        ({"name": "张三", "company": "星河科技（北京）有限公司"}, "same"),
        ({"name": "张三", "phone": "13800000001", "grade": "甲"}, "update"),
        ({"phone": "13800000001", "grade": "甲"}, "update"),
        ({"person_id": "1", "name": "张三", "grade": "甲"}, "update"),
        ({"person_id": "001", "name": "王五"}, "doubtful"),
        ({"person_id": "007", "name": "张三", "phone": "13800000001"}, "doubtful"),
        ({"name": "王五", "phone": "13800000001"}, "doubtful"),
        ({"name": "张三"}, "same"),
        ({"name": "张三", "grade": "甲"}, "doubtful"),
        ({"name": "张三", "province": "浙江"}, "new"),
        ({"name": "张三", "phone": "13900000009"}, "new"),
        ({"name": "张三", "company": "远大建材"}, "new"),
        ({"name": "张三", "company": "星河科技", "phone": "13900000009"}, "new"),
        ({"name": "王五", "company": "星河科技"}, "new"),
        ({"name": "张三", "company": "星河科技", "province": "浙江"}, "doubtful"),
        ({"name": "张三", "phone": "13800000001", "province": "浙江"}, "same"),
        ({"phone": "13900000009"}, "skip"),
    ],
)
def test_a_row_is_known_by_what_it_says(club, row, action):
    club.bring(ZHANG)
    assert actions(club.plan(*people(row))) == [action]


def test_values_of_two_rows_are_doubtful(club):
    club.bring(ZHANG, {"name": "张三", "phone": "13800000002", "email": "other@a.cn"})
    plan = club.plan(*people({"name": "张三", "phone": "13800000002", "email": "zhang@a.cn"}))
    assert actions(plan) == ["doubtful"]
    assert [(issue.code, issue.location.cell) for issue in plan.issues] == [("intake.doubtful", "A2")]
    assert plan.failed == {2: {"姓名": "张三", "电话": "13800000002", "邮箱": "zhang@a.cn"}}


@pytest.mark.parametrize(("decision", "action"), [("new", "new"), ("update", "update"), ("skip", "skip")])
def test_a_person_says_what_a_doubtful_row_is(club, decision, action):
    club.bring(ZHANG)
    plan = club.plan(*people({"name": "张三", "grade": "甲"}), decisions={("people", 2): decision})
    assert actions(plan) == [action]
    club.take(plan)
    assert [row.get("grade") for row in club.rows()] == {
        "new": [None, "甲"],
        "update": ["甲"],
        "skip": [None],
    }[decision]


def test_what_a_person_called_new_is_new_once(club):
    rows, said = people(ZHANG, ZHANG), {("people", 3): "new"}
    first = club.plan(*rows, decisions=said)
    assert actions(first) == ["new", "new"]
    club.take(first)
    assert actions(club.plan(*rows, decisions=said, earlier=again())) == ["same", "same"]
    assert [row["name"] for row in club.rows()] == ["张三", "张三"]


def test_colleagues_at_one_switchboard_are_several(club):
    rows = [{"name": name, "phone": "010-62551234"} for name in ("张三", "李四")]
    assert actions(club.plan(*people(*rows))) == ["new", "new"]


def test_a_number_under_three_names_is_nobodys(club):
    rows = [{"name": name, "phone": "13800000000"} for name in ("张三", "李四", "王五")]
    assert actions(club.bring(*rows)) == ["new", "new", "new"]
    assert actions(club.plan(*people(*rows))) == ["same", "same", "same"]


def test_a_repeated_row_fills_the_blanks_of_the_first(club):
    plan = club.bring(
        {"name": "张三", "phone": "13800000001"},
        {"name": "张三", "phone": "138 0000 0001", "email": "zhang@a.cn"},
        {"name": "张三", "email": "zhang@a.cn", "company": "星河"},
    )
    assert actions(plan) == ["new", "duplicate", "duplicate"]
    assert [(one.of_row, dict(one.changes)) for one in plan.rows] == [
        (0, {}), (2, {"email": (None, "zhang@a.cn")}), (2, {"company": (None, "星河")}),
    ]  # fmt: skip
    assert club.rows() == [
        {
            "person_id": "001",
            "name": "张三",
            "phone": "13800000001",
            "email": "zhang@a.cn",
            "company": "星河",
            "state": "新",
        }
    ]


def test_a_value_that_is_not_taken_is_named(club):
    club.bring({**ZHANG, "grade": "甲"})
    rows = [{"name": "张三", "phone": "13800000001", "grade": "乙"}, {"name": "李四", "grade": "甲"}]
    plan = club.plan(*people(*rows))
    assert [
        (issue.code, issue.field_name, issue.value, issue.count, issue.cells) for issue in plan.issues
    ] == [("intake.other-value", "grade", "乙", 1, ("C2",))]
    plan = club.plan(*people(*rows, policies={("people", "grade"): "overwrite"}))
    assert (plan.issues, plan.rows[0].changes) == ([], {"grade": ("甲", "乙")})


def test_a_line_without_a_name_speaks_of_a_person_who_comes_later(club):
    plan = club.bring({"phone": "13800000001", "email": "z@a.cn"}, {"name": "张三", "phone": "13800000001"})
    assert [(one.action, one.of_row) for one in plan.rows] == [("duplicate", 3), ("new", 0)]
    assert [(row["name"], row["email"]) for row in club.rows()] == [("张三", "z@a.cn")]


def test_a_list_imported_twice_changes_nothing(club):
    rows = [
        ZHANG,
        {"name": "李四", "grade": "甲"},
        {"name": "李四"},
        {"name": "王五", "phone": "13800000005"},
    ]
    first = club.bring(*rows)
    assert actions(first) == ["new", "new", "duplicate", "new"]
    before = club.head
    assert actions(club.bring(*rows)) == ["same", "same", "duplicate", "same"]
    assert club.head.revision == before.revision


@pytest.mark.parametrize(
    ("policy", "expected"),
    [("fill", "旧"), ("overwrite", "新的"), ("keep", "旧"), ("append", "旧\n新的")],
)
def test_a_policy_says_what_a_filled_cell_becomes(club, policy, expected):
    club.bring({**ZHANG, "notes": "旧"})
    again = {"name": "张三", "phone": "13800000001", "notes": "新的", "company": None}
    club.bring(again, policies={("people", "notes"): policy, ("people", "company"): "overwrite"})
    assert [(row["notes"], row["company"]) for row in club.rows()] == [(expected, "星河科技")]
    club.bring(again, policies={("people", "notes"): policy})
    assert club.rows()[0]["notes"] == expected


def test_a_town_does_not_fill_up_another_province(club):
    club.bring({"name": "张三", "phone": "13800000001", "province": "江苏"})
    club.bring({"name": "张三", "phone": "13800000001", "province": "浙江", "town": "杭州"})
    assert [(row["province"], row.get("town")) for row in club.rows()] == [("江苏", None)]
    club.bring({"name": "张三", "phone": "13800000001", "province": "江苏", "town": "苏州"})
    assert [(row["province"], row.get("town")) for row in club.rows()] == [("江苏", "苏州")]


def test_a_blank_day_stays_blank_and_another_default_is_put(club):
    club.bring({"name": "张三", "since": None}, {"name": "李四", "since": "2020/1/5"})
    assert [(row.get("since"), row["state"]) for row in club.rows()] == [
        (None, "新"),
        (date(2020, 1, 5), "新"),
    ]


def test_rows_that_follow_come_with_it(club):
    club.bring(ZHANG)
    assert club.rows("care") == [{"person_id": "001"}]


def test_a_cell_that_is_no_value_is_left_out_and_named(club):
    plan = club.bring({**ZHANG, "grade": "丙", "since": "去年底"})
    assert plan.failed == {2: {"级别": "丙", "起始日期": "去年底"}}
    assert [(issue.code, str(issue.location), issue.value) for issue in plan.issues] == [
        ("value.not-in-list", "名单.csv 名单!F2", "丙"), ("value.not-a-date", "名单.csv 名单!G2", "去年底"),
    ]  # fmt: skip
    assert not {"grade", "since"} & club.rows()[0].keys()


def test_a_text_may_become_an_entry(club):
    rows = [{"name": "张三", "grade": "丙"}, {"name": "李四", "grade": "丁"}]
    plan = club.bring(*rows, added={"grade": ("丁",)})
    assert [row.get("grade") for row in club.rows()] == [None, "丁"]
    assert plan.failed == {2: {"级别": "丙"}}
    assert club.entries("grade") == ["甲", "乙", "丁"]


def test_a_row_keeps_the_key_that_it_brings_and_numbers_go_on(club):
    club.bring({"person_id": "17", "name": "张三"}, {"person_id": None, "name": "李四"})
    assert [row["person_id"] for row in club.rows()] == ["017", "018"]


def test_own_columns_come_along(club):
    club.bring({"name": "张三", "外号": " 小张 "}, {"name": "李四", "外号": None}, own=["外号"])
    assert [row.get("own:外号") for row in club.rows()] == ["小张", None]
    club.bring({"name": "张三", "外号": "小张"}, own=["外号"])
    assert len(club.rows()) == 2


ORDERS = {
    "订单号": ["A1", "A2", "A3", "A3"],
    "买家": ["tb1", "tb2", "tb1", "tb1"],
    "收货人": ["张三", "李四", "张先生", "张先生"],
    "金额": [100.0, 50.0, 70.0, 70.0],
    "下单": [
        "2024-01-05",
        "2024-01-06",
        datetime(2024, 1, 7, 8, 30),  # noqa: DTZ001 - as cells hold it
        "2024-01-07",
    ],
}


def orders(columns=ORDERS, digest="d1"):
    sheet = sheet_of(columns, "订单")
    frame = sheet.frame
    typed = Typed(
        {
            "sales": frame[["金额", "下单"]].set_axis(["amount", "on"], axis=1),
            "people": frame[["收货人"]].set_axis(["name"], axis=1),
        },
        {"sales": frame[["订单号"]], "people": frame[["买家"]]},
        {"sales": "订单号", "people": "买家"},
        {("sales", "person_id"): "people"},
    )
    rules = [
        ColumnRule("订单号", "sales", is_external=True), ColumnRule("买家", "people", is_external=True),
        ColumnRule("收货人", "people", "name"), ColumnRule("金额", "sales", "amount"), ColumnRule("下单", "sales", "on"),
    ]  # fmt: skip
    return typed, source_of(sheet, "订单.csv", digest), sheet, Mapping("sales", rules)


def test_orders_become_customers_and_sales(club):
    plan = club.plan(*orders())
    assert (actions(plan, "sales"), actions(plan)) == (
        ["new", "new", "new", "duplicate"], ["new", "new", "duplicate", "duplicate"],
    )  # fmt: skip
    club.take(plan)
    assert [(row["person_id"], row["name"], row["own:买家"]) for row in club.rows()] == [
        ("001", "张三", "tb1"), ("002", "李四", "tb2"),
    ]  # fmt: skip
    assert [
        (row["sale_id"], row["person_id"], row["amount"], row["on"], row["own:订单号"])
        for row in club.rows("sales")
    ] == [
        ("1001", "001", 100.0, date(2024, 1, 5), "A1"),
        ("1002", "002", 50.0, date(2024, 1, 6), "A2"),
        ("1003", "001", 70.0, date(2024, 1, 7), "A3"),
    ]
    assert set(actions(club.plan(*orders()), "sales")) == {"same", "duplicate"}


def test_orders_that_are_all_new_come_in_as_those_do_of_which_one_stands_twice(club, tmp_path):
    """The first go column by column, the others line by line."""
    columns = {name: [*cells[:3], cells[0]] for name, cells in ORDERS.items()}
    columns["金额"][1] = "没有"
    columns["收货人"][2] = None
    columns["买家"][2] = None
    first = {name: cells[:3] for name, cells in columns.items()}
    other = Club(tmp_path / "other")
    plans = [club.plan(*orders(first)), other.plan(*orders(columns))]
    assert [row for row in plans[1].rows if row.row < 5] == list(plans[0].rows)
    assert plans[0].counters == plans[1].counters
    assert plans[0].failed == {row: cells for row, cells in plans[1].failed.items() if row < 5}
    for name in ("sales", "people"):
        pd.testing.assert_frame_equal(plans[0].tables[name], plans[1].tables[name])


def test_keys_that_a_list_gives_are_kept_among_those_that_are_counted_on(club):
    club.bring(
        {"person_id": "005", "name": "甲"}, {"name": "乙"}, {"person_id": "001", "name": "丙"}, {"name": "丁"}
    )
    assert [row["person_id"] for row in club.rows()] == ["005", "006", "001", "007"]


def test_a_list_without_a_column_of_names_says_so(club):
    plan = club.plan(*people({"phone": "13800000001", "Nom": "Dupont"}, own=["Nom"]))
    assert [issue.code for issue in plan.issues] == ["intake.no-name-column"]
    plan = club.plan(
        *people({"phone": "13800000001", "name": None}, {"phone": "13800000002", "name": "张三"})
    )
    assert [issue.code for issue in plan.issues] == ["intake.no-name"]


def test_an_order_of_nobody_stays_out_with_its_row(club):
    plan = club.plan(
        *orders({**ORDERS, "买家": ["tb1", None, "tb1", "tb1"], "收货人": ["张三", None, "张", "张"]})
    )
    assert actions(plan, "sales") == ["new", "skip", "new", "duplicate"]
    assert plan.failed == {3: {"订单号": "A2", "金额": 50.0, "下单": "2024-01-06"}}
    assert [issue.location.cell for issue in plan.issues if issue.code == "intake.no-reference"] == ["A3"]


def named_orders(*names, digest="d1"):
    """Orders whose customers are known by their names alone."""
    sheet = sheet_of({"客户": list(names), "金额": [10.0 + at for at in range(len(names))]}, "订单")
    typed = Typed(
        {
            "sales": sheet.frame[["金额"]].set_axis(["amount"], axis=1),
            "people": sheet.frame[["客户"]].set_axis(["name"], axis=1),
        },
        links={("sales", "person_id"): "people"},
    )
    rules = [ColumnRule("客户", "people", "name"), ColumnRule("金额", "sales", "amount")]
    return typed, source_of(sheet, "订单.csv", digest), sheet, Mapping("sales", rules)


def test_orders_that_only_a_persons_name_gives_to_a_customer_are_asked_about(club):
    club.bring(ZHANG, {"name": "光明乳业有限公司", "phone": "13800000002"})
    orders = named_orders("张三", "光明乳业有限公司", "李四", "李四", "张三")
    plan = club.plan(*orders)
    assert actions(plan) == ["doubtful", "same", "new", "duplicate", "doubtful"]
    assert actions(plan, "sales") == ["skip", "new", "new", "new", "skip"]
    assert sorted(plan.failed) == [2, 6]
    decided = club.plan(*orders, decisions={("people", 2): "update"})
    assert actions(decided) == ["same", "same", "new", "duplicate", "duplicate"]
    assert actions(decided, "sales") == ["new"] * 5
    club.take(decided)
    assert [row["person_id"] for row in club.rows("sales")] == ["001", "002", "003", "003", "001"]
    assert actions(club.plan(*orders, earlier=again()), "sales") == ["same"] * 5


def test_the_orders_of_the_next_month_find_the_customers_of_whom_only_the_name_is_known(club):
    club.take(club.plan(*named_orders("李四", "王五")))
    plan = club.plan(*named_orders("王五", "赵六", digest="d2"))
    assert (actions(plan), actions(plan, "sales")) == (["same", "new"], ["new", "new"])


def sales(*amounts):
    sheet = sheet_of({"客户": ["张三"] * len(amounts), "金额": list(amounts)})
    typed = Typed({"sales": sheet.frame.set_axis(["person_id", "amount"], axis=1)})
    rules = [ColumnRule("客户", "sales", "person_id"), ColumnRule("金额", "sales", "amount")]
    return typed, source_of(sheet), sheet, Mapping("sales", rules)


def test_purchases_without_a_number_are_new_unless_the_same_list_comes_again(club):
    club.bring(ZHANG)
    plan = club.plan(*sales(100.0, 100.0))
    club.take(plan)
    assert [(row["person_id"], row["amount"]) for row in club.rows("sales")] == [("001", 100.0)] * 2
    assert actions(club.plan(*sales(100.0, 100.0)), "sales") == ["new", "new"]
    club.edit("sales", club.head.tables["sales"].index[0], amount=90.0)
    assert actions(club.plan(*sales(100.0, 100.0), earlier=again()), "sales") == ["same", "same"]


def test_planning_changes_neither_the_head_nor_the_list(club):
    club.bring(ZHANG)
    head = club.head
    kept = {name: frame.copy() for name, frame in head.tables.items()}
    typed, source, sheet, mapping = people({**ZHANG, "grade": "甲"}, {"name": "李四"})
    cells = sheet.frame.copy()
    plan_import(book(), head, typed, source, sheet, DAY, mapping=mapping)
    for name, frame in kept.items():
        pd.testing.assert_frame_equal(frame, head.tables[name])
    pd.testing.assert_frame_equal(cells, sheet.frame)


@pytest.mark.parametrize(("order", "word"), [("mdy", "月/日/年"), ("dmy", "日/月/年")])
def test_in_which_order_days_were_read_is_told(club, order, word):
    plan = club.plan(*people(ZHANG, day_orders={"起始日期": DayOrder(order, 2)}))
    said = [issue.text("zh") for issue in plan.issues if issue.location.cell == ""]
    assert any("“起始日期”有 2 处" in text and word in text for text in said)


def test_a_cell_of_several_people_is_told(club):
    plan = club.plan(*people(ZHANG, companions={(2, "姓名"): "张三/李四"}))
    told = [
        (issue.location.cell, issue.text("zh"))
        for issue in plan.issues
        if issue.code == "intake.several-people"
    ]
    assert told == [("A2", "“张三/李四”不止一个人：取第一位，整格原文写在备注里")]
