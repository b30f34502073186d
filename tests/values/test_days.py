"""Days and moments, as people type them."""

# ruff: noqa: DTZ001 - a cell knows no time zone

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmbook.values import Domain, Surroundings, ValueKind, parse_value

AS_OF = Surroundings(as_of=dt.date(2023, 4, 1))
FIFTH = dt.date(2023, 1, 5)


def read(raw: object, kind: str = "date", around: Surroundings = AS_OF):
    return parse_value(Domain(ValueKind(kind)), raw, around)


@pytest.mark.parametrize(
    "typed",
    [
        "2023/1/5",
        "2023-1-5",
        "2023.1.5",
        "2023。1。5",
        "2023-01-05",
        "2023年1月5日",
        "2023年1月5号",
        "2023年1月5",
        "２０２３年１月５日",
        "２０２３／１／５",
        "二〇二三年一月五日",
        "20230105",
        20230105.0,
        20230105,
        "5 Jan 2023",
        "January 5, 2023",
        "05-Jan-2023",
        dt.date(2023, 1, 5),
        dt.datetime(2023, 1, 5),
        pd.Timestamp("2023-01-05"),
        " 2023-1-5 ",
    ],
)
def test_days_are_read(typed):
    parsed = read(typed)
    assert (parsed.value, parsed.problem, parsed.note) == (FIFTH, None, None)
    assert type(parsed.value) is dt.date


@pytest.mark.parametrize(
    ("typed", "day", "note"),
    [
        ("1月5日", FIFTH, "value.year-assumed"),
        ("一月五号", FIFTH, "value.year-assumed"),
        ("4月1日", dt.date(2023, 4, 1), "value.year-assumed"),
        ("5月1日", dt.date(2022, 5, 1), "value.year-assumed"),
        ("2月29日", dt.date(2020, 2, 29), "value.year-assumed"),
        (44931.0, FIFTH, "value.date-from-serial"),
        ("44931", FIFTH, "value.date-from-serial"),
        (44931.5, FIFTH, "value.time-dropped"),
        ("2023-1-5 14:30", FIFTH, "value.time-dropped"),
        (dt.datetime(2023, 1, 5, 14, 30), FIFTH, "value.time-dropped"),
    ],
)
def test_what_had_to_be_supplied_is_noted(typed, day, note):
    parsed = read(typed)
    assert (parsed.value, parsed.problem, parsed.note) == (day, None, note)


def test_serials_follow_the_date_system_of_the_workbook():
    assert read(43469.0, around=Surroundings(date1904=True)).value == FIFTH


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("2023/13/1", "value.no-such-date"),
        ("2023-2-30", "value.no-such-date"),
        ("20231301", "value.no-such-date"),
        (20231301.0, "value.no-such-date"),
        ("2月30日", "value.no-such-date"),
        ("1.5", "value.date-doubtful"),
        (1.5, "value.date-doubtful"),
        ("1/5", "value.date-doubtful"),
        (2023.0, "value.date-doubtful"),
        (0.0, "value.date-doubtful"),
        (float("inf"), "value.date-doubtful"),
        ("01/05/2023", "value.date-day-or-month"),
        ("23-1-5", "value.date-short-year"),
        ("23年1月5日", "value.date-short-year"),
        ("一九八〇年五月", "value.date-without-day"),
        ("农历五月初六", "value.chinese-date"),
        ("十三月五日", "value.no-such-date"),
        ("2023-1", "value.date-without-day"),
        ("2023年1月", "value.date-without-day"),
        ("2023", "value.date-without-day"),
        ("1899-12-31", "value.date-too-early"),
        ("今天", "value.not-a-date"),
        ("5 Foo 2023", "value.not-a-date"),
        (True, "value.not-a-date"),
        (dt.time(14, 30), "value.not-a-date"),
    ],
)
def test_what_is_no_certain_day_is_refused(typed, code):
    parsed = read(typed)
    assert (parsed.value, parsed.problem) == (None, code)


@pytest.mark.parametrize(
    "typed",
    ["农历八月十五", "八月十五", "正月初一", "冬月二十", "腊月廿三日", "闰四月初一", "十二月三十", "农历8-15", "阴历 8月15日", "8月15日（农历）", "农历不详"],
)  # fmt: skip
def test_a_day_of_the_chinese_calendar_is_named_and_not_taken_for_another(typed):
    parsed = read(typed)
    assert (parsed.value, parsed.problem) == (None, "value.chinese-date")


@pytest.mark.parametrize(
    ("typed", "day"),
    [
        ("农历1990年八月十五", "1990-10-03"),
        ("1990年八月十五", "1990-10-03"),
        ("1990-08-15(阴历)", "1990-10-03"),
        ("农历：1990.8.15", "1990-10-03"),
        ("一九九〇年八月十五", "1990-10-03"),
        ("2020年闰四月初一", "2020-05-23"),
        ("1990年腊月三十", "1991-02-14"),
    ],
)
def test_a_whole_date_of_the_chinese_calendar_is_told_with_its_gregorian_day(typed, day):
    parsed = read(typed)
    assert (parsed.value, parsed.problem, parsed.params) == (None, "value.chinese-date-of", {"day": day})


@pytest.mark.parametrize(
    "typed", ["2021年闰四月初一", "农历1990-13-01", "2021年冬月三十一", "1899年八月十五"]
)
def test_a_day_that_the_chinese_calendar_lacks_is_said_to_be_none(typed):
    assert read(typed).problem == "value.no-such-chinese-date"


@pytest.mark.parametrize("typed", ["二〇二三年一月五日", "2023年1月5日"])
def test_a_day_in_chinese_words_is_gregorian_unless_something_says_the_contrary(typed):
    assert read(typed).value == FIFTH


def test_a_day_without_year_needs_the_day_of_today():
    assert read("1月5日", around=Surroundings()).problem == "value.date-doubtful"


@pytest.mark.parametrize("typed", ["25/12/2023", "12/25/2023", "25.12.2023"])
def test_day_and_month_are_told_apart_where_they_can_be(typed):
    assert read(typed).value == dt.date(2023, 12, 25)


@pytest.mark.parametrize(
    "typed",
    [
        "2023-1-5 14:30",
        "2023-01-05T14:30:00",
        "2023年1月5日 下午2:30",
        "2023年1月5日14时30分",
        "2023/1/5 2:30 PM",
        44931.604166666664,
        dt.datetime(2023, 1, 5, 14, 29, 59, 999_900),
    ],
)
def test_moments_are_read_to_the_second(typed):
    assert read(typed, "datetime").value == dt.datetime(2023, 1, 5, 14, 30)


@pytest.mark.parametrize("typed", ["2023-1-5 25:00", "2023-1-5 14:61"])
def test_no_such_moment(typed):
    assert read(typed, "datetime").problem == "value.no-such-date"


def test_a_day_in_a_moment_field_is_its_midnight():
    assert read("2023-1-5", "datetime").value == dt.datetime(2023, 1, 5)
    assert pd.isna(pd.NaT)
    assert read(pd.NaT, "datetime").value is None


def test_bounds_of_days():
    domain = Domain(ValueKind.DATE, minimum=dt.date(2020, 1, 1), maximum=dt.date(2023, 12, 31))
    assert parse_value(domain, "2019-12-31").problem == "value.too-small"
    assert parse_value(domain, "2024-1-1").problem == "value.too-large"
    assert parse_value(domain, "2023-12-31").problem is None
