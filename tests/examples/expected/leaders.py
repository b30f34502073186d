"""客户关系管理总结: who comes back to buy, what is under negotiation, and who and what sold most in the period."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

from tests.examples.expected.ledger import cell, field, rounded
from tests.examples.expected.summary import change, purchases_of, sales_of, span, span_before

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from tests.examples.expected.ledger import Ledger, Plain

CHANCES = {
    "潜在客户发掘": 0.1, "潜在客户评估": 0.25, "客户跟进": 0.5, "客户关系建立": 0.8, "客户关系维护": 0.6, "客户流失预防与挽回": 0.1
}  # fmt: skip


def bought_within(book: Ledger, first: date, last: date) -> dict[str, list[date]]:
    """Return who bought in a span, with the days of all purchases up to its end."""
    till = {key: [day for day in days if day <= last] for key, days in book.bought.items()}
    return {key: days for key, days in till.items() if any(day >= first for day in days)}


def returned_share(book: Ledger, first: date, last: date) -> float | None:
    """Return the share of a span's buyers with more than this one purchase."""
    buyers = bought_within(book, first, last)
    return sum(len(days) > 1 for days in buyers.values()) / len(buyers) if buyers else None


def once(book: Ledger, first: date, last: date) -> float:
    return float(sum(len(days) == 1 for days in bought_within(book, first, last).values()))


@cell("buyers_inside")
def buyers_inside(book: Ledger) -> Plain:
    return float(len(bought_within(book, *span(book))))


@cell("buyers_inside_before")
def buyers_inside_before(book: Ledger) -> Plain:
    return float(len(bought_within(book, *span_before(book))))


@cell("buyers_once")
def buyers_once(book: Ledger) -> Plain:
    return once(book, *span(book))


@cell("buyers_once_before")
def buyers_once_before(book: Ledger) -> Plain:
    return once(book, *span_before(book))


@cell("repeat_rate")
def repeat_rate(book: Ledger) -> Plain:
    return returned_share(book, *span(book))


@cell("repeat_rate_before")
def repeat_rate_before(book: Ledger) -> Plain:
    return returned_share(book, *span_before(book))


@cell("repeat_rate_change")
def repeat_rate_change(book: Ledger) -> Plain:
    return change(repeat_rate(book), repeat_rate_before(book), "rate")


def deals(book: Ledger) -> dict[str, list[float]]:
    """Return the amounts under negotiation by stage: of customers without a closed deal."""
    found: dict[str, list[float]] = {stage: [] for stage in CHANCES}
    stages = book.column("customers", "current_stage")
    for row, stage in zip(book["customers"], stages, strict=True):
        amount = row.get("opportunity")
        if isinstance(amount, float) and amount > 0 and row["status"] != "已成交":
            found[str(stage or "潜在客户发掘")].append(amount)
    return found


@field("pipeline", "deals")
def pipeline_deals(book: Ledger) -> list[Plain]:
    return [float(len(each)) for each in deals(book).values()]


@field("pipeline", "amount")
def pipeline_amounts(book: Ledger) -> list[Plain]:
    return [rounded(sum(each), 2) for each in deals(book).values()]


@field("pipeline", "chance")
def pipeline_chances(book: Ledger) -> list[Plain]:
    return [*CHANCES.values()]


@field("pipeline", "weighted")
def pipeline_weighted(book: Ledger) -> list[Plain]:
    return [rounded(sum(each) * CHANCES[stage], 2) for stage, each in deals(book).items()]


@cell("pipeline_amount", empty=None)
def pipeline_amount(book: Ledger) -> Plain:
    return rounded(sum(rounded(sum(each) * CHANCES[stage], 2) for stage, each in deals(book).items()), 2)


@cell("pipeline_deals", empty="本期没有数据")
def pipeline_count(book: Ledger) -> Plain:
    every = [amount for each in deals(book).values() for amount in each]
    return f"{len(every)} 个机会，全额 {rounded(sum(every), 0):,.0f}" if every else "没有在谈的机会"


def leading(sold: Mapping[str, int]) -> list[tuple[Plain, float]]:
    """Return the ten largest, in the order in which they stand where they are alike; what sold nothing is none."""
    ranked = sorted(sold.items(), key=lambda pair: -pair[1])
    top: list[tuple[Plain, float]] = [(name, cents / 100) for name, cents in ranked[:10] if cents > 0]
    return [*top, *[(None, 0.0)] * 10][:10]


def _by_customer(book: Ledger) -> list[tuple[Plain, float]]:
    first, last = span(book)
    names = dict(zip(book.column("customers", "customer_id"), book.column("customers", "name"), strict=True))
    sold = {
        str(key): sum(cents for day, cents in book.money.get(str(key), []) if first <= day <= last)
        for key in names
    }
    return [(names[key] if key else None, amount) for key, amount in leading(sold)]


