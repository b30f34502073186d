"""Which row is whose on a packed day, on which many edits are made in each table at once.

Each edit of the one who works in the copy has a row of its own in each table, her lot; what the colleague does meets her
there, or is done in another row that is about that meeting alone. Lots, chosen values and typed numbers depend on nothing
else that is done that day: played alone, a meeting is what it was among all the others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, TypeVar

from tests.everyday.hands import EDITS, ROW_ID, Hands, Tokens, rows_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tests.everyday.bases import Base
    from tests.everyday.scenario import Task

_Item = TypeVar("_Item")
PLAIN = tuple(edit for edit in EDITS if edit != "sort")
"""Edits of one row each: a table can have all of them in one day."""
_BELOW = {"add", "duplicate"}
"""Edits that write below all rows: made before the last row may be emptied, in which they would write else."""
_NUMBERS = 16
"""Typed numbers that one edit needs at most."""


def ordered(items: Iterable[_Item], name: Callable[[_Item], tuple[str, str]]) -> list[_Item]:
    """Return what is done in the order in which it can be done, table by table; `name` says table and edit."""
    tables: dict[str, int] = {}

    def place(item: _Item) -> tuple[int, bool]:
        table, edit = name(item)
        return tables.setdefault(table, len(tables)), edit not in _BELOW

    return sorted(items, key=place)


@dataclass
class Lots:
    """The lots of one copy; without a name there are none, and everybody works where chance has it.

    Attributes
    ----------
    near
        By table: rows that the copy shows, one for each of `PLAIN` and then those that are spare.
    far
        The same of other rows, which the copy may not show.
    """

    name: str = ""
    near: dict[str, list[str]] = field(default_factory=dict)
    far: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, base: Base, hands: Hands) -> Lots:
        """Draw the lots of a copy before anybody works in it."""
        lots = cls(f"{base.template} {base.kind}")
        whole = Hands(base.whole, base.view(base.whole), hands.random, Tokens())
        for table in hands.tables:
            random = Random(f"{lots.name} {table}")
            mine, all_ = _ids(hands, table), _ids(whole, table)
            random.shuffle(mine)
            taken = set(mine[: len(PLAIN)])
            others = [row for row in all_ if row not in taken]
            random.shuffle(others)
            lots.near[table], lots.far[table] = mine, others
        return lots

    def take(self, hands: Hands, table: str, edit: str) -> list[str]:
        """Return the rows of an edit in the copy, the first first, and let the hands type what belongs to it."""
        if not self.name:
            return []
        self._prepare(hands, f"{table} {edit}", -1 - self._number(table, edit, ""))
        return self._rows(self.near, table, edit)

    def meet(self, hands: Hands, task: Task, shift: int) -> list[str]:
        """Return the rows of a colleague's edit: half of them, others in another program, where the copy was edited too."""
        self._prepare(hands, str(task), self._number(task.table, task.mine, task.other))
        is_near = (EDITS.index(task.mine) + EDITS.index(task.other) + shift) % 2
        lot = task.other if task.mine == "sort" else task.mine
        return self._rows(self.near if is_near else self.far, task.table, lot)

    def _number(self, table: str, mine: str, other: str) -> int:
        place = sorted(self.near).index(table) * len(EDITS) + EDITS.index(mine)
        return place if not other else place * len(EDITS) + EDITS.index(other)

    def _prepare(self, hands: Hands, text: str, number: int) -> None:
        most = len(self.near) * len(EDITS) ** 2
        hands.random = Random(f"{self.name} {text}")
        hands.tokens.count = _NUMBERS * (number if number >= 0 else most - number)

    def _rows(self, rows: dict[str, list[str]], table: str, edit: str) -> list[str]:
        if edit == "sort":
            return []
        place, count = PLAIN.index(edit), len(PLAIN)
        own, spare = rows[table][place : place + 1], rows[table][count:]
        return [*own, *spare[place:], *spare[:place]]


def _ids(hands: Hands, table: str) -> list[str]:
    rows = rows_of(hands.package, hands.layout.tables[table])
    return sorted(cells[ROW_ID] for cells in rows.values() if cells.get(ROW_ID))
