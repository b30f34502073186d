"""People's own columns: what came from a list looks in the book as it looked there."""

from __future__ import annotations

import datetime as dt

import openpyxl
import pytest

from tests.cli.run import run
from tests.exchange.intake.desk import workspace

DAY = dt.date(2024, 4, 17)
MOMENT = dt.datetime(2024, 4, 17, 10, 30)  # noqa: DTZ001 - a workbook knows no time zones


@pytest.fixture(scope="module")
def cells(tmp_path_factory):
    """The cells of the book under each own header, from a list with days."""
    folder = tmp_path_factory.mktemp("own")
    book = openpyxl.Workbook()
    for row in (
        ("姓名", "电话", "签收日", "签收时间", "约定日"),
        ("张三", "13800000001", DAY, MOMENT, "四月中"),
        ("李四", "13800000002", DAY, None, DAY),
        ("王五", "13800000003", None, MOMENT, None),
    ):
        book.active.append(row)
    book.save(folder / "名单.xlsx")
    said = run(
        "import",
        folder / "名单.xlsx",
        "--into",
        folder,
        "--lang",
        "zh",
        "--yes",
        "--template",
        "lite",
        "--as-of",
        "2024-05-01",
    )
    assert said.exit_code == 0, said.output
    made = next(path for path in folder.glob("*.xlsx") if path.name != "名单.xlsx")
    sheet = openpyxl.load_workbook(made)["客户基本信息"]
    columns = {column[0].value: column[1:4] for column in sheet.iter_cols()}
    return {
        header: [(cell.value, cell.is_date) for cell in columns[header]]
        for header in ("签收日", "签收时间", "约定日")
    }


def midnight(day):
    return dt.datetime.combine(day, dt.time())


@pytest.mark.slow
def test_days_are_days_and_no_numbers(cells):
    assert cells["签收日"] == [(midnight(DAY), True), (midnight(DAY), True), (None, False)]


def test_moments_keep_their_time(cells):
    assert [value for value, _ in cells["签收时间"]] == [MOMENT, None, MOMENT]


def test_a_day_below_a_text_is_a_day(cells):
    assert cells["约定日"][:2] == [("四月中", False), (midnight(DAY), True)]


@pytest.mark.slow
def test_a_list_of_more_than_a_hundred_own_columns_comes_without_a_warning(tmp_path):
    # pandas warns whoever puts so many columns into a frame one by one; a warning is an error here.
    headers = [f"指标{number}" for number in range(102)]
    (tmp_path / "名单.csv").write_text(
        ",".join(["姓名", *headers]) + "\n" + ",".join(["张三", *map(str, range(102))]) + "\n",
        encoding="utf-8",
    )
    said = run(
        "import", tmp_path / "名单.csv", "--into", tmp_path, "--lang", "zh", "--yes", "--template", "club",
        "--workspace", workspace(), "--as-of", "2024-05-01",
    )  # fmt: skip
    assert said.exit_code == 0, said.output
    [path] = tmp_path.glob("*.xlsx")
    sheet = openpyxl.load_workbook(path)["人员"]
    found = {
        sheet.cell(1, column).value: sheet.cell(2, column).value for column in range(1, sheet.max_column + 1)
    }
    assert [found[header] for header in headers] == [*map(str, range(102))]
