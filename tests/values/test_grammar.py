"""Laws of the normaliser, over every kind and any content of a cell."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crmbook.base.issues import advise, describe
from crmbook.base.records import Unreadable, rounded, same
from crmbook.values import (
    Choice,
    Choices,
    Domain,
    Surroundings,
    ValueKind,
    format_value,
    parse_column,
    parse_value,
)

AS_OF = Surroundings(as_of=dt.date(2023, 4, 1), parent="北京")
LIST = Choices(
    (Choice("电话", ("Phone",)), Choice("面谈"), Choice("海淀区", of="北京"), Choice("浦东", of="上海"))
)
DOMAINS = {
    kind: Domain(kind, LIST if "enum" in kind or kind is ValueKind.REGION else None) for kind in ValueKind
}

laws = settings(derandomize=True, deadline=None, max_examples=60)

SCRAPS = list("0123456789") * 3 + list(
    "¥元万亿千百十零两一二三五月日年号.,-+/%()（）：: ，。、；eEkKwW*@'转次折块角分★☆\n\t\u3000\u202d\x00\ud800×√²½٣"
)
TYPED = st.one_of(
    st.text(max_size=20),
    st.lists(st.sampled_from(SCRAPS), max_size=14).map("".join),
    st.sampled_from(
        ["2023-1-5", "13800138000", "a@b.cn", "www.a.cn", "11010519491231002X", "电话、面谈", "1e999", "nan"]
    ),
)
CONTENTS = st.one_of(
    TYPED,
    st.floats(),
    st.integers(),
    st.booleans(),
    st.dates(),
    st.datetimes(),
    st.times(),
    st.timedeltas(),
    st.none(),
    st.builds(np.float64, st.floats()),
    st.builds(np.int64, st.integers(-(2**63), 2**63 - 1)),
    st.just(Unreadable("value.error-cell", "#REF!")),
)


@pytest.mark.sample(10)
@pytest.mark.parametrize("kind", list(ValueKind))
def test_no_content_of_a_cell_makes_reading_raise(kind):
    @laws
    @given(CONTENTS)
    def law(raw):
        parsed = parse_value(DOMAINS[kind], raw, AS_OF)
        assert not parsed.refused or parsed.value is None
        for code in filter(None, (parsed.problem, parsed.note)):
            params = {"value": "", "field": "", **parsed.params}
            assert describe(code, "zh", params)
            assert describe(code, "en", params)
            assert (advise(code, "zh", params) == "") == (advise(code, "en", params) == "")

    law()


@pytest.mark.sample(12)
@pytest.mark.parametrize("kind", list(ValueKind))
def test_a_value_reads_back_as_itself(kind):
    @laws
    @given(CONTENTS)
    @example("010-12345678转801")
    def law(raw):
        domain = DOMAINS[kind]
        value = parse_value(domain, raw, AS_OF).value
        assert same(parse_value(domain, value, AS_OF).value, value)
        assert same(parse_value(domain, format_value(domain, value), AS_OF).value, value)

    law()


@laws
@given(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e290, max_value=1e290),
    st.sampled_from(["money", "number", "percent"]),
)
def test_every_number_formats_to_text_that_reads_back_in_the_digits_of_a_cell(number, kind):
    domain = Domain(ValueKind(kind))
    assert parse_value(domain, format_value(domain, number)).value == rounded(number)


@laws
@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_every_whole_number_reads_back(number):
    assert parse_value(Domain(ValueKind.INTEGER), f"{number:,}").value == number


@laws
@given(st.dates(dt.date(1900, 1, 1)))
def test_every_day_is_read_in_every_form(day):
    domain = Domain(ValueKind.DATE)
    forms = [
        f"{day:%Y-%m-%d}",
        f"{day:%Y%m%d}",
        f"{day.year}年{day.month}月{day.day}日",
        f"{day.year}/{day.month}/{day.day}",
    ]
    for form in forms if day.year >= 1900 else []:
        assert parse_value(domain, form).value == day


@laws
@given(st.lists(CONTENTS, max_size=12), st.sampled_from(list(ValueKind)))
def test_a_column_is_its_cells(raws, kind):
    column = parse_column(DOMAINS[kind], raws, AS_OF)
    cells = [parse_value(DOMAINS[kind], raw, AS_OF) for raw in raws]
    assert all(same(value, cell.value) for value, cell in zip(column.cells, cells, strict=True))
    assert column.findings == {place: cell for place, cell in enumerate(cells) if cell.problem or cell.note}


def test_error_cells_are_unknown_and_never_blank():
    parsed = parse_value(Domain(ValueKind.MONEY), Unreadable("value.error-cell", "#REF!"))
    assert parsed.problem == "value.error-cell"


def test_truth_values_are_written_in_the_language_of_the_workbook():
    domain = Domain(ValueKind.BOOLEAN)
    assert [format_value(domain, value, lang) for value in (True, False) for lang in ("zh", "en")] == [
        "是",
        "Yes",
        "否",
        "No",
    ]
