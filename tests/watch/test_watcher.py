"""A folder that keeps itself right, whatever people, drives and stores do to it."""

from __future__ import annotations

import os
import shutil
import time
import zipfile
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import openpyxl
import pytest

from crmbook.base import day_of_book
from crmbook.base.errors import BusyError, CrmbookError
from crmbook.build.identity import read_stamp
from crmbook.ooxml import Package
from crmbook.store import Store, private_location
from crmbook.sync.pipeline import Options, sync_workbooks
from crmbook.watch.status import read_status
from crmbook.watch.times import local_now
from tests.sync.shop import MAIN, Sheet, Shop, workspace
from tests.sync.test_unstamped import rewrite
from tests.watch.watching import Watching, known, strays


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> Path:
    """Two workbooks of one small book that show the same."""
    shop = Shop(tmp_path_factory.mktemp("model"))
    for name in ("a.xlsx", "b.xlsx"):
        shop.check_out(name)
    (shop.folder / MAIN).unlink()
    for _ in range(2):
        sync_workbooks(shop.paths(), Options(local_now().date(), now=local_now()))
    return shop.folder


@pytest.fixture
def folder(model, tmp_path) -> Path:
    return Path(shutil.copytree(model, tmp_path / "shared"))


def name_in(path: Path, row: int = 2) -> str:
    try:
        return str(Sheet(path).value("clients", "name", row))
    except (CrmbookError, OSError):  # it is being replaced
        return ""


def type_name(path: Path, name: str, row: int = 2) -> None:
    Sheet(path).type("clients", row, name=name)


def lock(path: Path, owner: str = "王芳") -> Path:
    """Leave a lock file as LibreOffice does, of another machine: nobody here can look behind it."""
    place = path.with_name(f".~lock.{path.name}#")
    place.write_text(f",{owner},elsewhere,06.03.2024 08:00,file:///x;", encoding="utf-8")
    return place


# saves


@pytest.mark.slow
def test_what_one_saves_all_see_after_a_while(folder):
    with Watching(folder) as watching:
        type_name(folder / "a.xlsx", "张飞")
        watching.until(lambda: name_in(folder / "b.xlsx") == "张飞")
        type_name(folder / "b.xlsx", "关羽")
        watching.until(lambda: name_in(folder / "a.xlsx") == "关羽")
        watching.until(watching.settled)
    assert watching.rc == 0
    assert watching.said("took in 1 changed cell") == 2
    assert strays(folder) == []


@pytest.mark.slow
def test_what_was_saved_while_nobody_watched_is_taken_in_first(folder):
    type_name(folder / "b.xlsx", "赵云")
    with Watching(folder) as watching:
        watching.until(lambda: name_in(folder / "a.xlsx") == "赵云")


def test_a_folder_without_edits_is_left_alone(folder):
    before = {path: path.read_bytes() for path in folder.glob("*.xlsx")}
    with Watching(folder) as watching:
        watching.until(lambda: watching.state("b.xlsx") == "current")
        time.sleep(1)
    assert {path: path.read_bytes() for path in folder.glob("*.xlsx")} == before
    assert len(watching.lines) == 2  # watching, stopped


def test_a_workbook_that_comes_later_is_taken_up(folder, tmp_path):
    empty = tmp_path / "empty"
    shutil.copytree(private_location(folder), private_location(empty))
    with Watching(empty, workspace=workspace()) as watching:
        watching.until(lambda: watching.said("Watching"))
        shutil.copy(folder / "a.xlsx", empty / "a.xlsx")
        watching.until(lambda: watching.state("a.xlsx") == "current")


@pytest.mark.slow
def test_a_workbook_that_lost_its_stamp_is_taken_up_and_a_strangers_file_left_alone(folder):
    type_name(folder / "a.xlsx", "改名")
    rewrite(folder / "a.xlsx")
    book = openpyxl.Workbook()
    book.active.append(["Row id", "金额"])
    book.save(folder / "别人的.xlsx")
    before = (folder / "别人的.xlsx").read_bytes()
    with Watching(folder) as watching:
        watching.until(lambda: read_stamp(Package.open(folder / "a.xlsx")) is not None)
        watching.until(lambda: watching.said("a.xlsx"))
        watching.until(lambda: watching.state("a.xlsx") == "current")
    assert (folder / "别人的.xlsx").read_bytes() == before
    assert watching.said("a.xlsx: The workbook had lost its stamp") == 1, watching.lines
    assert not watching.said("别人的")


