"""Two rows that may be one, and what speaks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    Speaks = Literal["same", "similar", "differs"]


@dataclass(frozen=True, slots=True)
class Reason:
    """What some fields of two rows say of each other."""

    speaks: Speaks
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two rows that may be one.

    Attributes
    ----------
    first, second
        Row ids, in the order of the table.
    score
        How sure it is, from 0 to 100.
    """

    first: str
    second: str
    score: int
    reasons: tuple[Reason, ...]
