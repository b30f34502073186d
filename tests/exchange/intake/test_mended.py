"""Rows without a number of their own that were mended in 失败明细.xlsx: each comes in once, however often it comes."""

from __future__ import annotations

import shutil
from typing import Any
from zipfile import ZipFile

import pandas as pd
import pytest

from crmbook.ooxml import Package
from crmbook.store import Commit, Step, Store, locate
from tests.cli.run import run
from tests.exchange.intake.desk import workspace
from tests.office import convert

PEOPLE = "编号,姓名,电话\n001,张三,13800000001\n002,李四,13800000002\n"
SALES = "编号,日期,金额\n001,2024/1/5,100\n,2024/1/6,50\n,2024/1/7,70\n,2024/1/7,70\n"
DAY = ("--as-of", "2024-03-01")
FAILED = "失败明细.xlsx"


def bring(folder, *words: Any) -> Any:
    result = run(
        "import", *words, "--into", folder, "--workspace", workspace(), "--lang", "zh", *DAY
    )  # fmt: skip
    assert result.exit_code in {0, 1}, result.output
    return result


def listed(folder, text, name):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def begun(tmp_path_factory):
    """A folder into whose book a list of sales came, three of which say of nobody whose they are."""
    folder = tmp_path_factory.mktemp("mended")
    bring(folder, listed(folder, PEOPLE, "名单.csv"), "--template", "club", "--yes")
    said = bring(folder, listed(folder, SALES, "销售.csv"), "--table", "销售", "--yes")
    assert "销售：新增 1、不取入 3" in said.output
    return folder


@pytest.fixture
def club(begun, tmp_path):
    return shutil.copytree(begun, tmp_path / "club")


def sales(folder):
    with Store.open(locate(folder)) as store:
        frame = store.head(store.books()[0].book_id).tables["sales"]
    return [
        (row.person_id, f"{row.on:%m-%d}" if pd.notna(row.on) else None, row.amount)
        for row in frame.itertuples()
    ]


def copied(path) -> Any:
    """Return another copy of a list, out of which what comes in is taken: `path` itself keeps all of its rows."""
    return shutil.copy(path, path.with_name("抄本.xlsx"))


def mend(path, **cells: Any) -> None:
    package = Package.open(path)
    for ref, value in cells.items():
        package.sheet("销售").set(ref, value)
    package.save(path)


FIRST = ("001", "01-05", 100.0)
MENDED = ("002", "01-06", 50.0)


@pytest.mark.slow
def test_rows_mended_in_two_goes_come_in_once(club):
    path = club / FAILED
    mend(path, A2="002")
    assert "销售：新增 1、不取入 2" in bring(club, copied(path), "--yes").output
    mend(path, A3="001")
    assert "销售：新增 1、相同 1、不取入 1" in bring(club, copied(path), "--yes").output
    mend(path, A4="001")
    assert "销售：新增 1、相同 2" in bring(club, copied(path), "--yes").output
    assert sales(club) == [FIRST, MENDED, ("001", "01-07", 70.0), ("001", "01-07", 70.0)]


def test_what_was_mended_further_fills_the_row_that_came(club):
    path = club / FAILED
    mend(path, A2="002", B2="去年底")
    bring(club, copied(path), "--yes")
    assert sales(club) == [FIRST, ("002", None, 50.0)]
    mend(path, B2="2024/1/6")
    assert "销售：更新 1、不取入 2" in bring(club, copied(path), "--yes").output
    assert sales(club) == [FIRST, MENDED]


def test_two_lines_that_say_the_same_are_two_and_a_copied_line_is_one_more_where_it_says_more(club):
    path = club / FAILED
    mend(path, A3="001", A4="001")
    bring(club, copied(path), "--yes")
    package = Package.open(path)
    sheet = package.sheet("销售")
    for row, amount in ((5, 70), (6, 80)):  # one copied by mistake, one for a purchase of its own
        for letter in "ABCDE":
            sheet.set(f"{letter}{row}", sheet.cell(f"{letter}4").value)
        sheet.set(f"C{row}", amount)
    package.save(path)
    bring(club, copied(path), "--yes")
    twice = ("001", "01-07", 70.0)
    assert sales(club) == [FIRST, twice, twice, ("001", "01-07", 80.0)]
    assert "没有带来新内容" in bring(club, copied(path), "--yes").output


