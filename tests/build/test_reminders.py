"""What is due by the shipped rules: a row just before, on and after its day; whom it is about, and what was answered."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any, NamedTuple

import pandas as pd
import pytest

from crmbook.build import (
    DONE,
    NEVER,
    POSTPONED,
    Due,
    count_line,
    find_due,
    open_of,
    reminder_lines,
    row_of_key,
)
from crmbook.schema import recompute, table_frame
from tests.books import book_of

TODAY = date(2024, 5, 10)
BOOK = book_of()


def day(offset: int) -> date:
    return TODAY + timedelta(days=offset)


def due_of(tables: dict[str, list[dict[str, Any]]], as_of: date = TODAY, lang: str = "zh") -> list[Any]:
    """What is due in a book with one customer of 王芳's, and some rows."""
    book = book_of(lang=lang)
    customer = {"customer_id": "001", "name": "张三", "owner": "王芳", "verified_on": as_of}
    rows = {"customers": [customer], **tables}
    if "customers" in tables:
        rows["customers"] = [{**customer, **row} for row in tables["customers"]]
    frames = {}
    for name, items in rows.items():
        columns = {key: [item.get(key) for item in items] for item in items for key in item}
        frames[name] = table_frame(
            book.tables[name],
            columns,
            pd.Index([f"{name[:2]}{n}" for n, _ in enumerate(items)], dtype=object),
        )
    return find_due(book, recompute(book, frames, as_of), as_of)


def told(found: list[Any]) -> list[tuple[str, str, int | None]]:
    return [((row_of_key(one.key) or ("", "", ""))[1], one.urgency, one.days) for one in found]


def followed(offset: int) -> dict[str, Any]:
    return {
        "customers": [{"status": "跟进中"}],
        "interactions": [{"customer_id": "001", "date": day(offset)}],
    }


