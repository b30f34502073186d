"""Syncs that come back whatever happens: what goes wrong is the failure of the workbooks it befell."""

from __future__ import annotations

import pytest

from crmbook.base.errors import BusyError, CrmbookError
from crmbook.base.options import Options
from crmbook.base.unforeseen import as_coded
from crmbook.formula import FormulaError
from crmbook.ooxml import OoxmlError
from crmbook.store import locate
from crmbook.watch.times import local_now
from crmbook.watch.trial import is_passing, try_sync
from tests.sync.shop import MAIN, OTHER, Shop

TODAY = Options(local_now().date(), now=local_now())


@pytest.fixture
def shop(tmp_path) -> Shop:
    shop = Shop(tmp_path)
    shop.check_out()
    return shop


def test_what_goes_well_is_reported_as_ever(shop):
    report = try_sync(shop.paths(), TODAY)
    assert sorted(one.path.name for one in report.workbooks) == [MAIN, OTHER]
    assert report.failures == []


def test_a_single_workbook_that_cannot_be_read_is_a_failure(shop):
    (shop.folder / OTHER).write_bytes(b"")
    [(path, error)] = try_sync([shop.folder / OTHER], TODAY).failures
    assert (path.name, error.code) == (OTHER, "ooxml.empty-file")


def test_a_book_that_is_busy_befalls_all(shop):
    with shop.store() as store, store.lease(store.books()[0].book_id):
        report = try_sync(shop.paths(), TODAY)
    assert [type(error) for _, error in report.failures] == [BusyError, BusyError]
    assert list(report.workbooks) == []


def test_a_store_that_is_broken_befalls_all(shop):
    (locate(shop.folder) / "store.db").write_bytes(b"no database" * 1000)
    report = try_sync(shop.paths(), TODAY)
    assert [error.code for _, error in report.failures] == ["store.unreadable"] * 2


def test_what_nobody_foresaw_befalls_one_workbook_and_not_the_others(shop, monkeypatch):
    """A planted mistake: no such one is known."""
    from crmbook.sync import pull

    whole = pull.take_in

    def planted(copy, *rest):
        if copy.opened.path.name == OTHER:
            raise ZeroDivisionError("planted")
        return whole(copy, *rest)

    monkeypatch.setattr(pull, "take_in", planted)
    report = try_sync(shop.paths(), TODAY)
    assert [one.path.name for one in report.workbooks] == [MAIN]
    [(path, error)] = report.failures
    assert (path.name, error.code) == (OTHER, "sync.unforeseen")
    assert (error.params["kind"], error.params["reason"]) == ("ZeroDivisionError", "planted")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (BusyError("store.busy", store="x", holder="y"), "store.busy"),
        (OoxmlError("ooxml.truncated"), "ooxml.truncated"),
        (FormulaError("formula.cycle"), "formula.cycle"),
        (MemoryError("too much"), "sync.unforeseen"),
    ],
)
def test_every_error_has_a_code(tmp_path, error, code):
    assert as_coded(error, tmp_path).code == code


@pytest.mark.parametrize(
    ("error", "passes"),
    [
        (BusyError("file.open", path="x", holder="z", lock="y"), True),
        (CrmbookError("store.unreachable", store="x", reason="y"), True),
        (CrmbookError("file.unwritable", path="x", reason="y"), True),
        (CrmbookError("ooxml.truncated", path="x"), False),
        (CrmbookError("sync.not-ours", path="x"), False),
    ],
)
def test_what_may_pass_by_itself_is_told_from_what_does_not(error, passes):
    assert is_passing(error) is passes
