"""Other workbooks that are carried over: of the whole shipped book, of a role, saved by an office program, stripped."""

from __future__ import annotations

from datetime import date

import pytest

from crmbook.build.build import build_workbook
from crmbook.build.extract import Extract
from crmbook.build.identity import Stamp
from crmbook.build.roles import role_book
from crmbook.migrate import apply_migration, describe_schema, migrate_workbook, plan
from crmbook.ooxml import Package
from crmbook.ooxml.renaming import Renaming, rename
from crmbook.read import read_workbook
from crmbook.schema import load_book
from crmbook.schema.recompute import table_frame
from tests.books import book_of, built
from tests.migrate.filled import ROWS, filled, old_shop, shop
from tests.migrate.test_pairs import PAIRS, fields
from tests.office import recalculate
from tests.ooxml_lint import lint

CARD_FIELD = fields("wechat: {title: {zh: 微信号, en: WeChat}, type: text, after: gender}")


@pytest.mark.slow
def test_the_whole_shipped_book(tmp_path):
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "a.yaml").write_text(
        "table: customers\nfields:\n  wechat: {title: {zh: 微信号, en: WeChat}, type: text, after: email}\n"
        "  phone: {title: {zh: 手机, en: Mobile}}\n",
        encoding="utf-8",
    )
    package = Package.open(built().data)
    migration = plan(describe_schema(book_of()), load_book("standard", "zh", tmp_path))
    assert [one.code for one in migrate_workbook(migration, package)] == [
        "migrate.field-renamed", "migrate.field-added",
    ]  # fmt: skip
    data = package.to_bytes()
    assert lint(data) == []
    before, after = read_workbook(built().data, book_of()), read_workbook(data, migration.book)
    for name, found in before.tables.items():
        kept = [one for one in found.columns if one in after.tables[name].columns]
        assert after.tables[name].frame[kept].equals(found.frame[kept])
    assert not after.tables["customers"].custom


def test_a_copy_that_shows_a_roles_sheets_and_fields():
    old, new = old_shop(), shop(CARD_FIELD, fields("code: {title: {zh: 号码, en: Code}}", "orders"))
    frames = {name: table_frame(old.tables[name], rows) for name, rows in ROWS.items()}
    extract = Extract(role_book(old, "sales"))
    copy = build_workbook(old, frames, date(2024, 3, 1), Stamp("b", "w", role="sales"), extract=extract)
    package = Package.open(copy.data)
    view = role_book(new, "sales")
    migrate_workbook(plan(describe_schema(old), view), package, new)
    data = package.to_bytes()
    assert lint(data) == []
    found = read_workbook(data, view)
    assert "wechat" in found.tables["customers"].columns
    assert "code" not in found.tables["orders"].columns
    assert "号码" not in found.tables["orders"].custom
    assert found.tables["orders"].frame["price"].tolist() == [500, 400, 10]


def test_a_workbook_that_is_there_already_is_left_alone():
    package = Package.open(filled())
    migration = plan(describe_schema(old_shop()), shop(CARD_FIELD))
    migrate_workbook(migration, package)
    data = package.to_bytes()
    again = Package.open(data)
    assert migrate_workbook(migration, again) == ()
    assert again.to_bytes() == data


def test_headers_and_tabs_that_a_person_renamed_keep_their_names():
    package = Package.open(filled())
    rename(
        package, Renaming(sheets={"客户": "我的客户"}, columns={"客户": {"公司": "哪家公司", "积分": "分数"}})
    )
    yaml = fields("company: {title: {zh: 单位, en: Firm}}\n  points: null")
    yaml |= {"schemas/a.yaml": "table: customers\ntitle: {zh: 会员, en: Members}\n"}
    migration = plan(describe_schema(old_shop()), shop(yaml))
    migrate_workbook(migration, package)
    data = package.to_bytes()
    assert lint(data) == []
    found = read_workbook(data, migration.book).tables["customers"]
    assert found.sheet == "我的客户"
    assert (found.columns["company"].header, found.columns["company"].found_by) == ("哪家公司", "name")
    assert found.own["积分"].tolist() == ROWS["customers"]["points"]


@pytest.mark.slow
@pytest.mark.office
def test_workbooks_that_an_office_program_saved(tmp_path):
    (tmp_path / "shop.xlsx").write_bytes(filled())
    data = recalculate(tmp_path / "shop.xlsx", out_dir=tmp_path / "again")[0].read_bytes()
    for pair in PAIRS:
        migration = plan(describe_schema(old_shop()), shop(pair.yaml))
        package = Package.open(data)
        migrate_workbook(migration, package)
        new = package.to_bytes()
        assert lint(new) == []
        found = read_workbook(new, migration.book)
        assert found.missing == ()
        for name, table in found.tables.items():
            assert set(table.columns) == set(migration.book.tables[name].fields), pair.name


@pytest.mark.slow
def test_a_workbook_without_the_answers_who_a_row_is_gets_them(tmp_path):
    book, answers = book_of(), {"同一条记录", "另一条新记录"}
    old = describe_schema(book)
    [entries] = [one for one in old["lists"] if one["name"] == "conflict_decision"]
    entries["values"] = [one for one in entries["values"] if one["texts"]["zh"] not in answers]
    package = Package.open(built().data)
    sheet = package.sheet(next(one.title for one in book.sheets if one.name == "dictionary"))
    for cell in [cell for cell in sheet.cells() if cell.value in answers]:
        sheet.set(cell.ref, None)
    before = read_workbook(package.to_bytes(), book).lists["conflict_decision"]
    assert [entry.text for entry in before] == ["采用主库", "采用本簿", "自定义"]
    apply_migration(plan(old, book), package)  # its stamp names today's schema
    data = package.to_bytes()
    assert lint(data) == []
    after = [entry.text for entry in read_workbook(data, book).lists["conflict_decision"]]
    assert after == ["采用主库", "采用本簿", "自定义", "同一条记录", "另一条新记录"]
