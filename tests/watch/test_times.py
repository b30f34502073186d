"""When the scheduled rounds are: of a day, of a time between two, on working days."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.base.errors import CrmbookError
from crmbook.watch.times import Times, parse_at, parse_every

CHINA = ZoneInfo("Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def at(text: str, zone: ZoneInfo = CHINA) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("15m", 900),
        ("1h30m", 5400),
        ("1h", 3600),
        ("45s", 45),
        ("1d", 86400),
        (" 2H ", 7200),
        ("15分钟", 900),
        ("1小时30分", 5400),
        ("90min", 5400),
    ],
)
def test_a_time_between_two_rounds_is_read(text, seconds):
    assert parse_every(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "m", "15", "5s", "2d", "-15m", "15m1h", "1.5h", "9999999999m", "soon"])
def test_what_is_no_such_time_is_refused(text):
    with pytest.raises(CrmbookError) as caught:
        parse_every(text)
    assert caught.value.code == "watch.bad-every"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("08:30", time(8, 30)), ("8:30", time(8, 30)), ("23:59", time(23, 59)), ("8\uff1a30", time(8, 30))],
)
def test_a_time_of_the_day_is_read(text, expected):
    assert parse_at(text) == expected


@pytest.mark.parametrize("text", ["", "24:00", "8", "8:5", "08:60", "8.30", "half past eight"])
def test_what_is_no_time_of_the_day_is_refused(text):
    with pytest.raises(CrmbookError) as caught:
        parse_at(text)
    assert caught.value.code == "watch.bad-at"


@pytest.mark.parametrize(
    ("times", "moment", "expected"),
    [
        pytest.param(Times(), "2024-03-06 10:00", "2024-03-07 00:00", id="midnight by default"),
        pytest.param(Times(), "2024-03-06 00:00", "2024-03-07 00:00", id="after, not at"),
        pytest.param(Times(at=[time(8, 30)]), "2024-03-06 10:00", "2024-03-07 08:30", id="tomorrow"),
        pytest.param(
            Times(at=[time(14), time(8, 30)]), "2024-03-06 10:00", "2024-03-06 14:00", id="the next of two"
        ),
        pytest.param(Times(timedelta(minutes=15)), "2024-03-06 10:07", "2024-03-06 10:15", id="every"),
        pytest.param(
            Times(timedelta(hours=7)), "2024-03-06 22:00", "2024-03-07 00:00", id="each day begins with a round"
        ),
        pytest.param(
            Times(timedelta(hours=1), [time(8, 30)]), "2024-03-06 08:10", "2024-03-06 08:30", id="every and at"
        ),
        pytest.param(
            Times(at=[time(8, 30)], weekdays_only=True), "2024-03-08 10:00", "2024-03-11 08:30", id="over a weekend"
        ),
        pytest.param(
            Times(timedelta(minutes=15), weekdays_only=True), "2024-03-08 23:59", "2024-03-11 00:00", id="not at all on Saturday"
        ),
        pytest.param(
            Times(at=[time(8, 30)], holidays="cn"), "2024-04-30 10:00", "2024-05-06 08:30", id="over the May holidays"
        ),
        pytest.param(
            Times(at=[time(8, 30)], holidays="cn"), "2024-02-17 10:00", "2024-02-18 08:30", id="a Sunday that is worked"
        ),
        pytest.param(
            Times(at=[time(8, 30)], holidays="cn"), "2099-03-06 10:00", "2099-03-09 08:30", id="a year without known holidays"
        ),
    ],
)  # fmt: skip
def test_the_next_round(times, moment, expected):
    assert times.after(at(moment)) == at(expected)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [("2024-03-30 12:00", "2024-03-31 08:30"), ("2024-10-26 12:00", "2024-10-27 08:30")],
)
def test_the_clock_of_the_wall_counts_where_the_clock_changes(moment, expected):
    found = Times(at=[time(8, 30)]).after(at(moment, BERLIN))
    assert found == at(expected, BERLIN)
    assert found.utcoffset() == at(expected, BERLIN).utcoffset()


def test_an_hour_that_is_left_out_has_its_round_all_the_same():
    found = Times(at=[time(2, 30)]).after(at("2024-03-31 00:00", BERLIN))
    assert found.astimezone(BERLIN).date() in {date(2024, 3, 31), date(2024, 4, 1)}


TIMES = st.builds(
    Times,
    every=st.none() | st.timedeltas(timedelta(seconds=10), timedelta(days=1)).map(
        lambda one: timedelta(seconds=round(one.total_seconds()))
    ),
    at=st.lists(st.times().map(lambda one: one.replace(second=0, microsecond=0)), max_size=3),
    weekdays_only=st.booleans(),
    holidays=st.sampled_from([None, "cn"]),
)  # fmt: skip
MOMENTS = st.builds(
    lambda days, seconds, zone: datetime(2023, 1, 1, tzinfo=zone) + timedelta(days, seconds),
    st.integers(0, 1095), st.integers(0, 86399), st.sampled_from([CHINA, BERLIN]),
)  # fmt: skip


@settings(deadline=None, derandomize=True, max_examples=60)
@given(TIMES, MOMENTS)
def test_rounds_come_one_after_the_other_and_on_days_that_count_only(times, moment):
    first = times.after(moment)
    second = times.after(first)
    assert moment.timestamp() < first.timestamp() < second.timestamp()
    if times.weekdays_only and not times.holidays:
        assert first.weekday() < 5


@settings(deadline=None, derandomize=True, max_examples=40)
@given(
    st.builds(
        Times, every=st.sampled_from([None, timedelta(hours=5)]), at=st.lists(st.just(time(6)), max_size=1)
    ),
    MOMENTS,
)
def test_every_day_has_a_round(times, moment):
    found = times.after(moment)
    assert found.date() <= moment.date() + timedelta(days=1)
