"""The cookbook: every block of it is a file of one workspace, built, filled, synced and computed again by pandas."""

from __future__ import annotations

import re
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from crmbook.ooxml import Package
from crmbook.schema import load_book
from tests.cli.run import run, run_json
from tests.folders import write_files

DOCS = Path(__file__).parents[2] / "docs"


def blocks_of(name: str) -> list[tuple[str, str]]:
    """The files in a page of recipes."""
    text = (DOCS / name).read_text(encoding="utf-8")
    return re.findall(r"```yaml\n# (\S+)\n(.*?)```", text, re.DOTALL)


BLOCKS = blocks_of("cookbook.md")
DAY = ("--as-of", "2024-03-01")
CLIENTS = [
    ("K-001", "Ann", "person", None, "china", "zhejiang", "hangzhou"),
    ("K-002", "Berg", "firm", "91-1", "china", "jiangsu", "suzhou"),
    ("K-003", "Cato", "firm", None, "japan", "kanto", "yokohama"),
    ("K-004", "Dora", "person", None, "china", "zhejiang", "suzhou"),
]
VISITS = [
    ("1001", "K-001", "2024-01-05", "first"),
    ("1002", "K-001", "2024-02-07", "second"),
    ("1003", "K-002", "2024-01-09", "only"),
    ("1004", "K-001", "2024-01-30", "between"),
]
ENTRIES = [
    ("1", "K-001", "2024-01-05", 100),
    ("2", "K-002", "2024-01-05", 7),
    ("3", "K-001", "2024-01-02", 50),
    ("10", "K-001", "2024-01-05", -30),
    ("4", "K-001", "2024-02-01", 5),
]
ENROLMENTS = [("1", "K-001", "Go"), ("2", "K-001", "Chess"), ("3", "K-002", "Go"), ("4", "K-001", "Go")]
BOOKINGS = [
    ("1", "K-001", "A", "2024-03-04 09:00", "2024-03-04 10:00"),
    ("2", "K-002", "A", "2024-03-04 10:00", "2024-03-04 11:00"),
    ("3", "K-003", "B", "2024-03-04 09:30", "2024-03-04 10:30"),
    ("4", "K-003", "A", "2024-03-04 10:30", "2024-03-04 12:00"),
]
SAMPLES = {
    "clients": ("client_id,name,kind,tax_no,country,province,town", CLIENTS),
    "visits": ("visit_id,client_id,date,result", VISITS),
    "entries": ("entry_id,client_id,date,amount", ENTRIES),
    "enrolments": ("enrolment_id,client_id,course", ENROLMENTS),
    "bookings": ("booking_id,client_id,room,begin,end", BOOKINGS),
    "invoices": ("invoice_id,invoice_no,client_id,amount", [("1", "INV 2023-0009", "K-001", 10)]),
}


def test_the_chinese_page_has_the_same_recipes():
    text = (DOCS / "cookbook.zh.md").read_text(encoding="utf-8")
    headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert blocks_of("cookbook.zh.md") == BLOCKS
    assert re.findall(r"^- \[(.+)\]\(#(.+)\)$", text, re.MULTILINE) == [(one, one) for one in headings]
    assert len(headings) == len(BLOCKS)


@pytest.fixture(scope="module", params=["zh", "en"])
def desk(request, tmp_path_factory):
    """The book of the cookbook, filled and synced, with what the sync told of it."""
    folder = write_files(tmp_path_factory.mktemp("cookbook"), dict(BLOCKS))
    samples = folder / "samples" / "recipes"
    samples.mkdir(parents=True)
    for table, (header, lines) in SAMPLES.items():
        cells = [",".join("" if cell is None else str(cell) for cell in line) for line in lines]
        (samples / f"{table}.csv").write_text("\n".join([header, *cells]) + "\n", encoding="utf-8")
    path = folder / "book.xlsx"
    made = run("build", "-o", path, "--template", "recipes", "--sample", "--lang", request.param, *DAY)
    assert made.exit_code == 0, made.output
    code, told = run_json("sync", path, *DAY)
    assert code == 1, told
    book = load_book("recipes", request.param, folder)
    return path, book, told["workbooks"][0]["issues"]


def frame(path, book, table):
    sheet = book.tables[table]
    lines = [
        [cell.value for cell in line]
        for line in openpyxl.load_workbook(path, data_only=True)[sheet.title].iter_rows()
    ]
    found = pd.DataFrame(lines[1:], columns=lines[0])
    return found.rename(columns={field.title: name for name, field in sheet.fields.items()}).dropna(
        subset=[sheet.key]
    )


