"""Which workbooks are synced when: saved ones at once, outdated ones in a while, failed ones again later."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from crmbook.watch.batch import CALM, GROUP, PATIENCE, Batch

A, B, C, D, E, F = (Path(f"/folder/{name}.xlsx") for name in "abcdef")


def drained(batch: Batch, at: float) -> list[list[Path]]:
    groups = []
    while group := batch.take(at):
        groups.append(group)
    return groups


def test_a_saved_workbook_is_due_at_once_and_once():
    batch = Batch()
    batch.save([A], 0)
    assert batch.wait(0) == 0
    assert drained(batch, 0) == [[A]]
    assert batch.wait(0) is None


def test_the_others_wait_until_nobody_has_saved_for_a_while():
    batch = Batch()
    batch.save([A], 0)
    batch.take(0)
    batch.refresh([B, C], 1)
    assert batch.take(CALM - 1) == []
    assert batch.wait(CALM - 1) == 2
    assert drained(batch, CALM + 1) == [[B], [C]]


def test_saves_that_never_end_delay_the_others_no_longer_than_patience():
    batch = Batch()
    for moment in range(0, int(PATIENCE), 10):
        batch.save([A], moment)
        assert batch.take(moment) == [A]
        batch.refresh([B, C], moment)
    batch.save([A, D, E], PATIENCE)
    assert [batch.take(PATIENCE) for _ in range(3)] == [[B], [A, D, E], [C]]


def test_forty_nine_colleagues_are_not_rewritten_at_every_save():
    batch, colleagues, written = Batch(), [Path(f"/folder/{number}.xlsx") for number in range(49)], 0
    for moment in range(0, 1200, 3):  # one person saves every three seconds for twenty minutes
        batch.save([A], moment)
        while group := batch.take(moment):
            written += len(set(group) - {A})
        batch.refresh(colleagues, moment)
    assert 49 * 3 <= written <= 49 * 1200 / PATIENCE


def test_a_round_goes_one_by_one_and_saves_pass_it():
    batch = Batch()
    batch.round([A, B, C])
    assert batch.take(0) == [A]
    batch.save([D], 0)
    assert [batch.take(0) for _ in range(3)] == [[D], [B], [C]]


def test_many_saves_at_once_are_taken_in_groups():
    batch, many = Batch(), [Path(f"/folder/{number}.xlsx") for number in range(10)]
    batch.save(many, 0)
    assert [len(group) for group in drained(batch, 0)] == [GROUP, GROUP, 10 - 2 * GROUP]


def test_what_was_saved_needs_no_refresh_besides():
    batch = Batch()
    batch.refresh([A, B], 0)
    batch.round([A])
    batch.save([A], 0)
    assert drained(batch, PATIENCE) == [[A], [B]]


def test_what_fails_comes_again_later_and_later():
    batch, at, delays = Batch(), 0.0, []
    for _ in range(12):
        batch.later(A, at)
        wait = batch.wait(at)
        assert batch.take(at + wait - 0.01) == []
        assert batch.take(at + wait) == [A]
        delays.append(wait)
        at += wait
    assert delays[:4] == [1, 2, 4, 8]
    assert delays[-1] == 300


def test_success_forgets_the_delays():
    batch = Batch()
    batch.later(A, 0)
    batch.later(A, 0)
    batch.done(A)
    assert batch.wait(0) is None
    batch.later(A, 0)
    assert batch.wait(0) == 1


def test_a_save_does_not_wait_for_the_delay():
    batch = Batch()
    batch.later(A, 0, first=100)
    batch.save([A], 1)
    assert batch.take(1) == [A]


def test_a_damaged_workbook_is_left_alone_until_it_changes():
    batch = Batch()
    batch.bar(A)
    batch.refresh([A, B], 0)
    assert drained(batch, PATIENCE) == [[B]]
    batch.save([A], PATIENCE)
    assert batch.take(PATIENCE) == [A]


def test_a_round_tries_it_once_more():
    batch = Batch()
    batch.bar(A)
    batch.round([A])
    assert batch.take(0) == [A]


def test_what_is_gone_is_forgotten():
    batch = Batch()
    batch.save([A], 0)
    batch.round([B])
    batch.refresh([C], 0)
    batch.later(D, 0)
    batch.forget([A, B, C, D])
    assert batch.take(10**6) == []
    assert batch.wait(10**6) is None


def test_a_round_that_waits_for_one_workbook_keeps_no_other_from_its_refresh():
    batch = Batch()
    batch.later(A, 0, first=200)
    batch.round([A])
    batch.refresh([B], 0)
    assert batch.take(CALM) == [B]


def test_what_is_delayed_does_not_keep_the_thread_awake():
    batch = Batch()
    batch.later(A, 0, first=50)
    batch.round([A])
    batch.refresh([A], 0)
    assert batch.wait(40) == pytest.approx(10)
    assert batch.take(40) == []


@settings(deadline=None, derandomize=True, max_examples=100)
@given(
    st.lists(st.tuples(st.sampled_from([A, B, C]), st.floats(0, 100)), max_size=30),
    st.floats(0, 60),
    st.floats(0, 300),
)
def test_no_save_waits_and_no_refresh_waits_longer_than_patience(saves, calm, patience):
    batch, at = Batch(calm, patience), 0.0
    outdated_since = None
    for path, pause in saves:
        at += pause
        batch.save([path], at)
        groups = drained(batch, at)
        assert [path] in groups
        if [D] in groups:
            outdated_since = None
        assert outdated_since is None or at < outdated_since + patience
        outdated_since = at if outdated_since is None else outdated_since
        batch.refresh([D], at)


class Batches(RuleBasedStateMachine):
    """Whatever happens, `wait` tells when `take` has something, and nothing saved is lost."""

    def __init__(self):
        super().__init__()
        self.batch, self.at = Batch(30, 300), 0.0
        self.saved: set[Path] = set()

    paths = st.lists(st.sampled_from([A, B, C, D, E, F]), max_size=6)

    @rule(paths=paths)
    def save(self, paths):
        self.batch.save(paths, self.at)
        self.saved |= set(paths)

    @rule(paths=paths)
    def round(self, paths):
        self.batch.round(paths)

    @rule(paths=paths)
    def refresh(self, paths):
        self.batch.refresh(paths, self.at)

    @rule(path=st.sampled_from([A, B, C]))
    def forget(self, path):
        self.batch.forget([path])
        self.saved.discard(path)

    @rule(fails=st.sampled_from(["no", "later", "bar"]))
    def take(self, fails):
        for path in self.batch.take(self.at):
            if fails == "later":
                self.batch.later(path, self.at)
                continue
            self.saved.discard(path)
            if fails == "bar":
                self.batch.bar(path)
            else:
                self.batch.done(path)

    @rule(seconds=st.floats(0, 400))
    def wait(self, seconds):
        self.at += seconds

    @invariant()
    def the_wait_is_true(self):
        wait = self.batch.wait(self.at)
        if self.saved:
            assert wait is not None
            assert wait <= 300
        if wait is None or wait > 0.001:
            assert self.batch.take(self.at) == []


TestBatches = Batches.TestCase
TestBatches.settings = settings(deadline=None, derandomize=True, max_examples=60, stateful_step_count=30)
