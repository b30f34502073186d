"""When a customer was registered: the earliest known event, else today; of what was there before the book nothing is known."""

from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from crmbook.ingest.follow_up import follow
from crmbook.ooxml import Package
from crmbook.schema import Layout
from tests.books import TEMPLATES, book_of, empty
from tests.cli.run import run, run_json
from tests.desk import NAME, Desk
from tests.ingest.follow_up.states import BOOK, DAY, complete, entered, state

NEW = {"customer_id": "003", "name": "李雷"}
TODAY = pd.Timestamp(DAY)


def registered(tables, before=None, **options):
    before = before or state()
    followed = follow(BOOK, tables, before, {"row:customers": 99}, DAY, **options)
    return followed.tables["customers"]["registered_on"].iloc[-1]


def test_who_is_typed_into_a_book_in_use_is_registered_today():
    assert registered(entered(state(), "customers", NEW)) == TODAY


@pytest.mark.parametrize(
    ("table", "field", "more"),
    [
        ("transactions", "date", {"amount": 5.0}),
        ("interactions", "date", {}),
        ("feedback", "date", {}),
        ("prospects", "registered_on", {"name": "李雷"}),
    ],
)
def test_an_earlier_event_wins(table, field, more):
    tables = entered(state(), "customers", NEW)
    days = [pd.Timestamp(2023, 2, 20), pd.Timestamp(2022, 11, 5)]
    tables = entered(tables, table, *({"customer_id": "003", field: day, **more} for day in days))
    assert registered(tables) == pd.Timestamp(2022, 11, 5)


def test_an_event_to_come_is_none():
    tables = entered(state(), "customers", NEW)
    later = {"customer_id": "003", "date": pd.Timestamp(2023, 5, 1)}
    assert registered(entered(tables, "interactions", later)) == TODAY


def test_what_was_typed_stays():
    day = pd.Timestamp(2020, 1, 1)
    assert registered(entered(state(), "customers", NEW | {"registered_on": day})) == day


def test_in_the_first_take_in_a_blank_stays_blank():
    tables = entered(state(), "customers", NEW)
    assert pd.isna(registered(tables, is_first=True))
    bought = {"customer_id": "003", "date": pd.Timestamp(2022, 11, 5), "amount": 5.0}
    assert pd.isna(registered(entered(tables, "transactions", bought), is_first=True))


def test_other_defaults_are_put_in_at_first_too():
    tables = entered(state(), "prospects", {"name": "李雷"})
    followed = follow(BOOK, tables, state(), {"row:customers": 99}, DAY, is_first=True)
    assert followed.tables["prospects"]["registered_on"].iloc[-1] == TODAY


def test_a_row_that_is_not_new_gets_none():
    before = complete(entered(state(), "customers", NEW), state()).tables
    before["customers"]["registered_on"] = pd.NaT
    assert pd.isna(complete(dict(before), before).tables["customers"]["registered_on"]).all()


@pytest.mark.slow
@pytest.mark.parametrize("template", TEMPLATES)
def test_an_old_list_pasted_into_a_new_book_is_not_new(template, tmp_path):
    path = tmp_path / NAME
    run("build", "-o", path, "--template", template, "--lang", "zh", "--as-of", "2023-04-01")
    _paste(path, template, 2, "赵云", "13800138000")
    assert run_json("sync", path, "--as-of", "2023-04-01")[1]["failures"] == []
    _paste(path, template, 3, "马超", "13800138001")
    assert run_json("sync", path, "--as-of", "2023-04-02")[1]["failures"] == []
    assert _cell(path, template, 2) is None
    assert _cell(path, template, 3) == dt.date(2023, 4, 2)


def _paste(path, template, row, name, phone):
    place = _place(template)
    package = Package.open(path)
    for field, value in {"name": name, "phone": phone}.items():
        package.sheet(place.sheet).set(f"{place.columns[field].letter}{row}", value)
    package.save(path)


def _place(template):
    return Layout(book_of(template)).tables["customers"]


def _cell(path, template, row):
    place = _place(template)
    value = Package.open(path).sheet(place.sheet).cell(f"{place.columns['registered_on'].letter}{row}").value
    return value.date() if isinstance(value, dt.datetime) else value


@pytest.mark.slow
def test_old_customers_are_not_counted_as_new_and_were_met_before_they_bought(tmp_path):
    path = tmp_path / NAME
    path.write_bytes(empty().data)
    desk = Desk(path)
    desk.type("customers", 2, name="赵云", phone="13800138000")
    desk.type("transactions", 2, customer_id="赵云", date=dt.date(2023, 1, 5), amount=300)
    desk.sync()
    assert desk.value("customers", "registered_on", 2) is None
    assert desk.value("lifecycle", "first_contact", 2) == dt.date(2023, 1, 5)