@pytest.mark.slow
@pytest.mark.office
def test_a_workbook_that_was_sorted_and_saved_by_an_office_program_brings_no_row_twice(club, tmp_path):
    path = club / FAILED
    mend(path, A4="002", B4="2024/1/9")
    [saved] = convert(path, target="xlsx", out_dir=tmp_path)
    bring(club, copied(saved), "--yes")
    package = Package.open(saved)
    sheet = package.sheet("销售")
    rows = {row: [sheet.cell(f"{letter}{row}").value for letter in "ABCDE"] for row in (2, 3, 4)}
    for row, came in ((2, 4), (3, 2), (4, 3)):
        for letter, value in zip("ABCDE", rows[came], strict=True):
            sheet.set(f"{letter}{row}", value)
    package.save(saved)
    mend(saved, A3="002")
    bring(club, copied(saved), "--yes")
    assert sales(club) == [FIRST, ("002", "01-09", 70.0), MENDED]


def test_sorting_by_the_filter_takes_the_hidden_columns_along(club):
    with ZipFile(club / FAILED) as package:
        sheet = package.read("xl/worksheets/sheet1.xml").decode("utf-8")
    assert '<autoFilter ref="A1:E4"/>' in sheet
    assert '<col min="5" max="5" width="12.7109375" hidden="1" customWidth="1"/>' in sheet


MAP = """
table: sales
columns:
  - {header: 编号, field: person_id}
  - {header: 日期, field: on}
  - {header: 金额, field: amount}
"""


@pytest.mark.slow
def test_the_list_itself_brings_what_had_stayed_out_and_only_that(club):
    """Somebody enters the customers of whom a list speaks, and imports it once more; then the rows that had failed."""
    named = listed(club, SALES.replace("\n,", "\n王五,"), "三.csv")
    words = (named, "--map", listed(club, MAP, "map.yaml"), "--yes")
    assert "销售：新增 1、不取入 3" in bring(club, *words).output
    bring(club, listed(club, "姓名,电话\n王五,13800000005\n", "二.csv"), "--yes")
    assert "销售：新增 3、相同 1" in bring(club, *words).output
    came = [FIRST, FIRST, ("003", "01-06", 50.0), ("003", "01-07", 70.0), ("003", "01-07", 70.0)]
    assert sales(club) == came
    assert "没有带来新内容" in bring(club, *words).output
    assert "没有带来新内容" in bring(club, club / "失败明细 2.xlsx", "--yes").output
    assert sales(club) == came


def test_the_first_list_finds_the_mended_rows(club):
    path = club / FAILED
    mend(path, A2="002")
    bring(club, copied(path), "--yes")
    said = bring(club, club / "销售.csv", "--map", listed(club, MAP, "map.yaml"), "--yes").output
    assert "没有带来新内容" in said
    assert sales(club) == [FIRST, MENDED]


def test_undoing_lets_the_rows_come_again(club):
    path = club / FAILED
    mend(path, A2="002")
    bring(club, copied(path), "--yes")
    bring(club, "--undo")
    assert sales(club) == [FIRST]
    bring(club, copied(path), "--yes")
    assert sales(club) == [FIRST, MENDED]


def test_a_row_that_a_colleague_deleted_since_does_not_come_back(club):
    path = club / FAILED
    mend(path, A2="002")
    bring(club, copied(path), "--yes")
    with Store.open(locate(club)) as store:
        book_id = store.books()[0].book_id
        head = store.head(book_id)
        frame = head.tables["sales"].iloc[:1]
        with store.lease(book_id) as lease:
            step = Step("sync", "李强", tables={"sales": frame})
            store.commit(lease, book_id, Commit(head.revision, [step]))
    mend(path, A3="001")
    bring(club, copied(path), "--yes")
    assert sales(club) == [FIRST, ("001", "01-07", 70.0)]


def test_the_lines_of_a_workbook_of_failures_are_known_in_a_copy_of_another_kind(club):
    path = club / FAILED
    mend(path, A2="002")
    bring(club, copied(path), "--yes")
    sheet = Package.open(path).sheet("销售")
    lines = [
        ",".join(str(sheet.cell(f"{letter}{row}").value or "").replace("\n", " ") for letter in "ABCDE")
        for row in (1, 2, 3, 4)
    ]
    said = bring(club, listed(club, "\n".join(lines), "抄.csv"), "--table", "销售", "--yes").output
    assert "销售：相同 1、不取入 2" in said
    assert sales(club) == [FIRST, MENDED]
