"""评分规则: what is typed there is of the kind that its seed is, or is refused and changes no figure."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest

from crmbook.ooxml import Package
from tests.books import book_of
from tests.desk import Desk, moved, settled

if TYPE_CHECKING:
    from pathlib import Path

PARTICULAR = date(2023, 2, 25)
"""Between the last purchases of the two customers and 30 days after them: 001 is active, 002 is not."""


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("settled")
    settled(folder)
    return folder


@pytest.fixture
def desk(home, tmp_path) -> Desk:
    return Desk(moved(home, tmp_path))


def row_of(table: str, **wanted: object) -> int:
    """Return the row of the sheet in which a parameter or band stands."""
    seeds = book_of().tables[table].seed
    return 5 + next(place for place, seed in enumerate(seeds) if wanted.items() <= seed.items())


def codes(desk: Desk) -> list[str]:
    issues = desk.sync(PARTICULAR).issues
    return [one.code for one in issues if one.location.sheet == "评分规则"]


def figures(desk: Desk) -> list[object]:
    """Return what hangs on the rules below: lifecycle, score, its level, class."""
    cells = (("lifecycle", "status"), ("loyalty", "score"), ("loyalty", "level"), ("alerts", "level"))
    return [desk.value(table, field, row) for table, field in cells for row in (2, 3)]


BEFORE = ["活跃", "不活跃", 90, 60, "高忠诚度", "较高忠诚度", "中", "无"]
"""55 days are 1.5 times the 36.5 between the purchases of 001, who buys ten times a year; 51 less than 73."""
REFUSED = (
    ("parameters", {"parameter": "active_days"}, "value", "一个月", "value.other-unit"),
    ("parameters", {"parameter": "contact_days"}, "value", 30.5, "value.not-an-integer"),
    ("parameters", {"parameter": "due_soon_days"}, "value", -1, "value.too-small"),
    ("parameters", {"parameter": "weight_power"}, "value", 40, "value.too-large"),
    ("parameters", {"parameter": "satisfaction_limit"}, "value", 0.5, "value.too-small"),
    ("bands", {"rule": "loyalty_frequency", "from": 10}, "result", "很多", "value.not-a-number"),
    ("bands", {"rule": "loyalty_level", "from": 80}, "result", 3, "value.not-in-list"),
    ("bands", {"rule": "loyalty_level", "from": 60}, "result", "四", "value.not-in-list"),
    ("bands", {"rule": "alert", "from": 0}, "result", "没有", "value.not-in-list"),
)
PUT_IN_FORM = (
    ("parameters", {"parameter": "active_days"}, "value", "二十天", 20),
    ("parameters", {"parameter": "churn_rate_limit"}, "value", "0.08", 0.08),
    ("bands", {"rule": "loyalty_frequency", "from": 10}, "result", "45", 45),
    ("bands", {"rule": "loyalty_level", "from": 60}, "result", "Medium loyalty", "一般忠诚度"),
)


@pytest.mark.slow
def test_what_is_no_value_of_its_rule_is_refused_and_the_last_one_counts(desk: Desk) -> None:
    for table, row, field, typed, _ in REFUSED:
        desk.type(table, row_of(table, **row), **{field: typed})
    for _ in range(2):
        assert sorted(codes(desk)) == sorted(code for *_, code in REFUSED)
        assert figures(desk) == BEFORE
        for table, row, field, typed, _ in REFUSED:
            assert desk.value(table, field, row_of(table, **row)) == typed


@pytest.mark.slow
def test_what_is_typed_in_another_form_is_put_in_form(desk: Desk) -> None:
    for table, row, field, typed, _ in PUT_IN_FORM:
        desk.type(table, row_of(table, **row), **{field: typed})
    assert codes(desk) == []
    for table, row, field, _, kept in PUT_IN_FORM:
        assert desk.value(table, field, row_of(table, **row)) == kept
    assert figures(desk) == ["不活跃", "不活跃", 95, 60, "高忠诚度", "一般忠诚度", "中", "无"]


@pytest.mark.slow
def test_a_rule_of_ones_own_takes_numbers_and_words(desk: Desk) -> None:
    last = 5 + len(book_of().tables["bands"].seed)
    desk.type("bands", last, rule="mine", title="我的规则", result="随便", **{"from": 0})
    assert codes(desk) == []
    assert desk.value("bands", "result", last) == "随便"


def test_the_workbook_refuses_it_where_it_is_typed(desk: Desk) -> None:
    rules = {one.sqref: one for one in Package.open(desk.path).validations("评分规则")}
    value = rules[f"{desk.ref('parameters', 'value', 5)}:{desk.ref('parameters', 'value', 1048576)}"]
    assert (value.type, value.formula1) == ("decimal", "0")
    result = rules[f"{desk.ref('bands', 'result', 5)}:{desk.ref('bands', 'result', 1048576)}"]
    assert (result.type, result.formula1) == (
        "custom",
        'COUNTIFS($F$5:$F$1048576,$F5,$C$5:$C$1048576,IF(ISNUMBER($C5),"*",">-1E+15"))=0',
    )


@pytest.mark.slow
def test_a_new_band_is_of_the_rule_whose_meaning_it_bears(desk):
    row = 5 + len(book_of().tables["bands"].seed)
    meaning = desk.value("bands", "title", row_of("bands", rule="loyalty_referrals"))
    desk.type("bands", row, title=meaning, **{"from": 4, "result": 25})
    assert codes(desk) == []
    assert desk.value("bands", "rule", row) == "loyalty_referrals"
    assert desk.value("loyalty", "score", 2) == BEFORE[2]  # five referrals: the band from 5 gives 20
    desk.type("bands", row, result=25, **{"from": 5.5})
    desk.type("loyalty", 2, referrals=6)
    assert codes(desk) == []
    assert desk.value("loyalty", "score", 2) == BEFORE[2] + 5
