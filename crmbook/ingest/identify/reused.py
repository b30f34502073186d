"""Rows that somebody cleared and used again: the hidden id is an old person's, everything that names one is new.

Whoever types over a customer's row and empties its ID may mean the same customer, put right, or another one. The
purchases of the old one hang on the answer, so that nothing of such a row is taken in or written before it is given.
The question is a conflict of its own kind: about the key, which the file leaves blank, and all that names somebody.
Where the answer is that the row is another one, its hidden id counts for nothing: the old row is missing from the
file, as if it had been deleted there, and the new one has no id yet.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import Issue, Severity
from crmbook.merge import Conflict, differs, row_values
from crmbook.values import ValueKind, spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

    from crmbook.check import Checked
    from crmbook.ingest.identify.identity import Identity
    from crmbook.read import Snapshot
    from crmbook.schema import Book, Table

    Tables = Mapping[str, pd.DataFrame]

SAME: Final = "same"
NEW: Final = "new"
_BESIDE: Final = ("contact_name", "company")


def naming_fields(table: Table) -> list[str]:
    """Return the fields that say who a row is: its name, telephone, e-mail, contact and company."""
    if not table.name_field or not table.key_field.typed or table.key == table.name_field:
        return []
    others = [
        field.name
        for field in table.fields.values()
        if field.typed and field.name not in {table.key, table.name_field}
        and (field.type in {ValueKind.PHONE, ValueKind.EMAIL} or field.name in _BESIDE
             or (field.type == ValueKind.TEXT and field.personal and field.pattern))
    ]  # fmt: skip
    return [table.name_field, *others]


def reused_rows(table: Table, file: pd.DataFrame, image: pd.DataFrame, rows: Iterable[str]) -> list[str]:
    """Return those of `rows`, whose key was emptied, in which everything that named somebody names another now."""
    labels = [label for label in naming_fields(table) if label in file.columns and label in image.columns]
    known = [row for row in rows if row in image.index and row in file.index]
    if not known or labels[:1] != [table.name_field]:
        return []
    before, now = image.loc[known], file.loc[known]
    other = now[labels[0]].notna().to_numpy()
    for label in labels:
        other = other & (before[label].isna().to_numpy() | differs(before[label], now[label]))
    named = before[labels[0]].notna().to_numpy()
    return [row for row, is_other in zip(known, other & named, strict=True) if is_other]


def asks_who(table: Table | None, labels: Sequence[str], file: Sequence[Any] | None) -> bool:
    """Return whether a conflict asks who a row is: its key was emptied, which no other conflict is about."""
    if table is None or file is None or table.key not in labels:
        return False
    return file[list(labels).index(table.key)] is None


@dataclass
class Answers:
    """What people said of rows that were used again: the choice by table, row and the new name, empty for any."""

    choices: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def add(self, table: Table, one: Conflict, choice: str, *, only_named: bool) -> None:
        """Note an answer; one that was given before counts for the one who was named then only."""
        name = ""
        if only_named and one.file is not None and table.name_field in one.labels:
            name = spell(one.file[one.labels.index(table.name_field)])
        self.choices[table.name, one.row_id, name] = choice

    def of(self, table: str, row_id: str, name: str) -> str:
        """Return the answer for a row that bears a name now; empty where there is none."""
        return self.choices.get((table, row_id, ""), self.choices.get((table, row_id, name), ""))

    def rows(self, table: str) -> set[str]:
        """Return the rows of a table about which something was said."""
        return {row for name, row, _ in self.choices if name == table}


def without_old_ids(
    view: Book, snapshot: Snapshot, checked: Checked, known: Tables, answers: Answers
) -> Snapshot:
    """Return a workbook in which rows that are somebody else by now, as people said, bear no row id."""
    parted = {}
    for name, found in snapshot.tables.items():
        mine = answers.rows(name)
        if not mine or name not in known or name not in checked.frames:
            continue
        table = view.tables[name]
        frame = checked.frames[name][[label for label in table.fields if label in found.columns]]
        asked = found.row_ids.isin(list(mine)) & ~found.row_ids.duplicated(keep=False)
        asked &= checked.frames[name][table.key].isna()
        now = frame[asked].set_axis(found.row_ids[asked].to_numpy(), axis=0)
        names = now[table.name_field] if table.name_field in now.columns else None
        others = [
            row
            for row in reused_rows(table, now, known[name], now.index.tolist())
            if names is not None and answers.of(name, row, spell(names[row])) == NEW
        ]
        if others:
            ids = found.row_ids.where(~found.row_ids.isin(others), None)
            parted[name] = replace(found, row_ids=ids)
    return replace(snapshot, tables={**snapshot.tables, **parted}) if parted else snapshot


@dataclass
class Questions:
    """Rows that wait for an answer.

    Attributes
    ----------
    conflicts
        The questions, each with its table.
    rows
        The rows by table.
    issues
        The same at the cells.
    """

    conflicts: list[tuple[str, Conflict]] = field(default_factory=list)
    rows: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    issues: list[Issue] = field(default_factory=list)


def ask_who(  # noqa: PLR0913, PLR0917 - the workbook as read, what was last taken from it, and what people said
    view: Book, snapshot: Snapshot, identity: Identity, file: Tables, shown: Tables, answers: Answers
) -> Questions:
    """Return the questions about rows that were cleared and used again, and of which nobody has said who they are."""
    questions = Questions()
    for name, keys in identity.keys.items():
        table, found = view.tables[name], snapshot.tables[name]
        numbers = {str(identity.ids[name].loc[row]): row for row in keys}
        for row_id in reused_rows(table, file[name], shown[name], numbers) if name in shown else ():
            value = spell(file[name].loc[row_id, str(table.name_field)])
            if answers.of(name, row_id, value):
                continue
            row = numbers[row_id]
            params = {"key": keys[row], "name": spell(shown[name].loc[row_id, str(table.name_field)])}
            questions.conflicts.append((name, _question(table, row_id, shown[name], file[name])))
            questions.rows[name].append(row_id)
            questions.issues.append(
                Issue(
                    "identify.reused", Severity.ERROR, found.cell(table.key, row), name, keys[row], table.key,
                    value, params,
                )
            )  # fmt: skip
    return questions


def _question(table: Table, row_id: str, before: pd.DataFrame, now: pd.DataFrame) -> Conflict:
    """Return the conflict about who a row is."""
    labels = tuple(
        label for label in naming_fields(table) if label in now.columns and label in before.columns
    )
    was = row_values(before, row_id, (table.key, *labels))
    return Conflict(row_id, (table.key, *labels), was, was, (None, *row_values(now, row_id, labels)))
