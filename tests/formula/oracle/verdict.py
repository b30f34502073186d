"""Our values against LibreOffice's, cell by cell.

Model: a `Cell` is one computed cell with everything needed to judge it: the formula, the row's own inputs, our
value and LibreOffice's. What disagrees is either one of the listed `departures` of
LibreOffice from Excel, or a mismatch.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tests.formula.oracle.agreement import agree
from tests.formula.oracle.departures import DEPARTURES

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.formula.oracle.worlds import Content
    from tests.office import CellContent


@dataclass(frozen=True)
class Cell:
    """One computed cell.

    Attributes
    ----------
    ours, theirs
        The values; an error value is an `ErrorText`.
    shown
        What LibreOffice shows, with error codes of its own.
    untyped
        Our value if every truth value in the cells and the formula were the number 1 or 0.
    """

    function: str
    formula: str
    inputs: Mapping[str, Content]
    ours: CellContent
    theirs: CellContent
    shown: str
    untyped: CellContent

    def __str__(self) -> str:
        used = {name: value for name, value in self.inputs.items() if f"[@{name}]" in self.formula}
        theirs = self.shown if self.shown.startswith("Err:") else repr(self.theirs)
        return f"{self.function}: {self.formula}  {used}  ours {self.ours!r}, LibreOffice {theirs}"


@dataclass
class Tally:
    """What a run compared."""

    compared: Counter[str] = field(default_factory=Counter)
    departed: Counter[tuple[str, str]] = field(default_factory=Counter)
    mismatches: list[Cell] = field(default_factory=list)

    def add(self, cells: Iterable[Cell]) -> None:
        """Judge cells and count them."""
        for cell in cells:
            self.compared[cell.function] += 1
            if not agree(cell.ours, cell.theirs):
                name = next((item.name for item in DEPARTURES if item.explains(cell)), None)
                if name is None:
                    self.mismatches.append(cell)
                else:
                    self.departed[cell.function, name] += 1

    @property
    def unused(self) -> list[str]:
        """Departures that no cell needed."""
        used = {name for _, name in self.departed}
        return [item.name for item in DEPARTURES if item.name not in used]

    def table(self) -> str:
        """Return the summary: function, cells compared, mismatches, departures."""
        wrong = Counter(cell.function for cell in self.mismatches)
        away: Counter[str] = Counter()
        for (function, _), count in self.departed.items():
            away[function] += count
        lines = [f"{'function':<16}{'cells':>9}{'mismatches':>12}{'departures':>12}"]
        for function, count in sorted(self.compared.items()):
            lines.append(f"{function:<16}{count:>9}{wrong[function]:>12}{away[function]:>12}")
        totals = self.compared.total(), len(self.mismatches), self.departed.total()
        lines.append(f"{'all':<16}{totals[0]:>9}{totals[1]:>12}{totals[2]:>12}")
        by_name: Counter[str] = Counter()
        for (_, name), count in self.departed.items():
            by_name[name] += count
        lines += [f"  {count:>7} × {name}" for name, count in by_name.most_common()]
        return "\n".join(lines)
