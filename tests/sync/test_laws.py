"""Laws of sync over generated edits: doing nothing writes nothing, twice is once, and the order of two copies is no matter."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.sync.oracle import CELLS
from tests.sync.shop import MAIN, OTHER
from tests.sync.world import World

LAW = settings(max_examples=4, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
ACTIONS = st.lists(
    st.one_of(
        st.tuples(st.just("edit"), st.sampled_from((MAIN, OTHER)), st.integers(0, 5), st.sampled_from(CELLS)),
        st.tuples(st.just("note"), st.sampled_from((MAIN, OTHER)), st.integers(0, 5)),
        st.tuples(st.just("add"), st.sampled_from((MAIN, OTHER))),
    ),
    min_size=1,
    max_size=5,
)


def acted(world: World, actions) -> World:
    for what, *where in actions:
        getattr(world, what)(*where)
    return world


@given(ACTIONS)
@LAW
def test_a_sync_is_done_once(actions):
    with TemporaryDirectory() as folder:
        world = acted(World(Path(folder)), actions)
        world.sync()
        held = {name: sheet.data for name, sheet in world.sheets.items()}
        state, revision = world.shop.cells(), world.shop.revision()
        world.sync()
        assert {name: sheet.data for name, sheet in world.sheets.items()} == held
        assert (world.shop.cells(), world.shop.revision()) == (state, revision)


@pytest.mark.slow
@given(ACTIONS)
@LAW
def test_the_order_decides_only_whose_value_stands_in_a_conflict(actions):
    ends = []
    for order in ((MAIN, OTHER), (OTHER, MAIN)):
        with TemporaryDirectory() as folder:
            world = acted(World(Path(folder)), actions)
            for name in order:
                world.sync(name)
            ends.append(_end(world))
    assert ends[0] == ends[1]


def _end(world: World) -> dict[str, dict[str, object]]:
    """The head by name, numbers that were given aside, both values where two people edited a cell."""
    end: dict[str, dict[str, object]] = {
        row["name"]: {
            **{label: row.get(label) for label in CELLS},
            "notes": sorted(str(row.get("notes", "")).split("\n")),
        }
        for row in world.shop.cells().values()
    }
    for record in world.shop.conflicts():
        pairs = zip(record.labels, record.head or (), record.file or (), strict=True)
        for label, mine, other in pairs:
            end[world.row_names[record.row_id]][label] = {str(mine), str(other)}
    return end
