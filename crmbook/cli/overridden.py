"""Values typed over formulas that may be typed over: a line with the first few, a table of all, or JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from crmbook.base import describe
from crmbook.cli.console import say
from crmbook.cli.lines import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.base import Language, Override

_FEW: Final = 3
"""Places that the line names: enough to see what they are about."""
_COLUMNS: Final = ("place", "row", "field", "typed", "computed")


def say_overrides(overrides: Sequence[Override], lang: Language, *, verbose: bool = False) -> None:
    """Print how many values were typed over formulas, and the first few of them; all where it is `verbose`."""
    if not overrides:
        return
    if not verbose:
        is_more = len(overrides) > _FEW
        named = [*(_in_words(one, lang) for one in overrides[:_FEW]), *(["…"] if is_more else [])]
        say("cli.overrides-more" if is_more else "cli.overrides", lang, count=len(overrides), cells=named)
        return
    from rich.table import Table  # slow to import

    from crmbook.cli.screen import Screen, styled

    say("cli.overrides-all", lang, count=len(overrides))
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in _COLUMNS:
        table.add_column(describe(f"cli.overrides-column-{name}", lang, {}), overflow="fold")
    for one in overrides:
        cells = (
            f"{one.sheet}!{one.cell}",
            one.row_key,
            one.header,
            shown(one.value, lang),
            shown(one.computed, lang),
        )
        table.add_row(*map(styled, cells))
    Screen().print(table)


def overrides_json(overrides: Sequence[Override]) -> list[dict[str, Any]]:
    """Return values typed over formulas as JSON data."""
    return [
        {
            "sheet": one.sheet,
            "cell": one.cell,
            "table": one.table,
            "row": one.row_key,
            "field": one.field_name,
            "value": one.value,
            "computed": one.computed,
        }
        for one in overrides
    ]


def _in_words(one: Override, lang: Language) -> str:
    output = {"sheet": one.sheet, "cell": one.cell, "value": shown(one.value, lang)}
    if one.computed is None:
        return describe("cli.override-of-blank", lang, output)
    return describe("cli.override", lang, output | {"computed": shown(one.computed, lang)})
