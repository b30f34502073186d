"""The digest of a workbook's cells: the same for the same values, however they are stored; told ahead of a write."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.ooxml import Package
from crmbook.read.content import Content, Written
from crmbook.read.values import Values
from tests.books import built

COLUMNS = "ABCDEF"
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8).filter(
    lambda text: text == text.strip()
)
VALUES = st.none() | st.booleans() | TEXTS | st.integers(-9, 9).map(float) | st.floats(-1e9, 1e9)


def _content(data, *, plain=True):
    package = Package.open(data)
    return package, Content(package, Values(package, data, plain=plain))


def _saved_again(data):
    """Every part packed anew, in another order."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for name in reversed(old.namelist()):
            new.writestr(name, old.read(name))
    return out.getvalue()


def _edit(data, ref, value, formula=None):
    package = Package.open(data)
    package.sheet(package.sheets[-1].name).set(ref, value, formula=formula)
    return package.to_bytes()


@pytest.mark.sample(1)
@pytest.mark.parametrize("plain", [True, False])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_workbook_saved_again_says_the_same(lang, plain):
    data = built(lang=lang).data
    again = _saved_again(data)
    assert again != data
    assert _content(data)[1].digest == _content(again, plain=plain)[1].digest != ""


@pytest.mark.sample(1)
@pytest.mark.parametrize("value", ["x", "1", 1.0, True, date(2024, 3, 1)])
def test_one_value_more_says_something_else(value):
    data = built().data
    digests = {
        _content(one)[1].digest for one in (data, _edit(data, "B900", value), _edit(data, "B901", value))
    }
    assert len(digests) == 3


def test_two_cells_that_change_places_say_something_else():
    data = built().data
    there = _edit(_edit(data, "B900", "x"), "B901", "y")
    back = _edit(_edit(data, "B900", "y"), "B901", "x")
    assert _content(there)[1].digest != _content(back)[1].digest


def test_a_formula_and_the_value_it_gives_say_different_things():
    data = built().data
    assert _content(_edit(data, "B900", 2.0, "1+1"))[1].digest != _content(_edit(data, "B900", 2.0))[1].digest


def test_texts_and_numbers_that_look_alike_say_different_things():
    data = built().data
    kinds = ["1", 1.0, True, "True", "bool True"]
    assert len({_content(_edit(data, "B900", kind))[1].digest for kind in kinds}) == len(kinds)


def test_sheets_tables_and_names_count():
    data = built().data
    package = Package.open(data)
    package.set_property("crmbook.by-sync.customers", "age")
    assert _content(package.to_bytes())[1].digest != _content(data)[1].digest
    package = Package.open(data)
    package.set_property("crmbook.export", 99)
    package.set_property("Somebody's own", "x")
    assert _content(package.to_bytes())[1].digest == _content(data)[1].digest


def _formula(value, formula):
    """A formula that gave nothing is told as one that nobody computed."""
    return None if value is None or value == "" else formula


CELLS = st.dictionaries(
    st.tuples(st.integers(895, 899), st.integers(1, len(COLUMNS))),
    st.tuples(VALUES, st.sampled_from([None, "1+1"])),
    max_size=12,
)


@pytest.mark.slow
@settings(max_examples=40, deadline=None, derandomize=True)
@given(before=CELLS, now=CELLS)
def test_what_will_be_said_is_known_before_it_is_written(before, now):
    package = Package.open(built().data)
    title = package.sheets[-1].name
    for (row, column), (value, formula) in before.items():
        package.sheet(title).set(f"{COLUMNS[column - 1]}{row}", value, formula=_formula(value, formula))
    package, content = _content(package.to_bytes())
    written = []
    for (row, column), (value, given_formula) in now.items():
        formula = _formula(value, given_formula)
        package.sheet(title).set(f"{COLUMNS[column - 1]}{row}", value, formula=formula)
        written.append(Written(title, row, column, value, formula is not None))
    told = content.after(written)
    assert told == _content(package.to_bytes())[1].digest != ""


def test_the_last_of_two_writes_to_a_cell_counts():
    package, content = _content(built().data)
    title = package.sheets[-1].name
    package.sheet(title).set("B900", "now")
    told = content.after([Written(title, 900, 2, "then", None), Written(title, 900, 2, "now", None)])
    assert told == _content(package.to_bytes())[1].digest


def test_days_count_as_the_number_that_is_stored():
    package, content = _content(built().data)
    title = package.sheets[-1].name
    noon = datetime(2024, 3, 1, 12, 0)  # noqa: DTZ001 - cells know no zone
    days = [noon, date(2024, 3, 1), 45352.5]
    told = [content.after([Written(title, 900, 2, day, None)]) for day in days]
    assert told[0] == told[2] != told[1]


@pytest.mark.parametrize("value", ["\ud800", date(1850, 1, 1)])
def test_what_cannot_be_told_is_like_nothing(value):
    package, content = _content(built().data)
    assert content.after([Written(package.sheets[-1].name, 900, 2, value, None)]) == ""
    assert content.after([Written("no such sheet", 1, 1, "x", None)]) == ""
