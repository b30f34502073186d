"""Numbers that are shown as days: what calamine makes of a number under a cell format, asked of calamine itself.

A small workbook with the styles of the large one is written in memory and read; nobody else decides which formats
show days, nor what day, moment or span a number is.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pandas as pd
from python_calamine import CalamineWorkbook

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.ooxml import Package

    Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
    Items = np.ndarray[tuple[int], np.dtype[Any]]

_PROBE: Final = 45_000.0
_SPAN: Final = 60_000
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


class Calendar:
    """The days of one workbook."""

    def __init__(self, package: Package) -> None:
        self._styles = package.parts.read(_STYLES) if package.parts.has(_STYLES) else None
        self._date1904 = package.date1904
        numbers = [(style, _PROBE) for style in range(package.styles.count + 1)]
        shown = self._ask(numbers)
        self._sorts = [None if isinstance(item, float) else type(item) for item in shown]
        self._samples = {sort: style for style, sort in reversed(list(enumerate(self._sorts))) if sort}
        self._known: dict[type, dict[float, object]] = {sort: {} for sort in self._samples}

    def sorts(self, styles: Sequence[int]) -> list[type | None]:
        """Return what each style makes of numbers: a type of days, None where they stay numbers."""
        return [self._sorts[style] if style < len(self._sorts) else None for style in styles]

    def shown(self, sort: type, numbers: Floats) -> Items:
        """Return what numbers are under the styles of a sort."""
        codes, distinct = pd.factorize(numbers)
        known = self._known[sort]
        missing = [number for number in distinct.tolist() if number not in known]
        if missing:
            wanted = dict.fromkeys([*missing, *_around(missing)])
            pairs = [(self._samples[sort], number) for number in wanted]
            known.update(zip(wanted, self._ask(pairs), strict=True))
        items = np.empty(len(distinct), dtype=object)
        items[:] = [known[number] for number in distinct.tolist()]
        return items[codes]

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
        return [row[0] for row in read]


def _around(numbers: list[float]) -> list[float]:
    """Return the whole numbers among and around some, so that the next block of rows need not ask again."""
    low, high = min(numbers), max(numbers)
    if not 1 <= low <= high < low + _SPAN or high > 10 * _SPAN:
        return []
    return [float(number) for number in range(max(int(low) - _MARGIN, 1), int(high) + _MARGIN)]
