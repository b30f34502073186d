"""What goes when a person is forgotten: the rows, the keys, and the texts that are nobody else's.

The rows are the customer's own, those of the book that refer to it, and those that show its number or address without a
reference. Rows of accounts may stay without the person. A text counts as the person's where no row that stays has it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import OWN, Terms, describe
from crmbook.ingest import Counting, is_contact_field, next_ids, signs_of, stand_in_row
from crmbook.schema import Storage
from crmbook.sync import trace_person
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from crmbook.schema import Book, Field, Table
    from crmbook.store import BookRecord, ConflictRecord, Store
    from crmbook.sync import TracedPerson

_SENTENCE: Final = 8
"""Characters from which a text of the person's rows is looked for everywhere: shorter ones are words of the language."""
_LEAST: Final = 5
"""Characters of a number, address or other personal text that is looked for everywhere."""
_NUMBERED: Final = 3
"""Characters of a number in another program."""


@dataclass(frozen=True)
class Gone:
    """A person who is to be forgotten.

    Attributes
    ----------
    shown
        Key with name.
    rows
        By table, the ids of all rows that are about the person.
    kept
        By table, those of them that stay without the person.
    keys
        Every key that the person ever had.
    anywhere, whole
        See `crmbook.base.Terms`.
    stand_in
        Id, key and name of the row that stands for everybody whose accounts stay; empty where none is needed.
    signs
        Kind and text of all that identified the person.
    remarks
        What was noted in rows that stay; it goes from these rows.
    """

    book_id: str
    shown: str
    rows: Mapping[str, Sequence[str]]
    kept: Mapping[str, Sequence[str]]
    keys: Sequence[str]
    anywhere: Sequence[str]
    whole: Sequence[str]
    stand_in: Sequence[str] = ()
    signs: Sequence[tuple[str, str]] = ()
    mark: str = ""
    name: str = ""
    remarks: Sequence[str] = ()

    @property
    def terms(self) -> Terms:
        """The texts that mention the person."""
        return Terms(self.anywhere, self.whole, self.mark)

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Gone:
        """Return what `to_json` gave."""
        return cls(**{**data, "signs": [tuple(one) for one in data["signs"]]})


def find_gone(  # noqa: PLR0913 - a book, a person, what stays
    store: Store,
    record: BookRecord,
    book: Book,
    customer: str,
    day: date,
    *,
    keep_accounts: bool,
    by_name: bool = False,
) -> Gone:
    """Return what goes when a customer is forgotten; see `crmbook.sync.trace_person` for the errors.

    Parameters
    ----------
    keep_accounts
        Whether the rows of accounts stay.
    by_name
        Whether the name goes out of longer texts of others, too.
    """
    traced = trace_person(store, record, book, customer)
    conflicts = store.conflicts(record.book_id, open_only=False)
    found = _Found(traced, conflicts, keep_accounts)
    found.run()
    rows = {name: sorted(ids) for name, ids in found.rows.items() if ids}
    kept = {name: sorted(ids) for name, ids in found.kept().items()}
    whole = [one for one in found.names if not found.is_anothers_name(one)]
    anywhere = sorted(found.anywhere | (set(whole) if by_name else set()))
    shown = [f"{key} {name}" for key in traced.keys for name in found.names]
    return Gone(
        record.book_id, traced.shown, rows, kept, sorted(traced.keys), anywhere, sorted({*whole, *shown}),
        _stand_in(traced, store.head(record.book_id).counters, day) if kept else (), found.signs(),
        describe("forget.mark", book.lang, {}), next(iter(found.names), ""), sorted(found.remarks(kept)),
    )  # fmt: skip


