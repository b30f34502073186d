from __future__ import annotations

import threading
import time

import pytest

from crmbook.base.file import digest
from crmbook.watch.saves import News, Saves
from tests.watch.sheets import sheet

QUIET = 0.2
SOON = 5.0
NAME = "客户管理.xlsx"


@pytest.fixture(params=[False, True], ids=["native", "polling"])
def saves(request, tmp_path):
    (tmp_path / NAME).write_bytes(sheet("一"))
    watched = Saves(tmp_path, poll=request.param, quiet=QUIET, patience=1.0, remembers=lambda _path: True)
    watched.start()
    assert watched.wait(SOON).saved == (tmp_path / NAME,)
    yield watched
    watched.stop()


def quiet_for(saves, seconds=5 * QUIET) -> News:
    news = saves.wait(seconds)
    assert news == News()
    return news


def test_what_is_there_at_the_start_is_reported_once(saves):
    quiet_for(saves)


def test_a_save_is_reported_once(saves, tmp_path):
    (tmp_path / NAME).write_bytes(sheet("二"))
    assert saves.wait(SOON).saved == (tmp_path / NAME,)
    quiet_for(saves)


def test_the_same_content_again_is_no_save(saves, tmp_path):
    (tmp_path / NAME).write_bytes(sheet("一"))
    quiet_for(saves)


def test_what_was_told_is_no_news(saves, tmp_path):
    (tmp_path / NAME).write_bytes(sheet("二"))
    saves.note_synced(tmp_path / NAME)
    quiet_for(saves)


def test_a_save_right_after_what_was_written_is_news(saves, tmp_path):
    (tmp_path / NAME).write_bytes(sheet("三"))
    saves.note_synced(tmp_path / NAME, digest(sheet("二")))
    assert saves.wait(SOON).saved == (tmp_path / NAME,)
    quiet_for(saves)


def test_what_was_told_of_a_file_not_looked_at_yet_is_no_news(saves, tmp_path):
    (tmp_path / "新.xlsx").write_bytes(sheet("新"))
    saves.note_synced(tmp_path / "新.xlsx", digest(sheet("新")))
    saves.note_synced(tmp_path / "不存在.xlsx")
    quiet_for(saves)
    assert saves.workbooks() == [tmp_path / NAME, tmp_path / "新.xlsx"]


def test_the_content_before_what_was_told_is_news_again(saves, tmp_path):
    (tmp_path / NAME).write_bytes(sheet("二"))
    saves.note_synced(tmp_path / NAME, digest(sheet("二")))
    quiet_for(saves)
    (tmp_path / NAME).write_bytes(sheet("一"))
    assert saves.wait(SOON).saved == (tmp_path / NAME,)


def test_many_saves_at_once_are_all_reported_once(saves, tmp_path):
    names = [f"簿{number}.xlsx" for number in range(40)]
    for name in names:
        (tmp_path / name).write_bytes(sheet(name))
    told = []
    while len(told) < len(names):
        told += saves.wait(SOON).saved
    assert sorted(path.name for path in told) == sorted(names)
    quiet_for(saves)


def test_a_wake_before_the_waiting_is_not_lost(saves):
    saves.wake()
    assert saves.wait(None) == News()
    quiet_for(saves, QUIET)


def test_waking_returns_at_once_from_another_thread(saves):
    threading.Timer(0.1, saves.wake).start()
    began = time.monotonic()
    assert saves.wait(None) == News()
    assert time.monotonic() - began < 2
