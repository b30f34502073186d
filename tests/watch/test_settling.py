"""Laws of settling, under a clock that the test turns and on a disk that is a dictionary."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.watch.folder import FileContent, Look, Sign
from crmbook.watch.names import fold
from crmbook.watch.settling import SettledFiles, Settling

QUIET, PATIENCE, IDLE = 1.0, 10.0, 30.0
BOOKS = ("甲.xlsx", "乙.xlsx")
LOCKS = ("~$甲.xlsx", ".~甲.xlsx", ".~lock.乙.xlsx#")


@dataclass
class Disk:
    """A folder: contents by name, with what a look sees of them."""

    files: dict[str, tuple[str, Sign]] = field(default_factory=dict)
    locks: set[str] = field(default_factory=set)
    writes: int = 0
    unreadable: set[str] = field(default_factory=set)
    while_read: list[str] = field(default_factory=list)

    def write(self, name: str, content: str) -> None:
        self.writes += 1
        self.files[name] = (content, Sign(len(content), self.writes, 1, self.writes))

    def look(self) -> Look:
        return Look(
            (1, 1), {name: sign for name, (_, sign) in self.files.items()}, frozenset(map(fold, self.locks))
        )

    def read(self, name: str, known: str | None) -> FileContent | None:
        if name not in self.files or name in self.unreadable:
            return None
        content = self.files[name][0]
        if self.while_read:
            self.write(name, self.while_read.pop())
        return FileContent(content, whole=not content.startswith("half"), ours=True)

    def sign(self, name: str) -> Sign | None:
        return self.files[name][1] if name in self.files else None


class Watch:
    """A folder with its settling, and what came of it."""

    def __init__(self, *, coarse: bool = False) -> None:
        self.disk, self.now, self.last_look = Disk(), 0.0, float("-inf")
        self.settling = Settling(quiet=QUIET, patience=PATIENCE, read=self.disk.read, sign=self.disk.sign)
        self.settling.coarse = coarse
        self.told: list[tuple[str, str, str]] = []

    def turn(self) -> SettledFiles | None:
        if self.now < min(self.settling.due(), self.last_look + IDLE):
            return None
        self.last_look = self.now
        self.settling.look(self.disk.look(), self.now)
        settled = self.settling.settle(self.now)
        self.told += [("saved", name, self.disk.files[name][0]) for name in settled.saved]
        self.told += [("closed", name, "") for name in settled.closed]
        self.told += [("gone", name, "") for name in settled.gone]
        return settled

    def rest(self) -> None:
        """Let time run until nothing is under way, never looking at other times than asked."""
        for _ in range(200):
            due = min(self.settling.due(), self.last_look + IDLE)
            if due > self.now + 2 * IDLE:
                break
            self.now = max(due, self.now)
            self.turn()

    def saved(self, name: str) -> list[str]:
        return [content for kind, told, content in self.told if (kind, told) == ("saved", name)]


names = st.sampled_from(BOOKS)
contents = st.sampled_from(["a", "b", "cc", "dd", "half"])
steps = st.one_of(
    st.tuples(st.just("write"), names, contents, st.booleans()),
    st.tuples(st.just("delete"), names, st.just(""), st.booleans()),
    st.tuples(st.just("swap"), names, st.just(""), st.booleans()),
    st.tuples(st.just("touch"), names | st.sampled_from(LOCKS), st.just(""), st.just(True)),
    st.tuples(st.just("lock"), st.sampled_from(LOCKS), st.just(""), st.booleans()),
    st.tuples(st.just("wait"), st.just(""), st.sampled_from([0.05, 0.3, 0.5, 1.0, 1.1, 4.0]), st.just(False)),
    st.tuples(st.just("deny"), names, st.just(""), st.just(False)),
    st.tuples(st.just("turn"), st.just(""), st.just(""), st.just(False)),
)


def do(watch: Watch, step: tuple) -> None:
    """Take one step; the last word says whether the system's notice of it arrives."""
    verb, name, what, heard = step
    disk = watch.disk
    if verb == "write":
        disk.write(name, what)
    elif verb == "delete":
        disk.files.pop(name, None)
    elif verb == "swap":
        disk.files = dict(zip(BOOKS, [disk.files.get(name) for name in reversed(BOOKS)], strict=True))
        disk.files = {name: file for name, file in disk.files.items() if file}
    elif verb == "lock":
        disk.locks ^= {name}
    elif verb == "deny":
        disk.unreadable ^= {name}
    elif verb == "wait":
        watch.now += what
    elif verb == "turn":
        watch.turn()
    if heard:
        watch.settling.touch(name, watch.now)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.lists(steps, max_size=40), st.booleans())