@dataclass
class _Found:
    """Gathers what is the person's."""

    traced: TracedPerson
    conflicts: Sequence[ConflictRecord]
    keep_accounts: bool
    rows: dict[str, set[str]] = field(default_factory=dict)
    names: list[str] = field(default_factory=list)
    anywhere: set[str] = field(default_factory=set)

    def run(self) -> None:
        """Find rows and texts."""
        book, people = self.traced.book, self.traced.book.people
        self.rows = {name: set(ids) for name, ids in self.traced.rows.items()}
        self._leave_others()
        contacts = {
            text
            for label, text in self._texts(people)
            if label in book.tables[people].fields and is_contact_field(book.tables[people].fields[label])
        }
        self._add_unlinked(contacts - self._others(self.traced.book.people))
        table = book.tables[people]
        self.names = list(
            dict.fromkeys(text for label, text in self._texts(people) if label == table.name_field)
        )
        self._find_texts()

    def _leave_others(self) -> None:
        """Leave the rows that are first about somebody else, and only name the person besides."""
        book = self.traced.book
        for name, ids in list(self.rows.items()):
            references = book.tables[name].references_to(book.people)
            frame = self.traced.frames.get(name)
            if name == book.people or len(references) < 2 or frame is None:
                continue
            first = frame[references[0].name]
            others = set(frame.index[first.notna() & ~first.isin(self.traced.keys)])
            self.rows[name] = ids - others

    def _add_unlinked(self, contacts: set[str]) -> None:
        """Add the rows that show a number or address of the person and refer to nobody."""
        book = self.traced.book
        for name, frame in self.traced.frames.items():
            table = book.tables[name]
            references = table.references_to(book.people)
            if name == book.people or not table.managed or not contacts:
                continue
            free = frame
            for one in references:
                free = free[free[one.name].isna()] if one.name in free else free
            for label, target in table.fields.items():
                if is_contact_field(target) and label in free:
                    hit = free.index[free[label].isin(contacts)]
                    if len(hit):
                        self.rows.setdefault(name, set()).update(hit)

    def _texts(self, name: str) -> Iterator[tuple[str, str]]:
        """Yield label and text of everything that the person's rows of a table ever held."""
        rows, frame = self.rows.get(name, set()), self.traced.frames.get(name)
        if frame is not None:
            mine = frame[frame.index.isin(rows)]
            for label in mine.columns:
                yield from (
                    (str(label), spell(value)) for value in mine[label].dropna() if isinstance(value, str)
                )
        for record in self.traced.changes:
            if record.table != name or record.row_id not in rows:
                continue
            for side in (record.old, record.new):
                cells = {record.label: side} if record.label else (side or {})
                yield from ((label, value) for label, value in cells.items() if isinstance(value, str))
        for conflict in self.conflicts:
            if conflict.table != name or conflict.row_id not in rows:
                continue
            for version in (conflict.base, conflict.head, conflict.file):
                cells = dict(zip(conflict.labels, version or (), strict=False))
                yield from ((label, value) for label, value in cells.items() if isinstance(value, str))

    def _others(self, *names: str) -> set[str]:
        """Return the texts of rows that stay."""
        found = set[str]()
        for name in names or self.traced.frames:
            frame = self.traced.frames[name]
            rest = frame[~frame.index.isin(self.rows.get(name, ()))]
            for label in rest.columns:
                found.update(value for value in rest[label].dropna() if isinstance(value, str))
        return found

    def _find_texts(self) -> None:
        """Find the texts that are nobody else's."""
        others = "\n".join(self._others())
        wanted = {
            text
            for name in self.rows
            for label, text in self._texts(name)
            if len(text) >= self._least(self.traced.book.tables[name], label)
        }
        self.anywhere = {text for text in wanted - self._accounts() if text not in others} | {
            text for text in wanted if self._is_own_contact(text)
        }

    def _is_own_contact(self, text: str) -> bool:
        """Return whether a text is the number or address of the person alone, though others' notes repeat it."""
        book = self.traced.book
        mine = {
            one
            for name in (book.people, *self.rows)
            for label, one in self._texts(name)
            if label in book.tables[name].fields and is_contact_field(book.tables[name].fields[label])
        }
        return text in mine and text not in self._shared_contacts()

    def _external(self) -> set[str]:
        """Return what is in people's own columns, where other programs' numbers go, and in no row that stays."""
        people = self.traced.book.people
        mine = {
            text for label, text in self._texts(people) if label.startswith(OWN) and len(text) >= _NUMBERED
        }
        return mine - self._others(people)

    def _shared_contacts(self) -> set[str]:
        found = set[str]()
        for name, frame in self.traced.frames.items():
            rest = frame[~frame.index.isin(self.rows.get(name, ()))]
            for label, target in self.traced.book.tables[name].fields.items():
                if is_contact_field(target) and label in rest:
                    found.update(value for value in rest[label].dropna() if isinstance(value, str))
        return found

    def kept(self) -> dict[str, set[str]]:
        """Return the rows of accounts that stay: of those that are in the book today."""
        book, frames = self.traced.book, self.traced.frames
        names = [
            name for name in self.rows if self.keep_accounts and name in frames and is_account(book, name)
        ]
        kept = {name: self.rows[name] & set(frames[name].index) for name in names}
        return {name: ids for name, ids in kept.items() if ids}

    def _accounts(self) -> set[str]:
        """Return the texts of rows that stay which are part of the accounts, and nobody's remark."""
        found = set[str]()
        for name, ids in self.kept().items():
            frame, fields = self.traced.frames[name], self.traced.book.tables[name].fields
            mine = frame[frame.index.isin(ids)]
            for label in mine.columns:
                if not is_remark(fields.get(str(label))):
                    found.update(value for value in mine[label].dropna() if isinstance(value, str))
        return found

    def remarks(self, kept: Mapping[str, Sequence[str]]) -> set[str]:
        """Return the remarks in rows that stay."""
        fields = {name: self.traced.book.tables[name].fields for name in kept}
        return {
            text for name in kept for label, text in self._texts(name) if is_remark(fields[name].get(label))
        }

    @staticmethod
    def _least(table: Table, label: str) -> int:
        """Return from how many characters on a text of a column identifies somebody."""
        target = table.fields.get(label)
        if target is None:
            return _SENTENCE
        if (
            target.storage is not Storage.TEXT
            or target.list
            or target.to
            or label in {table.key, table.name_field}
        ):
            return 1 << 30
        return _LEAST if target.personal else _SENTENCE

    def is_anothers_name(self, name: str) -> bool:
        """Return whether somebody else goes by a name: another customer, or a colleague."""
        for table, frame in self.traced.frames.items():
            known = self.traced.book.tables[table]
            rest = frame[~frame.index.isin(self.rows.get(table, ()))]
            for label, target in known.fields.items():
                is_name = label == known.name_field or target.suggest or target.list
                if is_name and label in rest and (rest[label] == name).any():
                    return True
        return False

    def signs(self) -> list[tuple[str, str]]:
        """Return what identified the person and nobody who stays."""
        book = self.traced.book
        table, shared = book.tables[book.people], self._shared_contacts()
        row: dict[str, set[str]] = {}
        for label, text in self._texts(book.people):
            if text not in shared:
                row.setdefault(label, set()).add(text)
        found = set(_signs(table, row))
        found |= {("key", key) for key in self.traced.keys}
        found |= {("external", text) for text in self._external()}
        for name in self.rows:
            if name != book.people:
                contacts = {
                    text
                    for label, text in self._texts(name)
                    if label in book.tables[name].fields
                    and is_contact_field(book.tables[name].fields[label])
                    and text not in shared
                }
                found |= {
                    one
                    for text in contacts
                    for one in signs_of(book.tables[name], _as_contact(book, name, text))
                }
        return sorted(one for one in found if one[0] != "key" or one[1] in self.traced.keys)


