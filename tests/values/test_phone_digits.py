"""Telephone numbers of many countries, written in many ways: no digit of any is ever changed without a word."""

from __future__ import annotations

import random
import re
from typing import TYPE_CHECKING

import phonenumbers
import pytest

from crmbook.base.locale import locale_of
from crmbook.values.phones import parse_phone

if TYPE_CHECKING:
    from collections.abc import Callable

    Written = Callable[[random.Random], str]


def national(chance: random.Random, region: str, lengths: tuple[int, ...]) -> str:
    """A valid number of a region, without its 0."""
    code = phonenumbers.country_code_for_region(region)
    while True:
        digits = [chance.choice("123456789"), *chance.choices("0123456789", k=chance.choice(lengths) - 1)]
        number = phonenumbers.PhoneNumber(country_code=code, national_number=int("".join(digits)))
        if phonenumbers.is_valid_number_for_region(number, region):
            return "".join(digits)


def american(chance: random.Random) -> str:
    number = national(chance, "US", (10,))
    area, three, four = number[:3], number[3:6], number[6:]
    return chance.choice(
        (
            f"({area}) {three}-{four}", f"{area}-{three}-{four}", number, f"{area}.{three}.{four}",
            f"1-{area}-{three}-{four}", f"1{number}", f"1 ({area}) {three}-{four}", f"{area} {three} {four} x123",
        )
    )  # fmt: skip


def with_zero(region: str, lengths: tuple[int, ...], areas: tuple[int, ...]) -> Written:
    def write(chance: random.Random) -> str:
        number, cut = "0" + national(chance, region, lengths), chance.choice(areas)
        area, rest, middle = number[:cut], number[cut:], cut + chance.choice((3, 4))
        three, four = number[cut:middle], number[middle:]
        return chance.choice(
            (
                number, f"{area} {rest}", f"{area}/{rest}", f"{area}-{rest}", f"({area}) {rest}", f"{area} {three} {four}",
                f"{area}-{three}-{four}", f"({area}) {three}-{four}", f"{area} {three} {four[:-1]}-{four[-1:]}",
            )
        )  # fmt: skip

    return write


def indian(chance: random.Random) -> str:
    number = national(chance, "IN", (10,))
    first, last = number[:5], number[5:]
    return chance.choice(
        (number, f"{first} {last}", f"0{number}", f"0{first} {last}", f"91{number}", f"{first}-{last}")
    )


def of_eight(region: str) -> Written:
    def write(chance: random.Random) -> str:
        number, code = national(chance, region, (8,)), phonenumbers.country_code_for_region(region)
        first, last = number[:4], number[4:]
        return chance.choice(
            (number, f"{first} {last}", f"{first}-{last}", f"({code}) {first} {last}", f"{code}{number}")
        )

    return write


SHAPES: dict[str, Written] = {
    "US": american,
    "DE": with_zero("DE", (8, 9, 10, 11), (3, 4, 5)),
    "IN": indian,
    "GB": with_zero("GB", (10,), (3, 4, 5)),
    "HK": of_eight("HK"),
    "MO": of_eight("MO"),
    "TW": with_zero("TW", (8, 9), (2, 3, 4)),
}


def digits(text: object) -> str:
    return re.sub(r"\D", "", str(text))


def changed(shape: str, lang: str, count: int) -> list[tuple[str, object]]:
    chance = random.Random(f"{shape}{lang}")
    written = [SHAPES[shape](chance) for _ in range(count)]
    read = [(text, parse_phone(text, locale_of(lang))) for text in written]
    return [
        (text, one.value) for text, one in read if one.value is not None and digits(one.value) != digits(text)
    ]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("shape", SHAPES)
def test_no_digit_of_another_countrys_number_changes(shape, lang):
    assert changed(shape, lang, 300) == []


@pytest.mark.deep
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("shape", SHAPES)
def test_no_digit_changes_in_four_thousand_numbers(shape, lang):
    assert changed(shape, lang, 4000) == []


@pytest.mark.parametrize(
    "typed",
    ["1 (320) 732-0215", "1-903-741-8187", "1 734 595 6625", "(415) 555-0132", "0171/31986498", "030/901820"],
)
def test_what_is_written_as_abroad_stays_as_it_is_written(typed):
    for lang in ("zh", "en"):
        parsed = parse_phone(typed, locale_of(lang))
        assert (parsed.value, parsed.refused) == (typed, False)
    assert parse_phone(typed, locale_of("zh")).problem == "value.phone-doubtful"


NUMBERS = [
    "010-62345678",
    "(021)62345678",
    "01062345678",
    "0571 8888 6666",
    "13800138000",
    "138-0013-8000",
    "4008001234",
    "+86-10-62345678",
]
SIGNS = ["转", " 转 ", "轉", "分机", "分机号", " 分机：", "内线", " ext ", " Ext. ", "ext:", " extension ", "x", "#", "-", "－", "（转", "(分机", "*"]  # fmt: skip


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("typed", NUMBERS)
def test_an_extension_stands_behind_its_number_in_one_form(typed, sign):
    bare = parse_phone(typed, locale_of("zh")).value
    close = {"（": "）", "(": ")"}.get(sign[0], "")
    for extension in ("8", "801", "8012"):
        parsed = parse_phone(f"{typed}{sign}{extension}{close}", locale_of("zh"))
        assert (parsed.value, parsed.problem) == (f"{bare}转{extension}", None)


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("021-62345678转801、802", ("021-62345678转801", "021-62345678转802")),
        ("021-62345678-801/802", ("021-62345678-801", "021-62345678-802")),
        ("021-62345678 ext. 1, 2", ("021-62345678 ext. 1", "021-62345678 ext. 2")),
        ("021-62345678转801/13800138000", ("021-62345678转801", "13800138000")),
    ],
)
def test_further_extensions_belong_to_the_number_before_them(typed, numbers):
    parsed = parse_phone(typed, locale_of("zh"))
    assert (parsed.value, parsed.problem, parsed.params["numbers"]) == (
        typed,
        "value.several-phones",
        numbers,
    )


@pytest.mark.parametrize("typed", ["010-62345678/79", "010-62345678、79、80", "13800138000/8012"])
def test_the_last_digits_of_further_numbers_are_no_number(typed):
    for lang in ("zh", "en"):
        assert parse_phone(typed, locale_of(lang)).value == typed
    assert parse_phone(typed, locale_of("zh")).problem == "value.phone-doubtful"


@pytest.mark.parametrize("typed", ["138****0001", "138*0001", "0571-8888*6", "*8012", "13800138000**8012"])
def test_a_masked_number_has_no_extension(typed):
    assert parse_phone(typed, locale_of("zh")).problem == "value.masked"


@pytest.mark.parametrize("typed", ["138-0013-8000", "138 0013 8000", "13800138000", "(138)00138000"])
def test_a_mobile_number_of_china_is_put_in_form_all_the_same(typed):
    assert parse_phone(typed, locale_of("zh")).value == "13800138000"
