"""Fields that a role sees and does not change: what somebody types there is reported, and what was there comes back.

Nothing of it is taken, of a new row either, so that it meets nobody else's edit and makes no conflict. The issue keeps the
value, for whoever may change the field.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import Severity, same
from crmbook.check import CellLocator, Keys
from crmbook.values import ValueKind, spell, to_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from crmbook.base import Issue, Value
    from crmbook.check import Checked
    from crmbook.read import Snapshot
    from crmbook.schema import Book, Field

    Tables = Mapping[str, pd.DataFrame]
    Rows = dict[tuple[str, str], set[str]]


def without_locked(  # noqa: PLR0913, PLR0917 - a workbook as it was read, and what it showed
    view: Book,
    snapshot: Snapshot,
    checked: Checked,
    ids: Mapping[str, pd.Series],
    file: Tables,
    unknown: Rows,
    shown: Tables,
) -> tuple[dict[str, pd.DataFrame], list[Issue]]:
    """Return the rows of a workbook without what was typed into fields that its role only sees, and that as issues.

    Parameters
    ----------
    checked
        Its cells; what was there before is noted as what the cells should hold.
    ids
        Row ids by table and row number.
    file
        Its rows by id.
    unknown
        The rows whose cell holds no value.
    shown
        What it showed before.
    """
    issues: list[Issue]
    tables, issues = dict(file), []
    for name, found in snapshot.tables.items():
        locked = [field for field in view.tables[name].fields.values() if field.read_only]
        for target in locked if name in file else ():
            if target.name in found.columns and target.name in file[name].columns:
                one = _Column(target, ids[name], file[name][target.name], _known(shown.get(name), target))
                waiting = unknown.get((name, target.name), set())
                cells = CellLocator(
                    view.tables[name], found, Keys(checked.frames[name][view.tables[name].key])
                )
                for row, before in list(one.typed(waiting)):
                    waiting.discard(ids[name].loc[row])
                    issues.append(_told(checked, cells, target, row, before))
                tables[name] = tables[name].assign(**{target.name: one.column})
    return tables, issues


def _known(frame: pd.DataFrame | None, target: Field) -> pd.Series | None:
    return frame[target.name] if frame is not None and target.name in frame.columns else None


class _Column:
    """A column that is for looking only: what is in it, and what was there."""

    def __init__(self, target: Field, ids: pd.Series, column: pd.Series, known: pd.Series | None) -> None:
        self._kind, self._ids, self._known = ValueKind(target.type), ids, known
        self.column = column.copy()

    def typed(self, unknown: set[str]) -> Iterator[tuple[int, Value]]:
        """Yield the rows that hold something else now, with what they held, and put that into the column."""
        for row, row_id in self._ids.items():
            if row_id not in self.column.index:
                continue
            was = self._known is not None and row_id in self._known.index
            before = (
                to_value(self._kind, self._known.loc[row_id]) if was and self._known is not None else None
            )
            now = to_value(self._kind, self.column.loc[row_id])
            if row_id in unknown or not same(now, before):
                self.column.loc[row_id] = self._known.loc[row_id] if was and self._known is not None else None
                yield int(str(row)), before


def _told(checked: Checked, cells: CellLocator, target: Field, row: int, before: Value) -> Issue:
    """Return the issue of a cell that gets back what was in it; that alone is said of it."""
    location = cells.snapshot.cell(target.name, row)
    checked.refused.get((target.table, target.name), set()).discard(row)
    checked.issues[:] = [one for one in checked.issues if one.location != location]
    checked.correct(target.table, target.name, row, before)
    return cells.issue("check.read-only", target, row, {"restored": spell(before)}, Severity.WARNING)
