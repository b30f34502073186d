"""The rules of the merge, one by one, on tables small enough to read."""

from __future__ import annotations

# ruff: noqa: DTZ001 - a cell knows no time zone
import datetime as dt

import pandas as pd
import pytest

from crmbook.merge import CellChange, Conflict, Rules, merge_table
from tests.merge.oracle import alike
from tests.merge.worlds import cells, frame

DAY, NEXT, LATER = dt.datetime(2023, 1, 5), dt.datetime(2023, 1, 6), dt.datetime(2023, 1, 7)
PLACE = Rules(groups={"place": ("region", "city")})


def merge_cell(label, base, head, file, policy="conflict", **options):
    """Merge one cell of one row; return what head then holds, and whether there is a conflict."""
    versions = [frame({"1a": {label: value}}) for value in (base, head, file)]
    merged = merge_table(*versions, Rules({label: policy}), **options)
    return cells(merged.frame)["1a"][label], bool(merged.conflicts)


@pytest.mark.parametrize(
    ("base", "head", "file", "result", "conflict"),
    [
        ("a", "a", "a", "a", False),
        ("a", "b", "a", "b", False),  # file = image: nothing
        ("a", "a", "b", "b", False),  # head = image: head takes file
        ("a", "b", "b", "b", False),  # head = file
        ("a", "b", "c", "b", True),  # else a conflict, and head stays
        (None, None, "b", "b", False),
        (None, "b", "c", "b", True),
        ("a", "a", None, None, False),
        ("a", None, "a", None, False),
        ("a", None, None, None, False),
        ("a", None, "b", None, True),
        ("a", "b", None, "b", True),
    ],
)
@pytest.mark.parametrize(
    ("label", "values"),
    [
        ("name", {"a": "张三", "b": "李四", "c": "王五"}),
        ("amount", {"a": 0.0, "b": 2.5, "c": -3.0}),
        ("day", {"a": DAY, "b": NEXT, "c": LATER}),
        ("own:备注", {"a": "1", "b": 1.0, "c": True}),
        ("own:日期", {"a": DAY.date(), "b": DAY, "c": "2023-01-05"}),
    ],
)
def test_rule_05_cells_meet_by_what_their_editors_saw(label, values, base, head, file, result, conflict):
    after, clash = merge_cell(label, *(values.get(value) for value in (base, head, file)))
    assert alike(after, values.get(result))
    assert type(after) is type(values.get(result))
    assert clash is conflict


def test_rule_05_a_conflict_holds_the_three_values():
    versions = [
        frame({"1a": {"name": name, "day": day}}) for name, day in (("a", DAY), ("b", NEXT), ("c", None))
    ]
    assert merge_table(*versions).conflicts == (
        Conflict("1a", ("name",), ("a",), ("b",), ("c",)),
        Conflict("1a", ("day",), (DAY,), (NEXT,), (None,)),
    )


def test_rule_05_order_is_not_data():
    base = frame({row: {"name": row} for row in ("1a", "2a", "3a")})
    head, file = base.iloc[[2, 0, 1]], base.iloc[::-1]
    merged = merge_table(base, head, file[file.columns[::-1]])
    assert not merged.changes
    assert list(merged.frame.index) == ["3a", "1a", "2a"]


def test_rule_05_changes_are_listed_row_by_row():
    base = frame({row: {"name": None, "amount": None} for row in ("1a", "2a")})
    file = frame({"2a": {"amount": 2.0, "name": "b"}, "1a": {"amount": 1.0, "name": "a"}})
    assert merge_table(base, base, file).changes == (
        CellChange("1a", "amount", None, 1.0),
        CellChange("1a", "name", None, "a"),
        CellChange("2a", "amount", None, 2.0),
        CellChange("2a", "name", None, "b"),
    )