def rows_of(issues, table, *fields):
    """The keys of the rows of which something is told: rows stand in the order of the samples."""
    cells = [
        cell for one in issues if one["table"] == table and one["field"] in fields for cell in one["cells"]
    ]
    keys = [line[0] for line in SAMPLES[table][1]]
    return sorted({keys[int(re.sub("[A-Z]", "", cell)) - 2] for cell in cells})


def test_every_block_is_a_file_of_the_book():
    assert len(BLOCKS) == (DOCS / "cookbook.md").read_text(encoding="utf-8").count("```yaml")
    assert len({name for name, _ in BLOCKS}) == len(BLOCKS) == 8


@pytest.mark.sample(1)
def test_a_crossed_place_is_found_at_each_level(desk):
    path, book, issues = desk
    towns, provinces = (dict(book.lists[name].values) for name in ("town", "province"))
    wanted = [
        line[0]
        for line in CLIENTS
        if towns[line[6]].parent != line[5] or provinces[line[5]].parent != line[4]
    ]
    assert rows_of(issues, "clients", "town", "province") == wanted == ["K-004"]
    rules = Package.open(path).validations(book.tables["clients"].title)
    dependent = [one.formula1 for one in rules if one.type == "list" and "MATCH(" in (one.formula1 or "")]
    assert len(dependent) == 2


def test_a_tax_number_is_wanted_of_firms_alone(desk):
    _, _, issues = desk
    wanted = [line[0] for line in CLIENTS if line[2] == "firm" and not line[3]]
    assert rows_of(issues, "clients", "tax_no") == wanted


def test_a_double_of_two_columns_is_told_on_both_rows(desk):
    _, _, issues = desk
    known = pd.DataFrame(ENROLMENTS, columns=["row", "client", "course"])
    wanted = known[known.duplicated(["client", "course"], keep=False)]["row"].tolist()
    assert rows_of(issues, "enrolments", "course") == wanted


def test_the_latest_record_is_that_of_the_newest_day(desk):
    path, book, _ = desk
    known = pd.DataFrame(VISITS, columns=["visit", "client", "date", "result"])
    latest = known.sort_values("date").groupby("client").last()
    found = frame(path, book, "clients").set_index("client_id")
    for client in found.index:
        if client in latest.index:
            day = found.loc[client, "last_visit"]
            assert (day.date(), found.loc[client, "last_result"]) == (
                date.fromisoformat(latest.loc[client, "date"]),
                latest.loc[client, "result"],
            )
        else:
            assert pd.isna(found.loc[client, "last_result"]) or found.loc[client, "last_result"] == ""


def test_the_balance_runs_by_day_and_number_whatever_the_order_of_the_rows(desk):
    path, book, _ = desk
    known = pd.DataFrame(ENTRIES, columns=["entry", "client", "date", "amount"])
    known["number"] = known["entry"].astype(int)
    known = known.sort_values(["date", "number"])
    wanted = known.assign(balance=known.groupby("client")["amount"].cumsum()).set_index("entry")["balance"]
    found = frame(path, book, "entries").set_index("entry_id")["balance"]
    assert found.astype(float).to_dict() == wanted.astype(float).to_dict()


def test_bookings_of_one_room_that_overlap_are_told(desk):
    _, _, issues = desk
    at = datetime.fromisoformat
    wanted = {
        one[0]
        for one in BOOKINGS
        for other in BOOKINGS
        if one is not other and one[2] == other[2] and at(one[3]) < at(other[4]) and at(other[3]) < at(one[4])
    }
    assert rows_of(issues, "bookings", "room", "begin") == sorted(wanted) == ["2", "4"]


def test_a_document_gets_the_next_number_of_its_year(desk, tmp_path):
    path, book, _ = desk
    sheet = book.tables["invoices"]
    package = Package.open(path)
    for row in (3, 4):
        package.sheet(sheet.title).set(f"C{row}", "K-002")
        package.sheet(sheet.title).set(f"D{row}", row)
    package.save(path)
    assert run("sync", path, *DAY).exit_code < 2
    assert frame(path, book, "invoices")["invoice_no"].tolist() == [
        "INV 2023-0009",
        "INV 2024-0001",
        "INV 2024-0002",
    ]
