"""How far a task of several stages is, shown on the terminal; and what must not be cut off in the middle."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crmbook.cli.progress import working

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.base import Language


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
        with working(code, self.lang, share=min(self.done / max(self.total, 1), 1), **params):
            yield
        self.done += weight


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