def test_a_workbook_that_is_gone_is_absent_and_nothing_else(folder):
    with Watching(folder) as watching:
        watching.until(lambda: watching.state("b.xlsx") == "current")
        away = (folder / "b.xlsx").rename(folder.parent / "b.xlsx")
        watching.until(lambda: watching.stands("b.xlsx") is None)
        type_name(folder / "a.xlsx", "马超")
        watching.until(lambda: watching.said("took in"))
        away.rename(folder / "b.xlsx")
        watching.until(lambda: name_in(folder / "b.xlsx") == "马超")


# open workbooks


@pytest.mark.slow
def test_an_open_workbook_is_taken_in_at_once_and_written_when_it_is_closed(folder):
    mine = folder / "a.xlsx"
    with Watching(folder) as watching:
        place = lock(mine)
        type_name(mine, "黄忠")
        watching.until(lambda: name_in(folder / "b.xlsx") == "黄忠")
        type_name(folder / "b.xlsx", "魏延")
        watching.until(lambda: watching.state("a.xlsx") == "waiting" and watching.said("b.xlsx: took in"))
        assert name_in(mine) == "黄忠"
        stands = watching.stands("a.xlsx")
        assert (stands.open_by, bool(stands.since)) == ("王芳 (elsewhere)", True)
        assert {stands.book} == watching.watcher._leader.books
        place.unlink()
        watching.until(lambda: name_in(mine) == "魏延")
        watching.until(watching.settled)
        watching.until(lambda: watching.stands("a.xlsx").since == "")
    assert watching.said("is written once it is closed") == 1


def test_since_when_a_workbook_waits_outlives_the_watcher(folder):
    lock(folder / "a.xlsx")
    type_name(folder / "a.xlsx", "姜维")
    with Watching(folder) as watching:
        watching.until(lambda: watching.state("a.xlsx") == "waiting")
    since = watching.stands("a.xlsx").since
    with Watching(folder) as watching:
        watching.wall.ahead = timedelta(hours=1)
        watching.until(lambda: watching.state("b.xlsx") == "current")
    assert (watching.stands("a.xlsx").state, watching.stands("a.xlsx").since) == ("waiting", since)


