"""What a formula may say and most likely does not mean, or what office programs do not understand alike.

Nothing here is refused: whoever loads a schema points at it.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from crmbook.formula.nodes import (
    Binary,
    Call,
    ColumnField,
    Node,
    Number,
    RowField,
    Text,
    children,
    iter_nodes,
)
from crmbook.formula.parser import parse

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMPARING: Final = frozenset({"=", "<>"})
_COUNTING: Final = frozenset({"COUNT", "COUNTA", "COUNTIF", "COUNTIFS", "MAX", "MAXIFS", "ROWS"})
_LAST_OF_ASCII: Final = 127
_WEEKDAY: Final = re.compile(r"a{3,4}", re.IGNORECASE)
_BARE_POINT: Final = re.compile(r"[0#?]\.(?![0])")
_LITERAL: Final = re.compile(r'"[^"]*"|\\.')


class Comparison(NamedTuple):
    """A field that a formula compares with a text: `table` is empty for the row's own field, `offset` is the text's."""

    table: str
    field: str
    text: str
    offset: int


class Difference(NamedTuple):
    """What programs give different results for: in which respect, the text in question and its position."""

    kind: str
    text: str
    offset: int


def iter_comparisons(text: str) -> Iterator[Comparison]:
    """Yield each field of a formula that is compared with a text, or precedes one as a range precedes its criterion."""
    for node in iter_nodes(parse(text)):
        if isinstance(node, Binary) and node.operator not in _COMPARING:
            continue
        if isinstance(node, (Binary, Call)):
            for left, right in pairwise(children(node)):
                yield from _comparison(left, right, ranged=isinstance(node, Call))
                if isinstance(node, Binary):
                    yield from _comparison(right, left, ranged=False)


def _comparison(field: Node, text: Node, *, ranged: bool) -> Iterator[Comparison]:
    if isinstance(text, Text) and isinstance(field, ColumnField if ranged else RowField):
        yield Comparison(field.table, field.field, text.value, text.offset)


def iter_counts(text: str, table: str) -> Iterator[tuple[str, int]]:
    """Yield each function, with its position, that counts rows of `table`, or looks for the greatest value among them."""
    for node in iter_nodes(parse(text)):
        if not isinstance(node, Call) or node.name not in _COUNTING:
            continue
        if any(isinstance(one, ColumnField) and one.table in ("", table) for one in node.arguments):
            yield node.name, node.offset


def iter_differences(text: str) -> Iterator[Difference]:
    """Yield what of a formula Excel, WPS and LibreOffice show differently."""
    for node in iter_nodes(parse(text)):
        match node:
            case Call(name="TEXT", arguments=(_, Text() as shown)):
                bare = _LITERAL.sub("", shown.value)
                if _WEEKDAY.search(bare):
                    yield Difference("chinese-weekday", shown.value, shown.offset)
                elif _BARE_POINT.search(bare):
                    yield Difference("bare-point", shown.value, shown.offset)
            case Call(name="PERCENTRANK", arguments=(_, _)):
                yield Difference("percentrank-digits", node.name, node.offset)
            case Call(name="WEEKNUM", arguments=(_, Number(value=21))):
                continue
            case Call(name="WEEKNUM"):
                yield Difference("last-week", node.name, node.offset)
            case Call(name="CHAR", arguments=(Number() as code,)) if code.value > _LAST_OF_ASCII:
                yield Difference("code-page", f"CHAR({code.value:g})", node.offset)
            case Call(name="CODE", arguments=(asked,)) if not (
                isinstance(asked, Text) and asked.value.isascii()
            ):
                yield Difference("code-page", node.name, node.offset)
