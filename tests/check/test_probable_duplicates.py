"""Rows that probably stand for one person: found whatever way the values are written, and nobody else."""

from __future__ import annotations

from functools import cache

import pytest

from crmbook.base.issues import Severity
from tests.check.filled import found

CUSTOMERS = [
    {"customer_id": "001", "name": "张三", "phone": "13800000001", "company": "星河科技有限公司"},
    {"customer_id": "002", "name": "张叁", "phone": "138 0000 0001"},
    {"customer_id": "003", "name": "张三", "email": "a@example.com", "company": "星河科技"},
    {"customer_id": "004", "name": "李四", "email": "li@example.com", "company": "云帆"},
    {"customer_id": "005", "name": "李司", "email": "LI@example.com"},
    {"customer_id": "006", "name": "张三", "email": "b@example.com", "company": "别家"},
    {"customer_id": "007", "name": "张三", "email": "c@example.com"},
    {"customer_id": "008", "name": "张三", "email": "d@example.com"},
    {"customer_id": "009", "name": "赵六", "phone": "13800000009", "email": "zhao@example.com", "company": "甲"},
    {"customer_id": "010", "name": "赵六", "phone": "+86 13800000009", "email": "zhao@example.com", "company": "甲"},
    *({"customer_id": f"{n:03}", "name": f"员工{n}", "phone": "010-88886666"} for n in range(100, 121)),
]  # fmt: skip
PROSPECTS = [
    {"customer_id": "001", "name": "张三", "contact": "13800000001"},
    {"customer_id": "004", "name": "李四", "contact": "zhao@example.com"},
    {"customer_id": "006", "name": "张三", "contact": "new@example.com", "company": "别家"},
    {"customer_id": "007", "name": "王某", "contact": "13900000009"},
    {"customer_id": "008", "name": "王某某", "contact": "139-0000-0009"},
]


@cache
def issues():
    return found({"customers": CUSTOMERS, "prospects": PROSPECTS})


def told(table):
    return [
        (one.code, one.row_key, one.field_name)
        for one in issues()
        if one.table == table and one.code.startswith(("check.same", "check.known"))
    ]


def test_customers_alike_are_told_once_by_their_best_sign():
    assert sorted(told("customers")) == [
        ("check.same-email", "004", "email"),
        ("check.same-email", "005", "email"),
        ("check.same-person", "001", "name"),
        ("check.same-person", "003", "name"),
        ("check.same-phone", "001", "phone"),
        ("check.same-phone", "002", "phone"),
        ("check.same-phone", "009", "phone"),
        ("check.same-phone", "010", "phone"),
    ]


def test_prospects_alike_and_those_known_as_another_customer():
    assert sorted(told("prospects")) == [
        ("check.known-already", "004", "contact"),
        ("check.same-phone", "007", "contact"),
        ("check.same-phone", "008", "contact"),
    ]


@pytest.mark.parametrize(
    ("code", "key", "zh", "en"),
    [
        ("check.same-phone", "001", "与第 3 行的号码相同", "Row 3 has the same number"),
        ("check.same-email", "005", "与第 5 行的电子邮件相同", "Row 5 has the same e-mail"),
        ("check.known-already", "004", "“客户基本信息”第 10 行（009）", "row 10 (009)"),
    ],
)
def test_the_other_row_is_named(code, key, zh, en):
    issue = next(one for one in issues() if (one.code, one.row_key) == (code, key))
    assert issue.severity is Severity.WARNING
    assert zh in issue.text("zh")
    assert en in issue.text("en")
    assert issue.remedy("zh")
    assert issue.remedy("en")


def test_companies_are_told_apart_by_their_contact_person():
    rows = [
        {"customer_id": "001", "name": "华为公司", "contact_name": "张三", "email": "a@example.com"},
        {"customer_id": "002", "name": "华为", "contact_name": "张三", "email": "b@example.com"},
        {"customer_id": "003", "name": "华为公司", "contact_name": "李四", "email": "c@example.com"},
    ]
    same = [one for one in found({"customers": rows}, "b2b") if one.code.startswith("check.same")]
    assert [(one.code, one.row_key) for one in same] == [
        ("check.same-person", "001"),
        ("check.same-person", "002"),
    ]