@pytest.mark.slow
def test_a_save_that_was_read_half_is_read_again_though_it_ends_as_it_was(folder):
    mine = folder / "a.xlsx"
    lock(mine)
    type_name(mine, "姜维")
    with Watching(
        folder, quiet=2.0
    ) as watching:  # the workbook that waits is tried again before half of it is old news
        watching.until(lambda: watching.state("a.xlsx") == "waiting")
        since, whole = watching.stands("a.xlsx").since, mine.read_bytes()
        mine.write_bytes(whole[: len(whole) // 2])
        watching.until(lambda: watching.state("a.xlsx") == "failed")
        mine.write_bytes(whole)
        watching.until(lambda: watching.state("a.xlsx") == "waiting")
        assert watching.stands("a.xlsx").since == since
        assert watching.said("cannot be synced") == 1


def test_a_lock_that_a_crash_left_is_told_and_not_obeyed(folder):
    left = lock(folder / "a.xlsx", "李雷")
    os.utime(left, (time.time() - 3 * 86400,) * 2)
    with Watching(folder) as watching:
        type_name(folder / "a.xlsx", "孙权")
        watching.until(lambda: name_in(folder / "b.xlsx") == "孙权")
        watching.until(watching.settled)
        warnings = read_status(folder).warnings
    assert [(one.code, one.params["holder"]) for one in warnings] == [
        ("watch.stale-lock", "李雷 (elsewhere)")
    ]
    assert watching.said("李雷") == 1
    assert left.exists()


# what drives and people do to the folder


def test_a_conflict_copy_is_merged_and_archived_once(folder):
    with Watching(folder) as watching:
        watching.until(lambda: watching.state("b.xlsx") == "current")
        copy = Path(shutil.copy(folder / "a.xlsx", folder.parent / "a (王芳 conflicted copy).xlsx"))
        type_name(copy, "曹操")
        type_name(folder / "a.xlsx", "曹丕", row=3)
        copy.rename(folder / copy.name)
        watching.until(
            lambda: name_in(folder / "b.xlsx") == "曹操" and name_in(folder / "b.xlsx", 3) == "曹丕"
        )
        watching.until(lambda: name_in(folder / "a.xlsx") == "曹操")
    assert [path.name for path in (folder / ".crmbook" / "archive").iterdir()] == [copy.name]
    assert sorted(path.name for path in folder.glob("*.xlsx")) == ["a.xlsx", "b.xlsx"]
    assert watching.said("conflict copy") == 1


def test_a_conflict_copy_that_comes_while_its_workbook_is_replaced_stays_a_copy(folder):
    with Watching(folder) as watching:
        watching.until(lambda: watching.state("b.xlsx") == "current")
        copy = Path(shutil.copy(folder / "a.xlsx", folder.parent / "a-冲突.xlsx"))
        type_name(copy, "荀彧")
        away = (folder / "a.xlsx").rename(folder.parent / "a.xlsx")
        copy.rename(folder / copy.name)
        time.sleep(2)
        away.rename(folder / "a.xlsx")
        watching.until(lambda: name_in(folder / "b.xlsx") == "荀彧")
        watching.until(lambda: name_in(folder / "a.xlsx") == "荀彧")
    assert [path.name for path in (folder / ".crmbook" / "archive").iterdir()] == [copy.name]


@pytest.mark.slow
def test_a_copy_that_a_person_makes_lives_on(folder):
    with Watching(folder) as watching:
        watching.until(lambda: watching.state("b.xlsx") == "current")
        shutil.copy(folder / "a.xlsx", folder / "a-副本.xlsx")
        watching.until(lambda: watching.state("a-副本.xlsx") == "current")
        type_name(folder / "a-副本.xlsx", "周瑜")
        watching.until(lambda: name_in(folder / "a.xlsx") == name_in(folder / "b.xlsx") == "周瑜")
        watching.until(watching.settled)
    assert len({one.workbook_id for one in known(folder)[1]}) == 3


@pytest.mark.slow
def test_a_renamed_workbook_stays_the_same(folder):
    with Watching(folder) as watching:
        watching.until(lambda: watching.state("b.xlsx") == "current")
        (folder / "b.xlsx").rename(folder / "小李.xlsx")
        watching.until(lambda: watching.state("小李.xlsx") == "current")
        type_name(folder / "a.xlsx", "鲁肃")
        watching.until(lambda: name_in(folder / "小李.xlsx") == "鲁肃")
    assert sorted(one.path for one in known(folder)[1]) == ["a.xlsx", "小李.xlsx"]


def test_a_damaged_workbook_is_told_once_and_keeps_nobody_waiting(folder):
    whole = (folder / "b.xlsx").read_bytes()
    with Watching(folder) as watching:
        watching.until(lambda: watching.state("b.xlsx") == "current")
        with zipfile.ZipFile(folder / "b.xlsx", "w") as file:
            file.writestr("memo.txt", "this is no workbook")
        type_name(folder / "a.xlsx", "许褚")
        watching.until(lambda: watching.said("a.xlsx: took in"))
        watching.until(lambda: watching.state("b.xlsx") == "failed")
        spent = time.process_time()
        time.sleep(3)
        assert time.process_time() - spent < 1.5
        assert watching.stands("b.xlsx").error.code.startswith("ooxml.")
        (folder / "b.xlsx").write_bytes(whole)
        watching.until(lambda: name_in(folder / "b.xlsx") == "许褚")
    assert watching.said("cannot be synced") == 1
    assert watching.said("can be synced again") == 1


def test_a_held_workbook_is_asked_about_once(folder):
    mine = Sheet(folder / "b.xlsx")
    with Watching(folder) as watching:
        watching.until(lambda: watching.state("b.xlsx") == "current")
        # In one save: a sync in between would take the first few for deletions that somebody meant.
        mine.put_rows("clients", dict.fromkeys(range(2, 8), 40), hidden=True)
        watching.until(lambda: watching.state("b.xlsx") == "held")
        asked = mine.data
        type_name(folder / "a.xlsx", "夏侯惇")
        watching.until(lambda: watching.said("took in"))
        time.sleep(2)
        assert mine.data == asked
        assert watching.stands("b.xlsx").since
        mine.answer("issues", 0, decision="放弃")
        watching.until(lambda: name_in(mine.path) == "夏侯惇")
    assert watching.said("b.xlsx: held") == 1


def test_a_folder_that_goes_away_comes_back(folder):
    with Watching(folder) as watching:
        watching.until(lambda: watching.state("b.xlsx") == "current")
        away = folder.rename(folder.parent / "unmounted")
        watching.until(lambda: watching.said("is gone"))
        time.sleep(1)
        assert not folder.exists()
        away.rename(folder)
        watching.until(lambda: watching.said("is back"))
        type_name(folder / "a.xlsx", "司马懿")
        watching.until(lambda: name_in(folder / "b.xlsx") == "司马懿")


# stores


def test_a_sync_by_hand_is_waited_for(folder):
    with Watching(folder) as watching, Store.open(private_location(folder)) as store:
        watching.until(lambda: watching.state("b.xlsx") == "current")
        with store.lease(store.books()[0].book_id):
            type_name(folder / "a.xlsx", "典韦")
            watching.until(lambda: watching.said("will be tried again"))
        watching.until(lambda: name_in(folder / "b.xlsx") == "典韦")
    told = [line.partition(" ")[2] for line in watching.lines if "will be tried again" in line]
    assert len(told) == len(set(told)), told  # of each workbook once, however often it is tried


def test_rule_31_a_store_that_is_lost_is_begun_anew_only_once_somebody_says_so(folder):
    schemas = workspace()
    with Watching(folder, workspace=schemas) as watching:
        watching.until(lambda: watching.state("b.xlsx") == "current")
        (private_location(folder) / "store.db").unlink()
        type_name(folder / "a.xlsx", "张辽")
        # The other workbook is tried as well, unless the watcher has found out before that there is no store.
        watching.until(
            lambda: (
                watching.state("a.xlsx") == "failed"
                and ("failed" in watching.state("b.xlsx") or watching.said("The store cannot be used"))
            )
        )
        assert watching.said("a.xlsx: cannot be synced") == 1
        assert watching.said("b.xlsx: cannot be synced") <= 1
        assert watching.said("--adopt-store") >= 1
        assert name_in(folder / "b.xlsx") != "张辽"
        sync_workbooks(
            [*folder.glob("*.xlsx")],
            Options(local_now().date(), schemas, adopt_store=True, now=local_now()),
        )
        # Nobody knows any more which of the two names is the newer: the first to come stays, the other is a conflict.
        watching.until(
            lambda: name_in(folder / "b.xlsx") == "张辽" or watching.said("were changed by two people")
        )
        watching.until(lambda: name_in(folder / "a.xlsx") == name_in(folder / "b.xlsx"))


@pytest.mark.slow
def test_a_broken_store_is_told_once_and_used_again_when_it_is_mended(folder):
    store = private_location(folder) / "store.db"
    kept = store.read_bytes()
    store.write_bytes(b"no database" * 1000)
    with Watching(folder) as watching:
        watching.until(lambda: watching.said("The store cannot be used"))
        time.sleep(5)
        store.write_bytes(kept)
        type_name(folder / "a.xlsx", "徐晃")
        watching.until(lambda: name_in(folder / "b.xlsx") == "徐晃")
    assert watching.said("The store cannot be used") == 1
    assert watching.said("The store can be used again") == 1


@pytest.mark.slow
def test_a_second_watcher_stands_by_and_takes_over(folder):
    with ExitStack() as first:
        leader = first.enter_context(Watching(folder))
        leader.until(lambda: leader.state("b.xlsx") == "current")
        with Watching(folder) as second:
            second.until(lambda: second.said("standing by"))
            type_name(folder / "a.xlsx", "庞统")
            leader.until(lambda: name_in(folder / "b.xlsx") == "庞统")
            assert read_status(folder).role == "watching"
            first.close()
            second.until(lambda: second.said("Taking over"))
            type_name(folder / "a.xlsx", "诸葛亮")
            second.until(lambda: name_in(folder / "b.xlsx") == "诸葛亮")
            assert second.said("took in") == 1
    assert not list((private_location(folder) / "watch").glob("standby*"))
    assert read_status(folder).role == "stopped"


def test_one_who_loses_the_lead_leaves_the_work_to_the_other(folder):
    with Watching(folder) as watching, Store.open(private_location(folder)) as store:
        watching.until(lambda: watching.state("b.xlsx") == "current")
        [book] = watching.watcher._leader.books
        with store._database.write() as connection:  # as if it had slept past its time
            connection.exec_driver_sql("UPDATE crmbook_lease SET until = 0")
        with store.lease(f"watch {book}"):
            watching.watcher._leader._held[book].renew = 0
            type_name(folder / "a.xlsx", "蒋琬")
            watching.until(lambda: not watching.watcher._leader.books or watching.said("took in"))
        watching.until(lambda: name_in(folder / "b.xlsx") == "蒋琬")


# times


def test_at_midnight_all_workbooks_get_the_new_day(folder):
    with Watching(folder) as watching:
        watching.until(lambda: watching.state("b.xlsx") == "current")
        watching.wall.ahead = timedelta(days=1)
        watching.watcher._saves.wake()
        with Store.open(watching.place) as store:
            tomorrow = day_of_book(store.books()[0].zone, watching.wall()).isoformat()
        watching.until(lambda: watching.said("Scheduled refresh"))
        watching.until(lambda: {one.as_of for one in known(folder)[1]} == {tomorrow})
        watching.until(lambda: read_status(folder).next_run > tomorrow)
    assert watching.said("Scheduled refresh") == 1


# once


def test_a_single_round_does_what_a_sync_does(folder):
    type_name(folder / "a.xlsx", "吕布")
    watching = Watching(folder)
    report = watching.watcher.run_once()
    assert (
        report.exit_code
        == sync_workbooks(
            sorted(folder.glob("*.xlsx")), Options(local_now().date(), now=local_now())
        ).exit_code
    )
    assert name_in(folder / "b.xlsx") == "吕布"
    assert watching.settled()


def test_a_single_round_syncs_a_renamed_workbook(folder):
    (folder / "b.xlsx").rename(folder / "小李.xlsx")
    type_name(folder / "小李.xlsx", "吕布")
    report = Watching(folder).watcher.run_once()
    assert report.failures == []
    assert report.missing == [folder / MAIN]  # not the old name of the other
    assert name_in(folder / "a.xlsx") == "吕布"
    assert sorted(one.path for one in known(folder)[1]) == ["a.xlsx", "小李.xlsx"]


def test_a_single_round_leaves_the_work_to_a_watcher_that_is_there(folder):
    with Watching(folder) as watching:
        watching.until(lambda: watching.state("b.xlsx") == "current")
        with pytest.raises(BusyError) as caught:
            Watching(folder).watcher.run_once()
    assert caught.value.code == "watch.watched"
    assert str(os.getpid()) in caught.value.params["holder"]


def test_a_single_round_over_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(CrmbookError) as caught:
        Watching(tmp_path).watcher.run_once()
    assert caught.value.code == "watch.no-workbooks"
    assert list(tmp_path.iterdir()) == []


# warnings


def test_where_co_editing_hides_locks_watch_warns(model, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "OneDrive - Contoso"
    folder.mkdir()
    shutil.copy(model / "a.xlsx", folder)
    sync_workbooks(
        [folder / "a.xlsx"], Options(local_now().date(), workspace(), adopt_store=True, now=local_now())
    )
    with Watching(folder, workspace=workspace()) as watching:
        watching.until(lambda: watching.state("a.xlsx") == "current")
        assert [one.code for one in read_status(folder).warnings] == ["watch.co-editing"]
    assert watching.said("AutoSave") == 1
