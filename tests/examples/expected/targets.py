"""销售目标: what each owner sold in the period, against what was to be sold in it, counted with pandas."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from tests.examples.expected.ledger import cell, field, rounded
from tests.examples.expected.summary import sales_of, span, whole

if TYPE_CHECKING:
    from tests.examples.expected.ledger import Ledger, Plain

SHOWN = 12


def whole_span(book: Ledger) -> tuple[date, date]:
    """Return the first and the last day of the period, passed or not."""
    return span(book)[0], whole(book).end_time.date()


def targets(book: Ledger) -> pd.Series[float]:
    """Return what is to be sold in the period by owner, day by day: each day has its part of the target of its month."""
    days = pd.date_range(*whole_span(book))
    inside = days.to_period("M").value_counts()
    found: dict[str, float] = {}
    for row in book["targets"]:
        owner, month, amount = row["owner"], row["month"], row["amount"]
        if isinstance(owner, str) and isinstance(month, date) and isinstance(amount, float):
            period = pd.Period(month, "M")
            part = rounded(max(amount, 0) * int(inside.get(period, 0)) / period.days_in_month, 2)
            found[owner] = found.get(owner, 0.0) + part
    known = pd.Series(found, dtype=float).round(2)
    return known[known > 0]


def sold(book: Ledger) -> pd.Series[float]:
    """Return what was sold in the period by owner, who sold nothing included; what is nobody's stands under ``""``."""
    first, last = span(book)
    keys = book.column("customers", "customer_id")
    amounts = pd.Series(
        [sum(cents for day, cents in book.money.get(str(key), []) if first <= day <= last) for key in keys],
        dtype=float,
    )
    owners = pd.Series([str(owner or "") for owner in book.column("customers", "owner")], dtype=object)
    return amounts.groupby(owners, sort=False).sum() / 100


def owners_shown(book: Ledger) -> list[str]:
    """Return who stands in the list: owners as the customers have them, then those who have targets alone."""
    names = [*book.column("customers", "owner"), *(row["owner"] for row in book["targets"])]
    return [str(name) for name in dict.fromkeys(names) if name is not None][:SHOWN]


def _listed(book: Ledger, values: list[Plain], last: Plain = None) -> list[Plain]:
    return [*values, *[None] * (SHOWN - len(values)), last]


def _rest(book: Ledger) -> float:
    """Return the sales of no owner shown."""
    mine = sold(book).reindex(owners_shown(book), fill_value=0.0).sum()
    return rounded(sales_of(book, *span(book)) - float(mine), 2)


def _has_customers(book: Ledger) -> bool:
    return bool(book["customers"])


@field("owner_sales", "owner")
def owner_names(book: Ledger) -> list[Plain]:
    return _listed(book, [*owners_shown(book)])


def _own(book: Ledger) -> list[Plain]:
    mine = sold(book)
    return [float(mine.get(name, 0.0)) for name in owners_shown(book)]


@field("owner_sales", "own")
def own_sales(book: Ledger) -> list[Plain]:
    return [0.0 if amount is None else amount for amount in _listed(book, _own(book), 0.0)]


@field("owner_sales", "sales")
def owner_sales(book: Ledger) -> list[Plain]:
    return _listed(book, _own(book), _rest(book) if _has_customers(book) else None)


@field("owner_sales", "target")
def owner_targets(book: Ledger) -> list[Plain]:
    wanted = targets(book)
    return _listed(book, [float(wanted[name]) if name in wanted else None for name in owners_shown(book)])


def _reached(book: Ledger) -> list[float | None]:
    wanted, mine = targets(book), sold(book)
    return [
        float(mine.get(name, 0.0)) / float(wanted[name]) if name in wanted else None
        for name in owners_shown(book)
    ]


@field("owner_sales", "rate")
def owner_rates(book: Ledger) -> list[Plain]:
    return _listed(book, [*_reached(book)])


@field("owner_sales", "label")
def owner_labels(book: Ledger) -> list[Plain]:
    names = [
        name if rate is None else f"{name} {rounded(rate * 100, 0):.0f}%"
        for name, rate in zip(owners_shown(book), _reached(book), strict=True)
    ]
    return _listed(book, [*names], "其他" if _has_customers(book) and _rest(book) else None)


@cell("target_end")
def target_end(book: Ledger) -> Plain:
    return whole_span(book)[1]


@cell("target_total")
def target_total(book: Ledger) -> Plain:
    return rounded(float(targets(book).sum()), 2) or None


@cell("target_rate")
def target_rate(book: Ledger) -> Plain:
    """Return the part that was sold by those who have a target: what others sold makes nobody's target."""
    wanted = targets(book)
    return (
        float(sold(book).reindex(wanted.index, fill_value=0.0).sum() / wanted.sum()) if len(wanted) else None
    )


@cell("time_share")
def time_share(book: Ledger) -> Plain:
    first, last = whole_span(book)
    return float(((span(book)[1] - first).days + 1) / ((last - first).days + 1))
