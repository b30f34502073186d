"""客户画像: every figure, line and bar of the page, about the customer who is chosen."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from tests.examples.expected.ledger import band, cell, field, rounded
from tests.examples.expected.purchases import AMOUNT_POINTS, FREQUENCY_POINTS, REFERRAL_POINTS

if TYPE_CHECKING:
    from tests.examples.expected.ledger import Ledger, Plain, Row

LINES = {
    "card_purchases": ("transactions", "transaction_id", ("date", "product", "amount", "payment"), 10),
    "card_contacts": ("interactions", "interaction_id", ("date", "method", "content", "owner"), 10),
    "card_feedback": ("feedback", "feedback_id", ("date", "status", "content", "handler"), 5),
    "card_surveys": ("surveys", "survey_id", ("date", "subject", "score", "recommend"), 5),
}
"""The lists of the page: of which table, its key, what is shown, how many lines."""
WHO = {
    "card_name": "name", "card_gender": "gender", "card_phone": "phone", "card_age": "age", "card_email": "email",
    "card_company": "company", "card_position": "position", "card_owner": "owner", "card_status": "status",
    "card_type": "customer_type", "card_registered": "registered_on", "card_industry": "industry",
    "card_last_contact": "last_interaction", "card_opportunity": "opportunity", "card_stage": "current_stage",
    "card_address": "address", "card_notes": "notes", "card_anniversary": "anniversary", "card_contact": "contact_name",
    "card_code": "company_code", "card_login": "last_login", "card_category": "category", "card_cart": "cart",
    "card_favourites": "favourites", "card_reviews": "reviews", "card_level": "level", "card_points": "points",
    "card_shop": "shop", "card_size": "size", "card_visit": "last_visit", "card_parent": "parent",
    "card_grade": "grade", "card_course": "course", "card_booked": "lessons_total", "card_taken": "lessons_taken",
    "card_attendance": "attendance_rate", "card_last_lesson": "last_lesson", "card_renewal": "renewal",
    "card_id": "customer_id",
}  # fmt: skip
ELSEWHERE = {
    "card_lifecycle": ("lifecycle", "status"),
    "card_care": ("maintenance", "next_care"),
    "card_score": ("loyalty", "score"),
}


def key_of(book: Ledger) -> str:
    return str(book["customers"][book.place]["customer_id"])


def of(book: Ledger, table: str, name: str) -> Plain:
    """Return a field of the customer's row in another table."""
    return book.by_customer(table, name).get(key_of(book))


def _who(name: str, shown: str) -> None:
    @cell(name)
    def value(book: Ledger) -> Plain:
        return book.column("customers", shown)[book.place]


def _elsewhere(name: str, table: str, shown: str) -> None:
    @cell(name)
    def value(book: Ledger) -> Plain:
        return of(book, table, shown)


for _name, _shown in WHO.items():
    _who(_name, _shown)
for _name, _pair in ELSEWHERE.items():
    _elsewhere(_name, *_pair)


@cell("card_row")
def row(book: Ledger) -> Plain:
    return float(book.place + 1)


@cell("card_hint")
def hint(book: Ledger) -> Plain:
    return None


@cell("card_place")
def region_and_city(book: Ledger) -> Plain:
    person = book["customers"][book.place]
    return " ".join(str(person[name]) for name in ("region", "city") if person.get(name)) or None


@cell("card_birthday")
def birthday(book: Ledger) -> Plain:
    """Return the next birthday; who was born on 29 February has it on 1 March of other years."""
    person = book["customers"][book.place]
    if person.get("birth_calendar") == "农历":
        return book.column("customers", "next_lunar_birthday")[book.place]
    born = person.get("birth_date")
    if not isinstance(born, date):
        return None
    leap = (born.month, born.day) == (2, 29)
    days = [
        date(year, 3, 1) if leap and not pd.Timestamp(year, 1, 1).is_leap_year else born.replace(year=year)
        for year in (book.today.year, book.today.year + 1)
    ]
    return next(day for day in days if day >= book.today)


@cell("card_lunar_birthday")
def lunar_birthday(book: Ledger) -> Plain:
    return book.column("customers", "lunar_birthday")[book.place]


@cell("card_stage_since")
def stage_since(book: Ledger) -> Plain:
    """Return when the stage began, as far as anybody noted it."""
    places = {
        "潜在客户发掘": ("prospects", "registered_on"),
        "客户关系建立": ("relationships", "start"),
        "客户关系维护": ("recovery", "recovered_on"),
        "客户流失预防与挽回": ("recovery", "churn_date"),
    }
    stage = str(book.column("customers", "current_stage")[book.place])
    day = of(book, *places[stage]) if stage in places else None
    return None if stage == "客户流失预防与挽回" and day is not None and day > book.today else day


@cell("card_class")
def class_and_basis(book: Ledger) -> Plain:
    words = [of(book, "classes", name) for name in ("category", "basis")]
    return " · ".join(str(word) for word in words if word) or None


@cell("card_alert")
def alert(book: Ledger) -> Plain:
    level = of(book, "alerts", "level")
    if level in (None, "无"):
        return level
    silent = (book.today - of(book, "alerts", "last_purchase")).days
    usual = rounded(365 / of(book, "alerts", "frequency"), 0)
    return f"{level} · 已 {silent} 天未购买，平常约 {usual:.0f} 天一次"


@cell("card_followup")
def followup(book: Ledger) -> Plain:
    day = of(book, "followups", "next_followup")
    return None if day is None else f"{day} · {of(book, 'followups', 'state')}"


