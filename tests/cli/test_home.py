"""A workspace that says where it is at home: a list goes in, people type, the home changes, all by commands."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest

from crmbook.ooxml import Package
from tests.cli.run import run
from tests.folders import write_files

DAY = ("--as-of", "2024-03-01", "--lang", "en")
FILES = {
    "schemas/people.yaml": """\
table: people
title: {zh: 客户, en: Clients}
key: client_id
name_field: name
identity: [[phone], [name]]
fields:
  client_id: {title: {zh: 编号, en: Client ID}, type: id, format: '000'}
  name: {title: {zh: 姓名, en: Name}, type: text, required: true}
  phone: {title: {zh: 电话, en: Phone}, type: phone, severity: warning}
  fee: {title: {zh: 费用, en: Fee}, type: money}
  since: {title: {zh: 起始, en: Since}, type: date}
  note: {title: {zh: 备注, en: Note}, type: long_text}
""",
    "templates/desk.yaml": """\
template: desk
title: {zh: 台账, en: Desk}
lang: en
sheets: [{page: guide}, {table: people}, {page: dictionary}, {page: issues}, {page: conflicts}]
""",
}


@pytest.fixture
def desk(tmp_path):
    return write_files(tmp_path, FILES)


def live_in(folder, home: str) -> None:
    (folder / "schemas" / "home.yaml").write_text(f"locale: {home}\n", encoding="utf-8")


def bring(folder, name: str) -> str:
    result = run(
        "import", folder / name, "--into", folder, "--workspace", folder, "--template", "desk", "--yes", *DAY
    )
    assert result.exit_code < 2, result.output
    return result.output


def clients(folder):
    [path] = [one for one in folder.glob("*.xlsx") if "list" not in one.name]
    sheet = openpyxl.load_workbook(path)["Clients"]
    header, *rows = [list(row) for row in sheet.iter_rows()]
    titles = [cell.value for cell in header]
    return path, [dict(zip(titles, row, strict=True)) for row in rows if row[1].value]


def test_a_list_is_read_as_it_is_written_where_the_book_is_at_home(desk):
    live_in(desk, "{region: DE}")
    (desk / "list.csv").write_text(
        "Name;Phone;Fee;Since\n"
        "Anna Roth;0171/31986498;1.234,56 €;01.05.2023\n"
        "Jan Pohl;Tel. 030 901820 (abends);1.500;31.12.2023\n",
        encoding="utf-8",
    )
    told = bring(desk, "list.csv")
    path, (anna, jan) = clients(desk)
    assert [one["Phone"].value for one in (anna, jan)] == ["0171 31986498", "030 901820"]
    assert [one["Fee"].value for one in (anna, jan)] == [1234.56, 1500]
    assert [one["Since"].value.date() for one in (anna, jan)] == [dt.date(2023, 5, 1), dt.date(2023, 12, 31)]
    assert "“abends”" in told
    assert anna["Fee"].number_format == '"€"#,##0.00'
    wrote = Package.open(path)
    place = anna["Phone"].column_letter, anna["Fee"].column_letter, anna["Since"].column_letter
    for letter, typed in zip(place, ("+49 171 3198649", "2.000,5", "3.4.24"), strict=True):
        wrote.sheet("Clients").set(f"{letter}2", typed)
    wrote.save(path)
    assert run("sync", path, *DAY).exit_code < 2
    _, (anna, _) = clients(desk)
    assert (anna["Phone"].value, anna["Fee"].value) == ("0171 3198649", 2000.5)
    assert anna["Since"].value.date() == dt.date(2024, 4, 3)


def test_a_number_in_a_cell_is_that_number_whatever_the_decimal_sign(desk):
    live_in(desk, "{region: DE}")
    book = openpyxl.Workbook()
    book.active.append(["Name", "Phone", "Fee", "Since"])
    book.active.append(["Anna Roth", "0171 31986498", 1.234, dt.date(2023, 5, 1)])
    book.active.append(["Jan Pohl", "030 901820", 1234.567, dt.date(2023, 1, 5)])
    book.save(desk / "list.xlsx")
    bring(desk, "list.xlsx")
    _, people = clients(desk)
    assert [one["Fee"].value for one in people] == [1.234, 1234.567]
    assert [one["Since"].value.date() for one in people] == [dt.date(2023, 5, 1), dt.date(2023, 1, 5)]


def test_a_book_moves_with_its_next_sync(desk):
    (desk / "list.csv").write_text("Name,Phone,Fee\nAnn Lee,(650) 253-0000,12.5\n", encoding="utf-8")
    bring(desk, "list.csv")
    path, (ann,) = clients(desk)
    assert (ann["Phone"].value, ann["Fee"].number_format) == ("(650) 253-0000", "#,##0.00")
    live_in(desk, "{region: US}")
    told = run("sync", path, *DAY)
    assert told.exit_code < 2, told.output
    assert "letter" in told.output
    _, (ann,) = clients(desk)
    assert (ann["Phone"].value, ann["Fee"].value, ann["Fee"].number_format) == (
        "(650) 253-0000",
        12.5,
        '"$"#,##0.00',
    )
    assert int(openpyxl.load_workbook(path)["Clients"].page_setup.paperSize) == 1
    before = path.read_bytes()
    assert run("sync", path, *DAY).exit_code < 2
    assert path.read_bytes() == before
