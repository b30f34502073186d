"""Orders that were paid back or closed after they had come into the book: what becomes of their amounts.

What a shop writes of such an order is what has become of it, not another opinion about it; so under the policy that fills
blanks, too, its amount becomes 0, as long as what is there came from an import. Where a person typed it, that person
is asked. An order never becomes a purchase again: an older export says nothing of today.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmbook.base import OWN
from crmbook.exchange.intake.signs import spelled

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    import pandas as pd

    from crmbook.exchange.intake.match import Match
    from crmbook.exchange.intake.origins import Owned
    from crmbook.exchange.mapping.model import Policy, Typed
    from crmbook.schema import Table


@dataclass
class Revoked:
    """The orders of a list that were revoked and that the book holds.

    Attributes
    ----------
    said
        By line of the list and label, the value that the row of the book gets.
    asked
        Lines and labels of amounts that somebody typed otherwise.
    """

    said: dict[int, dict[str, Any]] = field(default_factory=dict)
    asked: list[tuple[int, str]] = field(default_factory=list)


def find_revoked(  # noqa: PLR0913, PLR0917 - the list, the table, and who wrote its cells
    table: Table,
    head: pd.DataFrame,
    frame: pd.DataFrame,
    matches: Mapping[int, Match],
    typed: Typed,
    policies: Mapping[str, Policy],
    owned: Owned,
) -> Revoked:
    """Return what becomes of the rows of a table whose orders were revoked.

    Parameters
    ----------
    owned
        Returns the cells whose value an import brought.
    """
    known = {row: match.row_id for row, match in matches.items() if match.verdict == "known"}
    lines = {row: row_id for row, row_id in known.items() if row in typed.revoked and row_id in head.index}
    states = [name for owner, name in typed.states if owner == table.name]
    labels = [
        str(label)
        for label in frame.columns
        if label in head.columns
        and policies.get(str(label), "fill") != "keep"
        and _is_of_orders(table, str(label), states)
    ]
    cells = [(table.name, row_id, label) for row_id in dict.fromkeys(lines.values()) for label in labels]
    if not cells:
        return Revoked()
    ours = set(owned(cells))
    said = {label: dict(zip(frame.index.tolist(), spelled(frame[label]), strict=True)) for label in labels}
    found = Revoked()
    standing = {label: dict(zip(head.index.tolist(), head[label].tolist(), strict=True)) for label in labels}
    for row, row_id in lines.items():
        for label in labels:
            old: Any = standing[label][row_id]
            is_free = (table.name, row_id, label) in ours or policies.get(label) == "overwrite"
            if label not in table.fields:
                found.said.setdefault(row, {})[label] = (is_free and said[label][row]) or old
            elif old == old:  # noqa: PLR0124 - NaN
                found.said.setdefault(row, {})[label] = 0.0 if is_free and old > 0 else float(old)
                found.asked += [(row, label)] if old > 0 and not is_free else []
    return found


def _is_of_orders(table: Table, label: str, states: Collection[str]) -> bool:
    target = table.fields.get(label)
    if target is None:
        return label.removeprefix(OWN) in states
    return target.type == "money" and target.min is None
