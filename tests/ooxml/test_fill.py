"""Filling a table: independent readers see what was given, the furniture follows, and a refusal changes nothing."""

from __future__ import annotations

import re
import zipfile
from datetime import date, datetime, timedelta
from io import BytesIO
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

import numpy as np
import openpyxl
import pandas as pd
import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from crmbook.ooxml import CellError, EditError, MissingError, Package
from crmbook.ooxml.columns import ColumnFill
from crmbook.ooxml.text import element, encode
from crmbook.ooxml.textindex import contents, marked_up
from crmbook.ooxml.xml import escape
from tests.ooxml.digits import as_kept
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

FORMATS = {"date": "yyyy-mm-dd", "datetime": "yyyy-mm-dd hh:mm:ss"}


def skeleton(
    kinds: Sequence[str], furnish: Callable[[Any, Any], object] | None = None, **table: Any
) -> bytes:
    """Return a workbook with table ``T`` on sheet ``S``: a column per kind, its header and one row."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("S")
        columns = [{"header": f"c{place}"} for place in range(len(kinds))]
        sheet.add_table(0, 0, 1, len(kinds) - 1, {"name": "T", "columns": columns, **table})
        for place, kind in enumerate(kinds):
            if kind in FORMATS:
                sheet.write_blank(1, place, None, book.add_format({"num_format": FORMATS[kind]}))
        if furnish:
            furnish(book, sheet)
    return file.getvalue()


def filled(data: bytes, *columns: Any, table: str = "T") -> bytes:
    """Return the workbook with the table filled; a column is a list of values or a `ColumnFill`."""
    package = Package.open(data)
    fills = [column if isinstance(column, ColumnFill) else ColumnFill(column) for column in columns]
    package.fill(table, fills, len(fills[0].values))
    return package.to_bytes()


def part(data: bytes, name: str) -> str:
    with zipfile.ZipFile(BytesIO(data)) as archive:
        return archive.read(name).decode()


def by_openpyxl(data: bytes) -> list[list[Any]]:
    """Return the rows below the header."""
    sheet = openpyxl.load_workbook(BytesIO(data), data_only=True)["S"]
    return [list(row) for row in sheet.iter_rows(min_row=2, values_only=True)]


def by_calamine(data: bytes) -> list[list[Any]]:
    """Return the rows below the header; blanks and errors are both ``''`` there."""
    rows = (
        CalamineWorkbook.from_filelike(BytesIO(data)).get_sheet_by_name("S").to_python(skip_empty_area=False)
    )
    return rows[1:]


# The law: two readers that share nothing with us read every column back as it was given.

# What openpyxl does not decode (_xHHHH_) or XML parsers normalise (carriage return) is for test_rows and test_text.
TEXTS = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn"], include_characters="\n\t"), min_size=1
).filter(lambda text: "_x" not in text and "\ufffe" not in text and "\uffff" not in text)
DAYS = st.dates(date(1900, 3, 1), date(9999, 12, 31))
MOMENTS = st.builds(datetime.combine, DAYS, st.times().map(lambda time: time.replace(microsecond=0)))
NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(as_kept), st.integers(-(10**15), 10**15)
)
KINDS = {
    "text": TEXTS,
    "number": NUMBERS,
    "whole": st.integers(-(10**9), 10**9),
    "truth": st.booleans(),
    "date": DAYS,
    "datetime": MOMENTS,
    "error": st.sampled_from(["#N/A", "#DIV/0!", "#NAME?"]).map(CellError),
    "mixed": st.one_of(TEXTS, NUMBERS, st.booleans()),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[Any]]]:
    """Draw the kinds of some columns and their values; a few values repeat through several blocks of rows."""
    kinds = draw(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=5))
    count = draw(st.sampled_from([1, 7, 40, 1005, 2100]))
    blanks = draw(st.booleans())
    columns = []
    for kind in kinds:
        values = st.one_of(st.none(), KINDS[kind]) if blanks else KINDS[kind]
        columns.append(list(islice(cycle(draw(st.lists(values, min_size=1, max_size=12))), count)))
    return kinds, columns


def as_openpyxl(kind: str, value: Any) -> Any:
    if kind == "date" and value is not None:
        return datetime.combine(value, datetime.min.time())
    return str(value) if isinstance(value, CellError) else value


def as_calamine(value: Any) -> Any:
    return "" if value is None or isinstance(value, CellError) else value


def same(found: Any, expected: Any) -> bool:
    """Return whether a reader's value is the one given; moments to the second, as readers round serials."""
    if isinstance(expected, datetime) and isinstance(found, datetime):
        return abs(found - expected) < timedelta(milliseconds=500)
    if isinstance(expected, datetime) and type(found) is date:
        return datetime.combine(found, datetime.min.time()) == expected
    return found == expected and (type(found) is bool) == (type(expected) is bool)


