"""Who leads: one watcher a book, on both kinds of store; a lease that is lost is noticed, and taken anew."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmbook.base.errors import BusyError
from crmbook.store import BookRecord, Commit, Store, WorkbookRecord
from crmbook.watch.leader import Leader
from tests.postgres import restart

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(params=["sqlite", "postgresql"])
def place(request, tmp_path: Path) -> Path | str:
    if request.param == "sqlite":
        return tmp_path / ".crmbook"
    return request.getfixturevalue("server")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Watcher:
    """A lead with a clock of its own."""

    def __init__(self, place, *books: str) -> None:
        self.clock = Clock()
        self.lead = Leader(place, clock=self.clock)
        self.lead.want(books)

    def turn(self, later: float = 0):
        self.clock.now += later
        return self.lead.turn()


@pytest.fixture
def watchers(place):
    made: list[Watcher] = []

    def make(*books: str) -> Watcher:
        made.append(Watcher(place, *books))
        return made[-1]

    yield make
    for watcher in made:
        watcher.lead.release()


def test_one_leads_and_the_other_stands_by_until_it_ends(watchers):
    first, second = watchers("b"), watchers("b")
    assert first.turn().gained == {"b"}
    assert (second.turn().gained, second.lead.books) == (frozenset(), frozenset())
    assert "(" in second.lead.behind
    assert first.lead.behind == ""
    first.lead.release()
    assert second.turn().gained == frozenset()  # it asked just now
    assert 0 < second.lead.wait() <= 2
    assert second.turn(2).gained == {"b"}
    assert second.lead.behind == ""


def test_each_book_has_a_leader_of_its_own(watchers):
    first, second = watchers("a"), watchers("a", "b")
    first.turn()
    assert second.turn().gained == {"b"}
    assert second.lead.behind == ""  # it leads something


def test_a_watch_keeps_nobody_from_syncing_by_hand(watchers, place):
    watcher = watchers("b")
    watcher.turn()
    with Store.open(place) as store, store.lease("b") as lease:
        lease.renew()
    assert watcher.turn(60) == type(watcher.turn())()


def test_of_two_one_of_whom_slept_past_the_lease_one_leads_in_the_end(watchers, place):
    sleeper, other = watchers("b"), watchers("b")
    sleeper.turn()
    with Store.open(place) as store, store._database.write() as connection:
        connection.exec_driver_sql("UPDATE crmbook_lease SET until = 0")
    assert other.turn().gained == {"b"}
    assert [error.code for error in sleeper.turn(60).errors] == ["store.stale", "store.busy"]
    for watcher in (other, sleeper, other):
        watcher.turn(60)
    leading = [watcher for watcher in (sleeper, other) if watcher.lead.books]
    standing_by = [watcher for watcher in (sleeper, other) if watcher.lead.behind]
    assert (leading, standing_by) == ([other], [sleeper])
    assert standing_by[0].lead.store("b") is None


def test_who_slept_does_not_take_the_lead_back(watchers, place):
    sleeper, other, third = watchers("b"), watchers("b"), watchers("b")
    sleeper.turn()
    with Store.open(place) as store, store._database.write() as connection:
        connection.exec_driver_sql("UPDATE crmbook_lease SET until = 0")
    assert other.turn().gained == {"b"}
    for _ in range(3):
        assert (sleeper.turn(60).gained, third.turn(60).gained) == (frozenset(), frozenset())
        assert other.turn(60).lost == frozenset()
    other.lead.release()
    assert third.turn(60).gained == {"b"}


def test_who_leads_no_more_commits_nothing(watchers, place):
    sleeper, other = watchers("b"), watchers("b")
    sleeper.turn()
    with Store.open(place) as store:
        store.add_book(BookRecord("b", "shop", "zh", "f", "", "", {}))
        with store.lease("b", led=sleeper.lead.numbers["b"]) as lease:
            store.commit(lease, "b", Commit(0, workbook=WorkbookRecord("w")))
            with store._database.write() as connection:
                connection.exec_driver_sql("UPDATE crmbook_lease SET until = 0")
            assert other.turn().gained == {"b"}
            for late in (
                lambda: store.commit(lease, "b", Commit(0, workbook=WorkbookRecord("late"))),
                lambda: store.mark_written(lease, "b", "w", 1, "d"),
                lambda: store.drop_pending(lease, "b", "w"),
            ):
                with pytest.raises(BusyError, match=r"store\.superseded"):
                    late()
        with store.lease("b", led=other.lead.numbers["b"]) as lease:
            store.commit(lease, "b", Commit(0, workbook=WorkbookRecord("w2")))
        assert [one.workbook_id for one in store.workbooks("b")] == ["w", "w2"]
    sleeper.lead.doubt()
    assert sleeper.turn().lost == {"b"}


def test_a_server_that_was_started_anew_has_one_leader(request, tmp_path):
    place = request.getfixturevalue("server")
    first, second = Watcher(place, "b"), Watcher(place, "b")
    try:
        assert first.turn().gained == {"b"}
        second.turn()
        restart()
        assert first.turn(60).errors == ()  # it comes first, and holds its guard again
        assert second.turn(60).gained == frozenset()
        restart()
        assert second.turn(60).gained == {"b"}
        assert first.turn(60).lost == {"b"}
    finally:
        first.lead.release()
        second.lead.release()


def test_a_lease_that_the_store_has_forgotten_is_taken_anew_at_once(watchers, place):
    watcher = watchers("b")
    watcher.turn()
    with Store.open(place) as store, store._database.write() as connection:
        connection.exec_driver_sql("DELETE FROM crmbook_lease")
    turn = watcher.turn(60)
    assert (turn.gained, turn.lost) == ({"b"}, frozenset())
    assert [error.code for error in turn.errors] == ["store.stale"]
    assert watcher.turn(60).errors == ()


def test_a_book_that_is_wanted_no_longer_is_not_asked_for(watchers):
    first, second = watchers("b"), watchers("b")
    first.turn()
    second.turn()
    second.lead.want([])
    first.lead.release()
    assert second.turn(100).gained == frozenset()
    assert second.lead.wait() == float("inf")


def test_a_store_that_cannot_be_used_is_asked_less_and_less(tmp_path):
    (tmp_path / "store.db").write_bytes(b"no database" * 1000)
    watcher = Watcher(tmp_path, "b")
    waits = []
    for _ in range(8):
        turn = watcher.turn(watcher.lead.wait())
        assert [error.code for error in turn.errors] == ["store.unreadable"]
        waits.append(watcher.lead.wait())
    assert waits[0] == 4
    assert waits == sorted(waits)
    assert waits[-1] == 60
    assert watcher.lead.behind == ""
