"""客户关系管理总结: the figures of the period and of the one before, and the tables under the charts."""

from __future__ import annotations

import itertools
from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from tests.examples.expected.churn import losses, lost_on
from tests.examples.expected.customers import STAGES
from tests.examples.expected.ledger import cell, field, rounded

if TYPE_CHECKING:
    from tests.examples.expected.ledger import Ledger, Plain

LENGTHS = {"月": "M", "季度": "Q", "年": "Y"}


def whole(book: Ledger) -> pd.Period:
    """Return the month, quarter or year that holds the chosen day."""
    return pd.Period(book.period_date or book.today, LENGTHS[book.period])


def span(book: Ledger) -> tuple[date, date]:
    """Return the first and the last day of the period, of a period that is not over up to today."""
    period = whole(book)
    return period.start_time.date(), min(period.end_time.date(), book.today)


def span_before(book: Ledger) -> tuple[date, date]:
    """Return the period before; of a period that is not over, as much of the one before as has passed of this one."""
    period = whole(book)
    before = period - 1
    last = before.end_time.date()
    if book.today < period.end_time.date():
        months = {"月": 1, "季度": 3, "年": 12}[book.period]
        last = min(last, (pd.Timestamp(book.today) - pd.DateOffset(months=months)).date())
    return before.start_time.date(), last


def months(book: Ledger) -> list[tuple[date, date]]:
    """Return the first and the last day of the twelve months up to the period's end, of none a day after today."""
    last = pd.Period(span(book)[1], "M")
    return [
        (each.start_time.date(), min(each.end_time.date(), book.today))
        for each in pd.period_range(end=last, periods=12)
    ]


@cell("period_start")
def period_start(book: Ledger) -> Plain:
    return span(book)[0]


@cell("period_end")
def period_end(book: Ledger) -> Plain:
    return span(book)[1]


@cell("before_start")
def before_start(book: Ledger) -> Plain:
    return span_before(book)[0]


@cell("before_end")
def before_end(book: Ledger) -> Plain:
    return span_before(book)[1]


def new_customers(book: Ledger, first: date, last: date) -> float:
    days = [row["registered_on"] for row in book["customers"]]
    return float(sum(day is not None and first <= day <= last for day in days))


def lost_customers(book: Ledger, first: date, last: date) -> set[str]:
    """Return who was lost within a span and had not come back at its end."""
    return {
        key
        for key, each in losses(book).items()
        if any(first <= lost <= last and not (back is not None and back <= last) for lost, back in each)
    }


def buyers_before(book: Ledger, day: date) -> set[str]:
    """Return who had bought before a day."""
    first = book.by_customer("lifecycle", "first_purchase")
    return {key for key, bought in first.items() if bought is not None and bought < day}


def loss_rate(book: Ledger, first: date, last: date) -> float | None:
    """Return who of the buyers at a span's start was lost within it."""
    there = buyers_before(book, first) - lost_on(book, first - timedelta(days=1))
    return len(there & lost_customers(book, first, last)) / len(there) if there else None


def satisfaction_of(book: Ledger, first: date, last: date) -> float | None:
    scores = pd.Series(
        [
            row["score"]
            for row in book["surveys"]
            if row["date"] is not None and first <= row["date"] <= last and row["score"] is not None
        ],
        dtype=float,
    )
    return rounded(scores.mean(), 2) if len(scores) else None


def sales_of(book: Ledger, first: date, last: date) -> float:
    amounts = [cents for pairs in book.money.values() for day, cents in pairs if first <= day <= last]
    return sum(amounts) / 100


def purchases_of(book: Ledger, first: date, last: date) -> int:
    """Return how many purchases were made in a span; a refund is none."""
    return sum(cents > 0 for pairs in book.money.values() for day, cents in pairs if first <= day <= last)


