"""The breaker: numbers at their boundaries, what a plan says, and taking it back."""

from __future__ import annotations

# ruff: noqa: DTZ001 - a cell knows no time zone
import datetime as dt
import json

import numpy as np
import pandas as pd
import pytest

from crmbook.ingest.guard import Finding, Plan, discard, judge
from crmbook.merge import changed_cells
from crmbook.merge.compare import cells_of, plain
from crmbook.read import Snapshot, TableSnapshot
from crmbook.read.snapshot import FoundColumn, ListEntry
from tests.check.world import small_book

BOOK = small_book()
TYPES = {"age": np.float64, "amount": np.float64, "birthday": "datetime64[us]", "date": "datetime64[us]"}
CODES = [
    "breaker.rows-gone",
    "breaker.table-emptied",
    "breaker.sheet-missing",
    "breaker.column-gone",
    "breaker.column-blanked",
    "breaker.column-changed",
    "breaker.column-permuted",
    "breaker.column-pasted",
]


def frame(columns, index):
    index = pd.Index(index, dtype=object)
    return pd.DataFrame(
        {
            label: pd.Series(np.array(values, dtype=TYPES.get(label, object)), index=index, dtype=TYPES.get(label, object))
            for label, values in columns.items()
        },
        index=index,
        columns=pd.Index(list(columns), dtype=object),
    )  # fmt: skip


def customers(count, **columns):
    made = {
        "customer_id": [f"{number:03d}" for number in range(1, count + 1)],
        "name": [f"客户{number}" for number in range(1, count + 1)],
        "gender": ["男"] * count,
        "birthday": [None] * count,
        "age": [None] * count,
    }
    return frame({**made, **columns}, [f"{number}r" for number in range(1, count + 1)])


def orders(count=0):
    made = {"order_id": [str(1000 + number) for number in range(count)], "amount": [5.0] * count}
    return frame(made, [f"{number}o" for number in range(count)])


def lists(**entries):
    rows = [(name, text) for name, texts in entries.items() for text in texts]
    made = {
        "list": [name for name, _ in rows],
        "text": [text for _, text in rows],
        "of": [None] * len(rows),
    }
    return frame(made, [f"{name}/{text}" for name, text in rows])


def snapshot_of(tables):
    """What would have been read where these state frames come from."""
    found = {
        name: TableSnapshot(
            name=name,
            sheet=BOOK.tables[name].title,
            header_row=1,
            columns={label: FoundColumn(place, label) for place, label in enumerate(table.columns)},
            custom={},
            issues=None,
            row_id=None,
            frame=pd.DataFrame(),
            own=pd.DataFrame(),
            row_ids=pd.Series(dtype=object),
        )
        for name, table in tables.items()
        if name != "_lists"
    }
    entries: dict[str, list[ListEntry]] = {}
    for name, text in tables.get("_lists", lists())[["list", "text"]].itertuples(index=False):
        entries.setdefault(name, []).append(ListEntry(text))
    return Snapshot(found, (), {}, {name: tuple(texts) for name, texts in entries.items()}, {})


def found(image, file, written=None):
    """Judge a file; its snapshot has the sheets and columns that its frames have."""
    return judge(BOOK, image, file, snapshot_of(file), written or {})


def codes(plan):
    return [finding.code for finding in plan.findings] if plan else []


def one(image, file, **rest):
    return codes(found({"customers": image}, {"customers": file}, **rest))


def edited(table, label, count, value, start=0):
    values = plain(cells_of(table[label]))
    values[start : start + count] = (
        [value] * count if not callable(value) else [value(at) for at in range(count)]
    )
    return table.assign(
        **{
            label: pd.Series(
                np.array(values, dtype=table[label].dtype), index=table.index, dtype=table[label].dtype
            )
        }
    )


def test_nothing_new_is_no_accident():
    image = customers(30)
    assert one(image, image) == []
    assert one(image, image.iloc[::-1]) == []
    assert one(image.iloc[:0], image) == []
    assert found({}, {}) is None


@pytest.mark.parametrize(
    ("rows", "gone", "held"),
    [
        (6, 5, False),  # five may always go
        (20, 5, False),
        (20, 6, True),
        (59, 6, True),  # 10.2 %
        (60, 6, False),  # exactly a tenth
        (61, 7, True),
        (100, 10, False),
        (100, 11, True),
        (1000, 100, False),
        (1000, 101, True),
    ],
)
def test_rule_10_holds_more_than_a_tenth_and_over_five_of_the_rows(rows, gone, held):
    image = customers(rows)
    assert one(image, image.iloc[gone:]) == (["breaker.rows-gone"] if held else [])


