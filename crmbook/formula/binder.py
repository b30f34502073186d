"""Binding: every word of a parsed formula is looked up in a scope, once, when the schema is loaded.

What comes out is a `Formula` whose tree holds resolved fields, scalar names and supported calls only. Whatever
cannot be resolved is refused here, with its position and the nearest valid name, so that evaluation meets data but
no surprises: unknown tables, fields, names and functions; wrong numbers of arguments; whole columns where one
value is wanted and the reverse; functions that Excel knows and we refuse.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NoReturn

from crmbook.formula.errors import FormulaCallError, FormulaNameError, nearest
from crmbook.formula.formula import Formula
from crmbook.formula.functions import FUNCTIONS
from crmbook.formula.functions.refused import refusal
from crmbook.formula.functions.registry import Takes
from crmbook.formula.macros import MACROS
from crmbook.formula.nodes import (
    Array,
    Binary,
    Call,
    ColumnField,
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
    from collections.abc import Collection, Mapping

    from crmbook.formula.functions.registry import Function, Parameter
    from crmbook.formula.scope import Scope
    from crmbook.formula.values import Kind


def bind(node: Node, scope: Scope, table: str | None = None) -> Formula:
    """Return the formula of a parsed tree.

    Parameters
    ----------
    node
        What `parse` returned.
    scope
        The names that may be used.
    table
        The table whose column the formula computes; None for a single cell outside of any table.

    Raises
    ------
    FormulaNameError
        If a table, field, name, constant, rule or function is not known.
    FormulaCallError
        If a function is called in a way it does not take.
    """
    bound = _Binder(scope, table).value(node)
    return Formula(bound, table, scope)


class _Binder:
    """Rewrites a tree from its leaves."""

    def __init__(self, scope: Scope, table: str | None) -> None:
        self.scope = scope
        self.table = table

    def value(self, node: Node) -> Node:
        """Bind a node that must give one value per row."""
        match node:
            case ColumnField():
                self.column(node)
                code = "formula.column-as-value"
                own = node.table in ("", self.table)
                raise FormulaCallError(
                    code, node.offset, suggestion=f"[@{node.field}]" if own else "", field=node.field
                )
            case Array():
                raise FormulaCallError("formula.array-as-value", node.offset)
            case RowField():
                return self.row_field(node)
            case Name():
                return self.name(node)
            case Call():
                return self.call(node)
            case Binary():
                return Binary(node.offset, node.operator, self.value(node.left), self.value(node.right))
            case Unary():
                return Unary(node.offset, node.operator, self.value(node.operand))
            case Percent():
                return Percent(node.offset, self.value(node.operand))
        return node

    def row_field(self, node: RowField) -> Node:
        table = node.table or self.table
        if table is None:
            raise FormulaNameError("formula.no-row", node.offset, field=node.field)
        self.fields(table, node.offset)
        self.known_field(table, node.field, node.field_offset)
        if table != self.table:
            raise FormulaNameError(
                "formula.other-row", node.offset, suggestion=f"{table}[{node.field}]", table=table
            )
        return RowField(node.offset, table, node.field, node.field_offset)

    def column(self, node: ColumnField) -> ColumnField:
        table = node.table or self.table
        if table is None:
            raise FormulaNameError("formula.no-row", node.offset, field=node.field)
        fields = list(self.fields(table, node.offset))
        self.known_field(table, node.field, node.field_offset)
        if node.last:
            self.known_field(table, node.last, node.last_offset)
            if fields.index(node.last) < fields.index(node.field):
                raise FormulaNameError(
                    "formula.reversed-span", node.field_offset, suggestion=f"[{node.last}]:[{node.field}]"
                )
        return replace(node, table=table)

    def fields(self, table: str, offset: int) -> Mapping[str, Kind]:
        if table not in self.scope.tables:
            suggestion = nearest(table, self.scope.tables)
            raise FormulaNameError("formula.unknown-table", offset, suggestion=suggestion, table=table)
        return self.scope.tables[table]

    def known_field(self, table: str, field: str, offset: int) -> None:
        fields = self.scope.tables[table]
        if field not in fields:
            suggestion = nearest(field, fields)
            raise FormulaNameError(
                "formula.unknown-field", offset, suggestion=suggestion, table=table, field=field
            )

    def name(self, node: Name) -> Node:
        if node.name in self.scope.constants:
            return self.constant(node.offset, self.scope.constants[node.name])
        if node.name in self.scope.names:
            return node
        return self.refuse_name(node)

    def constant(self, offset: int, value: str | float | tuple[float, ...]) -> Node:
        if isinstance(value, tuple):
            raise FormulaCallError("formula.array-as-value", offset)
        return Text(offset, value) if isinstance(value, str) else Number(offset, float(value))

    def refuse_name(self, node: Name) -> NoReturn:
        word, scope = node.name, self.scope
        if word in scope.tables:
            raise FormulaNameError("formula.table-as-value", node.offset, suggestion=f"{word}[…]", table=word)
        if word.upper() in FUNCTIONS or word.upper() in MACROS:
            raise FormulaNameError(
                "formula.missing-parentheses", node.offset, suggestion=f"{word.upper()}(", word=word
            )
        if self.table is not None and word in scope.tables.get(self.table, ()):
            raise FormulaNameError("formula.bare-field", node.offset, suggestion=f"[@{word}]", field=word)
        if "." in word:
            raise FormulaNameError(
                "formula.unknown-constant",
                node.offset,
                suggestion=_constant(word, scope.constants),
                word=word,
            )
        known = [*scope.names, *(table for table in scope.tables)]
        raise FormulaNameError(
            "formula.unknown-name", node.offset, suggestion=nearest(word, known), word=word
        )

    def call(self, node: Call) -> Node:
        macro = MACROS.get(node.name)
        if macro is not None:
            return self.value(macro(node, self.scope))
        function = FUNCTIONS.get(node.name.removeprefix("_XLFN."))
        if function is None:
            self.refuse_function(node)
        self.arity(node, function)
        count = len(node.arguments)
        arguments = tuple(
            self.argument(argument, function.parameter(index, count), function)
            for index, argument in enumerate(node.arguments)
        )
        bound = Call(node.offset, function.name, arguments)
        self.one_table(bound, function)
        return bound

    def refuse_function(self, node: Call) -> NoReturn:
        code = refusal(node.name)
        known = [*FUNCTIONS, *MACROS]
        suggestion = nearest(node.name, known) if code == "formula.unknown-function" else ""
        raise FormulaNameError(code, node.offset, suggestion=suggestion, function=node.name)

    def arity(self, node: Call, function: Function) -> None:
        given = len(node.arguments)
        params: dict[str, Any] = {"function": function.name, "given": given, "usage": function.usage}
        if given < function.fewest:
            raise FormulaCallError(
                "formula.too-few-arguments", node.offset, expected=function.fewest, **params
            )
        if given > function.most:
            offset = node.arguments[function.most].offset
            raise FormulaCallError("formula.too-many-arguments", offset, expected=function.most, **params)
        left_over = function.dangling(given)
        if left_over and not (function.tail and left_over == 1):
            raise FormulaCallError("formula.incomplete-group", node.arguments[-1].offset, **params)

    def argument(self, node: Node, parameter: Parameter, function: Function) -> Node:
        params: dict[str, Any] = {"function": function.name, "parameter": parameter.name}
        if parameter.takes is Takes.VALUE:
            if isinstance(node, ColumnField):
                self.column(node)
                own = node.table in ("", self.table)
                raise FormulaCallError(
                    "formula.value-required",
                    node.offset,
                    suggestion=f"[@{node.field}]" if own else "",
                    **params,
                )
            return self.value(node)
        if isinstance(node, ColumnField):
            return self.column(node)
        several = self.scope.constants.get(node.name) if isinstance(node, Name) else None
        if isinstance(several, tuple):  # an array constant cannot be empty; 0 is no day
            node = Array(node.offset, (tuple(Number(node.offset, float(one)) for one in several or (0,)),))
        if isinstance(node, Array) and parameter.takes is not Takes.RANGE:
            return node
        if parameter.takes is Takes.ANY:
            return self.value(node)
        suggestion = f"{node.table or self.table}[{node.field}]" if isinstance(node, RowField) else ""
        code = "formula.empty-argument" if isinstance(node, Missing) else "formula.range-required"
        raise FormulaCallError(code, node.offset, suggestion=suggestion, **params)

    def one_table(self, node: Call, function: Function) -> None:
        """Check that ranges which are read side by side come from one table."""
        if all(parameter.takes is not Takes.RANGE for parameter in function.parameters):
            return
        ranges = [argument for argument in node.arguments if isinstance(argument, ColumnField)]
        for other in ranges[1:]:
            if other.table != ranges[0].table:
                raise FormulaCallError(
                    "formula.ranges-of-two-tables",
                    other.offset,
                    function=function.name,
                    table=other.table,
                    first=ranges[0].table,
                )
            if other.last or ranges[0].last:
                raise FormulaCallError("formula.one-column", other.offset, function=function.name)


def _constant(word: str, constants: Collection[str]) -> str:
    """Return the nearest constant, one of the same list if the list exists."""
    prefix = word.partition(".")[0] + "."
    same_list = [constant for constant in constants if constant.startswith(prefix)]
    return nearest(word, same_list or constants)
