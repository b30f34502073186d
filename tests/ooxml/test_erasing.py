"""Rows and texts go from a whole package: cells, comments, runs, caches, embedded workbooks."""

from __future__ import annotations

import io
import zipfile

import openpyxl
import xlsxwriter

from crmbook.base import Terms
from crmbook.ooxml import Erasure, Package, erase
from tests.ooxml_lint import lint
from tests.privacy.traces import iter_runs, words_in

WORDS = ("卡娜丽斯", "只吃素从不喝酒", "坐在窗边的人")
NAME, NOTE, REMARK = WORDS


def workbook() -> bytes:
    """Row 2 is the person's, with a comment, a side note and a formula; row 3 names the person in a list and in two runs."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet, hidden = book.add_worksheet("客户"), book.add_worksheet("隐藏")
    hidden.hide()
    sheet.write_row(0, 0, ["姓名", "备注", "编号", "旁注"])
    sheet.write_row(1, 0, [NAME, NOTE, "ab1c", "旁边的话"])
    sheet.write_formula(1, 4, "=A2", None, NAME)
    sheet.write_comment(1, 0, REMARK)
    sheet.write_row(2, 0, ["赵六", "", "ab2d"])
    sheet.write_rich_string(2, 1, "像", book.add_format({"bold": True}), NAME[:2], NAME[2:], "一样")
    hidden.write(5, 5, NAME)
    hidden.data_validation("A1", {"validate": "list", "source": ["甲", NAME]})
    book.set_properties({"author": NAME})
    book.close()
    return file.getvalue()


def stays(text: str) -> str:
    return text.replace(NAME, "◻").replace(NOTE, "◻")


def held(data: bytes) -> set[str]:
    return words_in(list(iter_runs(data)), [*WORDS, "旁边的话"])


def test_nothing_stays_of_a_row_and_of_a_text_anywhere():
    data = workbook()
    assert held(data) == {*WORDS, "旁边的话"}
    package = Package.open(data)
    done = erase(package, Erasure({"ab1c"}.__contains__, stays=stays))
    after = package.to_bytes()
    assert done.rows == {"客户": {2}}
    assert held(after) == set()
    assert lint(after) == []
    sheet = Package.open(after).sheet("客户")
    assert [sheet.cell(ref).value for ref in ("A2", "C2", "D2", "A3", "B3", "C3")] == [
        None,
        None,
        None,
        "赵六",
        "像◻一样",
        "ab2d",
    ]


def test_an_embedded_workbook_is_cleaned_too():
    package = Package.open(workbook())
    package.add_part("xl/embeddings/a.xlsx", workbook(), "application/x", "http://x/package")
    erase(package, Erasure({"ab1c"}.__contains__, stays=stays))
    assert held(package.to_bytes()) == set()


def test_a_row_that_stays_loses_what_may_not_stay_in_it_alone():
    package = Package.open(workbook())
    swap = {NAME: "已删除", NOTE: ""}
    wanted = Erasure(lambda _text: False, {"ab1c"}.__contains__, lambda text: swap.get(text, text))
    assert erase(package, wanted).rows == {}
    sheet = Package.open(package.to_bytes()).sheet("客户")
    assert [sheet.cell(ref).value for ref in ("A2", "B2", "D2", "E2")] == [
        "已删除",
        None,
        "旁边的话",
        "已删除",
    ]
    assert sheet.cell("E2").formula == "A2"


def test_a_package_without_any_of_it_keeps_every_byte():
    data = workbook()
    package = Package.open(data)
    erase(package, Erasure(lambda _text: False, stays=lambda text: text))
    before, after = (zipfile.ZipFile(io.BytesIO(one)) for one in (data, package.to_bytes()))
    assert [before.read(name) for name in before.namelist()] == [
        after.read(name) for name in after.namelist()
    ]


def test_a_text_goes_that_is_written_in_numbers_of_its_characters():
    """As lxml writes what is beyond ASCII."""
    data = workbook()
    package = Package.open(data)
    for name in package.parts.names:
        if name.endswith((".xml", ".vml")):
            text = package.parts.read(name).decode("utf-8")
            package.replace_part(name, text.encode("ascii", "xmlcharrefreplace"))
    coded = Package.open(package.to_bytes())
    erase(coded, Erasure({"ab1c"}.__contains__, stays=stays, hints=WORDS))
    texts = [cell.value for info in coded.sheets for cell in coded.sheet(info.name).cells()]
    assert not [text for text in texts if isinstance(text, str) and NAME in text]


NUMBER = 13766667777


def test_a_number_leaves_a_blank_and_no_text_where_a_number_must_be():
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    sheet, chart = book.add_worksheet("客户"), book.add_chart({"type": "column"})
    sheet.write_column(0, 0, [NUMBER, 913766667777, "137"])
    sheet.write_formula("B1", "=A1", None, NUMBER)
    sheet.write_formula("B2", f'=IF(A1={NUMBER},"{NUMBER}",A2)', None, 5)
    sheet.data_validation("C1", {"validate": "integer", "criteria": ">", "value": NUMBER})
    chart.add_series({"values": "=客户!$A$1:$A$2"})
    sheet.insert_chart("E1", chart)
    book.close()
    package = Package.open(file.getvalue())
    package.add_part(
        "xl/pivotCache/pivotCacheDefinition1.xml",
        f'<pivotCacheDefinition><s v="{NUMBER}"/><n v="{NUMBER}"/></pivotCacheDefinition>'.encode(),
        "application/vnd.openxmlformats-officedocument.spreadsheetml.pivotCacheDefinition+xml",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/pivotCacheDefinition",
    )
    done = erase(package, Erasure(lambda _: False, stays=Terms([str(NUMBER)], (), "◻").stays))
    after = package.to_bytes()
    assert done.texts
    assert words_in([run for run in iter_runs(after) if b"913766667777" not in run], [str(NUMBER)]) == set()
    assert lint(after) == []
    cells = {cell.ref: cell for cell in Package.open(after).sheet("客户").cells()}
    assert (cells["A1"].kind, cells["A1"].value) == ("blank", None)
    assert cells["A2"].value == 913766667777
    assert (cells["B1"].formula, cells["B1"].value) == ("A1", None)
    assert cells["B2"].formula == 'IF(A1=0,"◻",A2)'
    with zipfile.ZipFile(io.BytesIO(after)) as archive:
        [chart_part] = [archive.read(name) for name in archive.namelist() if name.endswith("chart1.xml")]
        assert '<s v="◻"/><n v="0"/>'.encode() in archive.read("xl/pivotCache/pivotCacheDefinition1.xml")
    assert "◻".encode() not in chart_part
    openpyxl.load_workbook(io.BytesIO(after))
