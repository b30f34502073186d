"""Pages that the schema draws anew reach filled workbooks: in place of the old ones, or before one that a person changed."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import openpyxl
import pytest

from crmbook.ooxml import Package, Renaming, rename
from tests import office
from tests.books import book_of
from tests.cli.run import run, run_json
from tests.migrate.pages import place, place_of, shown, titles
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SUMMARY, OLD = "客户关系管理总结", "客户关系管理总结 (旧)"
DAY = ("--as-of", "2023-04-01")
OTHER = """\
pages:
  summary:
    help: {zh: 我们怎么看, en: Our view}
    labels: {advice: {zh: 我们的建议, en: Our advice}}
"""


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> Path:
    """A folder with a book of the sample and an owner's copy, in which somebody has chosen another period."""
    folder: Path = tmp_path_factory.mktemp("begun")
    build(folder / "book.xlsx", "--example", "sample")
    sheet, row, column = place(folder / "book.xlsx", "_crmbook.customers.owner")
    write(folder / "book.xlsx", (sheet, row + 1, column), "王芳")
    assert run("sync", folder / "book.xlsx", *place_of(folder)).exit_code < 2
    build(folder / "wang.xlsx", "--owner", "王芳")
    for name in ("book.xlsx", "wang.xlsx"):
        write(folder / name, place(folder / name, "统计期间"), "月")
    return folder


@pytest.fixture
def folder(begun: Path, tmp_path: Path) -> Path:
    """Such a folder, without the owner's copy."""
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    (tmp_path / "wang.xlsx").unlink()
    return tmp_path


def build(path: Path, *options: object) -> None:
    assert run("build", "-o", path, *options, *place_of(path.parent)).exit_code == 0


def redraw(folder: Path, text: str = OTHER) -> None:
    (folder / "templates").mkdir(exist_ok=True)
    (folder / "templates" / "mine.yaml").write_text(text, encoding="utf-8")


def write(path: Path, at: tuple[str, int, int], value: object) -> None:
    package = Package.open(path)
    package.sheet(at[0]).set(f"{openpyxl.utils.get_column_letter(at[2])}{at[1]}", value)
    package.save(path)


def told(folder: Path, name: str = "book.xlsx") -> dict[str, str]:
    """Sync everything; return what became of the pages of a workbook, by message."""
    _, report = run_json("sync", folder, *place_of(folder))
    [mine] = [one for one in report["workbooks"] if one["file"].endswith(name)]
    return {note["code"]: note["text"] for note in mine["notes"] if note["code"].startswith("migrate.page")}


def texts(path: Path, title: str) -> set[object]:
    sheet = openpyxl.load_workbook(path)[title]
    return {cell.value for row in sheet.iter_rows() for cell in row}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["book.xlsx", "wang.xlsx"])
def test_a_page_as_it_was_written_gives_way_to_the_new_one(begun, folder, name):
    path = folder / name
    path.write_bytes((begun / name).read_bytes())
    before = titles(path)
    parts = len(Package.open(path).parts.names)
    redraw(folder)
    assert "migrate.page-renewed" in told(folder, name)
    assert titles(path) == before
    assert len(Package.open(path).parts.names) == parts
    assert {"我们怎么看", "我们的建议"} <= texts(path, SUMMARY)
    counted = "只统计本簿所含的行：负责人为王芳的客户" in texts(path, SUMMARY)
    assert counted is (name == "wang.xlsx")
    assert shown(path, "统计期间") == "月"
    assert len(openpyxl.load_workbook(path)[SUMMARY]._charts) > 4
    assert lint(path.read_bytes()) == []
    data = path.read_bytes()
    assert told(folder, name) == {}
    assert path.read_bytes() == data


@pytest.mark.slow
def test_the_pages_figures_go_on(folder):
    path = folder / "book.xlsx"
    write(path, place(path, "统计期间"), "年")
    assert run("sync", path, *place_of(folder)).exit_code < 2
    before = {name: shown(path, name) for name in ("客户总数", "成交客户", "期间起始日", "期间销售总额")}
    redraw(folder)
    told(folder)
    assert {name: shown(path, name) for name in before} == before


def typed(path: Path) -> None:
    write(path, (SUMMARY, 40, 2), "我的话")


