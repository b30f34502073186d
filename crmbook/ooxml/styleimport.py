"""Cell formats carried from one workbook into another, and formats made from those a workbook has.

A cell format (``xf``) points at a font, a fill, a border and a number format by their positions in lists of their own.
Whatever the other workbook has already, compared by content, is used; the rest is added behind.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crmbook.ooxml.markup import plain, prefixed
from crmbook.ooxml.schemaorder import STYLESHEET, insertion
from crmbook.ooxml.xml import Document, natural, quote, splice

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from crmbook.ooxml.package import Package
    from crmbook.ooxml.xml import Edit, Element

PARTS: Final = {"fontId": ("fonts", "font"), "fillId": ("fills", "fill"), "borderId": ("borders", "border")}
"""Which attribute of a cell format counts into which list of which items."""
_CUSTOM = 164
_MEANT = ("numFmtId", "fontId", "fillId", "borderId", "xfId", "quotePrefix", "applyNumberFormat", "applyFont",
          "applyFill", "applyBorder", "applyAlignment", "applyProtection")  # fmt: skip


class StyleSheet:
    """A stylesheet as lists of plain items, which may grow."""

    def __init__(self, package: Package) -> None:
        data = package.styles.data or b""
        self.part = package.styles.part
        self.root = Document(data, self.part).root
        self.lists = {name: [self._plain(item) for item in self.items(name)] for name, _ in PARTS.values()}
        self.formats = {
            natural(item.get("numFmtId")) or 0: item.get("formatCode") or "" for item in self.items("numFmts")
        }
        self.cells = [self._cell(item) for item in self.items("cellXfs")]

    def items(self, name: str) -> list[Element]:
        """Return what is in one of the lists."""
        holder = self.root.find(name)
        return holder.children if holder else []

    def place(self, name: str, item: bytes) -> int:
        """Return the place of an item in one of the lists, behind all others where it was not there."""
        there = self.lists[name]
        if item not in there:
            there.append(item)
        return there.index(item)

    def _plain(self, item: Element) -> bytes:
        data = self.root.document.data[item.start : item.end]
        return re.sub(rb">\s+<", b"><", plain(data, item.prefix.encode(), self.part).strip())

    def _cell(self, item: Element) -> tuple[dict[str, str], bytes]:
        written = item.attributes
        inner = b"".join(self._plain(child) for child in item.children if child.local != "extLst")
        return {name: written[name] for name in _MEANT if name in written}, inner


class StyleImport:
    """Formats for one workbook; `finish` writes what was added.

    Parameters
    ----------
    package
        The workbook that gets them.
    source
        The workbook that they come from; the same one where formats are only varied.
    """

    def __init__(self, package: Package, source: Package) -> None:
        self._package = package
        self._old = StyleSheet(source)
        self._new = StyleSheet(package)
        self._counts = {name: len(items) for name, items in self._new.lists.items()}
        self._counts["cellXfs"] = len(self._new.cells)
        self._formats = dict(self._new.formats)
        self._known: dict[int, int] = {}

    def of(self, style: int) -> int:
        """Return the number that a format of the source has in the workbook."""
        if style not in self._known:
            written, inner = self._old.cells[style]
            moved = {name: value for name, value in written.items() if name != "quotePrefix"}
            moved |= {name: str(self._item(name, int(written.get(name, "0")))) for name in PARTS}
            moved["numFmtId"] = str(self._number_format(int(written.get("numFmtId", "0"))))
            self._known[style] = self._cell({**moved, "xfId": "0"}, inner)
        return self._known[style]

    def varied(self, style: int, pattern: int) -> int:
        """Return a format of the workbook itself, but with the number format of a format of the source."""
        written, inner = self._new.cells[style]
        number = self._number_format(int(self._old.cells[pattern][0].get("numFmtId", "0")))
        return self._cell({**written, "numFmtId": str(number), "applyNumberFormat": "1"}, inner)

    def _item(self, kind: str, number: int) -> int:
        name = PARTS[kind][0]
        return self._new.place(name, self._old.lists[name][number])

    def _number_format(self, number: int) -> int:
        code = self._old.formats.get(number)
        if code is None or number < _CUSTOM:
            return number
        known = next((one for one, other in self._formats.items() if other == code), None)
        if known is None:
            known = max([_CUSTOM - 1, *self._formats]) + 1
            self._formats[known] = code
        return known

    def _cell(self, written: Mapping[str, str], inner: bytes) -> int:
        wanted = ({name: written[name] for name in _MEANT if name in written}, inner)
        if wanted not in self._new.cells:
            self._new.cells.append(wanted)
        return self._new.cells.index(wanted)

    def finish(self) -> None:
        """Write the formats that the workbook did not have."""
        data = self._new.root.document.data
        edits = list(self._edits())
        if edits:
            self._package.replace_part(self._new.part, splice(data, edits))

    def _edits(self) -> Iterator[Edit]:
        root, prefix = self._new.root, self._new.root.prefix.encode()
        for name, items in self._new.lists.items():
            yield from added_items(root, name, items[self._counts[name] :])
        cells = [_written(*cell) for cell in self._new.cells[self._counts["cellXfs"] :]]
        yield from added_items(root, "cellXfs", cells)
        formats = [
            f'<numFmt numFmtId="{number}" formatCode="{quote(code).decode()}"/>'.encode()
            for number, code in self._formats.items()
            if number not in self._new.formats
        ]
        if formats and root.find("numFmts") is None:
            whole = b'<numFmts count="%d">%s</numFmts>' % (len(formats), b"".join(formats))
            yield insertion(root, "numFmts", prefixed(whole, prefix), STYLESHEET)
        else:
            yield from added_items(root, "numFmts", formats)


def added_items(root: Element, name: str, items: Sequence[bytes]) -> Iterator[Edit]:
    """Yield the edits that put plain items behind those of a list, and count them."""
    holder = root.find(name)
    if holder is not None and items:
        yield holder.set(count=str(len(holder.children) + len(items)))
        yield holder.insert(b"".join(prefixed(item, root.prefix.encode()) for item in items))


def _written(attributes: Mapping[str, str], inner: bytes) -> bytes:
    tag = b"<xf" + b"".join(f' {name}="{value}"'.encode() for name, value in attributes.items())
    return tag + (b">" + inner + b"</xf>" if inner else b"/>")
