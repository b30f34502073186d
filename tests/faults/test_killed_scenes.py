"""A sync that is killed where more is at stake than edits: run again, it ends as if it had never been cut off."""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest

from crmbook.sync.pipeline import SyncState
from tests.faults.desk import NAMES, cells
from tests.faults.scenes import COPY, SCENES, Scene, scene
from tests.faults.strike import ASKING, Strike
from tests.faults.test_killed import die

SHARE = 1 if os.environ.get("CRMBOOK_EVERY_FAULT") else 8
"""Of each scene every eighth point is struck, on demand every one."""
UNCHANGING = ASKING | {"read", "open"}


@cache
def undisturbed(name: str) -> tuple[Any, list[str], dict[str, SyncState]]:
    """What a sync leaves that nobody disturbs, the calls it makes, and how it finds the workbooks."""
    desk = scene(name).copied(Path(mkdtemp(prefix="crmbook-faults-")))
    with Strike(desk.folder).armed() as strike:
        report = desk.sync()
    assert report.failures == []
    desk.settle()
    return desk.result(), strike.seen, {one.path.name: one.state for one in report.workbooks}


def people(desk_result: Any) -> dict[str, tuple[Any, ...]]:
    return {row[2]: row[3:] for row in desk_result[0]["clients"]}


def test_an_adopted_book_has_everything_once():
    (head, conflicts, _), _, _ = undisturbed("adopted")
    assert len(head["clients"]) == 5
    assert len(head["calls"]) == 2
    told = str(head) + str(conflicts)
    assert all(word in told for word in ("甲的电话", "乙的电话", "张三丰", "甲新客", "乙新客", "甲回访"))


def test_a_conflict_copy_is_archived():
    result, _, states = undisturbed("copied")
    assert states[COPY] is SyncState.ARCHIVED
    assert len(result[2]) == 2
    assert people(result)["李四"][0] == "副本的改动"
    assert [(one[4], one[5]) for one in result[1]] == [(("甲的电话",), ("副本的电话",))]


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("name", "clients", "state"),
    [
        ("damaged", {"张三": "乙的电话", "李四": "2", "王五": "3"}, SyncState.HELD),
        ("confirmed", {"张三": "乙的电话"}, SyncState.CURRENT),
        ("accepted", {"张三": "乙的电话"}, SyncState.CURRENT),
        ("discarded", {"张三": "乙的电话", "李四": "2", "王五": "3"}, SyncState.CURRENT),
    ],
)
def test_a_hold_ends_as_it_was_answered(name, clients, state):
    result, _, states = undisturbed(name)
    assert states[NAMES[0]] is state
    assert {person: row[0] for person, row in people(result).items()} == clients
    assert result[0]["calls"][0][3] == ("初访" if name == "damaged" else "改过")


def test_a_changed_schema_is_carried_into_everything():
    (head, _, shown), _, _ = undisturbed("migrated")
    assert len(head["clients"]) == 5
    assert {len(row) for row in head["clients"]} == {6}
    assert all("城市" in str(one["客户"]) and "手机" in str(one["客户"]) for one in shown)


def test_a_conflict_that_two_settled_ends_with_one_choice():
    (head, conflicts, _), _, _ = undisturbed("disputed")
    assert [one[6] for one in conflicts if one[2] == ("phone",)] == ["settled"]
    assert len(head["clients"]) == 5


@pytest.mark.slow
def test_narrowed_copies_follow_a_key_that_was_typed_anew():
    (head, conflicts, shown), _, states = undisturbed("narrowed")
    assert set(states.values()) == {SyncState.CURRENT}
    assert sorted(row[2] for row in head["purchases"]) == ["002", "003", "V1", "V1", "V1"]
    texts = str(head) + str(conflicts)
    assert all(word in texts for word in ("苏州", "无锡", "王芳改", "收银改", "王芳新购", "收银新购"))
    assert sorted(labels for _, _, labels, *_ in conflicts) == [("memo",), ("town",)]
    assert all("V1" in str(one["购买"]) and "'001'" not in str(one["购买"]) for one in shown)


def assert_intact(desk: Scene, name: str) -> None:
    """Each workbook opens, and whatever bytes it held are still somewhere."""
    assert {path.read_bytes() for path in scene(name).paths} <= desk.safe()
    for path in desk.paths:
        cells(path)


@pytest.mark.sample(1)
@pytest.mark.parametrize("name", SCENES)
def test_killed_at_any_call_it_comes_to_the_same_end(tmp_path, name):
    calls = undisturbed(name)[1]
    points = [(at, call) for at, call in enumerate(calls, 1) if call not in UNCHANGING]
    shift = list(SCENES).index(name) % SHARE
    for at, call in points[shift::SHARE]:
        desk = scene(name).copied(tmp_path / f"{at} {call}")
        die(desk, at)
        assert_intact(desk, name)
        assert desk.settle() <= 2
        assert desk.result() == undisturbed(name)[0], (at, call)
        assert desk.litter() == []
        assert_intact(desk, name)


@pytest.mark.sample(1)
@pytest.mark.parametrize("name", SCENES)
def test_killed_again_and_again_it_comes_to_the_same_end(tmp_path, name):
    desk = scene(name).copied(tmp_path)
    for call in ("store.commit is done", "write", "replace"):
        if call in undisturbed(name)[1]:
            die(desk, 1, call)
            assert_intact(desk, name)
    assert desk.settle() <= 2
    assert desk.result() == undisturbed(name)[0]
