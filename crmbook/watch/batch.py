"""Which workbooks are synced when: those that somebody saved at once, those that show too little in a while.

One save must not rewrite the files of 49 colleagues at every keystroke: they wait until nobody has saved for a time
of *calm*, though never longer than *patience*. A round over all workbooks goes on one by one, and saves pass it. What
failed comes again after a delay that doubles, or, where it cannot get better by itself, once its file changes.
Pure: the moments are handed in, in seconds of any clock that only goes forward.
"""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

CALM: Final = 30.0
PATIENCE: Final = 300.0
GROUP: Final = 4
"""How many saved workbooks are taken in before the first of them is written: a stop waits for so many at most."""
_FIRST: Final = 1.0
_LONGEST: Final = 300.0


class Batch:
    """What waits to be synced.

    Parameters
    ----------
    calm, patience
        Seconds without a save before workbooks are refreshed, and seconds after which they are refreshed in any case.
    """

    def __init__(self, calm: float = CALM, patience: float = PATIENCE) -> None:
        self._calm, self._patience = calm, patience
        self._saved: dict[Path, None] = {}
        self._round: dict[Path, None] = {}
        self._outdated: dict[Path, float] = {}  # since when
        self._again: dict[Path, float] = {}
        self._tries: dict[Path, int] = {}
        self._barred: set[Path] = set()
        self._last_save = float("-inf")
        self._others_turn = False

    def save(self, paths: Iterable[Path], at: float) -> None:
        """Take note of workbooks that were saved, or closed: they are due."""
        for path in paths:
            self._saved[path] = None
            self._again.pop(path, None)
            self._barred.discard(path)
            self._last_save = at

    def round(self, paths: Iterable[Path]) -> None:
        """Let all of these have their turn, after those that were saved."""
        self._round |= dict.fromkeys(path for path in paths if path not in self._saved)

    def refresh(self, paths: Iterable[Path], at: float) -> None:
        """Take note of which workbooks show too little; those of the last time that are not among them do so no more."""
        since = {path: self._outdated.get(path, at) for path in set(paths) - self._barred}
        self._outdated = {path: since[path] for path in sorted(since, key=lambda path: (since[path], path))}

    def later(self, path: Path, at: float, longest: float = _LONGEST, first: float = _FIRST) -> None:
        """Let a workbook come again after a delay, twice as long as the last one."""
        tries = self._tries.get(path, 0)
        self._tries[path] = min(tries + 1, 30)
        self._again[path] = at + min(first * 2**tries, longest)

    def bar(self, path: Path) -> None:
        """Leave a workbook alone until it is saved, or a round comes to it."""
        self._barred.add(path)
        self._outdated.pop(path, None)

    def done(self, path: Path) -> None:
        """Take note that a workbook was synced."""
        self._tries.pop(path, None)
        self._again.pop(path, None)
        self._barred.discard(path)

    def forget(self, paths: Iterable[Path]) -> None:
        """Drop workbooks that are gone."""
        for path in paths:
            for queue in (self._saved, self._round, self._outdated, self._again, self._tries):
                queue.pop(path, None)
            self._barred.discard(path)

    def take(self, at: float) -> list[Path]:
        """Return what shall be synced now, together; an empty list where nothing is due."""
        for path in [path for path, when in self._again.items() if when <= at]:
            del self._again[path]
            self._saved[path] = None
        others = self._other(at)
        if self._saved and not (others and self._others_turn):
            taken = list(self._saved)[:GROUP]
            self._others_turn = True
        else:
            taken = others
            self._others_turn = False
        for path in taken:
            for queue in (self._saved, self._round, self._outdated):
                queue.pop(path, None)
        return taken

    def _other(self, at: float) -> list[Path]:
        """Return a workbook that nobody saved whose turn it is."""
        due = (path for path in self._outdated if self._due(path) <= at)
        return [path for path in chain(self._round, due) if path not in self._again][:1]

    def wait(self, at: float) -> float | None:
        """Return in how many seconds something is due, None where nothing is."""
        if self._saved or any(path not in self._again for path in self._round):
            return 0.0
        moments = [
            *self._again.values(),
            *(self._due(path) for path in self._outdated if path not in self._again),
        ]
        return max(0.0, min(moments) - at) if moments else None

    def _due(self, path: Path) -> float:
        since = self._outdated[path]
        return min(max(self._last_save, since) + self._calm, since + self._patience)
