"""What changed between two schemas, as data: the steps of a migration, in words too.

A field is the same when its machine name is. One that is gone and one that is new are the same when the new one names
the old among its aliases, or has its very title. A list value is the same when its machine name is; its text is what
cells hold, so another text is a step. What the YAML merely seeds (scoring rules, list entries) is added, never taken
away, for people edit it in the workbook.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import describe
from crmbook.migrate.describe import describe_schema
from crmbook.schema import folded

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from crmbook.base import Language
    from crmbook.schema import Book

    Described = Mapping[str, Any]


DICTIONARY: Final = "dictionary"
"""The page that says what the types of fields are called."""
USUAL_PAPER: Final = "A4"
"""The paper of books whose description says nothing of it: no book had another one then."""


class SchemaChangeKind(StrEnum):
    """What may change in a schema; each is a message ``migrate.…``."""

    TABLE_ADDED = "table-added"
    TABLE_REMOVED = "table-removed"
    TABLE_RENAMED = "table-renamed"
    KEY_CHANGED = "key-changed"
    FIELD_ADDED = "field-added"
    FIELD_REMOVED = "field-removed"
    FIELD_UNSEEN = "field-unseen"
    FIELD_RENAMED = "field-renamed"
    FIELD_MOVED = "field-moved"
    TYPE_CHANGED = "type-changed"
    FORMULA_CHANGED = "formula-changed"
    LIMITS_CHANGED = "limits-changed"
    LOOKS_CHANGED = "looks-changed"
    LIST_ADDED = "list-added"
    LIST_REMOVED = "list-removed"
    LIST_RENAMED = "list-renamed"
    VALUE_ADDED = "value-added"
    VALUE_REMOVED = "value-removed"
    VALUE_RENAMED = "value-renamed"
    RULES_ADDED = "rules-added"
    PAGE_ADDED = "page-added"
    PAGE_LEFT_OUT = "page-left-out"
    PAGE_CHANGED = "page-changed"
    PAGE_RENEWED = "page-renewed"
    PAGE_KEPT = "page-kept"
    THEME_CHANGED = "theme-changed"
    TABLES_REDRAWN = "tables-redrawn"
    PAPER_CHANGED = "paper-changed"


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One step.

    Attributes
    ----------
    kind
        What changed.
    table, field
        Machine names in the new schema; in the old one for what was removed. A list is given as `table`, its value as
        `field`.
    was
        Machine name, or text of a list value, in the old schema where it differs.
    params
        Words for the message.
    """

    kind: SchemaChangeKind
    table: str = ""
    field: str = ""
    was: str = ""
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)

    @property
    def code(self) -> str:
        """Code of the message."""
        is_type = self.kind is SchemaChangeKind.TYPE_CHANGED
        return "migrate.choices-changed" if is_type and self.params.get("is_same") else f"migrate.{self.kind}"

    @property
    def is_seen(self) -> bool:
        """Whether people see it: no column that only serves formulas, and no other machine name under the same title."""
        if self.params.get("is_helper"):
            return False
        return self.kind is not SchemaChangeKind.FIELD_RENAMED or self.params["was"] != self.params["field"]

    def text(self, lang: Language) -> str:
        """Return what changed, in words."""
        return describe(self.code, lang, self.params)


