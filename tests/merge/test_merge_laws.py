"""What must hold of any merge, whatever was edited: nothing lost, nothing overwritten unseen, nothing unexplained."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.merge import Rules, changed_cells, merge_table
from tests.merge.oracle import Case, Version, alike
from tests.merge.worlds import GROUPS, cases, cells, merge_of, offspring, table, versions

law = settings(derandomize=True, deadline=None, max_examples=100)
STEADY = Rules({"amount": "max", "day": "min", "tags": "union"}, GROUPS)


def is_nothing(merged) -> bool:
    return not (merged.changes or merged.added or merged.deleted or merged.conflicts or merged.ignored)


@st.composite
def families(draw, count: int):
    """A table, and what so many people made of it."""
    root = draw(versions())
    return root, *(draw(offspring(root)) for _ in range(count))


@law
@given(families(1), st.booleans())
def test_a_file_nobody_touched_changes_nothing(family, keep_missing):
    base, head = map(table, family)
    merged = merge_table(base, head, base, STEADY, keep_missing=keep_missing)
    assert is_nothing(merged)
    assert cells(merged.frame) == cells(head)
    assert list(merged.frame.columns) == list(head.columns)


@law
@given(families(1))
def test_a_head_nobody_touched_takes_the_whole_file(family):
    base, file = map(table, family)
    merged = merge_table(base, base, file, STEADY)
    assert not merged.conflicts
    before, after = cells(base), cells(merged.frame)
    assert after.keys() == set(file.index)
    for row, values in cells(file).items():
        for label in merged.frame.columns:
            expected = values[label] if label in values else before.get(row, {}).get(label)
            assert alike(after[row][label], expected)


@law
@given(families(1), st.booleans())
def test_the_same_work_done_twice_is_no_conflict(family, is_known):
    base, work = map(table, family)
    merged = merge_table(base if is_known else None, work, work, STEADY)
    assert is_nothing(merged)
    assert cells(merged.frame) == cells(work)


@pytest.mark.slow
@law
@given(cases())
def test_merging_again_with_the_file_as_image_changes_nothing(case):
    merged, file = merge_of(case), table(case.file)
    again = merge_table(file, merged.frame, file, Rules(case.policies, case.groups))
    assert is_nothing(again)
    assert cells(again.frame) == cells(merged.frame)


@law
@given(families(2))
def test_it_does_not_matter_who_comes_first_but_for_what_conflicts(family):
    """New rows are new ids: no two people give one out twice."""
    root, one, two = family
    theirs = {row: values for row, values in two.rows.items() if row in root.rows or row not in one.rows}
    two = replace(two, rows=theirs)
    base, one, two = table(root), table(one), table(two)
    forth = merge_table(base, merge_table(base, base, one, STEADY).frame, two, STEADY)
    back = merge_table(base, merge_table(base, base, two, STEADY).frame, one, STEADY)
    assert open_cells(forth) == open_cells(back)
    mine, other = cells(forth.frame), cells(back.frame)
    assert mine.keys() == other.keys()
    settled = {(row, label) for row, values in mine.items() for label in values} - open_cells(forth)
    for row, label in settled:
        left, right = mine[row][label], other[row].get(label)
        assert alike(left, right) or set(str(left).split("、")) == set(str(right).split("、"))


def open_cells(merged) -> set[tuple[str, str]]:
    return {(conflict.row_id, label) for conflict in merged.conflicts for label in conflict.labels}


@pytest.mark.slow
@law
@given(cases())
def test_each_edit_is_in_the_result_or_in_a_conflict(case):
    case = plain_case(case)
    merged = merge_of(case)
    after, quarrels = cells(merged.frame), open_cells(merged)
    for row, values in case.file.rows.items():
        before = (case.base.rows if case.base else {}).get(row, {})
        for label, value in values.items():
            is_edit = not alike(value, before.get(label)) and row not in case.unknown.get(label, ())
            if is_edit and (row, label) not in quarrels:
                assert alike(after[row].get(label), value)
    for row in set(case.base.rows if case.base else ()) - case.file.rows.keys():
        held = row in merged.missing or any(conflict.row_id == row for conflict in merged.conflicts)
        assert row not in after or held


@law
@given(cases())
def test_nothing_is_overwritten_that_its_editor_never_saw(case):
    merged = merge_of(plain_case(case))
    known = case.base.rows if case.base else {}
    for row, label, old, _ in merged.changes:
        assert alike(old, known.get(row, {}).get(label))
    for row in merged.deleted:
        assert all(alike(value, known[row].get(label)) for label, value in case.head.rows[row].items())


@law
@given(cases())
def test_every_change_was_made_by_somebody(case):
    case = plain_case(case)
    merged = merge_of(case)
    for row, label, _, new in merged.changes:
        assert alike(new, case.file.rows[row][label])
    assert set(merged.added) <= case.file.rows.keys() - case.head.rows.keys()
    assert set(merged.deleted) <= case.base.rows.keys() if case.base else not merged.deleted
    assert not set(merged.deleted) & case.file.rows.keys()
    written = {(change.row_id, change.label) for change in merged.changes}
    for row, values in cells(merged.frame).items():
        for label, value in case.head.rows.get(row, {}).items():
            assert (row, label) in written or alike(values[label], value)


def plain_case(case: Case) -> Case:
    """The case without policies and older states, which settle some things by themselves."""
    return replace(case, policies={}, seen=[])


@pytest.mark.slow
@law
@given(cases())
def test_the_frames_handed_in_stay_as_they_are(case):
    frames = [table(version) for version in (case.base or Version([], {}), case.head, case.file)]
    copies = [frame.copy() for frame in frames]
    merge_table(*frames, Rules(case.policies, case.groups), seen=[frames[0]])
    for frame, copy in zip(frames, copies, strict=True):
        assert changed_cells(frame, copy) == ((), (), [])
        assert list(frame.index) == list(copy.index)


@pytest.mark.slow
@law
@given(cases())
def test_the_result_depends_on_nothing_but_what_went_in(case):
    one, two = merge_of(case), merge_of(case)
    assert (one.changes, one.conflicts, one.added) == (two.changes, two.conflicts, two.added)
    assert list(one.frame.index) == list(two.frame.index)
    head = [row for row in case.head.rows if row not in one.deleted]
    new = [row for row in case.file.rows if row not in case.head.rows and row in one.added]
    assert list(one.frame.index) == head + new


@law
@given(families(1))
def test_the_difference_of_two_tables_leads_from_one_to_the_other(family):
    old, new = map(table, family)
    added, deleted, changes = changed_cells(old, new)
    rows = {row: values for row, values in cells(old).items() if row not in deleted}
    for change in changes:
        assert alike(rows[change.row_id].get(change.label), change.old)
        assert not alike(change.old, change.new)
        rows[change.row_id][change.label] = change.new
    after = cells(new)
    rows |= {row: after[row] for row in added}
    assert rows.keys() == after.keys()
    for row, values in rows.items():
        assert all(alike(values.get(label), after[row].get(label)) for label in {*values, *after[row]})
    back_added, back_deleted, back = changed_cells(new, old)
    assert (set(back_added), set(back_deleted)) == (set(deleted), set(added))
    assert {(c.row_id, c.label, c.new, c.old) for c in back} == {
        (c.row_id, c.label, c.old, c.new) for c in changes
    }
