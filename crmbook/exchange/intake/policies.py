"""What becomes of the cells of a row that a list speaks of again: filled, overwritten, kept, added to; never erased."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmbook.base import OWN, same
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from crmbook.exchange.mapping.model import Policy
    from crmbook.schema import Table

    Changes = dict[str, tuple[Any, Any]]


@dataclass
class Rows:
    """Rows of one table while a list is laid over them.

    Attributes
    ----------
    labels
        Columns that the list has.
    cells
        By row id, the cells in the order of `labels`; rows that the list has touched.
    passed
        By label, the lines whose value is another than the one that stays, with it.
    """

    table: Table
    labels: list[str]
    policies: Mapping[str, Policy]
    cells: dict[str, list[Any]] = field(default_factory=dict)
    passed: dict[str, list[tuple[int, Any]]] = field(default_factory=lambda: defaultdict(list))
    _new: set[str] = field(default_factory=set)

    def begin(self, row_id: str, values: Iterable[Any], *, is_new: bool) -> None:
        """Put a row as it is: in the head, or on its first line in the list."""
        self.cells[row_id] = list(values)
        if is_new:
            self._new.add(row_id)

    def widen(self, label: str, values: Mapping[str, Any]) -> None:
        """Add a column that the list has not, with values by row id."""
        self.labels.append(label)
        for row_id, line in self.cells.items():
            line.append(values.get(row_id))

    def lay(self, line: int, row_id: str, values: Sequence[Any], said: Mapping[str, Any]) -> Changes:
        """Lay a line of the list over a row; return what changed: value there, value it becomes.

        Parameters
        ----------
        said
            By label, the value that a cell gets whatever is there, see `crmbook.exchange.intake.revoked`.
        """
        there, changes = self.cells[row_id], {}
        blocked = self._blocked(there, values)
        for position, (label, new) in enumerate(zip(self.labels, values, strict=True)):
            old = there[position]
            if label in said:
                if not same(said[label], old):
                    there[position] = said[label]
                    changes[label] = (old, said[label])
                continue
            if new is None or label == self.table.key:
                continue
            policy = self.policies.get(label.removeprefix(OWN), "fill")
            if policy == "keep" and row_id in self._new:
                policy = "fill"  # the row is the list's own
            value = old if label in blocked and policy == "fill" else _applied(policy, old, new)
            if not same(value, old):
                there[position] = value
                changes[label] = (old, value)
            elif policy in {"fill", "keep"} and not same(new, old):
                self.passed[label].append((line, new))
        return changes

    def _blocked(self, there: Sequence[Any], values: Sequence[Any]) -> set[str]:
        """Return the fields of groups of which the row holds another value: a city does not fill up another region."""
        groups: dict[str, list[int]] = {}
        for position, label in enumerate(self.labels):
            target = self.table.fields.get(label)
            if target is not None and target.group:
                groups.setdefault(target.group, []).append(position)
        clashing = [
            positions
            for positions in groups.values()
            if any(
                None not in {there[at], values[at]} and not same(there[at], values[at]) for at in positions
            )
        ]
        return {self.labels[position] for positions in clashing for position in positions}


def _applied(policy: Policy, old: Any, new: Any) -> Any:
    if policy == "keep":
        return old
    if old is None or policy == "overwrite":
        return new
    if policy == "append":
        text, more = spell(old), spell(new)
        return old if more in text else f"{text}\n{more}"
    return old