@pytest.mark.parametrize(
    ("policy", "label", "base", "head", "file", "result", "conflict"),
    [
        ("latest", "name", "a", "b", "c", "c", False),
        ("latest", "name", "a", "b", None, None, False),
        ("latest", "name", "a", "b", "a", "b", False),
        ("max", "amount", 1.0, 2.0, 3.0, 3.0, False),
        ("max", "amount", 1.0, 3.0, 2.0, 3.0, False),
        ("max", "amount", 3.0, 3.0, 2.0, 2.0, False),  # one edit alone is an edit like any other
        ("max", "amount", 1.0, 3.0, None, 3.0, True),
        ("max", "amount", 1.0, None, 3.0, None, True),
        ("max", "day", DAY, NEXT, LATER, LATER, False),
        ("min", "amount", 3.0, 2.0, 1.0, 1.0, False),
        ("min", "amount", 3.0, 1.0, 2.0, 1.0, False),
        ("min", "day", LATER, NEXT, DAY, DAY, False),
        ("max", "own:x", 1.0, "2", 3.0, "2", True),
        ("append", "note", "x", "x\ny", "x\nz", "x\ny\nz", False),
        ("append", "note", None, "y", "z", "y\nz", False),
        ("append", "note", "x", "x\ny", "w", "x\ny", True),
        ("append", "note", "x", None, "x\ny", None, True),
        ("union", "tags", "a、b", "a、b、c", "b、d", "b、c、d", False),
        ("union", "tags", None, "a", "b", "a、b", False),
        ("union", "tags", "a、b", "a", "b", None, False),
    ],
)
def test_rule_05_policies_settle_what_both_changed(policy, label, base, head, file, result, conflict):
    assert merge_cell(label, base, head, file, policy) == (result, conflict)


def place(region, city, name="a"):
    return frame({"1a": {"region": region, "city": city, "name": name}})


@pytest.mark.parametrize(
    ("head", "file", "result", "conflict"),
    [
        (("广东", "广州"), ("北京", "海淀"), ("广东", "广州"), False),
        (("北京", "海淀"), ("广东", "广州"), ("广东", "广州"), False),
        (("广东", "广州"), ("广东", "广州"), ("广东", "广州"), False),
        (("广东", "海淀"), ("北京", "朝阳"), ("广东", "海淀"), True),  # never 广东 and 朝阳
        (("广东", "广州"), ("广东", "深圳"), ("广东", "广州"), True),
        (("北京", "海淀"), ("北京", None), ("北京", None), False),
    ],
)
def test_rule_05_a_group_conflicts_as_one(head, file, result, conflict):
    merged = merge_table(place("北京", "海淀"), place(*head), place(*file, "b"), PLACE)
    assert cells(merged.frame)["1a"] == {"region": result[0], "city": result[1], "name": "b"}
    expected = (Conflict("1a", ("region", "city"), ("北京", "海淀"), head, file),) if conflict else ()
    assert merged.conflicts == expected


def test_rule_05_a_group_of_which_the_file_has_one_column_is_that_column():
    file = place("广东", "广州").drop(columns=["city"])
    merged = merge_table(place("北京", "海淀"), place("北京", "朝阳"), file, PLACE)
    assert not merged.conflicts
    assert cells(merged.frame)["1a"]["region"] == "广东"


def test_rule_05_a_policy_of_one_column_does_not_tear_a_group():
    rules = Rules({"city": "latest"}, PLACE.groups)
    merged = merge_table(place("北京", "海淀"), place("广东", "广州"), place("上海", "徐汇"), rules)
    assert cells(merged.frame)["1a"]["city"] == "广州"
    assert len(merged.conflicts) == 1


ROWS = {"1a": {"name": "a", "amount": 1.0}, "2a": {"name": "b", "amount": 2.0}}


def test_rule_06_a_row_deleted_in_the_file_goes_where_nobody_touched_it():
    merged = merge_table(frame(ROWS), frame(ROWS), frame({"2a": ROWS["2a"]}))
    assert (merged.deleted, list(merged.frame.index), merged.conflicts) == (("1a",), ["2a"], ())


def test_rule_06_a_row_deleted_on_both_sides_is_gone():
    less = frame({"2a": ROWS["2a"]})
    merged = merge_table(frame(ROWS), less, less)
    assert (merged.deleted, merged.conflicts) == ((), ())


def test_rule_06_a_row_deleted_in_the_file_and_edited_in_head_survives():
    head = frame({**ROWS, "1a": {"name": "a", "amount": 9.0}})
    merged = merge_table(frame(ROWS), head, frame({"2a": ROWS["2a"]}))
    assert merged.deleted == ()
    assert cells(merged.frame)["1a"]["amount"] == 9.0
    assert merged.conflicts == (Conflict("1a", ("amount",), (1.0,), (9.0,), None),)


