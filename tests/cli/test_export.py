"""``crmbook export`` as people type it: files for other programs, whole or not at all, and back by ``crmbook import``."""

from __future__ import annotations

import csv
import json
import os
import sqlite3
import stat
from contextlib import closing
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

from crmbook.ooxml import Package
from tests.cli.run import run, run_json
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from pathlib import Path

DAY = ("--as-of", "2023-04-01")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("export")
    words = ("build", "-o", place / "book.xlsx", "-t", "lite", "--sample", "--lang", "zh", *DAY)
    assert run(*words).exit_code == 0
    return place


def export(folder: Path, *words: object, lang: str = "zh") -> Any:
    return run("export", folder, *words, "--lang", lang, *DAY)


def lines(path: Path) -> list[list[str]]:
    return list(csv.reader(path.read_text(encoding="utf-8-sig").splitlines(keepends=True)))


def test_csv_has_the_mark_that_excel_knows_and_the_headers_of_the_sheet(folder, tmp_path):
    result = export(folder, "-o", tmp_path / "c.csv", "--table", "客户基本信息")
    assert result.exit_code == 0
    assert (tmp_path / "c.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    head, *rows = lines(tmp_path / "c.csv")
    assert head[:2] == ["客户ID", "姓名"]
    assert [row[:2] for row in rows] == [["001", "张三"], ["002", "李四"]]


def test_computed_fields_are_those_of_the_day(folder, tmp_path):
    export(folder, "-o", tmp_path / "c.json", "--table", "customers")
    found = json.loads((tmp_path / "c.json").read_text("utf-8"))
    assert found["crmbook"]["as_of"] == "2023-04-01"
    assert found["tables"]["customers"][0]["last_interaction"] == "2023-02-20"


@pytest.mark.parametrize(("lang", "header"), [("zh", "姓名"), ("en", "Name")])
def test_headers_follow_the_language(folder, tmp_path, lang, header):
    export(folder, "-o", tmp_path / "c.csv", "--table", "Customers", "--fields", header, lang=lang)
    assert lines(tmp_path / "c.csv") == [[header], ["张三"], ["李四"]]


def test_a_condition_of_one_table_holds_for_its_rows(folder, tmp_path):
    words = ("--table", "客户交易记录", "--where", "[@交易金额]>=500", "--fields", "交易ID，交易金额")
    assert export(folder, "-o", tmp_path / "t.csv", *words).exit_code == 0
    assert lines(tmp_path / "t.csv") == [["交易ID", "交易金额"], ["1001", "500"]]


def test_a_condition_of_all_tables_holds_for_customers_and_their_records(folder, tmp_path):
    assert export(folder, "-o", tmp_path / "a.json", "--all", "--where", '=[@姓名]="李四"').exit_code == 0
    tables = json.loads((tmp_path / "a.json").read_text("utf-8"))["tables"]
    assert [row["customer_id"] for row in tables["customers"]] == ["002"]
    assert {row["customer_id"] for row in tables["transactions"]} == {"002"}


@pytest.mark.sample(2)
@pytest.mark.parametrize("name", ["c.csv", "c.xlsx", "c.json", "c.jsonl", "c.db", "c.vcf"])
def test_a_table_without_rows_is_its_headers(folder, tmp_path, name):
    result = export(folder, "-o", tmp_path / name, "--table", "customers", "--where", '[@name]="没有这个人"')
    assert (result.exit_code, (tmp_path / name).is_file()) == (0, True)


def test_a_csv_without_rows_has_the_headers_of_the_others(folder, tmp_path):
    export(folder, "-o", tmp_path / "all.csv", "--table", "customers")
    export(folder, "-o", tmp_path / "none.csv", "--table", "customers", "--where", '[@name]="没有这个人"')
    assert lines(tmp_path / "none.csv") == lines(tmp_path / "all.csv")[:1]


def test_sqlite_has_types_and_keys_that_hold(folder, tmp_path):
    assert export(folder, "-o", tmp_path / "a.db").exit_code == 0
    with closing(sqlite3.connect(tmp_path / "a.db")) as found:
        kinds = {row[1]: (row[2], row[5]) for row in found.execute("PRAGMA table_info(transactions)")}
        assert (kinds["transaction_id"], kinds["amount"], kinds["date"]) == (
            ("TEXT", 1),
            ("REAL", 0),
            ("DATE", 0),
        )
        keys = [row[2:5] for row in found.execute("PRAGMA foreign_key_list(transactions)")]
        assert keys == [("customers", "customer_id", "customer_id")]
        assert found.execute("PRAGMA foreign_key_check").fetchall() == []
        assert found.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert found.execute("SELECT sum(amount) FROM transactions").fetchone() == (800.0,)


def test_a_key_that_does_not_hold_is_not_declared(folder, tmp_path):
    export(folder, "-o", tmp_path / "a.db", "--where", '[@姓名]="李四"', "--table", "customers")
    export(folder, "-o", tmp_path / "b.db", "--table", "transactions")
    with closing(sqlite3.connect(tmp_path / "b.db")) as found:
        assert found.execute("PRAGMA foreign_key_list(transactions)").fetchall() == []


def test_a_workbook_is_plain(folder, tmp_path):
    assert export(folder, "-o", tmp_path / "a.xlsx").exit_code == 0
    data = (tmp_path / "a.xlsx").read_bytes()
    assert lint(data) == []
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert book.sheetnames[0] == "客户基本信息"
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not any(cell.data_type == "f" for cell in cells)
    assert not Package.open(data).defined_names
    row = {cell.value: book["客户交易记录"].cell(2, cell.column) for cell in book["客户交易记录"][1]}
    assert (row["交易ID"].value, row["交易金额"].value) == ("1001", 500)
    assert (row["交易日期"].is_date, str(row["交易日期"].value.date())) == (True, "2023-01-01")


def test_cards_hold_who_can_be_reached(folder, tmp_path):
    assert export(folder, "-o", tmp_path / "c.vcf").exit_code == 0
    text = (tmp_path / "c.vcf").read_bytes().decode()
    assert text.count("BEGIN:VCARD") == 2
    assert "FN:张三\r\nN:张;三;;;\r\n" in text
    assert "EMAIL:zhangsan@example.com\r\n" in text


def test_masked_values_show_nobody(folder, tmp_path):
    assert export(folder, "-o", tmp_path, "--mask").exit_code == 0
    text = "".join(path.read_text("utf-8") for path in tmp_path.glob("*.csv"))
    assert "张*" in text
    for known in ("张三", "李四", "123456789", "zhangsan", "海淀区中", "上海市浦东新区"):
        assert known not in text


@pytest.mark.skipif(os.name == "nt", reason="Windows has other rights")
def test_files_are_for_their_owner_alone(folder, tmp_path):
    export(folder, "-o", tmp_path / "new")
    export(folder, "-o", tmp_path / "a.db")
    made = [tmp_path / "a.db", tmp_path / "new", *(tmp_path / "new").iterdir()]
    assert len(made) > 4
    assert {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in made} == {0}


WRONG = {
    "unknown table": ("-o c.csv --table 客户基本", "export.unknown-table", "客户基本信息"),
    "unknown field": ("-o c.csv --table customers --fields 姓明", "export.unknown-field", "姓名"),
    "unknown ending": ("-o c.xls", "export.unknown-ending", ".xlsx"),
    "unknown format": ("-o c.dat --format sqllite", "export.unknown-format", "sqlite"),
    "unknown field in condition": (
        "-o c.csv --table customers --where [@电子邮箱]=1",
        "formula.unknown-field",
        "电子邮件",
    ),
    "condition that is none": ("-o c.csv --table customers --where [@姓名", "formula", ""),
    "folder missing": ("-o none/c.csv", "checkout.no-folder", "none"),
    "several tables": ("-o c.csv --all", "export.one-table", "--table"),
    "no people": ("-o c.vcf --table transactions", "export.no-contacts", ""),
    "table and all": ("-o c.csv --all --table customers", "cli.export-table-or-all", ""),
}


@pytest.mark.sample(9)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_is_said_with_what_was_meant(folder, tmp_path, monkeypatch, case, lang):
    words, code, near = WRONG[case]
    monkeypatch.chdir(tmp_path)
    exit_code, told = run_json("export", folder, *words.split(), "--lang", lang, *DAY)
    error = told["error"]
    assert (exit_code, list(tmp_path.iterdir())) == (2, [])
    assert error["code"].startswith(code)
    assert near in error["problem"] + error["remedy"]


def test_nothing_is_overwritten_unless_it_was_said(folder, tmp_path):
    (tmp_path / "客户交易记录.csv").write_text("mine")
    result = export(folder, "-o", tmp_path)
    assert result.exit_code == 2
    assert [path.name for path in tmp_path.iterdir()] == ["客户交易记录.csv"]
    assert (tmp_path / "客户交易记录.csv").read_text() == "mine"
    assert export(folder, "-o", tmp_path, "--force").exit_code == 0
    assert lines(tmp_path / "客户交易记录.csv")[1][0] == "1001"


def test_what_was_written_is_told_as_json(folder, tmp_path):
    code, told = run_json("export", folder, "-o", tmp_path / "c.jsonl", "--table", "customers", *DAY)
    assert (code, told["format"], told["rows"]) == (0, "jsonl", {"customers": 2})
    assert told["files"] == [str(tmp_path / "c.jsonl")]


def heads(place: Path) -> dict[str, Any]:
    """Return all that a folder's book exports, without the day."""
    assert run("export", place, "-o", place / "head.json", "--force", *DAY).exit_code == 0
    return json.loads((place / "head.json").read_text("utf-8"))["tables"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["out", "a.db"])
def test_an_export_begins_the_same_book_elsewhere_and_changes_nothing_at_home(
    folder, tmp_path, name, monkeypatch
):
    assert export(folder, "-o", tmp_path / name).exit_code == 0
    files = sorted((tmp_path / name).iterdir()) if name == "out" else [tmp_path / name]
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    template = ("-t", "lite") if name == "out" else ()
    assert run("import", *files, *template, "--yes", "--lang", "zh", *DAY).exit_code == 0
    first = heads(tmp_path / "new")
    assert first == heads(folder)
    assert run("import", *files, "--yes", "--lang", "zh", *DAY).exit_code == 0
    assert heads(tmp_path / "new") == first


@pytest.mark.slow
def test_a_masked_export_that_comes_back_is_taken_nowhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run("build", "-o", "book.xlsx", "-t", "lite", "--sample", "--lang", "zh", *DAY)
    before = heads(tmp_path)
    run("export", "-o", "m.csv", "--table", "customers", "--mask", "--lang", "zh", *DAY)
    result = run("import", "m.csv", "--policy", "overwrite", "--yes", "--lang", "zh", *DAY)
    assert result.exit_code == 1
    assert "张*" in result.output
    assert heads(tmp_path) == before
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    result = run("import", "../m.csv", "-t", "lite", "--yes", "--lang", "zh", *DAY)
    assert "张*" in result.output
    assert heads(tmp_path / "new")["customers"] == []


@pytest.mark.parametrize(("name", "text"), [("x.json", "[1, 2]"), ("x.jsonl", '{"a": 1}\n'), ("x.json", "{")])
def test_json_from_elsewhere_is_refused_by_name(tmp_path, monkeypatch, name, text):
    (tmp_path / name).write_text(text)
    monkeypatch.chdir(tmp_path)
    code, told = run_json("import", name, "--yes", *DAY)
    assert (code, told["error"]["code"]) == (2, "import.not-an-export")


@pytest.mark.sample(1)
@pytest.mark.parametrize("name", ["c.csv", "c.json"])
def test_a_preview_of_an_export_takes_it_in_as_exactly(folder, tmp_path, monkeypatch, name):
    assert export(folder, "-o", tmp_path / name, "--table", "customers").exit_code == 0
    (tmp_path / "new").mkdir()
    monkeypatch.chdir(tmp_path / "new")
    held = run("import", tmp_path / name, "-t", "lite", "--lang", "zh", *DAY)
    (preview,) = (tmp_path / "new").glob("*.xlsx")
    assert (held.exit_code, preview.name.startswith("导入-c")) == (3, True)
    assert run("import", preview, "--lang", "zh", *DAY).exit_code == 0
    typed = (
        "customer_id",
        "name",
        "phone",
        "email",
        "address",
        "company",
        "age",
        "typed_over",
        "registered_on",
    )
    found, known = heads(tmp_path / "new")["customers"], heads(folder)["customers"]
    assert [[row[label] for label in typed] for row in found] == [
        [row[label] for label in typed] for row in known
    ]