@dataclass(frozen=True)
class Migration:
    """The way from an old schema to a book.

    Attributes
    ----------
    old
        Description of the old schema, see `crmbook.migrate.describe`.
    book
        The new schema.
    changes
        What differs, new pages first, then tables.
    """

    old: Described
    book: Book = dataclasses.field(repr=False)
    changes: tuple[SchemaChange, ...] = ()

    def __bool__(self) -> bool:
        return self.old.get("fingerprint") != self.book.fingerprint or bool(self.changes)

    def of(self, *kinds: SchemaChangeKind, table: str = "") -> list[SchemaChange]:
        """Return the steps of some kinds, of one table where it is given."""
        return [one for one in self.changes if one.kind in kinds and (not table or one.table == table)]

    @cached_property
    def old_tables(self) -> dict[str, Described]:
        """Old tables by the machine names that they have now; removed ones are left out."""
        moved = {one.was: one.table for one in self.of(SchemaChangeKind.TABLE_RENAMED) if one.was}
        named = {moved.get(one["name"], one["name"]): one for one in self.old["tables"]}
        return {name: one for name, one in named.items() if name in self.book.tables}

    def old_fields(self, table: str) -> dict[str, Described]:
        """Return the old fields of a table by the machine names that they have now; removed ones are left out."""
        if table not in self.old_tables:
            return {}
        moved = {
            one.was: one.field for one in self.of(SchemaChangeKind.FIELD_RENAMED, table=table) if one.was
        }
        named = {moved.get(one["name"], one["name"]): one for one in self.old_tables[table]["fields"]}
        return {name: one for name, one in named.items() if name in self.book.tables[table].fields}

    def new_texts(self, name: str) -> dict[str, str]:
        """Return how the values of a list read now, by how they read before, where that differs."""
        return {
            one.params["was"]: one.params["value"]
            for one in self.of(SchemaChangeKind.VALUE_RENAMED, table=name)
        }


def new_values(migration: Migration) -> Iterator[tuple[str, str, str | None]]:
    """Yield list, text and parent's text of every list value that the new schema brings."""
    new_lists = {one.table for one in migration.of(SchemaChangeKind.LIST_ADDED)}
    added = {(one.table, one.field) for one in migration.of(SchemaChangeKind.VALUE_ADDED)}
    for name, entries in migration.book.lists.items():
        parents = migration.book.lists[entries.by].values if entries.by else {}
        for value in entries.values.values():
            if name in new_lists or (name, value.name) in added:
                above = parents.get(value.parent or "")
                yield name, value.text, above.text if above else None


def plan(old: Described, book: Book) -> Migration:
    """Return the way from an old schema to `book`.

    Parameters
    ----------
    old
        What `describe_schema` returned for the old schema.
    book
        The new schema, in the workbook's language.
    """
    new = describe_schema(book)
    dictionary = book.pages.get(DICTIONARY)
    types = dictionary.labels if dictionary else {}
    rules = {name: one.title for known in (book.bands, book.parameters) for name, one in known.items()}
    return Migration(old, book, tuple(_Comparison(old, new, book.lang, types, rules).changes()))