def test_rule_06_a_row_that_head_filled_in_a_new_column_was_not_seen_by_who_deleted_it():
    head = frame({row: {**values, "own:新": "x" if row == "1a" else None} for row, values in ROWS.items()})
    merged = merge_table(frame(ROWS), head, frame({}, ["name", "amount"]))
    assert merged.deleted == ("2a",)
    assert merged.conflicts == (Conflict("1a", ("own:新",), (None,), ("x",), None),)


def test_rule_06_a_row_deleted_in_head_and_edited_in_the_file_comes_back_whole():
    file = frame({"1a": {"name": "c"}, "2a": {"name": "b"}})  # a column short: what it held is known
    merged = merge_table(frame(ROWS), frame({"2a": ROWS["2a"]}), file)
    assert merged.added == ("1a",)
    assert cells(merged.frame)["1a"] == {"name": "c", "amount": 1.0}
    assert merged.conflicts == (Conflict("1a", ("name",), ("a",), None, ("c",)),)


def test_rule_06_a_row_deleted_in_head_and_left_alone_in_the_file_stays_deleted():
    merged = merge_table(frame(ROWS), frame({"2a": ROWS["2a"]}), frame(ROWS))
    assert (merged.added, merged.conflicts, list(merged.frame.index)) == ((), (), ["2a"])


def test_new_rows_stand_below_in_the_order_of_the_file():
    new = {row: {"name": row, "amount": 5.0} for row in ("9b", "7b")}
    file = frame({"9b": new["9b"], **ROWS, "7b": new["7b"]})
    merged = merge_table(frame(ROWS), frame(ROWS), file)
    assert merged.added == ("9b", "7b")
    assert list(merged.frame.index) == ["1a", "2a", "9b", "7b"]
    assert merged.frame["amount"].dtype == float
    assert merged.frame["name"].dtype == object


def test_a_row_in_file_and_head_that_nobody_sent_out_conflicts_where_it_differs():
    base = frame({}, ["name", "amount"])
    head, file = frame({"1a": ROWS["1a"]}), frame({"1a": {"name": None, "amount": 1.0}})
    merged = merge_table(base, head, file)
    assert cells(merged.frame) == {"1a": ROWS["1a"]}
    assert merged.conflicts == (Conflict("1a", ("name",), None, ("a",), (None,)),)


def test_without_an_image_every_difference_is_a_conflict_and_nothing_goes():
    head = frame({"1a": {"name": "a", "amount": 1.0}, "3a": {"name": "c", "amount": 3.0}})
    file = frame({"1a": {"name": "a", "amount": 4.0}, "2a": ROWS["2a"]})
    merged = merge_table(None, head, file, Rules({"amount": "max", "name": "latest"}))
    assert list(merged.frame.index) == ["1a", "3a", "2a"]
    assert (merged.added, merged.deleted, merged.changes) == (("2a",), (), ())
    assert merged.conflicts == (Conflict("1a", ("amount",), None, (1.0,), (4.0,)),)


def test_an_empty_head_takes_everything():
    merged = merge_table(None, frame({}, ["name", "amount"]), frame(ROWS))
    assert cells(merged.frame) == ROWS
    assert merged.frame["amount"].dtype == float


def test_rule_07_a_column_that_the_file_lacks_is_unchanged():
    merged = merge_table(frame(ROWS), frame(ROWS), frame(ROWS).drop(columns=["amount"]))
    assert cells(merged.frame) == ROWS


def test_rule_07_peoples_own_new_column_is_taken_over():
    file = frame({row: {**values, "own:新": row} for row, values in ROWS.items()})
    merged = merge_table(frame(ROWS), frame(ROWS), file)
    assert merged.changes == (CellChange("1a", "own:新", None, "1a"), CellChange("2a", "own:新", None, "2a"))
    assert list(merged.frame.columns) == ["name", "amount", "own:新"]
    blank = file.assign(**{"own:新": pd.Series([None, None], index=file.index, dtype=object)})
    assert list(merge_table(frame(ROWS), frame(ROWS), blank).frame.columns) == ["name", "amount", "own:新"]


def test_rule_07_two_people_add_the_same_column():
    head = frame({"1a": {**ROWS["1a"], "own:新": "x"}, "2a": {**ROWS["2a"], "own:新": None}})
    file = frame({"1a": {**ROWS["1a"], "own:新": None}, "2a": {**ROWS["2a"], "own:新": "y"}})
    merged = merge_table(frame(ROWS), head, file)
    assert [row["own:新"] for row in cells(merged.frame).values()] == ["x", "y"]
    assert not merged.conflicts


