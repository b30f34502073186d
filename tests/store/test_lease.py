"""One writer at a time, whatever becomes of it: two stores on one place stand for two machines, forks for processes."""

from __future__ import annotations

import os
import signal
import time

import pytest

from crmbook.base.errors import BusyError
from crmbook.store import Commit, Step, Store, WorkbookRecord
from tests.store.world import a_book, commit, customers, frame

SLEPT = 1.0


def test_a_held_book_is_busy_and_names_the_holder(store, place):
    with Store.open(place) as other:
        with store.lease("b"), pytest.raises(BusyError, match=r"store\.busy") as caught, other.lease("b"):
            pass
        assert str(os.getpid()) in str(caught.value.params["holder"])
        with other.lease("b"):
            pass


def test_another_book_of_the_store_is_free(store, place):
    with Store.open(place) as other, store.lease("b"), other.lease("a"):
        other.add_book(a_book("a"))
    assert [book.book_id for book in store.books()] == ["a", "b"]


def test_who_slept_past_the_lease_finds_it_taken(store, place):
    with Store.open(place) as other, store.lease("b", seconds=SLEPT) as slept:
        with pytest.raises(BusyError, match=r"store\.busy"), other.lease("b"):
            pass
        time.sleep(SLEPT)
        with other.lease("b") as awake:
            assert other.commit(awake, "b", Commit(0, [Step("sync", tables={"customers": customers()})])) == 1
            for late in (
                slept.renew,
                lambda: store.commit(slept, "b", Commit(1, workbook=WorkbookRecord("late"))),
                lambda: store.mark_written(slept, "b", "w1", 1, "d"),
                lambda: store.drop_pending(slept, "b", "w1"),
            ):
                with pytest.raises(BusyError, match=r"store\.stale"):
                    late()
    assert store.workbooks("b") == []
    assert commit(store, {"customers": None}) == 2  # the one who slept has not taken the other's lease back


def test_a_lease_whose_time_ran_out_still_holds_while_nobody_wants_it(store):
    with store.lease("b", seconds=0.01) as lease:
        time.sleep(0.05)
        assert store.commit(lease, "b", Commit(0, [Step("sync", tables={"customers": customers()})])) == 1


def test_a_lease_that_is_renewed_is_not_taken(store, place):
    with Store.open(place) as other, store.lease("b", seconds=SLEPT) as lease:
        for _ in range(4):
            time.sleep(SLEPT / 2)
            lease.renew()
            with pytest.raises(BusyError, match=r"store\.busy"), other.lease("b"):
                pass


def test_a_lease_is_given_back_when_the_work_fails(store, place):
    def fail():
        with store.lease("b"):
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    with Store.open(place) as other, other.lease("b"):
        pass


def in_child(work) -> int:
    """Run `work` in a process of its own and return its id."""
    child = os.fork()
    if child:
        return child
    try:
        work()
    finally:
        os._exit(1)  # nothing of the test run goes on here


def test_the_lease_of_a_process_that_died_is_free_at_once(store, place):
    reader, writer = os.pipe()

    def hold():
        with Store.open(place) as other, other.lease("b", seconds=600):
            os.write(writer, b"held")
            time.sleep(600)

    child = in_child(hold)
    os.read(reader, 4)
    with pytest.raises(BusyError, match=r"store\.busy"), store.lease("b"):
        pass
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    deadline = time.monotonic() + 10
    while True:  # a server needs a moment to notice
        try:
            assert commit(store, {"customers": customers()}) == 1
            break
        except BusyError:
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_processes_that_write_at_once_lose_nothing(store, place):
    """Each adds its own rows, one commit at a time, and tries again where it finds the store busy or changed."""
    commit(store, {"customers": frame([], by=[])})
    store.close()

    def work(name):
        with Store.open(place) as mine:
            done = 0
            while done < 5:
                try:
                    with mine.lease("b") as lease:
                        head = mine.head("b")
                        table = head.tables["customers"]
                        ids = [*table.index, f"{name}{done}z"]
                        grown = frame(ids, by=[*table["by"], name])
                        mine.commit(
                            lease,
                            "b",
                            Commit(head.revision, [Step("sync", name, tables={"customers": grown})]),
                        )
                        done += 1
                except BusyError:
                    time.sleep(0.01)
        os._exit(0)

    children = [in_child(lambda name=name: work(name)) for name in ("p", "q")]
    assert [os.waitpid(child, 0)[1] for child in children] == [0, 0]
    with Store.open(place) as after:
        head = after.head("b")
        assert head.revision == 11
        assert sorted(head.tables["customers"].index) == [f"{name}{n}z" for name in "pq" for n in range(5)]
        assert [item.number for item in after.revisions("b")] == list(range(1, 12))
