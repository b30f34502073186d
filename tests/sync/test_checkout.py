"""Working copies out of the store: each holds what the head holds, and the store knows what each holds."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from crmbook.base.errors import CrmbookError
from crmbook.base.file import digest
from crmbook.base.records import OWN
from crmbook.build.example import load_example
from crmbook.build.identity import number_of, read_stamp
from crmbook.build.roles import role_book
from crmbook.build.scope import Scope
from crmbook.check import check_cells
from crmbook.ingest.identify import identify, state_frames
from crmbook.ooxml import Package
from crmbook.read import read_workbook
from crmbook.revisions.history import compare_states
from crmbook.schema import LISTS
from crmbook.store import Commit, Step, Store
from crmbook.sync.checkout import Wish, check_out, counters_of, first_state, new_record, start_book
from tests.books import TEMPLATES, book_of
from tests.ooxml_lint import lint

BOOK = book_of()
DAY = date(2023, 4, 1)


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A folder with the sample and its store; copied for each test."""
    folder = tmp_path_factory.mktemp("home")
    with Store.open(folder / ".crmbook") as opened:
        start(opened, folder)
    return folder


@pytest.fixture
def store(home, tmp_path):
    """The store of a copy of that folder."""
    shutil.copytree(home, tmp_path, dirs_exist_ok=True)
    with Store.open(tmp_path / ".crmbook") as opened:
        yield opened


def start(store, folder, template="standard", lang="zh", scope=None):
    book = book_of(template, lang)
    frames = load_example("sample", template).frames(book)
    record = new_record(book)
    made = start_book(store, record, book, frames, Wish(folder / "a.xlsx", DAY, scope or Scope()))
    return store.book(record.book_id), made


def as_read(path, store, record, workbook):
    """The workbook as the next sync will see it."""
    image = store.image(record.book_id, workbook.workbook_id, 1)
    book = book_of(record.template, record.lang)
    view = role_book(book, workbook.role)
    snapshot = read_workbook(path.read_bytes(), view)
    formulas = live(path, view)
    by_sync = {key for key in view.formulas if key[0] and key not in formulas}
    checked = check_cells(view, snapshot, DAY, by_sync)
    head = store.head(record.book_id)
    identity = identify(view, snapshot, checked, image.frames, head.tables, {}, head.counters)
    return state_frames(view, snapshot, checked, identity)[0], image, identity


def live(path, view):
    from crmbook.read.live import live_fields

    package = Package.open(path)
    snapshot = read_workbook(path.read_bytes(), view)
    return {
        (name, field)
        for name, found in snapshot.tables.items()
        for field in live_fields(found, package.properties, view)
    }


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("template", "lang"), list(zip(TEMPLATES, ("zh", "en", "zh", "en", "en"), strict=True))
)
def test_a_new_book_is_read_back_as_it_was_entered(tmp_path, template, lang):
    with Store.open(tmp_path / ".crmbook") as store:
        record, made = start(store, tmp_path, template, lang)
        _see_that_it_is_read_back(store, record, made, tmp_path)


def _see_that_it_is_read_back(store, record, made, tmp_path):
    template, lang = record.template, record.lang
    head = store.head(record.book_id)
    frames, image, identity = as_read(tmp_path / "a.xlsx", store, record, made.workbook)
    assert compare_states(book_of(template, lang), image.frames, head.tables) == []
    assert compare_states(book_of(template, lang), head.tables, frames) == []
    assert not any(identity.new.values())
    assert not any(identity.blank.values())
    assert [one.kind for one in store.revisions(record.book_id)] == ["build"]


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    "scope", [Scope(), Scope(owner="王芳"), Scope(role="sales"), Scope(owner="王芳", role="service")], ids=str
)
def test_a_further_copy_is_read_back_as_its_image(store, tmp_path, scope):
    (record,) = store.books()
    path = tmp_path / "b.xlsx"
    made = check_out(store, record, BOOK, Wish(path, DAY, scope, "王芳"))
    frames, image, identity = as_read(path, store, record, made.workbook)
    shown = {name: frame for name, frame in frames.items() if name in image.frames}
    assert shown.keys() == frames.keys()
    for name, frame in shown.items():  # values by sync in overridable columns say nothing
        image.frames[name] = image.frames[name][list(frame.columns)]
    assert compare_states(BOOK, image.frames, shown) == []
    assert not any(identity.new.values())
    assert lint(path.read_bytes()) == []


