"""Copies of a workbook: whose they are by their names, damaged ones, several at once, forks that stay open, files elsewhere."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from crmbook.base.errors import HeldError
from crmbook.ooxml import Package
from crmbook.sync import acknowledge, push
from crmbook.sync.copies import is_conflict_copy
from crmbook.sync.pipeline import Options, Report, SyncState
from tests.sync.shop import DAY, ROWS, CutOff, Sheet, Shop

DRIVES = [
    "客户-冲突.xlsx",
    "客户_冲突.xlsx",
    "客户-冲突-2.xlsx",
    "客户-冲突副本.xlsx",
    "客户 冲突文件 (2).xlsx",
    "客户 (王芳的冲突副本 2024-03-01).xlsx",
    "客户（冲突）.xlsx",
    "客户-conflict.xlsx",
    "客户-conflict-20240301-101010.xlsx",
    "客户_conflict-王芳.xlsx",
    "客户-NSConflict-王芳.xlsx",
    "客户 (conflicted copy 2024-03-01 101010).xlsx",
    "客户 (WANGFANG's conflicted copy 2024-03-01).xlsx",
    "客户 (Case Conflict 1).xlsx",
    "客户.sync-conflict-20240301-101010-ABCDEF7.xlsx",
    "客户-DESKTOP-4F7K2.xlsx",
    "客户-LAPTOP-0A1B2C3D-2.xlsx",
    "客户-WANGFANG-PC.xlsx",
]
PEOPLE = [
    "客户-副本.xlsx",
    "客户 - 副本 (2).xlsx",
    "客户 (2).xlsx",
    "客户 - Copy.xlsx",
    "客户-2024.xlsx",
    "客户-20240301.xlsx",
    "客户-王芳.xlsx",
    "客户-fang.xlsx",
    "客户 备份.xlsx",
    "王芳.xlsx",
    "冲突处理记录 客户.xlsx",
]


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop(tmp_path / "簿")


@pytest.mark.parametrize("name", DRIVES)
def test_rule_12_names_that_drives_give(name):
    assert is_conflict_copy(Path(name), Path("客户.xlsx"))


@pytest.mark.parametrize("name", PEOPLE)
def test_rule_12_names_that_people_give(name):
    assert not is_conflict_copy(Path(name), Path("客户.xlsx"))


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda _: b""])
def test_rule_12_a_damaged_conflict_copy_is_told_and_left_where_it_is(shop, damage):
    copy = shop.copy(shop.main, DRIVES[0])
    copy.type("clients", 3, phone="13900000000")
    copy.path.write_bytes(damage(copy.data))
    left = copy.data
    shop.main.type("clients", 2, owner="赵一")
    report = shop.sync()
    assert [(path.name, error.code) for path, error in report.failures] == [
        (copy.path.name, "ooxml.truncated" if left else "ooxml.empty-file")
    ]
    assert copy.data == left
    assert shop.by_key("clients", "owner")["001"] == "赵一"
    assert not (shop.folder / ".crmbook" / "archive").exists()


def test_rule_12_two_conflict_copies_at_once(shop):
    one, two = shop.copy(shop.main, DRIVES[0]), shop.copy(shop.main, DRIVES[8])
    shop.main.type("clients", 2, owner="赵一")
    one.type("clients", 2, owner="钱二")
    one.type("clients", 3, phone="13900000000")
    two.type("clients", 2, owner="孙三")
    two.type("clients", 4, phone="13700000000")
    one.add("clients", name="新一")
    two.add("clients", name="新二")
    shop.sync()
    shop.sync()
    assert shop.by_key("clients", "owner")["001"] == "赵一"
    assert sorted(one.file for one in shop.conflicts()) == [("孙三",), ("钱二",)]
    phones = shop.by_key("clients", "phone")
    assert (phones["002"], phones["003"]) == ("13900000000", "13700000000")
    assert sorted(shop.by_key("clients", "name").values())[-2:] == ["新一", "新二"]
    assert len(shop.cells()) == ROWS + 2
    archived = sorted(path.name for path in (shop.folder / ".crmbook" / "archive").iterdir())
    assert archived == sorted([DRIVES[0], DRIVES[8]])


def test_rule_12_two_conflict_copies_of_one_name_one_after_the_other(shop):
    for row, phone in ((3, "13900000000"), (4, "13700000000")):
        copy = shop.copy(shop.main, DRIVES[0])
        copy.type("clients", row, phone=phone)
        kept = copy.data
        shop.sync()
        assert kept in {path.read_bytes() for path in (shop.folder / ".crmbook" / "archive").iterdir()}
    assert len([*(shop.folder / ".crmbook" / "archive").iterdir()]) == 2
    phones = shop.by_key("clients", "phone")
    assert (phones["002"], phones["003"]) == ("13900000000", "13700000000")


def test_rule_9_what_is_no_value_in_a_conflict_copy_is_told_before_the_copy_is_put_away(shop):
    shop.main.type("clients", 2, since="大前天")
    shop.main.type("visits", 2, client_id="赵钱孙")
    shop.sync()
    copy = shop.copy(shop.main, DRIVES[0])
    copy.type("clients", 3, since="前天")
    copy.type("clients", 4, phone="139")
    copy.type("visits", 3, client_id="周吴郑")
    told = {one.path.name: one for one in shop.sync().workbooks}[copy.path.name]
    assert told.state is SyncState.ARCHIVED
    assert [(one.table, one.row_key, one.field_name, one.value) for one in told.issues] == [
        ("clients", "002", "since", "前天"),
        ("visits", "1002", "client_id", "周吴郑"),
    ]
    assert told.exit_code == 1


def found_in(shop: Shop, copy: Sheet) -> list[tuple[str, str, str, str, str]]:
    """What the report of the next sync names in a conflict copy."""
    told = {one.path.name: one for one in shop.sync().workbooks}[copy.path.name]
    assert told.state is SyncState.ARCHIVED
    return [(one.code, one.table, one.row_key, one.field_name, one.value) for one in told.issues]


def test_rule_8_a_computed_cell_typed_over_in_a_conflict_copy_is_told(shop):
    copy = shop.copy(shop.main, DRIVES[0])
    copy.type("clients", 3, spent=777, phone="13900000000")
    copy.type("clients", 2, spent="=1+1")
    assert found_in(shop, copy) == [
        ("check.typed-over", "clients", "001", "spent", "0"),
        ("check.typed-over", "clients", "002", "spent", "777"),
    ]
    assert shop.by_key("clients", "phone")["002"] == "13900000000"
    assert shop.main.value("clients", "spent", 3) == 300


def test_rule_8_what_the_workbook_holds_as_well_is_told_of_it_alone(shop):
    shop.main.type("clients", 3, spent=777)
    copy = shop.copy(shop.main, DRIVES[0])
    copy.type("clients", 4, spent=888)
    assert found_in(shop, copy) == [("check.typed-over", "clients", "003", "spent", "888")]


def test_rule_21_how_a_cell_of_a_conflict_copy_was_understood_is_told(shop):
    copy = shop.copy(shop.main, DRIVES[0])
    copy.type("clients", 3, since="1月5日")
    assert found_in(shop, copy) == [("value.year-assumed", "clients", "002", "since", "1月5日")]
    assert shop.by_key("clients", "since")["002"] == date(2024, 1, 5)


@pytest.mark.sample(1)
@pytest.mark.parametrize("is_moved", [False, True])
def test_rule_21_what_a_run_did_to_a_copy_before_it_was_cut_off_is_told_by_the_next(
    shop, monkeypatch, is_moved
):
    archive = push.archive

    def cut(*words):
        if is_moved:
            archive(*words)
        raise CutOff

    copy = shop.copy(shop.main, DRIVES[0])
    copy.type("clients", 3, phone="13900000000", since="前天")
    copy.add("visits", client_id="003", amount=5)
    with monkeypatch.context() as patch:
        patch.setattr(push, "archive", cut)
        with pytest.raises(CutOff):
            shop.sync()
    assert shop.sync(dry_run=True).failures == []
    assert [told(shop.sync(), copy) for _ in range(2)] == [
        (SyncState.ARCHIVED, copy.path.name, 1, 1, ["前天"]),
        None,
    ]


def test_rule_21_what_was_found_in_a_copy_is_told_until_somebody_has_read_it(shop):
    copy = shop.copy(shop.main, DRIVES[0])
    copy.type("clients", 3, phone="13900000000", since="前天")
    reports = [shop.sync(acknowledges=True) for _ in range(3)]
    assert [told(one, copy) for one in reports] == [(SyncState.ARCHIVED, copy.path.name, 1, 0, ["前天"])] * 3
    assert [one.exit_code for one in reports] == [1, 1, 1]
    acknowledge(reports[-1], Options(DAY))
    assert told(shop.sync(acknowledges=True), copy) is None
    assert shop.sync().exit_code == 0


def told(report: Report, copy: Sheet) -> tuple[SyncState, str, int, int, list[str]] | None:
    """What a report says of a copy, if anything."""
    for one in report.workbooks:
        if one.path == copy.path:
            moved = one.moved_to.name if one.moved_to is not None and one.moved_to.exists() else ""
            return one.state, moved, one.taken.changed, one.taken.added, [issue.value for issue in one.issues]
    return None


def test_rule_12_a_conflict_copy_of_a_fork_is_the_forks(shop):
    fork = shop.copy(shop.main, "王芳.xlsx")
    shop.sync()
    copy = shop.copy(fork, "王芳-冲突.xlsx")
    copy.type("clients", 3, phone="13900000000")
    fork.type("clients", 2, owner="赵一")
    states = {one.path.name: one.state for one in shop.sync().workbooks}
    assert states["王芳-冲突.xlsx"] is SyncState.ARCHIVED
    assert (shop.by_key("clients", "phone")["002"], shop.by_key("clients", "owner")["001"]) == (
        "13900000000",
        "赵一",
    )
    assert fork.path.exists()


# Forks that are open for long


@pytest.fixture
def fork(shop) -> Sheet:
    made = shop.copy(shop.main, "王芳.xlsx")
    made.lock()
    return made


def ids(shop: Shop) -> set[str]:
    with shop.store() as store:
        return {one.workbook_id for one in store.workbooks(store.books()[0].book_id)}


def close(sheet: Sheet) -> None:
    sheet.path.with_name(f"~${sheet.path.name}").unlink()


def test_rule_12_an_open_fork_is_one_workbook_however_often_it_is_saved(shop, fork):
    for owner in ("赵一", "钱二", "孙三"):
        fork.type("clients", 2, owner=owner)
        shop.sync()
        assert len(ids(shop)) == 2
        assert shop.by_key("clients", "owner")["001"] == owner
        assert shop.main.value("clients", "owner", 2) == owner
    assert shop.conflicts() == []
    close(fork)
    shop.sync()
    assert Package.open(fork.path).properties["crmbook.workbook"] in ids(shop)
    assert len(ids(shop)) == 2


@pytest.mark.slow
def test_rule_12_what_another_changed_since_an_open_fork_was_saved_is_a_conflict(shop, fork):
    fork.type("clients", 2, owner="赵一")
    shop.sync()
    shop.main.type("clients", 2, owner="钱二")
    shop.sync()
    assert shop.conflicts() == []
    fork.type("clients", 3, phone="13900000000")
    shop.sync()
    assert shop.conflicts() == []
    fork.type("clients", 2, owner="孙三")
    shop.sync()
    assert [(one.head, one.file) for one in shop.conflicts()] == [(("钱二",), ("孙三",))]


def test_rule_12_a_fork_made_anew_under_its_name_undoes_nothing(shop, fork):
    main = shop.main.data
    fork.type("clients", 2, owner="赵一")
    fork.type("clients", 3, owner="赵一")
    shop.sync(fork)
    fork.path.write_bytes(main)
    fork.type("clients", 4, owner="钱二")
    shop.sync(fork)
    owners = shop.by_key("clients", "owner")
    assert (owners["001"], owners["002"], owners["003"]) == ("赵一", "赵一", "钱二")
    fork.clear("clients", 7)
    shop.sync(fork)
    assert len(shop.cells()) == ROWS


def test_rule_12_new_rows_of_an_open_fork_come_in_once(shop, fork):
    fork.add("clients", name="新一")
    shop.sync()
    fork.add("clients", name="新二")
    shop.sync()
    assert len(shop.cells()) == ROWS
    close(fork)
    shop.sync()
    shop.sync()
    assert sorted(shop.by_key("clients", "name").values())[-2:] == ["新一", "新二"]
    assert len(shop.cells()) == ROWS + 2


# Elsewhere


def test_rule_12_scratch_copies_elsewhere_are_left_alone(shop, tmp_path):
    places = [tmp_path / "桌面" / "客户.xlsx", shop.folder / "旧" / "客户-冲突.xlsx"]
    for place in places:
        place.parent.mkdir()
        place.write_bytes(shop.main.data)
        Sheet(place).type("clients", 2, owner="赵一")
    before = [place.read_bytes() for place in places]
    shop.main.type("clients", 3, owner="钱二")
    shop.sync()
    assert [place.read_bytes() for place in places] == before
    owners = shop.by_key("clients", "owner")
    assert (owners["001"], owners["002"]) == ("王芳", "钱二")
    assert len(ids(shop)) == 1


def test_rule_12_a_copy_synced_elsewhere_changes_nothing_here(shop, tmp_path):
    place = tmp_path / "桌面" / "客户.xlsx"
    place.parent.mkdir()
    place.write_bytes(shop.main.data)
    scratch = Sheet(place)
    scratch.type("clients", 2, owner="赵一")
    scratch.add("clients", name="新来的")
    before, revision = shop.cells(), shop.revision()
    with pytest.raises(HeldError, match=r"sync\.no-store"):
        shop.sync(scratch)
    assert not (place.parent / ".crmbook").exists()
    assert shop.sync(scratch, adopt_store=True).workbooks[0].state is SyncState.CURRENT
    assert (shop.cells(), shop.revision()) == (before, revision)
    assert not any(one.written for one in shop.sync().workbooks)


def test_rule_12_a_copy_that_comes_back_from_elsewhere_brings_its_edits_and_undoes_nothing(shop, tmp_path):
    place = tmp_path / "桌面" / "客户.xlsx"
    place.parent.mkdir()
    place.write_bytes(shop.main.data)
    Sheet(place).type("clients", 2, owner="赵一")
    shop.main.type("clients", 3, owner="钱二")
    shop.sync()
    back = shop.folder / "赵一带回.xlsx"
    back.write_bytes(place.read_bytes())
    shop.sync()
    owners = shop.by_key("clients", "owner")
    assert (owners["001"], owners["002"]) == ("赵一", "钱二")
    assert back.exists()
    assert shop.conflicts() == []


def test_a_fork_whose_first_write_was_cut_off_is_written_at_the_next_sync(tmp_path, monkeypatch):
    """Its export was begun under an id of its own, while the file still bears the stamp of what it was copied from."""
    shop = Shop(tmp_path / "簿")
    shop.sync()
    fork = shop.copy(shop.main, "客户-副本.xlsx")
    fork.type("clients", 3, name="叉")
    write = push.write_atomically

    def cut(path, *words, **options):
        if path == fork.path:
            raise CutOff
        write(path, *words, **options)

    for _ in range(2):
        with monkeypatch.context() as patch:
            patch.setattr(push, "write_atomically", cut)
            with pytest.raises(CutOff):
                shop.sync()
    report = shop.sync()
    assert report.failures == []
    assert [sheet.value("clients", "name", 3) for sheet in (shop.main, fork)] == ["叉", "叉"]
    assert {one.state for one in shop.sync().workbooks} == {SyncState.UNCHANGED}


@pytest.mark.slow
def test_workbooks_whose_contents_are_swapped_while_a_sync_writes_are_synced(tmp_path, monkeypatch):
    shop = Shop(tmp_path / "簿")
    other = shop.check_out("王芳.xlsx")
    shop.sync()
    shop.copy(shop.main, "客户-副本.xlsx").type("clients", 3, name="叉")
    write, names = push.write_atomically, [shop.main.path, other.path, shop.folder / "客户-副本.xlsx"]
    turns = iter(range(4))

    def write_late(path, *words, **options):
        if next(turns, None) is not None:  # each file takes the name of the next one
            held = [name.read_bytes() for name in names]
            for name, data in zip(names, [*held[1:], held[0]], strict=True):
                name.write_bytes(data)
        write(path, *words, **options)

    monkeypatch.setattr(push, "write_atomically", write_late)
    reports = [shop.sync() for _ in range(4)]
    codes = [error.code for report in reports for _, error in report.failures]
    assert not {code for code in codes if code.startswith(("store.", "sync.unforeseen"))}, codes
    assert reports[-1].failures == []
    assert len({sheet.value("clients", "name", 3) for sheet in map(Sheet, names)}) == 1
