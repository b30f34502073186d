"""A program that keeps no results leaves formulas without values: they are unknown, never blank."""

from __future__ import annotations

import openpyxl
import pytest

from crmbook.ooxml import Package
from crmbook.ooxml.refs import reference
from tests.sync.shop import Shop


@pytest.fixture
def shop(tmp_path):
    """A book with a typed formula and an own column of formulas, both calculated and taken in."""
    shop = Shop(tmp_path / "shop")
    package = Package.open(shop.main.path)
    place = shop.main.place("visits")
    sheet = package.sheet(place.sheet)
    sheet.set(shop.main.ref("visits", "amount", 2), 150, formula="50*3")
    own = [("加倍", None), (300, "150*2"), (400, "200*2"), (600, "300*2")]
    for row, (value, formula) in enumerate(own, 1):
        sheet.set(reference(row, place.row_id.index + 2), value, formula=formula)
    package.save(shop.main.path)
    shop.sync()
    assert shop.by_key("visits", "amount")["1001"] == 150
    assert shop.by_key("visits", "own:加倍") == {"1001": 300, "1002": 400, "1003": 600}
    return shop


def save_by_openpyxl(shop):
    """Edit a cell with a program that drops what formulas resulted in."""
    workbook = openpyxl.load_workbook(shop.main.path)
    place = shop.main.place("visits")
    workbook[place.sheet][shop.main.ref("visits", "memo", 3)] = "新摘要"
    workbook.save(shop.main.path)


def test_a_typed_formula_keeps_what_it_gave(shop):
    before = shop.cells("visits")
    save_by_openpyxl(shop)
    synced = shop.sync_one(shop.main)
    changed = next(row for row in before.values() if row["visit_id"] == "1002")
    changed["memo"] = "新摘要"
    assert shop.cells("visits") == before
    assert shop.main.formula("visits", "amount", 2) == "50*3"
    assert {issue.code for issue in synced.issues} == {"value.formula-without-value"}
    assert not shop.sync_one(shop.main).written
