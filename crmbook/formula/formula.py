"""A bound formula: what it reads, what it looks like in a workbook, what it gives."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from crmbook.formula.evaluate import evaluate
from crmbook.formula.functions import FUNCTIONS
from crmbook.formula.nodes import (
    Boolean,
    Call,
    ColumnField,
    Name,
    Node,
    Number,
    RowField,
    children,
    iter_nodes,
)
from crmbook.formula.render import PICKED_PARTS, Cells, Structured, render, searched_field

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

    from crmbook.formula.frames import Frames
    from crmbook.formula.labels import Labels
    from crmbook.formula.scope import Scope


@dataclass(frozen=True)
class Formula:
    """A formula that speaks of known names only; made by `crmbook.formula.binder.bind`.

    Attributes
    ----------
    node
        The bound tree.
    table
        The table whose column it computes, or None for a single cell.
    scope
        The scope it was bound in.
    """

    node: Node
    table: str | None
    scope: Scope = field(repr=False, compare=False)

    @cached_property
    def references(self) -> frozenset[tuple[str, str]]:
        """The (table, field) pairs that the formula reads."""
        return frozenset((table, name) for table, name, _ in self._reads())

    @cached_property
    def names(self) -> frozenset[str]:
        """The scalar names that the formula reads."""
        return frozenset(node.name for node in iter_nodes(self.node) if isinstance(node, Name))

    @cached_property
    def tables_scanned(self) -> frozenset[str]:
        """The tables of which the formula reads whole columns."""
        return frozenset(node.table for node in iter_nodes(self.node) if isinstance(node, ColumnField))

    @cached_property
    def tables_searched(self) -> frozenset[str]:
        """Those of them that are only searched for one exact match, which ends half-way on average."""
        return self.tables_scanned - {node.table for node in _iter_scanned(self.node)}

    @cached_property
    def size(self) -> int:
        """The number of operands, operators and calls: what an office program reads, keeps and writes for every row."""
        return sum(1 for _ in iter_nodes(self.node))

    @cached_property
    def searched(self) -> Mapping[tuple[str, str], int]:
        """The fields of its row whose values it searches for in whole columns, and how often each."""
        calls = (node for node in iter_nodes(self.node) if isinstance(node, Call))
        fields = (searched_field(call) for call in calls)
        return Counter((field.table, field.field) for field in fields if field)

    def written_size(self, picked: frozenset[tuple[str, str]]) -> int:
        """Return its size as a cell holds it, in a workbook where cells of the fields `picked` may hold a key and a name."""
        return self.size + PICKED_PARTS * sum(self.searched[key] for key in self.searched.keys() & picked)

    @property
    def row_local(self) -> bool:
        """Return whether the formula reads only its own row, names, and the small tables of rules."""
        return self.tables_scanned <= self.scope.rule_tables

    @cached_property
    def volatile(self) -> bool:
        """Return whether the result depends on the day of computing, as with ``TODAY()``."""
        calls = (node for node in iter_nodes(self.node) if isinstance(node, Call))
        return any(FUNCTIONS[call.name].volatile for call in calls)

    @cached_property
    def call_of_ours(self) -> Call | None:
        """The first call of a function that no office program has; None where a cell can hold the formula."""
        calls = (node for node in iter_nodes(self.node) if isinstance(node, Call))
        return next((call for call in calls if not FUNCTIONS[call.name].in_cells), None)

    def offset_of(self, table: str, name: str) -> int:
        """Return the position in the formula text where a field is first read; 0 if it is not."""
        return next((offset for *key, offset in self._reads() if key == [table, name]), 0)

    def _reads(self) -> Iterator[tuple[str, str, int]]:
        for node in iter_nodes(self.node):
            if isinstance(node, RowField):
                yield node.table, node.field, node.offset
            elif isinstance(node, ColumnField):
                fields = list(self.scope.tables[node.table])
                last = node.last or node.field
                for name in fields[fields.index(node.field) : fields.index(last) + 1]:
                    yield node.table, name, node.offset

    def render(self, labels: Labels, *, equals: bool = True) -> str:
        """Return the text for a cell, ``=…``; the file format wants it without the sign (``equals=False``).

        Raises
        ------
        FormulaRenderError
            If the labels lack a name, or the text is longer than 8,192 characters.
        """
        return ("=" if equals else "") + render(self.node, Structured(labels))

    def render_a1(self, labels: Labels, row: int, *, equals: bool = True) -> str:
        """Return the text for a validation or conditional format whose first row is `row` (1-based).

        The row's own fields become ``$B2``, whole columns their absolute areas.

        Raises
        ------
        FormulaRenderError
            If the labels lack a name, letter or area, or the text is too long.
        """
        return ("=" if equals else "") + render(self.node, Cells(labels, row))

    def evaluate(
        self, frames: Mapping[str, pd.DataFrame] | Frames, names: Mapping[str, object] | None = None
    ) -> pd.Series:
        """Compute the whole column.

        Parameters
        ----------
        frames
            Table → frame with machine field names for columns. A cell is blank (None, NaN, NaT), text, number,
            bool, date, datetime or `CellError`. Pass a `Frames` to share conversions among formulas.
        names
            Values of the scalar names; ``today`` is the day that ``TODAY()`` gives (``as_of`` where missing).

        Returns
        -------
        pandas.Series
            float64, or object with float, str, bool and `CellError`; dates as serial numbers; the own table's
            index (one row labelled 0 if there is no own table). An empty cell counts as 0, as in a workbook.

        Raises
        ------
        KeyError
            If a frame, column or name that the formula reads is missing.
        """
        return evaluate(self.node, self.table, frames, names or {}, self.scope)


def _iter_scanned(node: Node) -> Iterator[ColumnField]:
    """Yield the columns that are read to their end: all but those of which MATCH finds a row, and INDEX takes it."""
    for argument in children(node):
        if not (isinstance(argument, ColumnField) and _is_searched(node, argument)):
            yield from _iter_scanned(argument)
    if isinstance(node, ColumnField):
        yield node


def _is_searched(node: Node, argument: ColumnField) -> bool:
    match node:
        case Call(name="INDEX", arguments=(array, *_)):
            return argument is array
        case Call(name="MATCH", arguments=(_, array, Number(value=0) | Boolean(value=False))):
            return argument is array
        case _:
            return False
