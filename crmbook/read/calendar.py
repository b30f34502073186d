"""Numbers that are shown as days: what calamine makes of a number under a cell format, asked of calamine itself.

A small workbook with the styles of the large one is written in memory and read; nobody else decides which formats
show days, nor what day, moment or span a number is.
"""

from __future__ import annotations

import io
import zipfile
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from python_calamine import CalamineWorkbook

from crmbook.read.hashing import of_values
from crmbook.values import object_array

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmbook.ooxml import Package
    from crmbook.read.hashing import Numbers

    Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
    Items = np.ndarray[tuple[int], np.dtype[Any]]

_PROBE: Final = 45_000.0
_SPAN: Final = 60_000
"""Days that are known by their number: up to the year 2064."""
_MARGIN: Final = 2_000
_STYLES: Final = "xl/styles.xml"
_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_RELATION: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PARTS: Final = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{_TYPE}.styles+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_TYPE}.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATION}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    f'<Relationship Id="rId1" Type="{_RELATION}/worksheet" Target="worksheets/sheet1.xml"/>'
    f'<Relationship Id="rId2" Type="{_RELATION}/styles" Target="styles.xml"/></Relationships>',
}
_MAIN: Final = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_WORKBOOK: Final = (
    f'<workbook xmlns="{_MAIN}" xmlns:r="{_RELATION}"><workbookPr date1904="{{system}}"/>'
    '<sheets><sheet name="A" sheetId="1" r:id="rId1"/></sheets></workbook>'
)


def is_day_that_never_was(number: float) -> bool:
    """Return whether a serial number of the 1900 system shows 29 February 1900."""
    return 60 <= number < 61


class Calendar:
    """The days of one workbook."""

    def __init__(self, package: Package) -> None:
        self._styles = package.parts.read(_STYLES) if package.parts.has(_STYLES) else None
        self._date1904 = package.date1904
        numbers = [(style, _PROBE) for style in range(package.styles.count + 1)]
        shown = self._ask(numbers)
        self._sorts = [None if isinstance(item, float) else type(item) for item in shown]
        samples = {sort: style for style, sort in reversed(list(enumerate(self._sorts))) if sort}
        self._known = {sort: _Known(partial(self._asked, style)) for sort, style in samples.items()}

    def sorts(self, styles: Sequence[int]) -> list[type | None]:
        """Return what each style makes of numbers: a type of days, None where they stay numbers."""
        return [self._sorts[style] if style < len(self._sorts) else None for style in styles]

    def shown(self, sort: type, numbers: Floats) -> tuple[Items, Numbers]:
        """Return what numbers are under the styles of a sort, and the numbers of these values for the sum of cells."""
        return self._known[sort].shown(numbers)

    def _asked(self, style: int, numbers: Sequence[float]) -> list[object]:
        return self._ask([(style, number) for number in numbers])

    def _ask(self, cells: list[tuple[int, float]]) -> list[object]:
        """Return how calamine reads numbers in cells of some styles."""
        rows = "".join(
            f'<row r="{row}"><c r="A{row}" s="{style}"><v>{number!r}</v></c></row>'
            for row, (style, number) in enumerate(cells, 1)
        )
        parts = {
            **_PARTS,
            "xl/workbook.xml": _WORKBOOK.format(system=int(self._date1904)),
            "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{_MAIN}"><sheetData>{rows}</sheetData></worksheet>',
        }
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            for name, text in parts.items():
                archive.writestr(name, text)
            if self._styles is not None:
                archive.writestr(_STYLES, self._styles)
        read = (
            CalamineWorkbook.from_filelike(io.BytesIO(file.getvalue()))
            .get_sheet_by_name("A")
            .to_python(skip_empty_area=False)
        )
        shown: list[object] = [row[0] for row in read]
        if self._date1904:
            return shown
        # calamine takes 29 February 1900, a day that only workbooks know, for the one before.
        return [
            number if is_day_that_never_was(number) and isinstance(item, date) else item
            for (_, number), item in zip(cells, shown, strict=True)
        ]


class _Known:
    """What is known of numbers under one sort of styles: a table of the whole days, and the others one by one.

    Parameters
    ----------
    ask
        Returns what some numbers are.
    """

    def __init__(self, ask: Callable[[Sequence[float]], list[object]]) -> None:
        self._ask = ask
        self._days = np.empty(_SPAN, dtype=object)
        self._counted = np.zeros(_SPAN, dtype=np.uint64)
        self._is_known = np.zeros(_SPAN, dtype=np.bool_)

    def shown(self, numbers: Floats) -> tuple[Items, Numbers]:
        """Return what numbers are, and the numbers of these values."""
        if not ((numbers >= 0) & (numbers < _SPAN) & (numbers == np.rint(numbers))).all():
            return self._slowly(numbers)
        whole = numbers.astype(np.intp)
        if not self._is_known[whole].all():
            self._learn(max(int(whole.min()) - _MARGIN, 0), min(int(whole.max()) + _MARGIN, _SPAN))
        return self._days[whole], self._counted[whole]

    def _learn(self, start: int, end: int) -> None:
        """Ask for a stretch of days at once, so that the next rows need not ask again."""
        days = object_array(self._ask([float(number) for number in range(start, end)]))
        part = slice(start, end)
        self._days[part], self._counted[part], self._is_known[part] = days, of_values(days), True

    def _slowly(self, numbers: Floats) -> tuple[Items, Numbers]:
        codes, distinct = pd.factorize(numbers)
        days = object_array(self._ask(distinct.tolist()))
        return days[codes], of_values(days)[codes]