def basket_of(book: Ledger, first: date, last: date) -> float | None:
    """Return what was sold by purchase; none where refunds took all of it or more."""
    count, sold = purchases_of(book, first, last), sales_of(book, first, last)
    return rounded(sold / count, 2) if count and sold > 0 else None


def total_at(book: Ledger, last: date) -> float:
    """Return who was a customer at the end of a day and not lost."""
    lost = lost_on(book, last)
    return float(
        sum(
            (row["registered_on"] is None or row["registered_on"] <= last) and row["customer_id"] not in lost
            for row in book["customers"]
        )
    )


@cell("customers_total", empty=None)
def customers_total(book: Ledger) -> Plain:
    return total_at(book, span(book)[1])


@cell("total_before")
def total_before(book: Ledger) -> Plain:
    return total_at(book, span_before(book)[1])


@cell("buyers", empty=None)
def buyers(book: Ledger) -> Plain:
    return float(len(buyers_before(book, span(book)[1] + timedelta(days=1))))


@cell("buyers_before")
def buyers_of_before(book: Ledger) -> Plain:
    return float(len(buyers_before(book, span_before(book)[1] + timedelta(days=1))))


@cell("purchases")
def purchases(book: Ledger) -> Plain:
    return float(purchases_of(book, *span(book)))


@cell("purchases_before")
def purchases_before(book: Ledger) -> Plain:
    return float(purchases_of(book, *span_before(book)))


@cell("basket")
def basket(book: Ledger) -> Plain:
    return basket_of(book, *span(book))


@cell("basket_before")
def basket_before(book: Ledger) -> Plain:
    return basket_of(book, *span_before(book))


@cell("customers_new", empty=None)
def customers_new(book: Ledger) -> Plain:
    return new_customers(book, *span(book))


@cell("new_before")
def new_before(book: Ledger) -> Plain:
    return new_customers(book, *span_before(book))


@cell("new_this_month")
def new_this_month(book: Ledger) -> Plain:
    return new_customers(book, book.today.replace(day=1), book.today)


@cell("customers_lost", empty=None)
def customers_lost(book: Ledger) -> Plain:
    return float(len(lost_customers(book, *span(book))))


@cell("lost_before")
def lost_before(book: Ledger) -> Plain:
    return float(len(lost_customers(book, *span_before(book))))


@cell("churn_rate")
def churn_rate(book: Ledger) -> Plain:
    return loss_rate(book, *span(book))


@cell("churn_rate_before")
def churn_rate_before(book: Ledger) -> Plain:
    return loss_rate(book, *span_before(book))


@cell("satisfaction")
def satisfaction(book: Ledger) -> Plain:
    return satisfaction_of(book, *span(book))


@cell("satisfaction_before")
def satisfaction_before(book: Ledger) -> Plain:
    return satisfaction_of(book, *span_before(book))


@cell("sales", empty=None)
def sales(book: Ledger) -> Plain:
    return sales_of(book, *span(book))


@cell("sales_before")
def sales_before(book: Ledger) -> Plain:
    return sales_of(book, *span_before(book))


@cell("figures_span", empty="从下面三步开始")
def figures_span(book: Ledger) -> Plain:
    return "{} – {}，对比 {} – {}".format(*span(book), *span_before(book))


def told(value: float, places: int, sign: str = "") -> str:
    """Return a number as a card says it, halves away from zero; only whole ones are grouped by thousands."""
    shown = f"{rounded(value, places):,.{places}f}" if not places else f"{rounded(value, places):.{places}f}"
    return shown + sign


def change(now: Plain, before: Plain, kind: str) -> str:
    """Return how a figure has changed: a count or score by how much, a rate by points, an amount by its share."""
    if not isinstance(now, float):
        return "本期没有数据"
    if not isinstance(before, float) or (kind == "amount" and before <= 0):
        return "上期没有可比的数据"
    places = 2 if kind == "score" else 0
    was = told(before * 100, 1, "%") if kind == "rate" else told(before, places)
    if now == before:
        return f"持平（上期{was}）"
    if kind == "rate":
        far = told(abs(now - before) * 100, 1, " 个百分点")
    elif kind == "amount":
        far = told(abs(now / before - 1) * 100, 1, "%")
    else:
        far = told(abs(now - before), places)
    return f"{'▲' if now > before else '▼'} {far}（上期{was}）"


