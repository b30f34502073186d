"""What workbooks at rest show, held against what the head holds and what is in their scope."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.ooxml import Package
from crmbook.schema import Layout
from tests.everyday.hands import ROW_ID, rows_of
from tests.everyday.oracle import plain, speaks_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from crmbook.base.issues import Issue
    from crmbook.schema import Book, Table
    from crmbook.store import ConflictRecord
    from tests.everyday.oracle import Row, Tables


def in_scope(book: Book, head: Tables, label: str, value: str) -> dict[str, set[str]]:
    """Return the rows about the customers whose `label` is `value`, by table: what a copy narrowed to them must show."""
    customers = head["customers"]
    mine = {row_id for row_id, row in customers.items() if row.get(label) == value}
    keys = {customers[row_id].get(book.tables["customers"].key) for row_id in mine}
    inside = {"customers": mine}
    for table in book.tables.values():
        fields = [inner.name for inner in table.references_to("customers")]
        if fields and table.name in head:
            rows = head[table.name].items()
            inside[table.name] = {
                row_id for row_id, row in rows if any(row.get(name) in keys for name in fields)
            }
        if (
            table.owned_by and table.name in head
        ):  # a person's own, whoever the customers are that a condition picks
            inside[table.name] = {
                row_id
                for row_id, row in head[table.name].items()
                if label == "owner" and row.get(table.owned_by) == value
            }
    return inside


@dataclass
class Shown:
    """What a workbook at rest shows, held against the head.

    Attributes
    ----------
    view
        The book as the workbook shows it.
    rows
        By table: what stands in its rows, the id under `ROW_ID`.
    issues
        What its last sync found: cells under an issue may differ.
    """

    view: Book
    rows: Mapping[str, Mapping[int, Row]]
    issues: Sequence[Issue]
    conflicts: Sequence[ConflictRecord]

    @classmethod
    def of(
        cls, view: Book, path: Path, issues: Sequence[Issue], conflicts: Sequence[ConflictRecord]
    ) -> Shown:
        package, layout = Package.open(path), Layout(view)
        names = [name for name, table in view.tables.items() if table.managed]
        return cls(view, {name: rows_of(package, layout.tables[name]) for name in names}, issues, conflicts)

    def faults(self, head: Tables, inside: Mapping[str, set[str]] | None = None) -> list[str]:
        """Return where it differs; `inside` are the rows in scope, where it does not show all."""
        found = []
        for name, shown in self.rows.items():
            known = {row.get(ROW_ID): row for row in shown.values()}
            for number, row in shown.items():
                if row.get(ROW_ID) not in head[name] and not self._is_named(name, row):
                    found.append(f"row {number} of {name} is not in the head: {row}")
            wanted = head[name].keys() if inside is None else inside.get(name, head[name].keys())
            found += [f"{name} lacks {row_id} {head[name][row_id]}" for row_id in wanted - known.keys()]
            for row_id in head[name].keys() & known.keys():
                if row_id not in wanted and self._is_named(name, known[row_id]):
                    continue  # it left the scope while its author has something to put right in it
                found += self._differing(self.view.tables[name], row_id, head[name][row_id], known[row_id])
        return found

    def _differing(self, table: Table, row_id: str, head: Row, shown: Row) -> list[str]:
        return [
            f"{table.name} {row_id} {label}: shows {plain(shown.get(label))!r}, the head holds {head.get(label)!r}"
            for label, inner in table.fields.items()
            if inner.typed and plain(shown.get(label)) != head.get(label)
            and not (inner.override and head.get(label) is None)
            and not self._is_excused(table, row_id, label, head, shown)
        ]  # fmt: skip

    def _is_excused(self, table: Table, row_id: str, label: str, head: Row, shown: Row) -> bool:
        keys = {str(row.get(table.key)) for row in (head, shown)}
        # A row that was emptied and used again waits for a word on whom it means, whatever becomes of the old one.
        if any(
            issue.code == "identify.reused" and issue.table == table.name
            and issue.value == str(shown.get(table.name_field or ""))
            for issue in self.issues
        ):  # fmt: skip
            return True
        return any(one.table == table.name and one.row_id == row_id for one in self.conflicts) or any(
            (speaks_of(issue, table.name, label) or speaks_of(issue, table.name, table.key))  # of the key: the row waits
            and (issue.row_key in keys or issue.value == str(shown.get(label)))
            for issue in self.issues
        )  # fmt: skip

    def _is_named(self, name: str, row: Row) -> bool:
        values = set(map(str, row.values()))
        return any(
            speaks_of(issue, name) and (issue.row_key in values or issue.value in values)
            for issue in self.issues
        )
