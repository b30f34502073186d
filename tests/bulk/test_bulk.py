"""Edits in bulk: which rows, checked like typed values, one revision, and taken back as if it had never been."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crmbook.base import BusyError, CrmbookError
from crmbook.bulk import BulkNote, BulkPlan, BulkWish, carry_out, undo_bulk
from crmbook.formula import FormulaError
from crmbook.revisions import Hand
from crmbook.store import Commit, ConflictRecord
from crmbook.sync import read_bulk
from tests.exchange.intake.desk import DAY, Club, book

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from crmbook.bulk import BulkAction

HAND = Hand(DAY, "王芳")
NAMES = ("张三", "李四", "王五", "赵六", "钱七", "孙八", "周九", "吴十")


class Desk(Club):
    """A club with eight members, the first two of whom bought something."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        rows = [
            {"name": name, "phone": f"1380000000{place}", "company": "云帆" if place % 2 else "星河"}
            for place, name in enumerate(NAMES)
        ]
        self.bring(*rows)
        self.add("sales", "ffff0a", sale_id="1001", person_id="001", amount=10.0)
        self.add("sales", "ffff1b", sale_id="1002", person_id="002", amount=20.0)

    def read(self, table: str, where: str, action: BulkAction = "set", **texts: str) -> BulkPlan:
        wish = BulkWish(table, where, action, texts)
        return read_bulk(self.store, self.record, book(), wish, DAY)

    def do(self, table: str, where: str, action: BulkAction = "set", **texts: str) -> BulkPlan:
        """Plan an edit and make it."""
        plan = self.read(table, where, action, **texts)
        assert plan.refused == ()
        carry_out(self.store, self.record, book(), plan, "王芳")
        return plan

    def undo(self, revision: int = 0) -> Any:
        return undo_bulk(self.store, self.record, book(), revision, HAND)

    def row_id(self, key: str, table: str = "people") -> str:
        frame = self.head.tables[table]
        [row] = frame.index[frame["person_id"] == key].tolist()
        return str(row)

    def quarrel(self, key: str, label: str) -> None:
        """Let two people disagree about a cell."""
        one = ConflictRecord(
            "people", self.row_id(key), (label,), (None,), ("甲",), ("乙",), key=key, file_who="李强"
        )
        with self.store.lease(self.record.book_id) as lease:
            self.store.commit(lease, self.record.book_id, Commit(self.head.revision, [], conflicts=[one]))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def cells(tables: Mapping[str, pd.DataFrame]) -> dict[tuple[str, str, str], Any]:
    """Every filled cell of a state, whatever the order of its rows."""
    return {
        (name, str(row), str(label)): value
        for name, frame in tables.items()
        for label in frame.columns
        for row, value in frame[label].items()
        if not pd.isna(value)
    }


def texts(plan: BulkPlan) -> list[str]:
    return [one.text("zh") for one in plan.refused]


def test_the_rows_are_found_written_and_told_as_one_revision(desk):
    before = desk.head
    plan = desk.do("人员", '[@公司]="云帆"', 级别="乙", 备注="已 联系")
    assert (plan.matched, plan.of, len(plan.rows), plan.is_large) == (4, 8, 4, False)
    assert [row.get("grade") for row in desk.rows()] == [None, "乙"] * 4
    assert [row.get("notes") for row in desk.rows()] == [None, "已 联系"] * 4
    assert desk.head.revision == before.revision + 1
    newest = desk.store.revisions(desk.record.book_id)[-1]
    assert (newest.kind, newest.who) == ("bulk", "王芳")
    said = BulkNote("set", "人员", '[@公司]="云帆"', 4, {"级别": "乙", "备注": "已 联系"})
    assert BulkNote.from_text(newest.note) == said
    assert {(one.key, one.header, one.old, one.new) for one in plan.lines if one.key == "002"} == {
        ("002", "级别", None, "乙"), ("002", "备注", None, "已 联系"),
    }  # fmt: skip


def test_a_condition_may_read_computed_values_of_other_tables_and_english_names(desk):
    plan = desk.read("people", "=SUMIFS(sales[amount],sales[person_id],[@person_id])>15", grade="甲")
    assert [one.key for one in plan.lines] == ["002"]


def test_a_condition_may_name_the_books_day(desk):
    desk.do("人员", '[@编号]<="002"', 起始日期="2024-02-29")
    assert desk.read("人员", "[@起始日期]=as_of-1", 级别="甲").matched == 2


def test_an_error_value_and_a_text_are_no_yes(desk):
    assert desk.read("人员", "1/0", 级别="甲").matched == 0
    assert desk.read("人员", "[@姓名]", 级别="甲").matched == 0


