"""Answers on the sheets of conflicts and issues that settle nothing: each is told at its cell, and what was typed stays."""

from __future__ import annotations

import pytest

from tests.sync.shop import OTHER, Sheet, Shop


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def asked(shop) -> Sheet:
    """A copy that lists one conflict: 常州 in the store, 无锡 in the copy."""
    other = shop.check_out(OTHER)
    shop.sync()
    shop.main.type("clients", 2, city="常州")
    other.type("clients", 2, city="无锡")
    shop.sync()
    shop.sync()
    return other


def answer(sheet: Sheet, line: int = 0, **cells: object) -> str:
    """Answer in a line of the conflicts; return the cell of the choice."""
    sheet.answer("conflicts", line, **cells)
    place = sheet.place("conflicts")
    return f"{place.columns['decision'].letter}{place.first_row + line}"


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("cells", "code", "value"),
    [
        ({"decision": "本簿"}, "conflict.choice-unknown", "本簿"),
        ({"decision": "This workbook"}, "conflict.choice-unknown", "This workbook"),
        ({"decision": 1}, "conflict.choice-unknown", "1"),
        ({"decision": "本簿", "custom_value": "苏州"}, "conflict.choice-unknown", "本簿"),
        ({"custom_value": "苏州"}, "conflict.custom-alone", "苏州"),
    ],
)
def test_what_is_no_choice_is_told_at_its_cell(shop, asked, cells, code, value):
    cell = answer(asked, **cells)
    told = shop.sync_one(asked)
    [issue] = [issue for issue in told.issues if issue.table == "conflicts"]
    assert (issue.code, issue.value, issue.location.cell) == (code, value, cell)
    assert issue.location.sheet == asked.place("conflicts").sheet
    assert "采用本簿" in issue.remedy("zh") or "自定义" in issue.remedy("zh")
    assert value in issue.text("en")
    [line] = asked.lines("conflicts")
    assert {name: line[name] for name in cells} == cells
    assert value in {line["value"] for line in asked.lines("issues")}
    assert shop.by_key("clients", "city")["001"] == "常州"
    assert len(shop.conflicts()) == 1
    before = asked.data
    assert {issue.code for issue in shop.sync_one(asked).issues} >= {code}
    assert asked.data == before
    answer(asked, decision="采用本簿", custom_value=None)
    assert code not in {issue.code for issue in shop.sync_one(asked).issues}
    assert shop.by_key("clients", "city")["001"] == "无锡"
    assert shop.conflicts() == []


@pytest.mark.sample(1)
@pytest.mark.parametrize("choice", ["Take this workbook’s", "take this workbook's", "  采用本簿 "])
def test_a_choice_is_understood_as_programs_and_people_spell_it(shop, asked, choice):
    answer(asked, decision=choice)
    assert shop.sync_one(asked).issues == []
    assert shop.by_key("clients", "city")["001"] == "无锡"


def test_two_lines_of_one_conflict_that_differ_are_told(shop, asked):
    [line] = asked.lines("conflicts")
    place = answer(asked, decision="采用本簿")
    answer(asked, 1, number=line["number"], decision="采用主库")
    found = shop.sync_one(asked).issues
    # Both are told where the one line of the conflict stands then.
    told = [(issue.code, issue.location.cell, issue.value) for issue in found]
    assert told == [("conflict.choices-differ", place, text) for text in ("采用本簿", "采用主库")]
    assert len(shop.conflicts()) == 1


def test_an_answer_to_held_changes_that_is_none_is_told(shop):
    for row in range(2, 8):
        shop.main.clear("clients", row)
    assert shop.sync_one(shop.main).plan is not None
    shop.main.answer("issues", 0, decision="Confirmed")
    held = shop.sync_one(shop.main)
    assert held.plan is not None
    assert "breaker.answer-unknown" in {issue.code for issue in held.issues}
    told = shop.main.lines("issues")
    assert any(line["value"] == "Confirmed" and "确认" in line["remedy"] for line in told), told
