"""What people must know of: open conflicts, held workbooks, workbooks that cannot be synced.

The store, not the run that found it, says what is there, so that a run that died before it sent anything leaves nothing
untold.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crmbook.base import advise, describe, split_label
from crmbook.build import fold
from crmbook.ingest import NEW, SAME, Plan, asks_who
from crmbook.notify.notification import FAILURE, Notification
from crmbook.read import find_book
from crmbook.revisions import Naming
from crmbook.schema import LISTS
from crmbook.store import Store, private_location
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from crmbook.base import CrmbookError, Language
    from crmbook.schema import Book, Field
    from crmbook.store import BookRecord, ConflictRecord, WorkbookRecord

LANGUAGES: tuple[Language, ...] = ("zh", "en")
_HIDDEN = "***"
_LONGEST = 300
"""Characters of one value that a message shows."""


@dataclass(frozen=True, slots=True)
class OpenNotifications:
    """What is in one book: the notification's key with its mark, before it is put into words."""

    conflicts: Mapping[tuple[str, str], ConflictRecord]
    held: Mapping[tuple[str, str], WorkbookRecord]


@dataclass(frozen=True, slots=True)
class Wording:
    """How the notifications of a folder are put into words.

    Attributes
    ----------
    workspace
        A folder with changes to the schemas that the person gave.
    hides
        Whether values of personal fields stay out of the messages.
    """

    folder: Path
    workspace: Path | None = None
    hides: bool = False


