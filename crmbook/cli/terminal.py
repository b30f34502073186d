"""The terminal: lines of text go straight to it, and only a style or a table asks the library that draws them.

Its import takes longer than most of what is printed.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TextIO

from crmbook.base import describe
from crmbook.cli.visible import visible

if TYPE_CHECKING:
    from crmbook.base import Language

_USUAL: Final = 80
_YES: Final = frozenset({"y", "yes", "是", "ｙ"})
_NO: Final = frozenset({"", "n", "no", "否", "不", "ｎ"})


def has_person() -> bool:
    """Return whether somebody sits at the terminal who can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def confirm(question: str, lang: Language) -> bool:
    """Ask a question, again until the answer is one; return whether it is yes. Enter alone is no."""
    import typer  # most commands ask nothing

    while True:
        answer = typer.prompt(f"{question} [y/N]", default="", show_default=False).strip().casefold()
        if answer in _YES or answer in _NO:
            return answer in _YES
        Terminal(stderr=True).print(describe("cli.confirm-what", lang, {"answer": answer}))


class Terminal:
    """Where the lines of a command go: as they are, in words that fit its width; a pipe, which has none, gets them whole.

    Parameters
    ----------
    stderr
        Whether it writes to standard error.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        self._is_error = stderr

    @property
    def width(self) -> int:
        """Columns of the window; those of the environment where it says how many."""
        said = os.environ.get("COLUMNS", "")
        if said.isdigit() and int(said):
            return int(said)
        for number in range(3):  # whichever of the three streams is the window
            with suppress(OSError):
                return os.get_terminal_size(number).columns or _USUAL
        return _USUAL

    def print(self, text: str = "", style: str = "") -> None:
        """Print a text, in a style where the terminal has one for it."""
        stream = sys.stderr if self._is_error else sys.stdout
        if stream is None:  # a window without a console
            return
        shown = visible(text)
        if stream.isatty():
            from crmbook.cli.wrapping import fitted

            shown = fitted(shown, self.width)
        if style:
            from crmbook.cli.screen import Screen, styled

            Screen(stderr=self._is_error).print(styled(shown, style), soft_wrap=True)
        else:
            _write(stream, f"{shown}\n")


def _write(stream: TextIO, text: str) -> None:
    """Write a text at once; whoever listened no longer does is no failure of ours, but the end."""
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())  # what is left is flushed at the exit
        raise SystemExit(1) from None