@pytest.mark.slow
@settings(max_examples=60, deadline=None, derandomize=True)
@given(tables())
def test_two_readers_read_back_what_was_written(table: tuple[list[str], list[list[Any]]]) -> None:
    kinds, columns = table
    data = filled(skeleton(kinds), *columns)
    rows = list(zip(*columns, strict=True))
    shown = [[as_openpyxl(kind, value) for kind, value in zip(kinds, row, strict=True)] for row in rows]
    for found, expected in zip(by_openpyxl(data), shown, strict=True):
        assert all(map(same, found, expected)), (found, expected)
    for found, row in zip(by_calamine(data)[: len(rows)], rows, strict=False):
        assert all(map(same, found, map(as_calamine, row))), (found, row)
    assert lint(data) == []


@settings(max_examples=25, deadline=None, derandomize=True)
@given(tables())
def test_our_own_reader_agrees(table: tuple[list[str], list[list[Any]]]) -> None:
    kinds, columns = table
    cells = (
        Package.open(filled(skeleton(kinds), *columns)).sheet("S").cells(rows=range(2, 2 + len(columns[0])))
    )
    expected = [value for row in zip(*columns, strict=True) for value in row]
    assert all(same(cell.value, value) for cell, value in zip(cells, expected, strict=True))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufffe\uffff")), min_size=1
    )
)
def test_texts_are_marked_up_together_as_each_alone(texts: list[str]) -> None:
    assert marked_up(texts) == b"".join(b"<si>" + element(text) + b"</si>" for text in texts)
    assert contents(texts) == [escape(encode(text)).decode() for text in texts]


@pytest.mark.parametrize(
    "space", ["a", " a", "a ", "a\nb", "a\tb", "a  b", "_x0041_", "a\rb", "&<>", "", " "]
)
def test_a_text_is_marked_up_the_same_beside_others(space: str) -> None:
    texts = ["王芳", space, "b"] * 10
    assert marked_up(texts) == b"".join(b"<si>" + element(text) + b"</si>" for text in texts)
    assert contents(texts) == [escape(encode(text)).decode() for text in texts]


# What comes out


def test_the_same_columns_give_the_same_bytes() -> None:
    data, columns = skeleton(["text", "number"]), (["a", "b", None] * 900, [1.5] * 2700)
    assert filled(data, *columns) == filled(data, *columns)


def two_tables() -> bytes:
    """Return a workbook with table ``T`` on sheet ``S`` and table ``U`` on another."""

    def second(book: Any, _sheet: Any) -> None:
        columns = [{"header": "x"}, {"header": "y"}]
        book.add_worksheet("Other").add_table(0, 0, 1, 1, {"name": "U", "columns": columns})

    return skeleton(["text"], second)


def test_two_tables_hold_the_same_cells_filled_in_one_go_or_with_a_save_between() -> None:
    package = Package.open(two_tables())
    package.fill("T", [ColumnFill(["a", "b"] * 800)], 1600)
    package.fill("U", [ColumnFill([1, 2, 3]), ColumnFill(["b", "c", "新"])], 3)
    in_one_go = package.to_bytes()
    one_by_one = filled(filled(two_tables(), ["a", "b"] * 800), [1, 2, 3], ["b", "c", "新"], table="U")
    for title in ("S", "Other"):
        cells = [list(Package.open(data).sheet(title).cells()) for data in (in_one_go, one_by_one)]
        assert cells[0] == cells[1]
    assert lint(in_one_go) == lint(one_by_one) == []


def test_a_text_in_two_tables_is_stored_once() -> None:
    package = Package.open(two_tables())
    package.fill("T", [ColumnFill(["same", "a"])], 2)
    with pytest.raises(EditError, match="not-finite"):
        package.fill("U", [ColumnFill(["same", "given up"]), ColumnFill([1, float("inf")])], 2)
    package.fill("U", [ColumnFill(["b", "same"]), ColumnFill(["a", "c"])], 2)
    data = package.to_bytes()
    strings = re.findall("<t>(.*?)</t>", part(data, "xl/sharedStrings.xml"))
    assert strings[-4:] == ["same", "a", "b", "c"]
    cells = Package.open(data).sheet("Other").cells(rows=[2, 3])
    assert [cell.value for cell in cells] == ["b", "a", "same", "c"]


