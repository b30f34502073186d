"""The outbox: whatever happens to the process or the servers, every notification is either waiting or done."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from crmbook.base.errors import CrmbookError
from crmbook.notify.outbox import NOBODY, Outbox, Unsent, read_unsent
from tests.watch.notification import conflict, failure, held

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.notify.notification import Notification

A, B = "mail:a@example.com", "mail:b@example.com"


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    found = Outbox(tmp_path / "outbox")
    yield found
    found.close()


def enter(
    outbox: Outbox,
    *notifications: Notification,
    now: float = 0.0,
    due: float = 0.0,
    to: tuple[str, ...] = (A,),
) -> None:
    outbox.enter([(one, due, to) for one in notifications], now)


def keys(outbox: Outbox, target: str = A, now: float = 100.0) -> list[str]:
    message, _ = outbox.next(target, now)
    return [one.key for one in message.notifications] if message else []


def test_a_matter_comes_back_as_it_was_entered(outbox: Outbox) -> None:
    notifications = [conflict(1, owner="王芳", holder="李强"), held(2), failure()]
    enter(outbox, *notifications)
    message, _ = outbox.next(A, 0.0)
    assert message is not None
    assert list(message.notifications) == notifications


def test_what_comes_within_the_interval_makes_one_message(outbox: Outbox) -> None:
    for number in range(40):
        enter(outbox, conflict(number), now=float(number), due=600.0 + number)
    assert outbox.next(A, 599.0) == (None, 600.0)
    message, _ = outbox.next(A, 600.0)
    assert message is not None
    assert len(message.notifications) == 40
    outbox.sent(message)
    assert outbox.next(A, 10_000.0) == (None, float("inf"))


def test_each_target_has_a_message_of_its_own(outbox: Outbox) -> None:
    enter(outbox, conflict(1), to=(A, B))
    enter(outbox, conflict(2), to=(B,))
    first, _ = outbox.next(A, 0.0)
    assert first is not None
    outbox.sent(first)
    assert [one.key for one in first.notifications] == [conflict(1).key]
    assert keys(outbox, B) == [conflict(1).key, conflict(2).key]


def test_a_message_keeps_its_id_and_matters_at_every_attempt(outbox: Outbox) -> None:
    enter(outbox, conflict(1))
    first, _ = outbox.next(A, 0.0)
    assert first is not None
    outbox.later(first, 30.0, "notice.silent", {"host": "x"})
    enter(outbox, conflict(2))
    assert outbox.next(A, 29.0) == (None, 30.0)
    again, _ = outbox.next(A, 30.0)
    assert again is not None
    assert (again.id, again.notifications, again.attempts) == (first.id, first.notifications, 1)
    outbox.sent(again)
    following, _ = outbox.next(A, 30.0)
    assert following is not None
    assert following.id != first.id
    assert [one.key for one in following.notifications] == [conflict(2).key]


def test_a_failed_message_stays_and_holds_up_no_other(outbox: Outbox) -> None:
    enter(outbox, conflict(1))
    first, _ = outbox.next(A, 0.0)
    assert first is not None
    outbox.failed(first, "settings 1", "notice.mail-refused", {"host": "x", "reason": "550 no"})
    assert outbox.next(A, 9e9) == (None, float("inf"))
    enter(outbox, conflict(2))
    assert keys(outbox) == [conflict(2).key]
    told = [one for one in outbox.unsent() if one.state == "failed"]
    assert told == [
        Unsent(A, "failed", 1, 0.0, 1, ("notice.mail-refused", {"host": "x", "reason": "550 no"}))
    ]


def test_a_failed_message_is_tried_again_when_the_settings_changed(outbox: Outbox) -> None:
    enter(outbox, conflict(1))
    first, _ = outbox.next(A, 0.0)
    assert first is not None
    outbox.failed(first, "settings 1", "notice.mail-refused", {})
    outbox.address_anew(lambda _: [A], {A: "settings 1"})
    assert keys(outbox) == []
    outbox.address_anew(lambda _: [A], {A: "settings 2"})
    assert keys(outbox) == [conflict(1).key]


def test_what_waits_goes_where_the_settings_of_today_send_it(outbox: Outbox) -> None:
    enter(outbox, conflict(1), to=(A,))
    first, _ = outbox.next(A, 0.0)
    assert first is not None
    outbox.later(first, 30.0, "notice.silent", {"host": "x"})
    enter(outbox, conflict(2), to=(A,))
    enter(outbox, conflict(3), to=())
    outbox.address_anew(lambda _: [B], {B: "settings"})
    assert keys(outbox, A) == []
    assert sorted(keys(outbox, B)) == [conflict(number).key for number in (1, 2, 3)]


def test_a_start_tries_at_once_what_was_put_off(outbox: Outbox) -> None:
    enter(outbox, conflict(1))
    first, _ = outbox.next(A, 0.0)
    assert first is not None
    outbox.later(first, 3600.0, "notice.login-refused", {"host": "x", "reason": "535"})
    assert keys(outbox, now=1.0) == []
    outbox.address_anew(lambda _: [A], {A: "settings"})
    assert keys(outbox, now=1.0) == [conflict(1).key]


def test_what_somebody_has_got_is_not_sent_to_them_again(outbox: Outbox) -> None:
    enter(outbox, conflict(1), to=(A, B))
    first, _ = outbox.next(A, 0.0)
    assert first is not None
    outbox.sent(first)
    outbox.address_anew(lambda _: [A, B], {A: "", B: ""})
    assert keys(outbox, A) == []
    assert keys(outbox, B) == [conflict(1).key]


def test_what_is_over_before_it_is_told_is_told_no_more(outbox: Outbox) -> None:
    enter(outbox, conflict(1), conflict(2))
    outbox.end([conflict(1).key])
    assert keys(outbox) == [conflict(2).key]
    assert outbox.known() == {(conflict(2).key, "m")}


def test_what_is_over_on_its_way_arrives_and_may_come_anew(outbox: Outbox) -> None:
    enter(outbox, conflict(1))
    message, _ = outbox.next(A, 0.0)
    assert message is not None
    outbox.end([conflict(1).key])
    again, _ = outbox.next(A, 0.0)
    assert again == message
    enter(outbox, conflict(1, mark="another"))
    outbox.sent(message)
    following, _ = outbox.next(A, 0.0)
    assert following is not None
    assert [one.mark for one in following.notifications] == ["another"]


def test_a_failure_waits_until_it_has_stood_long_enough(outbox: Outbox) -> None:
    enter(outbox, failure(), due=600.0)
    enter(outbox, conflict(1), due=10.0)
    message, _ = outbox.next(A, 10.0)
    assert message is not None
    assert [one.kind for one in message.notifications] == ["conflict"]
    outbox.sent(message)
    assert outbox.next(A, 11.0, hurry=True) == (None, 600.0)
    outbox.end([failure().key])
    assert outbox.next(A, 700.0) == (None, float("inf"))


def test_hurry_does_not_wait_for_the_interval(outbox: Outbox) -> None:
    enter(outbox, conflict(1), due=600.0)
    assert outbox.next(A, 0.0)[0] is None
    assert outbox.next(A, 0.0, hurry=True)[0] is not None


def test_a_clock_that_was_wrong_delays_nothing_for_years(outbox: Outbox) -> None:
    enter(outbox, conflict(1), now=9e9, due=9e9 + 600)
    message, _ = outbox.next(A, 1000.0)
    assert message is not None
    outbox.later(message, 9e9, "notice.silent", {"host": "x"})
    assert outbox.next(A, 1000.0)[0] is not None
    outbox.later(message, 1030.0, "notice.silent", {"host": "x"})
    assert outbox.next(A, 1000.0) == (None, 1030.0)


def test_what_nobody_has_an_address_for_is_kept(outbox: Outbox) -> None:
    enter(outbox, conflict(1), to=())
    assert [(one.target, one.count) for one in outbox.unsent()] == [(NOBODY, 1)]


def test_looking_makes_nothing_and_needs_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    assert read_unsent(folder) == []
    assert not folder.exists()
    outbox = Outbox(folder)
    enter(outbox, conflict(1), now=7.0)
    assert read_unsent(folder) == [Unsent(A, "gathering", 1, 7.0)]
    outbox.close()


def test_what_a_killed_process_left_half_written_is_looked_at_as_it_was(tmp_path: Path) -> None:
    """The journal that a kill leaves behind is rolled back before anything can be read."""
    folder, killed = tmp_path / "outbox", tmp_path / "killed"
    outbox = Outbox(folder)
    enter(outbox, conflict(1), now=7.0)
    outbox.close()
    with contextlib.closing(sqlite3.connect(folder / "outbox.sqlite", isolation_level=None)) as connection:
        connection.execute("PRAGMA cache_size = 1")
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("UPDATE matter SET at = 9.0")
        connection.execute("CREATE TABLE filling AS SELECT zeroblob(1000000) AS bytes")
        shutil.copytree(folder, killed)
    assert (killed / "outbox.sqlite-journal").is_file()
    assert read_unsent(killed) == [Unsent(A, "gathering", 1, 7.0)]


@pytest.mark.parametrize(
    "damage", [b"this is no database, and never was one" * 100, b"SQLite format 3\0" + b"\xff" * 5000]
)
def test_a_damaged_outbox_is_put_aside(tmp_path: Path, damage: bytes) -> None:
    folder = tmp_path / "outbox"
    Outbox(folder).close()
    (folder / "outbox.sqlite").write_bytes(damage)
    for number in (1, 2):
        outbox = Outbox(folder)
        assert outbox.is_new
        enter(outbox, conflict(1))
        assert keys(outbox) == [conflict(1).key]
        outbox.close()
        assert (folder / f"outbox.sqlite.damaged-{number}").read_bytes() == damage
        (folder / "outbox.sqlite").write_bytes(damage)


def test_an_outbox_of_a_later_format_is_not_touched(tmp_path: Path) -> None:
    folder = tmp_path / "outbox"
    Outbox(folder).close()
    with sqlite3.connect(folder / "outbox.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    outbox = Outbox(folder)
    assert outbox.is_new
    outbox.close()
    assert (folder / "outbox.sqlite.damaged-1").exists()


def test_a_folder_that_takes_no_file_is_an_error_with_a_name(tmp_path: Path) -> None:
    (tmp_path / "outbox").write_text("a file")
    with pytest.raises(CrmbookError):
        Outbox(tmp_path / "outbox")
    (tmp_path / "other" / "outbox.sqlite").mkdir(parents=True)
    with pytest.raises(CrmbookError) as found:
        Outbox(tmp_path / "other")
    assert found.value.code == "notice.outbox"


_WRITER = textwrap.dedent("""
    import sys, itertools
    from pathlib import Path
    from crmbook.notify.outbox import Outbox
    from tests.watch.notification import conflict
    outbox = Outbox(Path(sys.argv[1]))
    for number in itertools.count(int(sys.argv[2])):
        outbox.enter([(conflict(number), 0.0, ["mail:a@example.com"])], 0.0)
        print(number, flush=True)
        if number % 3 == 0:
            message, _ = outbox.next("mail:a@example.com", 1.0)
            outbox.later(message, 0.0, "notice.silent", {"host": "x"})
