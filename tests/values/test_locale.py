"""What people type where a book says where it is at home: telephones, amounts, days."""

from __future__ import annotations

from datetime import date

import pytest

from crmbook.base import at_home, locale_of
from crmbook.values import Domain, Surroundings, ValueKind, parse_column, parse_value

DAY = date(2026, 3, 1)
BRITAIN = at_home("en", {"region": "GB"})
AMERICA = at_home("en", {"region": "US"})
GERMANY = at_home("en", {"region": "DE"})
NOWHERE = locale_of("en")


def read(kind, raw, home):
    return parse_value(Domain(ValueKind(kind)), raw, Surroundings(DAY, home))


@pytest.mark.parametrize(
    ("typed", "home", "kept"),
    [
        ("020 7946 0018", BRITAIN, "020 7946 0018"),
        ("02079460018", BRITAIN, "020 7946 0018"),
        ("+44 20 7946 0018", BRITAIN, "020 7946 0018"),
        ("0044 20 7946 0018", BRITAIN, "020 7946 0018"),
        ("020 7946 0018 ext 5", BRITAIN, "020 7946 0018 ext. 5"),
        ("+86 138 0013 8000", BRITAIN, "+86 138 0013 8000"),
        ("(650) 253-0000", AMERICA, "(650) 253-0000"),
        ("650.253.0000", AMERICA, "(650) 253-0000"),
        ("1 650 253 0000 x5", AMERICA, "(650) 253-0000 ext. 5"),
        ("0171/31986498", GERMANY, "0171 31986498"),
        ("15112345678", GERMANY, "01511 2345678"),
        ("13800138000", BRITAIN, None),
        ("(650) 253-0000", NOWHERE, "(650) 253-0000"),
        ("020 7946 0018", NOWHERE, "020 7946 0018"),
    ],
)
def test_a_telephone_is_of_the_region_of_the_book(typed, home, kept):
    parsed = read("phone", typed, home)
    if kept is None:
        assert (parsed.value, parsed.problem) == (typed, "value.phone-doubtful")
    else:
        assert (parsed.value, parsed.problem) == (kept, None)


def test_a_number_that_no_one_has_is_kept_with_a_warning():
    assert read("phone", "020 7946 00", BRITAIN).problem == "value.phone-doubtful"
    assert read("phone", "020 7946 00", NOWHERE).problem is None


def test_two_numbers_in_a_cell_are_seen_elsewhere_too():
    found = read("phone", "020 7946 0018 020 7946 0019", BRITAIN)
    assert (found.problem, found.params["count"]) == ("value.several-phones", 2)


@pytest.mark.parametrize("home", [BRITAIN, AMERICA, GERMANY])
def test_a_number_in_form_stays_as_it_is(home):
    for typed in ("020 7946 0018", "(650) 253-0000", "0171 31986498", "+44 20 7946 0018 ext. 12"):
        once = read("phone", typed, home).value
        assert read("phone", once, home).value == once


def test_a_column_is_read_like_its_cells():
    raws = ["15112345678", "13800138000", "01511 2345678", "0151 12345678", "+49 30 901820"]
    for home in (BRITAIN, AMERICA, GERMANY, NOWHERE, locale_of("zh")):
        column = parse_column(Domain(ValueKind.PHONE), raws, Surroundings(DAY, home))
        assert column.cells == [read("phone", raw, home).value for raw in raws]


@pytest.mark.parametrize(
    ("typed", "home", "amount"),
    [
        ("£5,000.50", BRITAIN, 5000.5),
        ("5000 GBP", BRITAIN, 5000),
        ("1.500", BRITAIN, 1.5),
        ("$1.5M", AMERICA, 1_500_000),
        ("USD 20", AMERICA, 20),
        ("1.234,56", GERMANY, 1234.56),
        ("1.234.567,89 €", GERMANY, 1_234_567.89),
        ("€ 1.500", GERMANY, 1500),
        ("1,5", GERMANY, 1.5),
        ("1,500", GERMANY, 1.5),
        ("12,5 EUR", GERMANY, 12.5),
        ("1.5", GERMANY, 1.5),
        ("1,234.56", GERMANY, 1234.56),
        ("1'234,50", GERMANY, 1234.5),
        ("-0,25", GERMANY, -0.25),
        (1.234, GERMANY, 1.234),
        ("¥1200", at_home("en", {"region": "JP"}), 1200),
        ("$1200", at_home("en", {"region": "AU"}), 1200),
        ("¥1200", at_home("en", {"currency": "¥"}), 1200),
        ("HK$20", at_home("zh", {"region": "HK"}), 20),
        ("20元", at_home("zh", {"region": "HK"}), 20),
        ("1.5万", at_home("zh", {"currency": "€"}), 15_000),
    ],
)
def test_an_amount_is_in_the_currency_and_by_the_decimal_sign_of_the_book(typed, home, amount):
    parsed = read("money", typed, home)
    assert (parsed.value, parsed.problem) == (amount, None)


