"""``python -m tests.everyday``: choose more pairs, play scenarios by name, or play the complete matrix.

``complete SEED RECORD`` plays in an order that the seed chooses, so that a part of it is a fair sample, writes one line
of JSON for each scenario to the record and leaves out those that stand there: it may be cut off and go on.
"""

from __future__ import annotations

import gc
import json
import sys
from collections import Counter
from pathlib import Path
from random import Random
from shutil import rmtree
from tempfile import TemporaryDirectory
from time import process_time
from traceback import format_exc
from typing import TYPE_CHECKING

from tests.everyday.matrix import PAIRWISE, by_work, choose_pairs, complete
from tests.everyday.scenario import Draft, FaultError, Scenario, play, save_all

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOGETHER = 8
"""Copies that LibreOffice saves at one start."""


def main(arguments: Sequence[str]) -> int:
    """Return how many of the scenarios show a fault."""
    if not arguments:
        PAIRWISE.write_text("".join(f"{scenario}\n" for scenario in choose_pairs()), encoding="utf-8")
        return 0
    with TemporaryDirectory() as folder:
        if arguments[0] == "complete":
            return play_all(int(arguments[1]), Path(arguments[2]), Path(folder))
        faults = [fault for name in arguments if (fault := fault_of(Scenario.of(name), None, Path(folder)))]
    print("\n\n".join(faults))
    return len(faults)


def play_all(seed: int, record: Path, folder: Path) -> int:
    """Play what the record lacks of the complete matrix, and count."""
    record.touch()
    lines = [json.loads(line) for line in record.read_text(encoding="utf-8").splitlines()]
    known = {line["scenario"] for line in lines}
    groups = list(by_work(complete()).values())
    Random(seed).shuffle(groups)
    gc.freeze()
    for first in range(0, len(groups), _TOGETHER):
        some = [group for group in groups[first : first + _TOGETHER] if {str(one) for one in group} - known]
        drafts = save_all([group[0] for group in some], folder, folder / "drafts") if some else []
        todo = [(one, draft) for draft, group in zip(drafts, some, strict=True) for one in group]
        Random(seed).shuffle(todo)
        for scenario, draft in todo:
            if str(scenario) not in known:
                began = process_time()
                fault = fault_of(scenario, draft, folder)
                lines.append({"scenario": str(scenario), "seconds": process_time() - began, "fault": fault})
                with record.open("a", encoding="utf-8") as stream:
                    stream.write(json.dumps(lines[-1], ensure_ascii=False) + "\n")
    print(Counter(bool(line["fault"]) for line in lines))
    return sum(bool(line["fault"]) for line in lines)


def fault_of(scenario: Scenario, draft: Draft | None, folder: Path) -> str:
    """Play a scenario; return what was wrong, empty where nothing was."""
    try:
        play(scenario, draft or Draft.make(scenario, folder, folder / "draft.xlsx"), folder / "day")
    except FaultError as error:
        return str(error)
    except Exception:  # noqa: BLE001 - whatever it is, the next is played
        return format_exc()
    finally:
        rmtree(folder / "day", ignore_errors=True)
    return ""


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
