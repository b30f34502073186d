"""The calculation chain: each entry must lead to a cell that has a formula (ECMA-376 part 1, §18.6.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.ooxml_lint.defect import Defect
from tests.ooxml_lint.markup import whole
from tests.ooxml_lint.reference import parse_cell

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.ooxml_lint.book import Book


def check_calc_chain(book: Book) -> Iterator[Defect]:
    """Check the chain against the formula cells that the sheets turned out to have."""
    part = next(iter(book.archive.targets(book.part, "calcChain")), None)
    root = book.archive.root(part) if part else None
    if part is None or root is None:
        return
    sheets = {entry.sheet_id: entry.part or "" for entry in book.sheets}
    sheet_id: int | None = None
    for item in root.iterfind("c"):
        sheet_id = whole(item.get("i")) or sheet_id  # an entry without i belongs to the sheet before it
        cell = parse_cell(item.get("r", ""))
        if cell is None or cell not in book.formula_cells.get(sheets.get(sheet_id, ""), ()):
            yield Defect("lint.calc-chain", part, f"{sheet_id}!{item.get('r', '')}")
    if len(root) == 0:
        yield Defect("lint.empty-list", part, "calcChain")
