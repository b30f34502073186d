"""Days that nobody planned: three to five people, files that are locked, old, doubled, saved twice, runs cut off."""

from __future__ import annotations

import pytest

from tests.everyday.bulk import BulkTeam
from tests.everyday.team import Team


@pytest.mark.sample(1)
@pytest.mark.parametrize("seed", range(10))
def test_a_few_rounds(seed, tmp_path):
    play(seed, tmp_path / "book", steps=14)


@pytest.mark.sample(1)
@pytest.mark.parametrize("seed", range(20, 26))
def test_a_few_rounds_with_edits_in_bulk(seed, tmp_path):
    play(seed, tmp_path / "book", steps=14, kind=BulkTeam)


@pytest.mark.deep
@pytest.mark.parametrize("first", range(100, 20_100, 100))
@pytest.mark.parametrize("kind", [Team, BulkTeam])
def test_many_rounds(kind, first, tmp_path):
    for seed in range(first, first + 100):
        play(seed, tmp_path / str(seed), steps=5 + seed % 25, kind=kind)


def play(seed, folder, steps, kind=Team):
    team = kind(folder, seed)
    for _ in range(steps):
        team.step()
    team.rest()