def test_rule_10_counts_rows_that_are_gone_and_not_how_many_are_left():
    image = customers(20)
    file = pd.concat([image.iloc[6:], customers(40).iloc[30:]])
    assert one(image, file) == ["breaker.rows-gone"]


@pytest.mark.parametrize("rows", [1, 3, 50])
def test_rule_10_holds_a_table_that_was_emptied(rows):
    image = customers(rows)
    assert one(image, image.iloc[:0]) == ["breaker.table-emptied"]


def test_rule_10_holds_a_missing_sheet_but_not_one_that_never_was():
    image = {"customers": customers(3), "orders": orders(2)}
    plan = found(image, {"customers": customers(3)})
    assert codes(plan) == ["breaker.sheet-missing"]
    assert (plan.findings[0].table, plan.findings[0].count) == ("orders", 2)
    assert found({"customers": customers(3)}, image) is None


def test_rule_10_holds_a_missing_sheet_without_rows():
    assert codes(found({"orders": orders()}, {})) == ["breaker.sheet-missing"]


@pytest.mark.parametrize(
    ("rows", "filled", "hit", "held"),
    [
        (30, 30, 19, False),
        (30, 30, 20, True),
        (40, 40, 20, False),  # half, and not more
        (41, 41, 21, True),
        (41, 41, 20, False),
        (100, 39, 20, True),  # blank cells do not count
        (100, 40, 20, False),
    ],
)
@pytest.mark.parametrize(
    ("value", "code"), [(None, "breaker.column-blanked"), ("女", "breaker.column-changed")]
)
def test_rule_10_holds_twenty_cells_that_are_over_half_of_a_column(rows, filled, hit, held, value, code):
    image = edited(customers(rows), "gender", rows - filled, None, start=filled)
    file = edited(image, "gender", hit, value)
    assert one(image, file) == ([code] if held else [])


def test_rule_10_adds_up_blanked_and_changed_cells():
    image = customers(30)
    file = edited(edited(image, "gender", 10, None), "gender", 10, "女", start=10)
    assert one(image, file) == ["breaker.column-changed"]


def test_filling_blank_cells_is_work_and_no_accident():
    image = edited(customers(60), "gender", 60, None)
    assert one(image, edited(image, "gender", 60, "女")) == []


def test_rule_10_looks_at_peoples_own_columns_too():
    image = customers(30).rename(columns={"gender": "own:备注"})
    plan = found({"customers": image}, {"customers": edited(image, "own:备注", 30, None)})
    assert codes(plan) == ["breaker.column-blanked"]
    assert "“备注”" in plan.findings[0].text("zh")


@pytest.mark.parametrize(("rows", "held"), [(9, False), (10, True), (40, True)])
@pytest.mark.parametrize("label", ["name", "customer_id"])
def test_rule_10_holds_a_nearly_unique_column_that_was_sorted_alone(rows, held, label):
    image = customers(60)
    values = image[label].tolist()
    file = image.assign(
        **{label: pd.Series([*values[1:rows], values[0], *values[rows:]], index=image.index, dtype=object)}
    )
    assert one(image, file) == (["breaker.column-permuted"] if held else [])  # fmt: skip


def test_a_column_sorted_beside_other_edits_is_still_known():
    image = customers(60)
    shifted = [*image["name"].tolist()[1:], "新客户"]
    file = image.assign(name=pd.Series(shifted, index=image.index, dtype=object))
    assert one(image, file) == ["breaker.column-permuted"]


def test_values_that_many_rows_share_are_not_sorted():
    image = edited(customers(19), "gender", 9, "女")
    file = image.assign(gender=pd.Series(image["gender"].tolist()[::-1], index=image.index, dtype=object))
    assert one(image, file) == []


@pytest.mark.parametrize(("distinct", "held"), [(54, True), (53, False)])
def test_nearly_unique_is_nine_in_ten(distinct, held):
    image = customers(60)
    names = [f"客户{number if number < distinct else 0}" for number in range(60)]
    image = image.assign(name=pd.Series(names, index=image.index, dtype=object))
    file = image.assign(
        name=pd.Series([*names[1:12], names[0], *names[12:]], index=image.index, dtype=object)
    )
    assert one(image, file) == (["breaker.column-permuted"] if held else [])


