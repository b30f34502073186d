"""An .xlsx package as parts that a mimic of a program takes apart and writes anew."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

from lxml import etree

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_TYPES, _RELATIONS, _BOOK = "[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/workbook.xml"


def tag(name: str) -> str:
    """Return a name of the main namespace as lxml writes it."""
    return f"{{{MAIN}}}{name}"


class Parts:
    """The parts of one workbook; those in XML are parsed when they are first asked for."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with zipfile.ZipFile(path) as archive:
            self.data = {name: archive.read(name) for name in archive.namelist()}
        self._parsed: dict[str, etree._Element] = {}

    def xml(self, name: str) -> etree._Element:
        """Return the root of a part; what is changed in it is saved."""
        if name not in self._parsed:
            self._parsed[name] = etree.fromstring(self.data[name])
        return self._parsed[name]

    @property
    def book(self) -> etree._Element:
        return self.xml(_BOOK)

    @property
    def styles(self) -> etree._Element:
        return self.xml("xl/styles.xml")

    def sheets(self) -> Iterator[tuple[str, str, etree._Element]]:
        """Yield title, part and root of every worksheet, in order."""
        targets = {item.get("Id"): item.get("Target") for item in self.xml(_RELATIONS)}
        for item in self.book.iter(tag("sheet")):
            part = targets[item.get(f"{{{LINKS}}}id")]
            part = part.lstrip("/") if part.startswith("/") else f"xl/{part}"
            yield item.get("name"), part, self.xml(part)

    def cells(self) -> Iterator[etree._Element]:
        for _, _, root in self.sheets():
            yield from root.iter(tag("c"))

    def texts(self) -> list[etree._Element]:
        """Return the shared strings by number."""
        name = "xl/sharedStrings.xml"
        return list(self.xml(name)) if name in self.data else []

    def drop_elements(self, *names: str) -> None:
        """Take elements of these names out of every worksheet."""
        for _, _, root in self.sheets():
            for item in [item for name in names for item in root.iter(tag(name))]:
                item.getparent().remove(item)

    def drop_parts(self, pattern: str) -> None:
        """Take parts out of the package, with their content types and all links to them."""
        gone = {name for name in self.data if re.fullmatch(pattern, name)}
        for name in gone:
            del self.data[name]
            self._parsed.pop(name, None)
        for item in list(self.xml(_TYPES)):
            if (item.get("PartName") or "").lstrip("/") in gone:
                self.xml(_TYPES).remove(item)
        for name in [name for name in self.data if name.endswith(".rels")]:
            for item in list(self.xml(name)):
                target = item.get("Target").rsplit("/", 1)[-1]
                if item.get("TargetMode") != "External" and target in {
                    one.rsplit("/", 1)[-1] for one in gone
                }:
                    self.xml(name).remove(item)

    def rename_parts(self, old: str, new: str, *, absolute: bool = False) -> None:
        """Call worksheets otherwise: `old` is a pattern of names below ``xl/worksheets``."""
        for name in [name for name in self.data if re.fullmatch(rf"xl/worksheets/{old}", name)]:
            named = re.sub(old, new, name)
            self.data[named] = self.data.pop(name)
            if name in self._parsed:
                self._parsed[named] = self._parsed.pop(name)
            folder, base = name.rsplit("/", 1)
            rels = f"{folder}/_rels/{base}.rels"
            if rels in self.data:
                moved = f"{named.rsplit('/', 1)[0]}/_rels/{named.rsplit('/', 1)[1]}.rels"
                self.data[moved] = self.data.pop(rels)
                if rels in self._parsed:
                    self._parsed[moved] = self._parsed.pop(rels)
            for item in self.xml(_TYPES):
                if item.get("PartName") == f"/{name}":
                    item.set("PartName", f"/{named}")
            for item in self.xml(_RELATIONS):
                if item.get("Target") == name.removeprefix("xl/"):
                    item.set("Target", f"/{named}" if absolute else named.removeprefix("xl/"))

    def save(self, *, order: bool = False) -> None:
        """Write the package in its place; `order` puts the content types last, as some programs do."""
        for name, root in self._parsed.items():
            self.data[name] = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
        names = sorted(self.data, key=lambda name: (name == _TYPES) == order)
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                archive.writestr(name, self.data[name])
        self.path.write_bytes(out.getvalue())
