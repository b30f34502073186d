"""Birthdays by the Chinese calendar reach books that were filled before there were any, their reminder, card and calendar."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import pytest
from icalendar import Calendar
from openpyxl.utils import get_column_letter

from crmbook.ooxml import Package
from tests.cli.run import run, run_json
from tests.migrate.test_renewed_pages import build, place, place_of, redraw, shown, write
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from pathlib import Path

WITHOUT = """\
template: standard
overrides: {customers: {fields: {birth_calendar: null, lunar_birthday: null, next_lunar_birthday: null}}}
pages: {card: {cells: [{id: card_lunar_birthday, drop: true}]}}
"""
BOOK = "book.xlsx"


def cell(path: Path, field: str) -> object:
    """What stands in a field of the first customer."""
    sheet, row, column = place(path, f"_crmbook.customers.{field}")
    return Package.open(path).sheet(sheet).cell(f"{get_column_letter(column)}{row + 1}").value


def fill(path: Path, field: str, value: object) -> None:
    """Type into a field of the first customer."""
    sheet, row, column = place(path, f"_crmbook.customers.{field}")
    write(path, (sheet, row + 1, column), value)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample, written without the calendar, whose first customer was born on 三月初三 of 1990."""
    folder: Path = tmp_path_factory.mktemp("birthdays")
    redraw(folder, WITHOUT)
    build(folder / BOOK, "--example", "sample")
    fill(folder / BOOK, "birth_date", "1990-03-29")
    fill(folder / BOOK, "notes", "喜欢喝茶")
    assert run("sync", folder, *place_of(folder)).exit_code < 2
    (folder / "templates" / "mine.yaml").unlink()
    fill(folder / BOOK, "hobbies", "摄影")  # typed while the book still has its old columns
    assert run("sync", folder, *place_of(folder)).exit_code < 2
    return folder


@pytest.mark.slow
def test_the_columns_come_and_nothing_is_lost(folder: Path) -> None:
    path = folder / BOOK
    assert lint(path.read_bytes()) == []
    assert (cell(path, "notes"), cell(path, "hobbies"), cell(path, "birth_calendar")) == (
        "喜欢喝茶",
        "摄影",
        None,
    )
    assert (shown(path, "下次生日"), shown(path, "农历生日")) == (datetime(2024, 3, 29), None)  # noqa: DTZ001
    before = path.read_bytes()
    assert run("sync", folder, *place_of(folder)).exit_code < 2
    assert path.read_bytes() == before


@pytest.mark.slow
def test_whoever_is_marked_is_reminded_of_on_the_day_by_the_chinese_calendar(folder: Path) -> None:
    path, ics = folder / BOOK, folder / "all.ics"
    fill(path, "birth_calendar", "农历")
    assert run("sync", folder, *place_of(folder)).exit_code < 2
    assert cell(path, "lunar_birthday") == "三月初三"
    assert (shown(path, "下次生日"), shown(path, "农历生日")) == (datetime(2023, 4, 22), "三月初三")  # noqa: DTZ001
    assert lint(path.read_bytes()) == []
    for year, day in (("2023", "2023-04-22"), ("2024", "2024-04-11"), ("2025", "2025-03-31")):
        as_of = ("--as-of", f"{day[:8]}{int(day[8:]) - 1:02}")
        assert run("remind", folder, "--workspace", folder, *as_of, "--ics", ics).exit_code == 0, year
        _, said = run_json("remind", folder, "--workspace", folder, *as_of)
        assert [
            (one["due"], one["days"]) for one in said["reminders"] if "lunar-birthday" in one["reminder"]
        ] == [(day, 1)]
    events = {
        str(event["dtstart"].dt): str(event.get("status"))
        for event in Calendar.from_ical(ics.read_bytes()).walk("VEVENT")
        if "农历生日" in str(event["summary"])
    }
    assert events == {"2023-04-22": "CANCELLED", "2024-04-11": "CANCELLED", "2025-03-31": "CONFIRMED"}
