"""The default rules, each at and beside its boundaries, through the shipped formulas."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pandas as pd
import pytest

from crmbook.formula import Frames
from crmbook.schema import load_book
from crmbook.schema.recompute import recompute
from tests.examples.small import book_for, frames_of, standard

TODAY = date(2024, 6, 30)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


def result(table: str, field: str, rows: dict[str, list[dict[str, object]]], as_of: date = TODAY) -> object:
    """Return the computed field of the first row of `table`, in a book that holds just `rows`."""
    book = book_for(table, field)
    return recompute(book, frames_of(book, rows), as_of).results[table, field].iloc[0]


def colour(table: str, field: str, rows: dict[str, list[dict[str, object]]]) -> str:
    """Return the style that the first row of `table` has in a field; empty where it has none."""
    book = standard()
    computed = recompute(book, frames_of(book, rows), TODAY)
    frames = Frames(computed.frames)
    for (name, column), found in computed.results.items():
        if name:
            frames.put(name, column, found)
    marks = book.tables[table].fields[field].highlight
    styles = [one.style for one in marks if one.formula.evaluate(frames, computed.cells).iloc[0] is True]
    return styles[0] if styles else ""


def cell(name: str, rows: dict[str, list[dict[str, object]]]) -> object:
    """Return a computed cell of the summary, of a book that holds just `rows`."""
    book = book_for("", name)
    return recompute(book, frames_of(book, rows), TODAY).cells[name]


def purchases(*pairs: tuple[date, float]) -> list[dict[str, object]]:
    return [{"customer_id": "001", "date": day, "amount": amount} for day, amount in pairs]


ONE = [{"customer_id": "001"}]


@pytest.mark.sample(10)
@pytest.mark.parametrize(
    ("frequency", "amount", "referrals", "score", "level"),
    [
        (10, 5000, 5, 90, "高忠诚度"),
        (5, 2000, 2, 60, "较高忠诚度"),
        (10, 10000, 5, 100, "高忠诚度"),
        (0, 0, 0, 0, ""),
        (1, 0, 0, 10, "低忠诚度"),
        (3, 499.99, 1, 25, "低忠诚度"),
        (4, 500, 1, 35, "低忠诚度"),
        (3, 500, 2, 40, "一般忠诚度"),
        (9, 9999.99, 4, 70, "较高忠诚度"),
        (9, 1999, None, 40, "一般忠诚度"),
        (-5, -1, 5, 20, ""),
        (None, 400, 5, 20, ""),
    ],
)
def test_loyalty(frequency: int, amount: float, referrals: int | None, score: int, level: str) -> None:
    row = {"customer_id": "001", "frequency": frequency, "amount": amount, "referrals": referrals}
    assert result("loyalty", "score", {"loyalty": [row]}) == score
    assert result("loyalty", "level", {"loyalty": [row]}) == level


def test_loyalty_counts_the_last_twelve_months() -> None:
    bought = purchases(
        (date(2023, 6, 30), 900), (date(2023, 7, 1), 70), (TODAY, 30), (date(2024, 7, 1), 5000)
    )
    rows = {"loyalty": ONE, "transactions": bought}
    assert result("loyalty", "frequency", rows) == 2
    assert result("loyalty", "amount", rows) == 100


@pytest.mark.parametrize(
    ("silence", "frequency", "level"),
    [
        (0, 365, "无"),
        (72, 5, "无"),
        (73, 5, "低"),
        (109, 5, "低"),
        (110, 5, "中"),
        (145, 5, "中"),
        (146, 5, "高"),
        (3000, 0.1, "无"),
        (3650, 0.1, "低"),
        (3000, 0, "无"),
        (None, 5, "无"),
        (-30, 5, "无"),
    ],
)
def test_churn_alert(silence: int | None, frequency: float, level: str) -> None:
    last = None if silence is None else ago(silence)
    row = {"customer_id": "001", "last_purchase": last, "frequency": frequency}
    assert result("alerts", "level", {"alerts": [row]}) == level


@pytest.mark.sample(10)
@pytest.mark.parametrize(
    ("bought", "frequency", "level"),
    [
        ([], "", "无"),
        ([(ago(100), 1)], 1, "无"),
        ([(ago(364), 1)], 1, "无"),
        ([(ago(365), 1)], 1, "低"),
        ([(ago(547), 1)], 1, "低"),
        ([(ago(548), 1)], 1, "中"),
        ([(ago(729), 1)], 1, "中"),
        ([(ago(730), 1)], 1, "高"),
        ([(ago(730), 1), (ago(700), 1)], 2, "高"),
        ([(ago(730), 1), (ago(365), 1)], 2, "高"),
        ([(ago(1095), 1), (ago(365), 1)], 1, "低"),
        ([(ago(1460), 1), (ago(730), 1), (ago(0), 1)], 0.75, "无"),
        ([(ago(365), 1), (ago(100), -1)], 1, "低"),
        ([(ago(365), -1)], "", "无"),
        ([(ago(365), 0)], "", "无"),
        ([(ago(-5), 1)], "", "无"),
    ],
)
def test_silence_does_not_slow_the_clock_that_it_is_measured_by(
    bought: list[tuple[date, float]], frequency: float | str, level: str
) -> None:
    rows = {"alerts": ONE, "transactions": purchases(*bought)}
    assert result("alerts", "frequency", rows) == frequency
    assert result("alerts", "level", rows) == level


@pytest.mark.parametrize(
    ("bought", "churned", "won_back", "level"),
    [
        (730, None, False, "高"),
        (730, 10, False, "无"),
        (730, 730, False, "无"),
        (730, 731, False, "高"),
        (730, 10, True, "高"),
        (730, -10, False, "高"),
    ],
)
def test_who_is_lost_and_has_not_come_back_raises_no_alert(
    bought: int, churned: int | None, won_back: bool, level: str
) -> None:
    rows = {
        "alerts": ONE,
        "transactions": purchases((ago(bought), 100)),
        "churn": [] if churned is None else [{"customer_id": "001", "churn_date": ago(churned)}],
        "recovery": [{"customer_id": "001", "status": "已挽回" if won_back else "挽回中"}],
    }
    assert result("alerts", "level", rows) == level


@pytest.mark.sample(8)
@pytest.mark.parametrize(
    ("amounts", "category", "basis", "size"),
    [
        ([6000], "VIP客户", "购买金额超过5000元", "大客户"),
        ([5000], "VIP客户", "购买金额超过5000元", "大客户"),
        ([4999.99], "成长客户", "购买金额在1000元到5000元之间", "中客户"),
        ([600, 400], "成长客户", "购买金额在1000元到5000元之间", "中客户"),
        ([800], "普通客户", "购买金额在1000元以下", "小客户"),
        ([0.01], "普通客户", "购买金额在1000元以下", "小客户"),
        ([0], "潜在客户", "尚无购买记录", "小客户"),
        ([-5], "潜在客户", "尚无购买记录", "小客户"),
        ([6000, -1000.01], "成长客户", "购买金额在1000元到5000元之间", "中客户"),
        ([500, -600], "普通客户", "购买金额在1000元以下", "小客户"),
        ([], "潜在客户", "尚无购买记录", "小客户"),
    ],
)
def test_customer_class(amounts: list[float], category: str, basis: str, size: str) -> None:
    rows = {"classes": ONE, "transactions": purchases(*((ago(10), amount) for amount in amounts))}
    assert result("classes", "category", rows) == category
    assert result("classes", "basis", rows) == basis
    assert result("classes", "amount_class", rows) == size


def test_a_class_set_by_hand_says_so() -> None:
    rows = {
        "classes": [{"customer_id": "001", "category": "VIP客户"}],
        "transactions": purchases((ago(1), 800)),
    }
    assert result("classes", "basis", rows) == "人工指定"


@pytest.mark.parametrize(
    ("count", "label"), [(0, "低频"), (2, "低频"), (3, "中频"), (7, "中频"), (8, "高频")]
)
def test_frequency_class(count: int, label: str) -> None:
    rows = {"classes": ONE, "transactions": purchases(*((ago(7 * n), 10) for n in range(count)))}
    assert result("classes", "frequency_class", rows) == label


@pytest.mark.parametrize(("rating", "label"), [(1, "低购买力"), (3, "中购买力"), (4, "高购买力"), (None, "")])
def test_power_class(rating: int | None, label: str) -> None:
    rows = {"classes": ONE, "evaluation": [{"customer_id": "001", "power_score": rating}]}
    assert result("classes", "power_class", rows) == label


@pytest.mark.parametrize(
    ("last", "churned", "status"),
    [
        (0, None, "活跃"),
        (30, None, "活跃"),
        (31, None, "不活跃"),
        (None, None, "未购买"),
        (None, -5, "未购买"),
        (10, 5, "流失"),
        (10, 10, "流失"),
        (5, 10, "活跃"),
        (40, 90, "不活跃"),
        (10, -5, "活跃"),
        (None, 5, "流失"),
    ],
)
def test_lifecycle(last: int | None, churned: int | None, status: str) -> None:
    rows = {
        "lifecycle": ONE,
        "transactions": [] if last is None else purchases((ago(last), 100)),
        "churn": [] if churned is None else [{"customer_id": "001", "churn_date": ago(churned)}],
    }
    assert result("lifecycle", "status", rows) == status


@pytest.mark.parametrize(("status", "shown"), [("已挽回", "不活跃"), ("挽回中", "流失"), ("已流失", "流失")])
def test_who_was_won_back_is_lost_no_more(status: str, shown: str) -> None:
    rows = {
        "lifecycle": ONE,
        "transactions": purchases((ago(60), 100)),
        "churn": [{"customer_id": "001", "churn_date": ago(5)}],
        "recovery": [{"customer_id": "001", "status": status}],
    }
    assert result("lifecycle", "status", rows) == shown


def test_a_refund_is_no_purchase() -> None:
    bought = purchases((ago(50), 100), (ago(20), -100), (ago(3), 0))
    rows = {"lifecycle": ONE, "loyalty": ONE, "classes": ONE, "transactions": bought}
    there = {"lifecycle": [{"customer_id": "001", "last_purchase": ago(50)}]}
    assert result("lifecycle", "last_purchase", rows) == result("lifecycle", "last_purchase", there)
    assert result("lifecycle", "status", rows) == "不活跃"
    assert result("loyalty", "frequency", rows) == 1
    assert result("loyalty", "amount", rows) == 0
    assert result("classes", "purchases", rows) == 1
    assert result("classes", "total", rows) == 0


@pytest.mark.parametrize(
    ("later", "status", "state", "returned"),
    [
        ([], None, "流失", None),
        ([(20, 50)], None, "流失", None),  # on the day itself
        ([(19, -50)], None, "流失", None),
        ([(19, 50), (3, 50)], None, "已回流", 19),
        ([], "已挽回", "已回流", 0),
        ([(7, 50)], "已挽回", "已回流", 7),
    ],
)
def test_a_lost_customer_returns_with_the_first_purchase_after_that_day(
    later: list[tuple[int, float]], status: str | None, state: str, returned: int | None
) -> None:
    rows = {
        "churn": [{"customer_id": "001", "churn_date": ago(20)}],
        "transactions": purchases((ago(90), 10), *((ago(days), amount) for days, amount in later)),
        "recovery": [{"customer_id": "001", "status": status}],
    }
    assert result("churn", "state", rows) == state
    there = {
        "lifecycle": [{"customer_id": "001", "last_purchase": None if returned is None else ago(returned)}]
    }
    assert result("churn", "returned_on", rows) == result("lifecycle", "last_purchase", there)


PERSONS = {  # registered, first purchase, lost, back again: days of 2024, as numbers of days before TODAY
    "long before, blank": (None, None, None, None),
    "buyer": (400, 300, None, None),
    "lost last year": (400, 300, 200, None),
    "lost this year": (400, 300, 100, None),
    "lost this year, back since": (400, 300, 100, 50),
    "lost last year, back this year": (400, 300, 200, 50),
    "lost without a purchase": (400, None, 100, None),
    "new, bought and lost this year": (90, 80, 20, None),
    "registered tomorrow": (-1, None, None, None),
}


def test_the_summary_counts_who_was_there_and_who_was_lost() -> None:
    """Counted by hand for the first half of 2024: four are there; of three buyers at its start one was lost."""
    rows: dict[str, list[dict[str, object]]] = {
        name: [] for name in ("customers", "transactions", "churn", "lifecycle")
    }
    for number, (registered, bought, lost, back) in enumerate(PERSONS.values(), 1):
        key = {"customer_id": f"{number:03}"}
        rows["customers"].append({**key, "registered_on": None if registered is None else ago(registered)})
        rows["lifecycle"].append(key)
        days = [day for day in (bought, back) if day is not None]
        rows["transactions"] += [{**key, "date": ago(day), "amount": 10} for day in days]
        if lost is not None:
            rows["churn"].append({**key, "churn_date": ago(lost)})
    assert cell("customers_total", rows) == 4  # blank, buyer, and the two who came back
    assert cell("churn_rate", rows) == 1 / 3  # buyer, lost this year, lost and back: one of them stays lost
    assert cell("customers_lost", rows) == 3  # one of them never bought, one is new
    assert cell("churn_rate_before", rows) == ""  # nobody had bought before 2023 began


def test_what_was_lost_in_a_span_stays_lost_there_whoever_returns_later() -> None:
    rows: dict[str, list[dict[str, object]]] = {
        "customers": ONE,
        "lifecycle": ONE,
        "transactions": purchases((date(2022, 5, 1), 10), (date(2023, 8, 1), 10)),
        "churn": [{"customer_id": "001", "churn_date": date(2023, 3, 1)}],
    }
    assert (cell("lost_before", rows), cell("churn_rate_before", rows)) == (1, 1.0)
    assert (cell("customers_lost", rows), cell("churn_rate", rows)) == (0, 0.0)
    assert cell("customers_total", rows) == 1


def losses(*rows: tuple[date | None, date | None]) -> list[dict[str, object]]:
    """Return rows of churn of customer 001: days of loss and of recovery."""
    return [
        {"churn_id": str(13001 + place), "customer_id": "001", "churn_date": lost, "recovered_on": back}
        for place, (lost, back) in enumerate(rows)
    ]


def column(table: str, field: str, rows: dict[str, list[dict[str, object]]]) -> list[object]:
    """Return a computed field of all rows of `table`, days as days."""
    book = book_for(table, field)
    found = recompute(book, frames_of(book, rows), TODAY).frames[table][field].tolist()
    return [value.date() if isinstance(value, datetime) else value for value in found]


JAN, MAR, MAY = date(2024, 1, 10), date(2024, 3, 10), date(2024, 5, 10)
LEAP = date(2024, 2, 29)


@pytest.mark.sample(4)
@pytest.mark.parametrize(
    ("rows", "bought", "stage_six", "states", "returned", "lifecycle", "alert"),
    [
        # two losses, no return between or after
        ([(JAN, None), (MAR, None)], [], None, ["流失", "流失"], [None, None], "流失", "无"),
        # bought between them, then lost again
        ([(JAN, None), (MAR, None)], [date(2024, 2, 1)], None, ["已回流", "流失"], [date(2024, 2, 1), None], "流失", "无"),
        # won back, then lost again, though stage 6 still says so
        ([(JAN, LEAP), (MAR, None)], [], ("已挽回", LEAP), ["已回流", "流失"], [LEAP, None], "流失", "无"),
        ([(JAN, None), (MAR, None)], [], ("已挽回", LEAP), ["已回流", "流失"], [LEAP, None], "流失", "无"),
        # and back once more
        ([(JAN, LEAP), (MAR, MAY)], [], ("已挽回", MAY), ["已回流", "已回流"], [LEAP, MAY], "不活跃", "高"),
        # won back without a purchase
        ([(JAN, MAR)], [], None, ["已回流"], [MAR], "不活跃", "高"),
        # chosen, not synced yet: as of today
        ([(JAN, None)], [], ("已挽回", None), ["已回流"], [TODAY], "不活跃", "高"),
        # a purchase comes first, or the recovery does
        ([(JAN, MAR)], [LEAP], None, ["已回流"], [LEAP], "不活跃", "无"),
        ([(JAN, LEAP)], [MAR], None, ["已回流"], [LEAP], "不活跃", "无"),
        # bought on the day of the loss; won back on it
        ([(MAR, None)], [MAR], None, ["流失"], [None], "流失", "无"),
        ([(MAR, MAR)], [], None, ["已回流"], [MAR], "不活跃", "高"),
        # won back before it: of an older loss
        ([(MAR, JAN)], [], None, ["流失"], [None], "流失", "无"),
        # will be lost, will be won back
        ([(date(2024, 7, 1), None)], [], None, ["待确认"], [None], "不活跃", "高"),
        ([(JAN, date(2024, 7, 1))], [], None, ["流失"], [None], "流失", "无"),
        ([(JAN, MAR), (date(2024, 7, 1), None)], [], None, ["已回流", "待确认"], [MAR, None], "不活跃", "高"),
        # lost on 29 February, bought the day after; lost again on it
        ([(LEAP, None)], [date(2024, 3, 1)], None, ["已回流"], [date(2024, 3, 1)], "不活跃", "无"),
        ([(JAN, LEAP), (LEAP, None)], [], None, ["已回流", "已回流"], [LEAP, LEAP], "不活跃", "高"),
        ([(JAN, None), (LEAP, None)], [LEAP], None, ["已回流", "流失"], [LEAP, None], "流失", "无"),
        # risks: open, averted, beside a loss that is over
        ([(None, None)], [], None, ["待确认"], [None], "不活跃", "高"),
        ([(None, MAR)], [], None, ["已化解"], [None], "不活跃", "高"),
        ([(None, date(2024, 7, 1))], [], None, ["待确认"], [None], "不活跃", "高"),
        ([(JAN, LEAP), (None, None)], [], ("已挽回", LEAP), ["已回流", "待确认"], [LEAP, None], "不活跃", "高"),
        # entered in another order
        ([(MAR, None), (JAN, LEAP)], [], None, ["流失", "已回流"], [None, LEAP], "流失", "无"),
    ],
)  # fmt: skip
def test_losses_of_one_customer(
    rows: list[tuple[date | None, date | None]],
    bought: list[date],
    stage_six: tuple[str, date | None] | None,
    states: list[str],
    returned: list[date | None],
    lifecycle: str,
    alert: str,
) -> None:
    status, day = stage_six or ("挽回中", None)
    there = {
        "churn": losses(*rows),
        "transactions": purchases((date(2022, 1, 1), 10), *((one, 10) for one in bought)),
        "recovery": [{"customer_id": "001", "status": status, "recovered_on": day}],
        "lifecycle": ONE,
        "alerts": ONE,
    }
    assert column("churn", "state", there) == states
    assert [None if one is pd.NaT else one for one in column("churn", "returned_on", there)] == returned
    assert result("lifecycle", "status", there) == lifecycle
    assert result("alerts", "level", there) == alert


@pytest.mark.parametrize(
    ("rows", "reason", "lost"),
    [
        ([(JAN, "价格"), (MAR, "竞品")], "竞品", MAR),
        ([(MAR, "竞品"), (JAN, "价格")], "竞品", MAR),
        ([(JAN, "价格"), (None, "产品")], "产品", None),  # at risk again
        ([], None, None),
    ],
)
def test_stage_six_is_about_the_newest_loss(
    rows: list[tuple[date | None, str]], reason: str | None, lost: date | None
) -> None:
    there = {
        "churn": [{"customer_id": "001", "churn_date": day, "reason": why} for day, why in rows],
        "recovery": ONE,
    }
    assert column("recovery", "reason", there) == [reason]
    [day] = column("recovery", "churn_date", there)
    assert (None if day is pd.NaT else day) == lost


@pytest.mark.parametrize(
    ("rows", "stage"),
    [
        ([(JAN, LEAP)], "客户关系维护"),
        ([(JAN, LEAP), (MAR, None)], "客户流失预防与挽回"),
        ([(JAN, LEAP), (None, None)], "客户关系维护"),
    ],
)
def test_who_is_lost_again_is_in_stage_six_again(
    rows: list[tuple[date | None, date | None]], stage: str
) -> None:
    there = {
        "customers": ONE,
        "maintenance": ONE,
        "recovery": [{"customer_id": "001", "status": "已挽回", "recovered_on": LEAP}],
        "churn": losses(*rows),
    }
    assert result("customers", "current_stage", there) == stage


# Loss and recovery of a buyer, and what 2024 to 30 June and 2023 to 30 June say: customers in total, lost, rate, and the
# latter two of the year before. Two buyers who never leave are there besides.
SPANS = [
    ([(JAN, None)], 2, 1, 1 / 3, 0, 0.0),
    ([(JAN, MAR)], 3, 0, 0.0, 0, 0.0),
    ([(JAN, LEAP), (MAR, None)], 2, 1, 1 / 3, 0, 0.0),  # twice within the year: one buyer
    ([(JAN, None), (MAR, None)], 2, 1, 1 / 3, 0, 0.0),
    ([(JAN, LEAP), (MAR, MAY)], 3, 0, 0.0, 0, 0.0),
    ([(date(2023, 3, 1), None)], 2, 0, 0.0, 1, 1 / 3),
    ([(date(2023, 3, 1), MAR)], 3, 0, 0.0, 1, 1 / 3),  # back later: 2023 stays as it was
    (
        [(date(2023, 3, 1), MAR), (MAY, None)],
        2,
        1,
        0.0,
        1,
        1 / 3,
    ),  # lost when 2024 began: no buyer of its start
    ([(date(2023, 3, 1), date(2023, 4, 1)), (MAY, None)], 2, 1, 1 / 3, 0, 0.0),
    ([(date(2023, 3, 1), None), (MAY, None)], 2, 1, 0.0, 1, 1 / 3),  # never back between
    ([(date(2024, 1, 1), None)], 2, 1, 1 / 3, 0, 0.0),
    ([(date(2023, 12, 31), None)], 2, 0, 0.0, 0, 0.0),
    ([(date(2023, 12, 31), date(2024, 1, 1)), (TODAY, None)], 2, 1, 0.0, 0, 0.0),
    ([(date(2023, 12, 30), date(2023, 12, 31)), (TODAY, None)], 2, 1, 1 / 3, 0, 0.0),
    ([(TODAY, TODAY)], 3, 0, 0.0, 0, 0.0),
    ([(date(2024, 7, 1), None)], 3, 0, 0.0, 0, 0.0),
    ([(None, None)], 3, 0, 0.0, 0, 0.0),
    ([(None, MAR)], 3, 0, 0.0, 0, 0.0),
]


@pytest.mark.sample(3)
@pytest.mark.parametrize(("rows", "total", "lost", "rate", "lost_before", "rate_before"), SPANS)
def test_the_summary_counts_a_customer_once_however_often_lost(
    rows: list[tuple[date | None, date | None]],
    total: int,
    lost: int,
    rate: float,
    lost_before: int,
    rate_before: float,
) -> None:
    keys = [{"customer_id": key} for key in ("001", "002", "003")]
    there = {
        "customers": keys,
        "lifecycle": keys,
        "transactions": [{**key, "date": date(2022, 1, 1), "amount": 10} for key in keys],
        "churn": losses(*rows),
    }
    assert (cell("customers_total", there), cell("customers_lost", there)) == (total, lost)
    assert cell("churn_rate", there) == pytest.approx(rate)
    assert (cell("lost_before", there), cell("churn_rate_before", there)) == (
        lost_before, pytest.approx(rate_before),
    )  # fmt: skip


def test_past_months_keep_their_losses() -> None:
    rows = {"churn": losses((JAN, LEAP), (MAR, None), (MAY, None))}
    months = dict(zip(range(11, -1, -1), column("monthly", "lost_customers", rows), strict=True))
    assert {back: count for back, count in months.items() if count} == {5: 1, 3: 1, 1: 1}
    earlier = {"churn": losses((JAN, None))}
    assert column("monthly", "lost_customers", earlier)[6] == 1  # January, with or without what came later


@pytest.mark.sample(3)
@pytest.mark.parametrize(
    ("rows", "one_risk", "in_order", "recovered"),
    [
        ([(None, None)], [True], [True], [True]),
        ([(None, None), (None, None)], [False, False], [True, True], [True, True]),
        ([(None, MAR), (None, None)], [True, True], [True, True], [True, True]),
        ([(JAN, None), (None, None)], [True, True], [True, True], [True, True]),
        ([(JAN, None), (MAR, None)], [True, True], [True, False], [True, True]),
        ([(JAN, MAY), (MAR, None)], [True, True], [True, False], [True, True]),
        ([(JAN, MAR), (MAR, None)], [True, True], [True, True], [True, True]),
        ([(JAN, LEAP), (MAR, None)], [True, True], [True, True], [True, True]),
        ([(JAN, None), (JAN, None)], [True, True], [False, False], [True, True]),
        ([(MAR, LEAP)], [True], [True], [False]),
    ],
)
def test_checks_of_losses(
    rows: list[tuple[date | None, date | None]],
    one_risk: list[bool],
    in_order: list[bool],
    recovered: list[bool],
) -> None:
    computed = recompute(standard(), frames_of(standard(), {"churn": losses(*rows)}), TODAY)
    frames = Frames(computed.frames)
    for (table, name), values in computed.results.items():
        if table:
            frames.put(table, name, values)
    verdicts = {
        check.id: check.formula.evaluate(frames, computed.cells).tolist()
        for check in standard().tables["churn"].checks
    }
    assert verdicts["one-open-risk"] == one_risk
    assert verdicts["after-the-loss-before"] == in_order
    assert verdicts["won-back-after-the-loss"] == recovered


def test_the_churn_rate_of_a_year_without_buyers_is_blank() -> None:
    assert cell("churn_rate", {"customers": ONE}) == ""


def test_customers_who_bought_are_counted_once_each_and_by_the_end_of_the_period() -> None:
    bought = [
        {"customer_id": number, "date": day, "amount": amount}
        for number, day, amount in (
            ("001", ago(400), 10),
            ("001", ago(9), 20),
            ("002", ago(5), -30),  # a refund
            ("003", ago(0), 1),
            ("004", ago(-1), 50),  # tomorrow
            ("005", ago(7), 0),
        )
    ]
    customers = [{"customer_id": f"{number:03}"} for number in range(1, 7)]
    customers[5]["first_purchase"] = ago(800)  # typed over: bought before the book began
    assert cell("buyers", {"customers": ONE, "lifecycle": customers, "transactions": bought}) == 3
    assert cell("buyers", {"customers": ONE}) == 0
    assert cell("buyers", {}) == ""  # nothing has begun


def test_who_never_bought_has_no_loyalty_and_stands_in_no_band_of_it() -> None:
    rows = {
        "lifecycle": [{"customer_id": "001"}, {"customer_id": "002"}, {"customer_id": "003"}],
        "loyalty": [
            {"customer_id": "001", "referrals": 9},
            {"customer_id": "002"},
            {"customer_id": "003", "frequency": 10, "amount": 10000},
        ],
        "transactions": [{"customer_id": "002", "date": ago(500), "amount": 99}],
    }
    book = book_for("loyalty_levels", "customers")
    results = recompute(book, frames_of(book, rows), TODAY).results
    assert results["loyalty", "level"].tolist() == ["", "低忠诚度", "高忠诚度"]
    assert results["loyalty_levels", "customers"].tolist() == [1, 0, 0, 1]


def test_a_month_without_surveys_is_a_gap() -> None:
    surveys = [
        {"date": date(2023, 9, 30), "score": 2},
        {"date": date(2023, 9, 1), "score": 5},
        {"date": date(2024, 5, 31), "score": 4},
        {"date": date(2024, 7, 1), "score": 1},
    ]
    book = book_for("monthly", "satisfaction")
    shown = recompute(book, frames_of(book, {"surveys": surveys}), TODAY).results["monthly", "satisfaction"]
    assert shown.tolist() == ["", "", 3.5, "", "", "", "", "", "", "", 4, ""]


def test_the_funnel_counts_who_came_to_a_stage_and_last_who_is_not_won_back() -> None:
    numbers = [{"customer_id": f"{number:03}", "name": "张三"} for number in range(1, 7)]
    rows = {name: numbers[: 6 - place] for place, name in enumerate(STAGES)}
    rows["recovery"] = [
        {"customer_id": "001", "status": "已挽回"},
        {"customer_id": "002", "status": "挽回中"},
        {"customer_id": "003", "status": "已流失"},
        {"customer_id": "004"},
    ]
    book = book_for("funnel", "customers")
    shown = recompute(book, frames_of(book, rows), TODAY).results["funnel", "customers"]
    assert shown.tolist() == [6, 5, 4, 3, 2, 3]


@pytest.mark.parametrize(
    ("counts", "told"),
    [
        ((8, 4, 3, 3, 0), ["", " · 50%", " · 75%", " · 100%", " · 0%", ""]),
        ((8, 5, 0, 2, 1), ["", " · 63%", " · 0%", "", " · 50%", ""]),  # nobody before, no share
        ((0, 0, 0, 0, 0), [""] * 6),
        ((2, 3, 0, 0, 0), ["", " · 150%", " · 0%", "", "", ""]),
    ],
)
def test_the_funnel_says_how_many_go_on_to_the_next_stage(counts: tuple[int, ...], told: list[str]) -> None:
    people = [{"customer_id": f"{number:03}", "name": "张三"} for number in range(1, 9)]
    rows = {name: people[:count] for name, count in zip(STAGES, counts, strict=False)}
    book = book_for("funnel", "label")
    frame = recompute(book, frames_of(book, rows), TODAY).results
    stages = [
        "潜在客户发掘",
        "潜在客户评估",
        "客户跟进",
        "客户关系建立",
        "客户关系维护",
        "客户流失预防与挽回",
    ]
    assert frame["funnel", "label"].tolist() == [a + b for a, b in zip(stages, told, strict=True)]


@pytest.mark.parametrize("count", [3, 10, 12])
def test_the_ten_largest_regions_and_the_rest_make_the_sales(count: int) -> None:
    order = ["北京", "上海", "天津", "重庆", "深圳", "广东", "浙江", "江苏", "山东", "四川", "湖北", "湖南"]
    names = order[:count]
    customers = [{"customer_id": f"{place:03}", "region": name} for place, name in enumerate(names, 1)]
    bought = [{"customer_id": one["customer_id"], "date": ago(1), "amount": 100} for one in customers]
    bought += [
        {"customer_id": "001", "date": ago(2), "amount": 5},
        {"customer_id": "999", "date": TODAY, "amount": 7},
    ]
    book = book_for("top_regions", "region")
    shown = recompute(book, frames_of(book, {"customers": customers, "transactions": bought}), TODAY).results
    blank = max(0, 10 - count)
    assert shown["top_regions", "sales"].tolist() == [
        105, *[100] * (min(count, 10) - 1), *[0] * blank, 7 + 100 * max(0, count - 10),
    ]  # fmt: skip
    assert shown["top_regions", "region"].tolist() == [*names[:10], *[""] * blank, "其他"]


def test_charts_say_of_which_time_they_are() -> None:
    begun = {"customers": ONE}
    assert cell("months_span", begun) == "2023-07 – 2024-06"
    assert cell("as_of_span", begun) == "2024-06-30"
    assert cell("period_span", begun) == "2024-01-01 – 2024-06-30"


def test_a_churn_row_without_a_date_is_a_risk_only() -> None:
    rows = {"lifecycle": ONE, "transactions": purchases((ago(3), 1)), "churn": ONE}
    assert result("lifecycle", "status", rows) == "活跃"
    assert result("churn", "state", rows) == "待确认"


def test_first_contact_is_the_earliest_trace() -> None:
    rows = {
        "lifecycle": ONE,
        "customers": [{"customer_id": "001", "registered_on": ago(50)}],
        "prospects": [{"customer_id": "001", "registered_on": ago(60)}],
        "interactions": [{"customer_id": "001", "date": ago(55)}, {"customer_id": "002", "date": ago(90)}],
    }
    assert result("lifecycle", "first_contact", rows) == result(
        "lifecycle", "first_contact", {"lifecycle": [{"customer_id": "001", "first_contact": ago(60)}]}
    )


def test_a_purchase_is_a_contact_too() -> None:
    known = {"lifecycle": ONE, "transactions": purchases((ago(80), 1))}
    wanted = result(
        "lifecycle", "first_contact", {"lifecycle": [{"customer_id": "001", "first_contact": ago(80)}]}
    )
    assert result("lifecycle", "first_contact", known) == wanted
    late = {"customers": [{"customer_id": "001", "registered_on": ago(50)}]}
    assert result("lifecycle", "first_contact", known | late) == wanted


@pytest.mark.parametrize(
    ("planned", "contact", "advance", "state"),
    [
        (-1, None, None, "已逾期"),
        (0, None, None, "即将到期"),
        (7, None, None, "即将到期"),
        (8, None, None, "正常"),
        (8, 0, None, "正常"),
        (-10, -9, None, "待安排"),
        (-10, -10, "否", "待安排"),
        (0, 0, None, "待安排"),
        (-10, -9, "是", "正常"),
        (-10, -11, None, "已逾期"),
        (-10, -11, "是", "已逾期"),
        (None, -3, None, ""),
    ],
)
def test_followup_state(planned: int | None, contact: int | None, advance: str | None, state: str) -> None:
    """Who was spoken to on the agreed day has no day agreed any more, and is not on track."""
    row = {"customer_id": "001", "next_followup": None if planned is None else ago(-planned)}
    row["advance"] = advance
    spoken = [] if contact is None else [{"customer_id": "001", "date": ago(-contact)}]
    assert result("followups", "state", {"followups": [row], "interactions": spoken}) == state


@pytest.mark.parametrize(
    ("start", "end", "state", "days"),
    [
        (-10, 31, "合作中", 31),
        (-10, 30, "即将到期", 30),
        (-10, 0, "即将到期", 0),
        (-10, -1, "已到期", -1),
        (1, 90, "未开始", 90),
        (None, 90, "合作中", 90),
        (-10, None, "合作中", ""),
        (None, None, "", ""),
    ],
)
def test_cooperation_state(start: int | None, end: int | None, state: str, days: object) -> None:
    row = {
        "customer_id": "001",
        "start": None if start is None else ago(-start),
        "end": None if end is None else ago(-end),
    }
    assert result("relationships", "state", {"relationships": [row]}) == state
    assert result("relationships", "remaining_days", {"relationships": [row]}) == days


@pytest.mark.parametrize(
    ("start", "end", "state", "days"),
    [
        (-10, 31, "good", ""),
        (-10, 30, "warn", "warn"),
        (-10, 0, "warn", "warn"),
        (-10, -1, "bad", "bad"),
        (1, 9, "muted", ""),
        (None, None, "", ""),
    ],
)
def test_the_days_of_a_cooperation_have_no_other_colour_than_its_state(
    start: int | None, end: int | None, state: str, days: str
) -> None:
    row = {
        "customer_id": "001",
        "start": None if start is None else ago(-start),
        "end": None if end is None else ago(-end),
    }
    assert colour("relationships", "state", {"relationships": [row]}) == state
    assert colour("relationships", "remaining_days", {"relationships": [row]}) == days


@pytest.mark.parametrize(
    ("start", "due", "completed", "progress", "completion", "status"),
    [
        (1, 10, None, None, 0, "未开始"),
        (None, 10, None, 0, 0, "未开始"),
        (0, 10, None, 0, 0, "进行中"),
        (1, 10, None, 50, 0.25, "进行中"),
        (-5, 0, None, 50, 0.25, "进行中"),
        (-5, -1, None, 50, 0.25, "延期"),
        (-5, -1, None, 200, 1, "完成"),
        (-5, -1, None, 300, 1, "完成"),
        (-5, -1, -2, None, 1, "完成"),
        (-5, 10, 2, 0, 0, "进行中"),
    ],
)
def test_task(
    start: int | None, due: int, completed: int | None, progress: float | None, completion: float, status: str
) -> None:
    row = {
        "task_id": "11001",
        "customer_id": "001",
        "start": None if start is None else ago(-start),
        "due": ago(-due),
        "completed_on": None if completed is None else ago(-completed),
        "target": 200,
        "progress": progress,
    }
    assert result("tasks", "completion", {"tasks": [row]}) == completion
    assert result("tasks", "status", {"tasks": [row]}) == status


@pytest.mark.parametrize(
    ("ratings", "score", "label"),
    [
        ((5, 4, 4), 88, "A"),
        ((5, 5, 5), 100, "A"),
        ((4, 4, 4), 80, "A"),
        ((4, 4, 3), 76, "B"),
        ((3, 3, 2), 56, "C"),
        ((2, 2, 1), 36, "D"),
        ((1, 1, 1), 20, "D"),
        ((5, None, 5), "", ""),
    ],
)
def test_evaluation(ratings: tuple[int | None, ...], score: object, label: str) -> None:
    names = ("power_score", "willingness_score", "loyalty_score")
    row = {"customer_id": "001", **dict(zip(names, ratings, strict=True))}
    assert result("evaluation", "total_score", {"evaluation": [row]}) == score
    assert result("evaluation", "value_class", {"evaluation": [row]}) == label


@pytest.mark.parametrize(
    ("born", "age", "group"),
    [
        (date(2006, 7, 1), 17, "18岁以下"),
        (date(2006, 6, 30), 18, "18–25岁"),
        (date(1998, 6, 30), 26, "26–35岁"),
        (date(1988, 6, 30), 36, "36–45岁"),
        (date(1978, 6, 30), 46, "46–60岁"),
        (date(1963, 6, 30), 61, "60岁以上"),
        (date(1964, 2, 29), 60, "46–60岁"),
        (date(2025, 1, 1), "", ""),
        (None, "", ""),
    ],
)
def test_age(born: date | None, age: object, group: str) -> None:
    rows = {"customers": [{"customer_id": "001", "birth_date": born}]}
    assert result("customers", "age", rows) == age
    assert result("customers", "age_group", rows) == group


STAGES = ("prospects", "evaluation", "followups", "relationships", "maintenance", "recovery")


@pytest.mark.parametrize("reached", range(7))
def test_the_current_stage_is_the_furthest_open_one(reached: int) -> None:
    rows = {"customers": ONE, **dict.fromkeys(STAGES[:reached], ONE)}
    names = ["", *(standard().tables[name].title for name in STAGES)]
    assert result("customers", "current_stage", rows) == names[reached]


@pytest.mark.parametrize(
    ("status", "stage"),
    [
        ("已挽回", "客户关系维护"),
        ("挽回中", "客户流失预防与挽回"),
        ("已流失", "客户流失预防与挽回"),
        (None, "客户流失预防与挽回"),
    ],
)
def test_a_customer_won_back_returns_to_stage_five(status: str | None, stage: str) -> None:
    rows = {"customers": ONE, "maintenance": ONE, "recovery": [{"customer_id": "001", "status": status}]}
    assert result("customers", "current_stage", rows) == stage


def test_reason_date_and_measures_are_typed_once() -> None:
    rows = {
        "churn": [{"customer_id": "001", "reason": "竞品", "churn_date": ago(5)}],
        "recovery": [{"customer_id": "001", "measures": "上门拜访"}],
        "alerts": ONE,
    }
    assert result("recovery", "reason", rows) == "竞品"
    assert result("alerts", "measures", rows) == "上门拜访"
    there = {"lifecycle": [{"customer_id": "001", "last_purchase": ago(5)}]}
    assert result("recovery", "churn_date", rows) == result("lifecycle", "last_purchase", there)


def test_satisfaction_of_the_feedback() -> None:
    rows = {
        "followups": ONE,
        "feedback": [
            {"customer_id": "001", "date": ago(20), "handled_on": ago(18)},
            {"customer_id": "001", "date": ago(9), "handled_on": ago(4)},
            {"customer_id": "001", "date": ago(3)},
            {"customer_id": "002", "date": ago(90), "handled_on": ago(1)},
        ],
    }
    assert result("feedback", "handling_days", rows) == 2
    assert result("followups", "resolution_days", rows) == 3.5


# Who took part in 年终促销, as (customer, days ago); what was bought, as (customer, days ago, amount); what the campaign
# shows: different customers, those who bought within 30 days, and what they spent in these days.
CAMPAIGN = {
    "nobody": ([], [], (0, 0, 0)),
    "records are not customers": ([("001", 9), ("001", 9), ("001", 5), ("002", 9)], [], (2, 0, 0)),
    "a day is not known": ([("001", None), ("002", None), ("002", 9)], [("001", 1, 5)], (2, 0, 0)),
    "not yet": ([("001", -1), ("002", 0)], [("001", 0, 5)], (1, 0, 0)),
    "one who also comes tomorrow is one": ([("001", -1), ("001", 3)], [("001", 2, 5)], (1, 1, 5)),
    "from the same day on": ([("001", 40)], [("001", 40, 5), ("001", 41, 70)], (1, 1, 5)),
    "to the thirtieth day": ([("001", 40)], [("001", 10, 5), ("001", 9, 70)], (1, 1, 5)),
    "too late": ([("001", 40)], [("001", 9, 70)], (1, 0, 0)),
    "not before the as-of date has come": ([("001", 5)], [("001", -1, 70)], (1, 0, 0)),
    "others do not count": ([("001", 9)], [("002", 5, 70)], (1, 0, 0)),
    "each purchase once": (
        [("001", 40), ("001", 30), ("001", 30)],
        [("001", 35, 5), ("001", 20, 7)],
        (1, 1, 12),
    ),
    "two spans and a gap": (
        [("001", 90), ("001", 40)],
        [("001", 61, 5), ("001", 59, 70), ("001", 11, 7)],
        (1, 1, 12),
    ),
    "three records of one day": ([("001", 9)] * 3, [("001", 5, 100)], (1, 1, 100)),
    "a refund lowers it": ([("001", 9)], [("001", 8, 100), ("001", 5, -30)], (1, 1, 70)),
    "a refund is no purchase": ([("001", 9), ("002", 9)], [("001", 5, -30), ("002", 5, 0)], (2, 0, 0)),
    "two customers": ([("001", 9), ("002", 8)], [("001", 5, 10.5), ("002", 8, 0.25)], (2, 2, 10.75)),
}


@pytest.mark.sample(7)
@pytest.mark.parametrize("name", CAMPAIGN)
def test_what_a_campaign_brought(name: str) -> None:
    records, bought, shown = CAMPAIGN[name]
    days = [(who, None if day is None else ago(day)) for who, day in records]
    rows = {
        "campaigns": [{"name": "年终促销"}, {"name": "新品发布会"}],
        "participations": [{"customer_id": who, "campaign": "年终促销", "date": day} for who, day in days]
        + [{"customer_id": "003", "campaign": "新品发布会", "date": ago(20)}],
        "transactions": [
            {"customer_id": who, "date": ago(day), "amount": amount}
            for who, day, amount in [*bought, ("003", 15, 1000)]
        ],
    }
    for field, value, other in zip(
        ("participants", "conversions", "sales"), shown, (1, 1, 1000), strict=True
    ):
        book = book_for("campaigns", field)
        counted = recompute(book, frames_of(book, rows), TODAY).results["campaigns", field].tolist()
        assert counted == [value, other], field


def test_later_rows_do_not_count() -> None:
    """Going back to an earlier as-of date shows the figures of that day."""
    bought = purchases((date(2024, 1, 10), 800), (date(2024, 5, 10), 9000))
    rows = {"classes": ONE, "transactions": bought}
    assert result("classes", "category", rows, date(2024, 1, 9)) == "潜在客户"
    assert result("classes", "category", rows, date(2024, 1, 10)) == "普通客户"
    assert result("classes", "category", rows, date(2024, 5, 10)) == "VIP客户"


@pytest.mark.parametrize(
    ("bought", "lesson", "attendance", "status"),
    [
        (100, 30, "出勤", "活跃"),
        (100, 31, "出勤", "不活跃"),
        (100, 1, "缺勤", "不活跃"),
        (30, 90, "出勤", "活跃"),
        (100, None, None, "不活跃"),
        (None, 1, "出勤", "未购买"),
    ],
)
def test_a_student_who_takes_lessons_is_active(
    bought: int | None, lesson: int | None, attendance: str | None, status: str
) -> None:
    rows: dict[str, list[dict[str, object]]] = {"customers": ONE, "lifecycle": ONE}
    if bought is not None:
        rows["transactions"] = purchases((ago(bought), 4800))
    if lesson is not None:
        rows["lessons"] = [{"customer_id": "001", "date": ago(lesson), "attendance": attendance}]
    book = load_book("education", "zh")
    assert recompute(book, frames_of(book, rows), TODAY).results["lifecycle", "status"].iloc[0] == status