@cell("card_action")
def action(book: Ledger) -> Plain:
    """Return what was agreed at the last contact, with its day."""
    [newest] = last(book, "interactions", "interaction_id", 1) or [{}]
    words = [newest.get("next_date"), newest.get("next_action")]
    return " · ".join(str(word) for word in words if word is not None) or None


@cell("card_tasks")
def tasks(book: Ledger) -> Plain:
    due = [
        row["due"]
        for row, status in zip(book["tasks"], book.column("tasks", "status"), strict=True)
        if row["customer_id"] == key_of(book) and status != "完成"
    ]
    return f"{len(due)} 项未完成，最早 {min(day for day in due if day)} 到期" if due else None


@cell("card_cooperation")
def cooperation(book: Ledger) -> Plain:
    words = [of(book, "relationships", name) for name in ("mode", "end", "state")]
    return " · ".join(str(word) for word in words if word) or None


@cell("card_likes")
def likes(book: Ledger) -> Plain:
    return "；".join(str(words) for words in preference_words(book) if words) or None


@cell("card_purchases_count")
def purchases_count(book: Ledger) -> Plain:
    return float(len(book.bought.get(key_of(book), [])))


@cell("card_total")
def total(book: Ledger) -> Plain:
    return sum(cents for _, cents in book.money.get(key_of(book), [])) / 100


@cell("card_average")
def average(book: Ledger) -> Plain:
    count = purchases_count(book)
    return rounded(total(book) / count, 2) if count else None


@cell("card_first")
def first(book: Ledger) -> Plain:
    return min(book.bought.get(key_of(book), []), default=None)


@cell("card_last")
def last_day(book: Ledger) -> Plain:
    return max(book.bought.get(key_of(book), []), default=None)


@cell("card_contacts_count")
def contacts_count(book: Ledger) -> Plain:
    return float(len(book.days_of("interactions").get(key_of(book), [])))


@cell("card_satisfaction")
def satisfaction(book: Ledger) -> Plain:
    scores = [row["score"] for row in happened(book, "surveys") if row["score"] is not None]
    return rounded(sum(scores) / len(scores), 2) if scores else None


@cell("card_months_span")
def months_span(book: Ledger) -> Plain:
    return f"{month_of(book, 11):%Y-%m} – {month_of(book, 0):%Y-%m}"


@cell("card_score_span")
def score_span(book: Ledger) -> Plain:
    score = of(book, "loyalty", "score")
    return None if score is None else f"{score:.0f}分"


def happened(book: Ledger, table: str) -> list[Row]:
    """Return the customer's dated rows up to today."""
    return [
        row
        for row in book[table]
        if row["customer_id"] == key_of(book) and row["date"] is not None and row["date"] <= book.today
    ]


def last(book: Ledger, table: str, key: str, count: int) -> list[Row]:
    """Return what happened last, the newest first, of one day the one with the greater number; of money, purchases."""
    rows = [
        row for row in happened(book, table) if table != "transactions" or (amount_of(book, row) or 0) > 0
    ]
    return sorted(rows, key=lambda row: (row["date"], int(str(row[key]))), reverse=True)[:count]


def amount_of(book: Ledger, row: Row) -> Plain:
    place = next(place for place, one in enumerate(book["transactions"]) if one is row)
    return book.column("transactions", "amount")[place]


def _line(page: str, shown: str) -> None:
    table, key, _, count = LINES[page]

    @field(page, shown)
    def values(book: Ledger) -> list[Plain]:
        rows = last(book, table, key, count)
        found = [amount_of(book, row) if shown == "amount" else row[shown] for row in rows]
        return [*found, *[None] * (count - len(found))]


for _page, (_, _, _fields, _) in LINES.items():
    for _shown in _fields:
        _line(_page, _shown)


@field("card_preferences", "words")
def preference_words(book: Ledger) -> list[Plain]:
    rows = [row for row in book["preferences"] if row["customer_id"] == key_of(book)]
    rows.sort(key=lambda row: -int(str(row["preference_id"])))
    words: list[Plain] = [
        "：".join(str(row[name]) for name in ("kind", "description") if row[name] is not None) or None
        for row in rows[:6]
    ]
    return [*words, *[None] * (6 - len(words))]


def month_of(book: Ledger, back: int) -> date:
    """Return the first day of a month, so many back from today's."""
    return (pd.Period(book.today, "M") - back).start_time.date()


@field("card_months", "month")
def months(book: Ledger) -> list[Plain]:
    return [month_of(book, back) for back in range(11, -1, -1)]


@field("card_months", "amount")
def month_amounts(book: Ledger) -> list[Plain]:
    pairs = book.money.get(key_of(book), [])
    return [sum(cents for day, cents in pairs if day.replace(day=1) == begin) / 100 for begin in months(book)]


@field("card_loyalty", "value")
def loyalty_values(book: Ledger) -> list[Plain]:
    return [max(0.0, of(book, "loyalty", name) or 0.0) for name in ("frequency", "amount", "referrals")]


@field("card_loyalty", "label")
def loyalty_labels(book: Ledger) -> list[Plain]:
    often, much, told = loyalty_values(book)
    return [f"购买 {often:g} 次", f"金额 {rounded(much, 0):,.0f} 元", f"推荐 {told:g} 次"]


@field("card_loyalty", "points")
def loyalty_points(book: Ledger) -> list[Plain]:
    bands = (FREQUENCY_POINTS, AMOUNT_POINTS, REFERRAL_POINTS)
    return [float(band(value, each)) for value, each in zip(loyalty_values(book), bands, strict=True)]
