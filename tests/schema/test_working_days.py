"""``working_days`` of a locale: how long feedback took, and when it is late, in days on which somebody works."""

from __future__ import annotations

from datetime import date

import pytest

from crmbook.build import find_due
from crmbook.build.build import build_workbook
from crmbook.build.identity import Stamp
from crmbook.ooxml import Package
from crmbook.schema import layout_of, load_book, recompute, table_frame
from tests import office
from tests.cli.run import run

HOME = "locale: {working_days: true, holidays: [2026-05-01, 2026-05-04, 2026-05-05]}\n"
"""The first of May 2026 is a Friday: three days off, with the weekend five in a row."""
DAY = date(2026, 5, 20)
TOOK = [  # received, settled, days, working days
    (date(2026, 4, 22), date(2026, 4, 22), 0, 0),
    (date(2026, 4, 22), date(2026, 4, 23), 1, 1),
    (date(2026, 4, 24), date(2026, 4, 27), 3, 1),  # Friday to Monday
    (date(2026, 4, 24), date(2026, 4, 26), 2, 0),  # Friday to Sunday
    (date(2026, 4, 25), date(2026, 4, 26), 1, 0),  # over a weekend
    (date(2026, 4, 25), date(2026, 4, 27), 2, 1),
    (date(2026, 4, 30), date(2026, 5, 6), 6, 1),  # over the holidays
    (date(2026, 5, 1), date(2026, 5, 8), 7, 3),  # begun on a holiday
    (date(2026, 4, 1), date(2026, 4, 30), 29, 21),
    (date(2026, 5, 8), date(2026, 5, 6), -2, -2),  # a mistake, which a check points at
    (date(2026, 5, 8), None, None, None),
]


def book_at(folder, home=HOME):
    (folder / "schemas").mkdir(exist_ok=True)
    (folder / "schemas" / "home.yaml").write_text(home, encoding="utf-8")
    return load_book("standard", "zh", folder)


def filled(book):
    rows = {
        "feedback_id": [str(2001 + place) for place in range(len(TOOK))],
        "customer_id": ["001"] * len(TOOK),
        "date": [one[0] for one in TOOK],
        "handled_on": [one[1] for one in TOOK],
    }
    customers = {"customer_id": ["001"], "name": ["张三"], "verified_on": [DAY]}
    tables = {
        "customers": customers,
        "feedback": rows,
        "followups": {"customer_id": ["001"]},
    }
    return {
        table.name: table_frame(table, tables[table.name])
        for table in book.tables.values()
        if table.name in tables
    }


def days_of(book):
    computed = recompute(book, filled(book), DAY).frames
    taken = [None if one != one else one for one in computed["feedback"]["handling_days"].tolist()]
    return taken, computed["followups"]["resolution_days"].tolist()[0]


def test_handling_counts_working_days_where_the_book_says_so(tmp_path):
    days, mean = days_of(book_at(tmp_path))
    assert days == [one[3] for one in TOOK]
    assert mean == pytest.approx(sum(one[3] for one in TOOK[:-1]) / (len(TOOK) - 1))


@pytest.mark.sample(1)
@pytest.mark.parametrize("home", ["locale: {holidays: [2026-05-01]}\n", "locale: {working_days: false}\n"])
def test_every_day_counts_where_it_does_not(tmp_path, home):
    assert days_of(book_at(tmp_path, home))[0] == [one[2] for one in TOOK]


def test_feedback_is_late_after_so_many_working_days(tmp_path):
    """Seven of them behind 24 April, a Friday: the 27th to the 30th are four, 6, 7 and 8 May the rest of them."""
    book = book_at(tmp_path)
    rows = {"feedback_id": ["1"], "customer_id": ["001"], "date": [date(2026, 4, 24)], "status": ["处理中"]}
    frames = {"feedback": table_frame(book.tables["feedback"], rows)}

    def due_on(day):
        return [
            one.due for one in find_due(book, recompute(book, frames, day), day) if one.table == "feedback"
        ]

    assert due_on(date(2026, 5, 8)) == []
    assert due_on(date(2026, 5, 9)) == [date(2026, 5, 8)]


@pytest.mark.slow
@pytest.mark.office
def test_libreoffice_counts_the_same(tmp_path):
    book = book_at(tmp_path)
    path = tmp_path / "book.xlsx"
    path.write_bytes(build_workbook(book, filled(book), DAY, Stamp("book-1", "workbook-1")).data)
    place = layout_of(book).tables["feedback"]
    letter = place.columns["handling_days"].letter
    (tmp_path / "out").mkdir()
    [counted] = office.recalculate(path, out_dir=tmp_path / "out")
    cells = [
        Package.open(counted).sheet(place.sheet).cell(f"{letter}{row}") for row in range(2, 2 + len(TOOK))
    ]
    assert "NETWORKDAYS" in cells[0].formula
    assert [cell.value or (0 if one[3] == 0 else None) for cell, one in zip(cells, TOOK, strict=True)] == [
        one[3] for one in TOOK
    ]


@pytest.mark.slow
def test_a_filled_book_counts_otherwise_after_its_next_sync(tmp_path):
    """The sample's first feedback came on a Tuesday; settled on Monday it took six days, or four working days."""
    path = tmp_path / "客户.xlsx"
    book = book_at(tmp_path, "locale: {}\n")
    run("build", "-o", path, "--sample", "--workspace", tmp_path, "--lang", "zh")
    place = layout_of(book).tables["feedback"]

    def cell(name):
        return Package.open(path).sheet(place.sheet).cell(f"{place.columns[name].letter}2")

    package = Package.open(path)
    package.sheet(place.sheet).set(f"{place.columns['handled_on'].letter}2", date(2023, 1, 16))
    package.save(path)
    run("sync", path, "--as-of", "2023-04-01")
    assert cell("date").value == date(2023, 1, 10)
    assert cell("handling_days").value == 6
    book_at(tmp_path)
    result = run("sync", path, "--as-of", "2023-04-01")
    assert "“处理天数”列的公式已更新" in result.output
    assert "这里被改成了" not in result.output
    assert cell("handling_days").value == 4
    assert "NETWORKDAYS" in cell("handling_days").formula
    assert cell("handled_on").value == date(2023, 1, 16)
