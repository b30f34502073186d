"""A mapping as a YAML file that a person reads, changes and keeps beside the lists it is for.

::

    table: customers
    columns:
      - {header: 姓名, field: name}                          # 姓名 · by its title · 100 %
      - {header: 客户等级, own: true}                         # a column of one's own
      - {header: 序号}                                       # not taken
    values:
      customers.gender:
        - {text: 先生, count: 122, entry: 男}
        - {text: X, count: 1, action: keep}

What the file says is checked against the book; every mistake is reported with file, line and column.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field as Key

from crmbook.base import describe
from crmbook.exchange.mapping.model import (
    ColumnRule,
    Mapping,
    Negative,
    Policy,
    RowFilter,
    Split,
    ValueAction,
    ValueRule,
)
from crmbook.exchange.sources import SourceLayout
from crmbook.schema import Model, Problem, SchemaError, parse_source, problem, validate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from crmbook.schema import Book, Node

_PLAIN: Final = re.compile(r"[\u4e00-\u9fffA-Za-z][\u4e00-\u9fffA-Za-z0-9_]*(?: [\u4e00-\u9fffA-Za-z0-9_]+)*")
_RESERVED: Final = frozenset(["yes", "no", "true", "false", "on", "off", "null", "y", "n", "nan", "inf"])
_UNPRINTABLE: Final = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff]")
_ASIDE: Final = 56
"""Column at which a comment begins."""


class _Column(Model):
    header: str
    table: str | None = None
    field: str | None = None
    own: bool = False
    external: bool = False
    split: Split = ""
    sure: Annotated[float, Key(ge=0, le=1)] = 1.0
    policy: Policy = "fill"


class _Value(Model):
    text: str
    count: Annotated[int, Key(ge=0)] = 0
    entry: str | None = None
    action: ValueAction | None = None


class _Without(Model):
    header: str
    without: tuple[str, ...]


class _Negative(Model):
    header: str
    texts: tuple[str, ...]


class _Layout(Model):
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    header_row: Annotated[int, Key(ge=0)] | None = None
    columns: dict[str, tuple[int, int]] = Key(default_factory=dict)


class _File(Model):
    table: str
    fingerprint: str = ""
    layout: _Layout = _Layout()
    columns: tuple[_Column, ...]
    values: dict[str, tuple[_Value, ...]] = Key(default_factory=dict)
    nothing: tuple[str, ...] = ()
    filters: tuple[_Without, ...] = ()
    negative: tuple[_Negative, ...] = ()


def to_yaml(mapping: Mapping, layout: SourceLayout, book: Book | None = None) -> str:
    """Return a mapping and the layout of its source as YAML, with comments in the language of a book."""
    return (
        "\n".join(
            (*_head(mapping, layout, book), *_columns(mapping, book), *_values(mapping), *_rest(mapping))
        )
        + "\n"
    )


def from_yaml(text: str, book: Book, name: str = "map.yaml") -> tuple[Mapping, SourceLayout]:
    """Return the mapping and the layout that a YAML text holds.

    Parameters
    ----------
    name
        The file's name in messages.

    Raises
    ------
    SchemaError
        If the text is no YAML, has other keys, or names what the book does not have.
    """
    node, problems = parse_source(text, name)
    if problems:
        raise SchemaError(problems)
    file, problems = validate(node, _File)
    problems = problems if file is None else tuple(_unknown(file, node, book))
    if file is None or problems:
        raise SchemaError(problems)
    return _mapping(file, book), SourceLayout(
        file.layout.encoding,
        file.layout.delimiter,
        file.layout.sheet,
        file.layout.header_row,
        dict(file.layout.columns),
    )


def _mapping(file: _File, book: Book) -> Mapping:
    values = [
        ValueRule(table, field, one.text, one.count, one.action or ("use" if one.entry is not None else "keep"),
                  one.entry or "", 1.0)
        for key, listed in file.values.items()
        for table, field in [_pair(book, key)]
        for one in listed
    ]  # fmt: skip
    return Mapping(
        table=file.table,
        columns=tuple(_rule(file, column, book) for column in file.columns),
        values=tuple(values),
        fingerprint=file.fingerprint,
        nothing=file.nothing,
        filters=tuple(RowFilter(one.header, one.without) for one in file.filters),
        negative=tuple(Negative(one.header, one.texts) for one in file.negative),
    )


def _rule(file: _File, column: _Column, book: Book) -> ColumnRule:
    table = (column.table or file.table) if column.field or column.own or column.external else ""
    field = _field(book, table, column.field) if column.field else ""
    return ColumnRule(
        column.header,
        table,
        field,
        "map",
        column.sure,
        column.split,
        column.policy,
        is_external=column.external,
    )


def _field(book: Book, table: str, name: str) -> str:
    """Return the machine name of a field given by that, or by its title."""
    fields = book.tables[table].fields
    titles = {title: key for key, field in fields.items() for title in field.titles.values()}
    return name if name in fields else titles.get(name, "")


def _pair(book: Book, key: str) -> tuple[str, str]:
    table, _, field = key.partition(".")
    return (table, _field(book, table, field)) if table in book.tables else ("", "")


def _unknown(file: _File, node: Node, book: Book) -> Iterator[Problem]:
    """Yield what a file names that the book does not have."""
    known = [name for name, table in book.tables.items() if table.managed]
    if file.table not in known:
        yield problem("schema.unknown-table", node.at("table").location, file.table, known)
        return
    for index, column in enumerate(file.columns):
        at = node.at("columns", index)
        table = column.table or file.table
        if table not in known:
            yield problem("schema.unknown-table", at.at("table").location, table, known)
        elif column.field:
            yield from _unfit(book, table, column.field, at.at("field"))
    for key in file.values:
        at, (table, field) = node.at("values", key), _pair(book, key)
        if not table or not field or book.tables[table].fields[field].list is None:
            near = [table] if table else known
            pairs = [
                f"{one.table}.{one.name}"
                for name in near
                for one in book.tables[name].fields.values()
                if one.list
            ]
            yield problem("schema.unknown-field", at.key_location, key, pairs)


def _unfit(book: Book, table: str, name: str, at: Node) -> Iterator[Problem]:
    """Yield what is wrong with the field that a column is to go into."""
    fields = book.tables[table].fields
    key = _field(book, table, name)
    if not key:
        yield problem("schema.unknown-field", at.location, name, fields)
    elif fields[key].derived:
        yield problem("mapping.computed-field", at.location, fields[key].title)


def _head(mapping: Mapping, layout: SourceLayout, book: Book | None) -> Iterator[str]:
    if book:
        yield from (f"# {line}" for line in describe("mapping.yaml-head", book.lang, {}).splitlines())
    yield _commented(f"table: {mapping.table}", book.tables[mapping.table].title if book else "")
    yield f"fingerprint: {_scalar(mapping.fingerprint)}"
    parts = [(key, getattr(layout, key)) for key in ("encoding", "delimiter", "sheet", "header_row")]
    pairs = [
        f"{key}: {value if isinstance(value, int) else _scalar(value)}"
        for key, value in parts
        if value not in {"", None}
    ]
    if layout.columns:
        spans = ", ".join(
            f"{_scalar(name)}: [{first}, {last}]" for name, (first, last) in layout.columns.items()
        )
        pairs.append(f"columns: {{{spans}}}")
    if pairs:
        yield f"layout: {{{', '.join(pairs)}}}"


def _columns(mapping: Mapping, book: Book | None) -> Iterator[str]:
    yield "columns:" if mapping.columns else "columns: []"
    for rule in mapping.columns:
        pairs = [f"header: {_scalar(rule.header)}"]
        pairs += [f"table: {rule.table}"] if rule.table not in {"", mapping.table} else []
        pairs += [f"field: {rule.field}"] if rule.field else ["own: true"] if rule.table else []
        pairs += ["external: true"] if rule.is_external else []
        pairs += [f"split: {rule.split}"] if rule.split else []
        pairs += [f"sure: {rule.sure:g}"] if rule.field and rule.sure < 1 else []
        pairs += [f"policy: {rule.policy}"] if rule.policy != "fill" else []
        yield _commented(f"  - {{{', '.join(pairs)}}}", describe_rule(rule, book) if book else "")


def describe_rule(rule: ColumnRule, book: Book) -> str:
    """Return what becomes of a column, in words: its field and how that was found."""
    if not rule.table:
        return describe("mapping.not-taken", book.lang, {})
    if not rule.field:
        return describe("mapping.external" if rule.is_external else "mapping.own", book.lang, {})
    title = book.tables[rule.table].fields[rule.field].title
    found = describe(f"mapping.found-{rule.found}", book.lang, {}) if rule.found else ""
    return " · ".join(filter(None, (title, found)))


def _values(mapping: Mapping) -> Iterator[str]:
    keys = list(dict.fromkeys((rule.table, rule.field) for rule in mapping.values))
    if keys:
        yield "values:"
    for table, field in keys:
        yield f"  {table}.{field}:"
        for rule in mapping.values:
            if (rule.table, rule.field) == (table, field):
                becomes = (
                    f"entry: {_scalar(rule.entry)}" if rule.action == "use" else f"action: {rule.action}"
                )
                line = f"    - {{text: {_scalar(rule.text)}, count: {rule.count}, {becomes}}}"
                yield _commented(line, f"{rule.sure:.0%}" if rule.action == "use" and rule.sure < 1 else "")


def _rest(mapping: Mapping) -> Iterator[str]:
    yield f"nothing: {_flow(mapping.nothing)}"
    if mapping.filters:
        yield "filters:"
        yield from (
            f"  - {{header: {_scalar(one.header)}, without: {_flow(one.without)}}}" for one in mapping.filters
        )
    if mapping.negative:
        yield "negative:"
        yield from (
            f"  - {{header: {_scalar(one.header)}, texts: {_flow(one.texts)}}}" for one in mapping.negative
        )


def _flow(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(_scalar, texts))}]"


def _commented(line: str, comment: str) -> str:
    return f"{line:<{_ASIDE}}  # {comment}" if comment else line


def _scalar(text: str) -> str:
    """Return a text as YAML: plain where it cannot be anything else, else in double quotes."""
    if _PLAIN.fullmatch(text) and text.casefold() not in _RESERVED:
        return text
    quoted = json.dumps(text, ensure_ascii=False)
    return _UNPRINTABLE.sub(lambda sign: f"\\u{ord(sign[0]):04x}", quoted)
