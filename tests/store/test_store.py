"""What goes into the store comes out again, on both kinds of store."""

from __future__ import annotations

import pandas as pd
import pytest

from crmbook.base.errors import BusyError, CrmbookError
from crmbook.store import Commit, ConflictRecord, Export, Step, Store, WorkbookRecord, exists
from tests.store.world import DAY, MOMENT, WORKBOOK, a_book, assert_same, commit, customers, frame, image


def reopened(store, place):
    store.close()
    return Store.open(place)


def test_a_new_store_is_made_and_keeps_its_id(place):
    with Store.open(place) as first:
        assert first.books() == []
    with Store.open(place) as again:
        assert again.id == first.id
        assert len(first.id) == 32
    assert exists(place)


def test_a_book_comes_back_as_it_was(store):
    assert store.book("b") == a_book()
    assert store.book("other") is None
    store.add_book(a_book("a", example="company", workspace="\\\\秘密\ud800\0"))
    assert [book.book_id for book in store.books()] == ["a", "b"]
    assert store.books()[0].workspace == "\\\\秘密\ud800\0"
    with pytest.raises(CrmbookError, match=r"store\.book-exists"):
        store.add_book(a_book())


def test_every_kind_of_value_comes_back_exactly(store, place):
    tables = {"customers": customers(), "empty": frame([], name=[]), "bare": frame(["x1a"])}
    assert commit(store, tables, counters={"row:customers": 3}) == 1
    for opened in (store, reopened(store, place)):
        head = opened.head("b")
        assert (head.revision, head.counters) == (1, {"row:customers": 3})
        assert_same(head.tables, tables)


def test_counters_never_fall(store):
    commit(store, counters={"row:a": 5, "key:a.id": 9})
    commit(store, counters={"row:a": 3, "key:a.id": 10})
    assert store.head("b").counters == {"row:a": 5, "key:a.id": 10}


def test_what_the_store_hands_out_is_the_callers_own(store):
    given = {"customers": customers()}
    commit(store, given, **image(given))
    given["customers"].loc["c1a", "name"] = "谁"
    for read in (
        lambda: store.head("b").tables,
        lambda: store.state_at("b", 1),
        lambda: store.image("b", "w1", 1).frames,
    ):
        mine = read()["customers"]
        mine.loc["c1a", "name"] = "别人"
        mine["more"] = 1
        assert_same(read(), {"customers": customers()})


def test_each_step_that_changes_something_is_a_revision(store):
    changed = customers()
    changed.loc["c2b", "name"] = "李斯"
    assert commit(store, {"customers": customers()}, {"customers": customers()}, {"customers": changed}) == 2
    turned = changed.iloc[::-1, ::-1]  # order is not data
    assert commit(store, {"customers": turned}) == 2
    assert [(item.number, item.kind, item.who, item.workbook_id) for item in store.revisions("b")] == [
        (1, "sync", "王芳", "w1"),
        (2, "sync", "王芳", "w1"),
    ]
    assert_same(store.head("b").tables, {"customers": changed})


def test_a_commit_on_an_old_head_is_refused_and_changes_nothing(store):
    commit(store, {"customers": customers()})
    with store.lease("b") as lease, pytest.raises(BusyError, match=r"store\.stale"):
        store.commit(lease, "b", Commit(0, [Step("sync", tables={"customers": None})], workbook=WORKBOOK))
    assert store.head("b").revision == 1
    assert store.workbooks("b") == []


def test_a_part_that_fails_takes_the_others_with_it(store):
    with pytest.raises(CrmbookError, match=r"store\.no-conflict"):
        commit(store, {"customers": customers()}, workbook=WORKBOOK, settled=[(7, "head", "王芳")])
    head = store.head("b")
    assert (head.revision, head.tables) == (0, {})
    assert (store.revisions("b"), store.workbooks("b")) == ([], [])
    assert commit(store, {"customers": customers()}) == 1


def test_the_books_record_follows_its_schema(store):
    commit(store, {"customers": customers()}, book=a_book(example="company"))
    assert store.book("b") == a_book(example="company", revision=1)


def test_a_workbook_is_put_in_the_place_of_its_record(store):
    record = WorkbookRecord(
        "w2", "张\ud800伟", owner="张伟", where='=[@level]="VIP"', role="sales", lang="en", path='"a\0b"', export=3,
        digest="d", as_of="2023-02-25", state="held", plan={"id": "p", "findings": [["rows-gone", 12]]},
    )  # fmt: skip
    commit(store, workbook=record)
    assert store.workbook("b", "w2") == record
    commit(store, workbook=WORKBOOK)
    assert store.workbooks("b") == [WORKBOOK, record]
    assert store.workbook("b", "w3") is None


def test_an_image_is_what_the_workbook_held(store, place):
    tables = {"customers": customers(), "orders": frame(["o1a", "o2b"], amount=[1, 2])}
    held = {"customers": customers().loc[["c3c", "c1a"], ["own:备注", "name"]]}
    held["customers"].loc["c1a", "name"] = "张叁"
    commit(store, tables, **image(held, journal={"customers": ["c3c"]}))
    changed = customers().drop(index="c1a")
    commit(store, {"customers": changed, "orders": None})
    for opened in (store, reopened(store, place)):
        found = opened.image("b", "w1", 1)
        assert (found.export, found.revision, found.seen) == (1, 1, ())
        assert found.journal == {"customers": ("c3c",)}
        assert_same(found.frames, held)
    assert opened.image("b", "w1", 2) is None
    assert opened.image("b", "w9", 1) is None


