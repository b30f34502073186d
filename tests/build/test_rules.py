"""Bars and icons show where a value lies on its field's scale, whatever else stands in the column."""

from __future__ import annotations

import pytest

from crmbook.ooxml import Package
from crmbook.schema import layout_of
from tests.books import TEMPLATES, book_of, built
from tests.build.test_build import opened


def rules_of(sheet: str, header: str, template: str = "standard"):
    """Return the conditional formats of a column that are no formula."""
    found = opened(built("sample", template).data)[sheet]
    [letter] = [cell.column_letter for cell in found[1] if cell.value == header]
    return [
        rule
        for area in found.conditional_formatting
        if str(area.sqref).startswith(f"{letter}2:")
        for rule in area.rules
        if rule.type != "expression"
    ]


@pytest.mark.sample(3)
@pytest.mark.parametrize(
    ("sheet", "header", "template", "ends"),
    [
        ("客户进度管理", "完成度", "standard", [0, 1]),
        ("学员信息", "学习进度", "education", [0, 1]),
        ("潜在客户评估", "综合评分", "standard", [0, 100]),
        ("客户关系维护", "客户忠诚度评分", "standard", [0, 100]),
        ("客户忠诚度分析", "忠诚度评分", "standard", [0, 100]),
        ("客户满意度调查", "推荐意愿", "standard", [0, 10]),
        ("客户分类管理", "累计购买金额", "standard", [0, None]),  # no greatest amount: the column's own
    ],
)
def test_a_bar_ends_where_the_scale_does(sheet, header, template, ends) -> None:
    [rule] = rules_of(sheet, header, template)
    assert [end.val for end in rule.dataBar.cfvo] == ends


@pytest.mark.parametrize(
    ("sheet", "header"), [("客户满意度调查", "满意度评分"), ("客户关系维护", "客户满意度评分")]
)
def test_each_rating_has_its_icon(sheet, header) -> None:
    [rule] = rules_of(sheet, header)
    assert [(end.type, end.val) for end in rule.iconSet.cfvo] == [
        ("percent", 0),
        ("num", 2),
        ("num", 3),
        ("num", 4),
        ("num", 5),
    ]


@pytest.mark.parametrize("template", TEMPLATES)
def test_scores_and_shares_have_a_scale(template) -> None:
    fields = [field for table in book_of(template).tables.values() for field in table.fields.values()]
    without = {field.type for field in fields if field.bars and field.scale[1] is None}
    assert without <= {"money", "integer"}
    assert all(field.scale == (1, 5) for field in fields if field.icons)


@pytest.mark.parametrize("template", ["standard", "retail"])
def test_what_is_missed_in_a_new_row_is_what_people_must_type(template) -> None:
    """An ID is required and is given by sync: its cell is not coloured while a row waits for it."""
    package, book = Package.open(built("sample", template).data), book_of(template)
    for table in book.tables.values():
        place = layout_of(book).tables[table.name]
        if not table.managed or book.sheet_of(table.name).page is not None:
            continue
        formats = package.conditional_formats(place.sheet)
        missed = {one.sqref.partition("2:")[0] for one in formats if "COUNTA(" in "".join(one.formulas)}
        asked = {
            place.columns[field.name].letter
            for field in table.fields.values()
            if field.required and field.formula is None and field.type != "id"
        }
        assert missed == asked, table.name
