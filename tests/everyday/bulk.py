"""A team in which somebody edits in bulk, and takes it back, while the others work in their copies.

What an edit in bulk changes is written by one who sees the head: to the oracle it is typed over what stood there.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crmbook.base import CrmbookError
from crmbook.bulk import BulkWish, carry_out, undo_bulk
from crmbook.revisions import Hand
from crmbook.store import Store, locate
from crmbook.sync import read_bulk
from tests.everyday.hands import Emptied, Typed
from tests.everyday.team import DAY, Team, book

if TYPE_CHECKING:
    from collections.abc import Callable

    from crmbook.bulk import BulkAction
    from tests.everyday.oracle import Tables

FIELDS = {"customers": ("company", "phone", "opportunity"), "visits": ("memo", "amount"), "care": ("gift",)}
OFTEN = 3


class BulkTeam(Team):
    """People at work in their copies, and one at the command line."""

    @property
    def steps(self) -> tuple[Callable[[str], object], ...]:
        return (
            *super().steps,
            *[self.write_in_bulk] * OFTEN,
            self.delete_in_bulk,
            self.take_back,
            self.take_back,
        )

    def write_in_bulk(self, _name: str) -> None:
        """Write one value into about half of a table's rows."""
        table = self.random.choice(sorted(FIELDS))
        label, number = self.random.choice(FIELDS[table]), self.tokens.next()
        text = {"phone": f"138{number:08d}", "opportunity": f"{number}.5", "amount": f"{number}.25"}
        self._carry_out(table, "set", {label: text.get(label, f"批{number:03d}")})

    def delete_in_bulk(self, _name: str) -> None:
        """Delete some visits."""
        self._carry_out("visits", "delete", {})

    def _carry_out(self, table: str, action: BulkAction, texts: dict[str, str]) -> None:
        key = book().tables[table].key_field.title
        rows = sorted(str(row[book().tables[table].key]) for row in self._head()[table].values())
        chosen = self.random.sample(rows, min(len(rows), 4 if action == "set" else 1))
        where = ",".join(f'[@{key}]="{one}"' for one in chosen)
        wish = BulkWish(table, f"=OR({where})", action, texts)
        before = self._head()
        with Store.open(locate(self.folder)) as store:
            [record] = store.books()
            plan = read_bulk(store, record, book(), wish, DAY)
            self.log.append(f"  {action} {table} {chosen} {texts}: {[one.keys for one in plan.refused]}")
            if not plan.refused and plan.rows:
                carry_out(store, record, book(), plan, "办公室")
        self._seen(before)

    def take_back(self, _name: str) -> None:
        """Undo the newest edit in bulk that stands."""
        before = self._head()
        with Store.open(locate(self.folder)) as store:
            [record] = store.books()
            try:
                undo_bulk(store, record, book(), 0, Hand(DAY, "办公室"))
            except CrmbookError as error:  # there is none
                self.log.append(f"  {error.code}")
        self._seen(before)
        back = {
            (name, row_id)
            for name, rows in self.oracle.before.items()
            for row_id in rows.keys() - before[name].keys()
        }
        for number, act in enumerate(self.oracle.acts):
            if isinstance(act, Emptied) and (act.table, act.row) in back:
                self.oracle.acts[number] = replace(act, used=True)  # no deletion any more

    def _seen(self, before: Tables) -> None:
        """Enter what became of the head as typed by one who saw it, and judge."""
        after = self._head()
        for name, rows in before.items():
            table = book().tables.get(name)
            for row_id, row in rows.items() if table else ():
                now: dict[str, Any] | None = after[name].get(row_id)
                if now is None:
                    self.oracle.did([Emptied(name, row_id, row)])
                    continue
                for label in row.keys() | now.keys():
                    if row.get(label) != now.get(label):
                        self.oracle.did([Typed(name, row_id, label, row.get(label), now.get(label))])
        self.judge(None)
