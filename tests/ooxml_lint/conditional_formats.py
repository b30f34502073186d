"""Conditional formats: ranges, priorities, formulas and the formats they apply (§18.3.1.18, §18.3.1.10)."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tests.ooxml_lint.defect import Defect
from tests.ooxml_lint.formula_text import check_formula
from tests.ooxml_lint.markup import whole
from tests.ooxml_lint.reference import parse_ranges

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from xml.etree.ElementTree import Element

    from tests.ooxml_lint.book import Book

NEED_FORMULA = {"expression", "cellIs"}
NEED_CHILD = {"colorScale": "colorScale", "dataBar": "dataBar", "iconSet": "iconSet"}
KINDS = (
    NEED_FORMULA
    | {*NEED_CHILD}
    | {
        "top10",
        "uniqueValues",
        "duplicateValues",
        "containsText",
        "notContainsText",
        "beginsWith",
        "endsWith",
        "containsBlanks",
        "notContainsBlanks",
        "containsErrors",
        "notContainsErrors",
        "timePeriod",
        "aboveAverage",
    }
)


def check_conditional_formats(book: Book, part: str, children: Iterable[Element]) -> Iterator[Defect]:
    """Check all rules of one sheet."""
    priorities: Counter[int] = Counter()
    for container in children:
        if container.tag != "conditionalFormatting":
            continue
        place = container.get("sqref", "")
        rules = container.findall("cfRule")
        if container.get("pivot") != "1" and parse_ranges(place) is None:
            yield Defect("lint.rule-range", part, place)
        if not rules and container.find("extLst") is None:
            yield Defect("lint.empty-list", part, f"conditionalFormatting {place}")
        for rule in rules:
            priority = whole(rule.get("priority"))
            if priority is None or priority < 1:
                yield Defect("lint.rule-priority", part, place, {"priority": rule.get("priority", "")})
            else:
                priorities[priority] += 1
            yield from _check_rule(book, part, place, rule)
    for priority, times in priorities.items():
        if times > 1:
            yield Defect("lint.rule-priority-duplicate", part, str(priority), {"times": times})


def _check_rule(book: Book, part: str, place: str, rule: Element) -> Iterator[Defect]:
    kind = rule.get("type", "")
    formulas = rule.findall("formula")
    if kind not in KINDS:
        yield Defect("lint.rule-type", part, place, {"type": kind})
    if kind in NEED_FORMULA and not formulas:
        yield Defect("lint.rule-formula", part, place, {"type": kind})
    if kind in NEED_CHILD and rule.find(NEED_CHILD[kind]) is None:
        yield Defect("lint.rule-formula", part, place, {"type": kind})
    if len(formulas) > 3:
        yield Defect("lint.rule-formula", part, place, {"type": kind})
    for formula in formulas:
        yield from check_formula(formula.text or "", part, place, book.names)
    yield from check_differential(book, part, place, rule.get("dxfId"))


def check_differential(book: Book, part: str, place: str, identifier: str | None) -> Iterator[Defect]:
    """Check that a ``dxfId`` leads to a differential format."""
    number = whole(identifier)
    if identifier is not None and (number is None or not 0 <= number < book.styles.differential):
        yield Defect("lint.differential-style", part, place, {"style": identifier})
