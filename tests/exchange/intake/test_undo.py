"""Taking an import back: it alone goes, and what colleagues did since stays."""

from __future__ import annotations

import pandas as pd
import pytest

from crmbook.base import CrmbookError
from crmbook.exchange.intake import undo
from crmbook.revisions import Hand
from tests.exchange.intake.desk import DAY, Club, book, people

ZHANG = {"name": "张三", "phone": "13800000001"}
LI = {"name": "李四", "phone": "13800000002"}
WANG = {"name": "王五", "phone": "13800000003", "grade": "丁", "外号": "老王"}


@pytest.fixture
def club(tmp_path):
    club = Club(tmp_path)
    club.bring(ZHANG, LI)
    return club


def back(club, revision=0):
    return undo(club.store, club.record, book(), revision, Hand(DAY, "王芳"))


def bring(club):
    """Import a new person, and more about two who are there."""
    more = [{**ZHANG, "grade": "甲", "外号": "小张"}, {**LI, "company": "云帆"}]
    club.bring(*more, WANG, own=["外号"], added={"grade": ("丁",)})


def ids(club, table="people"):
    return dict(zip(club.head.tables[table]["person_id"], club.head.tables[table].index, strict=True))


def conflicts(club):
    return [
        (one.table, one.key, one.labels, one.base, one.head, one.file)
        for one in club.store.conflicts(club.record.book_id)
    ]


def test_import_and_undo_leave_the_head_as_it_was(club):
    before = club.head.tables
    bring(club)
    assert not club.head.tables["people"].equals(before["people"])
    done = back(club)
    assert (done.revision, done.before, done.name, done.conflicts) == (4, 3, "名单.csv", 0)
    assert club.head.tables.keys() == before.keys()
    for name, frame in before.items():
        after = club.head.tables[name]
        pd.testing.assert_frame_equal(frame, after[list(frame.columns)])
        assert after[after.columns.difference(frame.columns)].isna().all(axis=None)


def test_an_edited_row_stays_and_is_asked_about_and_another_edit_survives(club):
    bring(club)
    club.edit("people", ids(club)["003"], company="远大")
    club.edit("people", ids(club)["001"], company="星河")
    assert back(club).conflicts == 1
    assert [(row["name"], row.get("company"), row.get("grade")) for row in club.rows()] == [
        ("张三", "星河", None), ("李四", None, None), ("王五", "远大", "丁"),
    ]  # fmt: skip
    assert conflicts(club) == [("people", "003", ("company",), (None,), ("远大",), None)]
    [record] = club.store.conflicts(club.record.book_id)
    assert (record.head_who, record.file_who) == ("李强", "王芳")
    assert club.rows("care") == [{"person_id": "001"}, {"person_id": "002"}, {"person_id": "003"}]
    assert club.entries("grade") == ["甲", "乙", "丁"]


def test_the_same_cell_is_a_conflict_and_keeps_the_newer_value(club):
    bring(club)
    club.edit("people", ids(club)["001"], grade="乙")
    back(club)
    assert club.rows()[0]["grade"] == "乙"
    assert conflicts(club) == [("people", "001", ("grade",), ("甲",), ("乙",), (None,))]


def test_a_row_that_others_refer_to_stays(club):
    bring(club)
    club.add("sales", "ffff0a", sale_id="1001", person_id="003", amount=10.0)
    back(club)
    assert [row["name"] for row in club.rows()] == ["张三", "李四", "王五"]
    assert conflicts(club) == [("people", "003", ("person_id",), ("003",), ("003",), None)]


def test_a_row_beside_which_somebody_typed_stays(club):
    bring(club)
    club.edit("care", ids(club, "care")["003"], gift="茶")
    back(club)
    assert [row["name"] for row in club.rows()] == ["张三", "李四", "王五"]
    assert club.rows("care")[2] == {"person_id": "003", "gift": "茶"}
    assert [(one[0], one[1], one[5]) for one in conflicts(club)] == [("people", "003", None)]


def test_what_a_colleague_deleted_since_stays_deleted(club):
    bring(club)
    frame = club.head.tables["people"]
    from crmbook.store import Step

    club.commit(Step("sync", "李强", tables={"people": frame.drop(index=ids(club)["002"])}))
    back(club)
    assert [row["name"] for row in club.rows()] == ["张三"]
    assert conflicts(club) == []


def test_an_older_import_is_undone_alone(club):
    bring(club)
    club.bring({"name": "赵六", "phone": "13800000004"})
    back(club, 3)
    assert [row["name"] for row in club.rows()] == ["张三", "李四", "赵六"]
    assert back(club).name == "名单.csv"
    assert [row["name"] for row in club.rows()] == ["张三", "李四"]


def test_undo_twice_finds_nothing_the_second_time(tmp_path):
    club = Club(tmp_path)
    club.bring(ZHANG)
    back(club)
    with pytest.raises(CrmbookError, match=r"intake\.nothing-to-undo"):
        back(club)
    with pytest.raises(CrmbookError, match=r"intake\.nothing-to-undo"):
        back(club, 2)
    with pytest.raises(CrmbookError, match=r"intake\.not-an-import"):
        back(club, 1)


def test_after_undoing_the_list_may_come_again(club):
    bring(club)
    back(club)
    plan = club.plan(*people(WANG, own=["外号"]))
    assert [one.action for one in plan.rows] == ["new"]
    assert [one.key for one in plan.rows] == ["004"]