class _Comparison:
    """Two descriptions, compared in the words of one language.

    Parameters
    ----------
    types
        What the dictionary calls the types of fields, by ``type_`` and their names.
    rules
        Titles of the bands and parameters, by name.
    """

    def __init__(
        self,
        old: Described,
        new: Described,
        lang: Language,
        types: Mapping[str, str],
        rules: Mapping[str, str],
    ) -> None:
        self._types, self._rule_titles = types, rules
        self._old = old
        self._new = new
        self._lang = lang

    def changes(self) -> Iterator[SchemaChange]:
        yield from self._new_pages()
        yield from self._tables()
        yield from self._lists()
        yield from self._rules()
        yield from self._pages()
        if self._old.get("theme", self._new["theme"]) != self._new["theme"]:
            yield SchemaChange(SchemaChangeKind.THEME_CHANGED)
        if self._old.get("drawn", 0) != self._new["drawn"]:
            yield SchemaChange(SchemaChangeKind.TABLES_REDRAWN)
        was, paper = self._old.get("paper", USUAL_PAPER), self._new["paper"]
        if was != paper:
            yield SchemaChange(SchemaChangeKind.PAPER_CHANGED, was=was, params={"paper": paper, "was": was})

    def _title(self, one: Described) -> str:
        return str(one["titles"].get(self._lang) or next(iter(one["titles"].values()), one["name"]))

    def _tables(self) -> Iterator[SchemaChange]:
        for old, new in _pairs(self._old["tables"], self._new["tables"]):
            if new is None and old is not None:
                yield SchemaChange(
                    SchemaChangeKind.TABLE_REMOVED,
                    old["name"],
                    params={"sheet": self._sheet(old), "table": self._title(old)},
                )
            elif old is None and new is not None and self._comes_with_its_page(new):
                continue
            elif old is None and new is not None:
                params = {"sheet": self._sheet(new), "table": self._title(new)}
                yield SchemaChange(SchemaChangeKind.TABLE_ADDED, new["name"], params=params)
            elif old is not None and new is not None:
                yield from self._table(old, new)

    def _sheet(self, table: Described) -> str:
        return str(table["sheet_titles"].get(self._lang) or self._title(table))

    def _table(self, old: Described, new: Described) -> Iterator[SchemaChange]:
        before, after = self._sheet(old), self._sheet(new)
        was = old["name"] if old["name"] != new["name"] else ""
        if was or before != after or self._title(old) != self._title(new):
            params = {"sheet": after, "was": before, "table": self._title(new), "old_table": self._title(old)}
            yield SchemaChange(SchemaChangeKind.TABLE_RENAMED, new["name"], was=was, params=params)
        pairs = list(_pairs(old["fields"], new["fields"]))
        yield from self._key(old, new, pairs)
        for one, other in pairs:
            yield from self._field(new, one, other)
        positions = {one["name"]: position for position, one in enumerate(old["fields"])}
        yield from self._moved(new, positions, [(one, other) for one, other in pairs if one and other])

    def _key(
        self, old: Described, new: Described, pairs: list[tuple[Described | None, Described | None]]
    ) -> Iterator[SchemaChange]:
        """Yield that rows are known by another field: they stay the same rows, and sync gives those their numbers."""
        was = next((one for one, _ in pairs if one and one["name"] == old["key"]), None)
        now = next((other for _, other in pairs if other and other["name"] == new["key"]), None)
        if was is not None and now is not None and (was, now) not in pairs:
            params = {"sheet": self._sheet(new), "field": self._title(now), "was": self._title(was)}
            yield SchemaChange(SchemaChangeKind.KEY_CHANGED, new["name"], now["name"], params=params)

    def _field(
        self, table: Described, old: Described | None, new: Described | None
    ) -> Iterator[SchemaChange]:
        words: dict[str, Any] = {"sheet": self._sheet(table)}
        if new is None or old is None:
            there = old or new or {}
            kind = SchemaChangeKind.FIELD_REMOVED if new is None else SchemaChangeKind.FIELD_ADDED
            words |= {"field": self._title(there), "is_helper": there.get("helper", False)}
            yield SchemaChange(kind, table["name"], there["name"], params=words)
            return
        words |= {"field": self._title(new)}
        name, was = new["name"], old["name"] if old["name"] != new["name"] else ""
        if was or self._title(old) != self._title(new):
            yield SchemaChange(
                SchemaChangeKind.FIELD_RENAMED, table["name"], name, was, {**words, "was": self._title(old)}
            )
        typed = {"type": self._kind(new), "was": self._kind(old), "is_same": old["type"] == new["type"]}
        if any(old[key] != new[key] for key in ("type", "list", "by", "to")):
            yield SchemaChange(SchemaChangeKind.TYPE_CHANGED, table["name"], name, params=words | typed)
        if old["formula"] != new["formula"]:
            yield SchemaChange(SchemaChangeKind.FORMULA_CHANGED, table["name"], name, params=words)
        if old["limits"] != new["limits"]:
            yield SchemaChange(SchemaChangeKind.LIMITS_CHANGED, table["name"], name, params=words)
        if old["looks"] != new["looks"] or len(old["rules"]) != len(new["rules"]):
            yield SchemaChange(SchemaChangeKind.LOOKS_CHANGED, table["name"], name, params=words)

    def _kind(self, field: Described) -> str:
        """Return what people call the type of a field: as the dictionary has it."""
        return self._types.get(f"type_{field['type']}", str(field["type"]))

    def _moved(
        self, table: Described, before: Mapping[str, int], pairs: list[tuple[Described, Described]]
    ) -> Iterator[SchemaChange]:
        positions = [before[one["name"]] for one, _ in pairs]
        staying = _longest_ascending(positions)
        for (_, other), position in zip(pairs, positions, strict=True):
            if position not in staying:
                words = {"sheet": self._sheet(table), "field": self._title(other)}
                yield SchemaChange(SchemaChangeKind.FIELD_MOVED, table["name"], other["name"], params=words)

    def _lists(self) -> Iterator[SchemaChange]:
        for old, new in _pairs(self._shown(self._old), self._shown(self._new)):
            there = new or old or {}
            words = {"list": self._title(there)}
            if new is None or old is None:
                kind = SchemaChangeKind.LIST_REMOVED if new is None else SchemaChangeKind.LIST_ADDED
                yield SchemaChange(kind, there["name"], params=words)
                continue
            if self._title(old) != self._title(new):
                params = words | {"was": self._title(old)}
                yield SchemaChange(SchemaChangeKind.LIST_RENAMED, new["name"], params=params)
            yield from self._values(old, new, words)

    def _shown(self, described: Described) -> list[Described]:
        return [one for one in described["lists"] if not one["hidden"]]

    def _values(self, old: Described, new: Described, words: dict[str, str]) -> Iterator[SchemaChange]:
        before = {one["name"]: one["texts"].get(self._lang, "") for one in old["values"]}
        after = {one["name"]: one["texts"].get(self._lang, "") for one in new["values"]}
        for name in [*after, *(name for name in before if name not in after)]:
            params = words | {"value": after.get(name) or before.get(name), "was": before.get(name, "")}
            if name not in before:
                yield SchemaChange(SchemaChangeKind.VALUE_ADDED, new["name"], name, params=params)
            elif name not in after:
                yield SchemaChange(SchemaChangeKind.VALUE_REMOVED, new["name"], name, params=params)
            elif before[name] != after[name]:
                yield SchemaChange(SchemaChangeKind.VALUE_RENAMED, new["name"], name, before[name], params)

    def _rules(self) -> Iterator[SchemaChange]:
        for kind in ("bands", "parameters"):
            added = [name for name in self._new[kind] if name not in self._old[kind]]
            if added:
                params = {"rules": tuple(self._rule_titles.get(name, name) for name in added)}
                yield SchemaChange(SchemaChangeKind.RULES_ADDED, kind, ",".join(added), params=params)

    def _pages(self) -> Iterator[SchemaChange]:
        if self._old.get("lang") != self._lang:
            return
        before = {page["name"]: page for page in self._old["pages"]}
        for page in self._new["pages"]:
            if before.get(page["name"], page) != page:
                yield SchemaChange(
                    SchemaChangeKind.PAGE_CHANGED, page["name"], params={"page": page["title"]}
                )

    def _new_pages(self) -> Iterator[SchemaChange]:
        before = {page["name"] for page in self._old["pages"]}
        for page in self._new["pages"]:
            if page["name"] not in before:
                yield SchemaChange(SchemaChangeKind.PAGE_ADDED, page["name"], params={"page": page["title"]})

    def _comes_with_its_page(self, table: Described) -> bool:
        """Return whether a new table is part of a page, which is reported as new or as drawn anew."""
        return not table["managed"] and table["sheet"] in {page["name"] for page in self._new["pages"]}


