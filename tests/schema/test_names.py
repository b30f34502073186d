"""Names as office programs accept them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.schema.names import (
    column_letters,
    is_header,
    is_machine_name,
    is_name,
    is_sheet_name,
    looks_like_a_cell,
    name_from,
)


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("客户基本信息", True), ("A" * 31, True), ("A" * 32, False), ("", False), ("a/b", False), ("a:b", False),
        ("[x]", False), ("what?", False), ("a*", False), ("a\\b", False), ("'a", False), ("a'", False), ("it's", True),
        ("History", False), ("history", False), (" a", False), ("\U0001f600" * 16, False), ("a\nb", False),
    ],
)  # fmt: skip
def test_sheet_name(name, good):
    assert is_sheet_name(name) is good


@pytest.mark.parametrize(
    ("header", "good"),
    [
        ("购物车商品", True),
        ("a\nb", False),
        ("", False),
        (" a", False),
        ("【电话】", False),
        ("x" * 255, True),
        ("x" * 256, False),
    ],
)
def test_header(header, good):
    assert is_header(header) is good


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("CRM1", True), ("CRM2024", True), ("XFD1048576", True), ("XFE1", False), ("A1048577", False), ("A0", False),
        ("R1C1", True), ("R", True), ("c", True), ("R12", True), ("RC", True), ("CRM_1", False), ("ABCD1", False),
        ("客户1", False),
    ],
)  # fmt: skip
def test_what_looks_like_a_cell(text, cell):
    assert looks_like_a_cell(text) is cell


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("客户忠诚度分析", "客户忠诚度分析"), ("Loyalty analysis", "Loyalty_analysis"), ("CRM1", "_CRM1"), ("R1C1", "_R1C1"),
        ("尺码/规格", "尺码_规格"), ("2024 sales", "_2024_sales"), ("!!", "__"), ("True", "_True"),
    ],
)  # fmt: skip
def test_name_from_title(title, name):
    assert name_from(title) == name
    assert is_name(name)


@given(st.text(min_size=1, max_size=300))
@settings(derandomize=True, deadline=None, max_examples=150)
def test_every_title_gives_a_valid_name(title):
    assert is_name(name_from(title))


@pytest.mark.parametrize(
    ("index", "letters"), [(0, "A"), (25, "Z"), (26, "AA"), (701, "ZZ"), (702, "AAA"), (16_383, "XFD")]
)
def test_column_letters(index, letters):
    assert column_letters(index) == letters


@pytest.mark.parametrize(
    ("text", "good"),
    [("customer_id", True), ("a1", True), ("1a", False), ("Aa", False), ("a-b", False), ("a\n", False)],
)
def test_machine_name(text, good):
    assert is_machine_name(text) is good
