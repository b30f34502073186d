"""Two rows become one in the store and in every copy; nothing that anybody typed goes, and it can be taken back."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from crmbook.base import CrmbookError
from crmbook.exchange import Settled, keep_apart, merge_rows, undo_pair
from crmbook.exchange.duplicates.note import PairNote, standing_pairs
from crmbook.ooxml import CellError, Package
from crmbook.revisions import Hand, restore_revision
from crmbook.store import RevisionRecord
from tests.exchange.intake.desk import Club
from tests.exchange.intake.desk import book as club_book
from tests.sync.shop import DAY, MAIN, Shop, book

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.exchange import Undone
    from tests.sync.shop import Sheet

HAND = Hand(DAY, "王芳")
FIRST, SECOND = 2, 3
"""The rows of 001 and 002 in a workbook."""


def merge(shop: Shop, keep: str = "001", other: str = "002", table: str = "clients", **takes: Any) -> Settled:
    with shop.store() as store:
        [record] = store.books()
        return merge_rows(store, record, book(), (keep, other), HAND, table=table, takes=takes)


def apart(shop: Shop, one: str, other: str) -> Settled:
    with shop.store() as store:
        [record] = store.books()
        return keep_apart(store, record, book(), (one, other), HAND, table="clients")


def back(shop: Shop, wanted: str = "") -> Undone:
    with shop.store() as store:
        [record] = store.books()
        return undo_pair(store, record, book(), wanted, HAND)


def state(shop: Shop) -> dict[str, pd.DataFrame]:
    with shop.store() as store:
        head = store.head(store.books()[0].book_id).tables
    return {name: frame.sort_index() for name, frame in head.items() if len(frame)}


def conflicts(shop: Shop) -> list[tuple[Any, ...]]:
    with shop.store() as store:
        found = store.conflicts(store.books()[0].book_id)
    return [(one.table, one.key, one.labels, one.base, one.head, one.file) for one in found]


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path)


def everywhere(shop: Shop, key: str) -> list[tuple[str, str]]:
    """Where a key stands in the tables, by table and field."""
    return [
        (name, label)
        for name, frame in state(shop).items()
        if not name.startswith("_")
        for label in frame.columns
        if label == "client_id" and (frame[label] == key).any()
    ]


def test_the_row_that_stays_is_whole_and_all_refers_to_it(shop):
    shop.main.type("care", SECOND, gift="酒")
    shop.sync()
    done = merge(shop)
    assert everywhere(shop, "002") == []
    assert list(shop.by_key("visits", "client_id").values()) == ["001", "001", "001"]
    assert [row.get("gift") for row in shop.cells("care").values()].count("茶") == 1
    assert len(shop.head("clients")) == len(shop.head("care")) == 5
    assert done.moved == {"拜访": 1}
    lost = {(one.table, one.label): (one.value, one.stays) for one in done.lost}
    assert lost["clients", "phone"] == ("13800000001", "13800000000")
    assert lost["care", "gift"] == ("酒", "茶")
    # Remarks are joined by their own policy, as two people's additions are.
    assert shop.by_key("clients", "notes")["001"] == "备注1\n备注2"


def test_a_blank_is_filled_and_a_group_stays_together(shop):
    shop.main.type("clients", FIRST, phone=None, area=None, city=None, owner=None)
    shop.main.type("clients", SECOND, city="无锡", checked_on=45300)
    shop.sync()
    merge(shop)
    row = next(row for row in shop.cells("clients").values() if row["client_id"] == "001")
    assert (row["phone"], row["area"], row["city"], row["owner"]) == ("13800000001", "江苏", "无锡", "李强")
    assert str(row["checked_on"])[:10] == "2024-01-09"  # the later of the two, by its policy


@pytest.mark.sample(2)
@pytest.mark.parametrize(
    ("takes", "name", "phone"),
    [
        ({}, "客户1", "13800000000"),
        ({"name": "other"}, "客户2", "13800000000"),
        ({"名称": "longest", "*": "other"}, "客户1号", "13800000001"),
        ({"phone": "newest"}, "客户1", "13911112222"),
        ({"phone": "keep", "Telephone": "keep"}, "客户1", "13800000000"),
    ],
)
def test_people_choose_field_by_field(shop, takes, name, phone):
    if "名称" in takes:
        shop.main.type("clients", FIRST, name="客户1号")
    if takes.get("phone") == "newest":
        shop.main.type("clients", SECOND, phone="13911112222")
    shop.sync()
    merge(shop, **takes)
    assert (shop.by_key("clients", "name")["001"], shop.by_key("clients", "phone")["001"]) == (name, phone)


def test_merging_and_undoing_leave_the_head_as_it_was(shop):
    shop.main.type("care", SECOND, gift="酒")
    shop.sync()
    before = state(shop)
    merge(shop)
    assert back(shop).conflicts == 0
    after = state(shop)
    assert before.keys() == after.keys()
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, after[name].loc[frame.index, frame.columns])
        assert len(after[name]) == len(frame)
    shop.sync()
    assert set(shop.main.rows("clients", "client_id")) == set(range(2, 8))


def test_merging_twice_is_merging_once(shop):
    merge(shop)
    before, again = state(shop), merge(shop)
    assert again.revision == again.before
    for name, frame in state(shop).items():
        pd.testing.assert_frame_equal(frame, before[name])


@pytest.mark.sample(1)
@pytest.mark.parametrize("order", ["ours", "theirs"])
def test_two_copies_come_to_the_same(shop, order):
    other = shop.check_out()
    shop.sync()
    other.type("visits", 4, memo="丙二")
    other.add("visits", client_id="002", amount=400)
    merge(shop)
    shop.sync(*([shop.main, other] if order == "ours" else [other, shop.main]))
    shop.sync()
    visits = [(row["client_id"], row.get("memo"), row.get("amount")) for row in shop.cells("visits").values()]
    assert sorted(visits, key=str) == sorted(
        [("001", "甲", 100.0), ("001", "乙", 200.0), ("001", "丙二", 300.0), ("001", None, 400.0)], key=str
    )
    for sheet in (shop.main, other):
        assert "002" not in [row["client_id"] for row in sheet.rows("clients").values()]
        assert {row["client_id"] for row in sheet.rows("visits").values()} == {"001"}
    written = [sheet.data for sheet in (shop.main, other)]
    shop.sync()
    assert [sheet.data for sheet in (shop.main, other)] == written


def edited(shop: Shop, **values: Any) -> Sheet:
    """A second copy in which somebody edits 002 while it is merged into 001, and syncs afterwards."""
    other = shop.check_out()
    shop.sync()
    other.type("clients", SECOND, **values)
    merge(shop)
    return other


def test_an_edit_of_the_row_that_went_goes_to_the_one_that_stays(shop):
    shop.main.type("clients", FIRST, owner="李强")
    other = edited(shop, owner="赵敏")
    report = shop.sync(other)
    assert shop.by_key("clients", "owner")["001"] == "赵敏"
    assert conflicts(shop) == []
    assert "advance.merged-away" in [code for one in report.workbooks for code, _ in one.notes]
    assert len(shop.head("clients")) == 5


def test_such_an_edit_of_a_value_that_did_not_stay_is_a_conflict(shop):
    other = edited(shop, phone="13955556666")
    shop.sync(other)
    shop.sync()
    assert conflicts(shop) == [
        ("clients", "001", ("phone",), ("13800000001",), ("13800000000",), ("13955556666",))
    ]
    assert len(shop.head("clients")) == 5
    shop.main.answer("conflicts", 0, decision="采用本簿")
    shop.sync()
    assert (shop.by_key("clients", "phone")["001"], conflicts(shop)) == ("13955556666", [])


def test_both_rows_edited_by_one_person_lose_nothing(shop):
    other = edited(shop, owner="赵敏")
    other.type("clients", FIRST, owner="孙丽")
    shop.sync(other)
    assert shop.by_key("clients", "owner")["001"] == "孙丽"
    assert conflicts(shop) == [("clients", "001", ("owner",), ("李强",), ("孙丽",), ("赵敏",))]


def test_deleting_the_row_that_stays_in_an_old_copy_keeps_it(shop):
    """Who kept 002 and threw 001 away meant the same as who merged them."""
    other = shop.check_out()
    shop.sync()
    other.clear("clients", FIRST)
    merge(shop)
    shop.sync(other)
    assert "001" in shop.by_key("clients", "name")
    assert len(shop.head("visits")) == 3


def test_a_reference_that_somebody_moved_meanwhile_is_moved(shop):
    other = shop.check_out()
    shop.sync()
    other.type("visits", 4, client_id="005")
    merge(shop)
    shop.sync(other)
    assert sorted(shop.by_key("visits", "client_id").values()) == ["001", "001", "005"]
    assert conflicts(shop) == []


@pytest.mark.sample(1)
@pytest.mark.parametrize("typed", ["002", "2"])
def test_the_old_key_typed_later_means_the_row_that_stays(shop, typed):
    other = shop.check_out()
    merge(shop)
    shop.sync()
    shop.sync()
    other.add("visits", client_id=typed, amount=7)
    shop.sync()
    assert list(shop.by_key("visits", "client_id").values()) == ["001"] * 4
    assert list(other.rows("visits", "client_id").values())[-1] == {"client_id": "001"}


@pytest.mark.slow
def test_a_chain_of_merges_ends_at_the_last_row(shop):
    other = shop.check_out()
    shop.sync()
    other.add("visits", client_id="003", amount=7)
    merge(shop, "002", "003")
    merge(shop, "001", "002")
    with pytest.raises(CrmbookError, match="undo-later-first"):
        back(shop, "003")
    shop.sync()
    assert set(shop.by_key("visits", "client_id").values()) == {"001"}
    back(shop, "002")
    back(shop, "003")
    assert len(shop.head("clients")) == 6


def test_what_was_done_since_stays_when_it_is_undone(shop):
    merge(shop)
    shop.sync()
    shop.main.add("visits", client_id="002", amount=7)
    shop.main.type("clients", FIRST, phone="13977778888")
    shop.sync()
    back(shop)
    shop.sync()
    amounts = {row["amount"]: row["client_id"] for row in shop.cells("visits").values()}
    assert amounts == {100.0: "001", 200.0: "001", 300.0: "002", 7.0: "001"}
    assert shop.by_key("clients", "phone") == {
        "001": "13977778888", **{f"{n + 1:03}": f"1380000000{n}" for n in range(1, 6)}
    }  # fmt: skip


def test_open_conflicts_of_the_row_that_would_go_come_first(shop):
    other = shop.check_out()
    shop.sync()
    shop.main.type("clients", SECOND, owner="甲")
    other.type("clients", SECOND, owner="乙")
    shop.sync()
    before = state(shop)
    with pytest.raises(CrmbookError, match="open-conflicts"):
        merge(shop)
    assert state(shop).keys() == before.keys()
    merge(shop, "002", "001")


def test_an_owner_copy_loses_the_row_and_what_she_typed_is_kept(shop):
    hers = shop.check_out(owner="李强")
    shop.sync()
    assert [row["client_id"] for row in hers.rows("clients").values()] == ["002", "004", "006"]
    hers.type("clients", 2, notes="备注2 约了周五")
    hers.add("visits", client_id="002", amount=9)
    merge(shop)
    shop.sync()
    shop.sync()
    assert "约了周五" in shop.by_key("clients", "notes")["001"] or conflicts(shop)
    assert 9.0 in shop.by_key("visits", "amount").values()
    assert {row["client_id"] for row in hers.rows("clients").values()} == {"004", "006"}


@pytest.mark.slow
def test_a_copy_of_a_role_without_the_visits_follows(shop):
    desk = shop.check_out(role="desk")
    shop.sync()
    merge(shop)
    shop.sync()
    assert "002" not in [row["client_id"] for row in desk.rows("clients").values()]


@pytest.mark.slow
def test_an_open_workbook_waits_and_follows(shop):
    other = shop.check_out()
    shop.sync()
    lock = other.lock()
    other.type("clients", SECOND, owner="赵敏")
    merge(shop)
    shop.sync(other)
    shop.sync(other)
    lock.unlink()
    shop.sync(other)
    assert "002" not in [row["client_id"] for row in other.rows("clients").values()]
    assert len(shop.head("clients")) == 5


def test_told_apart_is_remembered_once_and_undone(shop):
    done, again = apart(shop, "001", "002"), apart(shop, "002", "001")
    assert (done.revision, again.revision, again.before) == (done.before + 1, done.revision, done.revision)
    assert len(state(shop)["_distinct"]) == 1
    back(shop)
    assert "_distinct" not in state(shop)
    with pytest.raises(CrmbookError, match="nothing-to-undo"):
        back(shop)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("001", "999"), "duplicates.unknown-row"),
        (("001", "002", "nonsense"), "duplicates.unknown-field"),
        (("001", "002", "visits"), "duplicates.unknown-row"),
    ],
)
def test_what_cannot_be_done_is_said_and_changes_nothing(shop, words, code):
    before = state(shop)
    takes = {"nonsense": "keep"} if words[2:] == ("nonsense",) else {}
    with pytest.raises(CrmbookError) as caught:
        merge(shop, *words[:2], table="visits" if words[2:] == ("visits",) else "clients", **takes)
    assert caught.value.code == code
    assert state(shop).keys() == before.keys()


def test_visits_can_be_merged_too(shop):
    merge(shop, "1001", "1002", table="visits")
    assert list(shop.by_key("visits", "amount").values()) == [100.0, 300.0]
    assert MAIN in [path.name for path in shop.paths()]


def test_what_is_typed_beside_the_row_that_went_goes_beside_the_one_that_stays(shop):
    other = shop.check_out()
    shop.sync()
    other.type("care", SECOND, gift="酒")
    merge(shop, "003", "002")
    shop.sync(other)
    assert shop.by_key("care", "gift") == {"001": "茶", "003": "酒", **dict.fromkeys(("004", "005", "006"))}
    assert conflicts(shop) == []
    assert len(shop.head("clients")) == 5


@pytest.mark.slow
def test_a_copy_made_afterwards_and_one_of_the_day_before_get_on(shop):
    before = shop.copy(shop.main, "旧.xlsx").data
    merge(shop)
    late = shop.check_out("新.xlsx")
    (shop.folder / "旧.xlsx").unlink()
    shop.sync()
    assert [row["client_id"] for row in late.rows("clients").values()] == ["001", "003", "004", "005", "006"]
    shop.main.path.write_bytes(before)  # a drive puts the old state back, in which 002 is still there
    shop.main.type("clients", SECOND, owner="赵敏")
    shop.sync()
    shop.sync()
    assert "002" not in shop.by_key("clients", "name")
    assert [row["client_id"] for row in shop.main.rows("clients").values()] == [
        "001",
        "003",
        "004",
        "005",
        "006",
    ]
    told = [(one[1], one[2], one[5]) for one in conflicts(shop)]
    assert told == [("001", ("owner",), ("赵敏",))]


def test_a_revision_from_before_brings_both_rows_back(shop):
    before = state(shop)
    merge(shop)
    with shop.store() as store:
        [record] = store.books()
        restore_revision(store, record, book(), store.head(record.book_id).revision - 1, HAND)
    after = state(shop)
    assert len(after["clients"]) == 6
    pd.testing.assert_frame_equal(after["visits"], before["visits"])
    shop.sync()
    shop.main.add("visits", client_id="002", amount=7)
    shop.sync()
    assert {row["amount"]: row["client_id"] for row in shop.cells("visits").values()}[7.0] == "002"


def test_the_old_key_that_waits_in_a_conflict_means_the_row_that_stays(shop):
    other = shop.check_out()
    shop.sync()
    shop.main.type("visits", 2, client_id="004")
    other.type("visits", 2, client_id="002")
    shop.sync(shop.main)
    shop.sync(other)
    assert [(one[0], one[5]) for one in conflicts(shop)] == [("visits", ("002",))]
    merge(shop)
    shop.sync()
    shop.main.answer("conflicts", 0, decision="采用本簿")
    shop.sync()
    assert (shop.by_key("visits", "client_id")["1001"], conflicts(shop)) == ("001", [])


def test_undoing_fills_in_no_defaults(tmp_path):
    """The row that comes back is not new: what was blank in it stays blank."""
    club = Club(tmp_path)
    club.bring({"name": "张三", "phone": "13800000001"}, {"name": "李四", "phone": "13800000002"})
    zhang, li = club.head.tables["people"].index
    club.edit("people", li, since=pd.NaT, state=None)
    before = club.head.tables
    done = merge_rows(club.store, club.record, club_book(), ("001", "002"), HAND, table="people")
    assert done.revision > done.before
    undo_pair(club.store, club.record, club_book(), "002", HAND)
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame.sort_index(), club.head.tables[name].sort_index()[frame.columns])
    assert set(club.head.tables["people"].index) == {zhang, li}


@pytest.mark.slow
@pytest.mark.sample(1)
@pytest.mark.parametrize("seed", range(4))
def test_whatever_two_people_type_around_a_merge_nothing_goes(shop, seed):
    """Each edit is a text of its own; it stands in the head or in a conflict afterwards, and all copies agree."""
    dice, typed = random.Random(seed), list[str]()
    other = shop.check_out()
    shop.sync()

    def edit(sheet: Sheet) -> None:
        """Type a new text into a cell of a row that is merged, of what stands beside it, or of a new visit."""
        text = f"文{seed}{len(typed)}"
        typed.append(text)
        table, label = dice.choice(
            [("clients", "name"), ("clients", "notes"), ("care", "gift"), ("visits", "memo")]
        )
        rows = {
            row: cells for row, cells in sheet.rows(table).items() if cells.get("client_id") in {"001", "002"}
        }
        if table == "visits":
            sheet.add("visits", client_id=dice.choice(["001", "002"]), amount=1, memo=text)
        else:
            sheet.type(table, dice.choice(list(rows)), **{label: text})

    for _ in range(2):
        edit(dice.choice([shop.main, other]))
    merge(shop, *dice.choice([("001", "002"), ("002", "001")]))
    for sheet in dice.sample([shop.main, other], 2):
        shop.sync(sheet)
    for _ in range(2):
        shop.sync()
    written = [sheet.data for sheet in (shop.main, other)]
    shop.sync()
    assert [sheet.data for sheet in (shop.main, other)] == written
    assert not (everywhere(shop, "001") and everywhere(shop, "002"))
    with shop.store() as store:
        [record] = store.books()
        taken = {str(one.new) for one in store.changes(record.book_id)}
        waiting = str(conflicts(shop))
    for text in typed:
        assert any(text in one for one in taken) or text in waiting, text


def spoil(sheet: Sheet, row: int) -> None:
    """Let the gift of a row be no value, so that the row is not emptied whatever becomes of it."""
    package = Package.open(sheet.path)
    package.sheet(sheet.place("care").sheet).set(sheet.ref("care", "gift", row), CellError("#N/A"))
    package.save(sheet.path)


def seen(shop: Shop) -> set[str]:
    """The codes of what a sync finds."""
    return {issue.code for synced in shop.sync().workbooks for issue in synced.issues}


def same_as(before: dict[str, pd.DataFrame], after: dict[str, pd.DataFrame]) -> None:
    assert before.keys() == after.keys()
    for name, frame in before.items():
        pd.testing.assert_frame_equal(frame, after[name].loc[frame.index, frame.columns])
        assert len(after[name]) == len(frame)


@pytest.mark.sample(1)
@pytest.mark.parametrize("between", [1, 0, 2])
def test_a_row_that_went_but_is_kept_for_a_cell_that_is_no_value_stays_what_it_was(shop, between):
    """It clashes with nothing, nobody renames it, and when the merging is undone all is as it was before."""
    other = shop.check_out()
    spoil(other, SECOND)
    shop.sync()
    before = state(shop)
    merge(shop)
    for _ in range(between):
        assert "check.duplicate-key" not in seen(shop)
        assert other.value("care", "client_id", SECOND) == "002"
        assert state(shop)["care"]["client_id"].tolist() == ["001", "003", "004", "005", "006"]
    back(shop)
    undone = shop.revision()
    assert "check.duplicate-key" not in seen(shop)
    assert "check.duplicate-key" not in seen(shop)
    assert shop.revision() == undone
    same_as(before, state(shop))
    other.type("care", SECOND, gift="酒")
    shop.sync()
    assert shop.by_key("care", "gift")["002"] == "酒"


def test_a_kept_row_beside_a_waiting_conflict_is_renamed_by_nobody(shop):
    other = shop.check_out()
    spoil(other, SECOND)
    shop.sync()
    shop.main.type("care", FIRST, gift="酒")
    other.type("care", FIRST, gift="糖")
    shop.sync()
    waiting, before = conflicts(shop), state(shop)
    assert len(waiting) == 1
    merge(shop)
    assert "check.duplicate-key" not in seen(shop)
    back(shop)
    assert "check.duplicate-key" not in seen(shop)
    same_as(before, state(shop))
    assert conflicts(shop) == waiting


def test_a_kept_row_of_a_client_who_was_deleted_comes_back_as_it_was(shop):
    other = shop.check_out()
    spoil(other, SECOND)
    shop.sync()
    shop.main.clear("visits", 4)
    shop.sync()
    before, earlier = state(shop), shop.revision()
    shop.main.clear("clients", SECOND)
    shop.sync()
    assert "002" not in state(shop)["care"]["client_id"].tolist()
    assert "check.unknown-reference" not in seen(shop)
    with shop.store() as store:
        restore_revision(store, store.books()[0], book(), earlier, HAND)
    seen(shop)
    seen(shop)
    same_as(before, state(shop))
    assert other.value("care", "client_id", SECOND) == "002"


def test_what_was_merged_of_somebody_forgotten_since_is_not_there_to_take_back():
    def made(number: int, *keys: str) -> RevisionRecord:
        note = PairNote("customers", *keys, *keys, "a1", "b2").to_text()
        return RevisionRecord(number, "merge", "王芳", "", note, "2024-04-01T08:00:00+00:00")

    revisions = [made(2, "001", "004"), made(3, "", ""), made(4, "002", "005")]
    assert list(standing_pairs(revisions)) == [2, 4]
