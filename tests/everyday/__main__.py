"""``python -m tests.everyday``: choose more pairs, play scenarios by name, or play the complete matrix.

``complete SEED --resume FILE`` plays in an order that the seed chooses, so that any part of it is a fair sample, writes
one line of JSON for each scenario to the file and leaves out those that stand there: it may be cut off and go on.
``--minutes N`` ends a sitting, ``--books FOLDER`` keeps the books for the next one, ``again --resume FILE`` plays once
more what showed a fault, and ``--resume FILE`` alone counts what stands there.

Scenarios that begin with one draft are played together, a third of them at a time: what a process keeps of a book (its
pattern, its formulas) serves them all, where scenarios of many books in turn would make it anew for each.
"""

from __future__ import annotations

import gc
import json
import sys
from argparse import ArgumentParser
from hashlib import sha256
from math import inf
from pathlib import Path
from random import Random
from shutil import rmtree
from tempfile import TemporaryDirectory
from time import monotonic, process_time
from traceback import format_exc
from typing import TYPE_CHECKING

from tests.books import TEMPLATES, book_of
from tests.everyday.matrix import PAIRWISE, by_work, choose_pairs, complete
from tests.everyday.scenario import Draft, FaultError, Scenario, play, save_all

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOGETHER = 6
"""Copies that LibreOffice saves at one start."""
_PARTS = 3
"""Times that each draft is taken up: the sooner another comes, the fairer is what was played so far."""


def main(arguments: Sequence[str]) -> int:
    """Return how many of the scenarios show a fault."""
    if not arguments:
        PAIRWISE.write_text("".join(f"{scenario}\n" for scenario in choose_pairs()), encoding="utf-8")
        return 0
    asked = _parser().parse_args(arguments)
    with TemporaryDirectory() as folder:
        if asked.resume is None:
            return _play_named(asked.names, Path(folder))
        record = Record(asked.resume)
        if asked.names[:1] == ["complete"]:
            books = _books(asked.books) if asked.books else Path(folder)
            play_all(int(asked.names[1]), record, books, Path(folder), monotonic() + 60 * asked.minutes)
        elif asked.names[:1] == ["again"]:
            play_again(record, Path(folder))
    print(record)
    return len(record.faulty)


def _parser() -> ArgumentParser:
    parser = ArgumentParser("python -m tests.everyday", description=__doc__)
    parser.add_argument("names", nargs="*", help="scenarios, complete SEED, or again")
    parser.add_argument(
        "--resume", type=Path, metavar="FILE", help="what was played, a line of JSON for each scenario"
    )
    parser.add_argument("--minutes", type=float, default=inf, help="how long this sitting lasts")
    parser.add_argument(
        "--books", type=Path, metavar="FOLDER", help="where the books stay for the next sitting"
    )
    return parser


def _books(folder: Path) -> Path:
    """Return where the books are kept that today's schemas make."""
    known = "".join(book_of(name, lang).fingerprint for name in TEMPLATES for lang in ("zh", "en"))
    place = folder / sha256(known.encode()).hexdigest()[:12]
    place.mkdir(parents=True, exist_ok=True)
    return place


class Record:
    """What was played in all sittings: a file with one line of JSON for each scenario; of one played again the last counts."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.touch()
        lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
        # A sitting that was cut off while it wrote leaves half a line behind.
        whole = [json.loads(line) for line in lines if line.endswith("\n")]
        path.write_text("".join(line for line in lines if line.endswith("\n")), encoding="utf-8")
        self.faults: dict[str, str] = {line["scenario"]: line["fault"] for line in whole}

    def __str__(self) -> str:
        left = sum(str(one) not in self.faults for one in complete())
        return f"{len(self.faults)} played, {len(self.faulty)} with a fault, {left} left"

    @property
    def faulty(self) -> list[str]:
        """The scenarios that showed a fault when they were played last."""
        return [name for name, fault in self.faults.items() if fault]

    def note(self, scenario: Scenario, seconds: float, fault: str) -> None:
        """Write down how a scenario went."""
        self.faults[str(scenario)] = fault
        line = {"scenario": str(scenario), "seconds": seconds, "fault": fault}
        with self.path.open("a", encoding="utf-8") as stream:
            stream.write(json.dumps(line, ensure_ascii=False) + "\n")


def sittings(seed: int) -> list[list[Scenario]]:
    """Return the complete matrix in the order that a seed chooses, in lists that each begin with one draft."""
    random = Random(seed)
    groups = list(by_work(complete()).values())
    for group in groups:
        random.shuffle(group)
    parts: list[list[Scenario]] = []
    for first in range(_PARTS):
        random.shuffle(groups)
        parts += [group[first::_PARTS] for group in groups]
    return parts


def play_all(seed: int, record: Record, books: Path, folder: Path, end: float) -> None:
    """Play what the record lacks of the complete matrix, until the clock shows `end`; the books are kept in `books`."""
    gc.freeze()
    parts = [[one for one in part if str(one) not in record.faults] for part in sittings(seed)]
    left = [part for part in parts if part]
    for first in range(0, len(left), _TOGETHER):
        some = left[first : first + _TOGETHER]
        drafts = save_all([part[0] for part in some], books, folder / "drafts")
        for draft, part in zip(drafts, some, strict=True):
            for scenario in part:
                if monotonic() > end:
                    return
                _play(scenario, draft, folder, record)
        rmtree(folder / "drafts", ignore_errors=True)


def play_again(record: Record, folder: Path) -> None:
    """Play once more what showed a fault."""
    for name in record.faulty:
        _play(Scenario.of(name), None, folder, record)


def _play(scenario: Scenario, draft: Draft | None, folder: Path, record: Record) -> None:
    began = process_time()
    fault = fault_of(scenario, draft, folder)
    record.note(scenario, process_time() - began, fault)


def _play_named(names: Sequence[str], folder: Path) -> int:
    faults = [fault for name in names if (fault := fault_of(Scenario.of(name), None, folder))]
    print("\n\n".join(faults))
    return len(faults)


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