@pytest.mark.parametrize(
    ("typed", "home", "code"),
    [
        ("¥500", BRITAIN, "value.other-currency"),
        ("500元", BRITAIN, "value.other-currency"),
        ("$500", BRITAIN, "value.other-currency"),
        ("£500", AMERICA, "value.other-currency"),
        ("A$500", AMERICA, "value.other-currency"),
        ("£500", locale_of("zh"), "value.other-currency"),
        ("500元", at_home("zh", {"currency": "€"}), "value.other-currency"),
        ("1.500", NOWHERE, "value.point-doubtful"),
        ("1,2,3", GERMANY, "value.grouping-doubtful"),
        ("1.50.5", GERMANY, "value.grouping-doubtful"),
        ("5,00", AMERICA, "value.comma-doubtful"),
    ],
)
def test_another_currency_and_an_odd_comma_are_asked_about(typed, home, code):
    parsed = read("money", typed, home)
    assert (parsed.value, parsed.problem) == (None, code)


def test_a_share_follows_the_decimal_sign_too():
    assert read("percent", "12,5 %", GERMANY).value == 0.125


@pytest.mark.parametrize(
    ("typed", "home", "day", "note"),
    [
        ("01/05/2023", BRITAIN, "2023-05-01", None),
        ("01/05/2023", AMERICA, "2023-01-05", None),
        ("25/12/2023", AMERICA, "2023-12-25", None),
        ("12/25/2023", BRITAIN, "2023-12-25", None),
        ("1.5.2023", GERMANY, "2023-05-01", None),
        ("1/5/23", BRITAIN, "2023-05-01", "value.century-assumed"),
        ("1/5/23", AMERICA, "2023-01-05", "value.century-assumed"),
        ("1/5/58", AMERICA, "1958-01-05", "value.century-assumed"),
        ("1/5/36", AMERICA, "2036-01-05", "value.century-assumed"),
        ("23-1-5", at_home("en", {"date_order": "ymd"}), "2023-01-05", "value.century-assumed"),
        ("1/5", BRITAIN, "2025-05-01", "value.year-assumed"),
        ("1/5", AMERICA, "2026-01-05", "value.year-assumed"),
        ("2023-01-05", BRITAIN, "2023-01-05", None),
    ],
)
def test_a_day_that_does_not_tell_is_read_in_the_order_of_the_book(typed, home, day, note):
    parsed = read("date", typed, home)
    assert (parsed.value, parsed.problem, parsed.note) == (date.fromisoformat(day), None, note)


@pytest.mark.parametrize(
    ("typed", "home", "code"),
    [
        ("01/05/2023", NOWHERE, "value.date-day-or-month"),
        ("01/05/2023", locale_of("zh"), "value.date-day-or-month"),
        ("01/05/2023", at_home("en", {"date_order": "ymd"}), "value.date-day-or-month"),
        ("1/5/23", NOWHERE, "value.date-short-year"),
        ("31/2/23", BRITAIN, "value.no-such-date"),
        ("1.5", BRITAIN, "value.date-doubtful"),
    ],
)
def test_where_nothing_is_said_a_day_is_asked_about(typed, home, code):
    assert read("date", typed, home).problem == code


def test_a_region_brings_what_is_usual_there_and_what_is_said_goes_first():
    assert (AMERICA.currency, AMERICA.paper, AMERICA.week_type) == ("$", "letter", 1)
    euro = at_home("en", {"region": "GB", "currency": "€", "paper": "letter"})
    assert (euro.currency, euro.paper, euro.date_order) == ("€", "letter", "dmy")
    assert at_home("zh", {}) == locale_of("zh")
    assert at_home("zh", {"region": "AQ"}).currency == ""
    assert locale_of("zh").currency_word == "元"
    assert at_home("zh", {"currency": "€"}).currency_word == "€"
