"""``[Content_Types].xml`` and the relationship parts: every part typed, every target there."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.ooxml_lint.archive import (
    CONTENT_TYPES,
    CONTENT_TYPES_NAMESPACE,
    RELATIONSHIP,
    fold,
    source_of,
)
from tests.ooxml_lint.defect import Defect

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ooxml_lint.archive import Archive

_SPREADSHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml."
# What a part must be when a relationship of this kind leads to it (ECMA-376 part 1, §12.3).
TYPES = {
    "worksheet": f"{_SPREADSHEET}worksheet+xml",
    "chartsheet": f"{_SPREADSHEET}chartsheet+xml",
    "dialogsheet": f"{_SPREADSHEET}dialogsheet+xml",
    "sharedStrings": f"{_SPREADSHEET}sharedStrings+xml",
    "styles": f"{_SPREADSHEET}styles+xml",
    "table": f"{_SPREADSHEET}table+xml",
    "calcChain": f"{_SPREADSHEET}calcChain+xml",
    "comments": f"{_SPREADSHEET}comments+xml",
    "externalLink": f"{_SPREADSHEET}externalLink+xml",
    "pivotTable": f"{_SPREADSHEET}pivotTable+xml",
    "pivotCacheDefinition": f"{_SPREADSHEET}pivotCacheDefinition+xml",
    "drawing": "application/vnd.openxmlformats-officedocument.drawing+xml",
    "chart": "application/vnd.openxmlformats-officedocument.drawingml.chart+xml",
    "custom-properties": "application/vnd.openxmlformats-officedocument.custom-properties+xml",
}


def check_content_types(archive: Archive) -> Iterator[Defect]:
    """Check that each part has one content type, and each override a part."""
    root = archive.root(CONTENT_TYPES)
    if root is None:
        yield Defect("lint.content-types-missing", CONTENT_TYPES)
        return
    defaults = [item.get("Extension", "") for item in root if item.tag == f"{CONTENT_TYPES_NAMESPACE}Default"]
    overrides = [
        item.get("PartName", "") for item in root if item.tag == f"{CONTENT_TYPES_NAMESPACE}Override"
    ]
    for name, times in Counter(name.lower() for name in [*defaults, *overrides]).items():
        if times > 1:
            yield Defect("lint.content-type-duplicate", CONTENT_TYPES, name)
    for name in overrides:
        if archive.find(name) is None:
            yield Defect("lint.content-type-dangling", CONTENT_TYPES, name)
    for name in archive.names:
        if archive.content_type(name) is None and fold(name) != fold(CONTENT_TYPES):
            yield Defect("lint.content-type-missing", name)


def check_relationships(archive: Archive) -> Iterator[Defect]:
    """Check that ids are unique, internal targets exist and have the content type that fits."""
    for name in archive.names:
        source = source_of(name)
        root = archive.root(name) if source is not None else None
        if source is None or root is None:
            continue
        for identifier, times in Counter(item.get("Id", "") for item in root.iter(RELATIONSHIP)).items():
            if times > 1 and identifier:
                yield Defect("lint.relationship-duplicate", name, identifier)
        if source and archive.find(source) is None:
            yield Defect("lint.relationship-orphan", name)
            continue
        yield from _check_targets(archive, name, source)


def _check_targets(archive: Archive, name: str, source: str) -> Iterator[Defect]:
    for item in archive.relationships(source):
        target = item.target.partition("#")[0]
        if item.external or not target or target == ".":
            continue
        part = archive.find(target)
        if part is None:
            yield Defect("lint.relationship-target", name, item.id, {"target": item.target})
        elif item.kind in TYPES and archive.content_type(part) != TYPES[item.kind]:
            yield Defect(
                "lint.content-type-wrong",
                part,
                "",
                {"found": archive.content_type(part) or "", "kind": item.kind},
            )
