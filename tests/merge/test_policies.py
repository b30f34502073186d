"""What the policies make of three values."""

from __future__ import annotations

import pytest

from crmbook.merge.policies import POLICIES, UNSETTLED, append, union


@pytest.mark.parametrize(
    ("base", "head", "file", "result"),
    [
        ("x", "x\ny", "x\nz", "x\ny\nz"),
        ("x", "x\ny", "x\ny\nz", "x\ny\nz"),  # a line both added stands once
        ("x", "x\ny\nz", "x\nz", "x\ny\nz"),
        ("x\ny", "x\n1\ny", "x\ny\n2", "x\n1\ny\n2"),
        ("x\ny", "0\nx\ny", "x\n2\ny", "0\nx\ny\n2"),
        ("摄影", "摄影、游泳", "摄影、钓鱼", "摄影、游泳、钓鱼"),  # on one line, where both did
        ("电话", "电话。约在周三", "电话\n已寄样品", "电话。约在周三\n已寄样品"),
        ("电话", "电话\n已寄样品", "电话。约在周三", "电话\n已寄样品\n约在周三"),
        ("x", "x 1", "x\n1\n\n2", "x 1\n2"),
        (None, "a", "b", "a\nb"),
        (None, "a\nb", "b", "a\nb"),
        ("x\n\ny", "x\n\ny\n1", "x\n\ny\n2", "x\n\ny\n1\n2"),
        ("x", "x\ny", "z", UNSETTLED),  # rewritten, not added to
        ("x", "z", "x\ny", UNSETTLED),
        ("x", None, "x\ny", UNSETTLED),
        ("x", "x\ny", None, UNSETTLED),
        ("x\ny", "x\ny\n1", "y\nx", UNSETTLED),
        ("x", "x" + "1" * 20_000, "x\n" + "2" * 20_000, UNSETTLED),  # no cell holds that much
        (1.0, "x", "y", UNSETTLED),
    ],
)
def test_append_keeps_both_additions(base, head, file, result):
    assert append(base, head, file) == result


@pytest.mark.parametrize(
    ("base", "head", "file", "result"),
    [
        ("a", "a、b", "a、c", "a、b、c"),
        ("a、b", "b", "a", None),
        ("a、b", "a、b、c", "a", "a、c"),
        ("a、b", "b、a", "a、b、c", "b、a、c"),
        (None, "a、a", "a、b", "a、b"),
        ("a", None, "a、b", "b"),
        ("a", "a、b", None, "b"),
        ("a", 1.0, "b", UNSETTLED),
    ],
)
def test_union_takes_in_and_out_what_either_side_did(base, head, file, result):
    assert union(base, head, file) == result


@pytest.mark.parametrize("name", sorted(set(POLICIES) - {"latest"}))
@pytest.mark.parametrize(("base", "head", "file"), [("x", None, 1.0), (1.0, "x", None), (True, 1.0, "x")])
def test_no_policy_drops_a_value_it_does_not_understand(name, base, head, file):
    assert POLICIES[name](base, head, file) is UNSETTLED
