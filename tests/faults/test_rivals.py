"""Others at work on the same book: dead holders, sleeping ones, saves at the last instant, files that went away."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from crmbook.base.errors import BusyError, CrmbookError
from crmbook.build.identity import read_stamp
from crmbook.ooxml import Package
from crmbook.store import Store
from crmbook.store.tables import LEASE
from tests.faults.desk import NAMES, Desk, begun, cells, edited
from tests.faults.test_killed import die, undisturbed

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk.at(tmp_path, edited())


@pytest.fixture
def quiet(tmp_path: Path) -> Desk:
    return Desk.at(tmp_path, begun())


def people(desk: Desk) -> dict[str, tuple]:
    return {row[2]: row[3:] for row in desk.head()["clients"]}


def test_a_dead_holders_lease_is_taken_at_once(desk):
    """A holder that dies leaves a lease with most of a minute to run; nobody waits for that."""
    die(desk, 1, "store.commit begins")
    with Store.open(desk.folder / ".crmbook") as store, store._database.read() as connection:
        assert connection.execute(LEASE.select()).one().until > 0
    desk.sync()
    assert desk.result() == undisturbed()[0]


def test_a_living_holder_keeps_others_out_and_unharmed(desk):
    before = [path.read_bytes() for path in desk.paths]
    with (
        Store.open(desk.folder / ".crmbook") as store,
        store.lease(store.books()[0].book_id),
        pytest.raises(BusyError) as caught,
    ):
        desk.sync()
    assert (caught.value.code, caught.value.exit_code) == ("store.busy", 4)
    assert [path.read_bytes() for path in desk.paths] == before


@pytest.mark.sample(1)
@pytest.mark.parametrize("step", ["commit", "mark_written"])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_holder_that_slept_while_another_synced_writes_nothing(desk, monkeypatch, step, nth):
    """It sleeps before its n-th step; its lease's time is over, another takes the book and finishes."""
    real, left, others = getattr(Store, step), [nth], []

    def sleepy(store, *arguments):
        left[0] -= 1
        if left[0] == 0:
            with store._database.write() as connection:
                connection.execute(LEASE.update().values(until=0.0))
            desk.sync()
            others.extend((desk.result(), [path.read_bytes() for path in desk.paths]))
        return real(store, *arguments)

    monkeypatch.setattr(Store, step, sleepy)
    try:
        told = [error for _, error in desk.sync().failures]
    except CrmbookError as error:
        told = [error]
    assert "store.stale" in {error.code for error in told}
    assert {error.exit_code for error in told} == {4}
    assert (desk.result(), [path.read_bytes() for path in desk.paths]) == tuple(others)
    assert desk.settle() == 0
    assert len(people(desk)) == 5


def exported(path: Path) -> int:
    return read_stamp(Package.open(path)).export


def save_at(monkeypatch, call: str, target: Path, data: bytes) -> None:
    """Let somebody save a workbook in the instant before the first such call that concerns it."""
    real, saved = getattr(os, call), []

    def late(source, *rest, **options):
        if not saved and str(target) in {str(source), *map(str, rest)}:
            saved.append(True)
            target.write_bytes(data)
        return real(source, *rest, **options)

    monkeypatch.setattr(os, call, late)


@pytest.mark.sample(1)
@pytest.mark.parametrize("call", ["chmod", "link", "replace"])
def test_what_is_saved_in_the_instant_before_the_replacement_is_taken_in_too(quiet, monkeypatch, call):
    mine = quiet.paths[0]
    quiet.type(0, "clients", 3, phone="赶上的")
    late = Desk.at(quiet.folder / "late", quiet.folder)
    late.type(0, "clients", 4, phone="最后一刻")
    late.type(0, "clients", 5, name="最后的新客")
    saved = late.paths[0].read_bytes()
    shutil.rmtree(late.folder)
    if call == "chmod":  # its first argument is the temporary file, made for the workbook just before
        real = os.chmod
        monkeypatch.setattr(os, "chmod", lambda *arguments, **options: (mine.write_bytes(saved), monkeypatch.setattr(os, "chmod", real), real(*arguments, **options)))  # fmt: skip
    else:
        save_at(monkeypatch, call, mine, saved)
    quiet.sync(mine)
    assert quiet.settle() <= 1
    assert people(quiet)["李四"][0] == "赶上的"
    assert people(quiet)["王五"][0] == "最后一刻"
    assert [row[2] for row in quiet.head()["clients"]].count("最后的新客") == 1
    assert saved in quiet.kept()
    assert all("最后一刻" in str(one["客户"]) for one in quiet.shown())


