"""Rows that are written alike are read at once: what is found is what taking each apart finds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbook.read.alike import AlikeRows
from crmbook.read.tags import read_tags

_CELLS = (
    '<c r="{place}"/>',
    '<c r="{place}" s="3"/>',
    '<c r="{place}" s="3" t="s"><v>{number}</v></c>',
    '<c r="{place}"><v>{number}.5</v></c>',
    '<c r="{place}" s="12"><v></v></c>',
    '<c r="{place}" t="str"><f>IF(A{row}&gt;1,"王","")</f><v>王 &amp; 芳 {number}，一段比二十四个字节长的文字</v></c>',
    '<c r="{place}" t="b"><f>TRUE()</f><v>1</v></c>',
    '<c r="{place}"><f>A1</f></c>',
    '<c r="{place}" t="e"><v>#N/A</v></c>',
    '<c r="{place}"><f t="shared" si="0"/><v>{number}</v></c>',
)


def _row(number, kinds, numbers, more=' spans="1:9"'):
    cells = "".join(
        _CELLS[kind].format(place=f"{letter}{number}", row=number, number=value)
        for letter, kind, value in zip(("A", "B", "Z", "AA", "ABC"), kinds, numbers, strict=False)
    )
    return f'<row r="{number}"{more}>{cells}</row>'


def _told(found):
    """Return each cell by its place: type, format, whether it has a formula and a value, the value's bytes."""
    if found is None:
        return None
    cells = {}
    for strip in found.strips:
        values = strip.texts() if strip.has_value else [None] * len(strip.rows)
        indexes = strip.indexes() if strip.kind == b"s" else None
        for at, row in enumerate(strip.rows.tolist()):
            assert (row, strip.column) not in cells
            cells[row, strip.column] = (
                *(strip.kind, int(strip.styles[at]), strip.has_formula, strip.has_value, values[at]),
                None if indexes is None else int(indexes[at]),
            )
    return cells, found.is_bare, found.begins.tolist(), found.numbers.tolist()


@st.composite
def _runs(draw):
    """Rows of a few kinds, with gaps between their numbers, across a number of more digits."""
    kinds = draw(st.lists(st.lists(st.integers(0, len(_CELLS) - 1), max_size=5), min_size=1, max_size=3))
    more = draw(st.sampled_from(["", ' spans="1:9"', ' ht="15.6" customHeight="1"']))
    number = draw(st.sampled_from([1, 60, 970, 9_960]))
    rows = []
    for _ in range(draw(st.integers(1, 90))):
        values = draw(st.lists(st.integers(0, 2_000_000), min_size=5, max_size=5))
        rows.append(_row(number, draw(st.sampled_from(kinds)), values, more))
        number += draw(st.sampled_from([1, 1, 1, 2]))
    return "".join(rows).encode()


@pytest.mark.slow
@given(run=_runs())
def test_rows_are_read_as_if_each_were_taken_apart(run):
    assert _told(AlikeRows().read(run)) == _told(read_tags(run))


@pytest.mark.slow
@given(run=_runs(), at=st.floats(0, 1, exclude_max=True), octet=st.sampled_from(list(b'<>/"acrvfost 019&A=')))
def test_a_row_that_differs_in_one_byte_is_not_taken_for_the_others(run, at, octet):
    place = int(at * len(run))
    changed = run[:place] + bytes([octet]) + run[place + 1 :]
    assert _told(AlikeRows().read(changed)) == _told(read_tags(changed))


@pytest.mark.slow
@given(first=_runs(), second=_runs())
def test_what_one_run_was_like_is_no_claim_about_the_next(first, second):
    rows = AlikeRows()
    rows.read(first)
    assert _told(rows.read(second)) == _told(read_tags(second))


@pytest.mark.parametrize("longest", [900, 1_100])
def test_rows_with_long_markup_are_read_as_well(longest):
    rows = [_row(number, (2, 3), (number, number), f' x="{"y" * longest}"') for number in range(1, 50)]
    run = "".join(rows).encode()
    assert _told(AlikeRows().read(run)) == _told(read_tags(run)) is not None
