"""Rows from columns: the XML of every kind of cell, the numbering of rows, and what is refused."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest

from crmbook.ooxml.columns import ColumnFill
from crmbook.ooxml.errors import EditError
from crmbook.ooxml.rows import RowCell, RowWriter
from crmbook.ooxml.values import CellError

moment = datetime.fromisoformat


def written(*columns: ColumnFill, first: int = 2, **options: Any) -> str:
    """Return the rows' XML; shared strings are numbered from 0 as they come."""
    texts: dict[str, str] = {}

    def indexes(values: list[str]) -> list[str]:
        return [texts.setdefault(value, str(len(texts))) for value in values]

    cells = [RowCell(chr(ord("A") + place), 0, column) for place, column in enumerate(columns)]
    rows = RowWriter(cells, indexes, **options).chunks(first, len(columns[0].values))
    return b"".join(rows).decode()


def cell(value: Any, **options: Any) -> str:
    """Return the XML of one cell without its row and reference."""
    row = written(ColumnFill([value], **options))
    return row.removeprefix('<row r="2"><c r="A2"').removesuffix("</row>")


@pytest.mark.parametrize(
    ("value", "xml"),
    [
        (None, "/>"),
        ("张三", ' t="s"><v>0</v></c>'),
        ("", ' t="s"><v>0</v></c>'),
        (True, ' t="b"><v>1</v></c>'),
        (False, ' t="b"><v>0</v></c>'),
        (0, "><v>0</v></c>"),
        (-7, "><v>-7</v></c>"),
        (500.0, "><v>500</v></c>"),
        (0.1, "><v>0.1</v></c>"),
        (1e16, "><v>1e+16</v></c>"),
        (2.5e-300, "><v>2.5e-300</v></c>"),
        (12345678901234567890, "><v>12345678901234567890</v></c>"),
        (date(2023, 1, 5), "><v>44931</v></c>"),
        (moment("2023-01-05T06:00"), "><v>44931.25</v></c>"),
        (moment("2023-01-05"), "><v>44931</v></c>"),
        (date(1900, 1, 1), "><v>1</v></c>"),
        (date(1900, 2, 28), "><v>59</v></c>"),
        (date(1900, 3, 1), "><v>61</v></c>"),
        (date(9999, 12, 31), "><v>2958465</v></c>"),
        (CellError("#N/A"), ' t="e"><v>#N/A</v></c>'),
        (np.float64(1.5), "><v>1.5</v></c>"),
        (np.int64(3), "><v>3</v></c>"),
        (np.str_("a"), ' t="s"><v>0</v></c>'),
        (pd.Timestamp("2023-01-05 06:00"), "><v>44931.25</v></c>"),
        (pd.NaT, "/>"),
        (pd.NA, "/>"),
    ],
)
def test_a_value_becomes_a_cell(value: Any, xml: str) -> None:
    assert cell(value) == xml


@pytest.mark.parametrize(
    ("value", "xml"),
    [
        (3, "><f>A1&lt;2</f><v>3</v></c>"),
        ("a<b", ' t="str"><f>A1&lt;2</f><v>a&lt;b</v></c>'),
        (" 50% ", ' t="str"><f>A1&lt;2</f><v> 50% </v></c>'),
        (True, ' t="b"><f>A1&lt;2</f><v>1</v></c>'),
        (CellError("#DIV/0!"), ' t="e"><f>A1&lt;2</f><v>#DIV/0!</v></c>'),
        (None, ' t="str"><f>A1&lt;2</f><v></v></c>'),
        (date(2023, 1, 5), "><f>A1&lt;2</f><v>44931</v></c>"),
    ],
)
def test_a_formula_carries_its_cached_value(value: Any, xml: str) -> None:
    assert cell(value, formula="A1<2") == xml


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (float("nan"), "ooxml.not-finite"),
        (float("inf"), "ooxml.not-finite"),
        (10**400, "ooxml.not-finite"),
        (date(1899, 12, 31), "ooxml.date-out-of-range"),
        (moment("1899-12-31T23:00"), "ooxml.date-out-of-range"),
        (datetime(2023, 1, 5, tzinfo=UTC), "ooxml.date-with-zone"),
        (b"bytes", "ooxml.unsupported-value"),
        (1j, "ooxml.unsupported-value"),
    ],
)
def test_what_a_cell_cannot_hold_is_refused_with_its_place(value: Any, code: str) -> None:
    column = ColumnFill([1, "a", value, 2.5])
    with pytest.raises(EditError) as refused:
        written(ColumnFill([1, 2, 3, 4]), column, first=999)
    assert (refused.value.code, refused.value.params["cell"]) == (code, "B1001")


def test_text_that_only_a_formula_shows_obeys_the_rules_of_text() -> None:
    with pytest.raises(EditError) as refused:
        cell("x" * 32_768, formula="A1")
    assert refused.value.code == "ooxml.text-too-long"


def test_1904_counts_from_its_own_first_day() -> None:
    column = ColumnFill([date(1904, 1, 1), date(2023, 1, 5)])
    assert re.findall("<v>(.*?)</v>", written(column, date1904=True)) == ["0", "43469"]
    with pytest.raises(EditError, match="date-out-of-range"):
        written(ColumnFill([date(1903, 12, 31)]), date1904=True)


