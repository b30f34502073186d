"""Telephone numbers, addresses and codes with check digits."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crmbook.base import locale_of
from crmbook.base.issues import Severity
from crmbook.values import Domain, Surroundings, ValueKind, contact, parse_value


def read(kind: str, raw: object, **options):
    return parse_value(Domain(ValueKind(kind), **options), raw, Surroundings(as_of=dt.date(2023, 4, 1)))


def read_abroad(kind: str, raw: object):
    return parse_value(
        Domain(ValueKind(kind)), raw, Surroundings(as_of=dt.date(2023, 4, 1), locale=locale_of("en"))
    )


@pytest.mark.parametrize(
    ("typed", "phone"),
    [
        ("13800138000", "13800138000"),
        (13800138000.0, "13800138000"),
        ("１３８００１３８０００", "13800138000"),
        ("138 0013 8000", "13800138000"),
        ("138-0013-8000", "13800138000"),
        ("+86 138 0013 8000", "13800138000"),
        ("0086-13800138000", "13800138000"),
        ("(+86)13800138000", "13800138000"),
        ("\u202d13800138000\u202c", "13800138000"),
        ("'13800138000", "13800138000"),
        ("(010)12345678", "010-12345678"),
        ("010-12345678转801", "010-12345678转801"),
        ("0571-88886666", "0571-88886666"),
        ("400-800-1234", "400-800-1234"),
        ("4008001234", "400-800-1234"),
        ("+1 650 253 0000", "+1 650-253-0000"),
        ("", None),
    ],
)
def test_phones_are_read(typed, phone):
    parsed = read("phone", typed)
    assert (parsed.value, parsed.problem) == (phone, None)


@pytest.mark.parametrize(
    "typed", ["(415) 555-0132", "0171 31986498", "098765 43210", "13812345678 13912345678", " 12345 "]
)
@pytest.mark.parametrize("reader", [read, read_abroad])
def test_a_number_of_an_uncertain_country_keeps_every_character(typed, reader):
    assert str(reader("phone", typed).value).strip() == typed.strip()
    assert read("phone", typed).value == typed


@pytest.mark.parametrize("lang", ["zh", "en"])
@given(st.from_regex(r"[0-9]{2,5}([ -]|\) )[0-9]{3,4}[ -]?[0-9]{3,4}", fullmatch=True))
def test_no_digit_of_a_number_is_added_or_lost(lang, typed):
    around = Surroundings(locale=locale_of(lang))
    parsed = parse_value(Domain(ValueKind.PHONE, lenient=True), typed, around)
    kept = "".join(filter(str.isdigit, str(parsed.value)))
    written = "".join(filter(str.isdigit, typed))
    assert (
        kept == written
        or (written.startswith("86") and kept.lstrip("0") == written[2:].lstrip("0"))
        or (lang == "zh" and written.startswith("00") and kept.lstrip("0") == written.lstrip("0"))
    )


@pytest.mark.parametrize("typed", ["123456789", "987654321", "110", "1380013800", 123456789.0])
def test_a_number_outside_the_plan_is_kept_with_a_warning(typed):
    parsed = read("phone", typed)
    assert (parsed.value, parsed.problem) == (str(typed).removesuffix(".0"), "value.phone-doubtful")
    assert parsed.severity is Severity.WARNING
    assert not parsed.refused


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("张三13800138000", "value.not-a-phone"),
        ("13800138000（张三）", "value.not-a-phone"),
        ("138****0001", "value.masked"),
        ("13800138000/13900139000", "value.several-phones"),
        ("13800138000、13900139000", "value.several-phones"),
        ("无", "value.not-a-phone"),
        ("-", "value.not-a-phone"),
        (1.5, "value.phone-doubtful"),
    ],
)
def test_what_is_no_phone_is_refused(typed, code):
    assert read("phone", typed).problem == code


@pytest.mark.parametrize(
    ("typed", "email"),
    [
        ("zhangsan@example.com", "zhangsan@example.com"),
        ("ZhangSan@Example.COM", "ZhangSan@example.com"),
        ("ｚ＠qq.com", "z@qq.com"),
        ("mailto:a@qq.com", "a@qq.com"),
        (" a@qq.com ", "a@qq.com"),
        ("张三@例子.中国", "张三@例子.中国"),
    ],
)
def test_emails_are_read(typed, email):
    assert read("email", typed).value == email


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("a@b", "value.not-an-email"),
        ("zhangsan", "value.not-an-email"),
        ("a@qq.com;b@qq.com", "value.several-emails"),
        ("z***@qq.com", "value.masked"),
        (5.0, "value.not-an-email"),
    ],
)
def test_what_is_no_email_is_refused(typed, code):
    parsed = read("email", typed)
    assert (parsed.value, parsed.problem) == (None, code)


def test_a_lenient_field_keeps_the_text_with_a_warning():
    parsed = read("email", " zhangsan ", lenient=True)
    assert (parsed.value, parsed.problem, parsed.severity) == (
        " zhangsan ",
        "value.not-an-email",
        Severity.WARNING,
    )
    assert read("email", "z***@qq.com", lenient=True).refused
    assert read("money", "abc", lenient=True).refused


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("www.example.com", "www.example.com"),
        ("HTTPS://Example.com/A?b=1", "https://example.com/A?b=1"),
        ("example.com:8080/x", "example.com:8080/x"),
        ("例子.中国/路径", "例子.中国/路径"),
    ],
)
def test_web_addresses_are_read(typed, url):
    assert read("url", typed).value == url


@pytest.mark.parametrize(
    "typed",
    ["javascript:alert(1)", "http://a b.com", "localhost", "a.com:99999", "file:///etc", "无", "u@x.com"],
)
def test_what_is_no_web_address_is_refused(typed):
    assert read("url", typed).problem == "value.not-a-url"


@pytest.mark.parametrize(
    ("kind", "typed", "value", "code"),
    [
        ("company_code", "91350100M000100Y43", "91350100M000100Y43", None),
        ("company_code", " 91350100m000100y43 ", "91350100M000100Y43", None),
        ("company_code", "91350100M000100Y44", None, "value.code-check-digit"),
        ("company_code", "9135", None, "value.code-length"),
        ("company_code", "91350100I000100Y43", None, "value.not-a-code"),
        ("company_code", 9.1350100e17, None, "value.digits-lost"),
        ("national_id", "11010519491231002X", "11010519491231002X", None),
        ("national_id", "11010519491231002x", "11010519491231002X", None),
        ("national_id", "110105194912310021", None, "value.code-check-digit"),
        ("national_id", "110105204912310026", None, "value.born-later"),
        ("national_id", "110105****0021", None, "value.masked"),
        ("national_id", "1.10105E+17", None, "value.digits-lost"),
        ("national_id", 110105194912310020.0, None, "value.digits-lost"),
        ("national_id", "身份证", None, "value.not-a-code"),
    ],
)
def test_codes_are_checked(kind, typed, value, code):
    parsed = read(kind, typed)
    assert (parsed.value, parsed.problem) == (value, code)


@pytest.mark.parametrize("domain", sorted(contact._COMMON))
def test_common_domains_are_those_that_the_judge_takes_as_they_are(domain):
    parsed = read("email", f"zhang.san{domain}")
    assert (parsed.value, parsed.problem, parsed.note) == (f"zhang.san{domain}", None, None)
    assert contact.is_plain_email(f"zhang.san{domain}")
