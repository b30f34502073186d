"""Computing a bound tree over whole columns.

Every node gives a `Vector` (one element for all rows, or one per row of the own table), every range an `Area`.
Both branches of an IF are computed for all rows and picked from afterwards: an error in the branch not taken
stays unseen, as in a workbook. What looks through a whole column is computed once however often a formula says it:
``IF(MAXIFS(…)>0,MAXIFS(…),"")`` is how a sheet asks for a value that may be missing.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from crmbook.formula.criteria import bounds
from crmbook.formula.frames import Frames, to_series
from crmbook.formula.functions import FUNCTIONS
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
from crmbook.formula.operators import binary, negate, percent
from crmbook.formula.vector import Area, Vector, of_items

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.formula.scope import Scope


BY_CRITERIA: Final = frozenset(
    [f"{name}IF{more}" for name in ("COUNT", "SUM", "AVERAGE") for more in ("", "S")] + ["MAXIFS", "MINIFS"]
)
"""Functions whose arguments are ranges and the criteria on them."""


def evaluate(
    node: Node,
    table: str | None,
    frames: Mapping[str, pd.DataFrame] | Frames,
    names: Mapping[str, object],
    scope: Scope,
) -> pd.Series:
    """Return the computed column; see `crmbook.formula.Formula.evaluate`."""
    shared = frames if isinstance(frames, Frames) else Frames(frames)
    index = pd.RangeIndex(1) if table is None else shared.index(table)
    with np.errstate(all="ignore"):
        return to_series(_Evaluator(shared, names, scope).value(node), index)


class _Evaluator:
    """One walk over a tree."""

    def __init__(self, frames: Frames, names: Mapping[str, object], scope: Scope) -> None:
        self.frames = frames
        self.names = names
        self.scope = scope
        self._looked: dict[Call, Vector] = {}

    def value(self, node: Node) -> Vector:
        match node:
            case Call():
                return self.call(node)
            case Binary():
                return binary(node.operator, self.value(node.left), self.value(node.right))
            case RowField():
                return self.frames.vector(node.table, node.field)
            case Name():
                return of_items([self.names[node.name]]).as_cell()
            case Unary():
                operand = self.value(node.operand)
                return negate(operand) if node.operator == "-" else operand
            case Percent():
                return percent(self.value(node.operand))
        return _constant(_literal(node))

    def call(self, node: Call) -> Vector:
        if not any(isinstance(argument, ColumnField) for argument in node.arguments):
            return self._called(node)
        if node not in self._looked:
            self._looked[node] = self._called(node)
        return self._looked[node]

    def _called(self, node: Call) -> Vector:
        function = FUNCTIONS[node.name]
        take = self.criterion if node.name in BY_CRITERIA else self.argument
        arguments = [take(argument) for argument in node.arguments]
        if function.volatile:
            arguments.insert(0, of_items([self.names.get("today", self.names.get("as_of"))]))
        result: Vector = function.run(*arguments)
        return result

    def criterion(self, node: Node) -> Vector | Area:
        """Return an argument that may be a criterion: an ordering of a column of numbers is no text on its way."""
        match node:
            case Binary(operator="&", left=Text(value=sign)):
                right = self.value(node.right)
                return bounds(sign, right) or binary("&", self.value(node.left), right)
        return self.argument(node)

    def argument(self, node: Node) -> Vector | Area:
        match node:
            case ColumnField():
                fields = list(self.scope.tables[node.table])
                span = fields[fields.index(node.field) : fields.index(node.last or node.field) + 1]
                return Area(tuple(self.frames.vector(node.table, field) for field in span))
            case Array():
                columns = zip(*node.rows, strict=True)
                return Area(tuple(of_items([_literal(cell) for cell in column]) for column in columns))
        return self.value(node)


@lru_cache(maxsize=4096, typed=True)
def _constant(value: object) -> Vector:
    """Return what is in a formula itself, and with it all that was found out about it before."""
    return of_items([value])


def _literal(node: Node) -> object:
    match node:
        case Number() | Text() | Boolean():
            return node.value
        case ErrorLiteral():
            return node.error
        case Missing():
            return None
    raise TypeError(node)