def test_the_last_content_is_reported_and_none_twice(script, coarse):
    watch = Watch(coarse=coarse)
    for step in script:
        do(watch, step)
        if step[0] in ("write", "wait"):
            watch.turn()
    watch.disk.unreadable.clear()
    watch.rest()
    for name in BOOKS:
        told = [(kind, content) for kind, about, content in watch.told if about == name and kind != "closed"]
        assert all(one != other for one, other in pairwise(told)), "twice"
        if name in watch.disk.files:
            assert told, "never told"
            assert told[-1] == ("saved", watch.disk.files[name][0]), "lost"
        elif told:
            assert told[-1][0] == "gone"


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.lists(steps.filter(lambda step: step[0] != "deny"), max_size=30))
def test_rest_comes_and_little_is_remembered(script):
    watch = Watch()
    for step in script:
        do(watch, step)
        watch.turn()
    watch.disk.locks.clear()
    watch.rest()
    assert watch.settling.due() == float("inf")
    assert len(watch.settling) == len(watch.disk.files)


@settings(max_examples=100, derandomize=True, deadline=None)
@given(st.lists(steps, max_size=30))
def test_an_open_workbook_is_closed_once(script):
    watch = Watch()
    for name in BOOKS:
        watch.disk.write(name, "a")
    watch.rest()
    for step in script:
        if step[0] in ("lock", "wait", "turn"):
            do(watch, step)
            watch.turn()
    for lock in watch.disk.locks:
        watch.settling.touch(lock, watch.now)
    open_now = {"甲.xlsx" if "甲" in lock else "乙.xlsx" for lock in watch.disk.locks}
    watch.told.clear()
    watch.disk.locks.clear()
    watch.rest()
    closed = [name for kind, name, _ in watch.told if kind == "closed"]
    assert open_now <= set(closed)
    assert len(closed) == len(set(closed))
    assert len(watch.settling) == len(BOOKS)


def test_saving_and_closing_is_one_piece_of_news():
    watch = started()
    watch.disk.locks.add("~$甲.xlsx")
    assert settled_after(watch, 2 * IDLE) == []
    watch.disk.write("甲.xlsx", "b")
    watch.settling.touch("甲.xlsx", watch.now)
    assert settled_after(watch, 0.6 * QUIET) == []
    watch.disk.locks.clear()
    watch.settling.touch("~$甲.xlsx", watch.now)
    assert settled_after(watch, 0.9 * QUIET) == []
    assert settled_after(watch, 0.2 * QUIET) == ["saved 甲.xlsx", "closed 甲.xlsx"]


def test_a_save_of_an_open_workbook_does_not_wait_for_its_close():
    watch = started()
    watch.disk.locks.add("~$甲.xlsx")
    assert settled_after(watch, 2 * IDLE) == []
    watch.disk.write("甲.xlsx", "b")
    watch.settling.touch("甲.xlsx", watch.now)
    assert settled_after(watch, 1.1 * QUIET) == ["saved 甲.xlsx"]


def test_a_lock_that_is_away_for_a_moment_is_no_close():
    watch = started()
    watch.disk.locks.add("~$甲.xlsx")
    assert settled_after(watch, 2 * IDLE) == []
    watch.disk.locks.clear()
    watch.settling.touch("乙.xlsx", watch.now)  # something else makes it look just now
    assert settled_after(watch, 0.7 * QUIET) == []
    watch.disk.locks.add("~$甲.xlsx")
    assert settled_after(watch, 2 * IDLE) == []
    watch.disk.locks.clear()
    assert settled_after(watch, IDLE + 2 * QUIET) == ["closed 甲.xlsx"]


def settled_after(watch: Watch, seconds: float, step: float = 0.1) -> list[str]:
    """Return what is told within some seconds."""
    watch.told.clear()
    end = watch.now + seconds
    while watch.now < end:
        watch.now = min(watch.now + step, end)
        watch.turn()
    return [f"{kind} {name}" for kind, name, _ in watch.told]