def test_pandas_and_numpy_columns_write_what_lists_write() -> None:
    frame = pd.DataFrame(
        {
            "name": ["王芳", None, "李四"] * 500,
            "amount": [1.5, np.nan, 3.0] * 500,
            "day": pd.to_datetime(["2023-01-05", None, "2024-02-29"] * 500),
        }
    )
    lists = (
        ["王芳", None, "李四"] * 500,
        [1.5, None, 3] * 500,
        [date(2023, 1, 5), None, date(2024, 2, 29)] * 500,
    )
    data = skeleton(["text", "number", "date"])
    assert filled(data, *(frame[name] for name in frame)) == filled(data, *lists)
    assert filled(data, *(frame[name].to_numpy() for name in frame)) == filled(data, *lists)


def test_formulas_stand_in_every_row_with_their_values() -> None:
    formula = "T[[#This Row],[c0]]*2"
    data = filled(skeleton(["number", "number"]), [1, 2, 3], ColumnFill([2, 4, 6], formula=f"={formula}"))
    assert by_openpyxl(data) == [[1, 2], [2, 4], [3, 6]]
    sheet = openpyxl.load_workbook(BytesIO(data))["S"]
    assert [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)] == [f"={formula}"] * 3
    assert lint(data) == []


def test_cells_take_the_template_rows_formats_unless_told_otherwise() -> None:
    data = filled(skeleton(["date", "text"]), [date(2023, 1, 5)] * 2, ColumnFill(["a", None], style=1))
    assert re.findall(r'<c r="(\w+)" s="(\d+)"', part(data, "xl/worksheets/sheet1.xml")) == [
        *[("A2", "1"), ("B2", "1")],
        *[("A3", "1"), ("B3", "1")],
    ]


def test_the_template_rows_height_is_every_rows() -> None:
    data = skeleton(["text"], lambda _, sheet: sheet.set_row(1, 30))
    rows = re.findall(r"<row [^>]*>", part(filled(data, ["a", "b"]), "xl/worksheets/sheet1.xml"))
    assert all('ht="30"' in row and 'customHeight="1"' in row for row in rows[1:])
    assert len(rows) == 3


def test_table_filter_dimension_and_rules_reach_the_last_row() -> None:
    def furnish(book: Any, sheet: Any) -> None:
        sheet.data_validation(1, 0, 1, 0, {"validate": "integer", "criteria": ">", "value": 0})
        sheet.data_validation(1, 1, 1_048_575, 1, {"validate": "integer", "criteria": ">", "value": 0})
        bold = book.add_format({"bold": True})
        sheet.conditional_format(1, 0, 1, 1, {"type": "cell", "criteria": ">", "value": 5, "format": bold})
        sheet.ignore_errors({"number_stored_as_text": "A2"})

    data = filled(skeleton(["number", "number"], furnish), list(range(300)), list(range(300)))
    table, sheet = part(data, "xl/tables/table1.xml"), part(data, "xl/worksheets/sheet1.xml")
    assert re.findall(r'\bref="(.*?)"', table) == ["A1:B301", "A1:B301"]
    assert re.findall(r'<dimension ref="(.*?)"', sheet) == ["A1:B301"]
    assert re.findall(r'sqref="([A-Z].*?)"', sheet.split("</sheetData>")[1]) == [
        "A2:B301",
        "A2:A301",
        "B2:B1048576",
        "A2:A301",
    ]
    assert lint(data) == []


def test_what_the_template_row_held_is_gone() -> None:
    def furnish(_book: Any, sheet: Any) -> None:
        sheet.write_row("A2", ["an example", 5])

    data = filled(skeleton(["text", "number"], furnish), ["a", "b", "a"], [1, 2, None])
    assert by_openpyxl(data) == [["a", 1], ["b", 2], ["a", None]]
    assert re.search(r'<sst [^>]*count="5" uniqueCount="5">', part(data, "xl/sharedStrings.xml"))


def test_no_rows_leave_the_workbook_as_it_was() -> None:
    data = skeleton(["text", "date"])
    assert filled(data, [], []) == data


def test_what_stands_above_and_below_stays() -> None:
    def furnish(_book: Any, sheet: Any) -> None:
        sheet.write("D1", "beside the header")
        sheet.write("A9", "below")

    data = filled(skeleton(["text"], furnish), ["a", "b", "c"])
    rows = by_openpyxl(data)
    assert [row[0] for row in rows] == ["a", "b", "c", None, None, None, None, "below"]
    assert lint(data) == []


