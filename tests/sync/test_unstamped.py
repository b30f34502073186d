"""Rule 29: a workbook that another program robbed of its stamp is known again, and has it back after one sync."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pytest

from crmbook.base.errors import CrmbookError
from crmbook.build.identity import by_sync_property, read_stamp, restore_stamp, write_stamp
from crmbook.ooxml import Package
from crmbook.store import Commit
from crmbook.sync.outcome import SyncState
from tests.books import STAMP, book_of, built
from tests.cli.run import run_json
from tests.sync.shop import DAY, MAIN, OTHER, Shop

if TYPE_CHECKING:
    from collections.abc import Callable

STAMP_PART = "docProps/custom.xml"


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop(tmp_path / "home")


def rob(path: Path, *, names: bool = False, tables: bool = False) -> None:
    """Save a workbook as a program does that keeps no custom properties, no defined names or no tables."""
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist() if name != STAMP_PART}
    goes = [(rb"\.xml|\.rels", rb"<(?:Override|Relationship)\s[^>]*custom[.-][^>]*/>")]
    goes += [(rb"xl/workbook", rb"<definedNames>.*?</definedNames>")] if names else []
    goes += [(rb"xl/worksheets", rb"<tableParts.*?</tableParts>")] if tables else []
    goes += [(rb"\.xml|\.rels", rb"<(?:Override|Relationship)\s[^>]*/tables/[^>]*/>")] if tables else []
    for place, what in goes:
        for name in [name for name in members if re.search(place, name.encode())]:
            members[name] = re.sub(what, b"", members[name], flags=re.DOTALL)
    if tables:
        members = {name: data for name, data in members.items() if not name.startswith("xl/tables/")}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)


# the second stamp


def test_rule_29_a_lost_stamp_is_known_by_the_second_one_and_put_back(shop):
    before = read_stamp(Package.open(shop.main.path))
    shop.main.type("clients", 2, name="改名")
    rob(shop.main.path)
    synced = shop.sync_one(shop.main)
    assert [code for code, _ in synced.notes] == ["identify.by-second-stamp"]
    assert (synced.taken.changed, synced.conflicts) == (1, [])
    after = read_stamp(Package.open(shop.main.path))
    assert (after.book_id, after.workbook_id) == (before.book_id, before.workbook_id)
    assert Package.open(shop.main.path).properties["crmbook.export"] == after.export > before.export
    assert shop.sync_one(shop.main).state is SyncState.UNCHANGED


def test_rule_29_a_stamp_lost_without_an_edit_is_put_back_too(shop):
    rob(shop.main.path)
    assert shop.sync_one(shop.main).written
    assert Package.open(shop.main.path).properties["crmbook.workbook"]


def test_rule_29_the_second_stamp_keeps_all_that_the_first_one_says(tmp_path):
    path = tmp_path / "whole.xlsx"
    package = Package.open(built().data)
    package.set_property(by_sync_property("transactions"), "name,total")
    where = '=AND([@地区]="北京 & 上海",[@备注]<>"<b>")' * 20
    mark = replace(STAMP, export=7, store="s", holder="王芳", owner="王芳", where=where, role="service")
    write_stamp(package, book_of(), mark)
    package.save(path)
    before = {name: str(value) for name, value in Package.open(path).properties.items()}
    rob(path)
    robbed = Package.open(path)
    assert (robbed.properties, read_stamp(robbed).where) == ({}, where)
    assert restore_stamp(robbed)
    assert {name: str(value) for name, value in robbed.properties.items()} == before
    assert not restore_stamp(Package.open(robbed.to_bytes()))


def test_rule_29_copied_properties_do_not_make_a_workbook_another_one(shop):
    """Somebody carries the document properties of one workbook over into another."""
    mine = shop.check_out(OTHER)
    shop.sync()
    right = read_stamp(Package.open(mine.path))
    mine.type("clients", 2, name="改名")
    package = Package.open(mine.path)
    for name, value in Package.open(shop.main.path).properties.items():
        package.set_property(name, value)
    package.save(mine.path)
    synced = shop.sync_one(mine)
    assert (synced.taken.changed, synced.conflicts) == (1, [])
    after = read_stamp(Package.open(mine.path))
    assert (after.workbook_id, after.export) == (right.workbook_id, right.export + 1)
    assert len(shop.paths()) == 2


# neither stamp


def rewrite(path: Path, *, ids: bool = True) -> None:
    """Save a workbook as a library does that knows nothing but values."""
    old, new = openpyxl.load_workbook(path, data_only=True), openpyxl.Workbook()
    new.remove(new.active)
    for sheet in old.worksheets:
        target = new.create_sheet(sheet.title)
        for row in sheet.iter_rows():
            for cell in row:
                if cell.value is not None and (ids or sheet.cell(1, cell.column).value != "行标识"):
                    target[cell.coordinate] = cell.value
    new.save(path)


def without_names(path: Path) -> None:
    rob(path, names=True)


def without_tables(path: Path) -> None:
    rob(path, tables=True, names=True)


def without_second_stamp(path: Path) -> None:
    package = Package.open(path)
    package.set_defined_name("_crmbook.stamp", '"gone"', hidden=True)
    package.save(path)
    rob(path)


def values_only(path: Path) -> None:
    rewrite(path)


def values_without_ids(path: Path) -> None:
    rewrite(path, ids=False)


REWRITERS = {
    without_second_stamp: "identify.by-names",
    without_names: "identify.by-names",
    without_tables: "identify.by-names",
    values_only: "identify.by-names",
    values_without_ids: "identify.by-headers",
}


@pytest.mark.sample(1)
@pytest.mark.parametrize("save", REWRITERS)
def test_rule_29_without_a_stamp_differences_are_conflicts_and_nothing_is_lost(
    shop, save: Callable[[Path], None]
):
    before = read_stamp(Package.open(shop.main.path))
    head = shop.cells()
    shop.main.type("clients", 2, name="改名", phone=None)
    shop.main.clear("clients", 4)
    shop.main.type("clients", 8, name="新客", phone="13900000000")
    save(shop.main.path)
    synced = shop.sync_one(shop.main)
    assert REWRITERS[save] in [code for code, _ in synced.notes]
    assert [(one.key, one.labels, one.file) for one in synced.conflicts] == [("001", ("name",), ("改名",))]
    now = shop.cells()
    assert {row_id: now[row_id] for row_id in head} == head
    assert [row["name"] for row_id, row in now.items() if row_id not in head] == ["新客"]
    after = read_stamp(Package.open(shop.main.path))
    assert (after.workbook_id, after.book_id) == (before.workbook_id, before.book_id)
    assert after.export > before.export
    names = {row["name"] for row in shop.main.rows("clients", "name").values()}
    assert names == {row["name"] for row in now.values()}
    again = shop.sync_one(shop.main)
    assert (again.taken.changed, len(shop.conflicts())) == (0, 1)


def test_rule_29_an_unstamped_workbook_under_a_new_name_is_a_new_workbook_of_the_book(shop):
    copy = shop.copy(shop.main, "王芳改.xlsx")
    rewrite(copy.path)
    assert shop.sync(copy).failures == []
    mark = read_stamp(Package.open(copy.path))
    main = read_stamp(Package.open(shop.main.path))
    assert mark.book_id == main.book_id
    assert mark.workbook_id != main.workbook_id


def test_rule_29_nobody_gets_all_rows_through_an_unstamped_copy_of_a_part(shop):
    with shop.store() as store:
        [book] = store.books()
        [record] = store.workbooks(book.book_id)
        part = replace(record, workbook_id="part", path="部分.xlsx", owner="王芳")
        with store.lease(book.book_id) as lease:
            store.commit(lease, book.book_id, Commit(book.revision, workbook=part))
    copy = shop.copy(shop.main, "改名.xlsx")
    rewrite(copy.path)
    before = copy.data
    with pytest.raises(CrmbookError, match=r"sync\.which-rows"):
        shop.sync(copy)
    assert copy.data == before


@pytest.mark.sample(1)
@pytest.mark.parametrize("save", [without_names, values_only, values_without_ids])
def test_a_folders_sync_and_status_name_a_workbook_that_lost_its_stamp(shop, save: Callable[[Path], None]):
    shop.main.type("clients", 2, name="改名")
    save(shop.main.path)
    book = openpyxl.Workbook()
    book.active.append(["Row id", "金额"])
    book.save(shop.folder / "别人的.xlsx")
    _, seen = run_json("status", shop.folder)
    assert [(one["name"], one["condition"]) for one in seen["workbooks"]] == [(MAIN, "changed")]
    _, told = run_json("sync", shop.folder, "--as-of", DAY.isoformat())
    assert [Path(one["file"]).name for one in told["workbooks"]] == [MAIN]
    assert told["failures"] == []
    assert REWRITERS[save] in [note["code"] for note in told["workbooks"][0]["notes"]]


def test_a_foreign_file_is_refused_where_somebody_asks_for_it_by_name(shop):
    book = openpyxl.Workbook()
    book.active.append(["客户编号", "名称"])
    book.active.append(["X1", "甲"])
    book.save(shop.folder / "别人的.xlsx")
    before = (shop.folder / "别人的.xlsx").read_bytes()
    code, told = run_json("sync", shop.folder / "别人的.xlsx", "--as-of", DAY.isoformat())
    assert (code, told["error"]["code"]) == (2, "sync.not-ours")
    assert (shop.folder / "别人的.xlsx").read_bytes() == before
