"""Choose the pairs anew, or play scenarios by name: ``python -m tests.everyday [NAME …]``."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.everyday.matrix import PAIRWISE, choose_pairs
from tests.everyday.scenario import FaultError, Scenario, play


def main(names: list[str]) -> int:
    """Return how many of the scenarios show a fault."""
    if not names:
        PAIRWISE.write_text("".join(f"{scenario}\n" for scenario in choose_pairs()), encoding="utf-8")
    faults = 0
    with TemporaryDirectory() as folder:
        for number, name in enumerate(names):
            try:
                play(Scenario.of(name), Path(folder), Path(folder, str(number)))
            except FaultError as error:
                faults += 1
                print(error)
    return faults


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
