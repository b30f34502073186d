"""A role's customer card follows the choice in everything it shows, and shows nothing that the role may not know."""

from __future__ import annotations

from datetime import date

import pytest

from crmbook.build.extract import Extract
from crmbook.build.roles import role_book
from crmbook.formula import to_serial
from crmbook.ooxml import Package, reference
from crmbook.read import target_of
from tests import office
from tests.books import book_of
from tests.cli.run import run

HIDDEN = {"card_age", "card_birthday"}
DAY = ("--as-of", "2023-04-01")


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_everything_on_the_card_of_a_role_can_be_computed_in_its_copy(lang):
    book = book_of(lang=lang)
    view = role_book(book, "sales")
    page, whole = view.pages["card"], book.pages["card"]
    live = Extract(view)
    fields = [view.tables[name].fields.values() for name in page.tables]
    formulas = [cell.formula for cell in page.cells if cell.formula]
    formulas += [inner.formula for inners in fields for inner in inners if inner.formula]
    assert [formula for formula in formulas if not live.keeps(formula)] == []
    shown = {cell.id for cell in page.cells}
    assert {"card_name", "card_total", "card_followup", "card_purchases_count"} <= shown
    assert not HIDDEN & shown
    assert [name for block in page.blocks for name in block.cells if name not in shown] == []
    assert {chart.table for chart in page.charts} <= set(page.tables)
    assert {block.table for block in page.blocks if block.table} <= set(page.tables)
    # A long text keeps its wide column when the cell before it goes.
    left = {name for block in whole.blocks if block.id == "who" for name in block.cells[::2]}
    (who,) = [block.cells for block in page.blocks if block.id == "who"]
    assert "card_email" in left
    assert who.index("card_email") % 2 == 0


@pytest.mark.slow
@pytest.mark.office
def test_another_customer_is_shown_without_a_sync(tmp_path):
    path = tmp_path / "sales.xlsx"
    assert run("build", "-o", tmp_path / "all.xlsx", "--sample", "--lang", "zh").exit_code == 0
    assert run("build", "-o", path, "--role", "sales", *DAY).exit_code == 0
    assert run("sync", tmp_path, *DAY).exit_code < 2
    before = path.read_bytes()
    assert run("sync", tmp_path, *DAY).exit_code < 2
    assert path.read_bytes() == before
    package = Package.open(path)
    targets = {one.name: target_of(one) for one in package.defined_names if one.sheet is None}
    sheet, *spot = targets["选择客户"]
    package.sheet(sheet).set(reference(*spot), "002 李四")
    path.write_bytes(package.to_bytes())
    [again] = office.recalculate(path, out_dir=tmp_path / "recalculated")
    shown = office.read_values(again)[sheet]
    cells = {
        name: shown.get(reference(*targets[name][1:]))
        for name in ("姓名", "累计金额", "首次购买", "公司名称")
    }
    assert cells == {
        "姓名": "李四",
        "累计金额": 300,
        "首次购买": to_serial(date(2023, 1, 5)),
        "公司名称": "云帆教育",
    }