class BookNotifications:
    """The notifications of one book."""

    def __init__(
        self, store: Store, record: BookRecord, workbooks: Sequence[WorkbookRecord], wording: Wording
    ) -> None:
        self.store, self.record, self.wording = store, record, wording
        self.workbooks = {one.workbook_id: one for one in workbooks}
        self._rows: dict[tuple[str, str], Mapping[str, Any]] = {}
        self._keys: dict[str, dict[Any, str]] = {}

    def prefix(self) -> str:
        """Return what the keys of all its notifications begin with."""
        return f"{self.record.book_id}/"

    def standing(self) -> OpenNotifications:
        """Return what is now, as the store has it."""
        prefix = self.prefix()
        conflicts = {
            (f"{prefix}conflict/{one.id}", _mark(one)): one
            for one in self.store.conflicts(self.record.book_id)
        }
        held = {
            (f"{prefix}held/{one.workbook_id}", str(one.plan["id"])): one
            for one in self.workbooks.values()
            if one.state == "held" and one.plan is not None
        }
        return OpenNotifications(conflicts, held)

    def iter_notifications(
        self, standing: OpenNotifications, known: Iterable[tuple[str, str]]
    ) -> Iterator[Notification]:
        """Yield what is and is not known yet, in words."""
        content = set(known)
        for (key, mark), one in standing.conflicts.items():
            if (key, mark) not in content:
                yield self._conflict(key, mark, one)
        for (key, mark), record in standing.held.items():
            if (key, mark) not in content:
                yield self._held(key, mark, record)

    @cached_property
    def _book(self) -> Book:
        record = self.record
        known = Path(record.workspace) if record.workspace else None
        return find_book(record, self.wording.folder, self.wording.workspace, known)

    @cached_property
    def _tables(self) -> Mapping[str, pd.DataFrame]:
        return self.store.head(self.record.book_id).tables

    @cached_property
    def _naming(self) -> Naming:
        return Naming(self._book, self._tables)

    def _conflict(self, key: str, mark: str, one: ConflictRecord) -> Notification:
        source = self.workbooks.get(one.workbook_id)
        of, customer = self._customer(one)
        owner = self._owner(one, customer)
        where = self._workbook_of(owner) or self._there(source)
        head, whole = self._head_now(one), one.head is None or one.file is None
        facts = {
            "workbook": _file_name(where), "from": _file_name(source), "book": self._book.title,
            "sheet": self._sheet_title(one.table), "key": one.key, "customer": self._name(of, customer),
            "fields": [self._header(one, label) for label in one.labels], "whole": whole,
            "head": self._shown(one, head), "head_who": one.head_who, "head_at": one.head_at,
            "file": self._shown(one, one.file), "file_who": one.file_who, "file_at": one.file_at,
            "settle": self._page("conflicts"), "choices": self._choices(one),
            "column": self._column("conflicts", "decision"), "clock": self._book.locale.clock,
        }  # fmt: skip
        return Notification("conflict", key, mark, owner, source.holder if source else "", facts)

    def _held(self, key: str, mark: str, record: WorkbookRecord) -> Notification:
        plan = Plan.from_json(record.plan or {})
        if self.wording.hides:
            plan = replace(plan, findings=tuple(replace(one, keys=()) for one in plan.findings))
        facts = {
            "workbook": _file_name(record), "book": self._book.title, "plan": plan.id,
            "findings": [{lang: one.text(lang) for lang in LANGUAGES} for one in plan.findings],
            "remedies": [{lang: one.remedy(lang) for lang in LANGUAGES} for one in plan.findings],
            "settle": self._page("issues"), "choices": self._words("hold_decision"),
            "column": self._column("issues", "decision"),
        }  # fmt: skip
        return Notification("held", key, mark, "", record.holder, facts)

    # naming

    def _sheet_title(self, table: str) -> str:
        """Return the title of the sheet on which a table is, or of the table itself."""
        sheets = (sheet.title for sheet in self._book.sheets if table in sheet.tables)
        return next(sheets, self._naming.title(table))

    def _page(self, table: str) -> str:
        return self._sheet_title(table)

    def _words(self, name: str) -> list[str]:
        found = self._book.lists.get(name)
        return list(found.texts) if found else []

    def _choices(self, one: ConflictRecord) -> list[str]:
        """Return the entries of the dropdown that settle a conflict."""
        found = self._book.lists.get("conflict_decision")
        entries = found.values if found else {}  # noqa: PD011 - a list of the dictionary, not a frame
        is_question = asks_who(self._book.tables.get(one.table), one.labels, one.file)
        return [value.text for name, value in entries.items() if (name in {SAME, NEW}) == is_question]

    def _column(self, table: str, label: str) -> str:
        return self._naming.header(table, label)

    def _header(self, one: ConflictRecord, label: str) -> str:
        if one.table == LISTS:
            entries = self._book.lists.get(one.row_id.partition("/")[0])
            return entries.title if entries else label
        return self._naming.header(one.table, label)

    def _shown(self, one: ConflictRecord, values: Sequence[Any] | None) -> list[str] | None:
        """Return one side's values as the cells show them; None for a deleted row."""
        if values is None:
            return None
        cells = [split_label(one.table, label) for label in one.labels]
        tables = [(self._book.tables.get(table), label) for table, label in cells]
        fields = [table.fields.get(label) if table else None for table, label in tables]
        return [
            _HIDDEN
            if self.wording.hides and known and known.personal and not _is_blank(value)
            else _cut(_spelled(known, value))
            for known, value in zip(fields, values, strict=True)
        ]

    # whose it is

    def _row(self, table: str, row_id: str) -> Mapping[str, Any]:
        """Return the filled cells of a row of the head; empty where there is none."""
        if (table, row_id) not in self._rows:
            frame = self._tables.get(table)
            found = {} if frame is None or row_id not in frame.index else frame.loc[row_id].to_dict()
            self._rows[table, row_id] = {
                str(label): value for label, value in found.items() if not _is_blank(value)
            }
        return self._rows[table, row_id]

    def _head_now(self, one: ConflictRecord) -> Sequence[Any] | None:
        row = self._row(one.table, one.row_id)
        frame = self._tables.get(one.table)
        if one.head is None or not row or frame is None or not set(one.labels) <= set(frame.columns):
            return one.head
        return [row.get(label) for label in one.labels]

    def _customer(self, one: ConflictRecord) -> tuple[str, Mapping[str, Any]]:
        """Return the table and row of the customer that a row is, or is about."""
        row = self._row(one.table, one.row_id)
        table = self._book.tables.get(one.table)
        if one.table == self._book.people or table is None or table.name_field:
            return one.table, row
        # Somebody's own book may call its customers otherwise: whatever has a name is one.
        named = [
            inner for inner in table.fields.values() if inner.to and self._book.tables[inner.to].name_field
        ]
        for inner in sorted(named, key=lambda inner: inner.to != self._book.people):
            found = self._find(inner.to or "", row.get(inner.name))
            if found:
                return inner.to or "", found
        return one.table, row

    def _find(self, table: str, key: Any) -> Mapping[str, Any]:
        """Return the row of a table with a key; empty where there is none."""
        if table not in self._keys:
            frame, label = self._tables.get(table), self._naming.key_label(table)
            known = frame is not None and label in frame
            self._keys[table] = (
                dict(zip(frame[label], frame.index, strict=True)) if frame is not None and known else {}
            )
        row_id = self._keys[table].get(key) if key is not None else None
        return self._row(table, row_id) if row_id is not None else {}

    def _owner(self, one: ConflictRecord, customer: Mapping[str, Any]) -> str:
        """Return who looks after a row: its own 负责人, else that of its customer."""
        return spell(
            self._row(one.table, one.row_id).get(self._book.owner) or customer.get(self._book.owner)
        ).strip()

    def _name(self, table: str, row: Mapping[str, Any]) -> str:
        """Return the name that is in a row."""
        known = self._book.tables.get(table)
        if (
            known is None
            or not known.name_field
            or (self.wording.hides and known.fields[known.name_field].personal)
        ):
            return ""
        return _cut(spell(row.get(known.name_field)))

    def _workbook_of(self, owner: str) -> WorkbookRecord | None:
        """Return the workbook that a person holds."""
        mine = [one for one in self.workbooks.values() if fold(owner) in {fold(one.holder), fold(one.owner)}]
        mine = [one for one in mine if owner and one.path and one.state != "archived"]
        return min(mine, key=lambda one: one.path, default=None)

    def _there(self, source: WorkbookRecord | None) -> WorkbookRecord | None:
        """Return a workbook, or another of the book where it was a copy that is gone to the archive."""
        if source is not None and source.state != "archived":
            return source
        others = [one for one in self.workbooks.values() if one.path and one.state != "archived"]
        return min(others, key=lambda one: (bool(one.owner or one.where), one.path), default=source)


