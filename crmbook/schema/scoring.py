"""The scoring rules of a book: bands, parameters, and what may be typed in their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

SCORING: Final = ("bands", "parameters")
"""What `rows` says of the tables that hold the scoring rules."""


@dataclass(frozen=True)
class Accepted:
    """What may be typed as a parameter or as the result of a band: the same kind of value as the schema's own.

    Attributes
    ----------
    type
        Field type: ``integer``, ``number``, ``enum``, or ``value`` where anything may stand.
    list
        List of an ``enum``.
    """

    type: str = "value"
    list: str | None = None
    min: float | None = None
    max: float | None = None


@dataclass(frozen=True)
class Band:
    """One band of a rule: `result` for values from `start` up."""

    start: float
    result: float | str
    note: str = ""


@dataclass(frozen=True)
class BandRule:
    """One scoring rule; its bands in ascending order."""

    name: str
    title: str
    unit: str
    bands: tuple[Band, ...]
    accepted: Accepted = Accepted()


@dataclass(frozen=True)
class Parameter:
    """One value that formulas read by PARAM."""

    name: str
    title: str
    value: float | str
    unit: str = ""
    note: str = ""
    accepted: Accepted = Accepted()
