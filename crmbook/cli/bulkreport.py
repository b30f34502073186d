"""What an edit in bulk would do, and what it did, in words and as JSON."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import Sample, describe
from crmbook.cli.console import say, say_item
from crmbook.cli.lines import lines_json, say_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmbook.base import Language
    from crmbook.bulk import BulkPlan, BulkUndone, Refusal
    from crmbook.revisions import Line

_CELLS: Final = 5
ROWS: Final = 10
"""Rows that are shown before somebody decides."""


def say_plan(plan: BulkPlan, lang: Language) -> None:
    """Print what an edit would do: how many rows, the first of them, what follows, what to look at."""
    params = {"matched": plan.matched, "rows": len(plan.rows), "of": plan.of}
    say(f"bulk.told-{plan.wish.action}", lang, table=plan.title, **params)
    first = set(plan.rows[:ROWS])
    mine = [_short(one) for one in plan.lines if one.table == plan.table and one.row_id in first]
    order = {row: position for position, row in enumerate(plan.rows[:ROWS])}
    say_lines(sorted(mine, key=lambda one: order[one.row_id]), lang, len(mine))
    if len(plan.rows) > ROWS:
        say("bulk.more-rows", lang, count=len(plan.rows) - ROWS)
    _say_following(plan, lang)
    if plan.stays:
        rows = Sample(plan.stays[:ROWS], max(0, len(plan.stays) - ROWS))
        say("bulk.stays", lang, count=len(plan.stays), rows=rows)
    if plan.referring:
        tables = tuple(
            describe("bulk.referring-table", lang, {"title": title, "count": count})
            for title, count in plan.referring.items()
        )
        say("bulk.referring", lang, count=sum(plan.referring.values()), tables=tables)
    for doubt in plan.doubts:
        say_item(doubt.text(lang), doubt.issue.remedy(lang), "yellow")


def _short(line: Line) -> Line:
    """Return a row that comes or goes with its first cells only: by these people know which one it is."""
    old, new = (
        dict(list(side.items())[:_CELLS]) if isinstance(side, dict) else side for side in (line.old, line.new)
    )
    return replace(line, old=old, new=new) if not line.label else line


def _say_following(plan: BulkPlan, lang: Language) -> None:
    """Print what changes besides, how much of each table."""
    rows = set(plan.rows)
    besides = [one for one in plan.lines if one.table != plan.table or one.row_id not in rows]
    if besides:
        say("bulk.follows", lang)
    counts = Counter((_kind(one), one.title) for one in besides)
    for (kind, title), count in counts.items():
        say(kind, lang, title=title, count=count)


def _kind(line: Line) -> str:
    return "bulk.changed-cells" if line.change == "changed" else f"history.{line.change}-rows"


def reasons(refused: Iterable[Refusal], lang: Language) -> tuple[str, ...]:
    """Return why values cannot be used and what to do, in words."""
    found = []
    for one in refused:
        remedy = one.issue.remedy(lang)
        found.append(one.text(lang) + (f" → {remedy}" if remedy else ""))
    return tuple(found)


def say_undone(done: BulkUndone, lang: Language) -> None:
    """Print what was taken back."""
    say_lines(done.lines, lang, ROWS)
    code = "bulk.undone" if done.revision != done.before else "bulk.undone-nothing"
    say(code, lang, of=done.of, revision=done.revision, count=len(done.lines))
    if done.conflicts:
        say("bulk.undo-conflicts", lang, count=done.conflicts)


def plan_json(plan: BulkPlan, state: str, revision: int, lang: Language) -> dict[str, Any]:
    """Return a plan, and what came of it, as JSON data."""
    return {
        "state": state,
        "plan": plan.id,
        "action": plan.wish.action,
        "table": plan.table,
        "title": plan.title,
        "fields": list(plan.labels),
        "matched": plan.matched,
        "rows": len(plan.rows),
        "of": plan.of,
        "large": plan.is_large,
        "stays": list(plan.stays),
        "referring": dict(plan.referring),
        "warnings": list(reasons(plan.doubts, lang)),
        "before": plan.based_on,
        "revision": revision,
        "changes": lines_json(plan.lines),
    }


def undone_json(done: BulkUndone) -> dict[str, Any]:
    """Return what was taken back as JSON data."""
    return {
        "state": "undone",
        "undone": done.of,
        "before": done.before,
        "revision": done.revision,
        "conflicts": done.conflicts,
        "changes": lines_json(done.lines),
    }
