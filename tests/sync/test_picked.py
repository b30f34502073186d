"""A reference picked from its dropdown, ``001 张三``: offered, shown by live formulas at once, and the key after a sync."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmbook.build import build_names
from crmbook.ooxml import Package
from crmbook.schema import Layout
from tests import office
from tests.books import TEMPLATES, book_of, built
from tests.cli.run import run_json
from tests.desk import Desk, moved, settled
from tests.migrate.test_renewed_pages import build, place_of, redraw
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT = "template: standard\noverrides: {customers: {offers: null}}\n"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder: Path = tmp_path_factory.mktemp("picked")
    settled(folder)
    return folder


@pytest.fixture
def desk(folder: Path, tmp_path: Path) -> Desk:
    return Desk(moved(folder, tmp_path))


def names_of(package: Package) -> dict[str, str]:
    return {item.name: item.formula for item in package.defined_names}


def columns_of(package: Package, table: str) -> dict[str, str]:
    """The letters of a table's columns by header."""
    [found] = [one for one in package.tables if one.display_name == table]
    sheet = package.sheet(found.sheet)
    cells = sheet.cells({found.area.top})
    return {str(cell.value): cell.ref.rstrip("0123456789") for cell in cells}


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_dropdown_of_a_customer_shows_number_and_name(template: str) -> None:
    book = book_of(template)
    layout = Layout(book)
    names = build_names(book, layout)
    letter = layout.tables["customers"].columns["choice"].letter
    assert f"!${letter}$2:" in names.areas[names.keys["customers"]]
    package = Package.open(built(template=template).data)
    offered = names.keys["customers"]
    assert f"!${letter}$2:" in names_of(package)[offered]
    referring = [
        (table, inner)
        for table in book.tables.values()
        for inner in table.references_to("customers")
        if table.managed
    ]
    assert len(referring) > 8
    for table, inner in referring:
        column = layout.tables[table.name].columns[inner.name].letter
        rules = [
            one
            for one in package.validations(layout.tables[table.name].sheet)
            if one.sqref.startswith(f"{column}2")
        ]
        assert [(one.type, one.formula1.lstrip("="), one.shows_error) for one in rules] == [
            ("list", offered, False)
        ]
        assert table.name == "prospects" or "001 张三" in rules[0].prompt


def test_what_is_its_own_name_is_offered_alone() -> None:
    book = book_of()
    layout = Layout(book)
    names = build_names(book, layout)
    letter = layout.tables["campaigns"].columns["name"].letter
    assert f"!${letter}$2:" in names.areas[names.keys["campaigns"]]


@pytest.mark.parametrize("typed", ["002 李四", " 002  李四 ", "002 李 四"])
def test_a_picked_customer_becomes_the_number_and_nothing_is_said(desk: Desk, typed: str) -> None:
    desk.type("transactions", 2, customer_id=typed)
    report = desk.sync()
    assert desk.value("transactions", "customer_id", 2) == "002"
    assert desk.value("transactions", "name", 2) == "李四"
    assert [one.code for one in report.issues if "reference" in one.code] == []
    before = desk.path.read_bytes()
    desk.sync()
    assert desk.path.read_bytes() == before


def test_a_customer_renamed_after_being_picked_is_still_meant(desk: Desk) -> None:
    desk.type("transactions", 2, customer_id="002 李四")
    desk.type("customers", 3, name="李思")
    report = desk.sync()
    assert (desk.value("transactions", "customer_id", 2), desk.value("transactions", "name", 2)) == (
        "002",
        "李思",
    )
    assert "check.reference-by-name" in [one.code for one in report.issues]


def test_a_number_beside_somebody_elses_name_is_refused(desk: Desk) -> None:
    desk.type("transactions", 2, customer_id="002 张三")
    report = desk.sync()
    assert desk.value("transactions", "customer_id", 2) == "002 张三"
    assert any(one.code.startswith("check.unknown-reference") for one in report.issues)


def test_a_key_with_a_blank_is_picked_like_any_other(desk: Desk) -> None:
    desk.type("customers", 3, customer_id="B 02")
    desk.type("transactions", 2, customer_id="B 02 李四")
    desk.sync()
    assert (desk.value("transactions", "customer_id", 2), desk.value("transactions", "name", 2)) == (
        "B 02",
        "李四",
    )


@pytest.mark.office
def test_what_is_looked_up_by_a_picked_customer_is_there_before_the_sync(desk: Desk, tmp_path: Path) -> None:
    desk.type("customers", 3, customer_id="B 02")
    typed = {2: "001 张三", 3: "B 02", 4: "无 人", 5: None}
    for row, text in typed.items():
        desk.type("transactions", row, transaction_id=str(1000 + row), customer_id=text)
    [copy] = office.recalculate(desk.path, out_dir=tmp_path / "out")
    shown = office.read_values(copy)[desk.place("transactions").sheet]
    names = {row: shown.get(desk.ref("transactions", "name", row)) or "" for row in (2, 3)}
    assert names == {2: "张三", 3: "李四"}


@pytest.mark.slow
def test_a_book_that_offered_numbers_alone_gets_the_names_at_its_next_sync(tmp_path: Path) -> None:
    redraw(tmp_path, WITHOUT)
    path, copy = tmp_path / "book.xlsx", tmp_path / "wang.xlsx"
    build(path, "--example", "sample")
    build(copy, "--owner", "王芳")
    (tmp_path / "templates" / "mine.yaml").unlink()
    before = names_of(Package.open(path))["编号_客户基本信息"]
    run_json("sync", tmp_path, *place_of(tmp_path))
    for file in (path, copy):
        package = Package.open(file)
        assert lint(file.read_bytes()) == []
        letter = columns_of(package, "客户基本信息")["选项"]
        assert names_of(package)["编号_客户基本信息"] == before.replace("$A$", f"${letter}$")
        name = columns_of(package, "客户交易记录")["客户姓名"]
        assert 'FIND(" ",' in (package.sheet("客户交易记录").cell(f"{name}2").formula or "")
    content = path.read_bytes()
    run_json("sync", tmp_path, *place_of(tmp_path))
    assert path.read_bytes() == content


@pytest.mark.slow
def test_an_owners_copy_offers_the_owners_customers_alone(tmp_path: Path) -> None:
    redraw(tmp_path, "template: standard\n")
    build(tmp_path / "book.xlsx", "--example", "sample")
    copy = tmp_path / "wang.xlsx"
    build(copy, "--owner", "王芳")
    package = Package.open(copy)
    letter = columns_of(package, "客户基本信息")["选项"]
    texts = [
        cell.value
        for cell in package.sheet("客户基本信息").cells()
        if cell.ref.rstrip("0123456789") == letter
    ]
    assert "001 张三" in texts
    assert not any("李四" in str(text) for text in texts)
