"""The system refuses a call where more is at stake than edits: it is told, and in the end everything typed is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.scenes import SCENES, scene
from tests.faults.strike import ASKING, Strike
from tests.faults.test_killed_scenes import SHARE, assert_intact, undisturbed
from tests.faults.test_refused import ERRORS, assert_told, refused

if TYPE_CHECKING:
    from pathlib import Path


def typed(result: Any) -> set[str]:
    """What stands in the rows and in the conflicts; which workbook came first, and so which side is whose, may differ."""
    head, conflicts, _ = result
    rows = {str(value) for table in head.values() for row in table for value in row[1:]}
    return rows | {
        str(value) for _, _, _, _, *sides, _ in conflicts for side in sides for value in side or ()
    }


@pytest.mark.sample(1)
@pytest.mark.parametrize("name", SCENES)
def test_a_refused_call_is_told_and_loses_nothing(tmp_path: Path, name: str):
    ends = scene(name).copied(tmp_path / "undisturbed").sync().exit_code
    points = [at for at, call in enumerate(undisturbed(name)[1], 1) if call not in ASKING]
    shift = (list(SCENES).index(name) + 1) % SHARE
    for at in points[shift :: SHARE * 2]:
        desk = scene(name).copied(tmp_path / str(at))
        strike = Strike(desk.folder, at, ERRORS[at % len(ERRORS)])
        assert_told(refused(desk, strike, ends))
        assert_intact(desk, name)
        assert desk.settle() <= 2
        assert typed(desk.result()) == typed(undisturbed(name)[0]), at
        assert desk.litter() == []
        assert_intact(desk, name)
