"""``python -m tests.everyday``: choose more pairs, play scenarios by name, or play the complete matrix.

``complete SEED --resume FILE`` plays packed days (`tests.everyday.matrix.complete`) in an order that the seed chooses, so
that any part of it is a fair sample, writes one line of JSON for each meeting of two edits to the file and leaves out the
days that stand there: it may be cut off and go on. Of a day that shows a fault it plays ever smaller parts
(`tests.everyday.blame`) and notes what is left, a scenario that can be played by its name; the edits that were not possible
are named too. ``--minutes N`` ends a sitting, ``--part 1/2`` plays every second draft (another process the others, into
the same file), ``--books FOLDER`` keeps the books for the next one, ``again --resume FILE`` plays once more what showed a
fault, and ``--resume FILE`` alone counts what stands there.

Days that begin with one draft are played together: what a process keeps of a book (its pattern, its formulas) serves
them all, where days of many books in turn would make it anew for each.
"""

from __future__ import annotations

import gc
import json
import sys
from argparse import ArgumentParser
from dataclasses import dataclass, field
from hashlib import sha256
from math import inf
from pathlib import Path
from random import Random
from shutil import rmtree
from tempfile import TemporaryDirectory
from time import monotonic, process_time
from traceback import format_exc
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from tests.books import TEMPLATES, book_of
from tests.everyday.blame import MOST, Blame
from tests.everyday.matrix import PAIRWISE, by_work, choose_pairs, complete, single
from tests.everyday.scenario import Draft, FaultError, Scenario, Task, play, save_all

if TYPE_CHECKING:
    from collections.abc import Sequence

_TOGETHER = 6
"""Copies that LibreOffice saves at one start."""


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
            part, of = map(int, asked.part.split("/"))
            parts = sittings(int(asked.names[1]))[part - 1 :: of]
            end = monotonic() + 60 * asked.minutes
            play_all(parts, record, books, Path(folder), end, asked.blame)
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
        "--blame",
        type=int,
        default=MOST,
        metavar="N",
        help="days to play in search of what brings a fault about",
    )
    parser.add_argument(
        "--part", default="1/1", metavar="K/N", help="play every N-th draft, from the K-th on"
    )
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
    """What was played in all sittings: a file with one line of JSON for each scenario; of one played again the last counts.

    Attributes
    ----------
    faults
        By scenario: what was wrong, empty where nothing was.
    """

    def __init__(self, path: Path) -> None:
        self.path, self.lock = path, FileLock(path.with_name(f"{path.name}.lock"))
        with self.lock:
            path.touch()
            lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
            # A sitting that was cut off while it wrote leaves half a line behind.
            whole = [json.loads(line) for line in lines if line.endswith("\n")]
            if len(whole) < len(lines):
                path.write_text("".join(lines[: len(whole)]), encoding="utf-8")
        self.faults: dict[str, str] = {line["scenario"]: line["fault"] for line in whole}
        self.failed = {line["scenario"] for line in whole if line.get("failed")}

    def __str__(self) -> str:
        left = sum(str(one) not in self.faults for day in complete() for one in single(day))
        failed = f", {len(self.failed)} not possible" if self.failed else ""
        return f"{len(self.faults)} played{failed}, {len(self.faulty)} with a fault, {left} left"

    def has(self, day: Scenario) -> bool:
        """Return whether all that meets in a day was played."""
        return all(str(one) in self.faults for one in single(day))

    @property
    def faulty(self) -> list[str]:
        """The scenarios that showed a fault when they were played last."""
        return [name for name, fault in self.faults.items() if fault]

    def note(self, scenario: Scenario, seconds: float, fault: str) -> None:
        """Write down how a scenario went."""
        self._write([{"scenario": str(scenario), "seconds": seconds, "fault": fault}])

    def note_day(self, day: Scenario, played: Played, least: Scenario | None) -> None:
        """Write down how a packed day went: each meeting of two edits, and in a line of its own what brings a fault about."""
        seconds = round(played.seconds / len(day.tasks), 3)
        lines: list[dict[str, Any]] = [
            {"scenario": str(one), "seconds": seconds, "fault": ""}
            | ({"failed": True} if one.tasks[0] in played.failed else {})
            for one in single(day)
        ]
        if least is not None:
            lines.append({"scenario": str(least), "seconds": 0.0, "fault": played.fault})
        self._write(lines)

    def _write(self, lines: Sequence[dict[str, Any]]) -> None:
        self.faults |= {line["scenario"]: line["fault"] for line in lines}
        self.failed |= {line["scenario"] for line in lines if line.get("failed")}
        with self.lock, self.path.open("a", encoding="utf-8") as stream:
            stream.write("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))


@dataclass
class Played:
    """How a day went."""

    seconds: float = 0.0
    fault: str = ""
    failed: list[Task] = field(default_factory=list)


def sittings(seed: int) -> list[list[Scenario]]:
    """Return the complete matrix in the order that a seed chooses, in lists that each begin with one draft."""
    random = Random(seed)
    groups = list(by_work(complete()).values())
    for group in groups:
        random.shuffle(group)
    random.shuffle(groups)
    return groups


def play_all(
    parts: list[list[Scenario]], record: Record, books: Path, folder: Path, end: float, most: int = MOST
) -> None:
    """Play what the record lacks of some sittings, until the clock shows `end`; the books are kept in `books`."""
    gc.freeze()
    left = [some for part in parts if (some := [day for day in part if not record.has(day)])]
    for first in range(0, len(left), _TOGETHER):
        some = left[first : first + _TOGETHER]
        drafts = save_all([part[0] for part in some], books, folder / "drafts")
        for draft, part in zip(drafts, some, strict=True):
            for day in part:
                if monotonic() > end:
                    return
                _play_day(day, draft, record, books, folder, most)
        rmtree(folder / "drafts", ignore_errors=True)


def _play_day(day: Scenario, draft: Draft, record: Record, books: Path, folder: Path, most: int) -> None:
    """Play a packed day; of one that shows a fault, look for what brings it about."""
    played = try_to_play(day, draft, books, folder)
    least = None
    if played.fault:
        blame = Blame(day, lambda one: try_to_play(one, None, books, folder).fault, most, played.fault)
        least = blame.find()
        played.fault = blame.fault
    record.note_day(day, played, least)


def play_again(record: Record, folder: Path) -> None:
    """Play once more what showed a fault."""
    for name in record.faulty:
        played = try_to_play(Scenario.of(name), None, folder, folder)
        record.note(Scenario.of(name), played.seconds, played.fault)


def _play_named(names: Sequence[str], folder: Path) -> int:
    played = [try_to_play(Scenario.of(name), None, folder, folder) for name in names]
    faults = [one.fault for one in played if one.fault]
    print("\n\n".join(faults))
    return len(faults)


def try_to_play(scenario: Scenario, draft: Draft | None, books: Path, folder: Path) -> Played:
    """Play a scenario, whatever comes of it."""
    began, played = process_time(), Played()
    try:
        draft = draft or Draft.make(scenario, books, folder / "alone" / "draft.xlsx")
        played.failed = play(scenario, draft, folder / "day")
    except FaultError as error:
        played.fault = str(error)
    except Exception:  # noqa: BLE001 - whatever it is, the next is played
        played.fault = format_exc()
    finally:
        rmtree(folder / "day", ignore_errors=True)
        rmtree(folder / "alone", ignore_errors=True)
    played.seconds = process_time() - began
    return played


if __name__ == "__main__":
    sys.exit(min(main(sys.argv[1:]), 1))