def failure(path: Path, error: CrmbookError, *, is_in: bool = False) -> Notification:
    """Return a workbook that could not be synced as a notification.

    Parameters
    ----------
    is_in
        Whether what it brought was taken in, and only its file cannot be written.
    """
    code, params = error.code, getattr(error, "params", {})
    facts = {
        "workbook": path.name,
        "code": code,
        "problem": {lang: _problem(error, lang) for lang in LANGUAGES},
        "remedy": {lang: advise(code, lang, params) for lang in LANGUAGES},
        "taken_in": is_in,
    }
    return Notification("failure", f"{FAILURE}{path}", code, facts=facts)


def books_of(
    store: Store, location: str | Path, paths: Iterable[Path]
) -> Iterator[tuple[BookRecord, Sequence[WorkbookRecord]]]:
    """Yield the books that workbooks belong to, each with all of its workbooks."""
    spelled = {path.name if location == private_location(path.parent) else str(path) for path in paths}
    for book in store.books():
        workbooks = store.workbooks(book.book_id)
        if any(one.path in spelled for one in workbooks):
            yield book, workbooks


def _problem(error: CrmbookError, lang: Language) -> str:
    problems = getattr(error, "problems", ())
    if problems:  # mistakes in schemas: the first says enough
        return str(problems[0].line(lang))
    return describe(error.code, lang, getattr(error, "params", {}))


def _mark(one: ConflictRecord) -> str:
    content = [
        one.table,
        one.row_id,
        one.labels,
        None if one.file is None else [*map(spell, one.file)],
        one.file_at,
    ]
    return hashlib.sha256(json.dumps(content, ensure_ascii=False).encode()).hexdigest()[:16]


def _file_name(record: WorkbookRecord | None) -> str:
    return Path(record.path).name if record else ""


def _spelled(known: Field | None, value: Any) -> str:
    """Return a value as its cell shows it."""
    if known is not None and known.type == "percent" and isinstance(value, int | float):
        return f"{value * 100:.10g}%"
    if (
        isinstance(value, dt.datetime)
        and value.time() == dt.time()
        and (known is None or known.type == "date")
    ):
        return value.date().isoformat()  # the store keeps days as moments
    return spell(value)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"


def _is_blank(value: Any) -> bool:
    return value is None or value != value  # noqa: PLR0124 - NaN is the value that differs from itself
