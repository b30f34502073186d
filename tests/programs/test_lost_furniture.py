"""What a program drops from a workbook of a small book: put back where that can be, else told by name."""

from __future__ import annotations

import pytest

from crmbook.ooxml import Package
from crmbook.schema import load_book
from crmbook.store import Store, locate
from crmbook.sync.checkout import Wish, new_record, start_book
from crmbook.sync.pipeline import Options, SyncState, sync_workbooks
from tests.folders import write_files
from tests.ooxml_lint import lint
from tests.programs import mimics
from tests.programs.markup import Parts, tag
from tests.sync.shop import DAY, FILES, MAIN, Shop


@pytest.fixture
def shop(tmp_path) -> Shop:
    shop = Shop(tmp_path / "shop")
    shop.sync()
    return shop


def save(shop: Shop, *habits) -> None:
    parts = Parts(shop.main.path)
    for habit in habits:
        habit(parts)
    parts.save()


def panes(shop: Shop) -> list[str]:
    package = Package.open(shop.main.path)
    return [one.name for one in package.sheets if b"<pane" in package.sheet(one.name).head]


def codes(synced) -> list[str]:
    return [code for code, _ in synced.notes]


@pytest.mark.sample(1)
@pytest.mark.parametrize("habit", [mimics.no_panes, mimics.bare_views])
def test_panes_that_are_gone_everywhere_are_frozen_again(shop, habit):
    before = panes(shop)
    assert len(before) > 3
    shop.main.type("clients", 3, notes="改过")
    save(shop, habit)
    synced = shop.sync_one(shop.main)
    assert panes(shop) == before
    assert "furniture.panes" in codes(synced)
    assert shop.sync_one(shop.main).state is SyncState.UNCHANGED


def test_a_sheet_that_somebody_unfroze_stays_so(shop):
    def unfreeze(parts: Parts) -> None:
        root = next(root for title, _, root in parts.sheets() if title == "客户")
        [pane] = root.iter(tag("pane"))
        pane.getparent().remove(pane)

    shop.main.type("clients", 3, notes="改过")
    save(shop, unfreeze)
    before = panes(shop)
    assert "furniture.panes" not in codes(shop.sync_one(shop.main))
    assert panes(shop) == before


def test_widths_that_are_gone_are_told_once(shop):
    shop.main.type("clients", 3, notes="改过")
    save(shop, mimics.no_panes, mimics.no_drawings, mimics.no_widths)
    synced = shop.sync_one(shop.main)
    assert codes(synced)[:1] == ["furniture.gone-widths"]
    shop.main.type("clients", 3, notes="再改")
    assert "furniture.gone-widths" not in codes(shop.sync_one(shop.main))


def test_tables_come_back_in_one_note_also_the_one_that_explains_the_fields(shop):
    before = {table.display_name: str(table.area) for table in Package.open(shop.main.path).tables}
    assert "字段说明" in before
    save(shop, mimics.no_tables)
    synced = shop.sync_one(shop.main)
    assert {table.display_name: str(table.area) for table in Package.open(shop.main.path).tables} == before
    assert [params["count"] for code, params in synced.notes if code == "furniture.tables"] == [len(before)]
    assert shop.sync_one(shop.main).state is SyncState.UNCHANGED


def test_a_name_that_a_program_made_of_a_lost_table_makes_room_for_it(shop):
    save(shop, mimics.no_tables)
    package = Package.open(shop.main.path)
    package.set_defined_name("客户", "#NAME?")
    package.save(shop.main.path)
    shop.sync_one(shop.main)
    after = Package.open(shop.main.path)
    assert "客户" in {table.display_name for table in after.tables}
    assert "客户" not in {item.name for item in after.defined_names}
    assert lint(shop.main.data) == []


def test_names_that_a_program_could_not_hold_are_put_back(shop):
    right = {item.name: item.formula for item in Package.open(shop.main.path).defined_names}
    lists = [name for name, formula in right.items() if "INDEX(" in formula]
    assert lists
    package = Package.open(shop.main.path)
    for name in lists:
        package.set_defined_name(name, '_xlfngnumeric.ERROR("…")')
    package.save(shop.main.path)
    shop.main.type("clients", 3, notes="改过")
    shop.sync_one(shop.main)
    after = {item.name: item.formula for item in Package.open(shop.main.path).defined_names}
    assert {name: after[name] for name in lists} == {name: right[name] for name in lists}


def test_the_as_of_cell_gets_its_name_and_its_check_back_at_the_same_sync(shop):
    before = Package.open(shop.main.path)
    checks = {sheet.name: len(before.validations(sheet.name)) for sheet in before.sheets}
    save(shop, mimics.no_names, mimics.no_validations)
    shop.sync_one(shop.main)
    after = Package.open(shop.main.path)
    assert {sheet.name: len(after.validations(sheet.name)) for sheet in after.sheets} == checks
    assert after.find_defined_name("截止日期") == before.find_defined_name("截止日期")


def test_no_formula_names_a_table_that_could_not_be_made_anew(shop):
    """Two columns of one header: no program would open a table over them."""
    save(shop, mimics.no_tables)
    package = Package.open(shop.main.path)
    issues = shop.main.place("visits").issues
    package.sheet("拜访").set(f"{issues.letter}1", "摘要")
    package.save(shop.main.path)
    synced = shop.sync_one(shop.main)
    assert codes(synced)[0] == "furniture.gone-table"
    tables = {table.display_name for table in Package.open(shop.main.path).tables}
    assert "拜访" not in tables
    assert shop.main.formula("clients", "spent", 2) is None
    assert shop.main.value("clients", "spent", 2) == 300
    assert "拜访[" not in "".join(formulas(shop))
    assert not shop.sync_one(shop.main).written
    package = Package.open(shop.main.path)
    package.sheet("拜访").set(f"{issues.letter}1", "问题")
    package.save(shop.main.path)
    shop.sync_one(shop.main)
    assert "拜访[" in (shop.main.formula("clients", "spent", 2) or "")
    assert not shop.sync_one(shop.main).written


def formulas(shop: Shop) -> list[str]:
    package = Package.open(shop.main.path)
    return [cell.formula or "" for one in package.sheets for cell in package.sheet(one.name).cells()]


def test_a_template_without_the_guide_syncs(tmp_path):
    """Nothing in it shows the as-of date."""
    no_guide = {
        name: text.replace("  - page: guide\n", "").replace("{page: guide}, ", "")
        for name, text in FILES.items()
    }
    write_files(tmp_path, no_guide)
    book = load_book("shop", "zh", tmp_path)
    assert "as_of" not in book.cells
    with Store.open(locate(tmp_path)) as store:
        record = new_record(book, workspace=tmp_path)
        start_book(store, record, book, {}, Wish(tmp_path / MAIN, DAY, is_beside=True))
    for _ in range(2):
        report = sync_workbooks([tmp_path / MAIN], Options(DAY, tmp_path))
        assert report.failures == []
    assert report.workbooks[0].state is SyncState.UNCHANGED
