"""What customers buy: transactions, classes, the life cycle, loyalty, alerts, campaigns, members of shops."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import TYPE_CHECKING

from tests.examples.expected.churn import lost_on
from tests.examples.expected.ledger import band, field, rounded

if TYPE_CHECKING:
    from tests.examples.expected.ledger import Ledger, Plain, Row

FREQUENCY_POINTS = {0: 0, 1: 10, 3: 20, 5: 30, 10: 40}
AMOUNT_POINTS = {0: 0, 500: 10, 2000: 20, 5000: 30, 10000: 40}
REFERRAL_POINTS = {0: 0, 1: 5, 2: 10, 5: 20}
LEVELS = {0: "低忠诚度", 40: "一般忠诚度", 60: "较高忠诚度", 80: "高忠诚度"}
ALERTS = {0: "无", 1: "低", 1.5: "中", 2: "高"}
CAMPAIGN_DAYS = timedelta(days=30)


@field("transactions", "region")
def region(book: Ledger) -> list[Plain]:
    return book.for_rows("transactions", book.by_customer("customers", "region"))


@field("transactions", "amount")
def retail_amount(book: Ledger) -> list[Plain]:
    """Return quantity × unit price × discount; no discount is the full price."""
    return [
        None
        if None in (row["quantity"], row["unit_price"])
        else rounded(
            row["quantity"] * row["unit_price"] * (1 if row["discount"] is None else row["discount"]), 2
        )
        for row in book["transactions"]
    ]


def count_all(book: Ledger, table: str, since: date = date.min) -> list[Plain]:
    """Return the purchases of each row's customer after a day."""
    return [
        float(sum(day > since for day in book.bought.get(str(row["customer_id"]), []))) for row in book[table]
    ]


def of_buyers(book: Ledger, table: str) -> list[Plain]:
    """Return the purchases of the last twelve months; of who never bought, nothing."""
    counts = count_all(book, table, book.year_ago)
    return [
        count if str(row["customer_id"]) in book.bought else None
        for row, count in zip(book[table], counts, strict=True)
    ]


def spent(book: Ledger, table: str, since: date = date.min) -> list[Plain]:
    """Return what each row's customer paid after a day, refunds taken off."""
    return [
        sum(cents for day, cents in book.money.get(str(row["customer_id"]), []) if day > since) / 100
        for row in book[table]
    ]


def edge_day(book: Ledger, table: str, place: int) -> list[Plain]:
    """Return the first (0) or the last (-1) day on which each row's customer bought."""
    return book.for_rows(table, {key: days[place] for key, days in book.bought.items()})


@field("classes", "purchases")
def purchases(book: Ledger) -> list[Plain]:
    return count_all(book, "classes")


@field("classes", "total")
def total(book: Ledger) -> list[Plain]:
    return spent(book, "classes")


@field("classes", "yearly")
def yearly(book: Ledger) -> list[Plain]:
    return count_all(book, "classes", book.year_ago)


@field("classes", "category")
def category(book: Ledger) -> list[Plain]:
    return [
        band(max(amount, 0), {0: "普通客户", 1000: "成长客户", 5000: "VIP客户"}) if count else "潜在客户"
        for amount, count in zip(
            book.column("classes", "total"), book.column("classes", "purchases"), strict=True
        )
    ]


@field("classes", "basis")
def basis(book: Ledger) -> list[Plain]:
    unit = "美元" if book.template == "cdnow" else "元"
    words = {
        "潜在客户": "尚无购买记录",
        "普通客户": f"购买金额在1000{unit}以下",
        "成长客户": f"购买金额在1000{unit}到5000{unit}之间",
        "VIP客户": f"购买金额超过5000{unit}",
    }
    typed = [row.get("category") for row in book["classes"]]
    return [
        "人工指定" if hand not in (None, name) else words[str(name)]
        for hand, name in zip(typed, category(book), strict=True)
    ]


@field("classes", "frequency_class")
def frequency_class(book: Ledger) -> list[Plain]:
    return [band(count, {0: "低频", 3: "中频", 8: "高频"}) for count in book.column("classes", "yearly")]


@field("classes", "amount_class")
def amount_class(book: Ledger) -> list[Plain]:
    bands = {float("-inf"): "小客户", 1000: "中客户", 5000: "大客户"}
    return [band(amount, bands) for amount in book.column("classes", "total")]


@field("classes", "power_class")
def power_class(book: Ledger) -> list[Plain]:
    bands = {0: "低购买力", 3: "中购买力", 4: "高购买力"}
    scores = book.for_rows("classes", book.by_customer("evaluation", "power_score"))
    return [None if score is None else band(score, bands) for score in scores]