@cell("customers_total_change")
def customers_total_change(book: Ledger) -> Plain:
    return change(customers_total(book), total_before(book), "count")


@cell("buyers_change")
def buyers_change(book: Ledger) -> Plain:
    return change(buyers(book), buyers_of_before(book), "count")


@cell("customers_new_change")
def customers_new_change(book: Ledger) -> Plain:
    return change(customers_new(book), new_before(book), "count")


@cell("customers_lost_change")
def customers_lost_change(book: Ledger) -> Plain:
    return change(customers_lost(book), lost_before(book), "count")


@cell("churn_rate_change")
def churn_rate_change(book: Ledger) -> Plain:
    return change(churn_rate(book), churn_rate_before(book), "rate")


@cell("satisfaction_change")
def satisfaction_change(book: Ledger) -> Plain:
    return change(satisfaction(book), satisfaction_before(book), "score")


@cell("sales_change")
def sales_change(book: Ledger) -> Plain:
    return change(sales(book), sales_before(book), "amount")


@cell("basket_change")
def basket_change(book: Ledger) -> Plain:
    return change(basket(book), basket_before(book), "amount")


@cell("high_alerts")
def high_alerts(book: Ledger) -> Plain:
    return float(book.column("alerts", "level").count("高"))


@cell("overdue_followups")
def overdue_followups(book: Ledger) -> Plain:
    return float(book.column("followups", "state").count("已逾期"))


@cell("late_tasks")
def late_tasks(book: Ledger) -> Plain:
    return float(book.column("tasks", "status").count("延期"))


@cell("open_feedback")
def open_feedback(book: Ledger) -> Plain:
    return float(
        sum(
            row["status"] == "未处理" and (row["date"] is None or row["date"] <= book.today)
            for row in book["feedback"]
        )
    )


@cell("period_span", empty="还没有数据")
def period_span(book: Ledger) -> Plain:
    return "{} – {}".format(*span(book))


@cell("months_span", empty="还没有数据")
def months_span(book: Ledger) -> Plain:
    names = [f"{first:%Y-%m}" for first, _ in months(book)]
    return f"{names[0]} – {names[-1]}"


@cell("as_of_span", empty="还没有数据")
def as_of_span(book: Ledger) -> Plain:
    return str(book.today)


@field("funnel", "customers")
def funnel(book: Ledger) -> list[Plain]:
    reached = [float(sum(row["name"] is not None for row in book["prospects"]))]
    reached += [float(len(book[table])) for table in [*STAGES][1:-1]]
    return [*reached, float(book.column("recovery", "is_closed").count(0.0))]


@field("funnel", "share")
def conversion(book: Ledger) -> list[Plain]:
    """Return how many came of those in the stage before; nothing of the first, and of the last, which is no success."""
    counts = [float(str(one)) for one in book.column("funnel", "customers")]
    shares: list[Plain] = [
        after / before if before else None for before, after in itertools.pairwise(counts[:-1])
    ]
    return [None, *shares, None]


@field("funnel", "label")
def stage_and_conversion(book: Ledger) -> list[Plain]:
    titles = [
        "潜在客户发掘",
        "潜在客户评估",
        "客户跟进",
        "客户关系建立",
        "客户关系维护",
        "客户流失预防与挽回",
    ]
    return [
        title if share is None else f"{title} · {rounded(float(str(share)) * 100, 0):.0f}%"
        for title, share in zip(titles, book.column("funnel", "share"), strict=True)
    ]


@field("monthly", "month")
def month(book: Ledger) -> list[Plain]:
    return [first for first, _ in months(book)]


