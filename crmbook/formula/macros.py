"""Functions of our own that exist only in schemas: binding expands them into Excel's functions.

``BAND(x, rule)`` is the result of the highest band of `rule` whose lower bound is not above `x`. It reads the
table ``bands`` (fields ``rule``, ``from``, ``result``, ``band_key`` = ``rule|from``) in whatever order people
leave its rows: the bound is found with MAXIFS, not by a sorted search. Below every bound MAXIFS gives 0, so that
the band from 0 answers.

``PARAM(id)`` is the value of one row of the table ``parameters``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from crmbook.formula.errors import FormulaCallError, FormulaNameError, nearest
from crmbook.formula.nodes import Binary, Call, ColumnField, Missing, Name, Node, Number, Text

if TYPE_CHECKING:
    from collections.abc import Collection

    from crmbook.formula.scope import Scope

Macro = Callable[[Call, "Scope"], Node]
"""Takes the unbound call and the scope, returns the unbound tree that stands for it."""


def expand_band(call: Call, scope: Scope) -> Node:
    """Expand ``BAND(x, rule)``.

    Raises
    ------
    FormulaCallError
        If there are not two arguments, or the second is not a bare word.
    FormulaNameError
        If the scope lists its rules and this is none of them.
    """
    _expect(call, 2)
    at = call.offset
    rule = _word(call.arguments[1], scope.bands, "formula.unknown-band")
    from_ = _column(at, "bands", "from")
    bound = Binary(at, "&", Text(at, "<="), call.arguments[0])
    floor = Call(at, "MAXIFS", (from_, _column(at, "bands", "rule"), Text(at, rule), from_, bound))
    key = Binary(at, "&", Text(at, f"{rule}|"), floor)
    match = Call(at, "MATCH", (key, _column(at, "bands", "band_key"), Number(at, 0.0)))
    return Call(at, "INDEX", (_column(at, "bands", "result"), match))


def expand_param(call: Call, scope: Scope) -> Node:
    """Expand ``PARAM(id)``; raises as `expand_band` does."""
    _expect(call, 1)
    at = call.offset
    name = _word(call.arguments[0], scope.parameters, "formula.unknown-parameter")
    match = Call(at, "MATCH", (Text(at, name), _column(at, "parameters", "parameter"), Number(at, 0.0)))
    return Call(at, "INDEX", (_column(at, "parameters", "value"), match))


def _expect(call: Call, count: int) -> None:
    given = len(call.arguments)
    if given != count:
        code = "formula.too-few-arguments" if given < count else "formula.too-many-arguments"
        offset = call.offset if given < count else call.arguments[count].offset
        raise FormulaCallError(code, offset, function=call.name, given=given, expected=count)


def _word(node: Node, known: Collection[str] | None, code: str) -> str:
    if isinstance(node, (Name, Text)):
        word = node.name if isinstance(node, Name) else node.value
        if known is not None and word not in known:
            raise FormulaNameError(code, node.offset, suggestion=nearest(word, known), word=word)
        return word
    code = "formula.empty-argument" if isinstance(node, Missing) else "formula.word-required"
    raise FormulaCallError(code, node.offset)


def _column(offset: int, table: str, field: str) -> ColumnField:
    return ColumnField(offset, table, field, offset)


MACROS: Mapping[str, Macro] = {"BAND": expand_band, "PARAM": expand_param}
