"""A worksheet as it is stored: its bytes, what they say about cells, and where ranges and headers are.

The *frame* is the sheet without its rows (head and tail, a well-formed document of its own): dimension, columns, merged
cells, validations, conditional formats live there. `crmbook.ooxml.sheet` edits what is read here.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING

from crmbook.ooxml import refs
from crmbook.ooxml.body import Body
from crmbook.ooxml.cells import RowMarkup
from crmbook.ooxml.formulas import FormulaIndex
from crmbook.ooxml.refs import Area, parse_area
from crmbook.ooxml.xml import Document, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.ooxml.holder import Holder
    from crmbook.ooxml.workbook import SheetInfo


class StoredSheet:
    """What is in the part of one worksheet, and in a new head or tail that waits to be written.

    Attributes
    ----------
    info
        The tab: title, part, state.
    has_all_texts
        Whether every index of a shared string in its cells is known to lead to one.
    """

    def __init__(self, package: Holder, info: SheetInfo) -> None:
        self.info = info
        self.date1904 = package.date1904
        self.has_all_texts = False
        self._package = package
        self._head: bytes | None = None
        self._tail: bytes | None = None
        self._frame: tuple[bytes, bytes, Document] | None = None

    @property
    def title(self) -> str:
        """Title of the tab."""
        return self.info.name

    @cached_property
    def body(self) -> Body:
        """The part as it was last written, edits not included."""
        parts, name = self._package.parts, self.info.part
        return Body(lambda: parts.pieces(name), name, parts.size(name))

    @property
    def head(self) -> bytes:
        """Bytes up to and including ``<sheetData>``."""
        return self.body.head if self._head is None else self._head

    @property
    def tail(self) -> bytes:
        """Bytes from ``</sheetData>`` on."""
        return self.body.tail if self._tail is None else self._tail

    @property
    def prefix(self) -> bytes:
        """Prefix of the sheet's elements with its colon, or nothing."""
        return self.body.prefix

    @property
    def frame(self) -> Document:
        """The sheet without its rows, parsed; positions in it are what `edit_frame` takes."""
        head, tail = self.head, self.tail
        if self._frame is None or self._frame[0] is not head or self._frame[1] is not tail:
            self._frame = (head, tail, Document(head + tail, self.info.part))
        return self._frame[2]

    # what reading a cell needs (cells.Context)

    def shared_text(self, index: int) -> str:
        """Return a shared string."""
        return self._package.shared_text(index)

    def is_date(self, style: int) -> bool:
        """Return whether a cell format shows dates."""
        return self._package.styles.is_date(style)

    def shared_formula(self, group: str, row: int, column: int) -> str | None:
        """Return the formula of a member of a shared group."""
        found = self.formula_index.group_of(group, row, column)
        return found.at(row, column) if found else None

    # positions

    def first_merged(self, area: Area) -> str | None:
        """Return the first cell of a merged range that reaches into `area`, None if there is none."""
        chunks = range(area.top >> 6, (area.bottom >> 6) + 1)
        found = [merged for chunk in chunks for merged in self._merges.get(chunk, ()) if merged.meets(area)]
        return refs.reference(min(found).top, min(found).left) if found else None

    def is_covered(self, row: int, column: int) -> bool:
        """Return whether a merged range hides a cell: all of its cells but the first."""
        area = self._merge_over(row, column)
        return area is not None and (row, column) != (area.top, area.left)

    def merged(self, area: Area) -> list[Area]:
        """Return the merged ranges that reach into `area`."""
        chunks = [
            areas for chunk, areas in self._merges.items() if area.top >> 6 <= chunk <= area.bottom >> 6
        ]
        return sorted({found for areas in chunks for found in areas if found.meets(area)})

    @cached_property
    def formula_index(self) -> FormulaIndex:
        """Shared, array and data table formulas."""
        return FormulaIndex.read(self.body)

    @cached_property
    def _merges(self) -> dict[int, list[Area]]:
        """Merged ranges by the chunk of 64 rows they touch."""
        found: dict[int, list[Area]] = {}
        if b"mergeCell" not in self.tail:
            return found
        for element in self.frame.root.children:
            for item in element.children if element.local == "mergeCells" else []:
                area = parse_area(item.get("ref") or "")
                for chunk in range(area.top >> 6, (area.bottom >> 6) + 1):
                    found.setdefault(chunk, []).append(area)
        return found

    def _merge_over(self, row: int, column: int) -> Area | None:
        return next((area for area in self._merges.get(row >> 6, ()) if area.holds(row, column)), None)

    @cached_property
    def _column_styles(self) -> list[tuple[int, int, int]]:
        """``(first, last, style)`` of the columns that have a format."""
        found = []
        for match in tokens(self.head, self.info.part):
            name = match["open"]
            if name is not None and name.rpartition(b":")[2] == b"col":
                written = dict(_numbers(match["attributes"]))
                if written.get("style") and "min" in written:
                    found.append((written["min"], written.get("max", written["min"]), written["style"]))
        return found

    def column_style(self, column: int) -> int | None:
        """Return the format of a column, None where it has none."""
        return next((style for first, last, style in self._column_styles if first <= column <= last), None)

    def _parse(self, raw: bytes, number: int) -> RowMarkup:
        return RowMarkup.parse(raw, number, self.prefix, self.info.part)

    def _stored_row(self, number: int) -> RowMarkup | None:
        for block in self.body.blocks():
            if block.numbers and block.numbers[-1] >= number:
                try:
                    return self._parse(block.row(block.numbers.index(number)), number)
                except ValueError:
                    continue
        return None

    @cached_property
    def _headers(self) -> dict[tuple[int, int], str]:
        """What the header cells of tables must say: Excel drops a table whose part says otherwise."""
        return {
            (table.area.top, column): name.replace("\r\n", "\n")
            for table in self._package.tables
            if table.sheet == self.title and table.header_rows
            for column, name in enumerate(table.columns, table.area.left)
        }

    def header_rows(self) -> frozenset[int]:
        """Return the rows in which tables have their headers: nothing takes its format from them."""
        tables = self._package.tables
        return frozenset(
            table.area.top for table in tables if table.sheet == self.title and table.header_rows
        )

    def _forget(self) -> None:
        """Read anew what was written anew."""
        self._head = self._tail = None
        for name in ("body", "formula_index", "_merges", "_column_styles"):
            self.__dict__.pop(name, None)


def _numbers(raw: bytes) -> Iterator[tuple[str, int]]:
    for match in re.finditer(rb"(?<![\w.-])([\w.-]++)\s*+=\s*+[\"']([0-9]{1,9})[\"']", raw):
        yield match[1].decode(), int(match[2])
