"""What a workbook holds, as read: raw cells by table and field, nothing judged yet.

A `TableSnapshot` keeps the cells of the fields, of people's own columns and of the two service columns, each
row labelled with its row number in the sheet. What looks like a value and is none (an error, a formula that
nobody has calculated) stands there as `Unreadable`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from crmbook.base import Location
from crmbook.schema import column_letters

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmbook.read.content import Content

FoundBy = Literal["header", "name", "alias"]


@dataclass(frozen=True, slots=True)
class FoundColumn:
    """Where a column of a table stands.

    Attributes
    ----------
    index
        0-based column in the sheet.
    header
        Its header as it is there.
    found_by
        Whether the header itself, a defined name on the header cell or an alias told which field it is.
    """

    index: int
    header: str
    found_by: FoundBy = "header"

    @property
    def letter(self) -> str:
        """Column letters."""
        return column_letters(self.index)


@dataclass(frozen=True)
class TableSnapshot:
    """One table as read.

    Attributes
    ----------
    name, sheet
        Machine name, and the title of the sheet it was found on.
    header_row
        Row of the headers, 1-based.
    columns
        Where each field was found; fields that were not found are missing.
    custom
        People's own columns, by header.
    issues, row_id
        The service columns, None where they are gone.
    frame
        Raw cells: a column for each field found; the index holds the row numbers (1-based) in the sheet.
    own
        Raw cells of people's own columns, by header; the same index.
    row_ids
        Texts of the hidden row id column, None where there is none; the same index.
    marks
        Texts of the issues column by row, also of rows that are empty now.
    formulas
        By field, the rows in which the cell holds a formula.
    spaces
        By field, the rows in which the cell is blank although something stands there: spaces and the like.
    total_rows
        Rows of totals that people wrote: they are no records, and nothing in them is touched.
    heading_rows
        Rows that only repeat the headers: no records either.
    merged_rows
        Rows in which a merged range hides cells: they are not emptied.
    hides_ids
        Whether a merged range hides row ids: which rows those were, nobody can tell.
    duplicates
        Headers that a later column repeats; the first one counts.
    table_name
        Name of the ListObject, empty where the table has lost it.
    last_row
        Last row of the ListObject, or of the data where there is none.
    has_totals
        Whether a row of totals follows it.
    stray_rows
        Filled rows below the table, behind a gap or below the totals: not part of it.
    stray_ids
        The row ids that stand in them: those rows were in the table once, and are not gone.
    foreign
        By computed field, the rows in which the cell holds another formula than its own; mostly not among `formulas`.
    """

    name: str
    sheet: str
    header_row: int
    columns: Mapping[str, FoundColumn]
    custom: Mapping[str, FoundColumn]
    issues: FoundColumn | None
    row_id: FoundColumn | None
    frame: pd.DataFrame
    own: pd.DataFrame
    row_ids: pd.Series
    marks: Mapping[int, str] = field(default_factory=dict)
    formulas: Mapping[str, frozenset[int]] = field(default_factory=dict)
    spaces: Mapping[str, frozenset[int]] = field(default_factory=dict)
    total_rows: tuple[int, ...] = ()
    heading_rows: tuple[int, ...] = ()
    merged_rows: frozenset[int] = frozenset()
    hides_ids: bool = False
    duplicates: tuple[FoundColumn, ...] = ()
    table_name: str = ""
    last_row: int = 0
    has_totals: bool = False
    stray_rows: tuple[int, ...] = ()
    stray_ids: tuple[str, ...] = ()
    foreign: Mapping[str, frozenset[int]] = field(default_factory=dict)

    def raw(self, field_name: str, row: int) -> object:
        """Return what is in a field's cell, None where the field has no column."""
        return self.frame[field_name].loc[row] if field_name in self.columns else None

    def cell(self, field_name: str, row: int) -> Location:
        """Return the place of a field's cell; of its row where the field has no column."""
        column = self.columns.get(field_name)
        return Location(sheet=self.sheet, cell=f"{column.letter if column else 'A'}{row}")


@dataclass(frozen=True, slots=True)
class ListEntry:
    """One entry of a dropdown list in the dictionary; `of` is what it belongs under."""

    text: str
    of: str | None = None


@dataclass(frozen=True)
class Snapshot:
    """A workbook as read.

    Attributes
    ----------
    tables
        The tables that were found, by machine name.
    missing
        Managed tables of the book that the workbook does not have.
    cells
        Raw values of the typed single cells that were found, by id.
    lists
        Dropdown lists as people left them, for those found in the dictionary.
    properties
        Custom properties of the document, crmbook's stamp among them.
    date1904
        Whether serial numbers of days count from 1904.
    content
        What all its cells say; it keeps what was read.
    """

    tables: Mapping[str, TableSnapshot]
    missing: tuple[str, ...]
    cells: Mapping[str, object]
    lists: Mapping[str, tuple[ListEntry, ...]]
    properties: Mapping[str, object]
    date1904: bool = False
    content: Content | None = None
