"""The arguments of an aggregate, sorted into what counts and what does not.

An aggregate takes whole columns (the same cells for every row) and values (one for each row). Among cells only
numbers count, text, logical and blank cells are left out; what is written into the call itself is read as a
number and must be one. Errors always count: the first one is the result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from crmbook.formula.coerce import as_booleans, as_numbers
from crmbook.formula.values import CellError
from crmbook.formula.vector import Area, Mask, Numbers, Tag, Vector, choose, error_codes, of_error

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True)
class Gathered:
    """What counts among the arguments.

    Attributes
    ----------
    pool
        (m,) the numbers of all ranges.
    rows
        For each value argument, (n,) or (1,) numbers and where they count.
    codes
        (n,) or (1,) first errors, None if there is none.
    """

    pool: Numbers
    rows: list[tuple[Numbers, Mask]]
    codes: npt.NDArray[np.int8] | None

    def total(self, of: Callable[[Numbers], Numbers] = lambda numbers: numbers) -> Numbers:
        """(n,) the sums of a function of the numbers."""
        result = np.atleast_1d(of(self.pool).sum())
        for numbers, counts in self.rows:
            result = result + np.where(counts, of(numbers), 0.0)
        return result

    def count(self) -> Numbers:
        """(n,) how many numbers there are."""
        return self.total(np.ones_like)

    def fold(self, ufunc: np.ufunc, start: float) -> Numbers:
        """(n,) the numbers reduced by minimum or maximum, `start` where there are none."""
        result = np.atleast_1d(ufunc.reduce(self.pool, initial=start))
        for numbers, counts in self.rows:
            result = ufunc(result, np.where(counts, numbers, start))
        return np.asarray(result, dtype=np.float64)

    def sorted_rows(self) -> Numbers:
        """(n, k) the numbers of each row in ascending order, NaN (for what does not count) last."""
        size = max((len(numbers) for numbers, _ in self.rows), default=1)
        size = 0 if any(len(numbers) == 0 for numbers, _ in self.rows) else size
        columns = [np.broadcast_to(self.pool, (size, len(self.pool)))]
        for numbers, counts in self.rows:
            columns.append(np.broadcast_to(np.where(counts, numbers, np.nan), size)[:, None])
        return np.sort(np.concatenate(columns, axis=1), axis=1)


def gather(arguments: Iterable[Vector | Area], *, logical: bool = False) -> Gathered:
    """Read the arguments of an aggregate; with `logical`, logical values among cells count as well."""
    counting = (Tag.NUMBER, Tag.BOOLEAN) if logical else (Tag.NUMBER,)
    read = as_booleans if logical else as_numbers
    pools: list[Numbers] = []
    rows: list[tuple[Numbers, Mask]] = []
    failing: list[Vector] = []
    for argument in arguments:
        if isinstance(argument, Area):
            cells = argument.flat()
            pools.append(cells.numbers[np.isin(cells.tags, counting)])
            failing += _first_error(cells)
            continue
        vector = read_direct(argument, read)
        rows.append((vector.numbers, np.isin(vector.tags, counting)))
        failing.append(vector)
    pool = np.concatenate(pools) if pools else np.zeros(0)
    return Gathered(pool, rows, error_codes(*failing) if failing else None)


def read_direct(vector: Vector, read: Callable[[Vector], Vector]) -> Vector:
    """Read what is written in the call itself; what was read from cells stays as it is."""
    if vector.cell is True:
        return vector
    direct = read(vector)
    if vector.cell is False:
        return direct
    return choose(vector.cell, vector, direct)


def _first_error(cells: Vector) -> list[Vector]:
    found = np.flatnonzero(cells.tags == Tag.ERROR)
    return [of_error(list(CellError)[int(cells.numbers[found[0]]) - 1])] if found.size else []
