"""How a folder stands, put down and read again."""

from __future__ import annotations

import json

import pytest

from crmbook.base.errors import CrmbookError
from crmbook.store import private_location
from crmbook.watch.status import (
    Said,
    WatcherStatus,
    WorkbookStatus,
    home,
    leave_standby,
    read_status,
    write_status,
)

STANDING = WatcherStatus(
    "/folder", 4711, "desk", "2024-03-06T08:00:00+08:00", "2024-03-06T09:00:00+08:00", "watching", "", True,
    "2024-03-07T00:00+08:00", 2,
    (
        WorkbookStatus("王芳.xlsx", "waiting", "book", "2024-03-06T08:59:00+08:00", "2024-03-06T08:30:00+08:00", "王芳", 1, 2, 3),
        WorkbookStatus("b.xlsx", "failed", error=Said("ooxml.truncated", {"path": "b.xlsx", "size": 3})),
    ),
    (Said("watch.co-editing"), Said("watch.stale-lock", {"name": "b.xlsx", "lock": "~$b.xlsx", "holder": "李雷"})),
)  # fmt: skip


def test_what_is_put_down_is_read_again(tmp_path):
    write_status(tmp_path, STANDING)
    assert read_status(tmp_path) == STANDING


def test_it_lies_with_the_folders_own_store(tmp_path):
    write_status(tmp_path, STANDING)
    assert home(tmp_path) == private_location(tmp_path) / "watch"
    assert [one.name for one in home(tmp_path).iterdir()] == ["standing.json"]


def test_nothing_of_it_lies_inside_a_synced_drive(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    folder = tmp_path / "OneDrive" / "客户"
    folder.mkdir(parents=True)
    write_status(folder, STANDING)
    assert list(folder.iterdir()) == []
    assert read_status(folder) == STANDING


def test_where_no_watcher_ever_ran_there_is_none(tmp_path):
    assert read_status(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


def test_one_on_standby_does_not_overwrite_the_one_that_leads(tmp_path):
    standby = WatcherStatus("/folder", 1, "other", "", "", "standby", "desk (4711)")
    write_status(tmp_path, standby)
    assert read_status(tmp_path) == standby
    write_status(tmp_path, STANDING)
    write_status(tmp_path, standby)
    assert read_status(tmp_path) == STANDING
    leave_standby(tmp_path)
    leave_standby(tmp_path)
    assert [one.name for one in home(tmp_path).iterdir()] == ["standing.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"format": 2}',
        '{"format": 1}',
        '{"format": 1, "workbooks": [{}], "warnings": []}',
    ],
)
def test_a_file_that_is_cut_off_or_of_another_version_is_none(tmp_path, text):
    write_status(tmp_path, STANDING)
    (home(tmp_path) / "standing.json").write_text(text)
    assert read_status(tmp_path) is None


def test_an_unknown_part_of_a_later_version_is_none(tmp_path):
    write_status(tmp_path, STANDING)
    path = home(tmp_path) / "standing.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), "mood": "fine"}))
    assert read_status(tmp_path) is None


def test_a_place_that_takes_nothing_is_told(tmp_path):
    private_location(tmp_path).write_text("in the way")
    with pytest.raises(CrmbookError) as caught:
        write_status(tmp_path, STANDING)
    assert caught.value.code == "file.no-folder"