def test_the_store_knows_the_copy_and_the_copy_its_store(store, tmp_path):
    (record,) = store.books()
    (first,) = store.workbooks(record.book_id)
    path = tmp_path / "王芳.xlsx"
    scope = Scope(where='[@region]="北京"', role="sales")
    made = check_out(store, record, BOOK, Wish(path, DAY, scope, "王芳"))
    known = store.workbook(record.book_id, made.workbook.workbook_id)
    assert (known.holder, known.where, known.role, known.export, known.pending) == (
        "王芳", scope.where, "sales", 1, None,
    )  # fmt: skip
    assert (known.digest, known.path, known.written_revision) == (digest(path.read_bytes()), str(path), 1)
    mark = read_stamp(Package.open(path))
    assert (mark.book_id, mark.workbook_id, mark.store, mark.export) == (
        record.book_id, known.workbook_id, store.id, 1,
    )  # fmt: skip
    assert (mark.holder, mark.where, mark.role) == ("王芳", scope.where, "sales")
    assert mark.workbook_id != first.workbook_id
    assert len(store.workbooks(record.book_id)) == 2


@pytest.mark.slow
def test_a_copy_shows_the_head_as_it_stands_now(store, tmp_path):
    (record,) = store.books()
    head = store.head(record.book_id)
    customers = head.tables["customers"]
    customers.loc[customers.index[0], "phone"] = "13900000000"
    own = pd.Series(["甲", None], customers.index, object)
    customers = customers.assign(**{OWN + "微信群": own})
    lists = head.tables[LISTS]
    extra = pd.DataFrame([["region", "火星", None]], pd.Index(["region/火星"], dtype=object), lists.columns)
    with store.lease(record.book_id) as lease:
        tables = {"customers": customers, LISTS: pd.concat([lists.drop("gender/女", errors="ignore"), extra])}
        store.commit(lease, record.book_id, Commit(1, [Step("sync", tables=tables)]))
    made = check_out(store, record, BOOK, Wish(tmp_path / "b.xlsx", DAY))
    snapshot = read_workbook((tmp_path / "b.xlsx").read_bytes(), BOOK)
    found = snapshot.tables["customers"]
    assert found.frame["phone"].iloc[0] == "13900000000"
    assert found.own["微信群"].tolist() == ["甲", None]
    assert found.row_ids.tolist() == list(customers.index)
    assert "火星" in [entry.text for entry in snapshot.lists["region"]]
    assert [entry.text for entry in snapshot.lists["gender"]] == ["男"]
    assert made.workbook.written_revision == 2
    assert lint((tmp_path / "b.xlsx").read_bytes()) == []


def test_counters_know_every_number_that_was_given(store, tmp_path):
    (record,) = store.books()
    head = store.head(record.book_id)
    assert head.counters["key:transactions.transaction_id"] == 1002
    assert head.counters["row:transactions"] == max(map(number_of, head.tables["transactions"].index))
    empty = counters_of(BOOK, first_state(BOOK, {}))
    assert (empty["row:customers"], empty["key:transactions.transaction_id"]) == (-1, 1000)


@pytest.mark.parametrize(
    ("scope", "code"), [(Scope(role="boss"), "scope.unknown-role"), (Scope(where="as_of"), "scope.moves")]
)
def test_a_copy_that_cannot_be_leaves_no_trace(store, tmp_path, scope, code):
    (record,) = store.books()
    for attempt in (
        lambda: check_out(store, record, BOOK, Wish(tmp_path / "b.xlsx", DAY, scope)),
        lambda: start_book(store, new_record(BOOK), BOOK, {}, Wish(tmp_path / "b.xlsx", DAY, scope)),
    ):
        with pytest.raises(CrmbookError) as caught:
            attempt()
        assert caught.value.code == code
    assert len(store.workbooks(record.book_id)) == len(store.books()) == 1
    assert not (tmp_path / "b.xlsx").exists()


def test_a_copy_that_cannot_be_written_is_not_pending(store, tmp_path):
    (record,) = store.books()
    (tmp_path / "b.xlsx").mkdir()
    with pytest.raises(CrmbookError):
        check_out(store, record, BOOK, Wish(tmp_path / "b.xlsx", DAY))
    assert all(one.pending is None for one in store.workbooks(record.book_id))
    with pytest.raises(CrmbookError) as caught:
        check_out(store, record, BOOK, Wish(tmp_path / "no" / "b.xlsx", DAY))
    assert caught.value.code == "checkout.no-folder"


def test_a_changed_schema_is_synced_first(store, tmp_path):
    (record,) = store.books()
    with pytest.raises(CrmbookError) as caught:
        check_out(store, record, replace(BOOK, fingerprint="other"), Wish(tmp_path / "b.xlsx", DAY))
    assert caught.value.code == "checkout.schema-changed"
