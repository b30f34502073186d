"""What draws tables, bars and colours; a plain line of text needs none of it, see `crmbook.cli.terminal`."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.text import Text

from crmbook.cli.visible import visible


class Screen(Console):
    """A console that reads nothing into the texts that it draws.

    Parameters
    ----------
    stderr
        Whether it writes to standard error.
    """

    def __init__(self, *, stderr: bool = False) -> None:
        super().__init__(stderr=stderr, highlight=False, markup=False, emoji=False)

    def render_str(self, text: str, **options: Any) -> Text:
        """Render a text without reading anything into it."""
        return super().render_str(visible(text), **{**options, "markup": False, "emoji": False})


def styled(text: str, style: str = "") -> Text:
    """Return a text in a style, as a terminal may show it."""
    return Text(visible(text), style=style)
