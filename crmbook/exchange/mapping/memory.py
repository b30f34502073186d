"""What a person decided about a list → how the next list of the same shape is mapped, so that nothing is asked twice.

Lists are of one shape where their headers are the same. What was decided is kept: the field, split and policy of each
column, what becomes of each text that is no plain entry of its list, which statuses leave rows out. What the list of that
time did not have (cells in a column that was blank, a new text, a new status) is proposed as for any other list, and said
to be new.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from crmbook.exchange.mapping.document import from_yaml, to_yaml
from crmbook.exchange.mapping.entries import lists_of
from crmbook.exchange.mapping.model import ColumnRule, MapOrigin, Negative, RowFilter, ValueRule
from crmbook.exchange.mapping.names import fingerprint, fold
from crmbook.exchange.mapping.propose import propose
from crmbook.schema import SchemaError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from collections.abc import Mapping as Mapped

    from crmbook.exchange.mapping.entries import Entries
    from crmbook.exchange.mapping.model import Mapping
    from crmbook.exchange.sources import SourceLayout, SourceSheet
    from crmbook.schema import Book
    from crmbook.store import MapRecord

    Texts = Mapped[str, Sequence[str]]

_VERSION = 2
"""Of what is remembered: since 2 the number of an order identifies it although it has several lines."""


@dataclass(frozen=True)
class Memory:
    """What is remembered of lists of one shape.

    Attributes
    ----------
    layout
        How such a file is read, where it does not say it itself.
    seen
        By header, the statuses that leave rows out, or make amounts negative, which the person has seen: a status that is
        here and not in the mapping was decided to be an ordinary one.
    is_of_old
        Whether it was decided when numbers of orders with several lines were ordinary columns.
    """

    mapping: Mapping
    layout: SourceLayout
    seen: Texts
    is_of_old: bool = False


def shape_of(sheet: SourceSheet) -> str:
    """Return by what a list is known again."""
    return fingerprint(sheet.own_headers)


def read_memory(record: MapRecord, book: Book) -> Memory | None:
    """Return what a record of the store remembers; None where it names what the book no longer has."""
    text, seen = str(record.document.get("map", "")), record.document.get("seen", {})
    try:
        mapping, layout = from_yaml(text, book, record.name)
    except SchemaError:
        return None
    is_of_old = record.document.get("version", 1) < _VERSION
    return Memory(replace(mapping, origin=MapOrigin(record.name, record.at)), layout, seen, is_of_old)


def write_memory(
    book: Book,
    sheet: SourceSheet,
    mapping: Mapping,
    layout: SourceLayout,
    before: Memory | None = None,
) -> dict[str, Any]:
    """Return what is to be remembered of a list that a person decided about, as JSON; see `read_memory`.

    Parameters
    ----------
    book
        The schema, with the lists as the book's dictionary has them.
    before
        What is remembered of such lists so far: it stays where the list says nothing else.
    """
    columns = _decided_columns(sheet, mapping, before)
    usual = propose(book, sheet, mapping.table, {rule.header: rule for rule in columns})
    values = {_key(rule): rule for rule in (before.mapping.values if before else ())}
    plain = {_key(rule): rule.entry for rule in usual.values if rule.action == "use" and rule.sure == 1.0}
    for rule in mapping.values:
        values.pop(_key(rule), None)
        if rule.action != "use" or plain.get(_key(rule)) != rule.entry:
            values[_key(rule)] = rule
    seen = {header: list(texts) for header, texts in (before.seen if before else {}).items()}
    for header, texts in (*_of_kind("filters", usual), *_of_kind("negative", usual)):
        seen[header] = list(dict.fromkeys([*seen.get(header, ()), *texts]))
    kept = replace(mapping, columns=columns, values=list(values.values()))
    return {"map": to_yaml(kept, layout), "seen": seen, "version": _VERSION}


def _decided_columns(sheet: SourceSheet, mapping: Mapping, before: Memory | None) -> list[ColumnRule]:
    """Return the rules of the columns about which a person decided: not of those that held nothing."""
    rules = {rule.header: rule for rule in mapping.columns}
    known = _by_header(before.mapping.columns, sheet) if before else {}
    found = []
    for header in sheet.headers:
        rule = rules.get(header, ColumnRule(header))
        if rule.table or _is_filled(sheet, header):
            found.append(rule)
        elif header in known:
            found.append(replace(known[header], header=header))
    names = _names(sheet)
    absent = [rule for rule in (before.mapping.columns if before else ()) if fold(rule.header) not in names]
    return [*found, *absent]  # a title of sections or the name of a sheet, which not every such list has


def recall(book: Book, memory: Memory, sheet: SourceSheet) -> Mapping:
    """Return how a list is mapped of whose shape something is remembered; its origin says what nobody has decided."""
    decided = {
        header: replace(rule, header=header, found="memory" if rule.field else "")
        for header, rule in _by_header(memory.mapping.columns, sheet).items()
    }
    if memory.is_of_old:
        decided |= _identifying(propose(book, sheet, memory.mapping.table), decided)
    proposed = propose(book, sheet, memory.mapping.table, decided)
    taken = {(rule.table, rule.field) for rule in decided.values() if rule.field}
    columns = [
        ColumnRule(rule.header, rule.table)
        if rule.header not in decided and (rule.table, rule.field) in taken
        else rule
        for rule in proposed.columns
    ]
    headers = {(rule.table, rule.field): rule.header for rule in columns if rule.field}
    values, unknown = _values(book, memory, proposed.values)
    filters, more = _statuses_of("filters", memory, proposed, sheet)
    negative, others = _statuses_of("negative", memory, proposed, sheet)
    news = [rule.header for rule in columns if rule.header not in decided and _is_filled(sheet, rule.header)]
    news += [headers[rule.table, rule.field] for rule in unknown if (rule.table, rule.field) in headers]
    origin = memory.mapping.origin or MapOrigin("", "")
    return replace(
        proposed, columns=columns, values=values, nothing=memory.mapping.nothing,
        filters=[RowFilter(*pair) for pair in filters.items()],
        negative=[Negative(*pair) for pair in negative.items()],
        origin=replace(origin, news=tuple(dict.fromkeys([*news, *more, *others]))),
    )  # fmt: skip


def _identifying(usual: Mapping, decided: Mapped[str, ColumnRule]) -> dict[str, ColumnRule]:
    """Return the rules of own columns that identify rows, of tables for which nobody has decided which one does."""
    known = {rule.table for rule in decided.values() if rule.is_external}
    return {
        rule.header: replace(mine, is_external=True)
        for rule in usual.columns
        if rule.is_external and rule.table not in known
        for mine in [decided.get(rule.header)]
        if mine is not None and mine.table == rule.table and not mine.field
    }


def _is_filled(sheet: SourceSheet, header: str) -> bool:
    return not bool(sheet.frame[header].isna().all())


def _by_header(rules: Sequence[ColumnRule], sheet: SourceSheet) -> dict[str, ColumnRule]:
    """Return rules by the headers of a list; these may be spelled otherwise than the rules have them."""
    names = _names(sheet)
    found = {names.get(rule.header) or names.get(fold(rule.header), ""): rule for rule in rules}
    return {header: rule for header, rule in found.items() if header}


def _names(sheet: SourceSheet) -> dict[str, str]:
    """Return the headers of a list by how they may be spelled."""
    return {fold(header): header for header in sheet.headers} | {header: header for header in sheet.headers}


def _key(rule: ValueRule) -> tuple[str, str, str]:
    return rule.table, rule.field, rule.text


def _values(
    book: Book, memory: Memory, proposed: Sequence[ValueRule]
) -> tuple[list[ValueRule], list[ValueRule]]:
    """Return what becomes of the texts of a list, and those of the rules that nobody has decided."""
    entries = lists_of(book)
    said = {_key(rule): rule for rule in memory.mapping.values}
    found, unknown = list[ValueRule](), list[ValueRule]()
    for rule in proposed:
        known = entries[str(book.tables[rule.table].fields[rule.field].list)]
        decided = _still(said.get(_key(rule)), known)
        found.append(rule if decided is None else replace(decided, count=rule.count))
        if decided is None and (rule.action != "use" or rule.sure < 1):
            unknown.append(rule)
    return found, unknown


def _still(rule: ValueRule | None, entries: Entries) -> ValueRule | None:
    """Return a rule that was decided, None where the entry it names is no more."""
    if rule is None or rule.action in {"blank", "keep"}:
        return rule
    if rule.action == "add":
        there = entries.find(rule.text)
        return rule if there is None else replace(rule, action="use", entry=there.label)
    return rule if any(entry.label == rule.entry for entry in entries) else None


def _statuses_of(
    kind: str, memory: Memory, proposed: Mapping, sheet: SourceSheet
) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """Return by header the statuses that were decided, with new ones behind them, and the headers of these."""
    names = _names(sheet)
    seen = {names.get(fold(header), header): set(texts) for header, texts in memory.seen.items()}
    found: dict[str, tuple[str, ...]] = {}
    for header, texts in _of_kind(kind, memory.mapping):
        found[names.get(header) or names.get(fold(header), header)] = texts
    news = []
    for header, texts in _of_kind(kind, proposed):
        more = [text for text in texts if text not in seen.get(header, ())]
        found[header] = (
            *found.get(header, ()),
            *(text for text in more if text not in found.get(header, ())),
        )
        news += [header] if more else []
    return {header: texts for header, texts in found.items() if texts}, news


def _of_kind(kind: str, mapping: Mapping) -> Iterator[tuple[str, tuple[str, ...]]]:
    if kind == "filters":
        yield from ((rule.header, rule.without) for rule in mapping.filters)
    else:
        yield from ((rule.header, rule.texts) for rule in mapping.negative)