def test_what_was_seen_of_an_export_is_kept(store):
    first, second, third = ({"customers": customers().head(count)} for count in (3, 2, 1))
    commit(store, first, workbook=WORKBOOK, export=Export(1, "d", first))
    commit(store, second, **image(second))
    commit(store, **image(second, journal={"customers": ["c2b"]}))  # seen already: only the journal is new
    commit(store, third, **image(third))
    found = store.image("b", "w1", 1)
    assert_same(found.frames, third)
    assert len(found.seen) == 2
    assert_same(found.seen[0], first)
    assert_same(found.seen[1], second)


def test_an_export_is_pending_until_it_is_written(store):
    tables = {"customers": customers()}
    written = {"customers": customers()[["amount"]]}
    commit(store, tables, workbook=WORKBOOK, export=Export(1, "d1", tables, written, {"customers": ["c1a"]}))
    assert store.workbook("b", "w1").pending == 1
    with store.lease("b") as lease:
        store.mark_written(lease, "b", "w1", 1, "d2")
    record = store.workbook("b", "w1")
    assert (record.export, record.pending, record.digest, record.written_revision) == (1, None, "d2", 1)
    found = store.image("b", "w1", 1)
    assert_same(found.frames, tables)
    assert_same(found.written, written)
    assert found.journal == {"customers": ("c1a",)}
    with store.lease("b") as lease, pytest.raises(CrmbookError, match=r"store\.no-export"):
        store.mark_written(lease, "b", "w1", 2, "d2")


def test_an_export_that_never_reached_its_file_is_forgotten(store):
    tables = {"customers": customers()}
    commit(store, tables, workbook=WORKBOOK, export=Export(1, "d1", tables))
    with store.lease("b") as lease:
        store.mark_written(lease, "b", "w1", 1, "d1")
    commit(store, workbook=store.workbook("b", "w1"), export=Export(2, "d2", tables))
    with store.lease("b") as lease:
        store.drop_pending(lease, "b", "w1")
        store.drop_pending(lease, "b", "w1")
    record = store.workbook("b", "w1")
    assert (record.export, record.pending) == (1, None)
    assert store.image("b", "w1", 2) is None
    assert store.image("b", "w1", 1) is not None
    commit(store, workbook=record, export=Export(2, "d3", tables))
    assert store.workbook("b", "w1").pending == 2


@pytest.mark.sample(1)
def test_values_written_into_override_fields_come_back_for_every_export(store):
    tables = {"customers": customers()}
    given = []
    for number in range(1, 21):
        values = customers()[["amount", "name"]]
        values.loc["c1a", "amount"] = number
        given.append({"customers": values, "orders": frame(["o1a"], total=[number % 2])})
        commit(store, tables, workbook=WORKBOOK, export=Export(number, "d", tables, given[-1]))
    for number, values in enumerate(given, 1):
        assert_same(store.image("b", "w1", number).written, values)


def test_conflicts_are_numbered_kept_and_settled(store):
    first = ConflictRecord(
        "customers", "c1a", ("name", "since"), ("张三", DAY), ("张叁", MOMENT), None, key="001", head_who="王芳",
        file_who="张伟", head_at="2023", file_at="2024", workbook_id="w1",
    )  # fmt: skip
    second = ConflictRecord("customers", "c2b", ("amount",), None, (1.5,), (None,))
    commit(store, conflicts=[first, second])
    commit(store, conflicts=[second])
    one, two, three = store.conflicts("b")
    assert [one.id, two.id, three.id] == [1, 2, 3]
    assert (one.base, one.head, one.file, one.labels) == (first.base, first.head, None, first.labels)
    assert (type(one.base[1]), one.key, one.head_who, one.state) == (type(DAY), "001", "王芳", "open")
    assert (two.base, two.head, two.file) == (None, (1.5,), (None,))
    commit(store, settled=[(2, "head", "张伟")])
    assert [item.id for item in store.conflicts("b")] == [1, 3]
    settled = store.conflicts("b", open_only=False)[1]
    assert (settled.state, settled.decision, settled.settled_by) == ("settled", "head", "张伟")
    assert settled.settled_at


def test_books_of_one_store_know_nothing_of_each_other(store):
    store.add_book(a_book("a"))
    commit(store, {"customers": customers()}, **image({"customers": customers()}))
    assert store.head("a").tables == {}
    assert (store.workbooks("a"), store.conflicts("a"), store.revisions("a")) == ([], [], [])
    assert store.image("a", "w1", 1) is None
    with store.lease("a") as lease, pytest.raises(ValueError, match="own book"):
        store.commit(lease, "b", Commit(1))


@pytest.mark.parametrize("ask", ["head", "state_at", "changes"])
def test_a_book_that_is_not_there_is_named(store, ask):
    arguments = ("nowhere", 0) if ask == "state_at" else ("nowhere",)
    with pytest.raises(CrmbookError, match=r"store\.no-book") as caught:
        getattr(store, ask)(*arguments)
    assert caught.value.params == {"book": "nowhere"}


@pytest.mark.parametrize("revision", [-1, 1])
def test_a_revision_that_is_not_there_is_named(store, revision):
    with pytest.raises(CrmbookError, match=r"store\.no-revision"):
        store.state_at("b", revision)


def test_frames_of_other_dtypes_are_taken_as_what_they_mean(store, place):
    odd = pd.DataFrame(
        {"name": pd.array(["张三", None], dtype="str"), "count": [1, 2], "yes": [True, False], "day": pd.to_datetime(["2023-01-05", None])},
        index=["a", "b"],
    )  # fmt: skip
    meant = frame(["a", "b"], name=["张三", None], count=[1, 2], yes=[True, False], day=[DAY, None])
    commit(store, {"customers": odd})
    for opened in (store, reopened(store, place)):
        assert_same(opened.head("b").tables, {"customers": meant})
