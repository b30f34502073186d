"""A sign of life on the terminal for whatever takes longer than a second; nothing where nobody looks."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from crmbook.base import describe
from crmbook.cli.terminal import Terminal, styled

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.base import Language

_SOON = 1.0


@contextmanager
def working(code: str, lang: Language, **params: object) -> Iterator[None]:
    """Show the message `code` with a moving sign while something is done, from the second second on."""
    console = Terminal(stderr=True)
    if not console.is_terminal:
        yield
        return
    status = console.status(styled(describe(code, lang, params)))
    timer = threading.Timer(_SOON, status.start)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        status.stop()
