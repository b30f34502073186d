"""Reminders as a calendar file, read back by a library: stable entries, updates, cancellations."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from icalendar import Calendar

from crmbook.base import CrmbookError
from crmbook.build import Due
from crmbook.notify import make_calendar, write_calendar

DAY = date(2024, 5, 10)
NOW = datetime(2024, 5, 10, 8, 0, tzinfo=UTC)
LATE = Due(
    "tasks/task-due/r1/2024-05-08",
    "tasks",
    "r1",
    "王芳",
    "001",
    "张三",
    "任务到期",
    "完成任务",
    date(2024, 5, 8),
    -2,
)
SOON = Due(
    "customers/birthday/r2/2024-05-14",
    "customers",
    "r2",
    "王芳",
    "002",
    "李四",
    "客户生日将至",
    "问候",
    date(2024, 5, 14),
    4,
)


def made(*due: Due, before: bytes = b"", day: date = DAY, now: datetime = NOW) -> bytes:
    return make_calendar(due, title="提醒", book_id="b1", as_of=day, lang="zh", now=now, before=before)


def events(data: bytes) -> dict[str, Any]:
    """The events by the beginning of what they say."""
    return {str(event["summary"]): event for event in Calendar.from_ical(data).walk("VEVENT")}


def test_what_was_due_before_is_shown_today_and_what_comes_on_its_day():
    found = events(made(LATE, SOON))
    assert {name: (event["dtstart"].dt, event["dtend"].dt) for name, event in found.items()} == {
        "张三：任务到期": (DAY, DAY + timedelta(days=1)),
        "李四：客户生日将至": (date(2024, 5, 14), date(2024, 5, 15)),
    }
    assert str(found["张三：任务到期"]["description"]).split("\n") == [
        "完成任务", "客户：001 张三", "负责人：王芳", "到期日：2024-05-08",
    ]  # fmt: skip
    assert {str(event["status"]) for event in found.values()} == {"CONFIRMED"}


def test_without_a_change_the_file_stays_byte_for_byte():
    first = made(LATE, SOON)
    assert made(SOON, LATE, before=first, now=NOW + timedelta(hours=5)) == first


def test_what_changed_keeps_its_entry_and_gets_the_next_number():
    first = made(LATE, SOON)
    again = made(replace(LATE, customer="张三丰"), SOON, before=first, now=NOW + timedelta(hours=5))
    old, new = events(first)["张三：任务到期"], events(again)["张三丰：任务到期"]
    assert old["uid"] == new["uid"]
    assert (int(old["sequence"]), int(new["sequence"])) == (0, 1)
    assert events(again)["李四：客户生日将至"].to_ical() == events(first)["李四：客户生日将至"].to_ical()


def test_what_is_settled_is_cancelled_and_goes_after_a_month():
    first = made(LATE, SOON)
    second = made(SOON, before=first, now=NOW + timedelta(days=1))
    gone = events(second)["张三：任务到期"]
    assert (str(gone["status"]), int(gone["sequence"])) == ("CANCELLED", 1)
    assert made(SOON, before=second, now=NOW + timedelta(days=20)) == second
    assert list(events(made(SOON, before=second, now=NOW + timedelta(days=40)))) == ["李四：客户生日将至"]


def test_what_comes_back_is_confirmed_again_with_a_higher_number():
    first = made(LATE)
    gone = made(before=first, now=NOW + timedelta(days=1))
    back = made(LATE, before=gone, now=NOW + timedelta(days=2), day=DAY)
    event = events(back)["张三：任务到期"]
    assert (str(event["status"]), int(event["sequence"])) == ("CONFIRMED", 2)


def test_two_books_have_no_entry_in_common():
    one = made(LATE)
    other = make_calendar([LATE], title="提醒", book_id="b2", as_of=DAY, lang="zh", now=NOW)
    assert events(one)["张三：任务到期"]["uid"] != events(other)["张三：任务到期"]["uid"]


@pytest.mark.parametrize(
    "data", [b"hello", b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//other//\r\nEND:VCALENDAR\r\n"]
)
def test_another_programs_file_is_left_alone(tmp_path, data):
    path = tmp_path / "c.ics"
    path.write_bytes(data)
    with pytest.raises(CrmbookError) as refused:
        write_calendar(path, [LATE], title="提醒", book_id="b1", as_of=DAY, lang="zh", now=NOW)
    assert path.read_bytes() == data
    assert refused.value.code == "remind.not-ours"
