"""A bound tree as the text of a workbook cell.

References to the row's own fields always carry the table's name and ``#This Row`` in full
(``表名[[#This Row],[列名]]``), because LibreOffice does not read the short form. Functions newer than the file
format carry ``_xlfn.``; the prefix is put in front of calls, never inside texts. Parentheses are set only where
precedence wants them.

A reference that was picked from a dropdown holds key, blank and name until sync writes the key alone. An exact MATCH that searches
such a cell's value looks for what is before the first blank, and else for the whole: a key without a blank costs one search, and
gives the very value or error that the formula gives as it is written, as which sync evaluates it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol

from crmbook.formula.errors import FormulaRenderError
from crmbook.formula.functions import FUNCTIONS
from crmbook.formula.nodes import (
    PRECEDENCE,
    Array,
    Binary,
    Boolean,
    Call,
    ColumnField,
    ErrorLiteral,
    Missing,
    Name,
    Node,
    Number,
    Percent,
    RowField,
    Text,
    Unary,
)

if TYPE_CHECKING:
    from crmbook.formula.labels import Labels

MAX_LENGTH = 8192
"""Characters of a cell's formula, the leading ``=`` included."""

PICKED_PARTS = 11
"""Operands, operators and calls that a search by a picked reference is longer than one by any other."""

_SIGN = 7
_PERCENT = 6
_ATOM = 8
_SPECIAL = re.compile(r"([\[\]#'])")
_SIMPLE_HEADER = re.compile(r"\w+")


class Style(Protocol):
    """How references are written."""

    def row_field(self, node: RowField) -> str:
        """Return the reference to a field of the formula's own row."""

    def column(self, node: ColumnField) -> str:
        """Return the reference to whole columns."""

    def name(self, node: Name) -> str:
        """Return the defined name."""

    def is_picked(self, node: RowField) -> bool:
        """Return whether the cell may hold a key and a name."""


class Structured:
    """References by table and header, for cells."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels

    def row_field(self, node: RowField) -> str:
        """Return the reference to a field of the formula's own row."""
        return f"{self._table(node.table)}[[#This Row],[{self._header(node.table, node.field)}]]"

    def column(self, node: ColumnField) -> str:
        """Return the reference to whole columns."""
        table, first = self._table(node.table), self._header(node.table, node.field)
        if node.last:
            return f"{table}[[{first}]:[{self._header(node.table, node.last)}]]"
        return f"{table}[{first}]" if _SIMPLE_HEADER.fullmatch(first) else f"{table}[[{first}]]"

    def name(self, node: Name) -> str:
        """Return the defined name."""
        return _label(self.labels.names.get(node.name), "formula.no-label", node.offset, node.name)

    def is_picked(self, node: RowField) -> bool:
        """Return whether the cell may hold a key and a name."""
        return (node.table, node.field) in self.labels.picked

    def _table(self, table: str) -> str:
        return _label(self.labels.tables.get(table), "formula.no-label", 0, table)

    def _header(self, table: str, field: str) -> str:
        header = _label(self.labels.headers.get((table, field)), "formula.no-label", 0, f"{table}[{field}]")
        return _SPECIAL.sub(r"'\1", header)


class Cells:
    """References by letter and row, for validations and conditional formats, which know no tables."""

    def __init__(self, labels: Labels, row: int) -> None:
        self.labels = labels
        self.row = row

    def row_field(self, node: RowField) -> str:
        """Return the reference to a field of the formula's own row."""
        letter = self.labels.letters.get((node.table, node.field))
        return f"${_label(letter, 'formula.no-column', node.offset, f'{node.table}[{node.field}]')}{self.row}"

    def column(self, node: ColumnField) -> str:
        """Return the reference to whole columns."""
        first = self._area(node, node.field)
        if not node.last:
            return first
        return f"{first.rpartition(':')[0]}:{self._area(node, node.last).rpartition(':')[2]}"

    def name(self, node: Name) -> str:
        """Return the defined name."""
        return _label(self.labels.names.get(node.name), "formula.no-label", node.offset, node.name)

    def is_picked(self, node: RowField) -> bool:
        """Return whether the cell may hold a key and a name."""
        return (node.table, node.field) in self.labels.picked

    def _area(self, node: ColumnField, field: str) -> str:
        area = self.labels.areas.get((node.table, field))
        return _label(area, "formula.no-column", node.offset, f"{node.table}[{field}]")


def _label(label: str | None, code: str, offset: int, word: str) -> str:
    if label is None:
        raise FormulaRenderError(code, offset, word=word)
    return label


def render(node: Node, style: Style) -> str:
    """Return the formula text of a bound tree, without the leading ``=``.

    Raises
    ------
    FormulaRenderError
        If the labels lack a name, or the text is too long for a cell.
    """
    text, _ = _render(node, style)
    if len(text) + 1 > MAX_LENGTH:
        raise FormulaRenderError("formula.too-long", node.offset, length=len(text) + 1, limit=MAX_LENGTH)
    return text


def _render(node: Node, style: Style) -> tuple[str, int]:
    """Return the text and how tightly it holds together."""
    match node:
        case RowField():
            return style.row_field(node), _ATOM
        case ColumnField():
            return style.column(node), _ATOM
        case Name():
            return style.name(node), _ATOM
        case Call() if (field := searched_field(node)) and style.is_picked(field):
            picked, whole = _render_call(_of_picked(node), style), _render_call(node, style)
            return f"IFERROR({picked},{whole})", _ATOM
        case Call():
            return _render_call(node, style), _ATOM
        case Binary():
            level = PRECEDENCE[node.operator]
            left, right = _wrap(node.left, style, level), _wrap(node.right, style, level + 1)
            return f"{left}{node.operator}{right}", level
        case Unary():
            return f"{node.operator}{_wrap(node.operand, style, _SIGN)}", _SIGN
        case Percent():
            return f"{_wrap(node.operand, style, _PERCENT)}%", _PERCENT
        case _:
            return _constant(node), _ATOM


def _render_call(node: Call, style: Style) -> str:
    arguments = ",".join(_render(argument, style)[0] for argument in node.arguments)
    prefix = "_xlfn." if FUNCTIONS[node.name].future else ""
    return f"{prefix}{node.name}({arguments})"


def searched_field(node: Call) -> RowField | None:
    """Return the field of the row whose value an exact MATCH searches; None where the call is none."""
    match node:
        case Call(
            name="MATCH",
            arguments=(RowField() as field, ColumnField(), Number(value=0) | Boolean(value=False)),
        ):
            return field
        case _:
            return None


def _of_picked(node: Call) -> Call:
    """Return the search for what is before the first blank of the searched cell; an error where there is no blank."""
    at, (cell, *others) = node.offset, node.arguments
    blank = Binary(at, "-", Call(at, "FIND", (Text(at, " "), cell)), Number(at, 1.0))
    return Call(at, "MATCH", (Call(at, "LEFT", (cell, blank)), *others))


def _wrap(node: Node, style: Style, level: int) -> str:
    text, own = _render(node, style)
    return text if own >= level else f"({text})"


def _constant(node: Node) -> str:
    match node:
        case Text():
            return '"' + node.value.replace('"', '""') + '"'
        case Number():
            return _number(node.value)
        case Boolean():
            return "TRUE" if node.value else "FALSE"
        case ErrorLiteral():
            return node.error.value
        case Missing():
            return ""
        case Array():
            return "{" + ";".join(",".join(_constant(cell) for cell in row) for row in node.rows) + "}"
    raise TypeError(node)


def _number(value: float) -> str:
    if value.is_integer() and abs(value) < 1e15:
        return str(int(value))
    return repr(value).upper()
