"""Since when a workbook waits, is held or fails, as an account of several syncs has it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from crmbook.base import Issue, Location, Severity, describe
from crmbook.base.errors import BusyError, CrmbookError
from crmbook.sync.outcome import Report, Synced, SyncState, Taken
from crmbook.watch.account import Account

PATH = Path("customers.xlsx")
MORNING = datetime(2026, 3, 2, 8, tzinfo=UTC)
WAITS = Report([Synced(PATH, MORNING.date(), state=SyncState.WAITING, open_by="王芳")])
FAILS = Report([], failures=[(PATH, CrmbookError("ooxml.truncated", path=PATH))])
IS_WRITTEN = Report([Synced(PATH, MORNING.date(), written=True)])


def account_of(*reports: Report, step: timedelta = timedelta(hours=1)) -> Account:
    account = Account("en")
    for number, report in enumerate(reports):
        account.take(report, MORNING + number * step, {})
    return account


@pytest.mark.parametrize(
    ("reports", "since"),
    [
        ([WAITS], 0),
        ([WAITS, WAITS, WAITS], 0),
        ([FAILS, FAILS], 0),
        ([WAITS, FAILS], 1),
        ([FAILS, WAITS], 1),
        ([WAITS, FAILS, WAITS], 0),  # it never ceased to wait
        ([WAITS, FAILS, FAILS, WAITS], 0),
        ([WAITS, FAILS, WAITS, FAILS], 3),
        ([WAITS, FAILS, IS_WRITTEN, WAITS], 3),
        ([WAITS, IS_WRITTEN, FAILS, WAITS], 3),
    ],
)
def test_a_workbook_waits_since_it_began_to_whatever_failed_in_between(reports, since):
    (stands,) = account_of(*reports).workbooks()
    assert datetime.fromisoformat(stands.since) == MORNING + timedelta(hours=since)


def test_who_has_it_open_for_a_day_is_told_though_it_was_read_half_at_night():
    account = account_of(WAITS, FAILS, WAITS, step=timedelta(hours=8))
    assert account.left_open(MORNING + timedelta(hours=23)) == {}
    assert account.left_open(MORNING + timedelta(hours=24)) == {"customers.xlsx": "王芳"}


def test_what_was_taken_in_of_a_workbook_that_was_read_half_before_is_told_with_why_it_is_not_written():
    superseded = BusyError("store.superseded", store="store.db", holder="pc")
    begun = Synced(PATH, MORNING.date(), taken=Taken(changed=1))
    account = account_of(FAILS)
    told = account.take(Report([], failures=[(PATH, superseded)], unwritten=[begun]), MORNING, {})
    assert [one.code for one in told] == ["watch.taken", "watch.busy"]


def test_what_stands_wrong_in_a_copy_that_is_put_away_is_told_with_its_place():
    issue = Issue(
        "value.not-a-number", Severity.WARNING, Location(sheet="Clients", cell="C4"), value="much",
        params={"field": "Limit"},
    )  # fmt: skip
    put_away = Synced(PATH, MORNING.date(), state=SyncState.ARCHIVED, issues=[issue], moved_to=PATH)
    told = [
        describe(one.code, "en", one.params) for one in Account("en").take(Report([put_away]), MORNING, {})
    ]
    assert told == [
        f"customers.xlsx: Clients!C4: {issue.text('en')}",
        "customers.xlsx: a conflict copy made by a cloud drive; taken in, and moved to customers.xlsx",
    ]


def test_what_a_repair_put_back_is_one_line_and_what_it_could_not_another():
    notes = [
        ("furniture.panes", {"sheet": "客户跟进"}),
        ("furniture.formats", {"sheet": "客户跟进", "count": 170}),
        ("furniture.gone-charts", {"sheet": "客户画像", "count": 2}),
    ]
    saved = Synced(PATH, MORNING.date(), written=True, notes=notes)
    told = [describe(one.code, "zh", one.params) for one in Account("zh").take(Report([saved]), MORNING, {})]
    assert told[-2].startswith("customers.xlsx：“客户画像”：2 张图表丢失")
    assert told[-1] == "customers.xlsx：恢复了其他程序保存时丢掉的格式、下拉列表等"
    assert len(told) == 3  # with the line that it was brought up to date


def test_new_errors_are_told_by_kind_once():
    found = [
        Issue(
            "value.not-a-date", Severity.ERROR, Location(sheet="客户跟进", cell=f"F{row}"), "follow_ups", f"{row}", "due", f"x{row}"
        )
        for row in (2, 3)
    ]  # fmt: skip
    wrong = Report([Synced(PATH, MORNING.date(), written=True, issues=found)])
    account = Account("zh")
    told = [one.params["text"] for one in account.take(wrong, MORNING, {}) if one.code == "watch.note"]
    [line] = told
    assert line.startswith("错误：客户跟进!F2 “x2”")
    assert "同类问题另有 1 处：F3" in line
    assert " → " in line
    assert [one for one in account.take(wrong, MORNING, {}) if one.code == "watch.note"] == []


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", "customers.xlsx: open; its edits were taken in, and it is written once it is closed"),
        ("zh", "customers.xlsx：有人正打开着，填写的内容已取入，关闭后写回"),
    ],
)
def test_who_has_it_open_is_not_named_where_no_lock_tells(lang, told):
    waits = Report([Synced(PATH, MORNING.date(), state=SyncState.WAITING)])
    assert [describe(one.code, lang, one.params) for one in Account(lang).take(waits, MORNING, {})] == [told]
