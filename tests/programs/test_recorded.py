"""Programs that are not installed where the tests run: what they saved was kept, and is judged by the same rules."""

from __future__ import annotations

import pytest

from crmbook.schema import layout_of
from crmbook.sync.pipeline import Options, SyncState, sync_workbooks
from tests.ooxml_lint import lint
from tests.programs.desk import Furniture, cells
from tests.programs.recorded import EDIT, HERE, RECORDED, as_of_shop
from tests.sync.shop import DAY, Shop, workspace
from tests.sync.shop import book as shop_book

GUIDE = "使用说明"
LISTS_NOTE = ("数据字典", "A3")
LOST_FORMATS = {
    "gnumeric": {
        ("value.date-from-serial", "clients", "since"),
        ("value.date-from-serial", "clients", "checked_on"),
        ("value.date-from-serial", "visits", "on"),
    }
}
"""What is told of a program's save besides what came back: one finding for each column."""


@pytest.mark.parametrize("program", RECORDED)
def test_what_a_program_saved_is_taken_once_and_all_comes_back(program, tmp_path):
    shop = Shop(tmp_path / "shop")
    shop.sync()
    table, row, field, text = EDIT
    head, furniture, shown = shop.cells(), Furniture.of(shop.main.path), cells(shop.main.path)
    saved = as_of_shop(program, shop)
    shop.main.path.write_bytes(saved)
    defects = {(one.code, one.part) for one in lint(saved)}  # the program's own
    # The words of the guide, and those above the lists, are those of the day when the file was kept.
    shown = {at: cell for at, cell in shown.items() if at[0] != GUIDE} | {
        at: cell for at, cell in cells(shop.main.path).items() if at[0] == GUIDE or at == LISTS_NOTE
    }

    [synced] = sync_workbooks([shop.main.path], Options(DAY, workspace())).workbooks

    assert (synced.taken.changed, synced.conflicts) == (1, [])
    assert {(one.code, one.table, one.field_name) for one in synced.issues} == LOST_FORMATS[program]
    assert len(synced.issues) == len(LOST_FORMATS[program])
    after = shop.cells()
    assert {
        (row_id, name, value)
        for row_id, values in after.items() for name, value in values.items() if head[row_id][name] != value
    } == {(shop.main.value(table, "row_id", row), field, text)}  # fmt: skip
    assert after.keys() == head.keys()
    names = layout_of(shop_book()).names
    figures = {f"name {names[cell.id]}" for cell in shop_book().cells.values() if cell.page == "guide"}
    lacks = {*Furniture.of(shop.main.path).lacks(furniture)}
    assert {one for one in lacks if not one.startswith(f"rules of {GUIDE}:")} <= figures
    sheet = shop.main.place(table).sheet
    now = cells(shop.main.path)
    unlike = {place for place in shown.keys() | now.keys() if shown.get(place) != now.get(place)}
    assert {place for place in unlike if place[0] != "校验问题"} == {
        (sheet, shop.main.ref(table, field, row))
    }
    assert {(one.code, one.part) for one in lint(shop.main.data)} <= defects
    held = shop.main.data
    [again] = sync_workbooks([shop.main.path], Options(DAY, workspace())).workbooks
    assert again.state is SyncState.UNCHANGED
    assert shop.main.data == held


@pytest.mark.parametrize("program", RECORDED)
def test_what_is_kept_is_small(program):
    assert (HERE / f"{program}.xlsx").stat().st_size < 40_000
