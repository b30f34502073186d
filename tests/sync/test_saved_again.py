"""A workbook that an office program saved again without an edit: known by what its cells say."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import timedelta

import pytest

from crmbook.base.file import digest
from crmbook.ooxml import Package
from crmbook.sync.pipeline import SyncState
from tests.sync.shop import DAY, OTHER, Shop


@pytest.fixture
def shop(tmp_path):
    shop = Shop(tmp_path / "shop")
    shop.sync()
    shop.sync()
    return shop


def save_again(sheet):
    """Pack every part anew: other bytes, the same content."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(sheet.data)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as new,
    ):
        for name in reversed(old.namelist()):
            new.writestr(name, old.read(name) + b"\n" * name.endswith(".rels"))
    assert out.getvalue() != sheet.data
    sheet.path.write_bytes(out.getvalue())


def test_it_is_neither_taken_in_nor_written(shop):
    save_again(shop.main)
    before, revision, export = shop.main.data, shop.revision(), shop.main.export
    assert shop.sync_one(shop.main).state is SyncState.UNCHANGED
    assert (shop.main.data, shop.revision(), shop.main.export) == (before, revision, export)


def test_its_new_bytes_are_known_from_then_on(shop):
    save_again(shop.main)
    shop.sync()
    with shop.store() as store:
        [record] = store.workbooks(store.books()[0].book_id)
    assert record.digest == digest(shop.main.data)


def test_its_issues_are_told_again(shop):
    shop.main.type("clients", 3, since="gestern")
    told = shop.sync_one(shop.main).issues
    shop.sync()
    save_again(shop.main)
    again = shop.sync_one(shop.main)
    assert again.state is SyncState.UNCHANGED
    assert [issue.code for issue in again.issues] == [issue.code for issue in told] != []


def test_the_smallest_edit_beside_it_is_taken_in(shop):
    shop.main.type("clients", 3, notes="neu")
    save_again(shop.main)
    assert shop.sync_one(shop.main).taken.changed == 1
    assert "neu" in shop.by_key("clients", "notes").values()


def test_a_derived_cell_typed_over_with_its_own_value_gets_its_formula_back(shop):
    value = shop.main.value("clients", "spent", 3)
    shop.main.type("clients", 3, spent=value)
    assert shop.main.formula("clients", "spent", 3) is None
    shop.sync()
    assert shop.main.formula("clients", "spent", 3) is not None


def test_what_the_office_program_dropped_comes_back(shop):
    part = Package.open(shop.main.path).tables[0].part
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(shop.main.data)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            new.writestr(name, re.sub(rb"<tableStyleInfo[^>]*/>", b"", content) if name == part else content)
    shop.main.path.write_bytes(out.getvalue())
    assert shop.sync_one(shop.main).written
    assert shop.sync_one(shop.main).state is SyncState.UNCHANGED


def test_what_another_workbook_brought_still_comes_in(shop):
    other = shop.check_out(OTHER)
    shop.sync()
    other.type("clients", 3, notes="von Wang")
    save_again(shop.main)
    shop.sync()
    assert shop.main.value("clients", "notes", 3) == "von Wang"


def test_while_it_is_open_it_waits(shop):
    save_again(shop.main)
    sign = shop.main.lock()
    assert shop.sync_one(shop.main).state is SyncState.WAITING
    sign.unlink()
    assert shop.sync_one(shop.main).state is not SyncState.WAITING


def test_another_day_is_computed_anew(shop):
    save_again(shop.main)
    assert shop.sync_one(shop.main, as_of=DAY + timedelta(days=1)).state is not SyncState.UNCHANGED
