"""The tree of a formula: one frozen value per construct of Excel's grammar.

Parsing yields `Name` for every bare word and leaves `Field.table` empty where the text leaves it out; binding
replaces both, so that a bound tree holds only resolved nodes. ``offset`` is the 0-based character of the formula
text at which the construct starts; nodes that a macro put in carry the offset of the macro's call. Nodes that say
the same in different positions are equal.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.formula.values import CellError


PRECEDENCE = {
    **dict.fromkeys(("=", "<>", "<", "<=", ">", ">="), 1),
    "&": 2,
    **dict.fromkeys("+-", 3),
    **dict.fromkeys("*/", 4),
    "^": 5,
}
"""How tightly each operator between two operands binds."""


@dataclass(frozen=True, slots=True)
class Node:
    """Base of all nodes."""

    offset: int = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class Number(Node):
    """A number, ``1.5``."""

    value: float


@dataclass(frozen=True, slots=True)
class Text(Node):
    """A text in quotation marks, or the text a dotted constant stands for."""

    value: str


@dataclass(frozen=True, slots=True)
class Boolean(Node):
    """``TRUE`` or ``FALSE``."""

    value: bool


@dataclass(frozen=True, slots=True)
class ErrorLiteral(Node):
    """An error value, ``#N/A``."""

    error: CellError


@dataclass(frozen=True, slots=True)
class Missing(Node):
    """An argument left empty, as in ``IF(a,,b)``: an empty cell."""


@dataclass(frozen=True, slots=True)
class Array(Node):
    """An array constant ``{1,2;3,4}``, row by row, all rows of one length."""

    rows: tuple[tuple[Node, ...], ...]


@dataclass(frozen=True, slots=True)
class Name(Node):
    """A word: a scalar name such as ``as_of``; before binding also a constant ``list.value`` or a macro's rule."""

    name: str


@dataclass(frozen=True, slots=True)
class RowField(Node):
    """``[@field]``: the field of the row that the formula is in."""

    table: str
    field: str
    field_offset: int = dataclasses.field(compare=False)


@dataclass(frozen=True, slots=True)
class ColumnField(Node):
    """``table[field]`` or ``table[[first]:[last]]``: one or more whole columns of a table, without the header."""

    table: str
    field: str
    field_offset: int = dataclasses.field(compare=False)
    last: str = ""
    last_offset: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Unary(Node):
    """A sign before an operand."""

    operator: str
    operand: Node


@dataclass(frozen=True, slots=True)
class Percent(Node):
    """``operand%``."""

    operand: Node


@dataclass(frozen=True, slots=True)
class Binary(Node):
    """Two operands and what is between them."""

    operator: str
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function or macro with its arguments; the name in capitals."""

    name: str
    arguments: tuple[Node, ...]


def children(node: Node) -> tuple[Node, ...]:
    """Return the nodes directly below `node`."""
    match node:
        case Call():
            return node.arguments
        case Binary():
            return (node.left, node.right)
        case Unary() | Percent():
            return (node.operand,)
        case Array():
            return tuple(cell for row in node.rows for cell in row)
        case _:
            return ()


def iter_nodes(node: Node) -> Iterator[Node]:
    """Yield `node` and everything below it, outermost first."""
    yield node
    for child in children(node):
        yield from iter_nodes(child)
