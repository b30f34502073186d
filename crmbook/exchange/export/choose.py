"""Which tables, rows and fields go out, as a person asked for them by the names that people use."""

from __future__ import annotations

from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.base import OWN
from crmbook.build import Condition
from crmbook.exchange.export.errors import ExportError
from crmbook.exchange.export.masks import mask_column
from crmbook.exchange.export.model import (
    TYPED_OVER,
    Export,
    OutColumn,
    Outgoing,
    typed_over_title,
)
from crmbook.schema import Storage, folded
from crmbook.values import ValueKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from crmbook.base import Language
    from crmbook.exchange.export.model import ExportWish
    from crmbook.schema import Book, Computed, Field, Table

    Rows = Mapping[str, pd.Series]


def choose(book: Book, computed: Computed, wish: ExportWish, as_of: date) -> Export:
    """Return the part of a book that was asked for.

    Parameters
    ----------
    computed
        All tables with their computed fields.

    Raises
    ------
    ExportError
        ``export.unknown-table``, ``export.unknown-field``, ``export.no-people``.
    FormulaError
        If the condition is wrong.
    """
    tables = _tables(book, wish.tables)
    lang = wish.lang or book.lang
    fields = _fields(tables, computed, wish.fields)
    rows = _rows(book, tables, computed, wish.where)
    out = [
        _outgoing(table, computed, fields[table.name], rows, lang, is_masked=wish.is_masked)
        for table in tables
        if fields[table.name]
    ]
    return Export(tuple(out), book.template, book.lang, as_of.isoformat(), lang, wish.is_masked)


def _tables(book: Book, wanted: Iterable[str]) -> list[Table]:
    """Return tables by title or name, each once; without any, all that people fill, in the order of their sheets."""
    found: dict[str, Table] = {}
    for words in wanted:
        table = table_named(book, words)
        if table is None:
            managed = [one for one in book.tables.values() if one.managed]
            near = _nearest(words, [text for one in managed for text in (one.title, one.name)])
            titles = tuple(one.title for one in managed)
            raise ExportError("export.unknown-table", table=words, near=near, known=titles)
        found[table.name] = table
    in_order = [book.tables[name] for sheet in book.sheets for name in sheet.tables]
    return list(found.values()) or [one for one in in_order if one.managed]


def table_named(book: Book, words: str) -> Table | None:
    """Return the table, of those that people fill, that goes by a title in either language, a name or an alias."""
    for table in book.tables.values():
        names = (table.name, *table.titles.values(), *table.aliases)
        if table.managed and folded(words) in set(map(folded, names)):
            return table
    return None


def _nearest(words: str, known: Iterable[str]) -> str:
    """Return the most similar of some names, the first of them where none is similar."""
    names = list(known)
    return next(iter(get_close_matches(words, names, n=1, cutoff=0.3)), names[0] if names else "–")


def _fields(tables: Iterable[Table], computed: Computed, wanted: tuple[str, ...]) -> dict[str, list[str]]:
    """Return by table the labels that go out; each field that was asked for is in one of the tables at least."""
    tables = list(tables)
    held = {table.name: _labels(table, computed.frames[table.name]) for table in tables}
    if not wanted:
        return {
            table.name: [label for label in held[table.name] if not _is_helper(table, label)]
            for table in tables
        }
    chosen: dict[str, list[str]] = {table.name: [] for table in tables}
    for words in wanted:
        found = [(table, label) for table in tables for label in _named(table, held[table.name], words)]
        if not found:
            titles = [table.header(label) for table in tables for label in held[table.name]]
            raise ExportError("export.unknown-field", field=words, near=_nearest(words, titles))
        for table, label in found:
            if label not in chosen[table.name]:
                chosen[table.name].append(label)
    return chosen


def _labels(table: Table, frame: pd.DataFrame) -> list[str]:
    """Return the fields of a table, and the columns that people added."""
    return [*table.fields, *(str(label) for label in frame.columns if str(label).startswith(OWN))]


def _is_helper(table: Table, label: str) -> bool:
    return label in table.fields and table.fields[label].is_helper


def _named(table: Table, labels: Iterable[str], words: str) -> list[str]:
    wanted, fields = folded(words), table.fields
    return [
        label
        for label in labels
        if wanted
        in set(
            map(folded, (label, *fields[label].titles.values(), *fields[label].aliases))
            if label in fields
            else [folded(label.removeprefix(OWN))]
        )
    ][:1]


def _rows(book: Book, tables: list[Table], computed: Computed, where: str) -> Rows:
    """Return by table which rows go out; tables of which all do are missing."""
    if not where:
        return {}
    if len(tables) == 1:
        name = tables[0].name
        return {name: Condition.of(book, where, name).holds(computed.frames, computed.cells)}
    if book.people not in book.tables:
        raise ExportError("export.no-people", where=where)
    people = Condition.of(book, where, book.people).holds(computed.frames, computed.cells)
    key = book.tables[book.people].key
    keys = set(computed.frames[book.people].loc[people.to_numpy(), key].dropna())
    rows = {book.people: people}
    for table in tables:
        references = [inner.name for inner in table.references_to(book.people)]
        if references and table.name != book.people:
            rows[table.name] = computed.frames[table.name][references].isin(keys).any(axis=1)
    return rows


def _outgoing(  # noqa: PLR0913 - the table, what of it, and how
    table: Table, computed: Computed, labels: list[str], rows: Rows, lang: Language, *, is_masked: bool
) -> Outgoing:
    frame = computed.frames[table.name]
    kept = rows[table.name].to_numpy() if table.name in rows else slice(None)
    made = list(_iter_columns(table, frame, labels, lang, is_masked=is_masked))
    columns, cells = [column for column, _ in made], {column.name: cell for column, cell in made}
    override = [label for label in labels if label in table.fields and table.fields[label].override]
    if override:
        columns.append(OutColumn(TYPED_OVER, typed_over_title(lang)))
        cells[TYPED_OVER] = _typed_over(table, computed, override, lang)
    out = pd.DataFrame(cells, index=frame.index, columns=[one.name for one in columns])
    return Outgoing(table.titles[lang], tuple(columns), out.loc[kept], table)


def _iter_columns(
    table: Table, frame: pd.DataFrame, labels: Iterable[str], lang: Language, *, is_masked: bool
) -> Iterator[tuple[OutColumn, pd.Series]]:
    """Yield the columns that go out, each with its cells."""
    for label in labels:
        target = table.fields.get(label)
        if target is None:
            header = label.removeprefix(OWN)
            yield OutColumn(header, header, ValueKind.VALUE, Storage.ANY), frame[label]
        elif is_masked and target.personal:
            kind = ValueKind(target.type)
            column = OutColumn(label, _title(target, lang), field=target)
            yield column, mask_column(kind, frame[label])
        else:
            kind = ValueKind(target.type)
            yield OutColumn(label, _title(target, lang), kind, target.storage, target), frame[label]


def _title(target: Field, lang: Language) -> str:
    return target.titles.get(lang) or target.title


def _typed_over(table: Table, computed: Computed, labels: Iterable[str], lang: Language) -> pd.Series:
    """Return by row the headers of the fields whose formula somebody typed over, None where nobody did."""
    index = computed.frames[table.name].index
    found: list[Any] = [None] * len(index)
    for label in labels:
        manual = computed.manual.get((table.name, label))
        title = _title(table.fields[label], lang)
        for position in manual.to_numpy().nonzero()[0].tolist() if manual is not None else ():
            found[position] = f"{found[position]}; {title}" if found[position] else title
    return pd.Series(found, index=index, dtype=object)