def test_a_wrong_condition_is_refused(desk):
    with pytest.raises(FormulaError) as caught:
        desk.read("人员", "[@公司名称]=1", 级别="甲")
    assert (caught.value.params["field"], caught.value.params["suggestion"]) == ("公司名称", "公司")


def test_values_are_read_as_typed_ones(desk):
    desk.do("人员", "TRUE", 起始日期="2024年1月5日", 电话="")
    assert {(row["since"].isoformat(), row.get("phone")) for row in desk.rows()} == {("2024-01-05", None)}
    desk.do("销售", "TRUE", 金额="1.2万", 编号="003 王五")
    assert {(row["amount"], row["person_id"]) for row in desk.rows("sales")} == {(12000.0, "003")}


@pytest.mark.parametrize(
    ("table", "value", "said"),
    [
        ("人员", {"级别": "丁"}, "【级别】“丁”不在可选项中（8 行：001、002、003……等）"),
        ("人员", {"姓名": " "}, "【姓名】“姓名”必须填写（8 行：001、002、003……等）"),
        ("人员", {"起始日期": "2024/13/1"}, "【起始日期】"),
        ("销售", {"编号": "099"}, "【编号】"),
        ("销售", {"编号": ""}, "【编号】“编号”必须填写（2 行：1001、1002）"),
        ("销售", {"金额": "许多"}, "【金额】"),
    ],
)
def test_a_value_that_cannot_be_is_refused_before_anything_changes(desk, table, value, said):
    before = desk.head
    plan = desk.read(table, "TRUE", **value)
    assert [text for text in texts(plan) if said.removesuffix("……等）") in text] == texts(plan) != []
    assert (list(plan.rows), list(plan.lines)) == ([], [])
    assert carry_out(desk.store, desk.record, book(), plan, "王芳") == before.revision
    assert cells(desk.head.tables) == cells(before.tables)


def test_one_bad_value_keeps_the_good_one_out_too(desk):
    plan = desk.read("人员", "TRUE", 级别="甲", 起始日期="昨日之日")
    assert (len(plan.refused), list(plan.rows)) == (1, [])


def test_what_is_only_doubtful_is_told_and_done(desk):
    plan = desk.do("人员", '[@编号]="001"', 电话="12345")
    assert [one.issue.field_name for one in plan.doubts] == ["phone"]
    assert desk.rows()[0]["phone"] == "12345"


@pytest.mark.parametrize(
    ("table", "action", "value", "code"),
    [
        ("人员", "set", {"编号": "9"}, "bulk.key-field"),
        ("关怀", "set", {"编号": "001"}, "bulk.key-field"),
        ("关怀", "delete", {}, "bulk.rows-of-another"),
        ("人员", "set", {"没有": "9"}, "history.unknown-field"),
        ("没有", "delete", {}, "history.unknown-table"),
        ("人员", "set", {"级别": "甲", "grade": "乙"}, "bulk.field-twice"),
    ],
)
def test_what_cannot_be_changed_in_bulk_is_refused_by_name(desk, table, action, value, code):
    with pytest.raises(CrmbookError) as caught:
        desk.read(table, "TRUE", action, **value)
    assert caught.value.code == code


def test_own_columns_can_be_written_too(tmp_path):
    club = Desk(tmp_path)
    club.bring({"name": "郑一", "phone": "13800000009", "外号": "老郑"}, own=["外号"])
    club.do("人员", '[@公司]="云帆"', 外号="12")
    assert [row.get("own:外号") for row in club.rows()] == [None, 12.0] * 4 + ["老郑"]


def test_deleting_follows_the_rule_of_deletions(desk):
    plan = desk.do("人员", '[@公司]="星河"', "delete")
    assert [row["person_id"] for row in desk.rows()] == ["002", "004", "006", "008"]
    assert [row["person_id"] for row in desk.rows("care")] == ["002", "004", "006", "008"]
    assert dict(plan.referring) == {"销售": 1}
    assert [row["person_id"] for row in desk.rows("sales")] == ["001", "002"]


def test_a_row_about_whose_value_nobody_has_decided_stays(desk):
    desk.quarrel("001", "grade")
    plan = desk.do("人员", '[@公司]="星河"', "delete")
    assert (plan.stays, len(plan.rows)) == (("001",), 3)
    assert [row["person_id"] for row in desk.rows()] == ["001", "002", "004", "006", "008"]


def test_deleted_rows_come_back_with_what_stood_beside_them(desk):
    desk.edit("care", desk.row_id("003", "care"), gift="茶")
    before = cells(desk.head.tables)
    desk.do("人员", '[@公司]="星河"', "delete")
    plan = desk.do("人员", '[@电话]="13800000002"', "restore")
    assert (plan.matched, [row["name"] for row in desk.rows()][-1]) == (1, "王五")
    assert desk.rows("care")[-1] == {"person_id": "003", "gift": "茶"}
    desk.do("人员", "TRUE", "restore")
    assert cells(desk.head.tables) == before


