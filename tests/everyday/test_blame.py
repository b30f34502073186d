"""What of a packed day brings about its fault is found, be it one task or several that only do so together."""

from __future__ import annotations

import pytest

from tests.everyday.blame import Blame
from tests.everyday.matrix import complete


@pytest.mark.parametrize("guilty", [[0], [70], [-1], [3, 80], [40, 41], [0, 60, -1]])
def test_the_least_that_shows_the_fault_is_named(guilty):
    day = next(complete())
    wanted = {day.tasks[number] for number in guilty}
    played = []

    def fault_of(scenario):
        played.append(scenario)
        return "wrong" if wanted <= set(scenario.tasks) else ""

    blame = Blame(day, fault_of, most=200)
    assert set(blame.find().tasks) == wanted
    assert blame.fault == "wrong"
    assert len(played) < 60


def test_a_search_that_takes_too_long_names_what_is_left():
    day = next(complete())
    blame = Blame(day, lambda scenario: "wrong" if len(scenario.tasks) > 60 else "", most=5)
    assert len(blame.find().tasks) > 60


def test_the_tables_that_a_fault_speaks_of_are_tried_first():
    day = next(complete())
    guilty = next(task for task in day.tasks if task.table == "feedback")
    played = []

    def fault_of(scenario):
        played.append(scenario)
        return "wrong" if guilty in scenario.tasks else ""

    blame = Blame(day, fault_of, fault=f"{day}\nnobody typed: feedback 6b4926s")
    assert blame.find().tasks == (guilty,)
    assert {task.table for task in played[0].tasks} == {"customers", "feedback"}
    assert len(played) < 10
