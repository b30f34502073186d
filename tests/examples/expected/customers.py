"""Who a customer is, and what people agreed, planned and rated: customers, the first five stages, tasks, lessons."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd
from lunar_python import Lunar, Solar

from tests.examples.expected.ledger import band, field, rounded

if TYPE_CHECKING:
    from tests.examples.expected.ledger import Ledger, Plain, Row

STAGES = {
    "prospects": "潜在客户发掘", "evaluation": "潜在客户评估", "followups": "客户跟进", "relationships": "客户关系建立",
    "maintenance": "客户关系维护", "recovery": "客户流失预防与挽回",
}  # fmt: skip
AGES = {0: "18岁以下", 18: "18–25岁", 26: "26–35岁", 36: "36–45岁", 46: "46–60岁", 61: "60岁以上"}
NAMED = (
    "evaluation", "followups", "relationships", "maintenance", "recovery", "transactions", "interactions", "feedback",
    "preferences", "classes", "lifecycle", "surveys", "loyalty", "alerts", "participations", "churn", "tasks", "lessons",
)  # fmt: skip


def _name_of(table: str) -> None:
    @field(table, "name")
    def name(book: Ledger) -> list[Plain]:
        return book.for_rows(table, book.by_customer("customers", "name"))


for _table in NAMED:
    _name_of(_table)


def full_years(since: date, today: date) -> int:
    """Return the birthdays that have passed; who was born on 29 February has it on 1 March of other years."""
    return today.year - since.year - ((today.month, today.day) < (since.month, since.day))


@field("customers", "age")
def age(book: Ledger) -> list[Plain]:
    return [
        float(full_years(born, book.today)) if isinstance(born, date) and born <= book.today else None
        for born in book.column("customers", "birth_date")
    ]


@field("customers", "age_group")
def age_group(book: Ledger) -> list[Plain]:
    return [None if years is None else band(years, AGES) for years in book.column("customers", "age")]


def chinese_birth(row: Row) -> tuple[int, int] | None:
    """Return month, negative for a leap one, and day of birth by the Chinese calendar, of who keeps the birthday by it."""
    born = row.get("birth_date")
    if row.get("birth_calendar") != "农历" or not isinstance(born, date):
        return None
    lunar = Solar.fromYmd(born.year, born.month, born.day).getLunar()
    return lunar.getMonth(), lunar.getDay()


@field("customers", "lunar_birthday")
def lunar_birthday(book: Ledger) -> list[Plain]:
    found: list[Plain] = []
    for row in book["customers"]:
        birth = chinese_birth(row)
        lunar = birth and Lunar.fromYmd(2020, abs(birth[0]), min(birth[1], 29))
        leap = "闰" if birth and birth[0] < 0 else ""
        day = "三十" if birth and birth[1] == 30 else lunar and lunar.getDayInChinese()
        found.append(f"{leap}{lunar.getMonthInChinese()}月{day}" if lunar else None)
    return found


@field("customers", "next_lunar_birthday")
def next_lunar_birthday(book: Ledger) -> list[Plain]:
    """Return the first day from today on whose Chinese date is that of the birth, walking day by day."""
    births = [chinese_birth(row) for row in book["customers"]]
    if not any(births):
        return [None for _ in births]
    days = [book.today + timedelta(days=ahead) for ahead in range(400)]
    named = [
        (one.getMonth(), one.getDay()) for one in (Solar.fromYmd(*_parts(day)).getLunar() for day in days)
    ]
    last = {one[0]: one for one, after in pairwise(named) if after[1] == 1}
    found: list[Plain] = []
    for birth in births:
        wanted = birth and (abs(birth[0]), birth[1])
        if wanted and wanted not in named:
            wanted = last[wanted[0]]
        found.append(days[named.index(wanted)] if wanted else None)
    return found


def _parts(day: date) -> tuple[int, int, int]:
    return day.year, day.month, day.day


@field("customers", "last_interaction")
def last_interaction(book: Ledger) -> list[Plain]:
    days = book.days_of("interactions")
    return [max(days.get(str(row["customer_id"]), []), default=None) for row in book["customers"]]


@field("customers", "choice")
def choice(book: Ledger) -> list[Plain]:
    return [f"{row['customer_id']} {row['name'] or ''}" for row in book["customers"]]


@field("customers", "current_stage")
def current_stage(book: Ledger) -> list[Plain]:
    closed = book.by_customer("recovery", "is_closed")
    found: dict[str, Plain] = {}
    for table, title in STAGES.items():
        for row in book[table]:
            key = str(row["customer_id"])
            if table != "recovery" or closed[key] == 0:
                found[key] = title
    return book.for_rows("customers", found)


@field("evaluation", "total_score")
def total_score(book: Ledger) -> list[Plain]:
    return [
        None
        if None in (power := (row["power_score"], row["willingness_score"], row["loyalty_score"]))
        else float(
            (2 * power[0] + 2 * power[1] + power[2]) * 4
        )  # 40 %, 40 % and 20 % of five points make 100
        for row in book["evaluation"]
    ]


@field("evaluation", "value_class")
def value_class(book: Ledger) -> list[Plain]:
    bands = {0: "D", 40: "C", 60: "B", 80: "A"}
    return [
        None if score is None else band(score, bands) for score in book.column("evaluation", "total_score")
    ]


@field("followups", "last_contact")
def last_contact(book: Ledger) -> list[Plain]:
    days = book.days_of("interactions")
    return [max(days.get(str(row["customer_id"]), []), default=None) for row in book["followups"]]


@field("followups", "contact_frequency")
def contact_frequency(book: Ledger) -> list[Plain]:
    days = book.days_of("interactions")
    since = book.today - timedelta(days=90)
    return [
        float(sum(day > since for day in days.get(str(row["customer_id"]), []))) for row in book["followups"]
    ]


@field("followups", "resolution_days")
def resolution_days(book: Ledger) -> list[Plain]:
    spans = defaultdict(list)
    for row, days in zip(book["feedback"], book.column("feedback", "handling_days"), strict=True):
        if days is not None and row["handled_on"] <= book.today:
            spans[str(row["customer_id"])].append(days)
    return book.for_rows("followups", {key: sum(days) / len(days) for key, days in spans.items()})


@field("followups", "state")
def followup_state(book: Ledger) -> list[Plain]:
    found: list[Plain] = []
    known = (book.column("followups", name) for name in ("next_followup", "last_contact", "advance"))
    for planned, spoken, advance in zip(*known, strict=True):
        if planned is None:
            found.append(None)
        elif spoken is not None and spoken >= planned:
            found.append("正常" if advance == "是" else "待安排")
        elif planned < book.today:
            found.append("已逾期")
        else:
            found.append("即将到期" if (planned - book.today).days <= 7 else "正常")
    return found


@field("feedback", "handling_days")
def handling_days(book: Ledger) -> list[Plain]:
    return [
        None if None in (row["date"], row["handled_on"]) else float((row["handled_on"] - row["date"]).days)
        for row in book["feedback"]
    ]


@field("relationships", "remaining_days")
def remaining_days(book: Ledger) -> list[Plain]:
    return [
        None if end is None else float((end - book.today).days) for end in book.column("relationships", "end")
    ]


@field("relationships", "state")
def cooperation_state(book: Ledger) -> list[Plain]:
    found: list[Plain] = []
    for row in book["relationships"]:
        start, end = row["start"], row["end"]
        if start is None and end is None:
            found.append(None)
        elif start is not None and start > book.today:
            found.append("未开始")
        elif end is not None and end < book.today:
            found.append("已到期")
        else:
            found.append("即将到期" if end is not None and (end - book.today).days <= 30 else "合作中")
    return found


@field("maintenance", "loyalty_score")
def loyalty_score(book: Ledger) -> list[Plain]:
    return book.for_rows("maintenance", book.by_customer("loyalty", "score"))


@field("tasks", "completion")
def completion(book: Ledger) -> list[Plain]:
    found: list[Plain] = []
    for row in book["tasks"]:
        if row["completed_on"] is not None and row["completed_on"] <= book.today:
            found.append(1.0)
        else:
            found.append(min(1.0, (row["progress"] or 0) / row["target"]) if row["target"] else 0.0)
    return found


@field("tasks", "status")
def task_status(book: Ledger) -> list[Plain]:
    found: list[Plain] = []
    for row, done in zip(book["tasks"], book.column("tasks", "completion"), strict=True):
        begun = done > 0 or (row["start"] is not None and row["start"] <= book.today)
        if done >= 1:
            found.append("完成")
        elif row["due"] is not None and row["due"] < book.today:
            found.append("延期")
        else:
            found.append("进行中" if begun else "未开始")
    return found


@field("customers", "lessons_taken")
def lessons_taken(book: Ledger) -> list[Plain]:
    return [float(len(days)) for days in _lessons(book, "出勤")]


@field("customers", "progress")
def progress(book: Ledger) -> list[Plain]:
    return [
        min(1.0, taken / total) if total else None
        for taken, total in zip(
            book.column("customers", "lessons_taken"), book.column("customers", "lessons_total"), strict=True
        )
    ]


@field("customers", "lesson_frequency")
def lesson_frequency(book: Ledger) -> list[Plain]:
    since = (pd.Timestamp(book.today) - pd.DateOffset(months=3)).date()
    return [rounded(sum(day > since for day in days) / 3, 1) for days in _lessons(book, "出勤")]


@field("customers", "attendance_rate")
def attendance_rate(book: Ledger) -> list[Plain]:
    return [
        len(came) / len(all_days) if all_days else None
        for came, all_days in zip(_lessons(book, "出勤"), _lessons(book, "出勤", "请假", "缺勤"), strict=True)
    ]


@field("customers", "last_lesson")
def last_lesson(book: Ledger) -> list[Plain]:
    return [max(days, default=None) for days in _lessons(book, "出勤")]


def _lessons(book: Ledger, *attendance: str) -> list[list[date]]:
    """Return the days of each student's lessons of these kinds up to today."""
    days = defaultdict(list)
    for row in book["lessons"]:
        if row["attendance"] in attendance and row["date"] is not None and row["date"] <= book.today:
            days[str(row["customer_id"])].append(row["date"])
    return [days[str(row["customer_id"])] for row in book["customers"]]
