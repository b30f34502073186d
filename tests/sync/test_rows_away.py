"""Rows that somebody moved away below their table: told, kept, and neither deleted nor put into the table again."""

from __future__ import annotations

import pytest

from crmbook.sync.pipeline import SyncState
from tests.sync.shop import ROWS, Sheet, Shop

GAP = 13
"""So far below their place the moved rows stand: behind more blank rows than part the records of a table."""
NEAR = 3
"""So far below it a row is still one of the table."""


@pytest.fixture
def shop(tmp_path) -> Shop:
    return Shop(tmp_path)


@pytest.fixture
def other(shop) -> Sheet:
    return shop.check_out()


def move(sheet: Sheet, *rows: int, by: int = GAP) -> None:
    """Cut rows and paste them further down, hidden cells and all."""
    sheet.put_rows("clients", {row + by: row for row in rows}, hidden=True)
    for row in rows:
        sheet.clear("clients", row)


def codes(synced) -> set[str]:
    return {issue.code for issue in synced.issues}


def test_a_row_moved_away_is_told_and_not_deleted(shop, other):
    shop.sync()
    before = shop.cells()
    move(shop.main, 7)
    for _ in range(3):
        report = shop.sync()
        [told] = [one for one in report.workbooks if one.path == shop.main.path]
        assert "check.rows-below-table" in codes(told)
        assert told.taken.deleted == 0
        assert shop.cells() == before
        assert len(other.rows("clients")) == ROWS
        assert shop.main.value("clients", "name", 7) is None
        assert shop.main.value("clients", "name", 7 + GAP) == "客户6"
    assert not any(one.written for one in shop.sync().workbooks)


@pytest.mark.slow
def test_a_row_moved_a_little_way_down_is_still_one_of_the_table(shop, other):
    shop.sync()
    before = shop.cells()
    move(shop.main, 7, by=NEAR)
    shop.main.type("clients", 7 + NEAR, owner="赵一")
    report = shop.sync()
    assert not any("check.rows-below-table" in codes(one) for one in report.workbooks)
    assert shop.by_key("clients", "owner")["006"] == "赵一"
    assert shop.cells().keys() == before.keys()
    assert shop.main.value("clients", "name", 7 + NEAR) == "客户6"
    other.add("clients", name="新来的", owner="王芳")
    shop.sync()
    shop.sync()
    assert len(shop.main.rows("clients")) == len(other.rows("clients")) == ROWS + 1
    assert not any(one.written for one in shop.sync().workbooks)


def test_many_rows_moved_away_hold_nothing(shop, other):
    move(shop.main, *range(2, ROWS + 2), by=ROWS + GAP)
    shop.main.type("visits", 2, memo="改过")
    assert shop.sync_one(shop.main).state is SyncState.CURRENT
    assert len(shop.cells()) == ROWS
    assert shop.by_key("visits", "memo")["1001"] == "改过"


@pytest.mark.slow
def test_a_row_moved_back_brings_what_was_typed_into_it(shop, other):
    shop.sync()
    move(shop.main, 7)
    shop.sync()
    shop.main.type("clients", 7 + GAP, owner="赵一")
    other.type("clients", 7, phone="13900000000")
    other.add("clients", name="新来的")
    shop.sync()
    assert shop.by_key("clients", "owner")["006"] == "李强"
    assert shop.main.value("clients", "name", 7) == "新来的"  # a bare row is one for anybody
    move(shop.main, 7 + GAP, by=1 - GAP)
    shop.sync()
    shop.sync()
    assert shop.by_key("clients", "owner")["006"] == "赵一"
    assert shop.by_key("clients", "phone")["006"] == "13900000000"
    assert len(shop.cells()) == ROWS + 1
    assert shop.conflicts() == []
    for sheet in (shop.main, other):
        assert sorted(row["name"] for row in sheet.rows("clients").values()) == sorted(
            shop.by_key("clients", "name").values()
        )


def test_a_row_moved_away_and_then_deleted_is_deleted(shop, other):
    move(shop.main, 7)
    shop.sync()
    shop.main.clear("clients", 7 + GAP)
    report = shop.sync()
    assert sum(one.taken.deleted for one in report.workbooks) == 1
    assert "006" not in shop.by_key("clients", "name")
    assert len(other.rows("clients")) == ROWS - 1


@pytest.mark.slow
def test_a_row_moved_away_that_another_deletes_goes_from_the_store_and_stays_in_the_sheet(shop, other):
    shop.sync()
    move(shop.main, 7)
    shop.sync()
    other.clear("clients", 7)
    shop.sync()
    assert "006" not in shop.by_key("clients", "name")
    assert shop.main.value("clients", "name", 7 + GAP) == "客户6"
    move(shop.main, 7 + GAP, by=-GAP)
    shop.sync()
    assert "006" not in shop.by_key("clients", "name")
    assert shop.main.value("clients", "name", 7) is None


def test_a_row_copied_away_is_still_the_one_in_the_table(shop, other):
    shop.main.put_rows("clients", {7 + GAP: 7}, hidden=True)
    shop.main.type("clients", 7, owner="赵一")
    shop.sync()
    assert shop.by_key("clients", "owner")["006"] == "赵一"
    assert len(shop.cells()) == ROWS


def test_a_row_moved_away_takes_no_ones_id_when_the_store_is_made_anew(shop):
    move(shop.main, 7)
    shop.main.type("clients", 7, name="新来的")
    (shop.folder / ".crmbook" / "store.db").unlink()
    shop.sync_one(shop.main, adopt_store=True)
    moved = shop.main.value("clients", "row_id", 7 + GAP)
    assert moved
    assert moved not in shop.cells()
    move(shop.main, 7 + GAP, by=1 - GAP)
    shop.sync_one(shop.main)
    assert {"客户6", "新来的"} <= {row["name"] for row in shop.cells().values()}
    assert len(shop.cells()) == ROWS + 1