CUSTOMER = {"customer_id": "001"}
CASES = [
    ("last contact two weeks ago", followed(-14), []),
    ("a day more", followed(-15), [("silent-customer", "overdue", -1)]),
    ("never contacted", {"customers": [{"status": "跟进中"}]}, [("silent-customer", "today", 0)]),
    ("never contacted, closed", {"customers": [{"status": "已成交"}]}, []),
    ("birthday in eight days", {"customers": [{"birth_date": date(1990, 5, 18)}]}, []),
    ("birthday in seven days", {"customers": [{"birth_date": date(1990, 5, 17)}]}, [("birthday", "week", 7)]),
    ("birthday today", {"customers": [{"birth_date": date(1990, 5, 10)}]}, [("birthday", "today", 0)]),
    ("birthday yesterday", {"customers": [{"birth_date": date(1990, 5, 9)}]}, []),
    ("Chinese birthday in eight days", {"customers": [{"birth_date": date(1990, 5, 5), "birth_calendar": "农历"}]}, []),
    ("Chinese birthday in seven days", {"customers": [{"birth_date": date(1990, 5, 4), "birth_calendar": "农历"}]}, [("lunar-birthday", "week", 7)]),
    ("Chinese birthday today", {"customers": [{"birth_date": date(1990, 4, 27), "birth_calendar": "农历"}]}, [("lunar-birthday", "today", 0)]),
    ("Chinese birthday yesterday", {"customers": [{"birth_date": date(1990, 4, 26), "birth_calendar": "农历"}]}, []),
    ("the Gregorian day of a Chinese birthday", {"customers": [{"birth_date": date(1990, 5, 10), "birth_calendar": "农历"}]}, []),
    ("birthday, said to be Gregorian", {"customers": [{"birth_date": date(1990, 5, 10), "birth_calendar": "公历"}]}, [("birthday", "today", 0)]),
    ("Chinese birthday without a day", {"customers": [{"birth_calendar": "农历"}]}, []),
    ("anniversary in seven days", {"customers": [{"anniversary": date(2018, 5, 17)}]}, [("anniversary", "week", 7)]),
    ("anniversary in eight days", {"customers": [{"anniversary": date(2018, 5, 18)}]}, []),
    ("anniversary today", {"customers": [{"anniversary": date(2018, 5, 10)}]}, [("anniversary", "today", 0)]),
    ("anniversary yesterday", {"customers": [{"anniversary": date(2018, 5, 9)}]}, []),
    ("verified 180 days ago", {"customers": [{"verified_on": day(-180)}]}, []),
    ("verified 181 days ago", {"customers": [{"verified_on": day(-181)}]}, [("not-verified", "later", -1)]),
    ("consent withdrawn yesterday", {"customers": [{"consent": "已撤回", "consent_on": day(-1)}]}, [("consent-withdrawn", "overdue", -1)]),
    ("consent given", {"customers": [{"consent": "已同意", "consent_on": day(-1)}]}, []),
    ("may be kept for 31 days", {"customers": [{"keep_until": day(31)}]}, []),
    ("may be kept for 30 days", {"customers": [{"keep_until": day(30)}]}, [("retention-ends", "later", 30)]),
    ("follow-up in eight days", {"followups": [{**CUSTOMER, "next_followup": day(8)}]}, []),
    ("follow-up in seven days", {"followups": [{**CUSTOMER, "next_followup": day(7)}]}, [("followup-due", "week", 7)]),
    ("follow-up today", {"followups": [{**CUSTOMER, "next_followup": day(0)}]}, [("followup-due", "today", 0)]),
    ("follow-up yesterday", {"followups": [{**CUSTOMER, "next_followup": day(-1)}]}, [("followup-due", "overdue", -1)]),
    ("task in eight days", {"tasks": [{**CUSTOMER, "task": "合同", "due": day(8)}]}, []),
    ("task in seven days", {"tasks": [{**CUSTOMER, "task": "合同", "due": day(7)}]}, [("task-due", "week", 7)]),
    ("task today", {"tasks": [{**CUSTOMER, "task": "合同", "due": day(0)}]}, [("task-due", "today", 0)]),
    ("task yesterday", {"tasks": [{**CUSTOMER, "task": "合同", "due": day(-1)}]}, [("task-due", "overdue", -1)]),
    ("contract ends in 31 days", {"relationships": [{**CUSTOMER, "start": day(-300), "end": day(31)}]}, []),
    ("contract ends in 30 days", {"relationships": [{**CUSTOMER, "start": day(-300), "end": day(30)}]}, [("contract-ending", "later", 30)]),
    ("contract ends today", {"relationships": [{**CUSTOMER, "start": day(-300), "end": day(0)}]}, [("contract-ending", "today", 0)]),
    ("contract ended yesterday", {"relationships": [{**CUSTOMER, "start": day(-300), "end": day(-1)}]}, []),
    ("feedback a week old", {"feedback": [{**CUSTOMER, "date": day(-7), "status": "未处理"}]}, []),
    ("feedback eight days old", {"feedback": [{**CUSTOMER, "date": day(-8), "status": "未处理"}]}, [("feedback-open", "overdue", -1)]),
    ("feedback settled", {"feedback": [{**CUSTOMER, "date": day(-8), "status": "已处理"}]}, []),
    ("visit in seven days", {"maintenance": [{**CUSTOMER, "next_care": day(7)}]}, [("care-due", "week", 7)]),
    ("visit today", {"maintenance": [{**CUSTOMER, "next_care": day(0)}]}, [("care-due", "today", 0)]),
    ("visit yesterday", {"maintenance": [{**CUSTOMER, "next_care": day(-1)}]}, [("care-due", "overdue", -1)]),
    ("visit in eight days", {"maintenance": [{**CUSTOMER, "next_care": day(8)}]}, []),
    ("lead 30 days old", {"prospects": [{**CUSTOMER, "name": "张三", "registered_on": day(-30)}]}, []),
    ("lead 31 days old", {"prospects": [{**CUSTOMER, "name": "张三", "registered_on": day(-31)}]}, [("lead-waiting", "later", -1)]),
    ("no measures yet", {"recovery": [{**CUSTOMER, "status": "挽回中"}]}, [("recovery-without-measures", "today", None)]),
    ("measures", {"recovery": [{**CUSTOMER, "status": "挽回中", "measures": "电话"}]}, []),
    ("action planned and done", {"interactions": [
        {**CUSTOMER, "date": day(-9), "next_date": day(-5)}, {**CUSTOMER, "date": day(-4)},
    ]}, []),
    ("action planned", {"interactions": [{**CUSTOMER, "date": day(-9), "next_date": day(-5)}]}, [("next-action-due", "overdue", -5)]),
]  # fmt: skip


@pytest.mark.sample(3)
@pytest.mark.parametrize(("case", "tables", "expected"), CASES, ids=[name for name, *_ in CASES])
def test_a_rule_finds_what_is_due_from_its_day_on(case: str, tables: Any, expected: Any) -> None:
    assert told(due_of(tables)) == expected, case


