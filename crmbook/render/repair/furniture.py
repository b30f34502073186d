"""The furniture of one workbook, as it should be; `crmbook.render.repair.pattern` makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from crmbook.schema import column_letters, quoted

if TYPE_CHECKING:
    from collections.abc import Mapping

    from crmbook.ooxml import ConditionalFormat, Validation

Cell = tuple[str, int, int]
"""Sheet, row and column, from 1."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """The furniture of one workbook, as it should be.

    Attributes
    ----------
    validations, formats
        By sheet.
    marks
        Hidden names on header cells, with the cell each stands for, as sheet, row and column (from 1).
    areas
        Names behind dropdowns, with their formulas.
    """

    validations: Mapping[str, tuple[Validation, ...]]
    formats: Mapping[str, tuple[ConditionalFormat, ...]]
    marks: Mapping[str, Cell]
    areas: Mapping[str, str]


def cell_formula(cell: Cell) -> str:
    """Return the reference to one cell that a defined name stands for."""
    sheet, row, column = cell
    return f"{quoted(sheet)}!${column_letters(column - 1)}${row}"
