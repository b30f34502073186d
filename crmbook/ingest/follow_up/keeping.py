"""Advance rules with `into`: what a row says, kept in a row of another table that speaks of the same parent.

Stage 6 has one row per customer, a customer may be lost more than once: what came of a loss is kept on that loss's row.
The formula `into` says which row it is. Blank cells there take the value; one that holds what the rule put there before
follows a correction. What somebody typed there stays. A row that speaks of another parent now, because it was corrected
or used again while the rule filled it, lets go of what it kept for the one before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from crmbook.ingest.follow_up.state import items

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.formula import Formula
    from crmbook.ingest.follow_up.state import Progress
    from crmbook.schema import Advance, Table

    Values = tuple[Any, ...]


def keep_into(progress: Progress, table: Table, rule: Advance, into: Formula) -> None:
    """Carry out one rule of one table."""
    link = _link(progress, table, rule)
    if link is None:
        return
    there, labels = progress.book.tables[rule.to], list(rule.carry)
    _let_go(progress, table, rule, link)
    said = _said(progress, table, rule, link[1])
    rows = list(_unlike(progress, there.name, link[0], labels, said))
    if not rows:
        return
    chosen = dict(zip(progress.frame(there.name).index, progress.now.true(into).tolist(), strict=True))
    rows = [(row, parent) for row, parent in rows if chosen[row]]
    for position, label in enumerate(labels):
        held = items(progress.column(there.name, label), [row for row, _ in rows])
        values = {}
        for (row, parent), value in zip(rows, held, strict=True):
            now, before = said[parent][0][position], said[parent][1][position]
            if now is not None and value != now and value in {None, before}:
                values[row] = now
        progress.put(there.fields[label], values)
        for row in values:
            progress.note("kept", there.name, row, field=there.fields[label].title, source=table.title)


def _let_go(progress: Progress, table: Table, rule: Advance, link: tuple[str, str]) -> None:
    """Blank what rows keep of a parent that they do not speak of any more."""
    there = progress.book.tables[rule.to]
    before, now = progress.earlier_column(there.name, link[0]), progress.column(there.name, link[0])
    if before.equals(now):
        return
    rows = before.index.intersection(now.index).tolist()
    renamed = progress.renames.get(there.fields[link[0]].to or "", {})
    pairs = zip(rows, items(before, rows), items(now, rows), strict=True)
    former = {
        row: old for row, old, new in pairs if old is not None and new not in {old, renamed.get(old, old)}
    }
    if not former:
        return
    # Only what the rule put there: a person may have typed what a row says in which it does not hold.
    kept_by = progress.earlier.true(rule.formula)
    parents = progress.earlier_column(table.name, link[1])[kept_by].tolist()
    for label, source in rule.carry.items():
        said: dict[Any, set[Any]] = {}
        values = progress.earlier_column(table.name, source)[kept_by].tolist()
        for parent, value in zip(parents, values, strict=True):
            said.setdefault(parent, set()).add(value)
        held, earlier = progress.column(there.name, label), progress.earlier_column(there.name, label)
        kept = zip(former, items(held, former), items(earlier, former), strict=True)
        gone = [
            row
            for row, value, old in kept
            if value is not None and value == old and value in said.get(former[row], ())
        ]
        progress.put(there.fields[label], dict.fromkeys(gone))


def _link(progress: Progress, table: Table, rule: Advance) -> tuple[str, str] | None:
    """Return the fields there and here that name the parent of both rows."""
    there = progress.book.tables[rule.to]
    for target in there.fields.values():
        same = [inner.name for inner in table.references_to(target.to or "") if inner.typed]
        if target.to and target.typed and same:
            return target.name, same[0]
    return None


def _said(progress: Progress, table: Table, rule: Advance, link: str) -> dict[str, tuple[Values, Values]]:
    """Return by parent what the rows in which the rule holds say, and what they said in the head before the merge."""
    true = progress.now.true(rule.formula)
    rows = progress.frame(table.name).index[true].tolist()
    parents = items(progress.column(table.name, link), rows)
    now = [items(progress.column(table.name, name), rows) for name in rule.carry.values()]
    before = [
        items(progress.earlier_column(table.name, name).reindex(rows), rows) for name in rule.carry.values()
    ]
    both = zip(parents, zip(*now, strict=True), zip(*before, strict=True), strict=True)
    return {parent: (new, old) for parent, new, old in both if parent is not None}


def _unlike(
    progress: Progress, there: str, link: str, labels: list[str], said: dict[str, tuple[Values, Values]]
) -> Iterator[tuple[str, str]]:
    """Yield the rows there, each with its parent, of the parents of whom no row says the same yet.

    Mostly all of it is kept already, and no formula need be evaluated to see that.
    """
    rows = progress.frame(there).index.tolist() if said else []
    parents = items(progress.column(there, link), rows)
    held = list(zip(*(items(progress.column(there, label), rows) for label in labels), strict=True))
    kept = {
        parent
        for parent, values in zip(parents, held, strict=True)
        if parent in said and values == said[parent][0]
    }
    for row, parent in zip(rows, parents, strict=True):
        if parent in said and parent not in kept:
            yield row, parent
