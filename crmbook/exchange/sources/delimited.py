"""Text whose cells a sign parts, or positions: CSV, TSV and their kin, fixed width → columns of cells.

pandas' tokenizer is many times as fast as the csv module and refuses rows that are longer than those before; a file
with such rows, or a quotation mark that is never closed, goes the slow way.
"""

from __future__ import annotations

import csv
import io
import math
from collections import Counter
from itertools import chain, zip_longest
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from crmbook.exchange.sources.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping

_DELIMITERS: Final = (",", "\t", ";", "|")
_SAMPLE: Final = 1 << 16
_ROWS: Final = 200
_END: Final = "\ue000end"
"""A line of our own behind the last: where it is no row by itself, a quotation mark is open."""
_FIELD_LIMIT: Final = 1 << 20


def sniff_delimiter(text: str) -> str:
    """Return the sign that parts the cells of a text: the one that parts its lines into the same number of many."""
    sample = text[:_SAMPLE]
    if len(text) > _SAMPLE:
        sample = sample[: sample.rfind("\n") + 1] or sample
    rows = {delimiter: _parsed(sample, delimiter) for delimiter in _DELIMITERS}
    return max(_DELIMITERS, key=lambda delimiter: _score(rows[delimiter]))


def sniff_inner(column: list[str]) -> str:
    """Return the sign that parts every cell of an only column into the same number of cells; empty for none."""
    sample = [cell for cell in column[:_ROWS] if cell]
    for delimiter in _DELIMITERS:
        counts = {cell.count(delimiter) for cell in sample}
        if len(counts) == 1 and counts != {0} and not any("\n" in cell for cell in column):
            return delimiter
    return ""


def _parsed(sample: str, delimiter: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(io.StringIO(sample, newline=""), delimiter=delimiter) if row]
    except csv.Error:
        return []


def _score(rows: list[list[str]]) -> float:
    widths = Counter(map(len, rows))
    if not widths:
        return -1.0
    width, count = max(widths.items(), key=lambda item: (item[1] * math.log(item[0]), item[0]))
    return count / len(rows) * math.log(width)


def split_delimited(text: str, delimiter: str) -> list[list[Any]]:
    """Return the columns of a text.

    Raises
    ------
    SourceError
        ``import.open-quote`` if a quotation mark is never closed, ``import.bad-text`` if the text cannot be parted.
    """
    columns = _quickly(text, delimiter) or _slowly(text, delimiter)
    while columns and not any(columns[-1]):
        columns.pop()
    return columns


def _quickly(text: str, delimiter: str) -> list[list[Any]] | None:
    """Return the columns as pandas parts them; None where it could part them wrong."""
    rows = _parsed(text[:_SAMPLE], delimiter)
    width = max(map(len, rows), default=1) + 1
    try:
        frame = pd.read_csv(
            io.BytesIO(text.encode("utf-8", "surrogatepass")), sep=delimiter, header=None, names=list(range(width)), index_col=False, dtype=object,
            keep_default_na=False, na_filter=False, skip_blank_lines=False, engine="c", low_memory=False,
        )  # fmt: skip
    except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError, ValueError):
        return None
    columns = [frame[name].tolist() for name in frame.columns]
    if any(columns[-1]):
        return None
    return columns


def _slowly(text: str, delimiter: str) -> list[list[Any]]:
    before = csv.field_size_limit(_FIELD_LIMIT)
    reader = csv.reader(chain(io.StringIO(text, newline=""), [_END]), delimiter=delimiter)
    rows: list[list[str]] = []
    starts = [1]
    try:
        for row in reader:
            rows.append(row)
            starts.append(reader.line_num + 1)
    except csv.Error:
        raise SourceError("import.bad-text", line=starts[-1]) from None
    finally:
        csv.field_size_limit(before)
    if not rows or rows[-1] != [_END]:
        raise SourceError("import.open-quote", line=starts[max(len(rows) - 1, 0)])
    return [list(column) for column in zip_longest(*rows[:-1], fillvalue="")]


def split_fixed(text: str, columns: Mapping[str, tuple[int, int]]) -> list[list[Any]]:
    """Return the columns of a text whose cells are at fixed positions (1-based, inclusive), in the order given."""
    lines = text.splitlines()
    return [[line[first - 1 : last] for line in lines] for first, last in columns.values()]