def _by_product(book: Ledger) -> list[tuple[Plain, float]]:
    """Return the products that sold most; capital letters make no other product."""
    first, last = span(book)
    names: dict[str, str] = {}
    sold: dict[str, int] = defaultdict(int)
    for row, amount in zip(book["transactions"], book.column("transactions", "amount"), strict=True):
        name, day = row.get("product"), row["date"]
        if isinstance(name, str):
            names.setdefault(name.lower(), name)
            inside = isinstance(day, date) and first <= day <= last
            sold[name.lower()] += round(float(amount or 0) * 100) if inside else 0
    return [(names[str(key)] if key else None, amount) for key, amount in leading(sold)]


def _by_campaign(book: Ledger) -> list[tuple[Plain, float]]:
    first, last = span(book)
    sold: dict[str, float] = {str(row["name"]): 0.0 for row in book["campaigns"]}
    for row, amount in zip(book["participations"], book.column("participations", "sales"), strict=True):
        name, day = str(row["campaign"]), row["date"]
        if name in sold and isinstance(day, date) and first <= day <= last:
            sold[name] += float(amount or 0)  # type: ignore[arg-type]
    return leading({name: round(rounded(amount, 2) * 100) for name, amount in sold.items()})


def _names(pairs: Iterable[tuple[Plain, float]]) -> list[Plain]:
    return [name for name, _ in pairs]


def _amounts(pairs: Iterable[tuple[Plain, float]]) -> list[Plain]:
    return [amount for _, amount in pairs]


@field("top_customers", "customer")
def top_customer(book: Ledger) -> list[Plain]:
    return _names(_by_customer(book))


@field("top_customers", "sales")
def top_customer_sales(book: Ledger) -> list[Plain]:
    return _amounts(_by_customer(book))


@field("top_products", "product")
def top_product(book: Ledger) -> list[Plain]:
    return _names(_by_product(book))


@field("top_products", "sales")
def top_product_sales(book: Ledger) -> list[Plain]:
    return _amounts(_by_product(book))


@field("top_campaigns", "campaign")
def top_campaign(book: Ledger) -> list[Plain]:
    return _names(_by_campaign(book))


@field("top_campaigns", "sales")
def top_campaign_sales(book: Ledger) -> list[Plain]:
    return _amounts(_by_campaign(book))


@cell("customers_span", empty="还没有数据")
def customers_span(book: Ledger) -> Plain:
    """Return the period: whoever computes anew has nothing that waits for a sync."""
    return "{} – {}".format(*span(book))


@cell("products_span", empty="还没有数据")
def products_span(book: Ledger) -> Plain:
    return "{} – {}".format(*span(book))


def pieces_of(book: Ledger, first: date, last: date) -> float | None:
    """Return how many pieces a purchase of a span had."""
    count, pieces = purchases_of(book, first, last), 0.0
    for row, amount in zip(book["transactions"], book.column("transactions", "amount"), strict=True):
        day, quantity = row["date"], row["quantity"]
        if isinstance(day, date) and first <= day <= last and float(amount or 0) > 0:  # type: ignore[arg-type]
            pieces += float(quantity or 0)  # type: ignore[arg-type]
    return rounded(pieces / count, 2) if count else None


@cell("items")
def items(book: Ledger) -> Plain:
    return pieces_of(book, *span(book))


@cell("items_before")
def items_before(book: Ledger) -> Plain:
    return pieces_of(book, *span_before(book))


@cell("items_change")
def items_change(book: Ledger) -> Plain:
    return change(items(book), items_before(book), "score")


def refunds_of(book: Ledger, first: date, last: date) -> float | None:
    """Return which part of a span's purchases was paid back in it."""
    amounts = [cents for pairs in book.money.values() for day, cents in pairs if first <= day <= last]
    bought = sum(cents for cents in amounts if cents > 0)
    return (bought / 100 - sales_of(book, first, last)) / (bought / 100) if bought else None


@cell("refund_rate")
def refund_rate(book: Ledger) -> Plain:
    return refunds_of(book, *span(book))


@cell("refund_rate_before")
def refund_rate_before(book: Ledger) -> Plain:
    return refunds_of(book, *span_before(book))


@cell("refund_rate_change")
def refund_rate_change(book: Ledger) -> Plain:
    return change(refund_rate(book), refund_rate_before(book), "rate")


@field("customers", "lessons_left")
def lessons_left(book: Ledger) -> list[Plain]:
    taken = book.column("customers", "lessons_taken")
    return [
        max(0.0, row["lessons_total"] - float(done or 0)) if isinstance(row["lessons_total"], float) else None  # type: ignore[arg-type]
        for row, done in zip(book["customers"], taken, strict=True)
    ]


@cell("lessons_open", empty=None)
def lessons_open(book: Ledger) -> Plain:
    return float(sum(float(left) for left in lessons_left(book) if isinstance(left, float)))


@cell("renewals_due", empty="本期没有数据")
def renewals_due(book: Ledger) -> Plain:
    """Return of how many students the booked lessons run out, and how many of these are likely to go on."""
    short = [
        row["renewal"]
        for row, left in zip(book["customers"], lessons_left(book), strict=True)
        if isinstance(left, float) and left <= 5 and float(row["lessons_total"] or 0) > 0  # type: ignore[arg-type]
    ]
    return f"{len(short)} 位该谈续费，{sum(word in ('确定续费', '有意向') for word in short)} 位有意向"
