"""How far a task of several stages is, shown on the terminal; and what must not be cut off in the middle."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from crmbook.base import describe
from crmbook.cli.terminal import Terminal, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress

    from crmbook.base import Language

_SOON: Final = 1.0
_ALL: Final = 100


@dataclass
class Course:
    """How far a task of several stages is.

    Attributes
    ----------
    total, done
        In the weights of its stages.
    """

    lang: Language
    total: int
    done: int = 0

    @contextmanager
    def stage(self, code: str, weight: int, **params: object) -> Iterator[None]:
        """Show a stage while it goes on; it counts once it has ended."""
        with _shown(describe(code, self.lang, params), min(self.done / max(self.total, 1), 1)):
            yield
        self.done += weight


@contextmanager
def _shown(text: str, share: float) -> Iterator[None]:
    """Show a bar on a terminal while something is done, from the second second on."""
    console = Terminal(stderr=True)
    if not console.is_terminal:
        yield
        return
    bar = _bar(console, text, share)
    timer = threading.Timer(_SOON, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        bar.stop()


def _bar(console: Terminal, text: str, share: float) -> Progress:
    from rich import progress as rich  # asked for by what takes long alone

    columns = (
        rich.SpinnerColumn(), rich.TextColumn("{task.description}", markup=False), rich.BarColumn(20),
        rich.TaskProgressColumn(), rich.TimeElapsedColumn(),
    )  # fmt: skip
    bar = rich.Progress(*columns, console=console, transient=True)
    bar.add_task(visible(text), total=_ALL, completed=round(share * _ALL))
    return bar


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait until something is done and noted, so that what is told of it is true."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    pressed: list[Any] = []
    before = signal.signal(signal.SIGINT, lambda *_: pressed.append(True))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt
