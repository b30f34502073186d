"""Pages of one's own: whatever a page declares stands on it, whichever parts it has."""

from __future__ import annotations

from datetime import date

import pytest

from crmbook.build.build import build_workbook
from crmbook.build.identity import Stamp
from crmbook.ooxml import Package, reference
from crmbook.read import target_of
from crmbook.schema import advice_name, layout_of
from tests.migrate.filled import shop
from tests.ooxml_lint import lint

DAY = date(2024, 3, 1)
CELLS = """
      - {id: turnover, title: {zh: 成交额, en: Turnover}, type: money, kpi: true, formula: '=SUM(orders[amount])'}
      - {id: lines, title: {zh: 单数, en: Lines}, type: integer, formula: '=COUNTIFS(orders[order_id],"?*")'}
      - {id: least, title: {zh: 最低额, en: Least}, type: money, default: 500}
      - {id: since, title: {zh: 起算日, en: Since}, type: date}
"""
ADVICE = """
      - {id: few, when: '=turnover<least', text: {zh: 成交太少, en: Too little}}
      - {id: many, when: '=turnover>=least', text: {zh: 成交不错, en: Enough}}
"""
TEXTS = """
      - {heading: {zh: 说明, en: Note}, text: {zh: 只算已付款的, en: Paid ones only}}
      - {text: {zh: 每月一看, en: Look each month}}
"""
MANY = "".join(
    f"\n      - {{id: {kind}_{number}, title: {{zh: {kind}{number}, en: {kind} {number}}}, type: integer, {rest}}}"
    for kind, rest in (("large", "kpi: true, formula: '=1+1'"), ("asked", "default: 3"), ("small", "formula: '=2'"))
    for number in range(10)
)  # fmt: skip
CHART = (
    "{id: own_chart, kind: line, title: {zh: 图, en: Chart}, table: steps, category: step, values: [count]}"
)
PARTS = {
    "cells": f"cells:{CELLS}",
    "advice": f"cells:{CELLS}\n    advice:{ADVICE}",
    "texts": f"texts:{TEXTS}\n    cells:{CELLS}",
    "texts alone": f"texts:{TEXTS}",
    "texts and a table": f"texts:{TEXTS}\n    tables: [steps]",
    "many cells": f"cells:{MANY}",
    "a table": f"cells:{CELLS}\n    advice:{ADVICE}\n    tables: [steps]",
    "a chart": f"texts:{TEXTS}\n    cells:{CELLS}\n    advice:{ADVICE}\n    tables: [steps]\n    charts: [{CHART}]",
    "many cells and a chart": f"cells:{MANY}\n    tables: [steps]\n    charts: [{CHART}]",
    "blocks": (
        f"texts:{TEXTS}\n    cells:{CELLS}\n    advice:{ADVICE}\n    tables: [steps]\n"
        "    blocks: [{id: one, cells: [turnover]}, {id: two, table: steps}]"
    ),
}
STEPS = """\
table: steps
title: {zh: 分步, en: Steps}
managed: false
key: step
seed: [{step: 0}, {step: 1}]
fields:
  step: {title: {zh: 步, en: Step}, type: integer}
  count: {title: {zh: 数, en: Count}, type: integer, formula: '=COUNTIFS(orders[count],[@step])'}
"""
TEMPLATE = """\
template: standard
add: [{page: desk, after: guide}]
"""


def desk(parts: str, **fields: str) -> tuple[object, Package, dict[str, tuple[str, int, int]]]:
    """Return the book with a page of these parts, its workbook, and where the names in it lead."""
    files = {
        "templates/desk.yaml": TEMPLATE,
        "templates/desk_pages.yaml": f"pages:\n  desk:\n    title: {{zh: 台面, en: Desk}}\n    {parts}\n",
        "schemas/steps.yaml": STEPS,
        **fields,
    }
    book = shop(files)
    data = build_workbook(book, {}, DAY, Stamp("book-1", "workbook-1")).data
    assert lint(data) == []
    package = Package.open(data)
    targets = {one.name: target for one in package.defined_names if (target := target_of(one)) is not None}
    return book, package, targets


@pytest.mark.sample(6)
@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS.keys())
def test_everything_that_a_page_declares_stands_on_it(parts):
    book, package, targets = desk(parts)
    page, sheet = book.pages["desk"], package.sheet("台面")
    places = [targets[layout_of(book).names[cell.id]] for cell in page.cells]
    assert {place[0] for place in places} <= {"台面"}
    assert len(set(places)) == len(page.cells)
    standing = [cell.value for cell in sheet.cells() if cell.value not in {None, ""}]
    for cell in page.cells:
        assert standing.count(cell.title) == 1, cell.title
    for text in page.texts:
        assert any(text.text in str(value) for value in standing)
        assert not text.heading or any(text.heading in str(value) for value in standing)
    for rule in page.advice:
        assert advice_name("desk", "rule", rule.id) in targets
    if page.advice:
        assert sheet.cell(reference(*targets[advice_name("desk", "line", 1)][1:])).value == "• 成交太少"


def test_other_formulas_read_the_cells_of_a_page_without_charts():
    more = "table: orders\nfields: {large: {title: {zh: 大单, en: Large}, type: boolean, formula: '=[@amount]>least'}}\n"
    book, package, targets = desk(f"cells:{CELLS}", **{"schemas/more.yaml": more})
    place = layout_of(book).tables["orders"]
    assert "最低额" in targets
    formula = package.sheet(place.sheet).cell(f"{place.columns['large'].letter}2").formula
    assert formula is not None
    assert "最低额" in formula
