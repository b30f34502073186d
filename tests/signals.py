"""Signals as a terminal leaves them, also where the tests run in the background: shells have some ignored there."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def heard(sign: signal.Signals) -> Iterator[None]:
    """Have a signal ignored no more, here and in the processes that begin meanwhile."""
    before = signal.getsignal(sign)
    if before is signal.SIG_IGN:
        signal.signal(sign, signal.default_int_handler if sign is signal.SIGINT else signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(sign, before)
