"""The rows of a list that are about somebody who was forgotten: neither taken, nor listed as failed, only counted."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crmbook.base import Issue, Location, Sample, Severity
from crmbook.exchange.intake.signs import spelled
from crmbook.ingest import Forgotten, told_rows

if TYPE_CHECKING:
    from crmbook.exchange.mapping.model import Typed
    from crmbook.schema import Book
    from crmbook.store import State

_NAMED = 5


def without_forgotten(book: Book, head: State, typed: Typed, title: str) -> tuple[Typed, list[Issue]]:
    """Return cells without the rows of those who were forgotten, and what is said of these."""
    forgotten = Forgotten(head.tombstones)
    if not forgotten:
        return typed, []
    gone = set[Any]()
    for name, frame in typed.frames.items():
        if name in book.tables:
            gone |= told_rows(book, book.tables[name], frame, forgotten)
    header = typed.external.get(book.people, "")
    for frames in (typed.own, typed.frames):
        if header and book.people in frames and header in frames[book.people]:
            column = frames[book.people][header]
            texts = zip(column.index, spelled(column), strict=True)
            gone |= {row for row, text in texts if text and forgotten.is_external(text)}
    if not gone:
        return typed, []
    kept = {name: frame[~frame.index.isin(gone)] for name, frame in typed.frames.items()}
    own = {name: frame[~frame.index.isin(gone)] for name, frame in typed.own.items()}
    leftovers = {position: text for position, text in typed.leftovers.items() if position[0] not in gone}
    companions = {position: text for position, text in typed.companions.items() if position[0] not in gone}
    rows = sorted(gone)
    sample = Sample(tuple(str(row) for row in rows[:_NAMED]), max(0, len(rows) - _NAMED))
    issue = Issue(
        "forget.not-imported",
        Severity.WARNING,
        Location(sheet=title),
        params={"count": len(rows), "rows": sample},
    )
    return replace(typed, frames=kept, own=own, leftovers=leftovers, companions=companions), [issue]