@field("lifecycle", "first_contact")
def first_contact(book: Ledger) -> list[Plain]:
    known = [
        book.days_of("customers", "registered_on"),
        book.days_of("prospects", "registered_on"),
        book.days_of("interactions"),
        {
            key: [day]
            for key, day in book.by_customer("lifecycle", "first_purchase").items()
            if day is not None
        },
    ]
    return [
        min((day for days in known for day in days.get(str(row["customer_id"]), [])), default=None)
        for row in book["lifecycle"]
    ]


@field("lifecycle", "first_purchase")
def first_purchase(book: Ledger) -> list[Plain]:
    return edge_day(book, "lifecycle", 0)


@field("lifecycle", "last_purchase")
def last_purchase(book: Ledger) -> list[Plain]:
    return edge_day(book, "lifecycle", -1)


@field("lifecycle", "status")
def status(book: Ledger) -> list[Plain]:
    lost, taken = lost_on(book, book.today), book.by_customer("customers", "last_lesson")
    found: list[Plain] = []
    for row, last in zip(book["lifecycle"], book.column("lifecycle", "last_purchase"), strict=True):
        came = taken.get(str(row["customer_id"]))  # where lessons are given, who takes them is active
        if row["customer_id"] in lost:
            found.append("流失")
        elif last is None:
            found.append("未购买")
        else:
            days = (book.today - max(last, came or last)).days
            found.append("活跃" if days <= 30 else "不活跃")
    return found


@field("loyalty", "frequency")
def loyalty_frequency(book: Ledger) -> list[Plain]:
    return of_buyers(book, "loyalty")


@field("loyalty", "amount")
def loyalty_amount(book: Ledger) -> list[Plain]:
    amounts = spent(book, "loyalty", book.year_ago)
    return [
        amount if book.money.get(str(row["customer_id"])) else None
        for row, amount in zip(book["loyalty"], amounts, strict=True)
    ]


@field("loyalty", "score")
def score(book: Ledger) -> list[Plain]:
    return [
        float(
            (band(often or 0, FREQUENCY_POINTS) or 0)
            + (band(much or 0, AMOUNT_POINTS) or 0)
            + (band(row["referrals"] or 0, REFERRAL_POINTS) or 0)
        )
        for row, often, much in zip(
            book["loyalty"],
            book.column("loyalty", "frequency"),
            book.column("loyalty", "amount"),
            strict=True,
        )
    ]


@field("loyalty", "level")
def level(book: Ledger) -> list[Plain]:
    """Return the band; who never bought, neither here nor, as typed in the life cycle, before, has none."""
    first = book.by_customer("lifecycle", "first_purchase")
    return [
        band(points, LEVELS) if (often or 0) > 0 or first.get(str(row["customer_id"])) is not None else None
        for row, often, points in zip(
            book["loyalty"], book.column("loyalty", "frequency"), book.column("loyalty", "score"), strict=True
        )
    ]


@field("alerts", "last_purchase")
def alert_last(book: Ledger) -> list[Plain]:
    return edge_day(book, "alerts", -1)


@field("alerts", "frequency")
def alert_frequency(book: Ledger) -> list[Plain]:
    return book.for_rows(
        "alerts",
        {key: len(days) / max(1, (days[-1] - days[0]).days / 365) for key, days in book.bought.items()},
    )


@field("alerts", "level")
def alert_level(book: Ledger) -> list[Plain]:
    lost = lost_on(book, book.today)
    found: list[Plain] = []
    for row, last, often in zip(
        book["alerts"],
        book.column("alerts", "last_purchase"),
        book.column("alerts", "frequency"),
        strict=True,
    ):
        silent = last is not None and (often or 0) > 0 and row["customer_id"] not in lost
        found.append(band(max(0, (book.today - last).days * often / 365 + 1e-9), ALERTS) if silent else "无")
    return found


@field("alerts", "measures")
def measures(book: Ledger) -> list[Plain]:
    return book.for_rows("alerts", book.by_customer("recovery", "measures"))


