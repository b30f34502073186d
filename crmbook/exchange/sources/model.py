"""A file as lists of rows: cells as they are in the file, nothing understood yet."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    import pandas as pd

    from crmbook.base import Issue

LeftOutKind = Literal["title", "header", "total", "note", "repeated_header", "hidden"]


@dataclass(frozen=True, slots=True)
class SourceLayout:
    """What a person says of a file that does not say it itself; empty where it is to be found out.

    Attributes
    ----------
    encoding, delimiter
        Of a text file.
    sheet
        Title of the only sheet to take.
    header_row
        1-based row of the headers; 0 for a list without headers.
    columns
        Of a list without headers: name → (first, last) character, 1-based and inclusive, for fixed width; name →
        (column, column) of a delimited list.
    """

    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: int | None = None
    columns: Mapping[str, tuple[int, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A row that is no record: a title above, totals, a note below, the headers once more."""

    row: int
    kind: LeftOutKind
    text: str


@dataclass(frozen=True, slots=True)
class SourceSheet:
    """One list.

    Attributes
    ----------
    title
        Title of its sheet; the stem of the file's name where it has none.
    headers
        Each once; of a header in two rows ``管理/等级``; a column without a header but with cells ``列 C``.
    frame
        Cells by header: str (never blank at its ends only because a program padded it), int, float, bool, date,
        datetime, None. The index holds row numbers of the file, 1-based, as a person would look them up.
    left_out
        Rows that are no records.
    is_hidden
        Whether the sheet was hidden: such a one is not taken unless asked for.
    positions
        The column of each header in its file, 0-based; empty where they are one beside the other from the first on.
    table
        Machine name of the table whose export it is; empty for any other list.
    units
        By column in its file, 0-based, and row, what the format of a number shows beside it, such as ``$``.
    made
        Headers of columns that the file does not have: titles of sections, the name of the sheet.
    """

    title: str
    headers: tuple[str, ...]
    frame: pd.DataFrame
    left_out: tuple[LeftOut, ...] = ()
    is_hidden: bool = False
    positions: tuple[int, ...] = ()
    table: str = ""
    made: tuple[str, ...] = ()
    units: Mapping[int, Mapping[int, str]] = field(default_factory=dict)

    @property
    def own_headers(self) -> tuple[str, ...]:
        """The headers that the file has: by these such lists are known again."""
        return tuple(header for header in self.headers if header not in self.made)

    def column(self, header: str) -> int:
        """Return the column under a header as it is in the file, 0-based; the first one of a header that is none."""
        at = self.headers.index(header) if header in self.headers else 0
        return self.positions[at] if at < len(self.positions) else at


@dataclass(frozen=True, slots=True)
class Source:
    """A file as read.

    Attributes
    ----------
    kind
        ``"csv"`` (every delimited or fixed-width text), ``"xlsx"``, ``"xls"``, ``"xlsb"``, ``"ods"``, ``"vcard"``; of what an export
        wrote ``"json"``, ``"jsonl"`` and ``"sqlite"`` besides.
    digest
        SHA-256 of its bytes.
    issues
        What was refused by name, such as a number that lost digits, with row and column; those cells are None.
    """

    path: Path
    kind: str
    digest: str
    sheets: Sequence[SourceSheet]
    encoding: str = ""
    delimiter: str = ""
    issues: Sequence[Issue] = ()
