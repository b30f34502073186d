"""A book's rows as plain values, and what is counted from them without one formula of the schemas.

Model: a `Ledger` holds the rows that people typed, a day that counts as today, and the period of the summary. A field
is computed by a function of its own, registered by `field(table, name)`, which returns one value a row; a value typed
over it wins where the row may hold one. Values are None, float, str or date; money is summed in cents, so that a sum
stands at a boundary exactly or not at all. What happens after today has not happened.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from dataclasses import field as attribute
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from types import EllipsisType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Plain = None | float | str | date
Row = dict[str, Plain]
Count = "Callable[[Ledger], list[Plain]]"

FIELDS: dict[tuple[str, str], Count] = {}
CELLS: dict[str, Callable[[Ledger], Plain]] = {}

TYPED_OVER = {
    "customers": {"age", "purchases", "spent", "last_visit"},
    "followups": {"last_contact"},
    "classes": {"category", "basis"},
    "lifecycle": {"first_contact", "first_purchase", "last_purchase"},
    "loyalty": {"frequency", "amount"},
    "alerts": {"last_purchase", "frequency"},
}
"""Fields that a person may type over (d° of the requirements); 最近互动时间 of companies besides."""


ONLY = {("transactions", "amount"): "retail"}
"""Fields that are typed in every other template."""


def field(table: str, name: str) -> Callable[[Count], Count]:
    """Register the function that computes a field."""

    def register(count: Count) -> Count:
        FIELDS[table, name] = count
        return count

    return register


def cell(
    name: str, empty: Plain | EllipsisType = ...
) -> Callable[[Callable[[Ledger], Plain]], Callable[[Ledger], Plain]]:
    """Register the function that computes a single cell of a page; `empty` is what a book without customers shows."""

    def register(count: Callable[[Ledger], Plain]) -> Callable[[Ledger], Plain]:
        def counted(book: Ledger) -> Plain:
            return count(book) if isinstance(empty, EllipsisType) or book["customers"] else empty

        CELLS[name] = counted
        return counted

    return register


def plain(value: object) -> Plain:
    """Return a typed value as None, float, str or date."""
    if value is None or value == "" or pd.isna(value):  # type: ignore[call-overload]
        return None
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, (int, float, np.number)):
        return float(value)
    return value if isinstance(value, (str, date)) else str(value)


@dataclass
class Ledger:
    """The rows of a book by table, today, and what was chosen on the pages."""

    template: str
    rows: Mapping[str, list[Row]]
    today: date
    period: str = "年"
    period_date: date | None = None
    chosen: str | None = None
    losses: dict[str, list[tuple[date, date | None]]] | None = None
    _known: dict[tuple[str, str], list[Plain]] = attribute(default_factory=dict)

    def __getitem__(self, table: str) -> list[Row]:
        return self.rows.get(table, [])

    def column(self, table: str, name: str) -> list[Plain]:
        """Return a column, typed or computed; where both stand, what was typed."""
        if (table, name) in self._known:
            return self._known[table, name]
        if (table, name) not in FIELDS or ONLY.get((table, name), self.template) != self.template:
            self._known[table, name] = [row.get(name) for row in self[table]]
        else:
            values = FIELDS[table, name](self)
            if name in TYPED_OVER.get(table, ()) or (self.template, name) == ("b2b", "last_interaction"):
                typed = [row.get(name) for row in self[table]]
                values = [
                    new if old is None else old
                    for old, new in zip(typed or [None] * len(values), values, strict=True)
                ]
            self._known[table, name] = values
        return self._known[table, name]

    def by_customer(self, table: str, name: str) -> dict[str, Plain]:
        """Return a column by the customer of its row; of several rows, the first."""
        found: dict[str, Plain] = {}
        for key, value in zip(self.column(table, "customer_id"), self.column(table, name), strict=True):
            if isinstance(key, str):
                found.setdefault(key, value)
        return found

    def for_rows(self, table: str, values: Mapping[str, Plain], nothing: Plain = None) -> list[Plain]:
        """Return the value of each row's customer."""
        return [values.get(str(row["customer_id"]), nothing) for row in self[table]]

    @cached_property
    def place(self) -> int:
        """The row of the chosen customer, of the first one where nobody is chosen."""
        return self.column("customers", "customer_id").index(self.chosen) if self.chosen else 0

    @cached_property
    def money(self) -> dict[str, list[tuple[date, int]]]:
        """The transactions of each customer up to today, oldest first, in cents."""
        found = defaultdict(list)
        amounts = self.column("transactions", "amount")
        for row, amount in zip(self["transactions"], amounts, strict=True):
            day = row["date"]
            if isinstance(day, date) and day <= self.today:
                found[str(row["customer_id"])].append((day, round(float(amount or 0) * 100)))
        return {key: sorted(found[key]) for key in found}

    @cached_property
    def bought(self) -> dict[str, list[date]]:
        """The days of each customer's purchases: a refund is none."""
        days = {key: [day for day, cents in pairs if cents > 0] for key, pairs in self.money.items()}
        return {key: each for key, each in days.items() if each}

    @cached_property
    def year_ago(self) -> date:
        return (pd.Timestamp(self.today) - pd.DateOffset(years=1)).date()

    def days_of(self, table: str, name: str = "date") -> dict[str, list[date]]:
        """Return the days of each customer's rows up to today."""
        found = defaultdict(list)
        for row in self[table]:
            day = row.get(name)
            if isinstance(day, date) and day <= self.today:
                found[str(row["customer_id"])].append(day)
        return found


def ledger(
    template: str,
    frames: Mapping[str, pd.DataFrame],
    today: date,
    period: str = "年",
    chosen: str | None = None,
) -> Ledger:
    """Return the ledger of tables of typed values."""
    rows = {table: [_row(values) for values in frame.to_dict("records")] for table, frame in frames.items()}
    return Ledger(template, rows, today, period, chosen=chosen)


def _row(values: Mapping[str, object]) -> Row:
    return {name: plain(value) for name, value in values.items()}


def rounded(value: float, places: int) -> float:
    """Return a number rounded as people do, half away from zero; what binary fractions add far behind is no half."""
    exact = Decimal(repr(round(float(value), 9)))
    return float(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP))


def band(value: float, bands: Mapping[float, Plain]) -> Plain:
    """Return the result of the last band that begins at or below the value."""
    result = None
    for start, gain in bands.items():
        if value >= start:
            result = gain
    return result
