"""What is left of a formula when some of what it reads is not there.

A table that is not there has no rows, a field that is not there holds the same in every row: nothing, or what it is said
to be worth. A count or sum over it finds nothing, a look-up in it fails, a criterion on it holds for all rows or for none.
What then is certain is worked out here, so that ``IF(COUNTIFS(gone[key],[@key])>0,"a",[@b])`` becomes ``[@b]``; of a
formula whose result cannot change any more nothing is left (`is_settled`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from crmbook.formula.evaluate import BY_CRITERIA, evaluate
from crmbook.formula.formula import Formula
from crmbook.formula.functions import FUNCTIONS
from crmbook.formula.functions.registry import Takes
from crmbook.formula.nodes import (
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
from crmbook.formula.scope import Scope
from crmbook.formula.values import CellError, Kind

if TYPE_CHECKING:
    from collections.abc import Collection

Worth = Mapping[tuple[str, str], str | float | bool]
"""Table and field → what a field that is not there holds in every row; nothing where it is not listed."""

_LITERALS: Final = (Number, Text, Boolean, ErrorLiteral, Missing)
_CHOICES: Final[Mapping[str, tuple[int, ...]]] = {"IF": (1, 2), "IFERROR": (0, 1), "IFNA": (0, 1)}
"""Arguments of which one is the result."""
_TAKES_ERRORS: Final = frozenset(
    ["IFERROR", "IFNA", "ISERROR", "ISNA", "ISNUMBER", "ISTEXT", "ISBLANK", "ISLOGICAL", "COUNT", "COUNTA", "IF", "IFS",
     "SWITCH", "CHOOSE"]
)  # fmt: skip
_TEXTUAL: Final = frozenset({"&", "=", "<>"})
_BEYOND: Final = {"<": True, "<=": True, "<>": True, "=": False, ">=": False, ">": False}
"""How a count compares with a number that it cannot reach."""
_OF_NOTHING: Final[Mapping[str, Node]] = {
    "AVERAGE": ErrorLiteral(0, CellError.DIV0),
    "AVERAGEIF": ErrorLiteral(0, CellError.DIV0),
    "AVERAGEIFS": ErrorLiteral(0, CellError.DIV0),
    "MEDIAN": ErrorLiteral(0, CellError.NUM),
    "STDEV": ErrorLiteral(0, CellError.DIV0),
    "VAR": ErrorLiteral(0, CellError.DIV0),
    "TEXTJOIN": Text(0, ""),
    "CONCAT": Text(0, ""),
    "AND": ErrorLiteral(0, CellError.VALUE),
    "OR": ErrorLiteral(0, CellError.VALUE),
}
"""Results of functions over no values, where it is not 0."""


def reduce_to(formula: Formula, scope: Scope, worth: Worth) -> Formula:
    """Return what `formula` says where only the tables, fields and names of `scope` are there."""
    reduction = _Reduction(scope, worth)
    return Formula(_shown(reduction.value(formula.node)), formula.table, scope)


def is_settled(formula: Formula) -> bool:
    """Return whether the result is always the same, or blank."""
    outcomes = list(_outcomes(formula.node))
    values = [node for node in outcomes if not _is_blank(node)]
    return all(isinstance(node, _LITERALS) for node in outcomes) and len(set(values)) <= 1


class _Reduction:
    """One walk from the leaves up; every method returns a tree that reads only what is there."""

    def __init__(self, scope: Scope, worth: Worth) -> None:
        self.scope = scope
        self.worth = worth

    def is_here(self, node: RowField | ColumnField) -> bool:
        fields = self.scope.tables.get(node.table, {})
        last = node.last if isinstance(node, ColumnField) else ""
        return node.field in fields and (not last or last in fields)

    def of_field(self, node: RowField | ColumnField) -> Node:
        found = self.worth.get((node.table, node.field))
        return Missing(node.offset) if found is None else _literal(found, node.offset)

    def value(self, node: Node) -> Node:
        match node:
            case RowField():
                return node if self.is_here(node) else self.of_field(node)
            case Name():
                return node if node.name in self.scope.names else Missing(node.offset)
            case Binary():
                left, right = self.value(node.left), self.value(node.right)
                error = next((side for side in (left, right) if isinstance(side, ErrorLiteral)), None)
                return error or _settle(_operands(replace(node, left=left, right=right)))
            case Unary() | Percent():
                operand = self.value(node.operand)
                inner = Number(node.offset, 0.0) if isinstance(operand, Missing) else operand
                return operand if isinstance(operand, ErrorLiteral) else _settle(replace(node, operand=inner))
            case Call():
                return self.call(node)
        return node

    def call(self, node: Call) -> Node:
        if node.name in BY_CRITERIA:
            return self.by_criteria(node)
        absent = [one for one in node.arguments if isinstance(one, ColumnField) and not self.is_here(one)]
        if not absent:
            arguments = tuple(self.argument(one) for one in node.arguments)
            return _settle_call(replace(node, arguments=arguments))
        if node.name == "INDEX" and absent[0].table in self.scope.tables:
            return self.of_field(absent[0])
        if node.name == "SUMPRODUCT" and any(isinstance(self.of_field(one), Missing) for one in absent):
            return Number(node.offset, 0.0)  # a factor that is blank in every row
        function, count = FUNCTIONS[node.name], len(node.arguments)
        takes = [function.parameter(index, count).takes for index in range(count)]
        if any(one in absent and takes[index] is not Takes.ANY for index, one in enumerate(node.arguments)):
            return ErrorLiteral(node.offset, CellError.NA)
        left = [one for one in node.arguments if one not in absent]
        if not any(takes[index] is Takes.ANY for index, one in enumerate(node.arguments) if one in left):
            return replace(_OF_NOTHING.get(node.name, Number(0, 0.0)), offset=node.offset)
        return _settle_call(replace(node, arguments=tuple(self.argument(one) for one in left)))

    def argument(self, node: Node) -> Node:
        return node if isinstance(node, (ColumnField, Array)) else self.value(node)

    def by_criteria(self, node: Call) -> Node:
        """Return a call such as COUNTIFS without the criteria that hold for all rows; its worth where one holds for none."""
        nothing = replace(_OF_NOTHING.get(node.name, Number(0, 0.0)), offset=node.offset)
        single = node.name in ("COUNTIF", "SUMIF", "AVERAGEIF")
        first = 0 if single or node.name == "COUNTIFS" else 1
        results, rest = list(node.arguments[:first]), list(node.arguments[first:])
        tail = rest[2:] if single else []
        pairs = [(rest[at], self.value(rest[at + 1])) for at in range(0, len(rest) - len(tail), 2)]
        if any(isinstance(one, ColumnField) and not self.is_here(one) for one in (*results, *tail)):
            return nothing
        kept = list(results)
        for area, criterion in pairs:
            if isinstance(criterion, (Missing, ErrorLiteral)):
                return nothing
            if not isinstance(area, ColumnField) or self.is_here(area):
                kept += [area, criterion]
            elif not self.holds(area, criterion):
                return nothing
        return replace(node, arguments=(*kept, *tail)) if len(kept) > len(results) else nothing

    def holds(self, area: ColumnField, criterion: Node) -> bool:
        """Return whether a criterion holds for every row of a field that is not there."""
        if area.table not in self.scope.tables or not isinstance(criterion, _LITERALS):
            return False
        frame = pd.DataFrame({"value": [_plain(self.of_field(area))]}, dtype=object)
        test = Call(0, "COUNTIFS", (ColumnField(0, "one", "value", 0), criterion))
        scope = Scope(tables={"one": {"value": Kind.ANY}})
        return bool(evaluate(test, None, {"one": frame}, {}, scope).iloc[0] == 1)


def _settle_call(node: Call) -> Node:
    """Return a call whose arguments are reduced, or what it is certain to give."""
    arguments = node.arguments
    match node.name:
        case "IF" if isinstance(arguments[0], _LITERALS):
            return _branch(node)
        case "IFERROR" | "IFNA" if isinstance(arguments[0], _LITERALS):
            return arguments[1] if isinstance(arguments[0], ErrorLiteral) else arguments[0]
        case "AND" | "OR":
            return _settle_logic(node)
    if node.name not in _TAKES_ERRORS:
        error = next((one for one in arguments if isinstance(one, ErrorLiteral)), None)
        if error is not None:
            return error
    function, count = FUNCTIONS[node.name], len(arguments)
    kept = tuple(
        one
        for index, one in enumerate(arguments)
        if not (isinstance(one, Missing) and function.parameter(index, count).takes is Takes.ANY)
    )
    if len(kept) < function.fewest:
        return replace(_OF_NOTHING.get(node.name, Number(0, 0.0)), offset=node.offset)
    return _settle(replace(node, arguments=kept))


def _branch(node: Call) -> Node:
    """Return the branch of an IF whose condition is certain."""
    condition, *branches = node.arguments
    if isinstance(condition, Text):
        return ErrorLiteral(node.offset, CellError.VALUE)
    if isinstance(condition, ErrorLiteral):
        return condition
    if isinstance(condition, (Number, Boolean)) and condition.value:
        return branches[0]
    return branches[1] if len(branches) > 1 else Boolean(node.offset, value=False)


def _settle_logic(node: Call) -> Node:
    """Return an AND or OR without what decides nothing; its value where one argument decides it."""
    decides = node.name == "OR"
    certain = [one for one in node.arguments if isinstance(one, (Boolean, Number))]
    if any(bool(one.value) is decides for one in certain):
        return Boolean(node.offset, value=decides)
    error = next((one for one in node.arguments if isinstance(one, ErrorLiteral)), None)
    if error is not None:
        return error
    left = tuple(one for one in node.arguments if one not in certain and not isinstance(one, Missing))
    return replace(node, arguments=left) if left else Boolean(node.offset, value=not decides)


def _operands(node: Binary) -> Binary:
    """Return an operation in which a blank stands for what it counts as beside something unknown."""
    if isinstance(node.left, _LITERALS) and isinstance(node.right, _LITERALS):
        return node
    blank = Text(node.offset, "") if node.operator in _TEXTUAL else Number(node.offset, 0.0)
    left = blank if isinstance(node.left, Missing) else node.left
    return replace(node, left=left, right=blank if isinstance(node.right, Missing) else node.right)


def _settle(node: Node) -> Node:
    """Return what a call or operation over literals alone gives; else the node."""
    match node:
        case Binary(left=Call(name="COUNT", arguments=counted), right=Number(value=least)) if (
            node.operator in _BEYOND and least > len(counted) and not any(map(_is_many, counted))
        ):
            return Boolean(node.offset, _BEYOND[node.operator])
        case Call():
            parts: Collection[Node] = node.arguments
            if FUNCTIONS[node.name].volatile:
                return node
        case Binary():
            parts = (node.left, node.right)
        case Unary() | Percent():
            parts = (node.operand,)
        case _:
            return node
    if not all(isinstance(part, _LITERALS) for part in parts):
        return node
    return _literal(evaluate(node, None, {}, {}, Scope()).iloc[0], node.offset)


def _is_many(node: Node) -> bool:
    return isinstance(node, (ColumnField, Array))


def _literal(value: object, offset: int) -> Node:
    if isinstance(value, CellError):
        return ErrorLiteral(offset, value)
    if isinstance(value, bool):
        return Boolean(offset, value)
    return Text(offset, value) if isinstance(value, str) else Number(offset, float(value))  # type: ignore[arg-type]


def _plain(node: Node) -> object:
    if isinstance(node, (Number, Text, Boolean)):
        return node.value
    return node.error if isinstance(node, ErrorLiteral) else None


def _is_blank(node: Node) -> bool:
    return isinstance(node, (Missing, ErrorLiteral)) or (isinstance(node, Text) and not node.value)


def _outcomes(node: Node) -> Iterator[Node]:
    """Yield what may be the result of a tree."""
    positions = _CHOICES.get(node.name, ()) if isinstance(node, Call) else ()
    if not positions or not isinstance(node, Call):
        yield node
        return
    for position in positions:
        if position < len(node.arguments):
            yield from _outcomes(node.arguments[position])


def _shown(node: Node) -> Node:
    """Return a tree in which a result that is blank shows as nothing, not as 0."""
    if isinstance(node, Missing):
        return Text(node.offset, "")
    positions = _CHOICES.get(node.name, ()) if isinstance(node, Call) else ()
    if isinstance(node, Call) and positions:
        shown = (_shown(one) if at in positions else one for at, one in enumerate(node.arguments))
        return replace(node, arguments=tuple(shown))
    return node
