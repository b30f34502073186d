"""Going back is going on: a new revision that equals the old state, and undoing it equals the state before."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.base.errors import CrmbookError
from crmbook.base.issues import advise, describe
from crmbook.build.example import load_example
from crmbook.revisions.history import HistoryQuery, compare_states, read_history
from crmbook.revisions.restore import Hand, restore_revision, restore_row
from crmbook.store import Commit, Step, Store
from crmbook.sync.checkout import Wish, new_record, start_book
from tests.books import book_of

BOOK = book_of()
HAND = Hand(date(2023, 4, 1), "王芳")


@pytest.fixture
def desk(tmp_path):
    """A store with the sample, opened."""
    with Store.open(tmp_path / "store") as store:
        record = new_record(BOOK)
        frames = load_example("sample", "standard").frames(BOOK)
        start_book(store, record, BOOK, frames, Wish(tmp_path / "a.xlsx", HAND.as_of))
        yield Desk(store, record)


class Desk:
    def __init__(self, store, record):
        self.store, self.record = store, record

    @property
    def head(self):
        return self.store.head(self.record.book_id)

    def commit(self, who="李强", **tables):
        with self.store.lease(self.record.book_id) as lease:
            step = Step("sync", who, tables=tables)
            return self.store.commit(lease, self.record.book_id, Commit(self.head.revision, [step]))

    def edit(self, table, row, label, value):
        frame = self.head.tables[table]
        frame.loc[frame.index[row], label] = value
        return self.commit(**{table: frame})

    def delete(self, *rows):
        """Delete rows, given as (table, key), in one revision."""
        tables = {}
        for table, key in rows:
            frame = tables.get(table, self.head.tables[table])
            tables[table] = frame.loc[(frame[BOOK.tables[table].key] != key).to_numpy()]
        return self.commit(**tables)

    def to(self, revision):
        return restore_revision(self.store, self.record, BOOK, revision, HAND)

    def row(self, table, key):
        return restore_row(self.store, self.record, BOOK, table, key, HAND)

    def history(self, **wanted):
        return read_history(self.store, self.record.book_id, BOOK, HistoryQuery(**wanted))


def alike(one, other):
    return compare_states(BOOK, one, other) == []


@pytest.mark.slow
def test_the_state_of_a_revision_comes_back_as_a_new_one(desk):
    first = desk.head.tables
    desk.edit("customers", 0, "phone", "13900000000")
    desk.delete(("transactions", "1002"))
    done = desk.to(1)
    assert (done.before, done.revision) == (3, 4)
    assert alike(desk.head.tables, first)
    assert {(line.change, line.table, line.key) for line in done.lines} == {
        ("changed", "customers", "001"),
        ("added", "transactions", "1002"),
    }
    assert desk.store.revisions(desk.record.book_id)[-1].kind == "restore"
    assert desk.store.revisions(desk.record.book_id)[-1].who == "王芳"


@pytest.mark.slow
def test_undo_of_undo_is_nothing(desk):
    desk.edit("customers", 0, "phone", "13900000000")
    desk.delete(("transactions", "1002"))
    before = desk.head
    desk.to(1)
    done = desk.to(before.revision)
    assert alike(desk.head.tables, before.tables)
    assert len(done.lines) == 2
    again = desk.to(before.revision)
    assert (again.revision, again.lines) == (again.before, [])


@pytest.mark.slow
@settings(max_examples=15, derandomize=True, deadline=None)
@given(
    edits=st.lists(
        st.tuples(st.sampled_from(["phone", "address", "notes"]), st.integers(0, 1), st.text("ab一", max_size=2)),
        min_size=1, max_size=5,
    ),
    back=st.integers(0, 4),
)  # fmt: skip
def test_every_revision_can_come_back_and_be_undone(tmp_path_factory, edits, back):
    with Store.open(tmp_path_factory.mktemp("law")) as store:
        record = new_record(BOOK)
        store.add_book(record)
        index = pd.Index(["r1", "r2"], dtype=object)
        columns = {name: pd.Series([None, None], index, object) for name in ("phone", "address", "notes")}
        keys = pd.Series(["001", "002"], index, object)
        desk = Desk(store, record)
        desk.commit(customers=pd.DataFrame({"customer_id": keys, **columns}))
        states = {1: desk.head.tables}
        for label, row, value in edits:
            revision = desk.edit("customers", row, label, value or None)
            states[revision] = desk.head.tables
        wanted = min(back + 1, max(states))
        last = desk.head
        desk.to(wanted)
        assert alike(desk.head.tables, states[wanted])
        desk.to(last.revision)
        assert alike(desk.head.tables, last.tables)


@pytest.mark.slow
def test_a_deleted_row_comes_back_under_its_own_id_with_the_rows_kept_for_it(desk):
    before = desk.head.tables
    rows = [("customers", "002"), *(
        (name, before[name].loc[before[name]["customer_id"] == "002", BOOK.tables[name].key].iloc[0])
        for name in ("classes", "lifecycle", "loyalty", "alerts")
    )]  # fmt: skip
    desk.delete(*rows)
    done = desk.row("客户基本信息", "002")
    assert alike(desk.head.tables, before)
    assert {line.table for line in done.lines} == {"customers", "classes", "lifecycle", "loyalty", "alerts"}
    assert {line.change for line in done.lines} == {"added"}


@pytest.mark.slow
def test_what_was_edited_after_the_deletion_stays(desk):
    desk.delete(("transactions", "1002"))
    desk.edit("customers", 0, "phone", "13900000000")
    desk.row("transactions", "1002")
    assert desk.head.tables["customers"]["phone"].iloc[0] == "13900000000"
    assert desk.head.tables["transactions"]["transaction_id"].tolist() == ["1001", "1002"]


@pytest.mark.slow
def test_of_several_deletions_the_last_counts(desk):
    desk.edit("transactions", 1, "item", "旧")
    desk.delete(("transactions", "1002"))
    desk.row("transactions", "1002")
    desk.edit("transactions", 1, "item", "新")
    desk.delete(("transactions", "1002"))
    desk.row("transactions", "1002")
    assert desk.head.tables["transactions"]["item"].tolist()[1] == "新"


def test_a_row_that_comes_back_is_as_it_was_and_not_filled_like_a_new_one(desk):
    desk.edit("customers", 0, "registered_on", None)
    before = desk.head.tables["customers"]
    desk.delete(("customers", "001"))
    desk.row("customers", "001")
    after = desk.head.tables["customers"]
    pd.testing.assert_frame_equal(after.loc[before.index], before)


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("table", "key", "code"),
    [
        ("客户基本信息", "001", "restore.still-there"),
        ("customers", "999", "restore.not-deleted"),
        ("顾客", "001", "history.unknown-table"),
    ],
)
def test_a_row_that_cannot_come_back_is_told(desk, table, key, code):
    with pytest.raises(CrmbookError) as caught:
        desk.row(table, key)
    assert caught.value.code == code
    for lang in ("zh", "en"):
        assert "{" not in describe(code, lang, caught.value.params) + advise(code, lang, caught.value.params)


def test_a_key_that_another_row_bears_now_is_not_given_twice(desk):
    desk.delete(("transactions", "1002"))
    desk.edit("transactions", 0, "transaction_id", "1002")
    with pytest.raises(CrmbookError) as caught:
        desk.row("transactions", "1002")
    assert caught.value.code == "restore.key-taken"


@pytest.mark.sample(1)
@pytest.mark.parametrize("revision", [0, -1, 9])
def test_a_revision_that_never_was_is_refused(desk, revision):
    with pytest.raises(CrmbookError) as caught:
        desk.to(revision)
    assert caught.value.code == "store.no-revision"


# history


def test_history_tells_the_newest_first(desk):
    desk.edit("customers", 0, "phone", "13900000000")
    desk.edit("customers", 1, "address", None)
    newest, older, first = desk.history(limit=1000)
    assert [chapter.revision.number for chapter in (newest, older, first)] == [3, 2, 1]
    (line,) = older.lines
    assert (line.title, line.key, line.header, line.old, line.new) == (
        "客户基本信息", "001", "电话", "123456789", "13900000000",
    )  # fmt: skip
    assert (newest.lines[0].header, newest.lines[0].new) == ("地址", None)
    assert older.revision.who == "李强"


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"table": "客户基本信息", "field": "电话"}, 1),
        ({"table": "Customers", "field": "phone"}, 1),
        ({"field": "电话"}, 1),
        ({"key": "001", "table": "customers"}, 3),
        ({"key": "002", "table": "customers"}, 1),
        ({"since": 2}, 3),
        ({"since": 4}, 1),
        ({"limit": 2, "since": 2}, 2),
    ],
)
def test_history_can_be_narrowed(desk, wanted, count):
    desk.edit("customers", 0, "phone", "13900000000")
    desk.edit("customers", 0, "address", "上海")
    desk.delete(("transactions", "1001"))
    assert sum(len(chapter.lines) for chapter in desk.history(**wanted)) == count


@pytest.mark.slow
def test_a_deleted_row_is_told_with_its_values(desk):
    desk.delete(("transactions", "1001"))
    (chapter,) = desk.history(table="transactions", key="1001", since=2)
    assert chapter.lines[0].change == "deleted"
    assert chapter.lines[0].old["购买商品"] == "手机"


def test_what_nobody_calls_so_is_refused(desk):
    for wanted in ({"table": "顾客"}, {"field": "颜色"}):
        with pytest.raises(CrmbookError) as caught:
            desk.history(**wanted)
        assert caught.value.code.startswith("history.unknown-")
