"""Defined names: spelling, scope, and what they refer to (ECMA-376 part 1, §18.2.5; Excel's rules for names)."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from tests.ooxml_lint.defect import Defect
from tests.ooxml_lint.formula_text import check_formula
from tests.ooxml_lint.markup import whole
from tests.ooxml_lint.reference import parse_cell

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from tests.ooxml_lint.book import Book

MAX_NAME = 255
BUILT_IN = "_xlnm."

_NAME = re.compile(r"(?:[^\W\d]|\\)[\w.\\?]*\Z")
_R1C1 = re.compile(r"[Rr]\d*(?:[Cc]\d*)?\Z|[Cc]\d*\Z")


def check_defined_names(book: Book) -> Iterator[Defect]:
    """Check every defined name of the workbook."""
    seen: Counter[tuple[str, str]] = Counter()
    for item in book.root.iterfind("definedNames/definedName"):
        name, scope = item.get("name", ""), item.get("localSheetId")
        seen[name.lower(), scope or ""] += 1
        if seen[name.lower(), scope or ""] == 2:
            yield Defect("lint.name-duplicate", book.part, name)
        yield from check_name(name, book.part)
        yield from _check_scope(book, item, scope)
        if not item.get("xlm") and not item.get("function"):
            yield from check_formula(item.text or "", book.part, name, book.names)


def check_name(name: str, part: str) -> Iterator[Defect]:
    """Check the spelling of one name; tables follow the same rules."""
    if not _NAME.match(name.removeprefix(BUILT_IN)) or len(name) > MAX_NAME:
        yield Defect("lint.name-syntax", part, name)
    elif looks_like_cell(name):
        yield Defect("lint.name-like-cell", part, name)


def looks_like_cell(name: str) -> bool:
    """Return whether Excel would read the name as a cell, in A1 or R1C1 notation."""
    return parse_cell(name) is not None or _R1C1.match(name) is not None


def _check_scope(book: Book, item: Element, scope: str | None) -> Iterator[Defect]:
    number = whole(scope)
    if scope is not None and (number is None or not 0 <= number < len(book.sheets)):
        yield Defect("lint.name-scope", book.part, item.get("name", ""), {"scope": scope})
