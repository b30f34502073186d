"""A copy and its workbook, or two copies, that hold a row nobody has taken in yet: it is one row, in whatever order they come."""

from __future__ import annotations

from datetime import date
from unittest import mock

import pytest

from crmbook.base import Sample
from crmbook.store import Store
from crmbook.sync import push
from tests.sync.shop import ROWS, CutOff, Sheet, Shop

CUTS = [(push, "write_atomically"), (Store, "mark_written")]


@pytest.fixture
def shop(tmp_path) -> Shop:
    made = Shop(tmp_path)
    made.sync()
    made.main.add("clients", name="新客", owner="王芳")
    return made


@pytest.fixture
def drive_copy(shop) -> Sheet:
    return shop.copy(shop.main, "客户-冲突-1.xlsx")


def times(shop: Shop) -> int:
    return [row.get("name") for row in shop.cells().values()].count("新客")


def test_the_copy_brings_its_workbook_along(shop, drive_copy):
    shop.sync(drive_copy)
    assert times(shop) == 1
    assert not drive_copy.path.exists()
    shop.sync()
    assert times(shop) == 1


@pytest.mark.sample(1)
@pytest.mark.parametrize("copy_first", [True, False])
def test_a_copy_with_new_rows_waits_until_its_workbook_is_closed(shop, drive_copy, copy_first):
    lock = shop.main.lock()
    if not copy_first:
        shop.sync(shop.main)
    report = shop.sync(drive_copy)
    assert [(path.name, error.code) for path, error in report.failures] == [
        (drive_copy.path.name, "file.open")
    ]
    assert times(shop) == 0
    lock.unlink()
    shop.sync()
    assert times(shop) == 1
    assert not drive_copy.path.exists()


def test_a_copy_without_new_rows_does_not_wait(shop):
    shop.sync()
    drive_copy = shop.copy(shop.main, "客户-冲突-1.xlsx")
    drive_copy.type("clients", 2, owner="赵六")
    shop.main.lock()
    shop.sync(drive_copy)
    assert shop.by_key("clients", "owner")["001"] == "赵六"
    assert not drive_copy.path.exists()


def test_a_copy_made_before_the_row_was_finished_takes_nothing_back(shop, drive_copy):
    row = max(shop.main.rows("clients"))
    drive_copy.type("clients", row, since=date(2001, 1, 21))
    shop.main.type("clients", row, owner="李强", phone="13900000049")
    shop.sync()
    [cells] = [one for one in shop.cells().values() if one.get("name") == "新客"]
    assert (cells["owner"], cells["phone"], cells["since"]) == ("李强", "13900000049", date(2001, 1, 21))
    assert [(one.labels, one.head, one.file) for one in shop.conflicts()] == [
        (("owner",), ("李强",), ("王芳",))
    ]


@pytest.mark.sample(1)
@pytest.mark.parametrize("name", ["客户-冲突-1.xlsx", "王芳周二.xlsx"])
@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: cut[1])
def test_another_visit_of_the_same_client_in_a_copy_is_another_row(tmp_path, cut, name):
    shop = Shop(tmp_path)
    shop.sync()
    copy = shop.copy(shop.main, name)
    shop.main.add("visits", client_id="001", on=date(2024, 2, 5), memo="电话", amount=5)
    copy.add("visits", client_id="001", on=date(2024, 2, 9), memo="来访", amount=8)
    with mock.patch.object(*cut, side_effect=CutOff), pytest.raises(CutOff):
        shop.sync(shop.main)
    shop.sync(copy)
    shop.sync()
    memos = [row.get("memo") for row in shop.cells("visits").values()]
    assert (memos.count("电话"), memos.count("来访"), shop.conflicts()) == (1, 1, [])