def test_restoring_a_row_whose_key_another_has_is_refused(desk):
    desk.do("人员", '[@编号]="008"', "delete")
    desk.add("people", "fffffa", person_id="008", name="后来的")
    with pytest.raises(CrmbookError) as caught:
        desk.read("人员", "TRUE", "restore")
    assert (caught.value.code, caught.value.params["key"]) == ("restore.key-taken", "008")
    with pytest.raises(CrmbookError) as caught:
        desk.undo()
    assert caught.value.code == "restore.key-taken"


def test_more_than_a_tenth_is_large_and_its_id_means_these_rows(desk):
    plan = desk.read("人员", '[@编号]<="006"', 级别="甲")
    assert plan.is_large
    desk.edit("people", desk.row_id("001"), notes="别的事")
    assert desk.read("人员", '[@编号]<="006"', 级别="甲").id == plan.id
    assert desk.read("人员", '[@编号]<="006"', 级别="乙").id != plan.id
    desk.edit("people", desk.row_id("001"), grade="乙")
    assert desk.read("人员", '[@编号]<="006"', 级别="甲").id != plan.id


def test_a_plan_of_yesterday_is_not_carried_out(desk):
    plan = desk.read("人员", "TRUE", 级别="甲")
    desk.edit("people", desk.row_id("001"), grade="乙")
    with pytest.raises(BusyError) as caught:
        carry_out(desk.store, desk.record, book(), plan, "王芳")
    assert caught.value.code == "bulk.stale"
    assert [row.get("grade") for row in desk.rows()] == ["乙", *[None] * 7]


def test_undoing_keeps_what_colleagues_did_since(desk):
    desk.do("人员", '[@公司]="云帆"', 级别="乙")
    desk.edit("people", desk.row_id("002"), grade="甲")
    desk.edit("people", desk.row_id("004"), notes="新的")
    done = desk.undo()
    assert done.conflicts == 1
    assert [row.get("grade") for row in desk.rows()] == [None, "甲", *[None] * 6]
    assert desk.rows()[3]["notes"] == "新的"
    [one] = desk.store.conflicts(desk.record.book_id)
    assert (one.key, one.base, one.head, one.file) == ("002", ("乙",), ("甲",), (None,))


def test_an_older_edit_is_undone_alone(desk):
    desk.do("人员", '[@编号]="001"', 级别="乙")
    older = desk.head.revision
    desk.do("人员", '[@编号]="002"', 级别="甲")
    assert desk.undo(older).of == older
    assert [row.get("grade") for row in desk.rows()][:2] == [None, "甲"]
    for wanted, code in ((older, "bulk.already-undone"), (1, "bulk.not-a-bulk-edit")):
        with pytest.raises(CrmbookError) as caught:
            desk.undo(wanted)
        assert caught.value.code == code
    desk.undo()
    with pytest.raises(CrmbookError) as caught:
        desk.undo()
    assert caught.value.code == "bulk.nothing-to-undo"


def test_undoing_a_restoration_deletes_again_what_was_referred_to_all_along(desk):
    desk.do("人员", '[@编号]="001"', "delete")
    before = cells(desk.head.tables)
    desk.do("人员", "TRUE", "restore")
    assert desk.undo().conflicts == 0
    assert cells(desk.head.tables) == before


CONDITIONS = ("TRUE", '[@公司]="云帆"', '[@编号]>"003"', "ISBLANK([@级别])", '[@级别]="甲"', "FALSE")
EDITS = st.tuples(
    st.sampled_from(["set", "delete", "restore"]),
    st.sampled_from(CONDITIONS),
    st.dictionaries(
        st.sampled_from(["级别", "备注"]), st.sampled_from(["甲", "乙", ""]), min_size=1, max_size=2
    ),
)


@pytest.mark.slow
@given(st.lists(EDITS, min_size=1, max_size=4))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_twice_is_once_and_undone_is_never(tmp_path_factory, edits):
    club = Desk(tmp_path_factory.mktemp("club"))
    for action, where, values in edits:
        before = club.head
        given_texts = values if action == "set" else {}
        plan = club.do("人员", where, action, **given_texts)
        after = club.head
        assert after.revision == before.revision + bool(plan.rows)
        assert list(club.do("人员", where, action, **given_texts).rows) == [] or where == "ISBLANK([@级别])"
        if not plan.rows or club.head.revision != after.revision:
            continue
        assert club.undo().conflicts == 0
        assert cells(club.head.tables) == cells(before.tables)
        club.do("人员", where, action, **given_texts)
        assert cells(club.head.tables) == cells(after.tables)
