"""The single cells of pages, kept right: 截止日期, figures, lines of advice, headings, found by their defined names.

A figure whose formula somebody typed over, or a program could not hold, gets it back where the workbook has all that it
reads; elsewhere, as in a role's copy, its value is there.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from crmbook.base import Change, ChangeKind
from crmbook.build import ISSUES, Extract, chart_heading, choose_advice, known_advice, no_chart
from crmbook.formula import to_serial
from crmbook.ooxml import reference
from crmbook.read import is_same, is_wreck, lacks_prefix, meaning, target_of
from crmbook.schema import advice_name, heading_name, line_name, no_chart_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import date

    from crmbook.formula import Formula
    from crmbook.ooxml import Package
    from crmbook.read import Placement
    from crmbook.schema import Book, Computed, Page


class _Wanted(NamedTuple):
    """What a cell should show.

    Attributes
    ----------
    formula
        The one that should give it, where one should.
    is_free
        Whether any formula may be there.
    is_mark
        Whether it mentions issues.
    """

    value: Any
    formula: str | None = None
    is_free: bool = False
    is_mark: bool = False


def iter_page_changes(  # noqa: PLR0913, PLR0917 - the book, its workbook, and what it should show
    book: Book,
    package: Package,
    computed: Computed,
    as_of: date,
    here: Placement,
    lines: Mapping[str, str],
    *,
    is_older: bool = False,
) -> Iterator[Change]:
    """Yield the changes of all single cells: the as-of date, values and formulas of figures, advice, headings.

    Parameters
    ----------
    lines
        By page, the line above its table that says how much is in it.
    is_older
        Whether an older schema wrote the workbook: another formula in a cell is that schema's, and nobody's typing.
    """
    names = here.layout.names
    wanted: dict[str, _Wanted] = {}
    if "as_of" in names:
        wanted[names["as_of"]] = _Wanted(to_serial(as_of), is_free=True)
    known = {defined.name for defined in package.defined_names}
    live = _live_texts(book, known, here)
    wanted |= {names[name]: _Wanted(computed.cells[name], text) for name, text in live.items()}
    wanted |= {
        line_name(page): _Wanted(line, is_free=True, is_mark=page == ISSUES) for page, line in lines.items()
    }
    for page in book.pages.values():
        wanted |= _advice(known_advice(page, known), computed)
        for chart in page.charts:
            heading = chart_heading(chart, computed.cells)
            wanted[heading_name(page.name, chart.id)] = _Wanted(heading, is_free=True)
            hint = no_chart(book, page, chart, computed.cells, computed.frames)
            wanted[no_chart_name(page.name, chart.id)] = _Wanted(hint, is_free=True)
    titles = {sheet.name for sheet in package.sheets}
    meant = wanted.keys() - _names_of_others(book, package, names)
    for defined in package.defined_names:
        target = target_of(defined)
        if target and target[0] in titles and defined.name in meant and defined.sheet is None:
            yield from _change(package, target, wanted[defined.name], is_older=is_older)


def iter_line_changes(package: Package, lines: Mapping[str, str]) -> Iterator[Change]:
    """Yield the changes of the lines above the tables of pages, by page, and of nothing else."""
    wanted = {
        line_name(page): _Wanted(line, is_free=True, is_mark=page == ISSUES) for page, line in lines.items()
    }
    titles = {sheet.name for sheet in package.sheets}
    for defined in package.defined_names:
        target = target_of(defined)
        if target and target[0] in titles and defined.name in wanted and defined.sheet is None:
            yield from _change(package, target, wanted[defined.name], is_older=False)


def _names_of_others(book: Book, package: Package, names: Mapping[str, str]) -> set[str]:
    """Return the names of single cells that do not lead to their page: to cells to which a person gave them, or nowhere.

    A page is the sheet of its title, or, where that was renamed, the one to which most of its names lead.
    """
    targets = {one.name: target_of(one) for one in package.defined_names if one.sheet is None}
    titles = {sheet.name for sheet in package.sheets}
    strays: set[str] = set()
    for name, page in book.pages.items():
        mine = [names[cell.id] for cell in book.cells.values() if cell.page == name]
        led = {one: target[0] for one in mine if (target := targets.get(one))}
        home, count = Counter(led.values()).most_common(1)[0] if led else ("", 0)
        home = page.title if page.title in titles else home if 2 * count > len(mine) else ""
        strays |= {one for one, sheet in led.items() if sheet != home}
    return strays


def _live_texts(book: Book, known: Collection[str], here: Placement) -> dict[str, str | None]:
    """Return the formulas of single cells as the workbook spells them; None where it lacks what one reads.

    `known` are the defined names of the workbook.
    """
    names, labels, extract = here.layout.names, here.layout.labels(), Extract(book)

    def is_live(formula: Formula) -> bool:
        has_names = all(names[name] in known for name in formula.names)
        return has_names and not formula.references & here.absent and extract.keeps(formula)

    formulas = {name: cell.formula for name, cell in book.cells.items() if cell.formula is not None}
    return {
        name: formula.render(labels, equals=False) if is_live(formula) else None
        for name, formula in formulas.items()
    }


def _advice(page: Page, computed: Computed) -> dict[str, _Wanted]:
    """Return the ranks of a page's rules and the lines that they choose; their formulas are as build wrote them."""
    ranks, lines = choose_advice(page, computed)
    shown = {
        advice_name(page.name, "rule", rule.id): rank for rule, rank in zip(page.advice, ranks, strict=True)
    }  # fmt: skip
    if page.advice:
        shown |= {advice_name(page.name, "line", number): line for number, line in enumerate(lines, start=1)}
    return {name: _Wanted(value, is_free=True) for name, value in shown.items()}


def _change(
    package: Package, target: tuple[str, int, int], wanted: _Wanted, *, is_older: bool
) -> Iterator[Change]:
    sheet, ref = target[0], reference(*target[1:])
    cell = package.sheet(sheet).cell(ref)
    is_wrecked = cell.formula is not None and is_wreck(meaning(cell.formula, ""))
    is_own = cell.formula is not None and (wanted.is_free or _says(cell.formula, wanted.formula))
    keeps = is_own and not is_wrecked
    is_right = keeps or (cell.formula is None and (wanted.formula is None or wanted.is_free))
    if not is_right or not is_same(cell.value, wanted.value):
        formula = None if keeps else wanted.formula
        typed = not is_right and not is_same(cell.value, wanted.value)
        typed = typed and (cell.formula is None or not is_older)
        kind = ChangeKind.MARKED if wanted.is_mark else ChangeKind.COMPUTED
        kind = ChangeKind.RESTORED if typed else kind
        yield Change(sheet, ref, wanted.value, kind, formula, keeps_formula=keeps, old=cell.value)


def _says(formula: str, wanted: str | None) -> bool:
    """Return whether a cell's formula is the one it should hold."""
    if wanted is None:
        return False
    return formula == wanted or (
        meaning(formula, "") == meaning(wanted, "") and not lacks_prefix(formula, wanted)
    )
