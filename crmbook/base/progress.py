"""How far something has come, as whoever does it reports it to whoever shows it.

What lasts takes a `Progress` and calls it before each of its steps. It never asks whether anybody looks: the command line
draws a bar where there is a terminal, everything else passes `silent`.
"""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Takes note of a step."""

    def __call__(self, code: str, done: int = 0, total: int = 0, **params: object) -> None:
        """Take note of what is being done now.

        Parameters
        ----------
        code, params
            The message that says it, such as ``progress.writing``.
        done, total
            How many steps of how many are behind; a total of 0 where nobody knows.
        """


def silent(code: str, done: int = 0, total: int = 0, **params: object) -> None:
    """Take note of nothing."""
