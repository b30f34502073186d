"""Where a package keeps its shared strings, and whether texts may be added to them.

The workbook part points at ``sharedStrings.xml`` by a relationship. Other programs lose one of the two: a part that
nothing points at is adopted (readers find it by its name), a relationship whose part is gone is given a new part.

A cell whose index leads nowhere has lost its text. If texts were added, that cell would show one of them, so a
package with such a cell takes no new text (`refuse_lost_texts`).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from crmbook.ooxml import contenttypes, sharedstrings
from crmbook.ooxml.errors import EditError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from crmbook.ooxml.opc import OpcPackage
    from crmbook.ooxml.sheet import Sheet
    from crmbook.ooxml.workbook import Workbook

_INDEX = re.compile(
    rb"<(?:[\w.-]+:)?c((?:\s[^<>]*)?\st\s*=\s*[\"']s[\"'][^<>]*)>\s*<(?:[\w.-]+:)?v(?:\s[^<>]*)?>\s*([^<]*?)\s*<"
)
_SHARED = re.compile(rb"<(?:[\w.-]+:)?c(?:\s[^<>]*)?\st\s*=\s*[\"']s[\"'](?:[^<>]*[^<>/])?>")
_REFERENCE = re.compile(rb"\sr\s*=\s*[\"']([A-Za-z]+[0-9]+)")
_DIGITS = re.compile(rb"[0-9]{1,9}\Z")


def find_part(package: OpcPackage, workbook: Workbook) -> str | None:
    """Return the part that holds the shared strings, None where the package has none."""
    target = package.related("sharedStrings")
    if target is not None and package.parts.has(target):
        return target
    orphan = default_name(workbook)
    is_one = package.content_types.of(orphan) == contenttypes.SHARED_STRINGS
    return orphan if is_one and package.parts.has(orphan) else None


def provide_part(package: OpcPackage, workbook: Workbook) -> str:
    """Return the part that holds the shared strings, tied to the workbook; created where there is none."""
    target, part = package.related("sharedStrings"), find_part(package, workbook)
    kind = f"{workbook.relationships_uri}/sharedStrings"
    if part is None:
        if target is not None:
            package.drop_relationship(target)
        return package.add_part(default_name(workbook), empty(workbook), contenttypes.SHARED_STRINGS, kind)
    if part != target:
        if target is not None:
            package.drop_relationship(target)
        package.add_relationship(kind, part)
    return part


def refuse_lost_texts(sheets: Callable[[], Iterable[Sheet]], count: int) -> None:
    """Refuse to add texts while a cell's index leads beyond the `count` texts that there are.

    Raises
    ------
    EditError
        ``ooxml.lost-text``, naming the first such cell.
    """
    for sheet in sheets():
        if sheet.has_all_texts:
            continue
        for block in sheet.body.blocks():
            lost = _lost_cell(block.data, count)
            if lost is not None:
                raise EditError("ooxml.lost-text", sheet=sheet.title, ref=lost)
        sheet.has_all_texts = True


def used_texts(sheets: Iterable[Sheet]) -> set[int] | None:
    """Return the indexes of all shared strings that cells show; None where a cell is written too oddly to be sure."""
    used: set[int] = set()
    for sheet in sheets:
        for block in sheet.body.blocks():
            found = _INDEX.findall(block.data)
            if len(found) != len(_SHARED.findall(block.data)):
                return None
            if not all(_DIGITS.match(index) for _, index in found):
                return None
            used.update(int(index) for _, index in found)
    return used


def _lost_cell(run: bytes, count: int) -> str | None:
    """Return the reference of the first cell of a run whose index of a shared string leads nowhere."""
    found = _INDEX.findall(run)
    lost = {index for index in {index for _, index in found} if not _leads_somewhere(index, count)}
    if not lost:
        return None
    tag = next(tag for tag, index in found if index in lost)
    ref = _REFERENCE.search(tag)
    return ref[1].decode() if ref else "?"


def _leads_somewhere(index: bytes, count: int) -> bool:
    return _DIGITS.match(index) is not None and int(index) < count


def default_name(workbook: Workbook) -> str:
    """Return the name that the part has in nearly all workbooks."""
    folder = workbook.part.rpartition("/")[0]
    return f"{folder}/sharedStrings.xml" if folder else "sharedStrings.xml"


def empty(workbook: Workbook) -> bytes:
    """Return a part without texts, in the workbook's own namespace."""
    main = workbook.root.uri
    return sharedstrings.EMPTY.replace(sharedstrings.MAIN, main.encode()) if main else sharedstrings.EMPTY
