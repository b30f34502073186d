"""Data validations: limits of the texts, literal lists, formulas and ranges (§18.3.1.32, Excel's own limits)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ooxml_lint.archive import count_of
from tests.ooxml_lint.defect import Defect
from tests.ooxml_lint.formula_text import check_formula
from tests.ooxml_lint.reference import parse_ranges

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from tests.ooxml_lint.book import Book

MAX_TITLE = 32
MAX_MESSAGE = 255
MAX_LIST = 255
MAX_VALIDATIONS = 65_534
TEXTS = {"promptTitle": MAX_TITLE, "errorTitle": MAX_TITLE, "prompt": MAX_MESSAGE, "error": MAX_MESSAGE}
KINDS = {"none", "whole", "decimal", "list", "date", "time", "textLength", "custom"}
TWO_FORMULAS = {"between", "notBetween"}


def check_validations(book: Book, part: str, container: Element | None) -> Iterator[Defect]:
    """Check the validations of one sheet."""
    if container is None:
        return
    items = container.findall("dataValidation")
    if count_of(container) not in {None, len(items)}:
        params = {"count": container.get("count", ""), "found": len(items)}
        yield Defect("lint.count", part, "dataValidations", params)
    if len(items) > MAX_VALIDATIONS:
        yield Defect("lint.too-many-validations", part, "dataValidations", {"count": len(items)})
    for item in items:
        place = item.get("sqref", "")
        if parse_ranges(place) is None:
            yield Defect("lint.validation-range", part, place)
        yield from _check_texts(part, place, item)
        yield from _check_formulas(book, part, place, item)


def _check_texts(part: str, place: str, item: Element) -> Iterator[Defect]:
    for name, limit in TEXTS.items():
        length = len(item.get(name, "").encode("utf-16-le")) // 2
        if length > limit:
            params = {"attribute": name, "length": length, "limit": limit}
            yield Defect("lint.validation-text-long", part, place, params)


def _check_formulas(book: Book, part: str, place: str, item: Element) -> Iterator[Defect]:
    kind = item.get("type", "none")
    if kind not in KINDS:
        yield Defect("lint.validation-type", part, place, {"type": kind})
        return
    first, second = item.findtext("formula1") or "", item.findtext("formula2") or ""
    two = kind not in {"list", "custom"} and item.get("operator", "between") in TWO_FORMULAS
    if kind != "none" and (not first or (two and not second)):
        yield Defect("lint.validation-formula", part, place, {"type": kind})
    if kind == "list" and first.startswith('"'):
        length = len(first.strip('"').encode("utf-16-le")) // 2
        if length > MAX_LIST:
            yield Defect("lint.validation-list-long", part, place, {"length": length, "limit": MAX_LIST})
    for formula in filter(None, (first, second)):
        yield from check_formula(formula, part, place, book.names)
