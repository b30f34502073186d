"""Amounts, counts, percents and ratings, as people type them."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from crmbook.base.issues import describe
from crmbook.values import Domain, ValueKind, parse_value
from tests.growth.test_growth import instructions


def read(kind: str, raw: object, **options):
    return parse_value(Domain(ValueKind(kind), **options), raw)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("¥5,000", 5000),
        ("￥5，000", 5000),
        ("5000元", 5000),
        ("人民币5000元", 5000),
        ("RMB 5000", 5000),
        ("5000 CNY", 5000),
        ("1.2万", 12_000),
        ("0.0万", 0),
        ("0万元", 0),
        ("1.2万元", 12_000),
        ("3亿", 300_000_000),
        ("1,200万", 12_000_000),
        ("5,000.00", 5000),
        ("1,234,567.89", 1_234_567.89),
        ("(500)", -500),
        ("(¥1,500.50)", -1500.5),
        ("-500", -500),
        ("−500", -500),
        ("¥-500", -500),
        ("-¥500", -500),
        ("+500", 500),
        ("５０００．５", 5000.5),
        ("5k", 5000),
        ("5W", 50_000),
        ("1E3", 1000),
        (".5", 0.5),
        ("5.", 5),
        (" 5000 ", 5000),
        ("3元5角", 3.5),
        ("3元5角2分", 3.52),
        ("三块五", 3.5),
        ("伍仟元整", 5000),
        (5000, 5000),
        (-0.0, 0),
        (float("nan"), None),
        ("", None),
        ("　", None),
        (None, None),
    ],
)
def test_amounts_are_read(typed, amount):
    parsed = read("money", typed)
    assert (parsed.value, parsed.problem) == (amount, None)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("十", 10),
        ("十五", 15),
        ("二十", 20),
        ("三千", 3000),
        ("两万五", 25_000),
        ("2万5", 25_000),
        ("两万五千", 25_000),
        ("一百五", 150),
        ("一百零五", 105),
        ("一百一十五", 115),
        ("一千零五", 1005),
        ("一千零五十", 1050),
        ("一万零五百", 10_500),
        ("二十五万", 250_000),
        ("1亿2000万", 120_000_000),
        ("三亿五", 350_000_000),
        ("一万亿", 10**12),
        ("壹万贰仟叁佰肆拾伍", 12_345),
        ("三点五", 3.5),
        ("零", 0),
    ],
)
def test_chinese_numerals_are_read(typed, number):
    assert read("number", typed).value == number


@pytest.mark.parametrize(
    "typed", ["一二三", "一百五万", "十百", "万", "五千一万", "零零", "1.2万5", "一百百", "三点", "2万50000"]
)
def test_doubtful_numerals_are_refused(typed):
    assert read("number", typed).problem == "value.not-a-number"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("5,00", "value.comma-doubtful"),
        ("1,0000", "value.comma-doubtful"),
        ("0,500", "value.comma-doubtful"),
        ("$500", "value.other-currency"),
        ("500美元", "value.other-currency"),
        ("10次", "value.stray-unit"),
        ("(-500)", "value.not-a-number"),
        ("((5))", "value.not-a-number"),
        ("--5", "value.not-a-number"),
        ("5-10万", "value.not-a-number"),
        ("约5000", "value.not-a-number"),
        ("5..0", "value.not-a-number"),
        ("5²", "value.not-a-number"),
        ("-", "value.not-a-number"),
        ("abc", "value.not-a-number"),
        ("12345678901234567", "value.digits-lost"),
        (float("inf"), "value.number-too-large"),
        ("1E301", "value.number-too-large"),
        (True, "value.not-a-number"),
        (dt.date(2023, 1, 5), "value.not-a-number"),
    ],
)
def test_what_is_no_amount_is_refused(typed, code):
    parsed = read("money", typed)
    assert (parsed.value, parsed.problem) == (None, code)


@pytest.mark.parametrize(
    ("typed", "unit", "value", "code"),
    [
        ("10次/年", "次/年", 10, None),
        ("10 次/年", "次/年", 10, None),
        ("10次", "次/年", 10, None),
        ("十次", "次/年", 10, None),
        ("10次/月", "次/年", None, "value.other-unit"),
        ("10岁", "次/年", None, "value.other-unit"),
        ("10次/年", "", None, "value.stray-unit"),
        ("5次", "", 5, None),
        ("３０岁", "", 30, None),
        ("5次", "次", 5, None),
        ("30.0", "", 30, None),
        (30.0, "", 30, None),
        (30.5, "", None, "value.not-an-integer"),
        ("1.2万", "", 12_000, None),
        (1e15, "", None, "value.number-too-large"),
    ],
)
def test_counts_keep_to_their_unit(typed, unit, value, code):
    parsed = read("integer", typed, units=(unit,) if unit else ())
    assert (parsed.value, parsed.problem) == (value, code)
    assert parsed.value is None or type(parsed.value) is int


@pytest.mark.parametrize(
    ("typed", "share", "code"),
    [
        ("15%", 0.15, None),
        ("15 ％", 0.15, None),
        ("-2.5%", -0.025, None),
        ("百分之十五", 0.15, None),
        ("百分之三点五", 0.035, None),
        ("0.15", 0.15, None),
        (0.15, 0.15, None),
        ("1", 1, None),
        ("15", None, "value.percent-doubtful"),
        ("%", None, "value.not-a-number"),
    ],
)
def test_percents_are_shares(typed, share, code):
    parsed = read("percent", typed)
    assert (parsed.value, parsed.problem) == (share, code)


@pytest.mark.parametrize(
    ("typed", "share"), [("8折", 0.8), ("八折", 0.8), ("8.5折", 0.85), ("85折", 0.85), ("八五折", 0.85)]
)
def test_discounts_are_read_and_said_so(typed, share):
    parsed = read("percent", typed)
    assert (parsed.value, parsed.note) == (share, "value.discount-as-share")


@pytest.mark.parametrize(
    ("typed", "rating"), [("★★★★", 4), ("★★★☆☆", 3), ("4星", 4), ("五星", 5), ("4分", 4), (4.0, 4)]
)
def test_ratings_are_read(typed, rating):
    assert read("rating", typed, minimum=1, maximum=5).value == rating


@pytest.mark.parametrize(
    ("typed", "code"), [("0", "value.too-small"), (6, "value.too-large"), ("☆☆☆", "value.too-small")]
)
def test_bounds_are_kept(typed, code):
    parsed = read("rating", typed, minimum=1, maximum=5)
    assert (parsed.value, parsed.problem) == (None, code)


@pytest.mark.parametrize("kind", ["money", "number", "integer", "percent", "rating"])
@pytest.mark.parametrize(
    "typed",
    ["9" * 32_767, "0." + "1" * 32_765, "(" * 16_383 + "1" + ")" * 16_383, "一百" * 16_383, "1," * 16_383, "★" * 32_767, "5元" * 201],
)  # fmt: skip
def test_a_text_too_long_for_a_number_is_none_in_any_field(kind, typed):
    parsed = read(kind, typed)
    assert (parsed.value, parsed.problem) == (None, "value.number-too-long")
    assert parsed.params == {"length": len(typed), "limit": 400}
    for lang in ("zh", "en"):
        assert str(len(typed)) in describe(parsed.problem, lang, parsed.params)


def test_the_longest_number_is_read():
    assert read("number", format(Decimal("1.23456789012345e-299"), "f")).value == 1.23456789012345e-299
    assert read("number", "1" + "0" * 299).problem is None


@pytest.mark.parametrize(("kind", "longest"), [("money", 400), ("percent", 400)])
def test_reading_a_number_costs_what_its_text_is_long(kind, longest):
    def steps(size: int) -> int:
        return instructions(lambda: read(kind, "(" * (size // 2) + ")" * (size // 2)))

    assert steps(longest) <= 2.2 * steps(longest // 2) + 120
    assert steps(32_766) < steps(longest)
