"""How far a task of several stages is, shown on the terminal; and what must not be cut off in the middle."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import typer

from crmbook.cli.console import INTERRUPTED, say
from crmbook.cli.progress import working

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.base import Language
    from crmbook.cli.progress import Noted


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


@dataclass
class Made:
    """What a command has made so far: its revision, 0 as long as there is none."""

    revision: int = 0


@contextmanager
def telling_interrupts(lang: Language, noted: Noted | None = None) -> Iterator[Made]:
    """Tell whoever presses Ctrl-C what was done and what was not, and end the command.

    Parameters
    ----------
    noted
        What the sync before and after has written.

    Raises
    ------
    typer.Exit
        With the exit code of Ctrl-C.
    """
    made = Made()
    try:
        yield made
    except (KeyboardInterrupt, typer.Abort):
        if made.revision:
            say("cli.interrupted-made", lang, revision=made.revision)
        elif noted is not None and noted.has_begun:
            say("cli.interrupted-before", lang, written=noted.written or "–")
        else:
            say("cli.cancelled", lang)
        raise typer.Exit(code=INTERRUPTED) from None


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let Ctrl-C wait until something is done and noted, so that what is reported of it is true."""
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
