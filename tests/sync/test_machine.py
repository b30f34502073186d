"""People work in several workbooks at once, in any order; files come back, get locked, runs are cut off.

The oracle knows nothing of merging, see `tests.sync.oracle`.
"""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.sync.oracle import CELLS
from tests.sync.shop import MAIN, OTHER
from tests.sync.world import CHOICES, CUTS, KINDS, World

SHEETS = st.sampled_from((MAIN, OTHER))
ROWS = st.integers(0, 7)
LABELS = st.sampled_from(CELLS)


class People(RuleBasedStateMachine):
    """What people do, step by step."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()

    @initialize(kind=st.sampled_from(sorted(KINDS)))
    def begin(self, kind) -> None:
        self.world = World(Path(self.folder.name), kind)

    @rule(sheet=SHEETS, row=ROWS, label=LABELS)
    def edit(self, sheet, row, label):
        self.world.edit(sheet, row, label)

    @rule(row=ROWS, label=LABELS)
    def edit_the_same_cell(self, row, label):
        for sheet in (MAIN, OTHER):
            self.world.edit(sheet, row, label)

    @rule(sheet=SHEETS, row=ROWS, label=LABELS)
    def blank(self, sheet, row, label):
        self.world.edit(sheet, row, label, blank=True)

    @rule(sheet=SHEETS, row=ROWS)
    def type_nonsense(self, sheet, row):
        self.world.edit(sheet, row, "since", bad=True)

    @rule(sheet=SHEETS, row=ROWS)
    def rename_a_key(self, sheet, row):
        self.world.rename(sheet, row)

    @rule(sheet=SHEETS)
    def save_again_at_15_digits(self, sheet):
        self.world.save_again(sheet)

    @rule(sheet=SHEETS, row=ROWS)
    def add_a_note(self, sheet, row):
        self.world.note(sheet, row)

    @rule(sheet=SHEETS)
    def add_a_row(self, sheet):
        self.world.add(sheet)

    @rule(sheet=SHEETS, row=ROWS)
    def copy_a_row(self, sheet, row):
        self.world.copy_row(sheet, row)

    @rule(sheet=SHEETS, row=ROWS, whole=st.booleans())
    def empty_a_row(self, sheet, row, whole):
        self.world.clear(sheet, row, whole=whole)

    @rule(sheet=SHEETS, hidden=st.booleans())
    def sort(self, sheet, hidden):
        self.world.sort(sheet, hidden=hidden)

    @rule(sheet=SHEETS)
    def keep_a_copy(self, sheet):
        self.world.keep(sheet)

    @rule(sheet=SHEETS)
    def put_the_copy_back(self, sheet):
        self.world.put_back(sheet)

    @rule(sheet=SHEETS, row=ROWS, label=LABELS)
    def drive_keeps_two_versions(self, sheet, row, label):
        self.world.drive_copy(sheet, row, label)

    @rule(sheet=SHEETS)
    def make_a_fork(self, sheet):
        self.world.fork(sheet)

    @rule(sheet=SHEETS)
    def open_it(self, sheet):
        self.world.lock(sheet)

    @rule(sheet=SHEETS)
    def close_it(self, sheet):
        self.world.unlock(sheet)

    @rule(sheet=SHEETS, line=st.integers(0, 2), choice=st.sampled_from(sorted(CHOICES)))
    def settle(self, sheet, line, choice):
        self.world.settle(sheet, line, choice)

    @rule(where=st.sampled_from(sorted(CUTS)), after=st.integers(0, 2))
    def sync_and_be_cut_off(self, where, after):
        self.world.cut_off(where, after)

    @rule(sheet=SHEETS)
    def sync_one(self, sheet):
        self.world.sync(sheet)

    @rule()
    def sync_all(self):
        self.world.sync()

    def teardown(self) -> None:
        try:
            if hasattr(self, "world"):
                self.world.rest()
        finally:
            self.folder.cleanup()


def played(examples: int, steps: int, **given: bool) -> settings:
    return settings(
        max_examples=examples, stateful_step_count=steps, deadline=None, print_blob=False,
        suppress_health_check=list(HealthCheck), **given,
    )  # fmt: skip


TestPeople = pytest.mark.slow(People.TestCase)
TestPeople.settings = played(10, 14, derandomize=True)


@pytest.mark.deep
def test_people_for_hours():
    run_state_machine_as_test(People, settings=played(400, 25))
