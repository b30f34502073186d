"""Where everything is once columns were inserted: columns, ranges and the references in formulas.

Each end of a range moves by itself: one that is at the first new column or right of it goes as many further, so a
range that lies around the new columns grows. The end of a range stays inside the sheet; a single cell pushed out of it
becomes ``#REF!``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from crmbook.ooxml import refs
from crmbook.ooxml.errors import EditError
from crmbook.ooxml.formulatext import Reference, with_references

_END = re.compile(r"(\$?)([A-Za-z]{1,3})(\$?[0-9]{0,7})\Z")


@dataclass(frozen=True, slots=True)
class ColumnShift:
    """Columns inserted side by side into one sheet.

    Attributes
    ----------
    sheet
        Title of the sheet.
    at
        Number of the first new column, counted from 1.
    order
        Titles of all sheets in the order of the tabs, for references that span several.
    count
        How many columns are new.
    """

    sheet: str
    at: int
    order: tuple[str, ...]
    count: int = 1

    def column(self, number: int) -> int:
        """Return where a column is now; none goes beyond the last one of the sheet."""
        return min(self.moved(number), refs.MAX_COLUMN)

    def moved(self, number: int) -> int:
        """Return where a column would be if sheets had no end."""
        return number + self.count if number >= self.at else number

    def area(self, area: refs.Area) -> refs.Area:
        """Return where a rectangle is now."""
        return area._replace(left=self.column(area.left), right=self.column(area.right))

    def ref(self, written: str) -> str:
        """Return a range of the sheet as it is written now, in the same spelling."""
        first, colon, last = written.partition(":")
        return f"{self._end(first)}{colon}{self._end(last) if colon else ''}"

    def sqref(self, written: str) -> str:
        """Return ranges of the sheet, separated by spaces, as they are written now."""
        return " ".join(map(self.ref, written.split(" ")))

    def formula(self, text: str, home: str | None, *, absolute_only: bool = False) -> str:
        """Return a formula that is on sheet `home` (None: on none) as it reads now.

        With `absolute_only`, columns without ``$`` stay: in a defined name they are counted from the cell in use.

        Raises
        ------
        EditError
            ``ooxml.insert-span`` where a reference spans several sheets, this one among them.
        """

        def change(found: Reference) -> str:
            if not self._points_here(found, home):
                return str(found)
            ends = [self._end(end, absolute_only=absolute_only) for end in (found.first, found.last)]
            if not found.last and found.first and self._falls_out(found.first):
                return str(found._replace(first="#REF!"))
            return str(found._replace(first=ends[0], last=ends[1]))

        return with_references(text, change)

    def _points_here(self, found: Reference, home: str | None) -> bool:
        if not found.sheet:
            return home is not None and home.lower() == self.sheet.lower()
        titles = [title.lower() for title in found.titles]
        if len(titles) == 2:
            known = [title.lower() for title in self.order]
            here = known.index(self.sheet.lower())
            positions = sorted(known.index(title) for title in titles if title in known)
            if positions and positions[0] <= here <= positions[-1]:
                raise EditError("ooxml.insert-span", sheet=self.sheet, ref=str(found))
            return False
        return titles == [self.sheet.lower()]

    def _end(self, written: str, *, absolute_only: bool = False) -> str:
        match = _END.match(written)
        if match is None or (absolute_only and not match[1]):
            return written
        number = refs.number(match[2])
        if number > refs.MAX_COLUMN or number < self.at or int(match[3].strip("$") or 1) > refs.MAX_ROW:
            return written
        return match[1] + refs.letters(self.column(number)) + match[3]

    def _falls_out(self, written: str) -> bool:
        match = _END.match(written)
        if match is None:
            return False
        number = refs.number(match[2])
        return number <= refs.MAX_COLUMN < self.moved(number)