class Participation:
    """A record of a campaign beside the others of the same customer and campaign."""

    def __init__(self, book: Ledger, row: Row, others: list[Row]) -> None:
        self.row, self.today = row, book.today
        self.counting = [one for one in others if one["date"] is None or one["date"] <= book.today]
        self.days = [one["date"] for one in self.counting if one["date"] is not None]
        after = [one["date"] for one in others if None not in (one["date"], row["date"])]
        self.after = min((day for day in after if day > row["date"]), default=None)
        self.money = book.money.get(str(row["customer_id"]), [])

    @property
    def until(self) -> date | None:
        """The last day on which a purchase is reckoned to this record and to no later one."""
        if self.row["date"] is None:
            return None
        end = min(self.row["date"] + CAMPAIGN_DAYS, self.today)
        return end if self.after is None else min(end, self.after - timedelta(days=1))

    @property
    def amounts(self) -> list[int]:
        """What the customer paid up to that day."""
        if self.until is None:
            return []
        return [cents for day, cents in self.money if self.row["date"] <= day <= self.until]

    @property
    def has_bought(self) -> bool:
        """Whether the customer bought after any of these records."""
        return any(
            cents > 0 and any(begin <= day <= begin + CAMPAIGN_DAYS for begin in self.days)
            for day, cents in self.money
        )


def participations(book: Ledger) -> list[Participation]:
    groups: dict[tuple[Plain, Plain], list[Row]] = defaultdict(list)
    for row in book["participations"]:
        groups[row["customer_id"], row["campaign"]].append(row)
    return [
        Participation(book, row, groups[row["customer_id"], row["campaign"]])
        for row in book["participations"]
    ]


@field("participations", "sales")
def participation_sales(book: Ledger) -> list[Plain]:
    """Return what a converted customer paid; several records of one day have equal parts of it."""
    return [
        sum(one.amounts) / 100 / one.days.count(one.row["date"]) if one.has_bought and one.amounts else 0.0
        for one in participations(book)
    ]


@field("participations", "until")
def until(book: Ledger) -> list[Plain]:
    return [one.until for one in participations(book)]


@field("participations", "bought")
def bought(book: Ledger) -> list[Plain]:
    return [float(sum(cents > 0 for cents in one.amounts)) for one in participations(book)]


@field("participations", "share")
def share(book: Ledger) -> list[Plain]:
    """Return a customer's part in one head of a campaign; who comes only after today has none yet."""
    return [1 / len(one.counting) if one.row in one.counting else 0.0 for one in participations(book)]


@field("participations", "converted")
def converted(book: Ledger) -> list[Plain]:
    shares = book.column("participations", "share")
    return [part if one.has_bought else 0.0 for one, part in zip(participations(book), shares, strict=True)]


@field("campaigns", "participants")
def participants(book: Ledger) -> list[Plain]:
    return [float(len(set(_taking_part(book, row["name"])))) for row in book["campaigns"]]


@field("campaigns", "conversions")
def conversions(book: Ledger) -> list[Plain]:
    return [float(len(_amounts(book, row["name"]))) for row in book["campaigns"]]


@field("campaigns", "sales")
def campaign_sales(book: Ledger) -> list[Plain]:
    return [sum(map(sum, _amounts(book, row["name"]).values())) / 100 for row in book["campaigns"]]


def _taking_part(book: Ledger, campaign: Plain) -> list[Plain]:
    return [
        row["customer_id"]
        for row in book["participations"]
        if row["campaign"] == campaign and (row["date"] is None or row["date"] <= book.today)
    ]


def _amounts(book: Ledger, campaign: Plain) -> dict[Plain, list[int]]:
    """Return, of who bought after taking part, all amounts of these days, each once."""
    begun: dict[Plain, list[date]] = defaultdict(list)
    for row in book["participations"]:
        if row["campaign"] == campaign and row["date"] is not None:
            begun[row["customer_id"]].append(row["date"])
    amounts = {
        key: [
            cents
            for day, cents in book.money.get(str(key), [])
            if any(begin <= day <= begin + CAMPAIGN_DAYS for begin in days)
        ]
        for key, days in begun.items()
    }
    return {key: each for key, each in amounts.items() if any(cents > 0 for cents in each)}


@field("customers", "purchases")
def customer_purchases(book: Ledger) -> list[Plain]:
    return count_all(book, "customers")


@field("customers", "spent")
def customer_spent(book: Ledger) -> list[Plain]:
    return spent(book, "customers")


@field("customers", "frequency")
def member_frequency(book: Ledger) -> list[Plain]:
    return of_buyers(book, "customers")


@field("customers", "basket")
def basket(book: Ledger) -> list[Plain]:
    return [
        rounded(amount / count, 2) if count else None
        for amount, count in zip(book.column("customers", "spent"), count_all(book, "customers"), strict=True)
    ]


@field("customers", "level")
def member_level(book: Ledger) -> list[Plain]:
    bands = {float("-inf"): "普通会员", 1000: "银卡会员", 3000: "金卡会员", 10000: "钻石会员"}
    return [band(amount, bands) for amount in book.column("customers", "spent")]


@field("customers", "last_visit")
def last_visit(book: Ledger) -> list[Plain]:
    return edge_day(book, "customers", -1)
