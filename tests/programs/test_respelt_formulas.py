"""Formulas that a program spelled anew, or could not hold: put back, and nobody's typing."""

from __future__ import annotations

import pytest

from crmbook.ooxml import CellError, Package
from crmbook.read.meaning import in_columns, is_remnant, is_wreck, lacks_prefix, meaning
from crmbook.sync.pipeline import SyncState
from tests.programs.markup import Parts
from tests.programs.mimics import as_ranges, no_prefixes
from tests.sync.shop import Shop

LIVE = ("limit", "spent", "pace")


@pytest.fixture
def shop(tmp_path) -> Shop:
    shop = Shop(tmp_path / "shop")
    shop.sync()
    return shop


def formulas(shop: Shop) -> dict[tuple[str, int], str | None]:
    return {(name, row): shop.main.formula("clients", name, row) for name in LIVE for row in range(2, 8)}


def respell(shop: Shop, habit) -> None:
    parts = Parts(shop.main.path)
    habit(parts)
    parts.save()


def put(shop: Shop, field: str, row: int, formula: str, value: object) -> None:
    package = Package.open(shop.main.path)
    package.sheet("客户").set(shop.main.ref("clients", field, row), value, formula=formula)
    package.save(shop.main.path)


def test_a_formula_spelled_with_cells_counts_as_the_fields_own(shop):
    """An edit of what it reads changes its value: nobody typed that over the computed one."""
    own = formulas(shop)
    respell(shop, as_ranges)
    assert "$D$2:$D$4" in shop.main.formula("clients", "pace", 2)
    package = Package.open(shop.main.path)
    package.sheet("拜访").set(shop.main.ref("visits", "amount", 2), 800)
    for field, value in (("spent", 1000), ("pace", 1000 / 7)):
        package.sheet("客户").set_cached(shop.main.ref("clients", field, 2), value)
    package.save(shop.main.path)
    synced = shop.sync_one(shop.main)
    assert synced.taken.changed == 1
    assert not any("pace" in row or "limit" in row for row in shop.cells().values())
    assert formulas(shop) == own
    assert [issue.code for issue in synced.issues] == []
    assert ("furniture.formulas", 18) in [(code, params.get("count")) for code, params in synced.notes]
    assert not shop.sync_one(shop.main).written


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    "left",
    [
        ("#N/A", 0),
        ("#REF!", CellError("#REF!")),
        ('_xlfngnumeric.ERROR("SUMIFS(visits[amount])")', 5),
        ('IFERROR(__xludf.DUMMYFUNCTION("SUMIFS(a)"),5)', 5),
        ("NA()", CellError("#N/A")),
    ],
)
def test_what_a_program_left_of_every_formula_of_a_column_is_put_back_and_nobodys_value(shop, left):
    own = formulas(shop)
    for row in range(2, 8):
        for field in LIVE:
            put(shop, field, row, *left)
    synced = shop.sync_one(shop.main)
    assert synced.taken.changed == 0
    assert formulas(shop) == own
    assert [issue.code for issue in synced.issues] == []
    assert not any("pace" in row or "limit" in row for row in shop.cells().values())
    assert not shop.sync_one(shop.main).written


def test_another_formula_with_the_same_value_is_put_back(shop):
    own = shop.main.formula("clients", "spent", 3)
    put(shop, "spent", 3, "300*1", 300)
    assert shop.sync_one(shop.main).written
    assert shop.main.formula("clients", "spent", 3) == own
    assert shop.sync_one(shop.main).state is SyncState.UNCHANGED