def test_tables_side_by_side_are_filled_one_after_the_other() -> None:
    def furnish(_book: Any, sheet: Any) -> None:
        columns = [{"header": "x"}, {"header": "y"}]
        sheet.add_table(0, 3, 1, 4, {"name": "U", "columns": columns})
        sheet.write(1, 3, None)

    data = filled(skeleton(["text", "date"], furnish), ["a", "b", None], [date(2023, 1, 5), None, None])
    data = filled(data, [1, 2.5], ColumnFill(["two", None], formula="T[[#This Row],[c0]]"), table="U")
    assert by_openpyxl(data) == [
        ["a", datetime.fromisoformat("2023-01-05"), None, 1, "two"],
        ["b", None, None, 2.5, None],
        [None, None, None, None, None],
    ]
    assert [table.ref for table in Package.open(data).tables] == ["A1:B4", "D1:E3"]
    assert lint(data) == []


def test_a_workbook_without_shared_strings_gets_them() -> None:
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        book.add_worksheet("S").add_table(1, 0, 1, 0, {"name": "T", "header_row": False})
    with zipfile.ZipFile(file) as archive:
        assert "xl/sharedStrings.xml" not in archive.namelist()
    data = filled(file.getvalue(), ["a", "b"])
    assert by_openpyxl(data) == [["a"], ["b"]]
    assert lint(data) == []


# What is refused


def below(_book: Any, sheet: Any) -> None:
    sheet.write("A3", "in the way")


def merged(_book: Any, sheet: Any) -> None:
    sheet.merge_range("A3:A4", "")


def other_table(_book: Any, sheet: Any) -> None:
    sheet.add_table("A3:A4", {"name": "U", "columns": [{"header": "x"}]})


@pytest.mark.parametrize(
    ("furnish", "table", "columns", "code"),
    [
        (None, {"total_row": True}, [["a", "b"]], "ooxml.table-has-totals"),
        (None, {}, [["a"], ["b"]], "ooxml.column-count"),
        (None, {}, [ColumnFill(["a"], formula="1+" * 4096 + "1")], "ooxml.formula-too-long"),
        (below, {}, [["a", "b"]], "ooxml.rows-in-the-way"),
        (merged, {}, [["a", "b"]], "ooxml.rows-in-the-way"),
        (other_table, {}, [["a", "b"]], "ooxml.rows-in-the-way"),
        (None, {}, [[1] * 1500 + [float("inf")]], "ooxml.not-finite"),
        (None, {}, [["a"] * 1500 + ["\ud800"]], "ooxml.illegal-character"),
        (None, {}, [range(1_048_576)], "ooxml.sheet-full"),
    ],
)
def test_a_refusal_changes_nothing(
    furnish: Any, table: dict[str, Any], columns: list[Any], code: str
) -> None:
    data = skeleton(["text"], furnish, **table)
    package = Package.open(data)
    fills = [column if isinstance(column, ColumnFill) else ColumnFill(column) for column in columns]
    with pytest.raises(EditError) as refused:
        package.fill("T", fills, len(fills[0].values))
    assert refused.value.code == code
    assert package.to_bytes() == data


def test_columns_of_the_wrong_length_are_refused() -> None:
    with pytest.raises(EditError, match="column-length"):
        Package.open(skeleton(["text"])).fill("T", [ColumnFill(["a"])], 2)


def test_a_table_that_has_rows_is_not_filled_again() -> None:
    data = filled(skeleton(["text"]), ["a", "b"])
    with pytest.raises(EditError, match="table-not-empty"):
        filled(data, ["c"])


def test_a_missing_table_is_named() -> None:
    with pytest.raises(MissingError, match="missing-table"):
        filled(skeleton(["text"]), ["a"], table="Nope")


@pytest.mark.office
def test_the_office_program_shows_the_rows_and_calculates_the_formulas(tmp_path: Path, office: Any) -> None:
    count = 1200
    columns = (
        [f"客户{number}" for number in range(count)],
        [number / 4 for number in range(count)],
        ColumnFill([number / 2 for number in range(count)], formula="T[[#This Row],[c1]]*2"),
    )
    path = tmp_path / "filled.xlsx"
    path.write_bytes(filled(skeleton(["text", "number", "number"]), *columns))
    (recalculated,) = office.recalculate(path, out_dir=tmp_path / "out")
    rows = by_openpyxl(recalculated.read_bytes())
    assert rows[:count] == [[f"客户{number}", number / 4, number / 2] for number in range(count)]