@pytest.mark.sample(1)
@pytest.mark.parametrize("name", ["客户-冲突-1.xlsx", "客户-LAPTOP7.xlsx"])
def test_a_drives_copy_that_comes_again_edited_brings_its_rows_once(tmp_path, name):
    shop = Shop(tmp_path / "簿")
    shop.sync()
    kept = Sheet(shop.copy(shop.main, "客户-冲突-0.xlsx").path.rename(tmp_path / "客户.xlsx"))
    kept.add("clients", name="新客", owner="王芳")
    kept.type("clients", 2, owner="赵一", phone="13900000001")
    kept.add("visits", client_id="001", memo="新访")
    shop.copy(kept, name)
    shop.sync()
    shop.main.type("clients", 2, phone="13900000002")
    shop.sync()
    kept.type("clients", 3, owner="钱二")
    kept.type("clients", ROWS + 2, owner="李强")
    shop.copy(kept, name)
    shop.sync()
    assert times(shop) == 1
    assert [row.get("memo") for row in shop.cells("visits").values()].count("新访") == 1
    owners = shop.by_key("clients", "owner")
    assert (owners["001"], owners["002"], owners["007"]) == ("赵一", "钱二", "李强")
    assert shop.by_key("clients", "phone")["001"] == "13900000002"
    assert shop.conflicts() == []
    assert not (shop.folder / name).exists()


@pytest.fixture
def copied(tmp_path) -> tuple[Shop, int]:
    """A row that was copied, hidden cells and all, in a workbook that nobody has synced since."""
    shop = Shop(tmp_path)
    shop.sync()
    row = ROWS + 2
    shop.main.put_rows("clients", {row: 2}, hidden=True)
    shop.main.type("clients", row, name="新客", client_id=None)
    return shop, row


@pytest.mark.sample(1)
@pytest.mark.parametrize("name", ["客户-冲突-1.xlsx", "赵一.xlsx"])
@pytest.mark.parametrize(
    ("here", "there"),
    [
        ({}, {"since": date(2001, 1, 21)}),
        ({}, {"phone": None}),
        ({"owner": "李强"}, {}),
        ({"owner": "李强", "phone": None}, {"since": date(2001, 1, 21), "city": "常州"}),
    ],
    ids=["edited in the copy", "blanked in the copy", "edited here", "edited in both"],
)
def test_a_copied_row_began_as_what_it_is_a_copy_of(copied, name, here, there):
    shop, row = copied
    of_drive = shop.copy(shop.main, name)
    shop.main.type("clients", row, **here)
    of_drive.type("clients", row, **there)
    shop.sync()
    [cells] = [one for one in shop.cells().values() if one.get("name") == "新客"]
    assert shop.conflicts() == []
    assert {label: cells.get(label) for label in here | there} == here | there


def test_a_copied_row_typed_over_in_both_is_a_conflict(copied):
    shop, row = copied
    of_drive = shop.copy(shop.main, "客户-冲突-1.xlsx")
    shop.main.type("clients", row, owner="李强")
    of_drive.type("clients", row, owner="赵六")
    shop.sync()
    [conflict] = shop.conflicts()
    assert (conflict.base, conflict.head, conflict.file) == (("王芳",), ("李强",), ("赵六",))


@pytest.mark.sample(1)
@pytest.mark.parametrize("edited", ["nothing", "the copied row", "the row it was copied from"])
@pytest.mark.parametrize("key", [None, "001", "V1"])
@pytest.mark.parametrize("cut", CUTS, ids=lambda cut: cut[1])
def test_rule_03_a_row_copied_with_its_hidden_id_is_one_row_though_the_run_is_cut_off(
    tmp_path, cut, key, edited
):
    shop = Shop(tmp_path)
    shop.sync()
    source, copied = 2, ROWS + 2
    shop.main.put_rows("clients", {copied: source}, hidden=True)
    shop.main.type("clients", copied, client_id=key, city="常州")
    before = shop.cells()
    with mock.patch.object(*cut, side_effect=CutOff), pytest.raises(CutOff):
        shop.sync()
    [new] = shop.cells().keys() - before.keys()
    if edited != "nothing":
        shop.main.type("clients", copied if edited == "the copied row" else source, owner="赵六")
    shop.sync()
    assert shop.cells().keys() - before.keys() == {new}
    assert [row["owner"] for row in shop.cells().values()].count("赵六") == (edited != "nothing")
    assert shop.cells()[new]["city"] == "常州"
    quiet(shop)


