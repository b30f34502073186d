"""One pass over every formula of a workbook, whatever part it is in.

Formulas are in cells, conditional formats, validations and sparklines, in defined names, table columns, charts,
shapes that show a cell's text, and form controls. The pass gives each of them to `formula` with the sheet it is
on, and writes back those that came out different; a part in which none did keeps its bytes. All new content is made
before any of it is put into the package, so that a refusal leaves the package as it was.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from itertools import chain
from typing import TYPE_CHECKING, Any

from crmbook.ooxml import deflate, text
from crmbook.ooxml.cells import CellMarkup, RowMarkup, find_formula, formula_attributes
from crmbook.ooxml.errors import PartError
from crmbook.ooxml.markup import prefixed
from crmbook.ooxml.xml import Document, Edit, check_ampersands, escape, quote, splice, unescape

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from crmbook.ooxml.package import Package
    from crmbook.ooxml.sheet import Sheet
    from crmbook.ooxml.xml import Element

_TEXTS = frozenset({"formula", "formula1", "formula2", "f"})
_TABLE_TEXTS = frozenset({"calculatedColumnFormula", "totalsRowFormula"})
_CHART_TEXTS = frozenset({"f", "sqref"})
_CONTROL = re.compile(rb'(\sfmla[A-Za-z]*=")([^"]*)(")')
_SHAPE_LINK = re.compile(rb'(\stextlink=")([^"]*)(")')
_LEGACY = re.compile(rb"(<x:Fmla[A-Za-z]*>)([^<]*)(</)")
_NOWHERE = None


class FormulaPass(ABC):
    """The pass; what it does to a formula is for subclasses to say.

    Parameters
    ----------
    package
        The workbook.
    """

    def __init__(self, package: Package) -> None:
        self.package = package
        self._known: dict[tuple[str, str | None], str] = {}

    @abstractmethod
    def formula(self, written: str, home: str | None) -> str:
        """Return a formula that is on sheet `home` as it shall read."""

    def name_formula(self, written: str, home: str | None) -> str:
        """Return the formula of a defined name as it shall read."""
        return self.formula(written, home)

    def concerns(self, sheet: Sheet) -> bool:  # noqa: ARG002 - for subclasses to say
        """Whether any formula in the rows of a sheet could be meant."""
        return True

    def run(self) -> None:
        """Go through the workbook.

        Raises
        ------
        EditError
            ``ooxml.signed``, or why a subclass refuses; nothing has changed then.
        """
        package = self.package
        package.refuse_signed()
        package.flush()
        for name, content in list(self._contents()):
            package.replace_part(name, content)

    def changed(self, written: str, home: str | None) -> str:
        """Return what `formula` makes of a text; asked once for each text and sheet."""
        key = (written, home)
        if key not in self._known:
            self._known[key] = self.formula(written, home)
        return self._known[key]

    # parts

    def _contents(self) -> Iterator[tuple[str, bytes | deflate.Packed]]:
        package = self.package
        for info in package.sheets:
            if info.kind == "worksheet":
                yield from self.sheet_contents(package.sheet(info.name))
            elif info.kind == "xlMacrosheet":
                raise PartError("ooxml.not-a-worksheet", part=info.part)
            for item in package.relationships(info.part).of_kind("drawing"):
                yield from self._differing(
                    item.target, self.drawing(package.parts.read(item.target), info.name)
                )
        for table in package.tables:
            yield from self._differing(table.part, self.table_part(table.part, table.sheet))
        yield from self._differing(package.workbook.part, self.names_part())
        types = package.content_types
        for name in package.parts.names:
            if re.search(r"chart(ex)?\+xml$", types.of(name)):
                yield from self._differing(name, self.chart(name))
            elif "controlproperties" in types.of(name):
                yield from self._differing(name, self._texts(package.parts.read(name), _CONTROL, _NOWHERE))

    def _differing(self, name: str, content: bytes) -> Iterator[tuple[str, bytes]]:
        if content != self.package.parts.read(name):
            yield name, content

    def names_part(self) -> bytes:
        """Return the workbook part with its defined names changed."""
        workbook = self.package.workbook
        titles = [sheet.name for sheet in workbook.sheets]
        holder = workbook.root.find("definedNames")
        edits = []
        for item in holder.all("definedName") if holder else []:
            local = item.get("localSheetId")
            home = titles[int(local)] if local and local.isdigit() and int(local) < len(titles) else None
            new = self.name_formula(item.text, home)
            if new != item.text:
                edits.append(item.replace_content(escape(new)))
        return splice(workbook.data, edits)

    def chart(self, name: str) -> bytes:
        """Return a chart part with its formulas changed."""
        root = Document(self.package.parts.read(name), name).root
        return splice(root.document.data, self._content_edits(root, _CHART_TEXTS, _NOWHERE))

    def table_part(self, name: str, sheet: str) -> bytes:
        """Return a table part with its formulas changed."""
        root = Document(self.package.parts.read(name), name).root
        return splice(root.document.data, self._content_edits(root, _TABLE_TEXTS, sheet))

    def drawing(self, data: bytes, home: str) -> bytes:
        """Return a drawing with the links of its shapes changed."""
        return self._texts(data, _SHAPE_LINK, home)

    def legacy_drawing(self, data: bytes, home: str) -> bytes:
        """Return a VML drawing with the links of its controls changed."""
        return self._texts(data, _LEGACY, home)

    def _texts(self, data: bytes, pattern: re.Pattern[bytes], home: str | None) -> bytes:
        def change(match: re.Match[bytes]) -> bytes:
            old = unescape(match[2])
            new = self.changed(old, home)
            return match[0] if new == old else match[1] + quote(new) + match[3]

        return pattern.sub(change, data)

    def _content_edits(self, root: Element, locals_: frozenset[str], home: str | None) -> Iterator[Edit]:
        for element in root.walk():
            if element.local in locals_ and not element.children:
                old = text.decode(element.text)
                new = self.changed(old, home)
                if new != old:
                    yield element.replace_content(escape(text.encode(new)))

    # sheets

    def sheet_contents(self, sheet: Sheet) -> Iterator[tuple[str, bytes | deflate.Packed]]:
        """Yield the parts of a sheet that come out different."""
        edits = list(self.frame_edits(sheet))
        if edits or self.concerns(sheet):
            seen: list[bool] = [bool(edits)]
            packed = deflate.pack(chain(_framed(sheet, edits, self._rows(sheet, seen))))
            if any(seen):
                yield sheet.info.part, packed
        for item in self.package.relationships(sheet.info.part).of_kind("vmlDrawing"):
            if self.package.parts.has(item.target):
                old = self.package.parts.read(item.target)
                yield from self._differing(item.target, self.legacy_drawing(old, sheet.title))

    def frame_edits(self, sheet: Sheet) -> Iterator[Edit]:
        """Yield the edits of the sheet around its rows."""
        for element in sheet.frame.root.walk():
            yield from self.element_edits(element, sheet)

    def element_edits(self, element: Element, sheet: Sheet) -> Iterator[Edit]:
        """Yield the edits of one element around the rows; at most one of its tag and one of its content."""
        if element.local in _TEXTS:
            old = element.text
            new = old if element.children else self.changed(old, sheet.title)
            if new != old:
                yield element.replace_content(escape(new))
        values = self.attribute_values(element, sheet)
        new_values: dict[str, Any] = {
            name: value for name, value in values.items() if value != element.get(name)
        }
        if new_values:
            yield element.set(**new_values)

    def attribute_values(self, element: Element, sheet: Sheet) -> dict[str, str | None]:
        """Return what attributes of an element around the rows shall say."""
        if element.local == "cfvo" and element.get("val"):
            return {"val": self.changed(element.get("val") or "", sheet.title)}
        if element.local == "hyperlink" and element.get("location"):
            return {"location": self.changed(element.get("location") or "", None)}
        return {}

    def _rows(self, sheet: Sheet, seen: list[bool]) -> Iterator[bytes]:
        for block in sheet.body.blocks():
            check_ampersands(block.data, sheet.info.part)
            for index, number in enumerate(block.numbers):
                raw = block.row(index)
                new = self.row(raw, number, sheet)
                if new != raw:
                    seen[0] = True
                yield new

    def row(self, raw: bytes, number: int, sheet: Sheet) -> bytes:
        """Return a row with its formulas changed."""
        if b"<" + sheet.prefix + b"f" not in raw:
            return raw
        row = RowMarkup.parse(raw, number, sheet.prefix, sheet.info.part)
        edits = []
        for cell in row.cells:
            old = row.data[cell.start : cell.end]
            new = self.cell(old, cell, number, sheet)
            if new != old:
                edits.append(Edit(cell.start, cell.end, new))
        return prefixed(splice(row.data, edits), sheet.prefix) if edits else raw

    def cell(self, stored: bytes, cell: CellMarkup, row: int, sheet: Sheet) -> bytes:  # noqa: ARG002
        """Return a stored cell with its formula changed; it keeps its bytes where the formula keeps its own."""
        found = find_formula(stored)
        if found is None or not found[2]:
            return stored
        old = text.decode(unescape(found[2]))
        new = self.changed(old, sheet.title)
        return stored if new == old else with_formula_text(stored, found, new)


def may_speak_of(sheet: Sheet, words: Iterable[str]) -> bool:
    """Return whether the rows of a sheet may hold any of some words; where letters are written as numbers, they may."""
    spelled = [re.escape(escape(word.replace("'", "''"))) for word in words]
    pattern = re.compile(b"|".join([*spelled, b"&#"]), re.IGNORECASE)
    return bool(spelled) and any(pattern.search(block.data) for block in sheet.body.blocks())


def with_formula_text(
    stored: bytes, found: re.Match[bytes], formula: str, attributes: bytes | None = None
) -> bytes:
    """Return a stored cell with another text (and, where given, other attributes) in its formula `found`."""
    kept = found[1] if attributes is None else attributes
    element = b"<f" + kept + b">" + escape(text.encode(formula)) + b"</f>"
    return stored[: found.start()] + element + stored[found.end() :]


def shared_number(found: re.Match[bytes]) -> str | None:
    """Return the number of the group that a formula element belongs to, None for one that is alone."""
    written = formula_attributes(found[1])
    return written.get("si") if written.get("t") == "shared" else None


def _framed(sheet: Sheet, edits: list[Edit], rows: Iterator[bytes]) -> Iterator[bytes]:
    edge = len(sheet.head)
    yield splice(sheet.head, [edit for edit in edits if edit.start < edge])
    yield from rows
    later = [Edit(edit.start - edge, edit.end - edge, edit.new) for edit in edits if edit.start >= edge]
    yield splice(sheet.tail, later)