def is_account(book: Book, name: str) -> bool:
    """Return whether rows of a table can stay without the customer: several of them can belong to the one who stands for all."""
    table = book.tables[name]
    return table.accounting and not any(one.unique for one in table.references_to(book.people))


def is_remark(target: Field | None) -> bool:
    """Return whether a column of accounts holds what somebody noted: it goes with the name."""
    return target is None or target.personal or target.type == "long_text"


def _as_contact(book: Book, name: str, text: str) -> dict[str, str]:
    label = next(label for label, one in book.tables[name].fields.items() if is_contact_field(one))
    return {label: text}


def _signs(table: Table, texts: Mapping[str, set[str]]) -> Iterator[tuple[str, str]]:
    """Yield the signs of every value that a person had, and of name and company in all their ways."""
    for label, values in texts.items():
        for value in values:
            yield from signs_of(table, {label: value})
    for names in table.identity:
        if len(names) > 1:
            for first in texts.get(names[0], ()):
                for second in texts.get(names[1], ()):
                    yield from signs_of(table, {names[0]: first, names[1]: second})


def _stand_in_name(book: Book) -> str:
    """Return the name by which a book's formulas know that somebody is no customer."""
    words = book.lists.get("chart_words")
    known = words.values.get("erased") if words else None
    return known.text if known else describe("forget.stand-in", book.lang, {})


def _stand_in(traced: TracedPerson, counters: Mapping[str, int], day: date) -> tuple[str, str, str]:
    """Return the row that stands for everybody whose accounts stay: the one that is there, or a new one."""
    book = traced.book
    table, name = book.tables[book.people], _stand_in_name(book)
    frame = traced.frames[book.people]
    if table.name_field:
        there = frame.index[(frame[table.name_field] == name) & ~frame.index.isin(traced.rows[book.people])]
        if len(there):
            return str(there[0]), spell(frame[table.key].loc[there[0]]), name
    taken = [*frame[table.key].dropna(), *traced.keys]
    (key,) = next_ids(table.key_field, 1, taken, Counting(dict(counters), day))
    return stand_in_row(book.people), key, name
