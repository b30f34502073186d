"""A bar on the terminal for whatever takes longer than a second; nothing where nobody looks."""

from __future__ import annotations

import sys
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import describe, silent
from crmbook.cli.visible import visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.base import Language, Progress
    from crmbook.cli.screen import Screen

_SOON: Final = 1.0
"""Seconds after which a bar appears: what is done sooner needs none."""
_ALL: Final = 100
"""Steps of a share: it is shown in percent."""
_WIDTH: Final = 24
"""Columns of the bar itself; the words beside it say more."""


@contextmanager
def working(code: str, lang: Language, *, share: float | None = None, **params: object) -> Iterator[Progress]:
    """Show the message `code` with a moving sign while something is done, from the second second on.

    What is given back receives each step (see `crmbook.base.progress.Progress`): it shows that step's words instead, and
    how many of how many are done where the total is known.

    Parameters
    ----------
    share
        How much of the whole is done, from 0 to 1, for what goes through stages: it is shown as a percentage.
    """
    if not _is_looked_at():
        yield silent
        return
    bar = _Bar(lang, in_percent=share is not None)
    bar(code, round((share or 0) * _ALL), 0 if share is None else _ALL, **params)
    timer = threading.Timer(_SOON, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield bar
    finally:
        timer.cancel()
        timer.join()
        bar.stop()


@dataclass(slots=True)
class Noted:
    """A progress that remembers which files were written, so that whoever interrupts knows what was done.

    Attributes
    ----------
    onward
        Who else takes note of each step.
    has_begun
        Whether anything was read into the store, maybe.
    """

    onward: Progress = silent
    written: list[str] = field(default_factory=list)
    has_begun: bool = False

    def __call__(self, code: str, done: int = 0, total: int = 0, **params: object) -> None:
        """Take note of a step."""
        self.has_begun |= code == "progress.reading"
        if code == "progress.written":
            self.written.append(str(params["name"]))
        self.onward(code, done, total, **params)


def _is_looked_at() -> bool:
    """Return whether a person sees what is drawn: rich also takes a pipe for a terminal where the environment says so."""
    return sys.stderr is not None and sys.stderr.isatty() and _screen().is_interactive


def _screen() -> Screen:
    from crmbook.cli.screen import Screen  # slow to import, and most often nobody looks

    return Screen(stderr=True)


class _Bar:
    """A line on the terminal that is drawn over and over, and vanishes at the end."""

    def __init__(self, lang: Language, *, in_percent: bool) -> None:
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn  # slow to import
        from rich.table import Column

        self._lang, self._count = lang, "{done}%" if in_percent else "{done}/{total}"
        self._drawn: Any = Progress(
            SpinnerColumn(),
            TextColumn(
                "{task.description}",
                markup=False,
                table_column=Column(ratio=1, no_wrap=True, overflow="ellipsis"),
            ),
            BarColumn(bar_width=_WIDTH),
            TextColumn("{task.fields[count]}", markup=False),
            console=_screen(),
            transient=True,
            expand=True,
        )
        self._task = self._drawn.add_task("", total=None, count="")

    def __call__(self, code: str, done: int = 0, total: int = 0, **params: object) -> None:
        """Show a step."""
        self._drawn.update(
            self._task,
            description=visible(describe(code, self._lang, params)),
            completed=done,
            total=total or None,
            count=self._count.format(done=done, total=total) if total else "",
        )

    def start(self) -> None:
        """Begin to draw."""
        self._drawn.start()

    def stop(self) -> None:
        """Leave the terminal as it was."""
        self._drawn.stop()
