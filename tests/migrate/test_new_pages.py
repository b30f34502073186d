"""Pages that the schema brings reach filled workbooks at their next sync: whole, named, drawn, and only once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import openpyxl
import pytest

from crmbook.ooxml import Package, reference
from tests import office
from tests.books import book_of, built
from tests.cli.run import run, run_json
from tests.migrate.pages import place, place_of, shown, titles
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT = "template: standard\ndrop: [card]\n"
DAY = ("--as-of", "2023-04-01")


@pytest.fixture
def office_folder(tmp_path: Path) -> Path:
    """A folder with a book of the sample, and an owner's and a role's copy of it, whose template lacks the card."""
    (tmp_path / "templates").mkdir()
    mine = tmp_path / "templates" / "mine.yaml"
    mine.write_text(WITHOUT, encoding="utf-8")
    assert (
        run("build", "-o", tmp_path / "book.xlsx", "--example", "sample", *place_of(tmp_path)).exit_code == 0
    )
    sheet, row, column = place(tmp_path / "book.xlsx", "_crmbook.customers.owner")
    write(tmp_path / "book.xlsx", (sheet, row + 1, column), "王芳")
    write(tmp_path / "book.xlsx", (sheet, row + 2, column), "王芳")
    assert run("sync", tmp_path / "book.xlsx", *place_of(tmp_path)).exit_code < 2
    assert run("build", "-o", tmp_path / "wang.xlsx", "--owner", "王芳", *place_of(tmp_path)).exit_code == 0
    for role in ("sales", "service"):
        told = run("build", "-o", tmp_path / f"{role}.xlsx", "--role", role, *place_of(tmp_path))
        assert told.exit_code == 0
    mine.unlink()
    return tmp_path


def choose(path: Path, text: str) -> None:
    write(path, place(path, "选择客户"), text)


def write(path: Path, spot: tuple[str, int, int], text: str) -> None:
    """Type into a cell; every other part stays as it is."""
    package = Package.open(path)
    package.sheet(spot[0]).set(reference(*spot[1:]), text)
    path.write_bytes(package.to_bytes())


@pytest.mark.slow
def test_a_new_page_comes_with_everything_it_has(office_folder):
    path = office_folder / "book.xlsx"
    assert "客户画像" not in titles(path)
    _, told = run_json("sync", path, *place_of(office_folder))
    said = [note["code"] for note in told["workbooks"][0]["notes"]]
    assert said.count("migrate.page-added") == 1
    assert "migrate.table-added" not in said
    assert titles(path)[1:4] == ["跟进提醒", "客户关系管理总结", "客户画像"]
    fresh, package = Package.open(built(as_of="2023-04-01").data), Package.open(path)
    mine, theirs = (
        {one.name: one.formula for one in each.defined_names if "客户画像" in one.formula}
        for each in (package, fresh)
    )
    assert mine == theirs
    assert {one.display_name: one.ref for one in package.tables if one.sheet == "客户画像"} == {
        one.display_name: one.ref for one in fresh.tables if one.sheet == "客户画像"
    }
    for each in (package, fresh):
        drawn = [name for name in each.parts.names if "/charts/" in name]
        assert len(drawn) == 14
    assert package.validations("客户画像") == fresh.validations("客户画像")
    assert lint(path.read_bytes()) == []
    assert (shown(path, "姓名"), shown(path, "购买次数"), shown(path, "累计金额")) == ("张三", 1, 500)
    assert shown(path, "_crmbook.heading.card.months") == "每月购买金额 · 2022-05 – 2023-04"


def test_no_table_has_the_number_of_another(office_folder):
    path = office_folder / "book.xlsx"
    run("sync", path, *place_of(office_folder))
    package = Package.open(path)
    numbers = [package.parts.read(table.part).split(b' id="')[1].split(b'"')[0] for table in package.tables]
    assert len(numbers) == len(set(numbers))


@pytest.mark.slow
def test_the_next_sync_writes_nothing_and_keeps_the_choice(office_folder):
    path = office_folder / "book.xlsx"
    run("sync", path, *place_of(office_folder))
    first = path.read_bytes()
    run("sync", path, *place_of(office_folder))
    assert path.read_bytes() == first
    choose(path, "002 李四")
    _, told = run_json("sync", path, *place_of(office_folder))
    [told] = told["workbooks"]
    assert {change["reason"] for change in told["changes"]} == {"computed"}
    assert {change["sheet"] for change in told["changes"]} == {"客户画像"}
    assert (shown(path, "选择客户"), shown(path, "姓名"), shown(path, "累计金额")) == (
        "002 李四",
        "李四",
        300,
    )
    settled = path.read_bytes()
    run("sync", path, *place_of(office_folder))
    assert path.read_bytes() == settled


@pytest.mark.slow
def test_copies_get_the_pages_that_they_show(office_folder):
    run("sync", office_folder, *place_of(office_folder))
    assert "客户画像" in titles(office_folder / "wang.xlsx")
    assert "客户画像" in titles(office_folder / "sales.xlsx")
    assert "客户画像" not in titles(office_folder / "service.xlsx")
    assert shown(office_folder / "sales.xlsx", "累计金额") == 500
    assert shown(office_folder / "wang.xlsx", "姓名") == "张三"
    choose(office_folder / "wang.xlsx", "002 李四")
    before = (office_folder / "book.xlsx").read_bytes()
    run("sync", office_folder, *place_of(office_folder))
    assert shown(office_folder / "wang.xlsx", "选择客户") == "002 李四"
    assert (office_folder / "book.xlsx").read_bytes() == before


@pytest.mark.slow
def test_a_persons_own_sheet_of_that_title_steps_aside(office_folder):
    path = office_folder / "book.xlsx"
    workbook = openpyxl.load_workbook(path)
    workbook.create_sheet("客户画像")["A1"] = "我的笔记"
    workbook.save(path)
    run("sync", path, *place_of(office_folder))
    assert "客户画像 2" in titles(path)
    assert openpyxl.load_workbook(path)["客户画像 2"]["A1"].value == "我的笔记"
    assert shown(path, "姓名") == "张三"


@pytest.mark.slow
@pytest.mark.office
def test_libreoffice_works_with_the_page_that_came(office_folder, tmp_path):
    path = office_folder / "book.xlsx"
    run("sync", path, *place_of(office_folder))
    sheet, row, column = place(path, "选择客户")
    script = f"""
