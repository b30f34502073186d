"""Changes in words and as JSON: who changed what, from what to what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmbook.base import describe
from crmbook.cli.console import say
from crmbook.values import day_of, plain_value, spell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.base import Language
    from crmbook.revisions import Line


def say_lines(
    lines: Sequence[Line], lang: Language, limit: int, *, more: int = 0, code: str = "history.more"
) -> None:
    """Print changes, one a line, then how many others there are: those beyond the limit, and `more`."""
    for line in lines[:limit]:
        output = {"title": line.title, "header": line.header, "key": line.key}
        say(f"history.{line.change}", lang, old=shown(line.old, lang), new=shown(line.new, lang), **output)
    if left := max(0, len(lines) - limit) + more:
        say(code, lang, count=left)


def shown(value: Any, lang: Language) -> str:
    """Return a value as people write it; a row as its filled cells."""
    if isinstance(value, dict):
        mark = "; " if lang == "en" else "；"
        return mark.join(f"{header}={shown(item, lang)}" for header, item in value.items())
    text = spell(day_of(value))
    return text or describe("history.blank", lang, {})


def lines_json(lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Return changes as JSON data."""
    return [
        {
            "change": line.change,
            "table": line.table,
            "title": line.title,
            "key": line.key,
            "row_id": line.row_id,
            "field": line.label,
            "header": line.header,
            "old": plain_value(line.old),
            "new": plain_value(line.new),
        }
        for line in lines
    ]
