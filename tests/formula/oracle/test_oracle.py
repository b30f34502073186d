"""Every function, over every kind of argument: our value is the one that LibreOffice computes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from crmbook.formula import FUNCTIONS
from tests.formula.oracle.agreement import agree
from tests.formula.oracle.run import run_oracle
from tests.formula.oracle.templates import PATTERNS, iter_formulas
from tests.office import ErrorText

if TYPE_CHECKING:
    from pathlib import Path

    from tests.office import CellContent

SEEDS = (1, 2, 3, 4)
ROWS = 14
PER_FUNCTION = 300
IN_ALL = 100_000


@pytest.mark.office
@pytest.mark.slow
def test_every_function_agrees_with_the_oracle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tally = run_oracle(SEEDS, ROWS, list(iter_formulas()), tmp_path)
    with capsys.disabled():
        print(f"\n{tally.table()}")
    assert not tally.mismatches, "\n".join(map(str, tally.mismatches[:40]))
    assert not tally.unused, "departures that no longer occur"
    assert not [name for name in PATTERNS if tally.compared[name] < PER_FUNCTION]
    assert tally.compared.total() >= IN_ALL


def test_every_function_of_the_language_is_asked() -> None:
    asked = {name for _, text in iter_formulas() for name in FUNCTIONS if f"{name}(" in text}
    assert {name for name, one in FUNCTIONS.items() if one.in_cells} - asked == set()


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        (1.0, 1.0 + 1e-12, True),
        (1e12, 1e12 + 1, True),
        (1e-12, 0.0, True),
        (1.0, 1.0001, False),
        (1.0, "1", False),
        (1.0, True, False),
        (0.0, None, False),
        ("a", "A", False),
        ("#N/A", ErrorText("#N/A"), False),
        (ErrorText("#N/A"), ErrorText("#N/A"), True),
        (ErrorText("#NUM!"), ErrorText("#VALUE!"), False),
    ],
)
def test_agreement_converts_nothing(ours: CellContent, theirs: CellContent, *, same: bool) -> None:
    assert agree(ours, theirs) is same
