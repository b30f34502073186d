"""One workbook judged by itself, without a store: what ``crmbook check`` shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.build import Extract, role_book
from crmbook.check import check_cells, check_rules, once_each, resolve_pending, shown_cells, sorted_issues
from crmbook.ingest import assign_ids
from crmbook.read import open_book, open_workbook, read_opened, values_by_sync
from crmbook.render import find_overrides, texts_of, with_rows_of_lists
from crmbook.schema import recompute

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from crmbook.base import Issue, Override
    from crmbook.build import Stamp
    from crmbook.check import Checked
    from crmbook.read import Snapshot
    from crmbook.schema import Book


@dataclass(frozen=True, slots=True)
class Reading:
    """A workbook, read and judged by itself."""

    book: Book
    snapshot: Snapshot
    checked: Checked
    issues: list[Issue]
    overrides: list[Override]

    @property
    def rows(self) -> int:
        """Rows of all tables that people fill."""
        return self.checked.rows


def read_and_check(
    path: Path, data: bytes, day: Callable[[Stamp, Book], date], workspace: Path | None = None
) -> Reading:
    """Read a workbook and judge every cell and rule; nothing is written.

    The copy of a role is judged by what the role sees: the rest was never in it.

    Parameters
    ----------
    day
        Gives the day that counts as today in a workbook's book, by its stamp and its schema.

    Raises
    ------
    CrmbookError
        If the file is no workbook of crmbook's, see `open_workbook` and `crmbook.read.read_workbook`; or
        ``scope.unknown-role``.
    """
    opened = open_workbook(path, data)
    book = role_book(open_book(opened, workspace), opened.stamp.role)
    as_of = day(opened.stamp, book)
    snapshot = read_opened(opened, book)
    checked = check_cells(book, snapshot, as_of, values_by_sync(book, snapshot))
    assign_ids(book, snapshot, checked, as_of)
    resolve_pending(book, snapshot, checked)
    following = with_rows_of_lists(book, texts_of(snapshot.lists), snapshot)
    computed = recompute(
        following, checked.seen(snapshot), as_of, checked.cells, _left_to_sync(book, snapshot)
    )
    issues = [*checked.issues, *check_rules(book, snapshot, checked, computed)]
    listed = once_each(sorted_issues(book, snapshot, issues))
    return Reading(book, snapshot, checked, listed, find_overrides(book, snapshot, computed))


def _left_to_sync(book: Book, snapshot: Snapshot) -> dict[tuple[str, str], dict[int, object]]:
    """Return what the cells show of computed fields that read what a role does not see: sync alone can compute them."""
    left = {key for key in book.formulas.keys() - Extract(book).live(book.formulas) if key[0]}
    return {
        (table, name): shown_cells(snapshot.tables[table], name) if table in snapshot.tables else {}
        for table, name in left
    }
