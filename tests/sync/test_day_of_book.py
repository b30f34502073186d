"""The as-of date is the day in the book's time zone, and never goes back by itself."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from crmbook.base import day_of_book, locale_of
from crmbook.cli import restore
from crmbook.ooxml import Package
from crmbook.revisions.restore import Hand
from crmbook.schema import Layout
from crmbook.sync.pipeline import Options, sync_workbooks
from tests.books import book_of
from tests.cli.run import python_m, run, run_json
from tests.desk import NAME, Desk, settled

EVENING = datetime(2024, 3, 1, 20, tzinfo=UTC)
"""The second of March in Shanghai, the first in Los Angeles."""
ZONES = {name: ZoneInfo(name) for name in ("Asia/Shanghai", "America/Los_Angeles")}


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("lang", "shown", "day"),
    [
        ("zh", (), date(2024, 3, 2)),
        ("zh", ("", "2024-03-01"), date(2024, 3, 2)),
        ("zh", ("2024-03-03", "2024-02-01"), date(2024, 3, 3)),
        ("en", (), {"Asia/Shanghai": date(2024, 3, 2), "America/Los_Angeles": date(2024, 3, 1)}),
        ("en", ("2024-03-02",), date(2024, 3, 2)),
    ],
)
def test_the_day_is_the_books_wherever_somebody_syncs_it(zone, lang, shown, day):
    wanted = day[zone] if isinstance(day, dict) else day
    assert day_of_book(locale_of(lang).zone, EVENING.astimezone(ZONES[zone]), shown) == wanted


def shown_day(path, lang="zh"):
    """The number in the cell of the as-of date."""
    package = Package.open(path)
    name = Layout(book_of(lang=lang)).names["as_of"]
    sheet, _, ref = next(one.formula for one in package.defined_names if one.name == name).rpartition("!")
    return package.sheet(sheet.strip("'")).cell(ref.replace("$", "")).value


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_two_people_in_two_zones_do_not_write_the_workbook_in_turns(tmp_path, lang):
    settled(tmp_path, lang)
    path = tmp_path / NAME
    rounds = []
    for zone in [*ZONES, *ZONES, *ZONES]:
        now = EVENING.astimezone(ZONES[zone])
        sync_workbooks([path], Options(now.date(), now=now))
        rounds.append((path.read_bytes(), shown_day(path, lang)))
    assert rounds[1:] == rounds[:1] * 5
    assert rounds[0][1] == date(2024, 3, 2)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_two_processes_in_two_zones_end_in_the_same_bytes(tmp_path, lang):
    settled(tmp_path, lang)
    path, files = tmp_path / NAME, []
    for zone in ["Pacific/Kiritimati", "Etc/GMT+12"] * 2:  # 26 hours apart: never the same day
        assert python_m("sync", NAME, cwd=tmp_path, TZ=zone).returncode in {0, 1}
        files.append(path.read_bytes())
    assert files[1:] == files[:1] * 3


@pytest.mark.slow
def test_a_clock_that_is_behind_takes_no_day_back_but_a_word_does(tmp_path):
    settled(tmp_path)
    path = tmp_path / NAME
    sync_workbooks([path], Options(EVENING.date(), now=EVENING))
    behind = EVENING.replace(year=2022)
    for _ in range(2):
        (told,) = sync_workbooks([path], Options(behind.date(), now=behind)).workbooks
        assert (told.as_of, [code for code, _ in told.notes]) == (date(2024, 3, 2), ["sync.day-ahead"])
    assert shown_day(path) == date(2024, 3, 2)
    _, report = run_json("sync", path, "--as-of", "2023-04-01")
    assert (report["as_of"], shown_day(path)) == ("2023-04-01", date(2023, 4, 1))


@pytest.mark.slow
def test_a_further_copy_begins_with_the_day_of_the_book(tmp_path):
    settled(tmp_path)
    path, copy = tmp_path / NAME, tmp_path / "王芳.xlsx"
    sync_workbooks([path], Options(date(2099, 1, 1)))
    assert run("build", "-o", copy).exit_code == 0
    assert shown_day(copy) == date(2099, 1, 1)


@pytest.mark.slow
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_check_judges_by_the_day_of_the_book(tmp_path, lang):
    settled(tmp_path, lang)
    path = tmp_path / NAME
    sync_workbooks([path], Options(date(2099, 1, 1)))
    desk = Desk(path, lang)
    desk.type("customers", 2, registered_on=date(2098, 1, 1))

    def judged(*words):
        issues = run_json("check", path, *words)[1]["issues"]
        return "registered_on" in {one["field"] for one in issues if one["table"] == "customers"}

    assert not judged()
    assert judged("--as-of", "2024-01-01")
    (tmp_path / ".crmbook").rename(tmp_path / "elsewhere")
    assert judged()


@pytest.mark.slow
def test_going_back_is_done_on_the_day_of_the_book(tmp_path, monkeypatch):
    settled(tmp_path)
    sync_workbooks([tmp_path / NAME], Options(date(2099, 1, 1)))
    hands = []

    class Noted(Hand):
        def __init__(self, *given):
            super().__init__(*given)
            hands.append(self.as_of)

    monkeypatch.setattr(restore, "Hand", Noted)
    assert run("restore", tmp_path / NAME, "--to", "1").exit_code == 0
    assert run("restore", tmp_path / NAME, "--to", "1", "--as-of", "2024-01-01").exit_code == 0
    assert hands == [date(2099, 1, 1), date(2024, 1, 1)]
