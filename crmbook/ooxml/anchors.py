"""What hangs over the cells: comments, drawings, and the old VML shapes behind comments and controls.

A drawing is tied to the cells of its corners, counted from 0::

    <xdr:twoCellAnchor editAs="oneCell"><xdr:from><xdr:col>2</xdr:col>…<xdr:to><xdr:col>5</xdr:col>…

``editAs`` says what happens when cells move: ``twoCell`` (or nothing) moves and stretches it, ``oneCell`` moves it,
``absolute`` leaves it. VML says the same in a list of eight numbers, the first and fifth of which are columns; the
shape of a comment goes with its cell. VML need not be well-formed, so it is read by its tags alone.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crmbook.ooxml.xml import Document, Edit, splice

if TYPE_CHECKING:
    from crmbook.ooxml.columnshift import ColumnShift
    from crmbook.ooxml.xml import Element

# A shape that is not closed ends where the next one begins: looking on to the end for each would take for ever.
SHAPE = re.compile(rb"<v:shape[\s>](?:[^<]|<(?!/?v:shape[\s>]))*+</v:shape>", re.DOTALL)
_ANCHOR = re.compile(rb"(<x:Anchor>)([^<]*)(</x:Anchor>)")
_COLUMN = re.compile(rb"(<x:Column>\s*)([0-9]+)(\s*</x:Column>)")


def moved_comments(data: bytes, part: str, shift: ColumnShift) -> bytes:
    """Return comments, or threaded ones, at their cells' new positions."""
    edits = [
        element.set(ref=shift.ref(element.get("ref") or ""))
        for element in Document(data, part).root.walk()
        if element.local in {"comment", "threadedComment"} and element.get("ref")
    ]
    return splice(data, edits)


def moved_drawing(data: bytes, shift: ColumnShift) -> bytes:
    """Return a drawing with its corners at their new positions."""
    edits: list[Edit] = []
    for anchor in Document(data, "").root.walk():
        kind = anchor.get("editAs") or "twoCell"
        first, last = anchor.find("from"), anchor.find("to")
        if first is None or anchor.local not in {"oneCellAnchor", "twoCellAnchor"} or kind == "absolute":
            continue
        moves = _column(first) >= shift.at - 1
        edits += _moved_corner(first, shift)
        if last is not None and (kind == "twoCell" or moves):
            edits += _moved_corner(last, shift)
    return splice(data, edits)


def _column(corner: Element) -> int:
    found = corner.find("col")
    return int(found.text) if found is not None and found.text.strip().isdigit() else 0


def _moved_corner(corner: Element, shift: ColumnShift) -> list[Edit]:
    found = corner.find("col")
    if found is None or _column(corner) < shift.at - 1:
        return []
    return [found.replace_content(b"%d" % (_column(corner) + shift.count))]


def moved_legacy_drawing(data: bytes, shift: ColumnShift) -> bytes:
    """Return a VML drawing with its shapes at their new positions."""
    return SHAPE.sub(lambda match: _moved_shape(match[0], shift), data)


def _moved_shape(shape: bytes, shift: ColumnShift) -> bytes:
    edge = shift.at - 1
    cell = _COLUMN.search(shape)
    follows = cell is not None and int(cell[2]) >= edge

    def anchor(match: re.Match[bytes]) -> bytes:
        numbers = [piece.strip() for piece in match[2].split(b",")]
        for index in (0, 4):
            moves = follows if cell is not None else index < len(numbers) and int(numbers[index]) >= edge
            if moves and index < len(numbers) and numbers[index].isdigit():
                numbers[index] = b"%d" % (int(numbers[index]) + shift.count)
        return match[1] + b", ".join(numbers) + match[3]

    shape = _ANCHOR.sub(anchor, shape)
    return (
        _COLUMN.sub(lambda match: b"%s%d%s" % (match[1], int(match[2]) + shift.count, match[3]), shape)
        if follows
        else shape
    )
