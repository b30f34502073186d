"""The notes on a sheet's cells (comments, in the words of the file): what they say, and taking some away.

A note is in two parts, its text in the comments and its box in the VML drawing that the sheet calls its legacy
drawing; what is left empty goes with its last note. A thread of comments is known by its own part, and what stands for it
among the notes is not touched.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from crmbook.ooxml import contenttypes
from crmbook.ooxml.anchors import SHAPE
from crmbook.ooxml.refs import parse_cell
from crmbook.ooxml.xml import Document, splice

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from crmbook.ooxml.package import Package
    from crmbook.ooxml.xml import Element

_KIND: Final = "comments"
_BOXES: Final = "vmlDrawing"
_PLACE: Final = tuple(
    re.compile(rb"<x:%s>\s*([0-9]{1,7})\s*</x:%s>" % (name, name)) for name in (b"Row", b"Column")
)
_ANY_SHAPE: Final = re.compile(rb"<v:(?:shape|group|rect|oval|line|image)[\s>]")


def read_notes(package: Package, title: str) -> dict[str, str]:
    """Return what the notes of a worksheet say, by cell."""
    return {ref: _text(element) for _, ref, element in _stored(package, title)}


def remove_notes(package: Package, title: str, refs: Collection[str]) -> None:
    """Take the notes of some cells of a worksheet away, with their boxes.

    Raises
    ------
    EditError
        ``ooxml.signed``.
    """
    found = list(_stored(package, title))
    gone = [(part, element) for part, ref, element in found if ref in refs]
    if not gone:
        return
    sheet = package.sheet(title).info.part
    _remove_boxes(package, title, {parse_cell(ref) for ref in refs})
    for part in {one for one, _ in gone}:
        if sum(one == part for one, _ in gone) == sum(one == part for one, *_ in found):
            _drop(package, sheet, part)
        else:
            edits = [element.remove() for one, element in gone if one == part]
            package.replace_part(part, splice(package.parts.read(part), edits))


def _stored(package: Package, title: str) -> Iterator[tuple[str, str, Element]]:
    """Yield part, cell and element of each note."""
    relationships = package.relationships(package.sheet(title).info.part)
    for item in relationships.of_kind(_KIND):
        if not package.parts.has(item.target):
            continue
        for element in Document(package.parts.read(item.target), item.target).root.walk():
            ref = element.get("ref") if element.local == "comment" else None
            if ref:
                yield item.target, ref, element


def _text(note: Element) -> str:
    """Return the text of a note: that of all its runs, without what helps to pronounce it."""
    holder = note.find("text")
    if holder is None:
        return ""
    runs = [child.find("t") if child.local == "r" else child for child in holder.children]
    return "".join(run.text for run in runs if run is not None and run.local == "t")


def _remove_boxes(package: Package, title: str, cells: Collection[tuple[int, int]]) -> None:
    """Take away the boxes of the notes on some cells, given as row and column from 1."""
    sheet = package.sheet(title)
    legacy = sheet.frame.root.find("legacyDrawing")
    relationships = package.relationships(sheet.info.part)
    number = legacy.get("id", package.workbook.relationships_uri) if legacy else None
    link = relationships.by_id(number or "")
    if legacy is None or link is None or link.kind != _BOXES or not package.parts.has(link.target):
        return

    def without(match: re.Match[bytes]) -> bytes:
        places = [pattern.search(match[0]) for pattern in _PLACE]
        row, column = (int(place[1]) + 1 if place else 0 for place in places)
        return b"" if b'"Note"' in match[0] and (row, column) in cells else match[0]

    old = package.parts.read(link.target)
    new = SHAPE.sub(without, old)
    if _ANY_SHAPE.search(new):
        package.replace_part(link.target, new)
        return
    sheet.edit_frame([legacy.remove()])
    sheet.flush()
    _drop(package, sheet.info.part, link.target)


def _drop(package: Package, source: str, part: str) -> None:
    """Take away a part that is one other part's alone."""
    relationships = package.relationships(source)
    package.replace_part(relationships.part, relationships.drop(part))
    for name in (part, package.relationships(part).part):
        if package.parts.has(name):
            package.parts.drop(name)
        package.replace_part(contenttypes.PART, package.content_types.drop(name))
