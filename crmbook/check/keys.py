"""Keys as they are spelled, required values, and values that only one row may hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.base import Issue, Severity
from crmbook.check.checked import severity_of
from crmbook.values import ValueKind, spell, to_series

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from crmbook.check.checked import CellLocator, Checked
    from crmbook.schema import Field, Table

_NAMED = 5


def iter_required_issues(checked: Checked, cells: CellLocator) -> Iterator[Issue]:
    """Yield the blank cells of required fields; a refused cell is not blank, and sync gives ids itself."""
    table = cells.table
    for target in table.fields.values():
        present = target.name in cells.snapshot.columns
        if target.required and target.typed and present and not gives_ids(table, target):
            blank = checked.frames[table.name][target.name].isna()
            yield from iter_blank_issues(checked, cells, target, blank)


def iter_blank_issues(
    checked: Checked, cells: CellLocator, target: Field, blank: pd.Series
) -> Iterator[Issue]:
    """Yield an issue for every row of `blank` whose cell was not refused."""
    for row in blank.index[blank.to_numpy(dtype=bool)].tolist():
        if not checked.is_refused(cells.table.name, target.name, row):
            yield cells.issue("check.required", target, row, {}, severity_of(target))


def iter_respelled(checked: Checked, cells: CellLocator, stored: pd.DataFrame | None) -> Iterator[Issue]:
    """Give keys the zeros back that they lost or gained, in `checked`; yield one issue that counts them.

    Office programs offer to turn ids into numbers, and a CSV file does so unasked: where the format of a key pads,
    ``8`` and ``008`` are one key, unless the `stored` rows (or, where nothing is stored yet, the rows here) hold both.
    """
    target = cells.table.key_field
    if target.type != "id" or target.numbering.width == 1 or target.name not in cells.snapshot.columns:
        return
    column = checked.frames[target.table][target.name]
    keys: list[str | None] = column.tolist()
    meant = _respelled(
        target, keys, [] if stored is None or target.name not in stored else stored[target.name].tolist()
    )
    if not meant:
        return
    items = [meant.get(position, key) for position, key in enumerate(keys)]
    checked.frames[target.table][target.name] = to_series(ValueKind.ID, items, column.index)
    for position, key in meant.items():
        checked.correct(target.table, target.name, int(column.index[position]), key)
    first = next(iter(meant))
    raw = cells.snapshot.raw(target.name, int(column.index[first]))
    yield Issue(
        "check.keys-respelled", Severity.WARNING, cells.snapshot.cell(target.name, cells.snapshot.header_row),
        target.table, "", target.name, spell(raw),
        {"field": target.title, "count": len(meant), "key": meant[first]},
    )  # fmt: skip


def _respelled(target: Field, keys: list[str | None], stored: list[str | None]) -> dict[int, str]:
    """Return by position the keys that are spelled otherwise than they should be, as they should be."""
    numbering = target.numbering
    odd = [
        (position, key, right)
        for position, key in enumerate(keys)
        if key and (right := numbering.respelled(key)) not in (None, key)
    ]
    spelled: dict[tuple[str, int] | None, set[str]] = {}
    for key in filter(None, stored or keys) if odd else ():
        spelled.setdefault(numbering.read(key), set()).add(key)
    meant = {}
    for position, key, right in odd:
        held = spelled.get(numbering.read(key), set())
        others = held - {key}
        if len(others) < 2 and (key not in held or not (stored or others)):
            meant[position] = others.pop() if others else str(right)
    return meant


def iter_unique_issues(cells: CellLocator, column: pd.Series, target: Field) -> Iterator[Issue]:
    """Yield every row whose value another row holds too; letters count alike in either case, as in formulas."""
    filled = column.dropna()
    folded = [value.casefold() if isinstance(value, str) else value for value in filled.tolist()]
    if len(set(folded)) == len(folded):
        return
    rows: dict[object, list[int]] = {}
    for row, value in zip(filled.index.tolist(), folded, strict=True):
        rows.setdefault(value, []).append(row)
    is_key = target.name == cells.table.key
    code = "check.duplicate-key" if is_key else "check.duplicate"
    severity = Severity.ERROR if is_key else severity_of(target)
    for sharing in rows.values():
        if len(sharing) < 2:
            continue
        shared = spell(column.loc[sharing[0]])
        for row in sharing:
            others = tuple(other for other in sharing if other != row)
            shown = others if len(sharing) <= _NAMED else (*sharing[:_NAMED], "…")
            yield cells.issue(code, target, row, {"rows": shown, "shared": shared}, severity)


def gives_ids(table: Table, target: Field) -> bool:
    """Return whether sync numbers the new rows of a table by itself."""
    return target.name == table.key and target.start is not None
