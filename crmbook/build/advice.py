"""Advice: sentences that the figures choose, in the order of the rules.

A rule whose condition holds gets the next rank; the n-th line on the page shows the rule of rank n, and a last line
says how many rules are not shown. The workbook's own formulas do the same, so that the lines follow when somebody
chooses another period.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from crmbook.schema import advice_name

if TYPE_CHECKING:
    from collections.abc import Collection

    from crmbook.schema import Computed, Page

ADVICE_LINES: Final = 6
"""Rules that a page shows."""
Ranks = tuple[int | str, ...]
Lines = tuple[str, ...]


def choose_advice(page: Page, computed: Computed) -> tuple[Ranks, Lines]:
    """Return the rank of every rule (``""`` where its condition does not hold) and the lines shown.

    There are `ADVICE_LINES` lines, and one that says how many rules are left over.
    """
    ranks: list[int | str] = []
    chosen: list[str] = []
    for rule in page.advice:
        holds = rule.formula.evaluate(computed.frames, computed.cells).iloc[0] is True
        chosen += [rule.text] if holds else []
        ranks.append(len(chosen) if holds else "")
    lines = [f"• {chosen[n]}" if n < len(chosen) else advice_fallback(page, n) for n in range(ADVICE_LINES)]
    before, after = more_advice(page)
    left = len(chosen) - ADVICE_LINES
    return tuple(ranks), (*lines, f"{before}{left}{after}" if left > 0 else "")


def known_advice(page: Page, names: Collection[str]) -> Page:
    """Return a page with those rules only that a workbook of an older schema has, by its defined names."""
    known = (rule for rule in page.advice if advice_name(page.name, "rule", rule.id) in names)
    return replace(page, advice=tuple(known))


def more_advice(page: Page) -> tuple[str, str]:
    """Return what the last line says before and behind the number of rules that are not shown."""
    before, _, after = page.labels.get("more_advice", "… {count}").partition("{count}")
    return before, after


def advice_fallback(page: Page, line: int) -> str:
    """Return what a line shows that has no rule: on the first, that all is well."""
    return page.labels.get("no_advice", "") if line == 0 else ""
