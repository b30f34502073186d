"""A sync that is killed before anybody has read its report: what no later sync meets again is told by the next one, once."""

from __future__ import annotations

import io
import json
import os
import sys
from contextlib import redirect_stdout
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import pytest

from crmbook.cli import main
from tests.faults.desk import DAY, NAMES, workspace
from tests.faults.scenes import COPY, copied
from tests.faults.strike import ASKING, KILLED, Strike

if TYPE_CHECKING:
    from datetime import date

    from tests.faults.scenes import Scene

SHARE = 1 if os.environ.get("CRMBOOK_EVERY_FAULT") else 2
EXPECTED = [("check.typed-over", "101", "777"), ("value.not-a-number", "103", "很好")]
UNCHANGING = ASKING | {"read", "open"}


@cache
def begun() -> Scene:
    """A drive has kept two versions; in one of them stand nonsense and a number in a computed cell."""
    scene = copied()
    copy = [path.name for path in scene.paths].index(COPY)
    scene.type(copy, "clients", 4, rating="很好")
    scene.type(copy, "clients", 2, visits=777)
    return scene


def sync(scene: Scene, day: date = DAY) -> dict[str, Any]:
    """Sync the folder by the command, and return what it printed."""
    printed, before = io.StringIO(), sys.argv
    sys.argv = [
        "crmbook", "sync", str(scene.folder), "--json", "--as-of", day.isoformat(), "--lang", "zh",
        "--workspace", str(workspace()),
    ]  # fmt: skip
    try:
        with redirect_stdout(printed), pytest.raises(SystemExit):
            main()
    finally:
        sys.argv = before
    return dict(json.loads(printed.getvalue()))


def told(report: dict[str, Any], name: str = COPY) -> list[tuple[str, str, str]]:
    """What a report names in a workbook, by default the copy: code, key and value."""
    [issues] = [one["issues"] for one in report["workbooks"] if Path(one["file"]).name == name] or [[]]
    return sorted((one["code"], one["row"], one["value"]) for one in issues)


@cache
def undisturbed() -> tuple[Any, list[str]]:
    """What a sync leaves that nobody disturbs, and its calls."""
    scene = begun().copied(Path(mkdtemp(prefix="crmbook-faults-")))
    with Strike(scene.folder).armed() as strike:
        assert told(sync(scene)) == EXPECTED
    assert told(sync(scene)) == []
    scene.settle()
    return scene.result(), strike.seen


def kill(scene: Scene, at: int) -> None:
    """Sync in a process that is killed at its n-th call."""
    child = os.fork()
    if not child:
        try:
            with Strike(scene.folder, at).armed():
                sync(scene)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == KILLED


def points() -> list[tuple[int, str]]:
    """The calls from that on by which the copy is put away."""
    calls = undisturbed()[1]
    first = calls.index("rename") - 3
    return [(at, call) for at, call in enumerate(calls, 1) if at >= first and call not in UNCHANGING]


def noted(calls: list[str], since: int) -> int:
    """The call, after that of number `since`, with which a run has noted that its report was printed."""
    after = [at for at, call in enumerate(calls, 1) if call == "store.commit is done" and at > since]
    return after[-1] if after else len(calls) + 1


@pytest.mark.slow
def test_what_was_found_in_a_copy_is_told_by_the_next_sync_once(tmp_path):
    last = noted(undisturbed()[1], points()[0][0])
    for at, call in points()[::SHARE]:
        scene = begun().copied(tmp_path / f"{at} {call}")
        kill(scene, at)
        reports = [told(sync(scene)) for _ in range(3)]
        assert reports == [EXPECTED if at < last else [], [], []], (at, call)
        scene.settle()
        assert scene.result() == undisturbed()[0], (at, call)


def test_what_was_put_right_in_a_workbook_is_told_though_the_next_sync_writes_it_anew(tmp_path):
    """A cell typed over is as it was once the file is written, and the next day the file shows another day."""
    begun = copied()
    (begun.folder / COPY).unlink()
    begun.type(begun.paths.index(begun.folder / NAMES[0]), "clients", 2, visits=777)
    whole = begun.copied(tmp_path / "whole")
    with Strike(whole.folder).armed() as strike:
        assert told(sync(whole), NAMES[0]) == EXPECTED[:1]
    calls = strike.seen
    written = max(at for at, call in enumerate(calls, 1) if call == "replace")
    struck = [(at, call) for at, call in enumerate(calls, 1) if at > written and call not in UNCHANGING]
    for at, call in struck[::SHARE]:
        scene = begun.copied(tmp_path / f"{at} {call}")
        kill(scene, at)
        reports = [told(sync(scene, DAY + timedelta(days)), NAMES[0]) for days in (1, 2)]
        assert reports == [EXPECTED[:1] if at < noted(calls, written) else [], []], (at, call)
