"""Functions of our own that exist only in schemas: binding expands them into Excel's functions.

``BAND(x, rule)`` is the result of the highest band of `rule` whose lower bound is not above `x`. It reads the
table ``bands`` (fields ``rule``, ``from``, ``result``, ``band_key`` = ``rule|from``) in whatever order people
leave its rows: the bound is found with MAXIFS, not by a sorted search. Below every bound MAXIFS gives 0, so that
the band from 0 answers.

``PARAM(id)`` is the value of one row of the table ``parameters``.

``DAYS_BETWEEN(start, end)`` is how long something took, ``DAYS_AFTER(start, days)`` when it will have taken so long: in days,
or in working days where the constant ``locale.working_days`` says so. What begins and ends on one day took none.

In a book that has no such table the scope says what both are worth, and they expand into constants.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from crmbook.formula.errors import FormulaCallError, FormulaNameError, nearest
from crmbook.formula.nodes import Array, Binary, Call, ColumnField, Missing, Name, Node, Number, Text

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
    at, value, rule = _banded(call, scope)
    if rule in scope.fixed_bands:
        return _search(at, value, scope.fixed_bands[rule])
    key = Binary(at, "&", Text(at, f"{rule}|"), _lower_bound(at, value, rule))
    match = Call(at, "MATCH", (key, _column(at, "bands", "band_key"), Number(at, 0.0)))
    return Call(at, "INDEX", (_column(at, "bands", "result"), match))


def expand_band_from(call: Call, scope: Scope) -> Node:
    """Expand ``BAND_FROM(x, rule)``; raises as `expand_band` does."""
    at, value, rule = _banded(call, scope)
    if rule in scope.fixed_bands:
        return _search(at, value, {start: start for start in scope.fixed_bands[rule]})
    return _lower_bound(at, value, rule)


def expand_band_to(call: Call, scope: Scope) -> Node:
    """Expand ``BAND_TO(x, rule)``; raises as `expand_band` does."""
    at, value, rule = _banded(call, scope)
    if rule in scope.fixed_bands:
        starts = sorted(scope.fixed_bands[rule])
        return _search(at, value, dict(zip(starts, [*starts[1:], 0.0], strict=True)))
    return _bound(at, "MINIFS", rule, ">", Call(at, "MAX", (Number(at, 0.0), value)))


def expand_param(call: Call, scope: Scope) -> Node:
    """Expand ``PARAM(id)``; raises as `expand_band` does."""
    _expect(call, 1)
    at = call.offset
    name = _word(call.arguments[0], scope.parameters, "formula.unknown-parameter")
    if name in scope.fixed_parameters:
        return _constant(at, scope.fixed_parameters[name])
    match = Call(at, "MATCH", (Text(at, name), _column(at, "parameters", "parameter"), Number(at, 0.0)))
    return Call(at, "INDEX", (_column(at, "parameters", "value"), match))


def expand_days_between(call: Call, scope: Scope) -> Node:
    """Expand ``DAYS_BETWEEN(start, end)``; raises FormulaCallError if there are not two arguments."""
    _expect(call, 2)
    at, (start, end) = call.offset, call.arguments
    distance = Binary(at, "-", end, start)
    if not scope.constants.get("locale.working_days"):
        return distance
    following = Binary(at, "+", start, Number(at, 1.0))  # the first day counts as begun, not as passed
    working = Call(at, "NETWORKDAYS", (following, end, Name(at, "locale.holidays")))
    return Call(at, "IF", (Binary(at, ">", end, start), working, distance))


def expand_days_after(call: Call, scope: Scope) -> Node:
    """Expand ``DAYS_AFTER(start, days)``; raises as `expand_days_between` does."""
    _expect(call, 2)
    at, (start, days) = call.offset, call.arguments
    if not scope.constants.get("locale.working_days"):
        return Binary(at, "+", start, days)
    return Call(at, "WORKDAY", (start, days, Name(at, "locale.holidays")))


def _banded(call: Call, scope: Scope) -> tuple[int, Node, str]:
    _expect(call, 2)
    return call.offset, call.arguments[0], _word(call.arguments[1], scope.bands, "formula.unknown-band")


def _lower_bound(at: int, value: Node, rule: str) -> Node:
    return _bound(at, "MAXIFS", rule, "<=", value)


def _bound(at: int, function: str, rule: str, sign: str, value: Node) -> Node:
    """Return the extreme of the lower bounds of a rule that lie on one side of a value; 0 where none does."""
    starts = _column(at, "bands", "from")
    criterion = Binary(at, "&", Text(at, sign), value)
    return Call(at, function, (starts, _column(at, "bands", "rule"), Text(at, rule), starts, criterion))


def _search(at: int, value: Node, bands: Mapping[float, float | str]) -> Node:
    """Return the search in bands that are constants; like MAXIFS, what is below all of them counts as 0."""
    starts = sorted(bands)
    rows = [[_constant(at, start) for start in starts], [_constant(at, bands[start]) for start in starts]]
    bound = Call(at, "MAX", (_constant(at, starts[0]), value))
    return Call(at, "LOOKUP", (bound, *(Array(at, (tuple(row),)) for row in rows)))


def _constant(at: int, value: float | str) -> Node:
    return Text(at, value) if isinstance(value, str) else Number(at, float(value))


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


MACROS: Mapping[str, Macro] = {
    "BAND": expand_band,
    "BAND_FROM": expand_band_from,
    "BAND_TO": expand_band_to,
    "PARAM": expand_param,
    "DAYS_BETWEEN": expand_days_between,
    "DAYS_AFTER": expand_days_after,
}