""")


@pytest.mark.skipif(os.name != "posix", reason="kill -9")
def test_a_killed_process_loses_nothing_that_it_entered(tmp_path: Path) -> None:
    folder, root, begun = tmp_path / "outbox", Path(__file__).parents[2], 1
    for _ in range(4):
        process = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(folder), str(begun)],
            stdout=subprocess.PIPE,
            cwd=root,
            text=True,
        )
        with process:
            assert process.stdout is not None
            first = int(process.stdout.readline())
            time.sleep(0.15)
            os.kill(process.pid, signal.SIGKILL)
            last = int([str(first), *process.stdout.read().split()][-1])
        outbox = Outbox(folder)
        assert not outbox.is_new
        entered = {int(key.rsplit("/", 1)[1]) for key, _ in outbox.known()}
        outbox.close()
        assert set(range(1, last + 1)) <= entered <= set(range(1, last + 2))
        begun = max(entered) + 1
    assert sum(one.count for one in read_unsent(folder)) == len(entered)


class Sending(RuleBasedStateMachine):
    """Any order of finding, ending, sending, failing and restarting: whoever should know, knows or will."""

    @initialize()
    def open(self) -> None:
        import tempfile

        self.place = tempfile.TemporaryDirectory()
        self.outbox = Outbox(Path(self.place.name))
        self.status: dict[int, str] = {}
        self.arrived: set[tuple[str, str, str]] = set()
        self.given_up: set[tuple[str, str, str]] = set()
        self.wanted: set[tuple[str, str, str]] = set()
        self.marks = 0

    @rule(number=st.integers(1, 4), to=st.sampled_from([(A,), (B,), (A, B)]))
    def find(self, number: int, to: tuple[str, ...]) -> None:
        if number in self.status:
            return
        self.marks += 1
        self.status[number] = f"m{self.marks}"
        one = conflict(number, mark=f"m{self.marks}")
        self.outbox.enter([(one, 0.0, to)], 0.0)
        self.wanted |= {(target, one.key, one.mark) for target in to}

    @rule(number=st.integers(1, 4))
    def settle(self, number: int) -> None:
        if number in self.status:
            del self.status[number]
            self.outbox.end([conflict(number).key])

    @rule(to=st.sampled_from([A, B]), outcome=st.sampled_from(["sent", "later", "failed"]))
    def attempt(self, to: str, outcome: str) -> None:
        message, _ = self.outbox.next(to, 1.0)
        if message is None:
            return
        carried = {(to, one.key, one.mark) for one in message.notifications}
        assert carried
        assert not carried & self.arrived, "told twice"
        if outcome == "sent":
            self.outbox.sent(message)
            self.arrived |= carried
        elif outcome == "later":
            self.outbox.later(message, 0.0, "notice.silent", {"host": "x"})
        else:
            self.outbox.failed(message, "same", "notice.silent", {"host": "x"})
            self.given_up |= carried

    @rule()
    def restart(self) -> None:
        self.outbox.close()
        self.outbox = Outbox(Path(self.place.name))

    @precondition(lambda self: hasattr(self, "outbox"))
    @invariant()
    def nothing_that_stands_is_lost(self) -> None:
        known = self.outbox.known()
        assert known == {(conflict(number).key, mark) for number, mark in self.status.items()}
        waiting = sum(one.count for one in self.outbox.unsent() if one.state != "failed")
        due = {one for one in self.wanted - self.arrived - self.given_up if one[1:] in known}
        assert waiting >= len(due)

    def teardown(self) -> None:
        if hasattr(self, "outbox"):
            for target in (A, B):
                while self.outbox.next(target, 1.0)[0] is not None:
                    self.attempt(target, "sent")
            known = self.outbox.known()
            assert {one for one in self.wanted if one[1:] in known} <= self.arrived | self.given_up
            self.outbox.end([conflict(number).key for number in self.status])
            with sqlite3.connect(self.outbox.path) as connection:
                left = [
                    connection.execute(f"SELECT count(*) FROM {name}").fetchone()
                    for name in ("matter", "delivery", "message")
                ]
            connection.close()
            assert left == [(0,), (0,), (0,)], "an outbox in which nothing stands is empty"
            self.outbox.close()
            self.place.cleanup()


Sending.TestCase.settings = settings(
    max_examples=25,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=list(HealthCheck),
)
TestSending = Sending.TestCase