def test_a_kill_between_the_replacement_and_the_taking_in_of_a_late_save_loses_nothing(quiet):
    mine = quiet.paths[0]
    quiet.type(0, "clients", 3, phone="赶上的")
    late = Desk.at(quiet.folder / "late", quiet.folder)
    late.type(0, "clients", 4, phone="最后一刻")
    saved = late.paths[0].read_bytes()
    shutil.rmtree(late.folder)
    child = os.fork()
    if not child:
        try:
            replacing = os.replace

            def late_and_dead(source, target):
                mine.write_bytes(saved)
                replacing(source, target)
                os._exit(0)

            os.replace = late_and_dead
            quiet.sync(mine)
        finally:
            os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    quiet.settle()
    assert people(quiet)["李四"][0] == "赶上的"
    assert people(quiet)["王五"][0] == "最后一刻"


def test_a_missing_workbook_is_absence_and_no_deletion(desk):
    away = desk.paths[1].rename(desk.folder / "elsewhere")
    report = desk.sync()
    assert [error.code for _, error in report.failures] == ["file.missing"]
    assert {"张三", "李四", "王五", "甲新客"} == people(desk).keys()
    away.rename(desk.paths[1])
    desk.settle()
    assert {"张三丰", "李四", "王五", "甲新客", "乙新客"} == people(desk).keys()


def test_a_missing_folder_is_absence_and_leaves_no_new_one(desk):
    gone = desk.folder / "gone"
    with pytest.raises(CrmbookError) as caught:
        desk.sync(gone / NAMES[0])
    assert (caught.value.code, caught.value.exit_code) == ("file.missing", 2)
    assert not gone.exists()


def test_a_lost_store_is_made_anew_from_the_workbooks(desk):
    """What both had edited comes in, cells that differ become conflicts, and nothing is there twice."""
    shutil.rmtree(desk.folder / ".crmbook")
    desk.sync(adopt_store=True)
    desk.settle()
    rows = desk.head()
    names = [row[2] for row in rows["clients"]]
    assert {"李四", "王五", "甲新客", "乙新客"} <= {*names}
    assert len(names) == 5
    assert len(rows["calls"]) == 2
    told = str(desk.conflicts())
    known = str(rows)
    for text in ("甲的电话", "乙的电话", "张三丰"):
        assert text in told + known


def test_a_store_put_back_from_a_backup_takes_the_newer_workbooks_in(desk):
    older = shutil.copytree(desk.folder / ".crmbook", desk.folder / "older")
    desk.sync()
    desk.type(0, "clients", 3, phone="更新的")
    desk.sync()
    newest = [path.read_bytes() for path in desk.paths]
    shutil.rmtree(desk.folder / ".crmbook")
    older.rename(desk.folder / ".crmbook")
    desk.sync()
    desk.settle()
    assert len(desk.head()["clients"]) == 5
    told = str(desk.head()) + str(desk.conflicts())
    assert all(text in told for text in ("张三丰", "更新的", "乙的电话"))
    assert all(one in desk.kept() for one in newest)


def test_a_number_of_an_export_is_not_given_twice_though_the_store_forgot_it(desk):
    older = shutil.copytree(desk.folder / ".crmbook", desk.folder / "older")
    desk.sync()
    before = [exported(path) for path in desk.paths]
    shutil.rmtree(desk.folder / ".crmbook")
    older.rename(desk.folder / ".crmbook")
    desk.sync()
    assert all(exported(path) > number for path, number in zip(desk.paths, before, strict=True))


def test_a_value_that_is_none_is_marked_though_the_first_run_died(quiet):
    """It changes nothing in the store: only that the workbook waits says that there is something left to write."""
    quiet.type(0, "clients", 2, rating="很好")
    die(quiet, 1, "write")
    quiet.settle()
    assert "【评级】" in str(cells(quiet.paths[0])["客户"])