def started(*, coarse: bool = False) -> Watch:
    watch = Watch(coarse=coarse)
    watch.disk.write("甲.xlsx", "a")
    watch.rest()
    return watch


def test_a_file_is_quiet_before_it_is_reported():
    watch = started()
    for _ in range(20):
        watch.disk.write("甲.xlsx", f"{watch.now}")
        watch.settling.touch("甲.xlsx", watch.now)
        assert settled_after(watch, 0.9 * QUIET) == []
    assert settled_after(watch, QUIET) == ["saved 甲.xlsx"]


def test_one_notice_costs_one_reading_one_second_later():
    watch = started()
    watch.disk.write("甲.xlsx", "b")
    watch.settling.touch("甲.xlsx", watch.now)
    assert settled_after(watch, 0.95 * QUIET) == []
    assert settled_after(watch, 0.1 * QUIET, step=0.05) == ["saved 甲.xlsx"]


def test_a_file_that_changes_while_it_is_read_is_read_again_later():
    watch = started()
    watch.disk.write("甲.xlsx", "b")
    watch.disk.while_read += ["d", "c"]
    watch.settling.touch("甲.xlsx", watch.now)
    assert settled_after(watch, 2.9 * QUIET) == []
    assert settled_after(watch, QUIET) == ["saved 甲.xlsx"]
    assert watch.saved("甲.xlsx") == ["d"]


def test_a_file_with_the_same_size_and_time_but_another_number_is_another_file():
    watch = started()
    sign = watch.disk.files["甲.xlsx"][1]
    watch.disk.files["甲.xlsx"] = ("b", sign._replace(inode=2))
    assert settled_after(watch, IDLE + QUIET) == ["saved 甲.xlsx"]


def test_a_share_that_numbers_its_files_anew_at_every_look_keeps_no_save_waiting():
    watch = started()
    watch.disk.write("甲.xlsx", "b")
    watch.settling.touch("甲.xlsx", watch.now)
    told = []
    for number in range(40):
        content, sign = watch.disk.files["甲.xlsx"]
        watch.disk.files["甲.xlsx"] = (content, sign._replace(inode=number, changed=number))
        watch.last_look = float("-inf")
        told += settled_after(watch, 0.1 * QUIET)
    assert told == ["saved 甲.xlsx"]


def test_a_half_file_is_waited_for_and_reported_in_the_end():
    watch = started()
    watch.disk.write("甲.xlsx", "half")
    watch.settling.touch("甲.xlsx", watch.now)
    assert settled_after(watch, PATIENCE * 0.9) == []
    assert settled_after(watch, PATIENCE) == ["saved 甲.xlsx"]
    assert settled_after(watch, 5 * PATIENCE) == []


@pytest.mark.parametrize("coarse", [False, True])
def test_a_content_that_was_known_is_told_again_after_a_sync_failed_on_half_of_it(coarse):
    watch = started(coarse=coarse)
    for _ in range(3):
        watch.disk.write("甲.xlsx", "half")
        watch.settling.touch("甲.xlsx", watch.now)
        assert settled_after(watch, 0.5 * QUIET) == []
        watch.settling.tried("甲.xlsx", failed=True)  # a sync for another reason read what was there
        watch.disk.write("甲.xlsx", "a")
        watch.settling.touch("甲.xlsx", watch.now)
        assert settled_after(watch, 1.5 * QUIET) == ["saved 甲.xlsx"]
        watch.settling.tried("甲.xlsx", failed=False)


@pytest.mark.parametrize("coarse", [False, True])
def test_a_content_on_which_every_sync_fails_is_told_twice_at_most(coarse):
    watch = started(coarse=coarse)
    watch.disk.write("甲.xlsx", "b")
    watch.settling.touch("甲.xlsx", watch.now)
    told = 0
    for _ in range(100):
        if settled_after(watch, 2 * QUIET):
            told += 1
            watch.settling.tried("甲.xlsx", failed=True)
        watch.settling.touch("甲.xlsx", watch.now)
    assert told == 2


