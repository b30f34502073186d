"""Python's search for garbage that refers to itself, left off where it finds nothing and costs a third of the time."""

from __future__ import annotations

import atexit
import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

_SELDOM: Final = (50_000, 20, 100)
"""How many objects more than before are searched, and how many searches make a wider one: 700, 10 and 10 by default."""


def collect_seldom() -> None:
    """Let a process that does one thing and ends search its objects a few times only, and not once more when it ends."""
    gc.set_threshold(*_SELDOM)
    atexit.register(gc.freeze)


@contextmanager
def uncollected() -> Iterator[None]:
    """Make many small objects that all stay without having them searched again and again."""
    is_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_on:
            gc.enable()