def _pairs(
    old: Iterable[Described], new: Iterable[Described]
) -> Iterator[tuple[Described | None, Described | None]]:
    """Yield what is the same in both, old beside new, in the new order; then what is only in the old one."""
    known, wanted = {one["name"]: one for one in old}, list(new)
    names = {one["name"] for one in wanted}
    gone = [one for one in known.values() if one["name"] not in names]
    for one in wanted:
        found = known.get(one["name"]) or next((other for other in gone if _knows(one, other)), None)
        gone = [other for other in gone if other is not found]
        yield found, one
    for other in gone:
        yield other, None


def _knows(new: Described, old: Described) -> bool:
    """Return whether something new says that it is something old: by an alias, or by the same title."""
    mine = {folded(word) for word in (*new.get("aliases", ()), *new["titles"].values())}
    return bool(mine & {folded(word) for word in (old["name"], *old["titles"].values())})


def _longest_ascending(positions: list[int]) -> set[int]:
    """Return the positions of a longest run that is in ascending order: who is not in it has moved."""
    runs: list[tuple[int, list[int]]] = [(0, [])]
    for position in positions:
        length, before = max(run for run in runs if not run[1] or run[1][-1] < position)
        runs.append((length + 1, [*before, position]))
    return set(max(runs)[1])
