"""Names of single cells on pages that are gone: found again beside their neighbours.

A workbook built anew says where each such cell was. It is looked for there, moved as the named cells before and
behind it have moved, and only taken where the text to its left is the one that build wrote; of a heading, where it says the
same, of a figure and of the change below it, where its title is above, and of a rule of advice, where its sentence
is behind it.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Final

from crmbook.build import (
    CONFLICTS,
    DUPLICATES,
    ISSUES,
    REMINDERS,
    SPAN,
    Stamp,
    conflict_line,
    pair_line,
)
from crmbook.ooxml import Package
from crmbook.read import target_of
from crmbook.render.repair.furniture import cell_formula
from crmbook.schema import advice_name, is_rule_of_advice, layout_of, line_name

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from crmbook.ooxml import Cell as CellContent
    from crmbook.schema import Book

    Cell = tuple[str, int, int]

_ANY_DAY: Final = date(2024, 1, 1)
_ADVICE: Final = "_crmbook.advice."
_HEADING: Final = "_crmbook.heading."
_LINE: Final = "_crmbook.line."
_NO_CHART: Final = "_crmbook.no_chart."
_FIGURE, _CHANGE = 1, 2
"""Rows from a figure, and from its change, up to its title."""


def repair_singles(book: Book, package: Package) -> int:
    """Name the single cells whose names are gone or broken; return how many were found again."""
    known = _targets(package)
    if _wanted(book, package) <= known.keys():
        return 0
    from crmbook.build import build_workbook  # slow to import

    built = Package.open(build_workbook(book, {}, _ANY_DAY, Stamp("", "")).data)
    targets, count = _targets(built), 0
    names = layout_of(book).names
    to_title = {names[cell.id]: _CHANGE for cell in book.cells.values() if cell.below}
    figures = {names[cell.id]: cell.title for cell in book.cells.values() if cell.kpi}
    for name, title in figures.items():  # one that is no card has its title to the left
        if name in targets and _title_above(_FIGURE, built, targets[name]) == [title]:
            to_title[name] = _FIGURE
    hidden = {name for name in targets if name.startswith((_ADVICE, _HEADING, _LINE, _NO_CHART))}
    for name in sorted((_wanted(book, package) | hidden) - known.keys()):
        spot = _moved(targets, known, name)
        text = partial(_title_above, to_title[name]) if name in to_title else _reading(book, name)
        if spot and _agree(text(built, targets[name]), text(package, spot)):
            package.set_defined_name(name, cell_formula(spot), hidden=name in hidden)
            count += 1
    return count


def _wanted(book: Book, package: Package) -> set[str]:
    """Return the names of all single cells on pages that are there, and of the rules of advice."""
    titles, names = {sheet.name for sheet in package.sheets}, layout_of(book).names
    pages = {name: page for name, page in book.pages.items() if page.title in titles}
    rules = {advice_name(page.name, "rule", rule.id) for page in pages.values() for rule in page.advice}
    counted = {ISSUES, REMINDERS} | ({CONFLICTS} if conflict_line(book, 0) else set())
    counted |= {DUPLICATES} if pair_line(book, 0, 0) else set()
    lines = {line_name(name) for name in pages if name in counted}
    return rules | lines | {names[cell.id] for cell in book.cells.values() if cell.page in pages}


def _targets(package: Package) -> dict[str, Cell]:
    sheets = {sheet.name for sheet in package.sheets if sheet.kind == "worksheet"}
    found = {item.name: target_of(item) for item in package.defined_names if item.sheet is None}
    return {name: cell for name, cell in found.items() if cell and cell[0] in sheets}


def _moved(targets: Mapping[str, Cell], known: Mapping[str, Cell], name: str) -> Cell | None:
    """Return where a cell is now; None where its neighbours do not agree."""
    sheet, row, column = targets.get(name, ("", 0, 0))
    neighbours = [
        (cell, known[other])
        for other, cell in targets.items()
        if other in known and cell[0] == sheet == known[other][0]
    ]
    before = sorted(pair for pair in neighbours if pair[0] < (sheet, row, column))
    behind = sorted(pair for pair in neighbours if pair[0] > (sheet, row, column))
    nearest = before[-1:] + behind[:1]
    shifts = {(now[1] - then[1], now[2] - then[2]) for then, now in nearest}
    if not sheet or len(shifts) > 1:
        return None
    down, right = shifts.pop() if shifts else (0, 0)
    return (sheet, row + down, column + right)


def _agree(mine: list[str], theirs: list[str]) -> bool:
    """Return whether what is before two cells is the same: the nearest text, or the first, where it is typed over."""
    return mine[-1:] == theirs[-1:] or (mine[:1] == theirs[:1] != [])


def _reading(book: Book, name: str) -> Callable[[Package, Cell], list[str]]:
    """Return what must be the same where a name is put: the heading, what was typed, the sentence of a rule, the texts before."""
    if name.startswith(_HEADING):
        return _title
    if name.startswith(_NO_CHART):
        return partial(_typed, frozenset(page.labels.get("no_chart", "") for page in book.pages.values()))
    return _text_behind if is_rule_of_advice(name) else _texts_before


def _text_behind(package: Package, cell: Cell) -> list[str]:
    """Return the text to the right of a cell: what a rule of advice says."""
    sheet, row, column = cell
    if row < 1 or all(item.name != sheet for item in package.sheets):
        return []
    return [str(one.value) for one in package.sheet(sheet).cells({row}, {column + 1}) if one.value]


def _typed(ours: frozenset[str], package: Package, cell: Cell) -> list[str]:
    """Return what a person typed into a cell that otherwise holds a formula; its value, where a program kept that, is of `ours`."""
    sheet, row, column = cell
    if row < 1 or column < 1 or all(item.name != sheet for item in package.sheets):
        return [sheet]
    found = package.sheet(sheet).cells({row}, {column})
    return [str(one.value) for one in found if one.formula is None and one.value and one.value not in ours]


def _title(package: Package, cell: Cell) -> list[str]:
    """Return what a heading above a chart says, without the time of its figures."""
    sheet, row, column = cell
    if row < 1 or column < 1 or all(item.name != sheet for item in package.sheets):
        return []
    return [_title_of(one) for one in package.sheet(sheet).cells({row}, {column})]


def _title_of(heading: CellContent) -> str:
    """Return the title in a heading: as its formula says it, whatever a program made of the time behind it, else its text."""
    if heading.formula and heading.formula.startswith('"'):
        return heading.formula[1:].partition('"&')[0].replace('""', '"')
    return str(heading.value).partition(SPAN)[0]


def _title_above(rows: int, package: Package, cell: Cell) -> list[str]:
    """Return the title that is so many rows above a figure, or above what says how it has changed."""
    sheet, row, column = cell
    if row <= rows or column < 1 or all(item.name != sheet for item in package.sheets):
        return []
    return [str(one.value) for one in package.sheet(sheet).cells({row - rows}, {column}) if one.value]


def _texts_before(package: Package, cell: Cell) -> list[str]:
    """Return the texts to the left of a cell in its row, the nearest last."""
    sheet, row, column = cell
    if row < 1 or column < 1 or all(item.name != sheet for item in package.sheets):
        return []
    texts = [one.value for one in package.sheet(sheet).cells({row}, set(range(1, column)))]
    return [text for text in texts if isinstance(text, str) and text]