def test_every_shipped_rule_has_a_case() -> None:
    rules = {rule.id for table in BOOK.tables.values() for rule in table.reminders}
    assert rules - {"churn-alert", "open-conflict"} == {
        found[0] for _, _, expected in CASES for found in expected
    }


def test_a_birthday_comes_back_next_year() -> None:
    tables = {"customers": [{"birth_date": date(1990, 5, 12)}]}
    (now,), (later,) = due_of(tables), due_of(tables, date(2025, 5, 10))
    answers = answered({now.key: (DONE, None)})
    assert (now.due, later.due) == (date(2024, 5, 12), date(2025, 5, 12))
    assert open_of([now], answers, TODAY) == []
    assert open_of([later], answers, date(2025, 5, 10)) == [later]


def test_a_chinese_birthday_comes_back_on_another_day_next_year() -> None:
    tables = {"customers": [{"birth_date": date(1990, 5, 4), "birth_calendar": "农历"}]}
    (now,), (later,) = due_of(tables, date(2024, 5, 15)), due_of(tables, date(2025, 5, 5))
    assert (now.due, later.due) == (date(2024, 5, 17), date(2025, 5, 7))
    answers = answered({now.key: (DONE, None)})
    assert open_of([now], answers, TODAY) == []
    assert open_of([later], answers, date(2025, 5, 5)) == [later]


def test_a_contract_is_told_again_in_its_last_days() -> None:
    tables = {"relationships": [{**CUSTOMER, "start": day(-300), "end": day(20)}]}
    (early,), (late,) = due_of(tables), due_of(tables, day(5))
    assert early.due == late.due
    assert open_of([late], answered({early.key: (DONE, None)}), day(5)) == [late]


def test_an_alert_is_told_again_when_it_rises() -> None:
    tables = {
        "transactions": [
            {**CUSTOMER, "date": date(2023, 1, 1), "amount": 100.0},
            {**CUSTOMER, "date": date(2024, 1, 1), "amount": 100.0},
        ],
        "alerts": [dict(CUSTOMER)],
    }  # two purchases a year: 182.5 days apart
    (medium,) = due_of(tables, date(2024, 10, 20))
    (high,) = due_of(tables, date(2025, 1, 20))
    assert open_of([medium], answered({medium.key: (DONE, None)}), date(2024, 10, 20)) == []
    assert open_of([high], answered({medium.key: (DONE, None)}), date(2025, 1, 20)) == [high]


def test_the_one_in_charge_of_the_row_comes_before_the_customers() -> None:
    tables = {
        "tasks": [
            {**CUSTOMER, "task": "合同", "due": day(1), "owner": "李娜"},
            {**CUSTOMER, "task": "样品", "due": day(2)},
        ]
    }
    assert [(one.owner, one.customer_id, one.customer) for one in due_of(tables)] == [
        ("李娜", "001", "张三"),
        ("王芳", "001", "张三"),
    ]


def test_the_most_urgent_stands_first_and_what_can_wait_last() -> None:
    found = due_of({
        "customers": [{"verified_on": day(-400), "birth_date": date(1990, 5, 10)}],
        "tasks": [{**CUSTOMER, "task": "合同", "due": day(-3)}, {**CUSTOMER, "task": "样品", "due": day(3)}],
        "feedback": [{**CUSTOMER, "date": day(-60), "status": "未处理"}],
    })  # fmt: skip
    assert [one.urgency for one in found] == ["overdue", "overdue", "today", "week", "later"]
    assert [one.days for one in found] == [-53, -3, 0, 3, -220]


def answered(given: dict[str, tuple[str, date | None]]) -> pd.DataFrame:
    days = pd.to_datetime(pd.Series([until for _, until in given.values()], dtype=object))
    return pd.DataFrame(
        {"decision": [decision for decision, _ in given.values()], "until": days.tolist(), "note": None},
        index=pd.Index(list(given), dtype=object),
    )


def test_answers_keep_a_reminder_away_for_as_long_as_they_say() -> None:
    (now,) = due_of({"tasks": [{**CUSTOMER, "task": "合同", "due": day(-1)}]})
    (moved,) = due_of({"tasks": [{**CUSTOMER, "task": "合同", "due": day(2)}]})
    for answer, same, other in [
        ((DONE, None), [], [moved]),
        ((NEVER, None), [], []),
        ((POSTPONED, day(1)), [], [moved]),
        ((POSTPONED, day(0)), [now], [moved]),
    ]:
        answers = answered({now.key: answer})
        assert open_of([now], answers, TODAY) == same, answer
        assert open_of([moved], answers, TODAY) == other, answer


