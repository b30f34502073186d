"""What people asked for on 批量操作, read back: one line is one edit of many rows, or the wish to take it back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from crmbook.build import BULK, FIELD_MARK
from crmbook.read.decisions import choices_of, spelled_answer
from crmbook.values import spell, tidy

if TYPE_CHECKING:
    from crmbook.base import Location
    from crmbook.read.snapshot import Snapshot
    from crmbook.schema import Book

_TYPED: Final = ("table", "where", "action", "field", "value", "decision")


@dataclass(frozen=True, slots=True)
class BulkLine:
    """One line in which somebody chose what is to happen.

    Attributes
    ----------
    row
        Of the sheet.
    table, where, field, value
        As they were typed; of a field that was chosen from the list only its own name.
    action
        ``set``, ``delete`` or ``restore``; empty where none of them is there.
    decision
        ``run``, ``confirm`` or ``undo``; empty where none of them is there.
    typed
        All that was typed, by field.
    plan, revision
        What sync wrote there: the plan about which it asked, the revision that it made; empty and 0 where it did not.
    location
        The cell of the decision.
    """

    row: int
    table: str
    where: str
    action: str
    field: str
    value: str
    decision: str
    typed: dict[str, str]
    plan: str
    revision: int
    location: Location


def bulk_lines(book: Book, snapshot: Snapshot) -> list[BulkLine]:
    """Return the lines in which something is chosen in 执行."""
    found = snapshot.tables.get(BULK)
    if found is None or not set(_TYPED) <= found.columns.keys():
        return []
    actions, decisions = choices_of(book, "bulk_action"), choices_of(book, "bulk_decision")
    lines = []
    for row in found.frame.index.tolist():
        typed = {name: spell(found.raw(name, row)) for name in _TYPED}
        if not tidy(typed["decision"]):
            continue
        number = tidy(spell(found.raw("revision", row)))
        field = tidy(typed["field"])
        lines.append(
            BulkLine(
                row,
                tidy(typed["table"]),
                typed["where"].strip(),
                actions.get(spelled_answer(typed["action"]), ""),
                field.rpartition(FIELD_MARK)[2] if FIELD_MARK in field else field,
                typed["value"],
                decisions.get(spelled_answer(typed["decision"]), ""),
                typed,
                tidy(spell(found.raw("plan", row))),
                int(number) if number.isascii() and number.isdigit() else 0,
                found.cell("decision", row),
            )
        )
    return lines