page = document.Sheets.getByName({sheet!r})
page.getCellByPosition({column - 1}, {row - 1}).String = "002 李四"
document.calculateAll()
result = [document.NamedRanges.getByName(name).Content.split(".")[1].replace("$", "") for name in ("姓名", "累计金额")]
result = [page.getCellRangeByName(ref).String for ref in result] + [page.Charts.Count]
"""
    assert office.run_macro_script(path, script) == ["李四", "¥300.00", 2]


@pytest.mark.slow
@pytest.mark.parametrize("cell", ["客户基本信息!$A$1", "客户基本信息!$B$6"])
def test_a_page_is_left_out_where_a_person_has_one_of_its_names(office_folder, cell):
    path = office_folder / "book.xlsx"
    package = Package.open(path)
    package.set_defined_name("平均每次", cell)
    path.write_bytes(package.to_bytes())
    sheet, row, column = place(path, "平均每次")
    before = shown(path, "平均每次")
    _, told = run_json("sync", path, *place_of(office_folder))
    said = {note["code"] for note in told["workbooks"][0]["notes"]}
    assert ("migrate.page-left-out" in said, "migrate.page-added" in said) == (True, False)
    assert "客户画像" not in titles(path)
    assert (place(path, "平均每次"), shown(path, "平均每次")) == ((sheet, row, column), before)
    assert book_of().cells["card_average"].title == "平均每次"