def test_days_and_numbers_are_sorted_like_texts():
    days = [dt.datetime(1990, 1, 1) + dt.timedelta(days=7 * number) for number in range(30)]
    image, file = customers(30, birthday=days), customers(30, birthday=days[::-1])
    assert one(image, file) == ["breaker.column-permuted"]


def test_rule_07_holds_a_managed_column_that_is_gone():
    plan = found({"customers": customers(8)}, {"customers": customers(8).drop(columns=["name"])})
    assert codes(plan) == ["breaker.column-gone"]
    assert (plan.findings[0].label, plan.findings[0].field, plan.findings[0].of) == ("name", "姓名", 8)


def test_rule_07_asks_the_sheet_and_not_the_frame_which_columns_there_are():
    """A frame leaves out a column of values that sync itself wrote: it says nothing about them."""
    image = {"customers": customers(8)}
    file = {"customers": customers(8).drop(columns=["age"])}
    assert judge(BOOK, image, file, snapshot_of(image), {}) is None
    written = {"customers": customers(8)[["age"]]}
    assert codes(judge(BOOK, file, file, snapshot_of(file), written)) == ["breaker.column-gone"]


def test_rule_07_leaves_peoples_own_columns_to_them():
    image = customers(8).rename(columns={"gender": "own:备注"})
    assert one(image, image.drop(columns=["own:备注"])) == []


@pytest.mark.parametrize(
    ("rows", "pasted", "held"), [(2, 2, False), (3, 3, True), (6, 3, False), (6, 4, True), (40, 20, False), (40, 21, True)]
)  # fmt: skip
def test_rule_08_holds_more_than_half_a_column_of_formulas_turned_into_constants(rows, pasted, held):
    image = customers(rows)
    written = {"customers": customers(rows, age=[30.0] * rows)[["age"]]}
    file = edited(image, "age", pasted, 31.0)
    expected = ["breaker.column-pasted"] if held else []
    assert one(image, file, written=written) == expected
    assert one(image, file) == expected  # nothing known of what was written


def test_rule_08_a_constant_equal_to_what_was_written_is_none():
    image, pasted = customers(10), customers(10, age=[30.0] * 10)
    assert one(image, pasted, written={"customers": pasted[["age"]]}) == []


def test_rule_08_filling_cells_in_which_the_formula_showed_nothing_is_work():
    image = customers(10)
    assert one(image, customers(10, age=[30.0] * 10), written={"customers": image[["age"]]}) == []


def test_rule_08_what_was_typed_before_is_neither_a_formula_nor_pasted():
    image = edited(customers(10), "age", 4, 50.0)
    written = {"customers": customers(10, age=[30.0] * 10)[["age"]]}
    file = edited(image, "age", 3, 31.0, start=4)
    assert one(image, file, written=written) == []
    file = edited(image, "age", 4, 31.0, start=4)
    plan = found({"customers": image}, {"customers": file}, written)
    assert (plan.findings[0].count, plan.findings[0].of) == (4, 6)


def test_rule_08_new_rows_may_come_with_their_constants():
    assert one(customers(4), edited(customers(30), "age", 26, 31.0, start=4)) == []


def test_the_lists_of_the_dictionary_are_judged_like_tables():
    image = {"_lists": lists(gender=["男", "女"], region=[f"区{number}" for number in range(20)])}
    assert codes(found(image, {"_lists": lists()})) == ["breaker.sheet-missing"]
    assert found({"_lists": lists()}, {"_lists": lists()}) is None
    fewer = lists(gender=["男", "女"], region=[f"区{number}" for number in range(14)])
    assert codes(found(image, {"_lists": fewer})) == ["breaker.rows-gone"]
    plan = found(image, {"_lists": lists(gender=["男", "女"])})
    assert codes(plan) == ["breaker.column-gone"]
    assert (plan.findings[0].label, plan.findings[0].count) == ("region", 20)
    assert plan.findings[0].keys[:2] == ("区0", "区1")
    assert changed_cells(
        image["_lists"], discard(plan, image, {"_lists": lists(gender=["男", "女"])})["_lists"]
    ) == ((), (), [])


ACCIDENTS = {
    "rows-gone": lambda image: image.iloc[7:],
    "table-emptied": lambda image: image.iloc[:0],
    "column-gone": lambda image: image.drop(columns=["name"]),
    "column-blanked": lambda image: edited(image, "gender", 25, None),
    "column-changed": lambda image: edited(image, "gender", 25, "女"),
    "column-permuted": lambda image: image.assign(
        name=pd.Series(image["name"].tolist()[::-1], index=image.index, dtype=object)
    ),
    "column-pasted": lambda image: edited(image, "age", 20, 31.0),
}


