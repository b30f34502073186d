"""Sheets of a large workbook that a second process reads, while this one reads the others and whatever else it needs.

Both choose the same sheets from the same bytes; what comes back are their cells as stored (`SheetCells`), small arrays
beside the markup they were in. A sheet that does not come is read here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.ooxml import OoxmlError, Package
from crmbook.read.sheetcells import read_cells

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.base import Companion
    from crmbook.read.sheetcells import SheetCells

_SHARE: Final = 0.65
"""Most of the bytes of all sheets that the second process reads: this one has the shared strings and more to read."""


def share(package: Package) -> tuple[str, ...]:
    """Return the sheets that are read apart, by title: the largest that make up no more than the share."""
    sizes = {
        sheet.name: package.parts.size(sheet.part) for sheet in package.sheets if sheet.kind == "worksheet"
    }
    left = _SHARE * sum(sizes.values())
    found = []
    for title, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        if size <= left:
            found.append(title)
            left -= size
    return tuple(found)


def serve(data: bytes) -> Iterator[tuple[str, SheetCells | None]]:
    """Yield the sheets' cells, one sheet after the other; None for one that is not plain."""
    package = Package.open(data)
    for title in share(package):
        try:
            yield title, read_cells(package.sheet(title).body)
        except OoxmlError:  # reported where the sheet is read again
            yield title, None


class Apart:
    """What the second process gives back.

    Parameters
    ----------
    companion
        The process, at work on the bytes of `package`; None where there is none.
    """

    def __init__(self, package: Package, companion: Companion | None) -> None:
        self._companion = companion
        self._waiting = set(share(package)) if companion else set()
        self._found: dict[str, SheetCells | None] = {}

    def has(self, title: str) -> bool:
        """Return whether a sheet is read there."""
        return title in self._waiting or title in self._found

    def take(self, title: str) -> SheetCells | None:
        """Return the cells of a sheet as soon as they are there; None where it must be read here."""
        while title in self._waiting and self._companion is not None:
            item = self._companion.receive()
            if item is None:
                self._waiting.clear()
                break
            self._waiting.discard(item[0])
            self._found[item[0]] = item[1]
            if not self._waiting:
                self._companion.end()
        return self._found.pop(title, None)
