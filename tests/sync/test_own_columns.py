"""Rule 30: people's own columns reach every copy; what was deleted comes back when a held plan is discarded."""

from __future__ import annotations

import re

import openpyxl
import pytest

from crmbook.base.records import OWN
from crmbook.ooxml import Package
from crmbook.sync.outcome import SyncState
from crmbook.sync.pipeline import Options, sync_workbooks
from tests.sync.shop import DAY, ROWS, Sheet, Shop, workspace


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop(tmp_path / "home")


@pytest.fixture
def other(shop) -> Sheet:
    sheet = shop.check_out()
    shop.sync()
    return sheet


def own(sheet: Sheet, header: str, **values: object) -> None:
    """Type an own column right of the clients, with values by row."""
    package = Package.open(sheet.path)
    place = sheet.place("clients")
    letter = chr(ord(place.row_id.letter) + 1)
    cells = package.sheet(place.sheet)
    cells.set(f"{letter}1", header)
    for row, value in values.items():
        cells.set(f"{letter}{row.removeprefix('r')}", value)
    package.save(sheet.path)


def column(sheet: Sheet, header: str) -> list[object] | None:
    """What stands below a header of the clients."""
    book = openpyxl.load_workbook(sheet.path)
    [found] = [one for one in book.worksheets if one.title == sheet.place("clients").sheet]
    for cells in found.iter_cols():
        if cells[0].value == header:
            return [cell.value for cell in cells[1 : ROWS + 1]]
    return None


def test_rule_30_an_own_column_reaches_every_copy_at_the_next_sync(shop, other):
    own(shop.main, "微信群", r2="甲群", r3="乙群")
    shop.sync()
    shop.sync()
    assert column(other, "微信群") == ["甲群", "乙群", None, None, None, None]
    table = Package.open(other.path).table(other.place("clients").name)
    assert table.columns[-1] == "微信群"
    before = other.data, shop.main.data
    shop.sync()
    assert (other.data, shop.main.data) == before


def test_rule_30_an_own_column_is_edited_on_both_sides(shop, other):
    own(shop.main, "微信群", r2="甲群")
    shop.sync()
    shop.sync()
    other.type("clients", 3, name="客户二")
    own(other, "微信群", r4="丙群")
    shop.sync()
    shop.sync()
    assert column(shop.main, "微信群") == column(other, "微信群") == ["甲群", None, "丙群", None, None, None]
    assert OWN + "微信群" in shop.head().columns


def test_rule_30_a_copy_that_was_edited_in_the_same_run_gets_the_column_too(shop, other):
    own(shop.main, "微信群", r2="甲群")
    other.type("clients", 3, phone="13911111111")
    shop.sync(other, shop.main)
    assert column(other, "微信群") == ["甲群", None, None, None, None, None]


def test_rule_30_a_header_that_begins_with_an_underscore_stays_private(shop, other):
    own(shop.main, "_私记", r2="只给自己看")
    shop.main.type("clients", 2, phone="13911111111")
    shop.sync()
    shop.sync()
    assert column(shop.main, "_私记")[0] == "只给自己看"
    assert column(other, "_私记") is None
    assert "只给自己看" not in str(shop.cells())


def without_telephones(sheet: Sheet) -> None:
    """Delete a column's cells and name, as a program does that leaves an empty column of another name."""
    place, book = sheet.place("clients"), openpyxl.load_workbook(sheet.path)
    cells = book[place.sheet]
    column = place.columns["phone"]
    for row in range(2, ROWS + 2):
        cells[f"{column.letter}{row}"].value = None
    cells[f"{column.letter}1"].value = cells.tables[place.name].tableColumns[column.index].name = "空的"
    del book.defined_names["_crmbook.clients.phone"]
    book.save(sheet.path)


def test_a_deleted_column_is_back_once_its_plan_is_discarded(shop, other):
    shop.main.type("clients", 3, name="改名")
    without_telephones(shop.main)
    held = shop.sync_one(shop.main)
    assert (held.state, held.plan.findings[0].code) == (SyncState.HELD, "breaker.column-gone")
    shop.main.answer("issues", 0, decision="放弃")
    shop.sync_one(shop.main)
    phones = shop.by_key("clients", "phone")
    assert phones["001"] == "13800000000"
    assert [value for value in column(shop.main, "电话") or [] if value] == list(phones.values())
    assert shop.by_key("clients", "name")["002"] == "改名"
    assert shop.sync_one(shop.main).state is SyncState.UNCHANGED
    assert shop.sync_one(other).exit_code == 0


def test_a_deleted_sheet_is_back_once_its_plan_is_discarded(shop, other):
    book = openpyxl.load_workbook(shop.main.path)
    del book[shop.main.place("visits").sheet]
    book.save(shop.main.path)
    [held] = sync_workbooks([shop.main.path], Options(DAY, workspace())).workbooks
    assert (held.state, held.plan.findings[0].code) == (SyncState.HELD, "breaker.sheet-missing")
    shop.main.answer("issues", 0, decision="放弃")
    shop.sync_one(shop.main)
    memos = {row["memo"] for row in shop.main.rows("visits").values()}
    assert memos == {"甲", "乙", "丙"} == set(shop.by_key("visits", "memo").values())
    assert shop.sync_one(shop.main).state is SyncState.UNCHANGED
    assert len(other.rows("visits")) == 3


def printed(sheet: Sheet) -> str | None:
    """The print area of the clients."""
    title = sheet.place("clients").sheet
    named = Package.open(sheet.path).defined_names
    return next((one.formula for one in named if (one.name, one.sheet) == ("_xlnm.Print_Area", title)), None)


def behind(sheet: Sheet) -> str:
    """The letter of the first own column."""
    return chr(ord(sheet.place("clients").row_id.letter) + 1)


@pytest.mark.slow
def test_own_columns_are_printed_in_every_copy(shop, other):
    before = printed(shop.main)
    assert before is not None
    assert not before.endswith(f"${behind(shop.main)}")
    own(shop.main, "微信群", r2="甲群")
    shop.sync()
    for sheet in (shop.main, other, shop.check_out("later.xlsx")):
        assert printed(sheet) == re.sub(r"[A-Z]+$", behind(shop.main), before), sheet.path
    kept = other.data, shop.main.data
    shop.sync()
    assert (other.data, shop.main.data) == kept


@pytest.mark.parametrize("area", ["{sheet}!$A$1:$C$20", "{sheet}!$A:$B"])
def test_a_print_area_that_a_person_set_stays(shop, area):
    package = Package.open(shop.main.path)
    title = shop.main.place("clients").sheet
    mine = area.format(sheet=title)
    package.set_defined_name("_xlnm.Print_Area", mine, title)
    package.save(shop.main.path)
    own(shop.main, "微信群", r2="甲群")
    shop.sync()
    assert column(shop.main, "微信群")
    assert printed(shop.main) == mine
