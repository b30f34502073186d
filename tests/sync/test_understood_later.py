"""What a cell may hold depends on others of its row: a value that another workbook makes right is taken in then."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmbook.ooxml import Package
from crmbook.schema import Layout
from tests.books import book_of
from tests.cli.run import run, run_json

if TYPE_CHECKING:
    from pathlib import Path

DAY = ("--as-of", "2023-04-01")


def type_into(path: Path, **values: str) -> None:
    place, package = Layout(book_of()).tables["customers"], Package.open(path)
    for field, value in values.items():
        package.sheet(place.sheet).set(f"{place.columns[field].letter}{place.first_row}", value)
    package.save(path)


def shown(path: Path, *fields: str) -> list[object]:
    place, sheet = Layout(book_of()).tables["customers"], Package.open(path)
    return [
        sheet.sheet(place.sheet).cell(f"{place.columns[field].letter}{place.first_row}").value
        for field in fields
    ]


@pytest.mark.slow
@pytest.mark.parametrize("first", ["a.xlsx", "b.xlsx"])
def test_a_city_of_the_region_that_a_colleague_types_is_taken_in_with_it(tmp_path, first):
    a, b = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    for path, options in ((a, ("--example", "sample")), (b, ())):
        assert run("build", "-o", path, *options, *DAY).exit_code == 0
    assert run("sync", tmp_path, *DAY).exit_code < 2
    type_into(a, region="上海", city="徐汇区")
    type_into(b, city="浦东新区")
    assert run("sync", tmp_path / first, *DAY).exit_code < 2
    _, told = run_json("sync", tmp_path, *DAY)
    assert told["failures"] == []
    assert shown(a, "region", "city") == ["上海", "徐汇区"]
    assert shown(b, "region", "city") == ["上海", "徐汇区"]
    [conflict] = [one for book in told["workbooks"] for one in book["conflicts"]]
    assert "浦东新区" in str(conflict)
    assert run("sync", tmp_path, *DAY).exit_code < 2
    before = a.read_bytes(), b.read_bytes()
    assert run("sync", tmp_path, *DAY).exit_code < 2
    assert (a.read_bytes(), b.read_bytes()) == before
