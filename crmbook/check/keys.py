"""Required values, and values that only one row may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.check.checked import severity_of
from crmbook.issues import Severity
from crmbook.values.text import spell

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from crmbook.check.checked import Checked, Places
    from crmbook.issues import Issue
    from crmbook.schema import Field, Table

_NAMED = 5


def iter_required_issues(checked: Checked, places: Places) -> Iterator[Issue]:
    """Yield the blank cells of required fields; a refused cell is not blank, and sync gives ids itself."""
    table = places.table
    for target in table.fields.values():
        present = target.name in places.snapshot.columns
        if target.required and target.typed and present and not gives_ids(table, target):
            blank = checked.frames[table.name][target.name].isna()
            yield from iter_blank_issues(checked, places, target, blank)


def iter_blank_issues(checked: Checked, places: Places, target: Field, blank: pd.Series) -> Iterator[Issue]:
    """Yield an issue for every row of `blank` whose cell was not refused."""
    for row in blank.index[blank.to_numpy(dtype=bool)].tolist():
        if not checked.is_refused(places.table.name, target.name, row):
            yield places.issue("check.required", target, row, {}, severity_of(target))


def iter_unique_issues(places: Places, column: pd.Series, target: Field) -> Iterator[Issue]:
    """Yield every row whose value another row holds too; letters count alike in either case, as in formulas."""
    filled = column.dropna()
    folded = [value.casefold() if isinstance(value, str) else value for value in filled.tolist()]
    if len(set(folded)) == len(folded):
        return
    rows: dict[object, list[int]] = {}
    for row, value in zip(filled.index.tolist(), folded, strict=True):
        rows.setdefault(value, []).append(row)
    is_key = target.name == places.table.key
    code = "check.duplicate-key" if is_key else "check.duplicate"
    severity = Severity.ERROR if is_key else severity_of(target)
    for sharing in rows.values():
        if len(sharing) < 2:
            continue
        shared = spell(column.loc[sharing[0]])
        for row in sharing:
            others = "、".join(str(other) for other in sharing if other != row)
            shown = others if len(sharing) <= _NAMED else "、".join(map(str, sharing[:_NAMED])) + "…"
            yield places.issue(code, target, row, {"rows": shown, "shared": shared}, severity)


def gives_ids(table: Table, target: Field) -> bool:
    """Say whether sync numbers the new rows of a table by itself."""
    return target.name == table.key and target.start is not None
