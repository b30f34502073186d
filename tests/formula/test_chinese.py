"""The Chinese calendar: against the public holidays that follow it, and the rules for birthdays at its odd places."""

import datetime as dt

import pandas as pd
import pytest
from chinese_calendar import Holiday, holidays
from lunar_python import Solar

from crmbook.formula import Kind, Scope, bind, day_of_chinese, parse, to_date, to_serial

SCOPE = Scope(tables={"t": {"born": Kind.DATE, "since": Kind.DATE}}, names={})


def birthday(born, since):
    """The next birthday of who was born on a day."""
    formula = bind(parse("=CHINESE_BIRTHDAY([@born],[@since])"), SCOPE, "t")
    frame = pd.DataFrame({"born": [born], "since": [since]}, dtype=object)
    return to_date(formula.evaluate({"t": frame}, {}).iloc[0])


def chinese(days, pattern="{month}{day}"):
    """How days are called."""
    formula = bind(parse(f'=CHINESE_DATE([@born],"{pattern}")'), SCOPE, "t")
    frame = pd.DataFrame({"born": days, "since": None}, dtype=object)
    return formula.evaluate({"t": frame}, {}).tolist()


@pytest.mark.parametrize(
    ("holiday", "name"),
    [(Holiday.mid_autumn_festival, "八月十五"), (Holiday.dragon_boat_festival, "五月初五"), (Holiday.spring_festival, "正月初一")],
)  # fmt: skip
def test_each_year_has_its_public_holiday_on_the_day_that_it_is_for(holiday, name):
    free = sorted(day for day, what in holidays.items() if what == holiday.value)
    years = {day.year for day in free}
    named = [day for day, called in zip(free, chinese(free), strict=True) if called == name]
    assert len(years) > 10
    assert years - {day.year for day in named} <= {
        2007,
        2008,
        2012,
    }  # their days off lie beside it, or it is a Saturday
    assert len(named) == len({day.year for day in named})


@pytest.mark.slow
def test_every_day_of_two_centuries_is_called_as_the_library_calls_it():
    days = [dt.date(1900, 3, 1) + dt.timedelta(days=step) for step in range(0, 73_300, 7)]
    for day, called in zip(days, chinese(days), strict=True):
        lunar = Solar.fromYmd(day.year, day.month, day.day).getLunar()
        assert called == f"{lunar.getMonthInChinese()}月{lunar.getDayInChinese()}", day


@pytest.mark.parametrize(
    ("born", "since", "expected"),
    [
        ("1990-10-03", "2023-09-28", "2023-09-29"),  # 八月十五, the day before
        ("1990-10-03", "2023-09-29", "2023-09-29"),
        ("1990-10-03", "2023-09-30", "2024-09-17"),
        ("1990-10-03", "2025-09-18", "2025-10-06"),  # after a leap month
        ("2020-05-23", "2020-05-24", "2021-05-12"),  # 闰四月初一: kept in the ordinary 四月
        ("2020-05-23", "2020-04-01", "2020-04-23"),
        ("2001-05-23", "2020-04-24", "2021-05-12"),  # 闰四月初一 of 2001: not once more in the 闰四月 of 2020
        ("1991-02-14", "2021-01-01", "2021-02-11"),  # 腊月三十
        ("1991-02-14", "2021-02-12", "2022-01-31"),  # a month of 29 days: on the 29th
        ("1991-02-14", "2022-02-01", "2023-01-21"),
        ("1984-12-22", "2033-11-20", "2033-11-22"),  # 冬月初一; 2033 has a 闰冬月 behind 冬月
        ("1984-12-22", "2033-11-23", "2034-12-11"),
        ("2000-02-05", "2026-01-01", "2026-02-17"),  # 正月初一: in January the Chinese year before still runs
        ("1900-01-01", "1901-01-01", "1901-01-20"),  # 腊月初一
    ],
)
def test_a_birthday_falls_on_its_day(born, since, expected):
    assert birthday(dt.date.fromisoformat(born), dt.date.fromisoformat(since)) == dt.date.fromisoformat(
        expected
    )


def test_every_year_of_a_life_has_exactly_one_birthday_of_each_day():
    """Walked from birthday to birthday, no Chinese year is left out or has two, whatever the day of birth."""
    for born in (dt.date(1991, 2, 14), dt.date(2020, 5, 23), dt.date(1984, 12, 23), dt.date(2006, 8, 24)):
        day, found = dt.date(2000, 1, 1), []
        while len(found) < 60:
            day = birthday(born, day)
            found.append(Solar.fromYmd(day.year, day.month, day.day).getLunar().getYear())
            day += dt.timedelta(days=1)
        assert found == list(range(found[0], found[0] + 60))


@pytest.mark.parametrize("serial", [-1.0, 0.0, 60.0, 73_416.0, 1e300])
def test_what_the_calendar_does_not_know_is_an_error(serial):
    assert [str(error) for error in chinese([serial])] == ["#NUM!"]


def test_a_date_goes_to_the_gregorian_calendar_and_back():
    assert day_of_chinese(2023, 8, 15, leap=False) == dt.date(2023, 9, 29)
    assert chinese([dt.date(2023, 9, 29)]) == ["八月十五"]
    assert day_of_chinese(2023, 8, 15, leap=True) is None
    assert day_of_chinese(2021, 12, 30, leap=False) is None
    assert to_serial(dt.date(2023, 9, 29)) == 45198