def spoken_of(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book.create_sheet("我的")["A1"] = f"='{SUMMARY}'!B7*2"
    book.save(path)


def named(path: Path) -> None:
    package = Package.open(path)
    package.set_defined_name("我的数", f"{SUMMARY}!$B$7")
    package.save(path)


def drawn(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    chart = openpyxl.chart.BarChart()
    chart.add_data(openpyxl.chart.Reference(book[SUMMARY], min_col=2, min_row=7, max_row=8))
    book[SUMMARY].add_chart(chart, "B60")
    book.save(path)


def labelled(path: Path) -> None:
    """Somebody puts a text box there, which moves with its cells; it has no part of its own."""
    package = Package.open(path)
    part = package.sheet(SUMMARY).info.part
    [item] = package.relationships(part).of_kind("drawing")
    box = (
        b'<xdr:twoCellAnchor editAs="oneCell"><xdr:from><xdr:col>1</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>60</xdr:row>'
        b"<xdr:rowOff>0</xdr:rowOff></xdr:from><xdr:to><xdr:col>3</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>62</xdr:row>"
        b'<xdr:rowOff>0</xdr:rowOff></xdr:to><xdr:sp macro="" textlink=""><xdr:nvSpPr><xdr:cNvPr id="99" name="T"/>'
        b"<xdr:cNvSpPr/></xdr:nvSpPr><xdr:spPr/></xdr:sp><xdr:clientData/></xdr:twoCellAnchor></xdr:wsDr>"
    )
    package.replace_part(item.target, package.parts.read(item.target).replace(b"</xdr:wsDr>", box))
    package.save(path)


def annotated(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    book[SUMMARY]["B9"].comment = openpyxl.comments.Comment("给老板看", "王芳")
    book.save(path)


def unmarked(path: Path) -> None:
    """An older crmbook wrote it."""
    book = openpyxl.load_workbook(path)
    for name in [one for one in book.custom_doc_props.names if one.startswith("crmbook.page.")]:
        del book.custom_doc_props[name]
    book.save(path)


@pytest.mark.slow
@pytest.mark.parametrize(
    "change", [typed, spoken_of, named, drawn, labelled, annotated, unmarked], ids=lambda one: one.__name__
)
def test_a_page_that_a_person_changed_or_uses_stays_behind_the_new_one(
    folder: Path, change: Callable[[Path], None]
):
    path = folder / "book.xlsx"
    change(path)
    held = texts(path, SUMMARY)
    redraw(folder)
    assert OLD in told(folder)["migrate.page-kept"]
    found = titles(path)
    assert found[found.index(OLD) - 1] == SUMMARY
    assert "我们怎么看" in texts(path, SUMMARY)
    assert "我们怎么看" not in texts(path, OLD)
    assert {text for text in held if isinstance(text, str) and text[:1] != "="} <= texts(path, OLD)
    assert place(path, "客户总数")[0] == SUMMARY
    assert lint(path.read_bytes()) == []
    if change is spoken_of:
        assert openpyxl.load_workbook(path)["我的"]["A1"].value == f"='{OLD}'!B7*2"
    if change is named:
        assert place(path, "我的数")[0] == OLD
    assert told(folder) == {}
    redraw(folder, OTHER.replace("我们怎么看", "再看一遍"))
    assert "migrate.page-renewed" in told(folder)
    assert [title for title in titles(path) if title.startswith(SUMMARY)] == [SUMMARY, OLD]


def test_a_page_that_is_renamed_is_found_by_its_names(folder):
    path = folder / "book.xlsx"
    package = Package.open(path)
    rename(package, Renaming(sheets={SUMMARY: "看板"}))
    package.save(path)
    redraw(folder)
    assert "migrate.page-renewed" in told(folder)
    assert SUMMARY in titles(path)
    assert "看板" not in titles(path)
    assert "我们怎么看" in texts(path, SUMMARY)


@pytest.mark.slow
@pytest.mark.parametrize("without_names", [True, False])
def test_a_page_that_a_person_deleted_stays_away(folder, without_names):
    path = folder / "book.xlsx"
    book = openpyxl.load_workbook(path)
    del book[SUMMARY]
    if without_names:
        for name in [key for key, one in book.defined_names.items() if SUMMARY in one.attr_text]:
            del book.defined_names[name]
    book.save(path)
    redraw(folder)
    told(folder)
    assert SUMMARY not in titles(path)


@pytest.mark.slow
def test_the_guide_lists_a_new_sheet(tmp_path):
    redraw(tmp_path, "template: standard\ndrop: [card]\n")
    build(tmp_path / "book.xlsx", "--example", "sample")
    assert "客户画像" not in texts(tmp_path / "book.xlsx", "使用说明")
    (tmp_path / "templates" / "mine.yaml").unlink()
    assert {"migrate.page-added", "migrate.page-renewed"} <= set(told(tmp_path))
    assert "客户画像" in texts(tmp_path / "book.xlsx", "使用说明")
    assert titles(tmp_path / "book.xlsx")[0] == "使用说明"


@pytest.mark.slow
@pytest.mark.office
def test_a_page_saved_by_libreoffice_is_as_it_was_written(folder, tmp_path):
    path = folder / "book.xlsx"
    [saved] = office.recalculate(path, out_dir=tmp_path / "saved")
    path.write_bytes(saved.read_bytes())
    shutil.rmtree(saved.parent)
    redraw(folder)
    assert "migrate.page-renewed" in told(folder)
    assert OLD not in titles(path)
    script = f"""
page = document.Sheets.getByName({SUMMARY!r})
result = [page.Charts.Count, document.Sheets.getByName("使用说明").getCellByPosition(0, 0).String]
"""
    assert office.run_macro_script(path, script)[0] > 4


@pytest.mark.slow
def test_a_roles_copy_is_told_only_what_changed_in_it(tmp_path):
    build(tmp_path / "book.xlsx", "--example", "sample")
    build(tmp_path / "sales.xlsx", "--role", "sales")
    redraw(tmp_path)
    _, report = run_json("sync", tmp_path / "sales.xlsx", *place_of(tmp_path))
    codes = [note["code"] for note in report["workbooks"][0]["notes"]]
    # The guide names what each sheet is for; the summary is not among the role's.
    assert [code for code in codes if code.startswith("migrate.")] == []
    redraw(tmp_path, "pages: {guide: {labels: {legend: {zh: 颜色, en: Colours}}}}\n")
    _, report = run_json("sync", tmp_path / "sales.xlsx", *place_of(tmp_path))
    codes = [note["code"] for note in report["workbooks"][0]["notes"]]
    assert [code for code in codes if code.startswith("migrate.")] == ["migrate.page-renewed"]


@pytest.mark.slow
def test_a_cell_that_takes_a_colour_draws_its_page_anew(folder):
    path = folder / "book.xlsx"
    redraw(
        folder,
        "pages: {summary: {cells: [{id: sales, highlight: [{when: '=sales>799', style: good}]}]}}\n",
    )
    assert "migrate.page-renewed" in told(folder)
    sheet, row, column = place(path, "期间销售总额")
    cell = openpyxl.load_workbook(path)[sheet].cell(row, column).coordinate
    formats = openpyxl.load_workbook(path)[sheet].conditional_formatting
    assert any(cell in str(one.sqref) for one in formats)
    assert told(folder) == {}


GAINED = """\
table: totals
title: {zh: 合计, en: Totals}
managed: false
key: line
seed: [{line: 1}]
fields:
  line: {title: {zh: 行, en: Line}, type: integer}
  total: {title: {zh: 金额, en: Amount}, type: money, formula: '=SUM(transactions[amount])*[@line]'}
"""


@pytest.mark.slow
def test_a_table_that_a_known_page_gains_is_told_as_no_sheet(folder):
    (folder / "schemas").mkdir()
    (folder / "schemas" / "totals.yaml").write_text(GAINED, encoding="utf-8")
    shipped = book_of().pages["summary"].tables
    redraw(folder, f"pages:\n  summary: {{tables: [{', '.join(shipped)}, totals]}}\n")
    _, report = run_json("sync", folder, *place_of(folder))
    kinds = {note["code"] for note in report["workbooks"][0]["notes"]}
    assert ("migrate.page-renewed" in kinds, "migrate.table-added" in kinds) == (True, False)
    assert "合计" in {table.display_name for table in Package.open(folder / "book.xlsx").tables}
