"""Reminders as time goes by: another owner's copy, next year's birthday, a day that moved, a row that came back."""

from __future__ import annotations

import shutil
from datetime import date
from typing import TYPE_CHECKING

import pytest

from tests.cli.run import run
from tests.desk import DAY, Desk
from tests.ingest.test_answers import answer, lines, sync

if TYPE_CHECKING:
    from pathlib import Path

ALL, WANG, CHEN = "全部.xlsx", "王芳.xlsx", "陈静.xlsx"
PEOPLE = (ALL, WANG, CHEN)
FIRST = 2
"""The row of 001 张三, who is 王芳's, on every sheet; 002 李四 is 陈静's."""


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """A folder with the sample, and a copy for each owner."""
    folder = tmp_path_factory.mktemp("owners")
    day = ("--as-of", DAY.isoformat())
    assert run("build", "-o", folder / ALL, "--sample", "--lang", "zh").exit_code == 0
    sync(folder, DAY, ALL)
    for name in (WANG, CHEN):
        assert run("build", "-o", folder / name, "--owner", name.removesuffix(".xlsx"), *day).exit_code == 0
    sync(folder, DAY, *PEOPLE)
    return folder


@pytest.fixture
def team(model, tmp_path) -> Path:
    return shutil.copytree(model, tmp_path / "team")


def where(team: Path, rule: str) -> set[str]:
    """The workbooks that list a reminder of a rule."""
    return {name for name in PEOPLE if rule in lines(team / name)}


def hand_over(team: Path) -> None:
    """Make 001 张三 and the follow-up 陈静's."""
    for table in ("customers", "followups"):
        Desk(team / ALL).type(table, FIRST, owner="陈静")


@pytest.mark.slow
def test_a_reminder_goes_with_its_row_to_the_copy_of_another_owner(team):
    assert where(team, "followup-due") == {ALL, WANG}
    hand_over(team)
    sync(team, DAY, *PEOPLE)
    assert where(team, "followup-due") == {ALL, CHEN}
    assert lines(team / CHEN)["followup-due"][1]["owner"] == "陈静"
    answer(team / CHEN, "followup-due", decision="已处理")
    sync(team, DAY, *PEOPLE)
    assert where(team, "followup-due") == set()


@pytest.mark.slow
@pytest.mark.parametrize("order", [PEOPLE, PEOPLE[::-1]], ids="-".join)
def test_an_answer_counts_that_the_old_owner_gave_while_the_row_went_to_another(team, order):
    hand_over(team)
    answer(team / WANG, "followup-due", decision="推迟", until=date(2023, 4, 3), note="周一再打")
    sync(team, DAY, *order)
    sync(team, date(2023, 4, 2), *order)
    assert where(team, "followup-due") == set()
    sync(team, date(2023, 4, 3), *order)
    assert where(team, "followup-due") == {ALL, CHEN}
    assert lines(team / CHEN)["followup-due"][1]["note"] == "周一再打"


@pytest.mark.slow
def test_a_birthday_that_was_answered_is_listed_again_next_year(team):
    Desk(team / WANG).type("customers", FIRST, birth_date=date(1993, 4, 8))
    sync(team, DAY, *PEOPLE)
    assert where(team, "birthday") == {ALL, WANG}
    assert lines(team / ALL)["birthday"][1]["due"] == date(2023, 4, 8)
    answer(team / WANG, "birthday", decision="已处理")
    sync(team, DAY, *PEOPLE)
    for day, there in (
        (date(2023, 4, 8), False),
        (date(2024, 3, 31), False),
        (date(2024, 4, 1), True),
        (date(2024, 4, 8), True),
        (date(2024, 4, 9), False),
    ):
        sync(team, day, ALL, WANG)
        assert ("birthday" in lines(team / WANG)) is there, day
        if there:
            assert lines(team / WANG)["birthday"][1]["due"] == date(2024, 4, 8)


@pytest.mark.slow
def test_a_birthday_never_to_be_told_stays_away_for_good(team):
    Desk(team / WANG).type("customers", FIRST, birth_date=date(1993, 4, 8), anniversary=date(2020, 4, 8))
    sync(team, DAY, *PEOPLE)
    answer(team / WANG, "birthday", decision="不再提醒")
    sync(team, DAY, *PEOPLE)
    sync(team, date(2024, 4, 5), *PEOPLE)
    assert where(team, "birthday") == set()
    assert where(team, "anniversary") == {ALL, WANG}


@pytest.mark.slow
def test_a_day_that_moved_is_another_occasion_and_moved_back_the_one_that_was_answered(team):
    answer(team / WANG, "followup-due", decision="推迟", until=date(2023, 4, 30))
    sync(team, DAY, *PEOPLE)
    for day, there in ((date(2023, 4, 6), True), (date(2023, 4, 5), False)):
        Desk(team / ALL).type("followups", FIRST, next_followup=day)
        sync(team, DAY, *PEOPLE)
        assert where(team, "followup-due") == ({ALL, WANG} if there else set()), day


@pytest.mark.slow
def test_the_answer_holds_when_a_deleted_row_comes_back(team):
    answer(team / WANG, "followup-due", decision="推迟", until=date(2023, 4, 4))
    sync(team, DAY, *PEOPLE)
    desk = Desk(team / ALL)
    desk.type("followups", FIRST, **dict.fromkeys(desk.place("followups").columns), row_id=None)
    sync(team, DAY, *PEOPLE)
    sync(team, date(2023, 4, 4), *PEOPLE)
    assert where(team, "followup-due") == set()
    told = run("restore", "--row", "客户跟进", "001", team / ALL, "--as-of", "2023-04-03", "--lang", "zh")
    assert told.exit_code == 0, told.output
    sync(team, date(2023, 4, 3), *PEOPLE)
    assert where(team, "followup-due") == set()
    sync(team, date(2023, 4, 4), *PEOPLE)
    assert where(team, "followup-due") == {ALL, WANG}
