"""Where LibreOffice itself leaves Excel's published behaviour, and nothing else.

Model: one entry for each departure, matched as narrowly as its cause allows. In every entry our value is what
Excel documents; `reason` says what LibreOffice does and `excel` what Excel's own description says. A departure
that no cell shows any more fails the run, so that the list cannot outlive its reasons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.formula.oracle.verdict import Cell


@dataclass(frozen=True)
class Departure:
    """One documented difference between LibreOffice and Excel."""

    name: str
    reason: str
    excel: str
    applies: Callable[[Cell], bool]

    def explains(self, cell: Cell) -> bool:
        """Tell whether this departure accounts for a disagreement."""
        return self.applies(cell)


DEPARTURES: tuple[Departure, ...] = ()
