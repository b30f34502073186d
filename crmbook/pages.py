"""The single cells of pages, kept right: 截止日期, key figures, lines of advice, found again by their defined names."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from crmbook.formula import to_serial
from crmbook.schema import Layout
from crmbook.schema.naming import advice_name
from crmbook.workbook.advice import choose_advice
from crmbook.writeback import Change, Kind, is_same

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from crmbook.ooxml import Package
    from crmbook.recompute import Computed
    from crmbook.schema import Book

_CELL = re.compile(r"'?(.+?)'?!\$([A-Z]{1,3})\$(\d+)")


def iter_page_changes(book: Book, package: Package, computed: Computed, as_of: date) -> Iterator[Change]:
    """Yield the changes of all single cells: the as-of date, and cached values of formulas."""
    layout = Layout(book)
    wanted: dict[str, Any] = {}
    for name, cell in book.cells.items():
        if cell.formula is not None:
            wanted[layout.names[name]] = computed.cells[name]
    wanted[layout.names["as_of"]] = to_serial(as_of)
    for page in book.pages.values():
        ranks, lines = choose_advice(page, computed)
        wanted |= {advice_name("rule", rule.id): rank for rule, rank in zip(page.advice, ranks, strict=True)}
        wanted |= {
            advice_name("line", number): line for number, line in enumerate(lines, start=1) if page.advice
        }
    for defined in package.defined_names:
        match = _CELL.fullmatch(defined.formula)
        if match and defined.name in wanted:
            yield from _change(package, match, wanted[defined.name])


def _change(package: Package, place: re.Match[str], value: Any) -> Iterator[Change]:
    sheet, ref = place[1].replace("''", "'"), place[2] + place[3]
    cell = package.sheet(sheet).cell(ref)
    if not is_same(cell.value, value):
        keeps = cell.formula is not None
        yield Change(sheet, ref, value, Kind.COMPUTED, keeps_formula=keeps, old=cell.value)