@pytest.mark.parametrize("name", ACCIDENTS)
def test_a_plan_taken_back_leaves_the_image_and_what_is_no_accident(name):
    image = {"customers": customers(30), "orders": orders(4)}
    file = {"customers": ACCIDENTS[name](image["customers"]), "orders": edited(orders(5), "amount", 1, 9.0)}
    plan = found(image, file)
    assert codes(plan) == [f"breaker.{name}"]
    back = discard(plan, image, file)
    assert changed_cells(image["customers"], back["customers"]) == ((), (), [])
    for label in image["customers"].columns:
        assert back["customers"][label].dtype == image["customers"][label].dtype
    assert back["orders"] is file["orders"]
    assert judge(BOOK, image, back, snapshot_of(back), {}) is None


def test_new_rows_and_other_edits_survive_a_discarded_plan():
    image = {"customers": customers(30)}
    typed = pd.concat([customers(30), customers(31).iloc[30:]])
    file = {"customers": edited(edited(typed, "gender", 25, None), "name", 1, "改名")}
    back = discard(found(image, file), image, file)["customers"]
    added, deleted, changes = changed_cells(image["customers"], back)
    assert (added, deleted) == (("31r",), ())
    assert [(change.row_id, change.label, change.new) for change in changes] == [("1r", "name", "改名")]


def test_a_missing_sheet_taken_back_is_the_image():
    image = {"customers": customers(3), "orders": orders(2)}
    file = {"customers": customers(3)}
    assert discard(found(image, file), image, file)["orders"] is image["orders"]


def test_two_accidents_make_one_plan_and_are_taken_back_together():
    image = {"customers": customers(30)}
    file = {"customers": edited(customers(30), "gender", 25, None).iloc[:20]}
    plan = found(image, file)
    assert codes(plan) == ["breaker.rows-gone", "breaker.column-blanked"]
    assert changed_cells(image["customers"], discard(plan, image, file)["customers"]) == ((), (), [])


def test_the_same_accident_has_the_same_id_whatever_else_was_edited():
    image = {"customers": customers(30)}
    file = {"customers": edited(customers(30), "gender", 25, None)}
    plan = found(image, file)
    assert found(image, file).id == plan.id
    assert found(image, {"customers": file["customers"].iloc[::-1]}).id == plan.id
    assert found(image, {"customers": edited(file["customers"], "name", 1, "改名")}).id == plan.id


@pytest.mark.parametrize(
    "other",
    [
        lambda file: edited(file, "gender", 26, None),
        lambda file: edited(file, "gender", 25, "女"),
        lambda file: edited(edited(file, "gender", 1, "男"), "gender", 1, None, start=25),
        lambda file: edited(file, "gender", 1, "未知"),
        lambda file: file.iloc[:20],
        lambda file: file.drop(columns=["name"]),
    ],
)
def test_another_accident_has_another_id(other):
    image = {"customers": customers(30)}
    file = edited(customers(30), "gender", 25, None)
    assert found(image, {"customers": other(file)}).id != found(image, {"customers": file}).id


def test_a_plan_survives_being_stored():
    image = {"customers": customers(30), "orders": orders(2)}
    plan = found(image, {"customers": edited(customers(30), "gender", 25, None).iloc[:15]})
    assert Plan.from_json(json.loads(json.dumps(plan.to_json()))) == plan


def test_people_are_told_sheet_column_numbers_and_examples():
    image = {"customers": customers(30)}
    finding = found(image, {"customers": edited(customers(30), "gender", 25, None)}).findings[0]
    assert finding.rows == ("1r", "2r", "3r", "4r", "5r")
    assert (
        finding.text("zh")
        == "“客户”的“性别”有 25 个单元格被清空（共 30 个有内容）：001、002、003、004、005 …"
    )
    assert finding.text("en").startswith(
        "25 of the 30 filled cells of “性别” in “客户” were blanked: 001, 002"
    )
    issue = finding.issue("zh")
    assert (issue.text("zh"), issue.remedy("zh")) == (finding.text("zh"), finding.remedy("zh"))
    assert (issue.table, issue.field_name, issue.location.sheet) == ("customers", "gender", "客户")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_finding_has_words_and_a_remedy(code, lang):
    finding = Finding(code, "customers", "gender", 7, 9, ("1r",), "客户", "性别", ("001",))
    assert "客户" in finding.text(lang)
    assert finding.remedy(lang)
