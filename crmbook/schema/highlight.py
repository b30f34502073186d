"""A look that a cell has while a formula is true, in tables and on pages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from crmbook.formula import Formula


@dataclass(frozen=True)
class Highlight:
    """Colours the cell of a field where `formula` is true; `style` is good, warn, bad, muted, info, link or percent."""

    formula: Formula
    style: str
