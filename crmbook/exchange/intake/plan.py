"""Typed cells → a plan: what each row of a list is, what becomes of it, and the state that the book would hold.

Tables are taken one after the other, what is referred to first, so that a purchase finds the customer who came with
it. What follows of it all (keys, rows per customer, defaults) follows as after a sync. Nothing is stored here.
"""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from crmbook.exchange.intake.cells import CellOrigin, as_in_file
from crmbook.exchange.intake.desk import Desk
from crmbook.exchange.intake.forgotten import without_forgotten
from crmbook.exchange.intake.model import ImportPlan
from crmbook.exchange.intake.note import spans_of
from crmbook.exchange.intake.origins import Earlier
from crmbook.formula import Formula
from crmbook.ingest import follow

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from crmbook.exchange.intake.model import Decisions
    from crmbook.exchange.mapping.model import Mapping as ListMapping
    from crmbook.exchange.mapping.model import Typed
    from crmbook.exchange.sources.model import Source, SourceSheet
    from crmbook.schema import Book
    from crmbook.store import State

_UNDECIDED: Final[Decisions] = MappingProxyType({})
_NOTHING: Final = Earlier()


def plan_import(  # noqa: PLR0913, PLR0917 - the book, the list, and what a person said
    book: Book,
    head: State,
    typed: Typed,
    source: Source,
    sheet: SourceSheet,
    as_of: date,
    decisions: Decisions = _UNDECIDED,
    *,
    mapping: ListMapping | None = None,
    earlier: Earlier = _NOTHING,
    is_followed: bool = True,
) -> ImportPlan:
    """Return what an import of one sheet would do to the state `head` of a book.

    Parameters
    ----------
    typed
        Cells as a person would type them, from `sheet` of `source`.
    as_of
        The day that gives a day without a year its year.
    decisions
        By table and row of the source, what a person said of it.
    mapping
        Where the cells came from, so that a finding names its column.
    earlier
        What the imports that nobody has undone made of the list's rows.
    is_followed
        Whether rows per customer, next stages and the like follow.
    """
    typed, forgotten = without_forgotten(book, head, typed, sheet.title)
    desk = Desk(book, head, typed, CellOrigin.of(source, sheet, mapping, typed), as_of, decisions, earlier)
    for name in in_order_of_references(book, [*typed.frames, *typed.own]):
        desk.take(name)
    desk.note_unread()
    desk.issues += forgotten
    plan = _unfollowed(desk, head, mapping.table if mapping else desk.main)
    if not any(one.action == "new" or one.changes for one in plan.rows) and not typed.added:
        return plan
    if not is_followed:
        return replace(plan, tables=desk.tables, counters=desk.counters)
    followed = follow(_quiet(book, typed), desk.tables, head.tables, desk.counters, as_of)
    return replace(plan, tables=followed.tables, counters=followed.counters)


def _unfollowed(desk: Desk, head: State, main: str) -> ImportPlan:
    """Return the plan of what was taken, over a state to which nothing has been done yet."""
    failed = {row: desk.failed[row] for row in sorted(desk.failed)}
    return ImportPlan(
        desk.plans(main), dict(head.tables), list(map(as_in_file, desk.issues)), failed, dict(head.counters),
        head.revision, spans_of(desk.left), desk.came,
    )  # fmt: skip


def _quiet(book: Book, typed: Typed) -> Book:
    """Return a book that fills in nothing that the list would have said: no day, and of an exact list no default at all."""
    return without_defaults(book) if typed.is_exact else without_days(book)


def in_order_of_references(book: Book, names: Iterable[str]) -> list[str]:
    """Return tables, each once and after those that it refers to."""
    wanted = [name for name in dict.fromkeys(names) if name in book.tables]
    ordered: list[str] = []
    while wanted:
        targets = {
            name: {inner.to for inner in book.tables[name].fields.values()} - {name} for name in wanted
        }
        free = [name for name in wanted if not targets[name] & set(wanted)] or wanted[:1]
        ordered += free
        wanted = [name for name in wanted if name not in free]
    return ordered


def without_defaults(book: Book) -> Book:
    """Return a book without defaults: what an export leaves blank was blank."""
    tables = {
        name: replace(
            table,
            fields={
                label: replace(target, default=None, default_when=None)
                for label, target in table.fields.items()
            },
        )
        for name, table in book.tables.items()
    }
    return replace(book, tables=tables)


def without_days(book: Book) -> Book:
    """Return a book whose defaults are constants: what a row from an old list leaves blank did not begin today."""
    tables = {
        name: replace(
            table,
            fields={
                label: replace(target, default=None) if isinstance(target.default, Formula) else target
                for label, target in table.fields.items()
            },
        )
        for name, table in book.tables.items()
    }
    return replace(book, tables=tables)
