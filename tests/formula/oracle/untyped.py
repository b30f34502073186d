"""A formula and a world as they are for a program that has no logical type.

LibreOffice keeps TRUE as the number 1 with a number format. To tell a real mismatch from this one known cause,
the same formula is evaluated once more by our own engine with every truth value made a number: those in cells,
those written in the formula, and those that a comparison or a logical function yields.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING

from crmbook.formula.nodes import Binary, Boolean, Call, Node, Number

if TYPE_CHECKING:
    from tests.formula.oracle.worlds import Content, World

_COMPARISONS = frozenset({"=", "<>", "<", "<=", ">", ">="})
_LOGICAL = frozenset(
    {"AND", "OR", "NOT", "XOR", "EXACT", "ISBLANK", "ISERROR", "ISNA", "ISNUMBER", "ISTEXT", "ISLOGICAL"}
    | {"TRUE", "FALSE"}
)


def untyped_node(node: Node) -> Node:
    """Return a parsed formula in which every truth value is the number 1 or 0."""
    changes = {}
    for item in fields(node):
        part = getattr(node, item.name)
        if isinstance(part, Node):
            changes[item.name] = untyped_node(part)
        elif isinstance(part, tuple) and all(isinstance(member, Node) for member in part):
            changes[item.name] = tuple(map(untyped_node, part))
    whole = replace(node, **changes)
    if isinstance(whole, Boolean):
        return Number(whole.offset, float(whole.value))
    if isinstance(whole, Call) and whole.name == "IF" and len(whole.arguments) == 2:
        return replace(whole, arguments=(*whole.arguments, Number(whole.offset, 0.0)))
    truth = (isinstance(whole, Binary) and whole.operator in _COMPARISONS) or (
        isinstance(whole, Call) and whole.name in _LOGICAL
    )
    if truth:
        one, none = Number(whole.offset, 1.0), Number(whole.offset, 0.0)
        return Call(whole.offset, "IF", (whole, one, none))
    return whole


def untyped_world(world: World) -> World:
    """Return the world with the numbers 1 and 0 for the truth values in its cells."""

    def number(content: Content) -> Content:
        return int(content) if isinstance(content, bool) else content

    tables = {
        name: {field: [number(content) for content in column] for field, column in table.items()}
        for name, table in world.tables.items()
    }
    return replace(world, tables=tables)
