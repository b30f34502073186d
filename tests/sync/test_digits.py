"""Office programs keep 15 digits of a number: a workbook that was only saved again edits nothing, whatever it is a copy of."""

from __future__ import annotations

import shutil
from datetime import datetime

import pytest

from crmbook.build.example import load_example
from crmbook.build.scope import Scope
from crmbook.ooxml import Package
from crmbook.store import Commit, Step, Store, locate
from crmbook.sync.checkout import Wish, check_out, new_record, start_book
from crmbook.sync.pipeline import Options, SyncState, sync_workbooks
from tests import office
from tests.books import book_of
from tests.saving import save_with_digits
from tests.sync.shop import OTHER, Shop

COPIES = {"role": {"role": "desk"}, "whole": {}}
THIRD = 0.333333333333333


@pytest.fixture
def shop(tmp_path):
    shop = Shop(tmp_path / "shop")
    shop.main.type("visits", 2, amount=100 / 3)
    shop.main.type("visits", 3, amount=0.1)
    shop.sync()
    shop.sync()
    return shop


@pytest.mark.sample(1)
@pytest.mark.parametrize("digits", [15, 16])
@pytest.mark.parametrize("kind", COPIES)
def test_computed_values_of_a_copy_that_was_saved_again_stay_computed(shop, kind, digits):
    """In a role's copy they stand as constants, because they read rows that are not there."""
    copy = shop.check_out(OTHER, **COPIES[kind])
    shop.sync()
    save_with_digits(copy.path, digits)
    copy.type("clients", 2, notes="neu")
    before = shop.cells()
    synced = shop.sync_one(copy)
    assert (synced.taken.changed, synced.issues) == (1, [])
    assert [row.get("pace") for row in shop.cells().values()] == [row.get("pace") for row in before.values()]


@pytest.mark.slow
def test_a_typed_third_does_not_win_over_a_colleagues_edit(shop):
    other = shop.check_out(OTHER)
    shop.sync()
    shop.main.type("visits", 3, amount=1 / 3)
    shop.sync()
    shop.sync()
    assert other.value("visits", "amount", 3) == THIRD
    shop.main.type("visits", 3, amount=7)
    shop.sync_one(shop.main)
    save_with_digits(other.path)
    other.type("visits", 2, memo="neu")
    shop.sync()
    shop.sync()
    assert shop.by_key("visits", "amount")["1002"] == 7
    assert (shop.main.value("visits", "amount", 3), other.value("visits", "amount", 3)) == (7, 7)
    assert not shop.conflicts()


def test_a_formula_typed_into_an_input_counts_by_its_value_in_15_digits(shop):
    package = Package.open(shop.main.path)
    package.sheet(shop.main.place("visits").sheet).set(
        shop.main.ref("visits", "amount", 4), 1 / 3, formula="1/3"
    )
    package.save(shop.main.path)
    shop.sync()
    revision = shop.revision()
    assert shop.by_key("visits", "amount")["1003"] == THIRD
    save_with_digits(shop.main.path)
    shop.sync()
    assert shop.revision() == revision


def test_a_copy_known_with_all_digits_meets_one_with_fifteen(shop):
    """The store of an older version holds 17 digits; nothing is edited when the cells come back with 15."""
    with shop.store() as store:
        [record] = store.books()
        head = store.head(record.book_id)
    frame = head.tables["visits"].assign(amount=[1 / 3, 2 / 3, 0.1 + 0.2])
    with shop.store() as store, store.lease(record.book_id) as lease:
        store.commit(lease, record.book_id, Commit(head.revision, [Step("sync", tables={"visits": frame})]))
    shop.sync()
    shop.sync()
    revision = shop.revision()
    save_with_digits(shop.main.path)
    shop.sync()
    assert (shop.revision(), len(shop.conflicts())) == (revision, 0)
    assert shop.main.value("visits", "amount", 2) == THIRD


def test_a_number_and_a_moment_in_a_column_of_ones_own_are_not_edited_by_saving(shop):
    other = shop.check_out(OTHER)
    shop.sync()
    package = Package.open(shop.main.path)
    sheet, place = package.sheet(shop.main.place("visits").sheet), shop.main.place("visits")
    letter = chr(ord(place.row_id.letter) + 1)
    sheet.set(f"{letter}1", "自用")
    sheet.set(f"{letter}2", 2 / 3)
    sheet.set(f"{letter}3", datetime(2024, 5, 6, 7, 8, 9, 123456))  # noqa: DTZ001 - a cell knows no time zone
    package.save(shop.main.path)
    shop.sync()
    shop.sync()
    revision = shop.revision()
    for sheet in (shop.main, other):
        save_with_digits(sheet.path)
        sheet.type("visits", 4, memo=f"{sheet.path.stem}")
    shop.sync_one(shop.main)
    assert shop.revision() == revision + 1


def test_every_number_in_a_workbook_that_sync_wrote_has_15_digits(shop):
    copies = [shop.check_out(f"{kind}.xlsx", **scope) for kind, scope in COPIES.items()]
    shop.main.type("visits", 3, amount=2 / 3)
    shop.sync()
    assert [save_with_digits(sheet.path) for sheet in (shop.main, *copies)] == [0] * 3


def test_saving_again_without_an_edit_is_known_at_once(shop):
    shop.main.type("visits", 3, amount=2 / 3)
    shop.sync()
    shop.sync()
    save_with_digits(shop.main.path)
    assert shop.sync_one(shop.main).state is SyncState.UNCHANGED


@pytest.mark.slow
@pytest.mark.office
def test_an_owners_and_a_roles_copy_saved_by_libreoffice_bring_nothing(tmp_path):
    source, lang = load_example("sample", "standard"), book_of()
    copies = {"a": Scope(), "b": Scope(owner="王芳"), "c": Scope(role="service")}
    with Store.open(locate(tmp_path)) as store:
        record = new_record(lang)
        for name, scope in copies.items():
            wish = Wish(tmp_path / f"{name}.xlsx", source.as_of, scope, is_beside=True)
            if name == "a":
                start_book(store, record, lang, source.frames(lang), wish)
            else:
                check_out(store, record, lang, wish)
    paths = [tmp_path / f"{name}.xlsx" for name in copies]
    for path, saved in zip(paths, office.recalculate(*paths, out_dir=tmp_path / "saved"), strict=True):
        shutil.copy(saved, path)
    report = sync_workbooks(paths, Options(source.as_of))
    assert [(one.taken.changed, one.plan) for one in report.workbooks] == [(0, None)] * 3
    with Store.open(locate(tmp_path)) as store:
        assert store.books()[0].revision == 1
