"""Ids as a format writes them: with what stands around the number, padded, and anew in each year or month."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbook.schema.numbering import Numbering, numbering_of

DAY = dt.date(2025, 3, 9)


@pytest.mark.parametrize(
    ("form", "id_"),
    [
        (None, "7"), ("0", "7"), ("000", "007"), ("A-000", "A-007"), ('"A-"000', "A-007"),
        ("yyyy-0000", "2025-0007"), ("yyyymm-00", "202503-07"), ("INV yyyy/000", "INV 2025/007"), ("客户0000号", "客户0007号"),
        ("000/A", "007/A"), ("v2.00", "v2.07"),
    ],
)  # fmt: skip
def test_a_number_is_written_by_its_format(form, id_):
    numbering = numbering_of(form)
    assert numbering.text(7, DAY) == id_
    assert numbering.read(id_) == (numbering.of(DAY), 7)


@pytest.mark.parametrize("form", ["", "A-001", "2025-0001", "A", "yyyy0000", "yyyymm00", "20000", "00-1"])
def test_what_says_no_number_is_no_format(form):
    assert numbering_of(form) is None


@pytest.mark.parametrize(
    ("form", "id_", "right"),
    [
        ("000", "8", "008"), ("000", "0008", "008"), ("000", "1234", "1234"), ("A-000", "A-8", "A-008"), ("A-000", "a-008", "A-008"),
        ("A-000", "8", None), ("A-000", "B-8", None), ("yyyy-0000", "2024-12", "2024-0012"), ("yyyy-0000", "24-12", None),
        ("000", "8" * 16, None), ("000", "８", None),
    ],
)  # fmt: skip
def test_an_id_is_read_however_far_it_is_padded(form, id_, right):
    assert numbering_of(form).respelled(id_) == right


def test_each_year_has_its_highest():
    numbering = numbering_of("yyyy-000")
    assert numbering.highest(["2024-017", "2025-002", "2025-001", "x", None]) == {"2024": 17, "2025": 2}


@given(
    st.text("AbN-/_ 客#.", max_size=6),
    st.integers(1, 8),
    st.text("AbN-/_ 客#.", max_size=6),
    st.integers(0, 10**9),
)
def test_what_is_written_is_read(before, width, behind, number):
    numbering = numbering_of(f"{before}{'0' * width}{behind}")
    assert isinstance(numbering, Numbering)
    assert numbering.read(numbering.text(number, DAY)) == ("", number)
