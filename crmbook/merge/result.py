"""What a merge is given and what it returns: rules, changed cells, conflicts and the merged table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Rules:
    """How the columns of a table are merged.

    Attributes
    ----------
    policies
        By label, what happens where both sides changed a cell: ``conflict`` (also for labels that are missing here),
        ``latest``, ``max``, ``min``, ``append`` or ``union``; see `crmbook.merge.policies`.
    groups
        By name, the labels that only make sense together (province and city): they are taken together or conflict
        together, and a policy of one of them alone does not count.
    """

    policies: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


class CellChange(NamedTuple):
    """One cell of a row that both versions have; a blank is None, a moment a `datetime`."""

    row_id: str
    label: str
    old: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Conflict:
    """What two people did to one row and only a person can settle.

    Attributes
    ----------
    row_id, labels
        The cells in question: one, those of a group, or those that somebody edited in a row which another deleted.
    base, head, file
        Their values in each version, in the order of `labels`; None where that version has no such row.
    """

    row_id: str
    labels: tuple[str, ...]
    base: Values | None
    head: Values | None
    file: Values | None


@dataclass(frozen=True)
class Merged:
    """A merged table.

    Attributes
    ----------
    frame
        The new head: rows in head's order, then rows it did not have in the file's order.
    changes
        Cells of head that took another value, by row and column.
    added, deleted
        Ids of rows that head did not have, or has no more.
    conflicts
        What head keeps until somebody settles it.
    ignored
        How many values of an old copy had been seen before.
    missing
        Ids of rows that were held although the file has them no more.
    """

    frame: pd.DataFrame
    changes: tuple[CellChange, ...] = ()
    added: tuple[str, ...] = ()
    deleted: tuple[str, ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    ignored: int = 0
    missing: tuple[str, ...] = ()
