"""冲突处理: open conflicts, put where people settle them, and what they chose, read back.

A line shows one conflict once: the record (a link to its cell), the fields, both values with who and when. People
choose in 处理方式 and, for a value of their own, type it beside; a choice that could not be followed stays with its
conflict. A conflict's number is its id in the store, so that lines may be sorted; a settled one vanishes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import OWN, moment_in, split_label, titled
from crmbook.build import CONFLICTS, hyperlink
from crmbook.ingest import asks_who
from crmbook.read import numbered
from crmbook.render.marks import answer_of, iter_lines, link_to
from crmbook.schema import LISTS, Layout, layout_of
from crmbook.values import spell

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Iterator, Mapping, Sequence

    from crmbook.base import Change
    from crmbook.ooxml import Package
    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.render.marks import Line
    from crmbook.schema import Book, Field
    from crmbook.store import ConflictRecord

_LIMIT: Final = 1000


def iter_conflicts(
    book: Book, snapshot: Snapshot, package: Package, conflicts: Sequence[ConflictRecord]
) -> Iterator[Change]:
    """Yield the changes of the list of conflicts, one line per open conflict in the order of their numbers."""
    found = snapshot.tables.get(CONFLICTS)
    if found is None:
        return
    if listed(conflicts):
        package.show_sheet(found.sheet)
    writer = _Writer(book, snapshot, layout_of(book))
    answers = dict(reversed(list(numbered(found))))
    yield from iter_lines(
        found,
        package,
        [{**writer.line(one), **_answer(found, answers.get(one.id))} for one in listed(conflicts)],
    )


def listed(conflicts: Sequence[ConflictRecord]) -> list[ConflictRecord]:
    """Return the conflicts that have a line, in the order of the lines."""
    return sorted((one for one in conflicts if one.state == "open"), key=lambda one: one.id)


def _answer(found: TableSnapshot, row: int | None) -> Line:
    """Return what a person answered in a line, to be there again as long as the conflict is open."""
    if row is None:
        return {}
    return {name: (answer_of(found.raw(name, row)), None) for name in ("decision", "custom_value")}


@dataclass(frozen=True)
class _Writer:
    """Puts conflicts into words of the book's language."""

    book: Book
    snapshot: Snapshot
    layout: Layout

    def line(self, record: ConflictRecord) -> Line:
        """Return one conflict's line."""
        cells = {
            "number": record.id,
            "sheet": self._sheet(record),
            "field": self._fields(record),
            "store_value": self._values(record, record.head),
            "store_by": record.head_who or None,
            "store_at": self._moment(record.head_at),
            "copy_value": self._values(record, record.file),
            "copy_by": record.file_who or None,
            "copy_at": self._moment(record.file_at),
        }
        return {"record": self._record(record), **{name: (value, None) for name, value in cells.items()}}

    def _moment(self, text: str) -> dt.datetime | None:
        """Return the time of day on the book's clock."""
        moment = moment_in(self.book.locale.clock, text)
        return moment.replace(microsecond=0) if moment else None

    def _sheet(self, record: ConflictRecord) -> str:
        if record.table == LISTS:
            return self.layout.dictionary
        placed = self.layout.tables.get(record.table)
        return placed.sheet if placed else record.table

    def _record(self, record: ConflictRecord) -> tuple[Any, str | None]:
        """Return the record's key and name, as a link to its cell where the workbook holds the row."""
        shown, found = record.key or record.row_id, self.snapshot.tables.get(record.table)
        rows = [] if found is None else found.row_ids.index[found.row_ids == record.row_id].tolist()
        if found is None or not rows:
            return shown, None
        shown = f"{shown} {self._name(record.table, rows[0])}".strip()
        label = record.labels[0] if record.labels else ""
        column = found.columns.get(label) or found.custom.get(label.removeprefix(OWN))
        return shown, hyperlink(link_to(found, rows[0], column.letter if column else "A"), shown)

    def _name(self, name: str, row: int) -> str:
        """Return whose row it is: its own name, else that of the customer to whom it refers; empty where nobody knows."""
        table, people = self.book.tables.get(name), self.book.people
        if table is None:
            return ""
        own = _text(self.snapshot.tables[name], table.name_field, row)
        refers = () if name == people else table.references_to(people)
        numbers = [_text(self.snapshot.tables[name], one.name, row) for one in refers]
        return next((self._people[number] for number in numbers if number in self._people), own)

    @cached_property
    def _people(self) -> dict[str, str]:
        """The names of customers by their keys."""
        table, found = self.book.tables.get(self.book.people), self.snapshot.tables.get(self.book.people)
        if table is None or found is None:
            return {}
        return {
            _text(found, table.key, row): _text(found, table.name_field, row) for row in found.frame.index
        }

    def _fields(self, record: ConflictRecord) -> str:
        if record.head is None or record.file is None:
            return self._word("whole_row")
        if record.table == LISTS:
            entries = self.book.lists.get(record.row_id.partition("/")[0])
            return entries.title if entries else record.row_id
        titles = " / ".join(self._title(record, label) for label in record.labels)
        if asks_who(self.book.tables.get(record.table), record.labels, record.file):
            return f"{self._word('same_or_new')} {titles}"
        return titles

    def _title(self, record: ConflictRecord, label: str) -> str:
        field = self._field(record, label)
        table, inner = split_label(record.table, label)
        title = field.title if field else inner.removeprefix(OWN)
        return title if table == record.table else f"{self.book.tables[table].title} · {title}"

    def _field(self, record: ConflictRecord, label: str) -> Field | None:
        name, inner = split_label(record.table, label)
        table = self.book.tables.get(name)
        return table.fields.get(inner) if table else None

    def _values(self, record: ConflictRecord, values: tuple[Any, ...] | None) -> str:
        """Return one side's values: as the cells show them, named by their fields where a whole row is at stake."""
        if values is None:
            return self._word("deleted")
        shown = [
            _shown(self._field(record, label), value) or self._word("blank")
            for label, value in zip(record.labels, values, strict=True)
        ]
        if record.head is None or record.file is None:
            titles = [self._title(record, label) for label in record.labels]
            parts = [titled(title, value, self.book.lang) for title, value in zip(titles, shown, strict=True)]
            text = ("；" if self.book.lang == "zh" else "; ").join(parts)
        else:
            text = " / ".join(shown)
        return text if len(text) <= _LIMIT else text[: _LIMIT - 1] + "…"

    def _word(self, name: str) -> str:
        """Return a word of the page; its machine name where somebody's own page lacks it."""
        labels: Mapping[str, str] = next(
            (page.labels for page in self.book.pages.values() if CONFLICTS in page.tables), {}
        )
        return labels.get(name, name)


def _text(found: TableSnapshot, name: str | None, row: int) -> str:
    """Return what a cell shows; nothing where the workbook lacks the column."""
    return spell(found.raw(name, row)) if name and name in found.columns else ""


def _shown(field: Field | None, value: object) -> str:
    """Return a value as people read it."""
    if field is not None and field.type == "percent" and isinstance(value, int | float):
        return f"{value * 100:.10g}%"
    return spell(value)
