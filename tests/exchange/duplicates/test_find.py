"""Pairs of rows that may be one: what makes a pair, and what is no false alarm."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from crmbook.exchange.duplicates import find_duplicates
from crmbook.schema import load_book

if TYPE_CHECKING:
    from collections.abc import Collection

    from crmbook.exchange.duplicates import Pair


def pairs(
    *rows: dict[str, Any],
    template: str = "standard",
    table: str = "customers",
    distinct: Collection[frozenset[str]] = (),
) -> list[Pair]:
    """Return the pairs of some rows, whose ids are ``r0``, ``r1`` …"""
    book = load_book(template, "zh")
    labels = list(dict.fromkeys(label for row in rows for label in row))
    cells = {label: [row.get(label) for row in rows] for label in labels}
    frame = pd.DataFrame(cells, index=[f"r{place}" for place in range(len(rows))], dtype=object)
    if "birth_date" in frame:
        frame["birth_date"] = pd.to_datetime(frame["birth_date"]).astype("datetime64[us]")
    return find_duplicates(book, book.tables[table], frame, distinct)


def told(found: list[Pair]) -> dict[tuple[str, ...], str]:
    """Return by fields of one pair what they say."""
    [pair] = found
    return {reason.labels: reason.speaks for reason in pair.reasons}


@pytest.mark.parametrize(
    ("one", "other", "reasons"),
    [
        (
            {"name": "张三", "phone": "13811112222"},
            {"name": "张三", "phone": "+86 138-1111-2222"},
            {("name", "phone"): "same"},
        ),
        (
            {"name": "张三先生", "phone": "13811112222"},
            {"name": "张三（老客户）", "phone": "１３８１１１１２２２２"},
            {("name", "phone"): "same"},
        ),
        (
            {"name": "Wei Zhang", "email": "wei@example.org"},
            {"name": "ZHANG, Wei", "email": "Wei@Example.org"},
            {("name", "email"): "same"},
        ),
        (
            {"name": "张三", "company": "星河科技有限公司"},
            {"name": "张三", "company": "星河科技"},
            {("name", "company"): "same"},
        ),
        (
            {"name": "王小明", "phone": "13911110000"},
            {"name": "王晓明", "phone": "13911110000"},
            {("phone",): "same", ("name",): "similar"},
        ),
        (
            {"name": "张伟", "phone": "13911110000"},
            {"name": "David", "phone": "13911110000"},
            {("phone",): "same", ("name",): "differs"},
        ),
        (
            {"name": "Jonathan Smith", "company": "Acme Ltd"},
            {"name": "Jonathon Smith", "company": "ACME"},
            {("company",): "same", ("name",): "similar"},
        ),
        (
            {"name": "张三", "phone": "010-88886666"},
            {"name": "张三", "phone": "01088886666"},
            {("name", "phone"): "same"},
        ),
        (
            {"name": "张三", "birth_date": "1990-05-01"},
            {"name": "张三", "birth_date": "1990-05-01"},
            {("name", "birth_date"): "same"},
        ),
    ],
)
def test_what_two_rows_have_in_common_makes_a_pair(one, other, reasons):
    assert told(pairs(one, other)) == reasons


COLLEAGUES = ("张三", "李四", "王五", "赵六")


@pytest.mark.parametrize(
    "rows",
    [
        [{"name": name, "phone": "010-88886666", "company": "华为"} for name in COLLEAGUES],
        [{"name": name, "phone": "13811112222"} for name in COLLEAGUES],
        [{"name": name, "company": "星河科技", "email": "info@galaxy.cn"} for name in COLLEAGUES],
        [{"name": name, "phone": "13800000000"} for name in COLLEAGUES[:2]],
        [{"name": "张三", "phone": phone} for phone in ("11111111111", "11111111111")],
        [{"name": name, "phone": "无", "email": "test@qq.com", "company": "无"} for name in COLLEAGUES[:2]],
        [{"name": "无", "company": "星河科技"}, {"name": "无", "company": "星河科技"}],
        [{"name": "张三", "phone": "", "company": " "}, {"name": "张三", "phone": None, "company": ""}],
        [{"name": "张小红", "company": "星河科技"}, {"name": "张小明", "company": "星河科技"}],
        [
            {"name": "张伟", "company": "华为", "phone": "13811112222", "email": "a@huawei.com"},
            {"name": "张伟", "company": "华为", "phone": "13911113333", "email": "b@huawei.com"},
        ],
        [{"name": "张三", "address": "北京市海淀区"} for _ in range(25)],
    ],
    ids=["switchboard", "mobile of four", "office address", "filler", "eleven ones", "words for nothing",
         "nameless", "blank", "siblings", "namesakes", "whole district"],
)  # fmt: skip
def test_what_many_share_or_nobody_has_is_no_alarm(rows):
    assert pairs(*rows) == []


def test_several_contacts_of_a_company_are_several_customers():
    rows = [{"name": "华为公司", "contact_name": name, "phone": "0755-28780808"} for name in ("张三", "李四")]
    assert pairs(*rows, template="b2b") == []
    rows[1]["contact_name"] = "张三"
    assert told(pairs(*rows, template="b2b"))["name", "phone", "contact_name"] == "same"


def test_prospects_are_known_by_a_number_or_an_address():
    rows = [
        {"name": "张三", "contact": "13811112222"},
        {"name": "张三", "contact": "138 1111 2222"},
        {"name": "李四", "contact": "li@example.org"},
        {"name": "李四", "contact": "LI@example.org"},
    ]
    assert [(one.first, one.second) for one in pairs(*rows, table="prospects")] == [
        ("r0", "r1"),
        ("r2", "r3"),
    ]


def test_more_in_common_is_surer_and_stands_first():
    found = pairs(
        {"name": "王五", "company": "云帆教育"},
        {"name": "王五", "company": "云帆教育"},
        {"name": "张三", "phone": "13811112222", "email": "z@example.org"},
        {"name": "张三", "phone": "13811112222", "email": "z@example.org"},
        {"name": "李四", "phone": "13911112222"},
        {"name": "李四", "phone": "13911112222"},
    )
    assert [one.first for one in found] == ["r2", "r4", "r0"]
    assert sorted((one.score for one in found), reverse=True) == [one.score for one in found]
    assert all(60 <= one.score <= 99 for one in found)


def test_what_was_said_to_be_two_is_no_pair():
    rows = [{"name": "张三", "phone": "13811112222"}] * 3
    assert len(pairs(*rows)) == 3
    left = pairs(*rows, distinct={frozenset({"r2", "r0"})})
    assert [(one.first, one.second) for one in left] == [("r0", "r1"), ("r1", "r2")]


def test_a_crowd_of_one_name_is_compared_with_its_first():
    """The same person a hundred times over: a hundred pairs, not five thousand."""
    found = pairs(*[{"name": "张三", "phone": "13811112222"}] * 100)
    assert {one.first for one in found} == {"r0"}
    assert len(found) == 99


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_rows_says_nothing(seed):
    dice = random.Random(seed)
    rows = [
        {
            "row": f"p{number}",
            "name": dice.choice(["张三", "李四", "王小明", "王晓明", "Jonathan Smith", "Jonathon Smith"]),
            "phone": dice.choice([None, f"1381111{dice.randrange(20):04}"]),
            "company": dice.choice([None, "星河科技", "Acme"]),
            "birth_date": dice.choice([None, "1990-05-01"]),
        }
        for number in range(30)
    ]

    def known(order: list[dict[str, Any]]) -> set[tuple[frozenset[str], int]]:
        cells = [{key: value for key, value in row.items() if key != "row"} for row in order]
        names = {f"r{place}": row["row"] for place, row in enumerate(order)}
        return {(frozenset((names[one.first], names[one.second])), one.score) for one in pairs(*cells)}

    several = [row for row in rows if rows.count(row) < 8]
    assert known(several) == known(dice.sample(several, len(several))) != set()