# Copies that people make: what was typed before one was split off, or stands in two files made of it, is one row


def typed_by(shop: Shop) -> Sheet:
    """A copy that a person made, with new rows: a client, and visits that name clients in both ways."""
    copy = shop.copy(shop.main, "王芳周二.xlsx")
    copy.add("clients", name="新客", owner="王芳")
    copy.add("visits", client_id="新客", memo="初访", amount=5)
    copy.add("visits", client_id="001", on=date(2024, 2, 5), memo="回访", amount=7.5)
    return copy


@pytest.mark.sample(1)
@pytest.mark.parametrize("name", ["客户.xlsx", "王芳周二（2）.xlsx", "客户-冲突-1.xlsx"])
@pytest.mark.parametrize("whose", ["clients", "visits"])
def test_the_rows_of_a_mailed_copy_come_in_once_under_whatever_name_it_comes_again(tmp_path, name, whose):
    shop = Shop(tmp_path / "簿")
    copy = typed_by(shop)
    mailed = copy.data
    shop.sync(copy)
    before = shop.cells(whose)
    again = Sheet(shop.folder / name)
    again.path.write_bytes(mailed)
    synced = shop.sync_one(again)
    assert shop.cells(whose) == before
    assert shop.conflicts() == []
    notes = {code: params for code, params in synced.notes if code.startswith("identify.")}
    records = ("客户 007 新客", "拜访 1004", "拜访 1005")
    assert notes == {"identify.twins": {"count": 3, "records": Sample(records)}}
    if again.path.exists():
        assert {row["row_id"] for row in again.rows(whose).values()} == before.keys()


def test_what_another_changed_in_a_row_since_it_came_in_stays(tmp_path):
    shop = Shop(tmp_path / "簿")
    copy = typed_by(shop)
    mailed = copy.data
    shop.sync(copy)
    copy.type("visits", 6, memo="改过")
    copy.clear("visits", 5)
    shop.sync(copy)
    (shop.folder / "周三.xlsx").write_bytes(mailed)
    shop.sync()
    assert [row["memo"] for row in shop.cells("visits").values()] == ["甲", "乙", "丙", "改过"]
    assert shop.conflicts() == []


def test_a_row_that_was_edited_since_is_new_and_may_be_the_same(tmp_path):
    shop = Shop(tmp_path / "簿")
    copy = typed_by(shop)
    mailed = copy.data
    shop.sync(copy)
    again = Sheet(shop.folder / "周三.xlsx")
    again.path.write_bytes(mailed)
    again.type("visits", 6, memo="另一次")
    synced = shop.sync_one(again)
    assert [row["memo"] for row in shop.cells("visits").values()][3:] == ["初访", "回访", "另一次"]
    told = [(one.location.cell, one.params) for one in synced.issues if one.code == "identify.maybe-twice"]
    assert told == [("A6", {"key": "1005"})]


def test_rows_of_two_hands_in_two_copies_are_two_rows(tmp_path):
    shop = Shop(tmp_path / "簿")
    one, two = shop.copy(shop.main, "一.xlsx"), shop.copy(shop.main, "二.xlsx")
    one.add("visits", client_id="001", memo="甲一", amount=5)
    two.add("visits", client_id="001", memo="乙一", amount=7)
    two.add("visits", client_id="001", memo="甲一", amount=5)
    two.add("visits", client_id="001", memo="甲一", amount=5)
    shop.sync(one)
    shop.sync(two)
    assert [row["memo"] for row in shop.cells("visits").values()][3:] == ["甲一", "乙一", "甲一"]


def quiet(shop: Shop) -> None:
    shop.sync()
    before = shop.main.data
    shop.sync()
    assert shop.main.data == before
