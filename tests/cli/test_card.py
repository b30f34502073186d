"""``crmbook card``: one customer's page as a file, whoever it is named by; nothing else is touched."""

from __future__ import annotations

import io
import shutil
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from crmbook.ooxml import Package
from crmbook.read import target_of
from tests import office
from tests.cli.run import run
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from pathlib import Path

DAY = ("--as-of", "2023-04-01")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("card")
    assert run("build", "-o", place / "book.xlsx", "--example", "sample", *DAY).exit_code == 0
    return place


def shown(path: Path) -> dict[str, Any]:
    """Return what the named cells of a workbook show."""
    data = path.read_bytes()
    assert lint(data) == []
    workbook = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    assert workbook.sheetnames in (["客户画像"], ["Customer card"])
    targets = {one.name: target_of(one) for one in Package.open(data).defined_names}
    return {name: workbook[spot[0]].cell(*spot[1:]).value for name, spot in targets.items() if spot}


def test_what_is_printed_at_the_top_names_the_customer(folder, tmp_path):
    """Not the file, which is one of a moment where a PDF is written."""
    path = tmp_path / "c.xlsx"
    assert run("card", "002", folder / "book.xlsx", "-o", path, "--lang", "zh", *DAY).exit_code == 0
    sheet = openpyxl.load_workbook(path).worksheets[0]
    assert sheet.oddHeader.left.text == "002 李四"


@pytest.mark.sample(1)
@pytest.mark.parametrize("customer", ["002", "李四", "002 李四", " 002  李四 "])
def test_a_customer_is_known_by_id_name_or_both(folder, tmp_path, customer):
    before = (folder / "book.xlsx").read_bytes()
    result = run("card", customer, folder / "book.xlsx", "-o", tmp_path / "c.xlsx", "--lang", "zh", *DAY)
    assert result.exit_code == 0
    assert "002 李四" in result.output
    cells = shown(tmp_path / "c.xlsx")
    assert (cells["选择客户"], cells["姓名"], cells["累计金额"]) == ("002 李四", "李四", 300)
    assert (folder / "book.xlsx").read_bytes() == before


def test_the_page_holds_values_and_its_own_table_of_them(folder, tmp_path):
    run("card", "001", folder, "-o", tmp_path / "c.xlsx", *DAY)
    sheet = openpyxl.load_workbook(tmp_path / "c.xlsx").active
    formulas = [cell.value for row in sheet for cell in row if str(cell.value).startswith("=")]
    assert [one for one in formulas if "&IF(" not in one] == []  # the titles of charts name their time


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("无名氏", "-o", "c.xlsx"), "没有“无名氏”这位客户"),
        (("001", "-o", "c.docx"), "既不是 .xlsx 也不是 .pdf"),
        (("001", "-o", "book.xlsx"), "已经存在"),
        (("001", "-o", "no/such/c.xlsx"), "no/such"),
    ],
)
def test_what_cannot_be_written_is_refused_by_name(folder, monkeypatch, words, code):
    monkeypatch.chdir(folder)
    before = sorted(path.name for path in folder.iterdir())
    result = run("card", words[0], folder, *words[1:], "--lang", "zh", *DAY)
    assert result.exit_code == 2
    assert code in "".join(result.output.split("\n"))
    assert sorted(path.name for path in folder.iterdir()) == before


def test_a_name_that_two_bear_is_asked_about(folder, tmp_path):
    shutil.copytree(folder, tmp_path / "two")
    path = tmp_path / "two" / "book.xlsx"
    package = Package.open(path)
    [name] = [target_of(one) for one in package.defined_names if one.name == "_crmbook.customers.name"]
    package.sheet(name[0]).set(f"B{name[1] + 2}", "张三")
    path.write_bytes(package.to_bytes())
    assert run("sync", path, *DAY).exit_code < 2
    result = run("card", "张三", path, "-o", tmp_path / "c.xlsx", "--lang", "zh", *DAY)
    assert result.exit_code == 2
    assert "001 张三" in result.output
    assert "002 张三" in result.output
    assert not (tmp_path / "c.xlsx").exists()


@pytest.mark.office
def test_libreoffice_prints_one_page(folder, tmp_path):
    office.require_office()
    assert run("card", "001", folder, "-o", tmp_path / "c.pdf", *DAY).exit_code == 0
    assert len(office.to_png(tmp_path / "c.pdf", 30)) == 1
