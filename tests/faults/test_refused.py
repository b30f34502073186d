"""The system refuses any call, once or from there on: the run says so or goes on, and loses nothing either way."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

import pytest

from crmbook.base.errors import CrmbookError
from crmbook.base.issues import advise, describe
from tests.faults.desk import Desk, cells, edited
from tests.faults.strike import ASKING, Strike
from tests.faults.test_killed import undisturbed

if TYPE_CHECKING:
    from pathlib import Path

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES)
SHARE = 1 if os.environ.get("CRMBOOK_EVERY_FAULT") else 3
"""Each of the six cases takes every third call, together each call twice; on demand each takes every call."""


def refused(desk: Desk, strike: Strike, undisturbed: int = 1) -> list[CrmbookError]:
    """Sync while the system refuses; return what the run said, or see that it ends like an undisturbed one."""
    try:
        with strike.armed():
            report = desk.sync()
    except CrmbookError as error:
        return [error]
    if not report.failures:
        assert report.exit_code == undisturbed
    return [error for _, error in report.failures]


def assert_told(errors: list[CrmbookError]) -> None:
    for error in errors:
        assert error.exit_code in {2, 4}
        for lang in ("zh", "en"):
            assert describe(error.code, lang, error.params)
            assert advise(error.code, lang, error.params)


def assert_intact(desk: Desk) -> None:
    """Each workbook opens, and what was typed into it stands in it."""
    typed = [{"甲的电话", "很好", "甲新客", "甲回访"}, {"乙的电话", "张三丰", "乙新客"}]
    for path, words in zip(desk.paths, typed, strict=True):
        assert words <= {value for sheet in cells(path).values() for value, _ in sheet.values()}


def assert_nothing_lost(desk: Desk) -> None:
    """Once the system works again everything typed is in, once; which workbook came first may differ."""
    assert desk.settle() <= 1
    head = desk.head()
    clients = {row[2]: row[3:] for row in head["clients"]}
    assert len(head["clients"]) == len(clients) == 5
    assert clients["李四"] == ("2", 1.0)
    assert clients["甲新客"] == ("41", None)
    assert clients["乙新客"] == ("42", None)
    assert [row[2:] for row in head["calls"]] == [("101", "初访"), ("102", "甲回访")]
    [(table, _, labels, *values, state)] = desk.conflicts()
    assert (table, labels, values[0], state) == ("clients", ("phone",), ("1",), "open")
    assert {*values[1], *values[2]} == {"甲的电话", "乙的电话"}
    assert clients["张三丰"] == (values[1][0], 5.0)
    assert desk.litter() == []
    assert {path.read_bytes() for path in Desk(edited()).paths} <= desk.kept()
    shown = desk.shown()
    assert "很好" in str(shown[0]["客户"])
    for sheet in ("客户", "拜访", "冲突处理"):
        mine, theirs = ({value for value, _ in one[sheet].values()} for one in shown)
        assert mine ^ theirs <= {"很好", "【评级】“很好”不是数字", 5.0}


@pytest.mark.slow
@pytest.mark.parametrize("number", ERRORS, ids=errno.errorcode.get)
@pytest.mark.parametrize(
    "for_ever", [False, pytest.param(True, marks=pytest.mark.deep)], ids=["once", "for ever"]
)
def test_a_refused_call_is_told_and_loses_nothing(tmp_path: Path, number: int, for_ever: bool):
    case = ERRORS.index(number) * 2 + for_ever
    points = [at for at, name in enumerate(undisturbed()[1], 1) if name not in ASKING]
    for at in points[case % SHARE :: SHARE]:
        desk = Desk.at(tmp_path / str(at), edited())
        errors = refused(desk, Strike(desk.folder, at, number, for_ever))
        assert_told(errors)
        assert_intact(desk)
        assert_nothing_lost(desk)