def test_a_download_that_stops_now_and_then_is_reported_when_it_is_whole():
    watch = started()
    for number in range(5):
        watch.disk.write("甲.xlsx", f"half{number}")
        watch.settling.touch("甲.xlsx", watch.now)
        assert settled_after(watch, 0.6 * PATIENCE) == []
    watch.disk.write("甲.xlsx", "whole")
    assert settled_after(watch, IDLE + 2 * QUIET) == ["saved 甲.xlsx"]


def test_what_cannot_be_read_is_told_once_and_tried_again():
    watch = started()
    watch.disk.unreadable.add("甲.xlsx")
    watch.disk.write("甲.xlsx", "b")
    watch.settling.touch("甲.xlsx", watch.now)
    assert settled_after(watch, PATIENCE * 0.9) == []
    assert settled_after(watch, 3 * PATIENCE) == ["saved 甲.xlsx"]
    watch.disk.unreadable.clear()  # as a share lets go of a file: nothing about it looks different
    assert settled_after(watch, PATIENCE + QUIET) == ["saved 甲.xlsx"]
    assert settled_after(watch, 2 * PATIENCE) == []


def test_what_its_holder_did_not_let_be_read_is_read_when_it_is_closed():
    watch = started()
    watch.disk.unreadable.add("甲.xlsx")
    watch.disk.locks.add("~$甲.xlsx")
    watch.disk.write("甲.xlsx", "b")
    watch.settling.touch("甲.xlsx", watch.now)
    assert settled_after(watch, 1.2 * PATIENCE) == ["saved 甲.xlsx"]
    watch.disk.unreadable.clear()
    watch.disk.locks.clear()
    watch.settling.touch("~$甲.xlsx", watch.now)
    assert sorted(settled_after(watch, 2 * QUIET)) == ["closed 甲.xlsx", "saved 甲.xlsx"]


def test_a_save_within_one_tick_of_a_coarse_clock_is_found_by_reading_again():
    watch = started(coarse=True)
    watch.disk.write("甲.xlsx", "b")
    watch.last_look = float("-inf")
    assert settled_after(watch, 2 * QUIET) == ["saved 甲.xlsx"]
    watch.disk.files["甲.xlsx"] = ("c", watch.disk.files["甲.xlsx"][1])
    assert settled_after(watch, 4 * QUIET) == ["saved 甲.xlsx"]


def test_a_file_that_is_away_for_a_moment_is_not_gone():
    watch = started()
    file = watch.disk.files.pop("甲.xlsx")
    watch.settling.touch("甲.xlsx", watch.now)
    assert settled_after(watch, 0.8 * QUIET) == []
    watch.disk.files["甲.xlsx"] = file
    assert settled_after(watch, 3 * QUIET) == []


def test_a_new_file_that_is_heard_of_waits_no_longer_than_others():
    watch = started()
    watch.disk.write("乙.xlsx", "b")
    watch.settling.touch("乙.xlsx", watch.now)
    assert settled_after(watch, 0.9 * QUIET) == []
    assert settled_after(watch, 0.2 * QUIET) == ["saved 乙.xlsx"]


def test_a_gone_file_is_gone_once_and_news_when_it_comes_back():
    watch = started()
    file = watch.disk.files.pop("甲.xlsx")
    watch.settling.touch("甲.xlsx", watch.now)
    assert settled_after(watch, 3 * QUIET) == ["gone 甲.xlsx"]
    assert len(watch.settling) == 0
    watch.disk.files["甲.xlsx"] = file
    assert settled_after(watch, IDLE + 2 * QUIET) == ["saved 甲.xlsx"]


def test_nothing_is_gone_with_the_folder():
    watch = started()
    watch.disk.files, files = {}, watch.disk.files
    watch.settling.touch("甲.xlsx", watch.now)
    watch.now += QUIET / 2
    watch.turn()
    watch.settling.away()
    watch.now += 10 * QUIET
    watch.disk.files = files
    assert settled_after(watch, 3 * QUIET) == []


def test_lost_notices_make_every_content_doubtful():
    watch = started()
    watch.disk.files["甲.xlsx"] = ("b", watch.disk.files["甲.xlsx"][1])
    assert settled_after(watch, 2 * IDLE) == []
    watch.settling.doubt_all(watch.now)
    assert settled_after(watch, 2 * QUIET) == ["saved 甲.xlsx"]
