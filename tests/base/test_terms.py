"""What may stay of a text that tells of a person, and how bytes are searched."""

from __future__ import annotations

import json

import pytest

from crmbook.base import Terms

TERMS = Terms(["13766667777", "Li@Example.com"], ["张三", "001 张三"], "◻")


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("电话13766667777。", "电话◻。"),
        ("137-6666-7777", "◻"),
        ("+86 137 6666 7777", "◻"),
        ("113766667777", "113766667777"),
        ("137666677771", "137666677771"),
        ("写信给 li@example.COM", "写信给 ◻"),
        ("张三", ""),
        (" 001 张三 ", ""),
        ("张三丰", "张三丰"),
        ("张三介绍来的", "张三介绍来的"),
        ('"李四,张三,王五"', '"李四,王五"'),
        ('HYPERLINK("#A1","001 张三")', 'HYPERLINK("#A1","")'),
        ("", ""),
    ],
)
def test_numbers_go_anywhere_and_names_where_they_are_all(text, stays):
    assert TERMS.stays(text) == stays


def test_an_entry_that_tells_of_the_person_goes_from_a_list_of_findings():
    found = [{"value": "张三来过"}, {"value": "别人"}, "13766667777"]
    assert TERMS.json({"findings": found, "张三": 1, "n": 2}) == {
        "findings": [{"value": "别人"}, "◻"],
        "n": 2,
    }


@pytest.mark.parametrize("data", [
    "x 张三 y".encode(), "x 张三".encode("gb18030"), "x张三".encode("utf-16-le"), json.dumps("张三").encode(), b"LI@EXAMPLE.COM",
    b"13766667777", b"+86 137-6666-7777", b"tel 137 6666 7777.",
])  # fmt: skip
def test_bytes_are_searched_as_programs_write_them(data):
    assert TERMS.count(data) == 1
    assert TERMS.count("张四 13766667778 1137-6666-7777".encode()) == 0
