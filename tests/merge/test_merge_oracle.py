"""The merge against a second one, written cell by cell from the rules."""

from __future__ import annotations

from hypothesis import given, settings

from tests.merge.oracle import judge
from tests.merge.worlds import cases, cells, merge_of


@settings(derandomize=True, deadline=None, max_examples=300)
@given(cases())
def test_whole_columns_come_to_what_single_cells_come_to(case):
    merged, expected = merge_of(case), judge(case)
    assert cells(merged.frame) == expected.rows
    assert list(merged.frame.columns) == expected.labels
    assert {(row, label): (old, new) for row, label, old, new in merged.changes} == expected.changes
    assert (set(merged.added), set(merged.deleted)) == (expected.added, expected.deleted)
    assert set(merged.missing) == expected.missing
    found = [
        (conflict.row_id, conflict.labels, conflict.base, conflict.head, conflict.file)
        for conflict in merged.conflicts
    ]
    assert len(found) == len(expected.conflicts)
    assert set(found) == expected.conflicts
    assert merged.ignored == expected.ignored
