"""The scoring rules of a book: bands, parameters, and what may be typed in their place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.schema.model import Label

SCORING: Final = ("bands", "parameters")
"""What `rows` says of the tables that hold the scoring rules."""


@dataclass(frozen=True)
class Accepted:
    """What may be typed as a parameter or as the result of a band: the same kind of value as the schema's own.

    Attributes
    ----------
    type
        Field type: ``integer``, ``number``, ``enum``, or ``value`` where anything may be.
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

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The rows of the table of bands."""
        of = {"rule": self.name, "title": self.title, "unit": self.unit}
        return [{**of, "from": band.start, "result": band.result, "note": band.note} for band in self.bands]


@dataclass(frozen=True)
class Parameter:
    """One value that formulas read by PARAM."""

    name: str
    title: str
    value: float | str
    unit: str = ""
    note: str = ""
    accepted: Accepted = Accepted()

    @property
    def row(self) -> dict[str, Any]:
        """The row of the table of parameters."""
        columns = {"title": self.title, "value": self.value, "unit": self.unit, "note": self.note}
        return {"parameter": self.name, **columns}


def accepted_like(seeds: Sequence[float | str | Label], low: float | None, high: float | None) -> Accepted:
    """Return what may be typed where the schema has `seeds`."""
    lists = {seed.rpartition(".")[0] for seed in seeds if isinstance(seed, str)}
    if len(lists) == 1 and all(isinstance(seed, str) for seed in seeds):
        return Accepted("enum", lists.pop())
    numbers = [seed for seed in seeds if isinstance(seed, int | float)]
    if len(numbers) < len(seeds):
        return Accepted()
    whole = all(isinstance(number, int) for number in numbers)
    lowest = 0 if low is None and min(numbers) >= 0 else low
    return Accepted("integer" if whole else "number", None, lowest, high)
