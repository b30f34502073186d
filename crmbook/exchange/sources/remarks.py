"""What is to be said of a list besides its rows: cells that were refused, and what a person would not expect."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import Issue, Severity
from crmbook.ooxml import reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

    from crmbook.base import Location
    from crmbook.exchange.sources.raw import RawSheet
    from crmbook.exchange.sources.years import Year

_SHOWN: Final = 4
_FEW: Final = 10
"""One row in so many may be longer than the headers before it is a column without a header."""


class Remarks:
    """What is to be said of one sheet.

    Parameters
    ----------
    location
        The file, and the sheet where it has sheets.
    lost
        (row, column), 1-based → text of a number that lost its digits.

    Attributes
    ----------
    refused
        (row, column) → code and text of each cell that was refused.
    """

    def __init__(self, sheet: RawSheet, location: Location, lost: Mapping[tuple[int, int], str]) -> None:
        self._sheet = sheet
        self._location = location
        self._of_sheet: list[Issue] = []
        self.refused = {at: ("import.lost-digits", text) for at, text in lost.items()}
        self.refused |= {at: (found.code, found.text) for at, found in sheet.unreadable.items()}

    def lacks_headers(self) -> None:
        """Say that the list has no headers."""
        self._say("import.no-headers")

    def filled_down(self, count: int) -> None:
        """Say how many merged cells were put into several rows."""
        if count:
            self._say("import.filled-down", count=count)

    @property
    def file(self) -> str:
        """The file."""
        return self._location.file

    def years(self, year: Year, counts: Mapping[str, int]) -> None:
        """Say that the days of a column got their year from the title of the list."""
        for header, count in counts.items():
            self._say("import.year-of-title", header=header, count=count, year=year.number, text=year.text)

    def other_list(self, row: int, headers: Sequence[str]) -> None:
        """Say that another list begins in a row, which is not taken."""
        shown = (*headers[:_SHOWN], *(["…"] if len(headers) > _SHOWN else []))
        self._say("import.other-list", row=row, headers=shown)

    def issues(self, names: Sequence[str], headers: Sequence[str], rows: pd.Index[int]) -> tuple[Issue, ...]:
        """Return all that is to be said.

        Parameters
        ----------
        names
            Header of each column, as in `SourceSheet`; "" for one that is not taken.
        headers
            What is in the file above each column.
        rows
            The numbers of the records.
        """
        known = set(rows) if self.refused or self._sheet.hidden_rows else set()
        hidden = len(known & self._sheet.hidden_rows)
        if hidden:
            self._say("import.hidden-rows", count=hidden)
        if self._sheet.has_notes:
            self._say("import.notes-in-cells")
        refused = [
            self._of_cell(code, row, column, text, header=names[column - 1])
            for (row, column), (code, text) in sorted(self.refused.items())
            if row in known and names[column - 1]
        ]
        return (*self._of_sheet, *self._longer_rows(headers, rows), *refused)

    def _longer_rows(self, headers: Sequence[str], rows: pd.Index[int]) -> Iterator[Issue]:
        """Yield the few rows of a text that have more cells than there are headers."""
        width = max((at for at, header in enumerate(headers, 1) if header), default=0)
        if not self._sheet.is_text or width < 2:
            return
        first = self._sheet.columns[width:][:1]
        found = [(row, cell) for cells in first for row in rows if (cell := cells[row - 1]) is not None]
        if len(found) * _FEW <= len(rows) or len(found) == 1:
            for row, cell in found:
                yield self._of_cell("import.longer-rows", row, width + 1, str(cell), Severity.WARNING)

    def _say(self, code: str, **params: Any) -> None:
        params = {"sheet": self._sheet.title, **params}
        self._of_sheet.append(Issue(code, Severity.WARNING, self._location, params=params))

    def _of_cell(
        self, code: str, row: int, column: int, text: str, severity: Severity = Severity.ERROR, **params: Any
    ) -> Issue:
        location = replace(self._location, cell=reference(row, column))
        return Issue(code, severity, location, value=text, params={"row": int(row), **params})
