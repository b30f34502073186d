"""Workbooks of the small book as they come back to a store: laid out, read, checked, identified."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

from crmbook.build.identity import row_ids
from crmbook.check import Checked, check_cells, resolve_pending
from crmbook.ingest import Counting
from crmbook.ingest.assign import assign_keys
from crmbook.ingest.identify import Identity, identify, state_frames
from crmbook.read import Snapshot, read_workbook
from tests.check.sheets import lay_out
from tests.check.world import small_book

if TYPE_CHECKING:
    import pandas as pd

BOOK = small_book()
DAY = dt.date(2023, 4, 1)
IDS = row_ids("customers", 20)
"""Row ids of the customers, in the order of their keys."""
NAMES = tuple("甲乙丙丁戊己庚辛壬癸")


@dataclass
class Visit:
    """What one reading of a workbook gave."""

    snapshot: Snapshot
    checked: Checked
    identity: Identity
    frames: dict[str, pd.DataFrame]
    unknown: dict[tuple[str, str], set[str]]
    counters: dict[str, int] = field(default_factory=dict)

    def ids(self, table: str = "customers") -> list[str]:
        return self.identity.ids[table].tolist()

    def codes(self) -> dict[str, dict[str, Any]]:
        """What was said of the customers; the rules have no ids in these workbooks."""
        return {
            issue.code: dict(issue.params) for issue in self.identity.issues if issue.table == "customers"
        }


def visit(
    rows, *, table="customers", image=None, head=None, journal=(), counters=None, change=None, **others
):
    """Read a workbook whose `table` holds `rows`, as a store that knows `image` and `head` would."""
    snapshot = read_workbook(lay_out({table: rows, **others}, change=change), BOOK)
    checked = check_cells(BOOK, snapshot, DAY)
    known = (image or {}) if head is None else head
    identity = identify(BOOK, snapshot, checked, image, known, {table: journal}, counters or {})
    counted = assign_keys(BOOK, snapshot, checked, identity, Counting(identity.counters, DAY))
    resolve_pending(BOOK, snapshot, checked)
    frames, unknown = state_frames(BOOK, snapshot, checked, identity)
    return Visit(snapshot, checked, identity, frames, unknown, counted)


def person(number: int, *, row_id: bool = True, **changed: object) -> dict[str, object]:
    """Return customer `number`, counted from 0, with her row id, as the sheet holds her."""
    cells: dict[str, object] = {
        "customer_id": f"{number + 1:03d}",
        "name": f"{NAMES[number % 10]}{number}",
        "phone": f"138{number:08d}",
        "gender": "女" if number % 2 else "男",
        "row_id": IDS[number] if row_id else None,
    }
    return {label: value for label, value in (cells | changed).items() if value is not None}


def people(count: int) -> list[dict[str, object]]:
    return [person(number) for number in range(count)]


@cache
def stored(count: int, **changed: object) -> dict[str, pd.DataFrame]:
    """Return the state frames of a store that holds some customers."""
    return visit([person(number, **changed) for number in range(count)]).frames