def test_rule_07_a_column_that_head_has_dropped_comes_back_only_with_an_edit():
    head = frame(ROWS).drop(columns=["amount"])
    assert list(merge_table(frame(ROWS), head, frame(ROWS)).frame.columns) == ["name"]
    file = frame({**ROWS, "1a": {"name": "a", "amount": 9.0}})
    merged = merge_table(frame(ROWS), head, file)
    assert list(merged.frame.columns) == ["name"]
    assert merged.conflicts == (Conflict("1a", ("amount",), (1.0,), (None,), (9.0,)),)


def test_rule_08_a_cell_without_a_value_is_unchanged():
    file = frame(
        {"1a": {"name": None, "amount": 9.0}, "2a": {"name": None, "amount": 2.0}, "3a": {"name": "?"}}
    )
    merged = merge_table(
        frame(ROWS), frame(ROWS), file, unknown={"name": ["1a", "3a", "8z"], "strange": ["1a"]}
    )
    after = cells(merged.frame)
    assert after["1a"] == {"name": "a", "amount": 9.0}
    assert after["2a"]["name"] is None
    assert after["3a"]["name"] is None  # blank in a row that is new


def test_rule_09_a_cell_without_a_value_does_not_bring_back_a_deleted_row():
    merged = merge_table(
        frame(ROWS), frame({"2a": ROWS["2a"]}), frame({**ROWS, "1a": {"name": "?", "amount": 1.0}}),
        unknown={"name": {"1a"}},
    )  # fmt: skip
    assert (merged.added, merged.conflicts) == ((), ())


def test_rule_11_what_was_seen_of_an_old_copy_is_ignored_with_a_count():
    shown = frame(ROWS)
    taken = frame({**ROWS, "1a": {"name": "b", "amount": 1.0}})
    head = frame({**ROWS, "1a": {"name": "c", "amount": 1.0}})
    file = frame({"1a": {"name": "b", "amount": 7.0}, "2a": {"name": "d", "amount": 2.0}})
    merged = merge_table(shown, head, file, seen=[taken], keep_missing=True)
    assert merged.ignored == 1
    assert merged.changes == (CellChange("1a", "amount", 1.0, 7.0), CellChange("2a", "name", "b", "d"))
    assert not merged.conflicts


def test_rule_11_an_old_copys_new_value_applies_only_where_head_is_what_it_showed():
    shown, head = frame(ROWS), frame({**ROWS, "1a": {"name": "c", "amount": 1.0}})
    file = frame({**ROWS, "1a": {"name": "d", "amount": 1.0}})
    for rules in (Rules(), Rules({"name": "latest"})):
        merged = merge_table(shown, head, file, rules, seen=[shown], keep_missing=True)
        assert cells(merged.frame)["1a"]["name"] == "c"
        assert len(merged.conflicts) == 1


def test_rule_11_rows_that_an_old_copy_lacks_are_held():
    merged = merge_table(
        frame(ROWS), frame(ROWS), frame({"2a": ROWS["2a"]}), seen=[frame(ROWS)], keep_missing=True
    )
    assert (merged.missing, merged.deleted) == (("1a",), ())


def test_rule_11_a_row_that_was_taken_and_deleted_since_does_not_come_back():
    shown, taken = frame({"2a": ROWS["2a"]}), frame(ROWS)
    merged = merge_table(shown, shown, taken, seen=[taken, shown], keep_missing=True)
    assert (merged.added, merged.ignored, merged.conflicts) == ((), 1, ())
    edited = frame({**ROWS, "1a": {"name": "new", "amount": 1.0}})
    merged = merge_table(shown, shown, edited, seen=[taken, shown], keep_missing=True)
    assert cells(merged.frame)["1a"] == {"name": "new", "amount": 1.0}
    assert merged.conflicts == (Conflict("1a", ("name",), ("a",), None, ("new",)),)


def test_rule_11_rows_that_another_state_lacks_as_well_are_no_deletion():
    merged = merge_table(
        frame(ROWS), frame(ROWS), frame({"2a": ROWS["2a"]}), seen=[frame({"2a": ROWS["2a"]})]
    )
    assert (merged.deleted, merged.missing, merged.ignored) == ((), (), 1)
