"""Tables in workbooks of former days come to look as build draws them now; what a person wrote or formatted stays."""

from __future__ import annotations

import io
import re

import pytest
from openpyxl import load_workbook

from crmbook.migrate import migrate_workbook, plan
from crmbook.migrate.plan import SchemaChangeKind
from crmbook.ooxml import CellEdit, Package, column_style, read_notes
from tests.migrate.filled import SHEET, shop
from tests.migrate.recorded import SAID, recorded
from tests.ooxml_lint import lint

NAME = "客户的全名\n必填\n例如：张三"
ISSUES = "问题"


def changed_part(data: bytes, part: str, old: str, new: str) -> bytes:
    package = Package.open(data)
    content = package.parts.read(part).decode()
    assert old in content
    package.replace_part(part, content.replace(old, new, 1).encode())
    return package.to_bytes()


def carried(data: bytes, said: str = SAID) -> Package:
    """The recorded workbook, brought to the shop of today."""
    package, (_, described) = Package.open(data), recorded("noted")
    migration = plan(described, shop({"schemas/mine.yaml": said}))
    assert [one.kind for one in migrate_workbook(migration, package)].count(
        SchemaChangeKind.TABLES_REDRAWN
    ) == 1
    result = package.to_bytes()
    assert lint(result) == []
    load_workbook(io.BytesIO(result))
    return Package.open(result)


def notes(package: Package) -> dict[str, dict[str, str]]:
    found = {sheet.name: read_notes(package, sheet.name) for sheet in package.sheets}
    return {title: said for title, said in found.items() if said}


def test_notes_that_explain_a_field_go_with_all_their_parts():
    data, _ = recorded("noted")
    before = notes(Package.open(data))
    assert before[SHEET]["B1"] == NAME
    assert len(before) == 4
    after = carried(data)
    assert notes(after) == {}
    assert [name for name in after.parts.names if "comments" in name or "vml" in name] == []
    assert b"vmlDrawing" not in after.parts.read("xl/worksheets/_rels/sheet2.xml.rels")
    assert "legacyDrawing" not in str(after.sheet(SHEET).frame.data)


def test_what_a_note_said_is_said_by_the_cells():
    data, _ = recorded("noted")
    after = carried(data)
    prompts = {one.prompt_title: one.prompt for one in after.validations(SHEET)}
    assert prompts["姓名"] == NAME
    assert prompts["金额"] == "订单金额之和\n自动计算，请勿填写"
    lists = {one.sqref: one.prompt for one in after.validations("数据字典")}
    assert any(ref.startswith("E4:") and "固定列表" in said for ref, said in lists.items())


@pytest.mark.parametrize("own", ["客户的全名，按身份证", "请王芳核对"])
def test_a_note_that_a_person_wrote_or_changed_stays_with_its_box(own):
    data, _ = recorded("noted")
    after = carried(changed_part(data, "xl/comments1.xml", NAME, own))
    assert notes(after) == {SHEET: {"B1": own}}
    [shown] = [name for name in after.parts.names if name.endswith(".vml")]
    boxes = after.parts.read(shown).decode()
    assert boxes.count("<v:shape ") == 1
    assert re.findall(r"<x:(Row|Column)>(\d+)<", boxes) == [("Row", "0"), ("Column", "1")]
    assert load_workbook(io.BytesIO(after.to_bytes()))[SHEET]["B1"].comment.text == own


def test_a_note_of_a_meaning_that_has_changed_since_is_known_by_the_old_schema():
    data, _ = recorded("noted")
    said = SAID.replace("客户的全名", "姓和名").replace("张三, en: Sam", "李四, en: Lee")
    assert notes(carried(data, said)) == {}
    assert carried(data, said).validations(SHEET)
    own = changed_part(data, "xl/comments1.xml", NAME, NAME.replace("全名", "大名"))
    assert notes(carried(own, said)) == {SHEET: {"B1": NAME.replace("全名", "大名")}}


def issue_styles(package: Package) -> tuple[int, dict[int, int]]:
    """The format of the whole column of issues, and of its cells by row."""
    table = package.table("客户")
    column = table.area.left + list(table.columns).index(ISSUES)
    sheet = package.sheet(SHEET)
    styles = {cell.row: cell.style for cell in sheet.cells(columns={column}) if cell.row > 1}
    return column_style(sheet, column), styles


def wraps(package: Package, style: int) -> bool:
    book = load_workbook(io.BytesIO(package.to_bytes()))
    return bool(
        book._cell_styles[style].alignmentId
        and book._alignments[book._cell_styles[style].alignmentId].wrap_text
    )


def test_issues_wrap_where_their_cells_look_as_build_made_them():
    data, _ = recorded("noted")
    package = Package.open(data)
    whole, before = issue_styles(package)
    assert not any(wraps(package, style) for style in {whole, *before.values()})
    table = package.table("客户")
    column = table.area.left + list(table.columns).index(ISSUES)
    sheet = package.sheet(SHEET)
    sheet.set_at(2, column, CellEdit("电话：不是有效的号码；年龄：与出生日期不符，请核对后再填"))
    sheet.set_at(3, column, CellEdit("我自己的格式", None, sheet.cell("C3").style))
    after = carried(package.to_bytes())
    whole, styles = issue_styles(after)
    assert [wraps(after, style) for style in (whole, styles[2], styles[3], styles[4])] == [
        True,
        True,
        False,
        True,
    ]
    heights = load_workbook(io.BytesIO(after.to_bytes()))[SHEET].row_dimensions
    assert heights[2].height >= 30
    assert not heights[4].height
