"""Whatever way a program saves: one save is reported, once, and never a half one."""

from __future__ import annotations

import heapq
import shutil
import threading
import time
from collections import defaultdict
from itertools import count

import pytest

from crmbook.watch.saves import Saves
from tests.watch.patterns import CLOSES, NO_SAVES, QUIET, SAVES
from tests.watch.sheets import sheet

ALL = SAVES | NO_SAVES
BEFORE, AFTER = sheet("before", 4000), sheet("after")


def padded(data: bytes, size: int) -> bytes:
    """Return a workbook of a given size: the rest is the comment that a zip file may end with."""
    rest = size - len(data)
    return data[:-2] + rest.to_bytes(2, "little") + bytes(rest)


_TWO_SAVES = """
import time
for number in range(2):
    document.Sheets.getByIndex(0).getCellByPosition(0, number).String = f"save {number}"
    save()
    time.sleep(2)
"""


def name_of(pattern: str) -> str:
    return f"{pattern}.xlsx"


def play(saves: Saves, patterns, contents) -> dict[str, dict[str, list]]:
    """Play patterns at the same time; return what was told of each workbook, saves with what it held then."""
    told: dict[str, dict[str, list]] = defaultdict(lambda: defaultdict(list))
    order = count()
    under_way = [
        (time.monotonic(), next(order), one(saves.folder / name, contents[name]))
        for name, one in patterns.items()
    ]
    heapq.heapify(under_way)
    rest = time.monotonic()
    while under_way or time.monotonic() < rest:
        now = time.monotonic()
        if under_way and under_way[0][0] <= now:
            _, _, steps = heapq.heappop(under_way)
            pause = next(steps, None)
            if pause is not None:
                heapq.heappush(under_way, (now + pause, next(order), steps))
            rest = time.monotonic() + 4 * QUIET
            continue
        news = saves.wait((under_way[0][0] if under_way else rest) - now)
        for path in news.saved:
            told[path.name]["saved"].append(path.read_bytes())
        for kind, paths in (("closed", news.closed), ("gone", news.gone)):
            for path in paths:
                told[path.name][kind].append(path)
        if any((news.saved, news.closed, news.gone)):
            rest = time.monotonic() + 4 * QUIET
    return told


@pytest.fixture(scope="module", params=[False, True], ids=["native", "polling"])
def played(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("drive") / "客户"
    folder.mkdir()
    contents = {}
    for pattern in ALL:
        (folder / name_of(pattern)).write_bytes(BEFORE)
        contents[name_of(pattern)] = padded(AFTER, len(BEFORE)) if "same size" in pattern else AFTER
    saves = Saves(folder, poll=request.param, quiet=QUIET)
    saves.start()
    first = saves.wait(10)
    assert len(first.saved) == len(ALL)
    try:
        yield play(saves, {name_of(pattern): one for pattern, one in ALL.items()}, contents), contents
    finally:
        saves.stop()
        shutil.rmtree(folder)


@pytest.mark.sample(32)
@pytest.mark.parametrize("pattern", SAVES)
def test_a_save_is_told_once_and_whole(played, pattern):
    told, contents = played
    name = name_of(pattern)
    assert [content == contents[name] for content in told[name]["saved"]] == [True]


@pytest.mark.parametrize("pattern", NO_SAVES)
def test_what_is_no_save_is_not_told(played, pattern):
    told, _ = played
    assert told[name_of(pattern)]["saved"] == []


@pytest.mark.parametrize("pattern", ALL)
def test_a_lock_that_goes_is_a_close_and_nothing_is_gone(played, pattern):
    told, _ = played
    name = name_of(pattern)
    assert len(told[name]["closed"]) == (pattern in CLOSES)
    assert told[name]["gone"] == []


def test_nobody_else_is_told_of(played):
    told, _ = played
    assert set(told) <= {name_of(pattern) for pattern in ALL}


@pytest.mark.slow
@pytest.mark.office
def test_libreoffice_itself_saves_twice_and_closes(office, tmp_path):
    path = tmp_path / "客户管理.xlsx"
    path.write_bytes(BEFORE)
    told: dict[bool, list[str]] = {False: [], True: []}
    at_work = threading.Event()
    at_work.set()

    def watch(saves: Saves) -> None:
        news = saves.wait(0)
        while at_work.is_set() or any((news.saved, news.closed, news.gone)):
            news = saves.wait(4 * QUIET)
            for kind in ("saved", "closed", "gone"):
                told[saves.polls] += [kind] * len(getattr(news, kind))

    both = [Saves(tmp_path, poll=poll, quiet=QUIET) for poll in told]
    for saves in both:
        saves.start()
        assert saves.wait(10).saved == (path,)
    watchers = [threading.Thread(target=watch, args=[saves]) for saves in both]
    for watcher in watchers:
        watcher.start()
    try:
        office.run_macro_script(path, _TWO_SAVES)
        time.sleep(4 * QUIET)
    finally:
        at_work.clear()
        for watcher, saves in zip(watchers, both, strict=True):
            watcher.join()
            saves.stop()
    assert told == {False: ["saved", "saved", "closed"], True: ["saved", "saved", "closed"]}
