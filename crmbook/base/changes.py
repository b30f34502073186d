"""A cell to write, as data: what a stage wants to be there, and why.

What was found in a workbook and what should be in it are compared by `crmbook.render`; here is only the value that
both speak of.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class ChangeKind(StrEnum):
    """Why a cell changes."""

    COMPUTED = "computed"  # a formula gives another value than the one that is there
    RESTORED = "restored"  # a computed cell was typed over
    CORRECTED = "corrected"  # what was typed means a value that formulas would not see
    RESAVED = "resaved"  # a program stored in another form what nobody changed
    ASSIGNED = "assigned"  # an id that was blank
    MARKED = "marked"  # what is crmbook's own: hidden row ids, the column of issues, the lists of issues and of conflicts
    MERGED = "merged"  # somebody changed it elsewhere


@dataclass(frozen=True, slots=True)
class Change:
    """One cell to write.

    Attributes
    ----------
    sheet, ref
        The location, such as ``客户基本信息`` and ``B7``.
    value
        The new value; with `formula` its cached value.
    formula
        Formula text without ``=``, or None.
    keeps_formula
        Whether the cell keeps the formula it has and only takes a new cached value.
    old
        What was there.
    style
        Its format; None keeps the cell's own, and gives a new one that of its row, of the cell above or of its column.
    """

    sheet: str
    ref: str
    value: Any
    kind: ChangeKind
    formula: str | None = None
    keeps_formula: bool = False
    old: Any = None
    style: int | None = None
