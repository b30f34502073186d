"""How many rows of a list of orders were left out by their status (cancelled, unpaid), or taken although closed since."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.exchange.mapping.states import rows_where

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.exchange.intake.model import ImportPlan
    from crmbook.exchange.mapping.model import Mapping
    from crmbook.exchange.sources.model import SourceSheet


@dataclass(frozen=True, slots=True)
class StatusCount:
    """Rows with some texts under a header: `left_out`, or of orders that the book holds and that were closed `since`."""

    header: str
    texts: tuple[str, ...]
    left_out: int
    since: int


def iter_statuses(sheet: SourceSheet, mapping: Mapping, plan: ImportPlan) -> Iterator[StatusCount]:
    """Yield what became of the rows that the filters of a mapping speak of."""
    taken = {one.row for one in plan.rows if one.table == mapping.table and one.action in {"update", "same"}}
    for rule in mapping.filters:
        found = rows_where(sheet.frame, {rule.header: rule.without})
        rows = sheet.frame.index[found].tolist()
        since = sum(row in taken for row in rows)
        yield StatusCount(rule.header, rule.without, len(rows) - since, since)
