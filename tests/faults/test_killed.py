"""A sync that is killed anywhere: every workbook opens, nothing typed is lost, running again ends as if never cut off."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from tests.faults.desk import Desk, cells, edited
from tests.faults.strike import ASKING, KILLED, Strike

PARTS = 4


@cache
def undisturbed() -> tuple[Any, list[str]]:
    """What a sync leaves that nobody disturbs, and the calls it makes."""
    desk = Desk.at(Path(mkdtemp(prefix="crmbook-faults-")), edited())
    with Strike(desk.folder).armed() as strike:
        desk.sync()
    assert desk.settle() == 0
    return desk.result(), strike.seen


def die(desk: Desk, at: int, only: str = "") -> None:
    """Sync in a process of its own, which is killed at its n-th call (of one kind)."""
    child = os.fork()
    if not child:
        try:
            with Strike(desk.folder, at, only=only).armed():
                desk.sync()
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED


def assert_intact(desk: Desk) -> None:
    """Each workbook holds the bytes that people saved, or all that it shall show."""
    before, after = Desk(edited()), undisturbed()[0][2]
    for path, old, shown in zip(desk.paths, before.paths, after, strict=True):
        assert path.read_bytes() == old.read_bytes() or cells(path) == shown


def assert_comes_to_the_same(desk: Desk) -> None:
    """One more run ends like one that was never disturbed; a further one finds nothing to do."""
    assert desk.settle() <= 1
    assert desk.result() == undisturbed()[0]
    assert desk.litter() == []
    assert {path.read_bytes() for path in Desk(edited()).paths} <= desk.kept()


def test_the_edited_workbooks_bring_what_the_cases_are_about():
    (head, conflicts, shown), calls = undisturbed()
    assert [row[2] for row in head["clients"]] == ["张三丰", "李四", "王五", "乙新客", "甲新客"]
    assert [row[3] for row in head["calls"]] == ["初访", "甲回访"]
    assert [(one[2], one[6]) for one in conflicts] == [(("phone",), "open")]
    assert all("甲的电话" in str(one["冲突处理"]) for one in shown)
    assert "【评级】" in str(shown[0]["客户"])
    assert {"write", "fsync", "link", "replace", "store.commit begins", "store.mark_written is done"} <= {
        *calls
    }


@pytest.mark.slow
@pytest.mark.parametrize("part", range(PARTS))
def test_killed_at_any_call_it_comes_to_the_same_end(tmp_path, part):
    calls = undisturbed()[1]
    for number, name in list(enumerate(calls, 1))[part::PARTS]:
        if name not in ASKING:
            desk = Desk.at(tmp_path / f"{number} {name}", edited())
            die(desk, number)
            assert_intact(desk)
            assert_comes_to_the_same(desk)


@pytest.mark.slow
def test_killed_again_and_again_it_comes_to_the_same_end(tmp_path):
    """Each run gets a little further than the one before it; what they left behind adds up to nothing."""
    desk = Desk.at(tmp_path, edited())
    for name in ("store.commit is done", "write", "replace", "fsync", "store.mark_written is done"):
        die(desk, 1, name)
        assert_intact(desk)
    assert_comes_to_the_same(desk)