@pytest.mark.parametrize(
    ("lang", "expected"),
    [
        ("zh", "共 3 项，其中逾期 1 项。王芳 2 项（逾期 1）、李娜 1 项"),
        ("en", "3 due, 1 of them overdue. 王芳: 2 (1 overdue), 李娜: 1"),
    ],
)
def test_the_line_above_counts_by_owner(lang: str, expected: str) -> None:
    tables = {
        "tasks": [
            {**CUSTOMER, "task": "合同", "due": day(-1)},
            {**CUSTOMER, "task": "样品", "due": day(1)},
            {**CUSTOMER, "task": "报价", "due": day(2), "owner": "李娜"},
        ]
    }
    assert count_line(book_of(lang=lang), due_of(tables, lang=lang)) == expected
    assert count_line(BOOK, []) == "今天没有要处理的事项"


def test_a_line_says_what_to_do_and_leads_to_its_row() -> None:
    found = due_of({"tasks": [{**CUSTOMER, "task": "合同", "due": day(-1)}]})
    (line,) = reminder_lines(BOOK, found, {found[0].key: "等回复"}, lambda _: ('"#A"', "2"))
    assert {name: value for name, (value, _) in line.items()} == {
        "urgency": "已逾期", "due": day(-1), "days": "逾期 1 天", "owner": "王芳", "customer_id": "001", "customer": "张三",
        "reason": "任务到期", "remedy": "完成任务，然后填写“完成值”或“完成日期”", "source": "客户进度管理",
        "note": "等回复", "reminder": "tasks/task-due/ta0/2024-05-09",
    }  # fmt: skip
    assert line["source"][1] == 'HYPERLINK("#A"&2,"客户进度管理")'


@pytest.mark.parametrize(
    ("left", "zh", "en"),
    [
        (-411, "逾期 411 天", "411 days overdue"),
        (-1, "逾期 1 天", "1 day overdue"),
        (0, "今天", "today"),
        (1, "明天", "tomorrow"),
        (2, "2 天后", "in 2 days"),
    ],
)
def test_a_line_says_in_words_how_far_away_its_day_is(left: int, zh: str, en: str) -> None:
    tables = {"tasks": [{**CUSTOMER, "task": "合同", "due": day(left)}]}
    for lang, words in (("zh", zh), ("en", en)):
        (found,) = due_of(tables, lang=lang)
        (line,) = reminder_lines(book_of(lang=lang), [found], {}, lambda _: None)
        assert line["days"][0] == words


def test_what_can_wait_is_never_called_overdue() -> None:
    (found,) = due_of({"customers": [{"verified_on": day(-181)}]})
    (line,) = reminder_lines(BOOK, [found], {}, lambda _: None)
    assert (line["urgency"][0], line["days"][0]) == ("不急", "1 天前")


def test_what_has_no_day_names_none() -> None:
    found = Due("k", "tasks", "r", "", "", "", "", "")
    (line,) = reminder_lines(BOOK, [found], {}, lambda _: None)
    assert (line["due"][0], line["days"][0]) == (None, None)


def test_a_conflict_is_for_whoever_has_its_row_even_when_that_is_gone() -> None:
    class Waiting(NamedTuple):
        id: int
        table: str
        row_id: str

    waiting = [
        Waiting(7, "customers", "cu0"),
        Waiting(8, "customers", "cu9"),
        Waiting(9, "_lists", "gender/x"),
    ]
    rows = {"customer_id": ["001"], "name": ["张三"], "owner": ["王芳"], "verified_on": [TODAY]}
    frames = {"customers": table_frame(BOOK.tables["customers"], rows, pd.Index(["cu0"], dtype=object))}
    found = find_due(BOOK, recompute(BOOK, frames, TODAY), TODAY, conflicts=waiting)
    told = {one.key: (one.owner, one.customer_id, one.customer, one.urgency) for one in found}
    assert told == {
        "conflicts/open-conflict/7/": ("王芳", "001", "张三", "today"),
        "conflicts/open-conflict/8/": ("", "", "", "today"),
        "conflicts/open-conflict/9/": ("", "", "", "today"),
    }
    assert {one.reason for one in found} == {"两人改了同一处，等待选择"}
