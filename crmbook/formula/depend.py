"""The order in which formulas can be computed.

Each formula is a node, a column of a table; its edges are the columns it reads. Columns without a formula are
data and have no edges. The order is deterministic: among formulas that are ready, the one given first comes first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.formula.errors import FormulaCycleError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crmbook.formula.formula import Formula

Key = tuple[str, str]


def order(formulas: Mapping[Key, Formula]) -> list[Key]:
    """Return the keys (table, field) so that every formula comes after all that it reads.

    Raises
    ------
    FormulaCycleError
        If formulas need each other; ``cycle`` names the columns in reading order, ``keys`` holds them as pairs.
    """
    done: dict[Key, None] = {}
    for start in formulas:
        _visit(start, formulas, done)
    return list(done)


def _visit(start: Key, formulas: Mapping[Key, Formula], done: dict[Key, None]) -> None:
    """Walk depth first from `start` without recursion, so that long chains do not exhaust the stack."""
    path: dict[Key, Iterator[Key]] = {start: _needs(start, formulas)}
    while path:
        key = next(reversed(path))
        needed = next((other for other in path[key] if other not in done), None)
        if needed is None:
            del path[key]
            done[key] = None
        elif needed in path:
            _refuse(list(path), needed, formulas)
        else:
            path[needed] = _needs(needed, formulas)


def _needs(key: Key, formulas: Mapping[Key, Formula]) -> Iterator[Key]:
    return iter(sorted(reference for reference in formulas[key].references if reference in formulas))


def _refuse(path: list[Key], again: Key, formulas: Mapping[Key, Formula]) -> None:
    keys = [*path[path.index(again) :], again]
    cycle = " → ".join(f"{table}[{field}]" for table, field in keys)
    offset = formulas[keys[0]].offset_of(*keys[1])
    raise FormulaCycleError("formula.cycle", offset, cycle=cycle, keys=tuple(keys))
