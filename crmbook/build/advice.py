"""Advice: sentences that the figures choose, in the order of the rules.

A rule whose condition holds gets the next rank; the n-th line on the page shows the rule of rank n. The workbook's
own formulas do the same, so that the lines follow when somebody chooses another period.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from crmbook.schema import Computed
    from crmbook.schema import Page

ADVICE_LINES: Final = 4
"""Lines that a page shows."""
Ranks = tuple[int | str, ...]
Lines = tuple[str, ...]


def choose_advice(page: Page, computed: Computed) -> tuple[Ranks, Lines]:
    """Return the rank of every rule (``""`` where its condition does not hold) and the lines shown."""
    ranks: list[int | str] = []
    chosen: list[str] = []
    for rule in page.advice:
        holds = rule.formula.evaluate(computed.frames, computed.cells).iloc[0] is True
        chosen += [rule.text] if holds else []
        ranks.append(len(chosen) if holds else "")
    lines = [f"• {chosen[n]}" if n < len(chosen) else advice_fallback(page, n) for n in range(ADVICE_LINES)]
    return tuple(ranks), tuple(lines)


def advice_fallback(page: Page, line: int) -> str:
    """Return what a line shows that has no rule: on the first, that all is well."""
    return page.labels.get("no_advice", "") if line == 0 else ""
