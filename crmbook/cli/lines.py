"""Changes in words and as JSON: who changed what, from what to what."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from crmbook.base import describe
from crmbook.cli.console import say
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmbook.base import Language
    from crmbook.revisions import Line


def say_lines(
    lines: Sequence[Line], lang: Language, limit: int, *, more: int = 0, code: str = "history.more"
) -> None:
    """Print changes, one a line, then how many others there are: those beyond the limit, and `more`."""
    for line in lines[:limit]:
        told = {"title": line.title, "header": line.header, "key": line.key}
        say(f"history.{line.change}", lang, old=shown(line.old, lang), new=shown(line.new, lang), **told)
    if left := max(0, len(lines) - limit) + more:
        say(code, lang, count=left)


def shown(value: Any, lang: Language) -> str:
    """Return a value as people write it; a row as its filled cells."""
    if isinstance(value, dict):
        mark = "; " if lang == "en" else "；"
        return mark.join(f"{header}={shown(item, lang)}" for header, item in value.items())
    text = spell(_day(value))
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
            "old": _plain(line.old),
            "new": _plain(line.new),
        }
        for line in lines
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return _plain_row(value)
    value = _day(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {header: _plain(value) for header, value in row.items()}


def _day(value: Any) -> Any:
    """Return a moment at midnight as the day it stands for: the store keeps days as moments."""
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date()
    return value
