"""Who was lost and came back: 客户流失分析, stage six, and who counts as lost on a day."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import TYPE_CHECKING

from tests.examples.expected.ledger import field

if TYPE_CHECKING:
    from tests.examples.expected.ledger import Ledger, Plain, Row


def recoveries(book: Ledger) -> dict[str, list[date]]:
    """Return the days, up to today, on which somebody won a customer back, of stage six and of the losses' rows."""
    found = book.days_of("churn", "recovered_on")
    for row in book["recovery"]:
        if row["status"] == "已挽回":
            day = row.get("recovered_on") or book.today
            if day <= book.today:
                found[str(row["customer_id"])].append(day)
    return found


def returns(book: Ledger) -> list[date | None]:
    """Return when the customer of each loss came back: by the first purchase after it, or won back."""
    won_back, known = recoveries(book), book.by_customer("lifecycle", "last_purchase")
    found: list[date | None] = []
    for row in book["churn"]:
        key, lost = str(row["customer_id"]), row["churn_date"]
        if lost is None or lost > book.today:
            found.append(None)
            continue
        days = [day for day in book.bought.get(key, []) if day > lost]
        if not days and (typed := known.get(key)) is not None and lost < typed <= book.today:
            days = [typed]
        days += [day for day in won_back.get(key, []) if day >= lost]
        found.append(min(days, default=None))
    return found


def losses(book: Ledger) -> dict[str, list[tuple[date, date | None]]]:
    """Return each customer's losses up to today, with the day of return."""
    if book.losses is None:
        book.losses = defaultdict(list)
        for row, back in zip(book["churn"], returns(book), strict=True):
            if row["churn_date"] is not None and row["churn_date"] <= book.today:
                book.losses[str(row["customer_id"])].append((row["churn_date"], back))
    return book.losses


def lost_on(book: Ledger, day: date) -> set[str]:
    """Return who was lost on or before a day and had not come back by then."""
    return {
        key
        for key, each in losses(book).items()
        if any(lost <= day and not (back is not None and back <= day) for lost, back in each)
    }


def is_risk(book: Ledger, row: Row) -> bool:
    """Return whether a row tells of a customer who may leave, and nobody has averted it."""
    averted = row.get("recovered_on")
    return row["churn_date"] is None and not (averted is not None and averted <= book.today)


@field("churn", "returned_on")
def returned_on(book: Ledger) -> list[Plain]:
    return [*returns(book)]


@field("churn", "state")
def state(book: Ledger) -> list[Plain]:
    found: list[Plain] = []
    for row, back in zip(book["churn"], returns(book), strict=True):
        if row["churn_date"] is None:
            found.append("待确认" if is_risk(book, row) else "已化解")
        elif row["churn_date"] > book.today:
            found.append("待确认")
        else:
            found.append("流失" if back is None else "已回流")
    return found


@field("churn", "first_purchase")
def first_purchase(book: Ledger) -> list[Plain]:
    return book.for_rows("churn", book.by_customer("lifecycle", "first_purchase"))


@field("churn", "newest_of")
def newest_of(book: Ledger) -> list[Plain]:
    """Return the customer in the newest row, in each of them where several are of one day."""
    newest = _newest(book)
    return [
        key if (key := row["customer_id"]) in newest and _rank(book, row) == newest[key][0] else None
        for row in book["churn"]
    ]


def _rank(book: Ledger, row: Row) -> tuple[bool, date]:
    """Return what orders the rows of a customer: an open risk comes last, a risk averted on its day."""
    return (is_risk(book, row), row["churn_date"] or row.get("recovered_on") or date.max)


def _newest(book: Ledger) -> dict[Plain, tuple[tuple[bool, date], Row]]:
    """Return each customer's newest loss or risk; of several of one day, the first row."""
    found: dict[Plain, tuple[tuple[bool, date], Row]] = {}
    for row in book["churn"]:
        key, rank = row["customer_id"], _rank(book, row)
        if key not in found or rank > found[key][0]:
            found[key] = (rank, row)
    return found


@field("recovery", "reason")
def reason(book: Ledger) -> list[Plain]:
    return book.for_rows("recovery", {key: row["reason"] for key, (_, row) in _newest(book).items()})


@field("recovery", "churn_date")
def churn_date(book: Ledger) -> list[Plain]:
    return book.for_rows("recovery", {key: row["churn_date"] for key, (_, row) in _newest(book).items()})


@field("recovery", "alert")
def alert(book: Ledger) -> list[Plain]:
    return book.for_rows("recovery", book.by_customer("alerts", "level"))


@field("recovery", "is_closed")
def is_closed(book: Ledger) -> list[Plain]:
    """Return 1 where the stage was left by 已挽回, up to today, and the customer is not lost again since."""
    lost = lost_on(book, book.today)
    return [
        float(
            row["status"] == "已挽回"
            and (row.get("recovered_on") or book.today) <= book.today
            and row["customer_id"] not in lost
        )
        for row in book["recovery"]
    ]
