"""Custom document properties, ``docProps/custom.xml`` (ECMA-376 part 1, §22.3.2.2)."""

from __future__ import annotations

import math
import re
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

from tests.ooxml_lint.defect import Defect
from tests.ooxml_lint.markup import whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from tests.ooxml_lint.archive import Archive

FIRST_ID = 2
MAX_NAME = 255

_INTEGER = re.compile(r"\s*[+-]?\d+\s*\Z")
_MOMENT = re.compile(r"\s*\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?:Z|[+-]\d\d:\d\d)?\s*\Z")


def check_properties(archive: Archive) -> Iterator[Defect]:
    """Check ids, names and values of the custom properties."""
    for part in archive.targets("", "custom-properties"):
        root = archive.root(part)
        items = [item for item in root if _local(item) == "property"] if root is not None else []
        for number, times in Counter(item.get("pid", "") for item in items).items():
            if times > 1 or (whole(number) or 0) < FIRST_ID:
                yield Defect("lint.property-id", part, number)
        for name, times in Counter(item.get("name", "").lower() for item in items).items():
            if times > 1 or not 0 < len(name) <= MAX_NAME:
                yield Defect("lint.property-name", part, name)
        for item in items:
            if not _fits(item):
                yield Defect("lint.property-value", part, item.get("name", ""))


def _fits(item: Element) -> bool:
    if len(item) != 1:
        return False
    kind, text = _local(item[0]), item[0].text or ""
    if kind in {"i1", "i2", "i4", "i8", "int", "ui1", "ui2", "ui4", "ui8", "uint"}:
        return _INTEGER.match(text) is not None
    if kind in {"r4", "r8", "decimal"}:
        with suppress(ValueError):
            return math.isfinite(float(text))
        return False
    if kind == "bool":
        return text.strip() in {"true", "false", "0", "1"}
    if kind in {"filetime", "date"}:
        return _MOMENT.match(text) is not None
    return True


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