def test_styles_and_row_attributes_stand_in_every_row() -> None:
    cells = [RowCell("B", 4, ColumnFill(["a", None])), RowCell("AC", 0, ColumnFill([1, 2]))]
    writer = RowWriter(cells, lambda texts: ["9"] * len(texts), attributes='ht="20" customHeight="1"')
    assert b"".join(writer.chunks(5, 2)).decode() == (
        '<row r="5" ht="20" customHeight="1"><c r="B5" s="4" t="s"><v>9</v></c><c r="AC5"><v>1</v></c></row>'
        '<row r="6" ht="20" customHeight="1"><c r="B6" s="4"/><c r="AC6"><v>2</v></c></row>'
    )


@pytest.mark.parametrize(
    ("first", "count"), [(1, 1), (2, 997), (2, 998), (2, 999), (999, 2), (1000, 1000), (1500, 2600)]
)
def test_rows_are_numbered_without_a_gap(first: int, count: int) -> None:
    xml = written(
        ColumnFill(range(count)), ColumnFill([None, "x"] * (count // 2) + [3] * (count % 2)), first=first
    )
    numbers = [str(number) for number in range(first, first + count)]
    assert re.findall(r'<row r="(\d+)"', xml) == numbers
    assert re.findall(r'<c r="A(\d+)"><v>(\d+)</v>', xml) == [
        (number, str(at)) for at, number in enumerate(numbers)
    ]
    assert re.findall(r'<c r="B(\d+)"', xml) == numbers


class Watched(list[int]):
    """Values that note which rows are asked for."""

    def __init__(self, values: list[int]) -> None:
        super().__init__(values)
        self.asked: list[tuple[int, int]] = []

    def __getitem__(self, part: Any) -> Any:
        self.asked.append((part.start, part.stop))
        return super().__getitem__(part)


def test_values_are_read_once_and_only_when_their_rows_are_written() -> None:
    values = Watched(list(range(2500)))
    chunks = RowWriter([RowCell("A", 0, ColumnFill(values))], lambda texts: texts).chunks(2, 2500)
    assert values.asked == []
    next(chunks)
    assert values.asked == [(0, 998)]
    assert len(list(chunks)) == 2
    assert values.asked == [(0, 998), (998, 1998), (1998, 2500)]


def test_no_rows_are_no_xml() -> None:
    assert written(ColumnFill([])) == ""


@pytest.mark.parametrize(
    ("array", "values"),
    [
        (np.array([1.5, np.nan, 3.0]), [1.5, None, 3]),
        (np.array([1, 2]), [1, 2]),
        (np.array([True, False]), [True, False]),
        (np.array(["2023-01-05", "NaT"], "datetime64[ns]"), [date(2023, 1, 5), None]),
        (np.array(["2023-01-05T06:00", "NaT"], "datetime64[s]"), [moment("2023-01-05T06:00"), None]),
        (pd.Series(["a", None, "b"]), ["a", None, "b"]),
        (pd.Series(["a", None, "b"], dtype="string"), ["a", None, "b"]),
        (pd.Series(["a", "b", "a"], dtype="category"), ["a", "b", "a"]),
        (pd.Series([1, None, 3], dtype="Int64"), [1, None, 3]),
        (pd.Series([True, None], dtype="boolean"), [True, None]),
        (
            pd.Series(["a", np.nan, 1.5, None, pd.NA, pd.NaT], dtype=object),
            ["a", None, 1.5, None, None, None],
        ),
        (pd.Series(pd.to_datetime(["2023-01-05", None])), [date(2023, 1, 5), None]),
        (pd.Series([1.0, np.nan], index=[7, 3]), [1.0, None]),
        (pd.Index([1.0, 2.5]), [1.0, 2.5]),
    ],
)
def test_arrays_and_series_read_like_lists_with_their_own_blanks_as_blanks(
    array: Any, values: list[Any]
) -> None:
    assert written(ColumnFill(array)) == written(ColumnFill(values))


@pytest.mark.parametrize(
    ("array", "code"),
    [
        (np.array([1.0, np.inf]), "ooxml.not-finite"),
        (np.array([5], "timedelta64[D]"), "ooxml.unsupported-value"),
        (np.array(["12000-01-01"], "datetime64[s]"), "ooxml.date-out-of-range"),
        (pd.Series([pd.Timestamp("2023-01-05", tz="Asia/Shanghai")]), "ooxml.date-with-zone"),
    ],
)
def test_arrays_are_refused_for_what_they_hold(array: Any, code: str) -> None:
    with pytest.raises(EditError) as refused:
        written(ColumnFill(array))
    assert refused.value.code == code


def test_a_column_that_changes_its_mind_stays_right() -> None:
    values: list[Any] = [1] * 1500 + ["a"] * 1500 + [None] * 1000 + [2.5] * 1000
    xml = written(ColumnFill(values), ColumnFill(values[::-1]))
    pairs = re.findall(r'<c r="A\d+"(.*?)<c r="B\d+"(.*?)</row>', xml)
    assert [left for left, _ in pairs] == [right for _, right in pairs][::-1]
    assert [left for left, _ in pairs] == [
        {1: "><v>1</v></c>", "a": ' t="s"><v>0</v></c>', None: "/>"}.get(v, "><v>2.5</v></c>") for v in values
    ]
