"""Every function, over every kind of argument: our value is the one that LibreOffice computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.formula.oracle.run import run_oracle
from tests.formula.oracle.templates import PATTERNS, iter_formulas

if TYPE_CHECKING:
    from pathlib import Path

SEEDS = (1, 2, 3, 4, 5)
ROWS = 20
PER_FUNCTION = 300
IN_ALL = 100_000


@pytest.mark.office
@pytest.mark.slow
def test_every_function_agrees_with_the_oracle(tmp_path: Path) -> None:
    tally = run_oracle(SEEDS, ROWS, list(iter_formulas()), tmp_path)
    print(tally.table())
    assert not tally.mismatches, "\n".join(map(str, tally.mismatches[:40]))
    assert not tally.unused, "departures that no longer occur"
    assert not [name for name in PATTERNS if tally.compared[name] < PER_FUNCTION]
    assert tally.compared.total() >= IN_ALL
