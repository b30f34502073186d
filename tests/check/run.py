"""Runs the whole of a check over a small workbook made in memory."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.check import Checked, check_cells, check_rules, sorted_issues
from crmbook.read import Snapshot, read_workbook
from crmbook.schema.recompute import Computed, recompute
from tests.check.sheets import lay_out
from tests.check.world import small_book

if TYPE_CHECKING:
    from crmbook.base.issues import Issue

AS_OF = dt.date(2023, 2, 25)


@dataclass
class Run:
    """Everything a check gives."""

    snapshot: Snapshot
    checked: Checked
    computed: Computed
    issues: list[Issue]

    def told(self) -> list[tuple[str, str]]:
        """Return code and place of every issue."""
        return [(issue.code, str(issue.location)) for issue in self.issues]

    def value(self, table: str, field: str, row: int = 2) -> object:
        """Return one canonical value."""
        return self.checked.frames[table][field].loc[row]


def run(tables, change=None, *, lang="zh", **options) -> Run:
    """Check a workbook with these rows."""
    book = small_book(lang)
    snapshot = read_workbook(lay_out(tables, change=change, lang=lang), book)
    checked = check_cells(book, snapshot, AS_OF, **options)
    computed = recompute(book, checked.seen(snapshot), AS_OF, checked.cells)
    issues = [*checked.issues, *check_rules(book, snapshot, checked, computed)]
    for issue in issues:
        assert issue.text("zh"), issue
        assert issue.text("en"), issue
        assert bool(issue.remedy("zh")) == bool(issue.remedy("en")), issue
    return Run(snapshot, checked, computed, sorted_issues(book, snapshot, issues))


ZHANG = {"customer_id": "001", "name": "张三", "phone": "13800138000"}
LI = {"customer_id": "002", "name": "李四", "phone": "13900139000"}
ORDER = {"order_id": "1001", "customer_id": "001", "date": dt.date(2023, 1, 1), "amount": 500}


def customers(*changes, **options) -> Run:
    """Check customers: 张三 with the first changes, 李四 with the second, further ones from nothing."""
    bases = [ZHANG, LI, *({} for _ in changes[2:])]
    return run(
        {"customers": [{**base, **change} for base, change in zip(bases, changes, strict=False)]}, **options
    )


def orders(*changes, **options) -> Run:
    """Check orders of the two customers."""
    rows = [{**ORDER, "order_id": str(1001 + place), **change} for place, change in enumerate(changes)]
    return run({"customers": [ZHANG, LI], "orders": rows}, **options)
