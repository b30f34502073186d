"""A cell that says how to reach somebody: numbers, addresses, and what is neither."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbook.base import locale_of
from crmbook.values import find_contact_points

LABELS = ("电话", "手机", "邮箱", "Tel", "Email", "E-mail")


def read(text, lang="zh"):
    found = find_contact_points(text, locale_of(lang), LABELS)
    return found.phones, found.emails, found.others


@pytest.mark.parametrize(
    ("text", "phones", "emails", "others"),
    [
        ("13800000000", ("13800000000",), (), ()),
        ("138 0000 0000", ("13800000000",), (), ()),
        ("zhang@example.com", (), ("zhang@example.com",), ()),
        ("13800000000 / a@b.cn", ("13800000000",), ("a@b.cn",), ()),
        ("a@b.cn 13800000000", ("13800000000",), ("a@b.cn",), ()),
        ("13800000000、a@b.cn", ("13800000000",), ("a@b.cn",), ()),
        ("手机：１３８００００００００，邮箱 a@b.cn", ("13800000000",), ("a@b.cn",), ()),
        ("手机：13800000000，邮箱：a@b.cn", ("13800000000",), ("a@b.cn",), ()),
        ("Tel. +86 138 0000 0000 E-mail: a@b.cn", ("13800000000",), ("a@b.cn",), ()),
        ("（010）12345678转801", ("010-12345678转801",), (), ()),
        ("13800000000（家）a@b.cn", ("13800000000",), ("a@b.cn",), ()),
        ("13800000000/13900000000", ("13800000000", "13900000000"), (), ()),
        ("a@b.cn;c@d.cn", (), ("a@b.cn", "c@d.cn"), ()),
        ("微信 abc123", (), (), ("微信 abc123",)),
        ("微信：13800000000", (), (), ("微信:13800000000",)),
        ("13800000000; QQ 123456", ("13800000000",), (), ("QQ 123456",)),
        ("张三 13800000000", (), (), ("张三 13800000000",)),
        ("123456789", ("123456789",), (), ()),
        ("a@b", (), (), ("a@b",)),
        ("手机", (), (), ()),
        ("", (), (), ()),
    ],
)
def test_what_a_cell_says_is_told_apart(text, phones, emails, others):
    assert read(text) == (phones, emails, others)


@given(st.text(max_size=60))
def test_any_text_is_read(text):
    phones, emails, others = read(text)
    assert all("@" in one for one in emails)
    assert not any("@" in one for one in phones)
    assert all(others)
