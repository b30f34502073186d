"""Salutations and posts that stand with people's names: what they say is taken, and nothing of it is lost."""

from __future__ import annotations

import pytest

from tests.exchange.mapping.test_apply import typed


def row(name, more="", header="", **options):
    result = typed(f"姓名 | 手机{header}\n{name} | 13800138001{more}", **options)
    return result.frames["customers"].iloc[0]


@pytest.mark.parametrize(
    ("name", "bare", "gender", "position", "note"),
    [
        ("张三先生", "张三", "男", None, "姓名：张三先生"),
        ("刘强 先生", "刘强", "男", None, "姓名：刘强 先生"),
        ("李女士", "李女士", "女", None, None),
        ("欧阳锋老师", "欧阳锋", None, "老师", "姓名：欧阳锋老师"),
        ("陈经理", "陈经理", None, "经理", None),
        ("王副总经理", "王副总经理", None, "副总经理", None),
        ("王总", "王总", None, None, None),
        ("王董", "王董", None, None, None),
        ("欧阳总", "欧阳总", None, None, None),
        ("杨晓东总", "杨晓东", None, "总", "姓名：杨晓东总"),
        ("陈大文董", "陈大文", None, "董", "姓名：陈大文董"),
        ("欧阳锋总", "欧阳锋", None, "总", "姓名：欧阳锋总"),
        ("张伟总", "张伟", None, "总", "姓名：张伟总"),
        ("杨晓东(总)", "杨晓东", None, "总", "姓名：杨晓东(总)"),
        ("王小董", "王小董", None, None, None),
        ("欧阳小董", "欧阳小董", None, None, None),
        ("董总", "董总", None, None, None),
        ("华强北汇总", "华强北汇总", None, None, None),
        ("Mr. John Smith", "John Smith", "男", None, "姓名：Mr. John Smith"),
        ("Dr. Ann Lee", "Ann Lee", None, "Dr", "姓名：Dr. Ann Lee"),
        ("Missy Elliott", "Missy Elliott", None, None, None),
        ("李建工", "李建工", None, None, None),
        ("女士服装城先生", "女士服装城先生", None, None, None),
        ("先生", "先生", None, None, None),
    ],
)
def test_what_stands_with_a_name_goes_where_it_belongs(name, bare, gender, position, note):
    found = row(name)
    assert [found.get(label) for label in ("name", "gender", "position", "notes")] == [
        bare,
        gender,
        position,
        note,
    ]


def test_what_the_list_says_itself_goes_before_it():
    found = row("张三经理", " | 女 | 财务", " | 性别 | 职位")
    assert [found[label] for label in ("name", "gender", "position", "notes")] == [
        "张三",
        "女",
        "财务",
        "姓名：张三经理",
    ]


def test_owners_are_called_as_their_colleagues_call_them():
    assert row("张三", " | 李四经理", " | 负责人")["owner"] == "李四经理"


def test_a_book_without_such_fields_keeps_what_stood_there():
    found = row("张三先生", template="b2b")
    assert "张三" in [found.get("name"), found.get("contact_name")]
    assert "张三先生" in str(found.get("notes"))