@field("monthly", "drawn")
def month_drawn(book: Ledger) -> list[Plain]:
    return [first if book["customers"] else None for first, _ in months(book)]


@field("monthly", "new_customers")
def monthly_new(book: Ledger) -> list[Plain]:
    return [new_customers(book, *each) for each in months(book)]


@field("monthly", "lost_customers")
def monthly_lost(book: Ledger) -> list[Plain]:
    """Return who was lost in each month and not back at its end; who comes back later changes no past month."""
    return [float(len(lost_customers(book, *each))) for each in months(book)]


@field("monthly", "satisfaction")
def monthly_satisfaction(book: Ledger) -> list[Plain]:
    return [satisfaction_of(book, *each) for each in months(book)]


@field("monthly", "sales")
def monthly_sales(book: Ledger) -> list[Plain]:
    return [sales_of(book, *each) for each in months(book)]


@field("loyalty_levels", "customers")
def loyalty_levels(book: Ledger) -> list[Plain]:
    levels = book.column("loyalty", "level")
    return [float(levels.count(name)) for name in ("高忠诚度", "较高忠诚度", "一般忠诚度", "低忠诚度")]


def _sales_by_region(book: Ledger) -> dict[Plain, float]:
    """Return what was sold in the period by region; None is who has none."""
    where = book.by_customer("customers", "region")
    first, last = span(book)
    found: dict[Plain, int] = defaultdict(int)
    for key, pairs in book.money.items():
        found[where.get(key)] += sum(cents for day, cents in pairs if first <= day <= last)
    return {name: cents / 100 for name, cents in found.items()}


@field("region_sales", "customers")
def region_customers(book: Ledger) -> list[Plain]:
    where = book.column("customers", "region")
    return [float(where.count(name)) for name in book.column("region_sales", "region")]


@field("region_sales", "sales")
def region_sales(book: Ledger) -> list[Plain]:
    sold = _sales_by_region(book)
    return [sold.get(name, 0.0) for name in book.column("region_sales", "region")]


def _top(book: Ledger) -> list[tuple[Plain, float]]:
    """Return the ten regions that sold most, in the order of the list where they sold alike, and the others."""
    sold = _sales_by_region(book)
    order = book.column("region_sales", "region")
    ranked = sorted(((name, sold.get(name, 0.0)) for name in order), key=lambda pair: -pair[1])
    top = [(name, amount) if amount > 0 else (None, 0.0) for name, amount in ranked[:10]]
    rest = round(sales_of(book, *span(book)) - sum(amount for _, amount in top), 2)
    return [*top, ("其他" if rest else None, rest)]


@field("top_regions", "region")
def top_region(book: Ledger) -> list[Plain]:
    return [name for name, _ in _top(book)]


@field("top_regions", "sales")
def top_sales(book: Ledger) -> list[Plain]:
    return [amount for _, amount in _top(book)]


def _owners(book: Ledger) -> list[str]:
    return [str(name) for name in dict.fromkeys(book.column("tasks", "owner")) if name is not None]


def _workload(book: Ledger, *states: str) -> list[Plain]:
    """Return how many tasks of these states each owner has, in the order in which the owners appear."""
    tasks = list(zip(book.column("tasks", "owner"), book.column("tasks", "status"), strict=True))
    counts: list[Plain] = [
        float(sum(tasks.count((name, state)) for state in states)) for name in _owners(book)
    ]
    return [*counts, *[None] * 15][:15]


@field("workload", "owner")
def workload_owner(book: Ledger) -> list[Plain]:
    return [*_owners(book), *[None] * 15][:15]


@field("workload", "open")
def workload_open(book: Ledger) -> list[Plain]:
    return _workload(book, "未开始", "进行中", "延期")


@field("workload", "late")
def workload_late(book: Ledger) -> list[Plain]:
    return _workload(book, "延期")
