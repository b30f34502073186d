"""Words and identifiers."""

from __future__ import annotations

import datetime as dt

import pytest

from crmbook.values import Domain, ValueKind, parse_value


@pytest.mark.parametrize(
    ("typed", "text"),
    [
        (" a\r\nb  \nc ", "a\nb\nc"),
        ("\u3000张三\u3000", "张三"),
        ("cafe\u0301", "café"),
        ("a\x00b", "ab"),
        ("\ufeffx\u200b", "x"),
        (5.0, "5"),
        (1.5, "1.5"),
        (True, "TRUE"),
        (dt.date(2023, 1, 5), "2023-01-05"),
        ("   ", None),
        ("=1+1", "=1+1"),
        ("５²", "５²"),
    ],
)
def test_words_are_tidied_and_nothing_else(typed, text):
    assert parse_value(Domain(ValueKind.TEXT), typed).value == text


def test_text_beyond_a_cell_is_refused():
    assert parse_value(Domain(ValueKind.LONG_TEXT), "x" * 32_767).problem is None
    assert parse_value(Domain(ValueKind.LONG_TEXT), "😀" * 16_384).problem == "value.text-too-long"


def test_masked_personal_text_does_not_come_back():
    assert parse_value(Domain(ValueKind.TEXT, personal=True), "张*").problem == "value.masked"
    assert parse_value(Domain(ValueKind.TEXT), "5 * 3").problem is None


@pytest.mark.parametrize(
    ("typed", "identifier"),
    [
        ("001", "001"),
        (1001.0, "1001"),
        (1001, "1001"),
        ("００１", "001"),
        (" 001 ", "001"),
        ("'001", "001"),
        ("1001.0", "1001.0"),
        ("C-001", "C-001"),
        ("Ｃ－００１", "C-001"),
        (" 唱片节（夏季） ", "唱片节（夏季）"),
        ("", None),
    ],
)
@pytest.mark.parametrize("kind", ["id", "ref"])
def test_identifiers_keep_their_zeros(kind, typed, identifier):
    assert parse_value(Domain(ValueKind(kind)), typed).value == identifier


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1.23E+17", "value.digits-lost"),
        (1.23e17, "value.digits-lost"),
        (1.5, "value.not-an-id"),
        ("a\nb", "value.not-an-id"),
        (True, "value.id-became-something-else"),
        (dt.date(2023, 1, 2), "value.id-became-something-else"),
    ],
)
def test_damaged_identifiers_are_refused(typed, code):
    assert parse_value(Domain(ValueKind.ID), typed).problem == code


def test_patterns_hold_for_the_whole_text():
    domain = Domain(ValueKind.ID, pattern="[0-9]{3}")
    assert parse_value(domain, "001").problem is None
    assert parse_value(domain, "0012").problem == "value.pattern"


def test_a_text_may_be_shorter_than_a_cell_allows():
    domain = Domain(ValueKind.TEXT, longest=3)
    assert parse_value(domain, "一二三").problem is None
    assert parse_value(domain, "一二三四").problem == "value.text-too-long"


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("40", 40.0),
        (40, 40.0),
        ("４０", 40.0),
        ("-1.5", -1.5),
        ("高", "高"),
        ("007", "007"),
        ("", None),
        (True, "TRUE"),
    ],
)
def test_a_free_value_is_a_number_or_words(typed, value):
    assert parse_value(Domain(ValueKind.VALUE), typed).value == value
