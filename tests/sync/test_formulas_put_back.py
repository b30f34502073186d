"""A computed cell's formula is compared by meaning: another one is overtyping, put back and listed."""

from __future__ import annotations

import pytest

from crmbook.base.changes import ChangeKind
from crmbook.ooxml import Package
from crmbook.read.meaning import meaning
from tests.sync.shop import Shop


@pytest.fixture
def shop(tmp_path):
    shop = Shop(tmp_path / "shop")
    shop.sync()
    return shop


def put(shop, field, row, formula, value):
    package = Package.open(shop.main.path)
    sheet = package.sheet(shop.main.place("clients").sheet)
    sheet.set(shop.main.ref("clients", field, row), value, formula=formula)
    package.save(shop.main.path)


@pytest.mark.parametrize(("formula", "value"), [("1+1", 2), ("NA()", "#N/A"), ("SUM(A1:A3)*0+7", 7)])
def test_another_formula_over_a_computed_one_is_put_back_and_listed(shop, formula, value):
    from crmbook.ooxml import CellError

    own = shop.main.formula("clients", "spent", 3)
    put(shop, "spent", 3, formula, CellError(value) if isinstance(value, str) else value)
    synced = shop.sync_one(shop.main)
    assert shop.main.formula("clients", "spent", 3) == own
    assert shop.main.value("clients", "spent", 3) == 300
    assert [(change.ref, change.kind) for change in synced.changes if change.kind is ChangeKind.RESTORED] == [
        (shop.main.ref("clients", "spent", 3), ChangeKind.RESTORED)
    ]
    assert [issue.code for issue in synced.issues] == ["check.typed-over"]
    assert not shop.sync_one(shop.main).written


def test_what_an_old_format_left_of_every_formula_is_put_back(shop):
    from crmbook.ooxml import CellError

    own = {
        (field, row): shop.main.formula("clients", field, row)
        for field in ("spent", "limit", "pace")
        for row in range(2, 8)
    }
    for field, row in own:
        put(shop, field, row, "NA()", CellError("#N/A"))
    synced = shop.sync_one(shop.main)
    assert synced.plan is None
    assert {place: shop.main.formula("clients", *place) for place in own} == own
    assert all("limit" not in row and "pace" not in row for row in shop.cells().values())


@pytest.mark.parametrize("table", ["#NAME?['#REF!]", "#REF!"])
def test_what_a_deleted_sheet_left_of_a_column_is_put_back_and_nobodys_typing(shop, table):
    from crmbook.ooxml import CellError

    own = {
        (field, row): shop.main.formula("clients", field, row)
        for field in ("spent", "pace")
        for row in range(2, 8)
    }
    for (field, row), formula in own.items():
        lost = formula.replace("拜访[金额]", table).replace("拜访[客户编号]", table)
        assert lost != formula
        put(shop, field, row, lost, CellError("#NAME?"))
    synced = shop.sync_one(shop.main)
    assert (synced.plan, synced.issues, synced.overrides) == (None, [], [])
    assert {place: shop.main.formula("clients", *place) for place in own} == own
    assert all("pace" not in row for row in shop.cells().values())


@pytest.mark.parametrize("formula", [None, "1/0"])
def test_an_error_in_a_single_overridable_cell_says_how_the_formula_comes_back(shop, formula):
    from crmbook.ooxml import CellError

    own = shop.main.formula("clients", "pace", 3)
    put(shop, "pace", 3, formula, CellError("#DIV/0!"))
    [issue] = shop.sync_one(shop.main).issues
    assert "清空这一格" in issue.remedy("zh")
    assert "Empty the cell" in issue.remedy("en")
    shop.main.type("clients", 3, pace=None)
    assert shop.sync_one(shop.main).issues == []
    assert shop.main.formula("clients", "pace", 3) == own


def test_another_formula_in_an_overridable_field_counts_by_its_value(shop):
    put(shop, "limit", 3, "2*50", 100)
    synced = shop.sync_one(shop.main)
    assert (synced.taken.changed, shop.by_key("clients", "limit")["002"]) == (1, 100)
    assert shop.main.formula("clients", "limit", 3) == "2*50"


OWN = 'SUMIFS(拜访[金额],拜访[客户编号],客户[[#This Row],[客户编号]])&"[@ a]"'


@pytest.mark.parametrize(
    ("other", "alike"),
    [
        ('SUMIFS(拜访[金额],拜访[客户编号],客户[@客户编号])&"[@ a]"', True),
        ('SUMIFS(拜访[金额],拜访[客户编号],[@客户编号])&"[@ a]"', True),
        ('SUMIFS(拜访[金额],拜访[客户编号],[@[客户编号]])&"[@ a]"', True),
        ('=_xlfn.SUMIFS( 拜访[金额], 拜访[客户编号], 客户[[#this row],[客户编号]] )&"[@ a]"', True),
        ('sumifs(拜访[金额],拜访[客户编号],[@客户编号])&"[@ a]"', True),
        ('SUMIFS(拜访[金额],拜访[客户编号],[@客户编号])&"[@ A]"', False),
        ('SUMIFS(拜访[金额],拜访[拜访编号],[@客户编号])&"[@ a]"', False),
        ('SUMIFS(拜访[金额],拜访[客户编号],拜访[@客户编号])&"[@ a]"', False),
        ("1+1", False),
    ],
)  # fmt: skip
def test_programs_spell_one_formula_in_several_ways(other, alike):
    assert (meaning(other, "客户") == meaning(OWN, "客户")) is alike
