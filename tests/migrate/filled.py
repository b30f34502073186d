"""A small shop's workbook that people have worked in: columns, formulas, formats and rules of their own besides."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from crmbook.build.build import build_workbook
from crmbook.build.identity import Stamp
from crmbook.migrate import describe_schema, migrate_workbook, plan
from crmbook.ooxml import ConditionalFormat, NewColumn, Package, Validation, insert_column
from crmbook.ooxml.refs import letters
from crmbook.read import read_workbook
from crmbook.schema import load_book
from crmbook.schema.recompute import table_frame
from tests.folders import write_files
from tests.ooxml_lint import lint
from tests.schema.world import WORLD

if TYPE_CHECKING:
    from crmbook.migrate import Migration
    from crmbook.read import Snapshot
    from crmbook.schema import Book

SHEET = "客户"
CARD, MEMO = "会员卡号", "跟进备忘"
DAY = date(2024, 3, 1)
MARK = ConditionalFormat(
    "C2:C50", frozenset({("type", "expression")}), ('C2="VIP-1"',), b'<font><color rgb="FF112233"/></font>'
)
_LABELS = (
    "labels: {"
    + ", ".join(
        f"{name}: {{zh: {name}, en: {name}}}"
        for name in (
            "sheet",
            "field",
            "meaning",
            "type",
            "required",
            "derived",
            "example",
            "fields",
            "advice",
            "details",
        )
    )
    + "}"
)
SHOP = {
    **WORLD,
    "templates/pages.yaml": WORLD["templates/pages.yaml"]
    .replace(
        "{title: {zh: 数据字典, en: Dictionary}}", f"{{title: {{zh: 数据字典, en: Dictionary}}, {_LABELS}}}"
    )
    .replace(
        "    title: {zh: 使用说明, en: Guide}", f"    title: {{zh: 使用说明, en: Guide}}\n    {_LABELS}"
    ),
    "schemas/customers.yaml": WORLD["schemas/customers.yaml"].replace(
        "checks:",
        "  joined: {title: {zh: 入会日, en: Joined}, type: date}\n"
        "  tags: {title: {zh: 标签, en: Tags}, type: multi_enum, list: tag}\n"
        "  points: {title: {zh: 积分, en: Points}, type: text}\n"
        "  company: {title: {zh: 公司, en: Company}, type: text, suggest: true}\nchecks:",
    ),
    "schemas/lists.yaml": WORLD["schemas/lists.yaml"]
    + "  tag: {title: {zh: 标签, en: Tag}, values: {vip: {zh: 贵宾, en: VIP}, old: {zh: 老客, en: Old}}}\n",
}
ROWS = {
    "customers": {
        "customer_id": ["001", "002", "003"],
        "name": ["张三", "李四", "王五"],
        "gender": ["男", "女", "男"],
        "region": ["北方", "南方", None],
        "city": ["北京", "上海", None],
        "birthday": [date(1990, 5, 1), None, date(1985, 12, 31)],
        "joined": [date(2020, 1, 31), None, date(2023, 6, 1)],
        "tags": ["贵宾、老客", "老客", None],
        "points": ["120", "很多", None],
        "company": ["星河", "星河", "远山"],
    },
    "orders": {
        "order_id": ["100", "101", "102"],
        "customer_id": ["001", "001", "002"],
        "date": [date(2024, 1, 5), date(2024, 2, 6), date(2024, 2, 7)],
        "price": [500.0, 400.0, 10.0],
        "count": [2, 1, 3],
        "amount": [None, 350.0, None],
        "code": ["A", "B", None],
        "done": [True, False, None],
    },
}


def shop(*files: dict[str, str]) -> Book:
    """The shop's book, with files of a workspace over it."""
    with TemporaryDirectory() as folder:
        base = write_files(Path(folder, "base"), SHOP)
        workspace = Path(folder, "workspace")
        for number, one in enumerate(files):
            write_files(workspace, {name.replace("#", str(number)): text for name, text in one.items()})
        return load_book("standard", "zh", workspace if files else None, base=base)


@cache
def old_shop() -> Book:
    """The book before any change."""
    return shop()


@cache
def filled() -> bytes:
    """The workbook: two columns of a person's own in the middle of the customers, rules and a name of theirs."""
    book = old_shop()
    frames = {name: table_frame(book.tables[name], columns) for name, columns in ROWS.items()}
    package = Package.open(build_workbook(book, frames, DAY, Stamp("book-1", "workbook-1")).data)
    insert_column(package, SHEET, 3, NewColumn(CARD))
    insert_column(package, SHEET, 6, NewColumn(MEMO))
    sheet = package.sheet(SHEET)
    sheet.set("C2", "VIP-1", style=sheet.cell("A1").style)
    sheet.set("C3", 20240105)
    sheet.set("F2", "张三/男", formula=f'{SHEET}[[#This Row],[姓名]]&"/"&D2')
    sheet.set("Z7", "旁注")
    package.set_validations(SHEET, [Validation("C2:C99", "textLength", "1", "9", shows_error=True)])
    package.set_conditional_formats(SHEET, [MARK])
    package.set_defined_name("我的名称", f"{SHEET}!$H$2:$H$4")
    data = package.to_bytes()
    assert lint(data) == []
    return data


def carried(data: bytes, migration: Migration) -> tuple[bytes, Snapshot]:
    """The workbook carried over, sound and with every field found in its place."""
    package = Package.open(data)
    migrate_workbook(migration, package)
    new = package.to_bytes()
    assert lint(new) == []
    snapshot = read_workbook(new, migration.book)
    assert snapshot.missing == ()
    for name, found in snapshot.tables.items():
        assert set(found.columns) == set(migration.book.tables[name].fields)
        assert {column.found_by for column in found.columns.values()} <= {"header"}
        assert found.duplicates == ()
    return new, snapshot


def nothing_left(new: bytes, migration: Migration) -> None:
    """A second migration finds nothing to do, and the same one again changes nothing."""
    assert not plan(describe_schema(migration.book, migration.old), migration.book)
    again = Package.open(new)
    migrate_workbook(migration, again)
    assert again.to_bytes() == new


def own_things_kept(new: bytes) -> None:
    """What people added stands where their columns stand now, as they made it."""
    package, old = Package.open(new), Package.open(filled()).sheet(SHEET)
    table = next(one for one in package.tables if CARD in one.columns)
    sheet = package.sheet(table.sheet)
    place = {name: letters(table.area.left + number) for number, name in enumerate(table.columns)}
    card, memo = place[CARD], place[MEMO]
    for ref, was in ((f"{card}2", "C2"), (f"{card}3", "C3"), (f"{memo}2", "F2")):
        assert (sheet.cell(ref).value, sheet.cell(ref).style) == (old.cell(was).value, old.cell(was).style)
    formula = sheet.cell(f"{memo}2").formula or ""
    assert sheet.cell(formula.rpartition("&")[2]).ref.rstrip("2") in place.values()
    rules = [one for one in package.conditional_formats(sheet.title) if one.dxf == MARK.dxf]
    assert [(one.sqref, one.formulas) for one in rules] == [(f"{card}2:{card}50", (f'{card}2="VIP-1"',))]
    lengths = [one for one in package.validations(sheet.title) if one.type == "textLength"]
    assert [one.sqref for one in lengths] == [f"{card}2:{card}99"]
    notes = [cell.value for cell in sheet.cells(rows={7}) if cell.value is not None]
    assert notes == ["旁注"]
