"""The terminal, to which nothing that a person typed is a command.

Cell texts and file names reach the screen through here. Rich would take ``:x:`` for a picture and ``[red]`` for a
colour, and a terminal takes escape sequences that clear it, rename its window or hide what follows: a cell may hold
all of these. They are shown as the characters they are.
"""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Any, Final

from rich.console import Console
from rich.text import Text

if TYPE_CHECKING:
    from rich.style import Style

_CONTROLS: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters but tab and line feed, those that turn the direction of writing, and halves of characters."""


def has_person() -> bool:
    """Return whether somebody sits at the terminal who can be asked."""
    return sys.stdin.isatty() and sys.stdout.isatty()


def visible(text: str) -> str:
    r"""Return a text with every character that a terminal would obey spelled as its code, such as ``\x1b``."""
    return _CONTROLS.sub(lambda match: match[0].encode("unicode_escape").decode("ascii"), text)


def visible_json(text: str) -> str:
    """Return JSON with the same characters spelled in JSON's own way: what it says stays."""
    return _CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


class Terminal(Console):
    """A console that prints texts as they are; styles are given beside them.

    Parameters
    ----------
    stderr
        Whether it writes to standard error.
    soft_wrap
        Whether lines longer than the window are left to it.
    """

    def __init__(self, *, stderr: bool = False, soft_wrap: bool = False) -> None:
        super().__init__(stderr=stderr, soft_wrap=soft_wrap, highlight=False, markup=False, emoji=False)

    def render_str(self, text: str, **options: Any) -> Text:
        """Render a text without reading anything into it."""
        return super().render_str(visible(text), **{**options, "markup": False, "emoji": False})


def styled(text: str, style: str | Style = "") -> Text:
    """Return a text in a style, as a terminal may show it."""
    return Text(visible(text), style=style)
