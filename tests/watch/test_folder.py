"""Watched folders as they come: moved, unmounted, replaced, linked, crowded, without a watch to be had."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
import unicodedata
from pathlib import Path

import psutil
import pytest

from crmbook.store import location
from crmbook.watch.folder import look_at
from crmbook.watch.saves import News, Saves
from tests.watch.sheets import sheet

QUIET, SOON = 0.2, 10.0
NAME = "客户管理.xlsx"


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "客户"
    made.mkdir()
    (made / NAME).write_bytes(sheet("一"))
    return made


@pytest.fixture
def watch(request):
    """Start watching a folder; everything in it is told before."""

    def start(folder, **options) -> Saves:
        saves = Saves(folder, quiet=QUIET, patience=1.0, **options)
        request.addfinalizer(saves.stop)
        saves.start()
        if folder.is_dir() and any(folder.glob("*.xlsx")):
            assert saves.wait(SOON).saved
        return saves

    return start


modes = pytest.mark.parametrize("poll", [False, True], ids=["native", "polling"])


def quiet_for(saves: Saves, seconds: float = 5 * QUIET) -> None:
    assert saves.wait(seconds) == News()


@modes
def test_a_folder_that_goes_and_comes_back_loses_nothing(folder, watch, poll):
    saves = watch(folder, poll=poll)
    away = folder.with_name("away")
    folder.rename(away)
    assert saves.wait(SOON) == News(is_there=False)
    assert saves.wait(3 * QUIET) == News(is_there=False)
    (away / NAME).write_bytes(sheet("二"))
    away.rename(folder)
    assert saves.wait(SOON) == News()
    assert saves.wait(SOON).saved == (folder / NAME,)
    (folder / NAME).write_bytes(sheet("三"))  # and it is listened to again
    assert saves.wait(SOON).saved == (folder / NAME,)
    quiet_for(saves)


@modes
def test_a_drive_that_is_unmounted_leaves_a_bare_place_and_no_gone_workbooks(folder, watch, poll):
    saves = watch(folder, poll=poll)
    drive = folder.with_name("drive")
    folder.rename(drive)
    folder.mkdir()
    assert saves.wait(SOON) == News(is_there=False)
    assert saves.wait(3 * QUIET) == News(is_there=False)
    folder.rmdir()
    drive.rename(folder)
    assert saves.wait(SOON) == News()
    quiet_for(saves)


@modes
def test_another_folder_in_its_place_is_listened_to(folder, watch, poll):
    (folder / "旧.xlsx").write_bytes(sheet("旧"))
    saves = watch(folder, poll=poll)
    other = folder.with_name("other")
    shutil.copytree(folder, other)
    (other / "新.xlsx").write_bytes(sheet("新"))
    (other / "旧.xlsx").unlink()
    shutil.rmtree(folder)
    other.rename(folder)
    heard = []
    while len(heard) < 2:
        news = saves.wait(SOON)
        heard += [path.name for path in (*news.saved, *news.gone)]
    assert sorted(heard) == [
        "新.xlsx",
        "旧.xlsx",
    ]  # not the one whose content was known, whatever folder it lies in
    (folder / "新.xlsx").write_bytes(sheet("更新"))
    assert saves.wait(SOON).saved == (folder / "新.xlsx",)


@modes
def test_a_folder_that_is_not_there_yet(tmp_path, watch, poll):
    folder = tmp_path / "later"
    saves = watch(folder, poll=poll)
    assert saves.wait(SOON) == News(is_there=False)
    assert saves.workbooks() == []
    folder.mkdir()
    assert saves.wait(SOON) == News()
    (folder / NAME).write_bytes(sheet("一"))
    assert saves.wait(SOON).saved == (folder / NAME,)


@modes
def test_a_linked_folder_and_another_one_behind_the_link(folder, watch, poll):
    link = folder.with_name("link")
    link.symlink_to(folder, target_is_directory=True)
    saves = watch(link, poll=poll)
    (folder / NAME).write_bytes(sheet("二"))
    assert saves.wait(SOON).saved == (link / NAME,)
    other = folder.with_name("other")
    shutil.copytree(folder, other)
    (other / NAME).write_bytes(sheet("三"))
    link.unlink()
    link.symlink_to(other, target_is_directory=True)
    os.utime(folder / NAME)  # native: whoever listens to the old folder hears that it moved on
    assert saves.wait(SOON).saved == (link / NAME,)


def test_what_no_notice_tells_is_found_by_looking_now_and_then(folder, watch):
    elsewhere = folder.with_name("elsewhere.xlsx")
    elsewhere.write_bytes(sheet("甲"))
    (folder / "链接.xlsx").symlink_to(elsewhere)
    ahead = 0.0
    saves = watch(folder, clock=lambda: time.monotonic() + ahead)
    assert not saves.polls
    elsewhere.write_bytes(sheet("乙"))  # written where nobody listens
    quiet_for(saves)
    ahead = 31.0
    assert saves.wait(SOON).saved == (folder / "链接.xlsx",)


@modes
def test_subfolders_and_folders_with_a_workbooks_name_are_passed_over(folder, watch, poll):
    saves = watch(folder, poll=poll)
    (folder / "旧" / "x").mkdir(parents=True)
    (folder / "旧" / NAME).write_bytes(sheet("旧"))
    (folder / "夹.xlsx").mkdir()
    quiet_for(saves)
    assert saves.workbooks() == [folder / NAME]


@modes
def test_what_is_not_crmbooks_is_no_news(folder, watch, poll):
    saves = watch(folder, poll=poll)
    (folder / "报表.xlsx").write_bytes(sheet("报表", stamped=False))
    lock = folder / "~$报表.xlsx"
    lock.touch()
    quiet_for(saves)
    lock.unlink()
    (folder / "报表.xlsx").unlink()
    (folder / "报告.xlsx").write_bytes(sheet("报表", stamped=False))
    quiet_for(saves)
    assert saves.workbooks() == [folder / NAME]


@pytest.mark.sample(7)
@modes
@pytest.mark.parametrize(
    "data",
    [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), b"a,b\n1,2\n", b"", sheet("截断")[:-900]],
    ids=["encrypted", "csv", "empty", "truncated"],
)
def test_what_cannot_be_opened_is_told_so_that_people_learn_why(folder, watch, poll, data):
    """If it is known by its name, as it would be to a store; what never was crmbook's is nobody's trouble."""
    saves = watch(folder, poll=poll, remembers=lambda path: path.name == "坏.xlsx")
    for name in ("坏.xlsx", "别家.xlsx"):
        (folder / name).write_bytes(data)
    assert saves.wait(SOON).saved == (folder / "坏.xlsx",)
    quiet_for(saves)
    assert saves.workbooks() == [folder / "坏.xlsx", folder / NAME]


@modes
def test_a_workbook_that_lost_its_stamp_is_told(folder, watch, poll):
    saves = watch(folder, poll=poll)
    (folder / NAME).write_bytes(sheet("二", stamped=False))
    assert saves.wait(SOON).saved == (folder / NAME,)


@modes
def test_a_renamed_workbook_is_gone_here_and_saved_there(folder, watch, poll):
    saves = watch(folder, poll=poll)
    (folder / NAME).rename(folder / "新名.xlsx")
    news = [saves.wait(SOON)]
    if not (news[0].saved and news[0].gone):
        news.append(saves.wait(SOON))
    assert [path for one in news for path in one.saved] == [folder / "新名.xlsx"]
    assert [path for one in news for path in one.gone] == [folder / NAME]


@modes
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_names_as_a_mac_spells_them(tmp_path, watch, poll, form):
    listed = tmp_path / f"{unicodedata.normalize(form, 'Café が')}.xlsx"
    listed.write_bytes(sheet("一"))
    saves = watch(tmp_path, poll=poll)
    other = tmp_path / unicodedata.normalize("NFD" if form == "NFC" else "NFC", listed.name)
    saves._hear(other.name)  # a notice may spell the name in the other way
    listed.write_bytes(sheet("二"))
    assert saves.wait(SOON).saved == (listed,)
    lock = tmp_path / f"~${other.name}"
    lock.touch()
    quiet_for(saves)
    lock.unlink()
    assert saves.wait(SOON).closed == (listed,)


def test_thousands_of_other_files_cost_their_names_only(folder, watch):
    for number in range(3000):
        (folder / f"照片{number:04}.jpg").touch()
    began = time.process_time()
    for _ in range(10):
        assert look_at(folder).workbooks.keys() == {NAME}
    assert (time.process_time() - began) / 10 < 0.25
    saves = watch(folder)
    began = time.process_time()
    for number in range(3000):
        (folder / f"照片{number:04}.jpg").unlink()
    quiet_for(saves)
    assert time.process_time() - began < 5


_NO_WATCH = """
import os, resource, sys
from pathlib import Path
from crmbook.watch.saves import Saves
import watchdog.observers
saves = Saves(Path(sys.argv[1]), quiet=0.2)
highest = max(map(int, os.listdir("/proc/self/fd")))
while os.open(os.devnull, os.O_RDONLY) < highest:
    pass
resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 3, highest + 3))  # enough for a look, not for an inotify
saves.start()
print(saves.polls, saves.why_polls)
print(len(saves.wait(10).saved), flush=True)
sys.stdin.readline()
print(len(saves.wait(10).saved), flush=True)
saves.stop()
"""


@pytest.mark.skipif(sys.platform != "linux", reason="inotify's limits")
def test_without_a_watch_to_be_had_it_looks_again_and_again_and_says_so(folder):
    command = [sys.executable, "-c", _NO_WATCH, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "True limit\n"
        assert process.stdout.readline() == "1\n"
        (folder / NAME).write_bytes(sheet("二"))
        told, _ = process.communicate("go\n", timeout=30)
    assert told == "1\n"


def test_a_share_of_the_network_is_polled_unless_asked_otherwise(folder, watch, monkeypatch):
    assert [watch(folder, poll=poll).why_polls for poll in (None, False, True)] == ["", "", "asked"]
    monkeypatch.setattr(location, "list_mounts", lambda: [(folder.parent, "cifs")])
    assert [watch(folder, poll=poll).why_polls for poll in (None, False, True)] == ["network", "", "asked"]


def test_a_share_that_is_mounted_later_is_polled_from_then_on(folder, watch, monkeypatch):
    drive = folder.with_name("drive")
    folder.rename(drive)
    saves = watch(folder)
    assert saves.wait(SOON) == News(is_there=False)
    assert not saves.polls
    monkeypatch.setattr(location, "list_mounts", lambda: [(folder, "cifs")])
    drive.rename(folder)
    assert saves.wait(SOON).is_there
    assert saves.why_polls == "network"
    assert saves.wait(SOON).saved == (folder / NAME,)


@pytest.mark.skipif(sys.platform != "linux", reason="inotify's queue")
def test_when_the_kernels_queue_runs_over_everything_is_looked_at_again(folder, watch):
    inotify = pytest.importorskip("watchdog.observers.inotify_c")
    if not hasattr(inotify, "InotifyFD"):
        pytest.skip("this watchdog does not tell")
    saves = watch(folder)
    room = int(Path("/proc/sys/fs/inotify/max_queued_events").read_text())
    one, other = folder / "a.txt", folder / "b.txt"
    with inotify.InotifyFD.get_instance()._lock:  # its reader waits here, and the kernel keeps what happens
        for _ in range(room // 2 + 10):
            one.touch()
            other.touch()
        (folder / NAME).write_bytes(sheet("二"))
    began = time.monotonic()
    assert saves.wait(25).saved == (folder / NAME,)
    assert time.monotonic() - began < 15


def test_a_signal_wakes_who_waits(folder, watch):
    saves = watch(folder)
    before = signal.signal(signal.SIGALRM, lambda *_: saves.wake())
    try:
        signal.setitimer(signal.ITIMER_REAL, 0.1)
        assert saves.wait(None) == News()
    finally:
        signal.signal(signal.SIGALRM, before)


def test_stopping_lets_go_who_waits_and_leaves_no_thread(folder):
    threads = threading.active_count()
    saves = Saves(folder, quiet=QUIET)
    saves.start()
    saves.wait(SOON)
    timer = threading.Timer(0.1, saves.stop)
    timer.start()
    assert saves.wait(None) == News()
    timer.join()
    saves.stop()
    assert threading.active_count() <= threads + 1  # watchdog keeps one reader for all


@modes
def test_handles_threads_and_what_is_remembered_stay_bounded(folder, watch, poll):
    saves = watch(folder, poll=poll)
    away, process = folder.with_name("away"), psutil.Process()
    figures = []
    for round_ in range(4):
        for number in range(30):
            (folder / f"{round_}-{number}.xlsx").touch()
            (folder / f"~${round_}-{number}.xlsx").touch()
            (folder / f"{round_}-{number}.xlsx").unlink()
            (folder / f"~${round_}-{number}.xlsx").unlink()
        (folder / NAME).write_bytes(sheet(str(round_)))
        assert saves.wait(SOON).saved == (folder / NAME,)
        folder.rename(away)
        assert saves.wait(SOON) == News(is_there=False)
        away.rename(folder)
        assert saves.wait(SOON) == News()
        figures.append((process.num_fds(), threading.active_count()))
    assert len(set(figures[1:])) == 1
    assert len(saves._settling) == 1


def test_listening_and_stopping_print_nothing(folder):
    program = (
        "import sys; from pathlib import Path; from crmbook.watch.saves import Saves\n"
        "for _ in range(3):\n"
        "    saves = Saves(Path(sys.argv[1]), quiet=0.2); saves.start(); saves.wait(5)\n"
        "    (Path(sys.argv[1]) / 'a.xlsx').touch(); saves.stop()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder)], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("", "")