@pytest.mark.parametrize(
    ("other", "wanted", "alike"),
    [
        ("_xlfn.IFS(1E5>A1,2)", "IFS(100000>A1,2.0)", True),
        ("_xlfn._xlws.SORT(t[a])", "SORT(t[a])", True),
        ("_xludf.IFS(1,2)", "IFS(1,2)", True),
        ("SUM(t[[#Data],[a]])", "SUM(t[a])", True),
        ("SUM(t[[a]])", "SUM(t[a])", True),
        ("SUM(T[A])", "sum(t[a])", True),
        ("SUM(t[1.0])", "SUM(t[1])", False),
        ("SUM(t[[#All],[a]])", "SUM(t[a])", False),
        ('"1E5"', '"100000"', False),
        ("TRUE()", "TRUE", True),
        ("A10", "A1", False),
    ],
)
def test_spellings_of_one_formula(other, wanted, alike):
    assert (meaning(other, "t") == meaning(wanted, "t")) is alike


COLUMNS = {
    ("客户", "编号"): ("客户", "a"),
    ("", "编号"): ("客户", "a"),
    ("拜访", "金额"): ("拜访a-b", "d"),
    ("拜访", "编号"): ("拜访a-b", "b"),
}


@pytest.mark.parametrize(
    ("cells", "alike"),
    [
        ("SUMIFS('拜访A-B'!$D$2:$D$9,'拜访A-B'!$B$2:$B$9,A2)", True),
        ("SUMIFS('拜访A-B'!$D:$D,'拜访A-B'!$B:$B,客户!$A2)", True),
        ("sumifs('拜访A-B'!d2:d9,'拜访A-B'!b2:b9,'客户'!a2)", True),
        ("SUMIFS('拜访A-B'!$B$2:$B$9,'拜访A-B'!$B$2:$B$9,A2)", False),
        ("SUMIFS($D$2:$D$9,'拜访A-B'!$B$2:$B$9,A2)", False),
        ("SUMIFS('拜访A-B'!$D$2:$D$9,'拜访A-B'!$B$2:$B$9,A2)+1", False),
        ("5", False),
    ],
)  # fmt: skip
def test_cells_in_the_place_of_headers(cells, alike):
    own = meaning("SUMIFS(拜访[金额],拜访[编号],客户[[#This Row],[编号]])", "客户")
    assert (in_columns(meaning(cells, "客户"), "客户", COLUMNS) == in_columns(own, "客户", COLUMNS)) is alike


def test_what_programs_leave_of_formulas():
    assert all(map(is_wreck, ["na()", "#name?", "#n/a", "#ref!", "err:508", "#value!"]))
    assert not any(map(is_wreck, ["na()+1", "1+1", "ifna(a1,2)", "#ref!+a1", "errors[a]"]))


@pytest.mark.parametrize(
    ("said", "is_left"),
    [
        ("iferror(sumifs(#ref!,#ref!,[key]),0)", True),
        ("iferror(sumifs(#name?['#ref!],#name?['#ref!],[key]),0)", True),
        ("iferror(sumifs(visits[amount],visits[key],[key]),0)", False),
        ("#ref!+a1", False),
        ("sum(#ref!)", False),
        ('iferror(sumifs(visits[amount],visits[key],"#ref!"),0)', False),
    ],
)
def test_what_a_deleted_sheet_left_has_the_functions_of_the_formula(said, is_left):
    assert is_remnant(said, "iferror(sumifs(visits[amount],visits[key],[key]),0)") == is_left


def test_a_function_without_the_prefix_that_it_needs():
    assert lacks_prefix("MAXIFS(a,b)", "_xlfn.MAXIFS(a,b)")
    assert not lacks_prefix("_xlfn.MAXIFS(a,b)", "_xlfn.MAXIFS(a,b)")
    assert lacks_prefix("t[@[a]]", "t[[#This Row],[a]]")
    assert not lacks_prefix('SUM(a,"[@")', 'SUM(a,"[@")')
    assert not lacks_prefix('SUM(a,"_xlfn.")', 'SUM(a,"_xlfn.")')


def test_names_of_functions_in_texts_are_left_alone(shop):
    respell(shop, no_prefixes)
    assert not shop.sync_one(shop.main).written
