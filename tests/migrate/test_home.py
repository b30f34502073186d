"""A filled book that is at home elsewhere from now on: its amounts, pages and paper follow, what people set stays."""

from __future__ import annotations

import io
from copy import deepcopy

import openpyxl

from crmbook.migrate import describe_schema, plan
from crmbook.ooxml import Package
from tests.migrate.filled import SHEET, carried, filled, nothing_left, old_shop, own_things_kept, shop
from tests.ooxml_lint import lint

BRITAIN = {"schemas/home.yaml": "locale: {region: GB}\n"}
AMERICA = {"schemas/home.yaml": "locale: {region: US}\n"}


def opened(data):
    return openpyxl.load_workbook(io.BytesIO(data))


def column(book, sheet, title):
    """The cells of a column below its header."""
    rows = list(opened(book)[sheet].iter_rows(max_row=4))
    place = [cell.value for cell in rows[0]].index(title)
    return [row[place] for row in rows[1:]]


def test_amounts_take_the_currency_and_sheets_the_paper():
    before = filled()
    assert {cell.number_format for cell in column(before, "订单", "单价")} == {'"¥"#,##0.00'}
    migration = plan(describe_schema(old_shop()), shop(AMERICA))
    new, _ = carried(before, migration)
    for title in ("单价", "金额"):
        assert {cell.number_format for cell in column(new, "订单", title)} == {'"$"#,##0.00'}
    assert [cell.value for cell in column(new, "订单", "单价")] == [500, 400, 10]
    assert {cell.number_format for cell in column(new, "订单", "数量")} == {'0"件"'}
    assert {int(sheet.page_setup.paperSize) for sheet in opened(new)} == {1}
    kinds = {str(one.kind) for one in migration.changes}
    assert kinds == {"looks-changed", "page-changed", "paper-changed"}
    own_things_kept(new)
    nothing_left(new, migration)


def test_a_paper_and_a_look_that_somebody_chose_stay():
    package = Package.open(filled())
    markup = package.sheet(SHEET)
    setup = markup.frame.root.find("pageSetup")
    markup.edit_frame([setup.set(paperSize="8")])
    styled = package.sheet("订单")
    bold = styled.cell("A1").style
    styled.set("D2", styled.cell("D2").value, style=bold)
    data = package.to_bytes()
    new, _ = carried(data, plan(describe_schema(old_shop()), shop(AMERICA)))
    sheets = opened(new)
    assert int(sheets[SHEET].page_setup.paperSize) == 8
    assert int(sheets["订单"].page_setup.paperSize) == 1
    price = sheets["订单"]["D2"]
    assert price.value == 500
    assert price.font.bold
    assert price.number_format == '"$"#,##0.00'


def test_only_what_differs_changes():
    migration = plan(describe_schema(old_shop()), shop(BRITAIN))
    assert "paper-changed" not in {str(one.kind) for one in migration.changes}
    stays = plan(
        describe_schema(old_shop()), shop({"schemas/home.yaml": "locale: {region: CN, week_start: sunday}\n"})
    )
    assert stays.changes == ()
    assert bool(stays)  # another schema all the same


def test_a_book_described_in_former_days_loses_a_sign_that_was_guessed():
    """What was kept of a schema said nothing of formats and paper: amounts were in yuan, sheets on A4."""
    old = deepcopy(describe_schema(old_shop()))
    del old["paper"]
    for table in old["tables"]:
        for field in table["fields"]:
            del field["shown"]
    bare = shop({"schemas/home.yaml": "locale: {currency: ''}\n"})
    new, _ = carried(filled(), plan(old, bare))
    assert {cell.number_format for cell in column(new, "订单", "单价")} == {"#,##0.00"}
    assert {int(sheet.page_setup.paperSize) for sheet in opened(new)} == {9}
    assert lint(new) == []
    unchanged = shop({"schemas/home.yaml": "locale: {region: CN}\n"})
    assert plan(old, unchanged).changes == ()
