"""Telephone numbers, e-mail addresses and web addresses.

Characters are judged before any library sees the text: a telephone parser would pick a valid number out of
``张三13800138000``. A number that the Chinese numbering plan does not know is kept with a warning, because a
customer's own number is worth more than our idea of it.

Canonical forms: ``13800138000``, ``010-12345678``, ``010-12345678转801``, ``400-800-1234``,
``+1 650-253-0000``; the e-mail address with its domain in small letters; the web address as typed, its
scheme and host in small letters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache
from typing import TypeGuard
from urllib.parse import urlsplit

import phonenumbers
from email_validator import EmailNotValidError, validate_email

from crmbook.values.parsed import BLANK, Parsed, refuse, warn
from crmbook.values.text import narrow, tidy, whole_number_text

_REGION = "CN"
_PHONE = re.compile(
    r"(?P<number>\(?\+?[0-9][0-9 ().\-]*)(?:(?:转|分机|ext\.?|#|x) *(?P<extension>[0-9]{1,8}))?",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"(?<=[0-9]{5})\s*[/、,;|\n]\s*(?=[+0-9])")
_SERVICE = re.compile(r"[48]00[0-9]{7}")
_HOST = re.compile(r"(?=.{1,253}$)(?:[\w](?:[\w-]{0,61}[\w])?\.)+[^\W\d_][\w-]{0,61}[\w]")
_NO_TEXT = r"(?!)"
_MOBILE_DIGITS = 11
_PLAIN_NAME = re.compile(r"(?=.{1,64}$)[a-z0-9]+(?:[._+-][a-z0-9]+)*")
_LONGEST_PLAIN = 200
_SCHEMES = frozenset({"http", "https", "ftp"})


def parse_phone(raw: object) -> Parsed:
    """Read one telephone number."""
    if isinstance(raw, float):
        raw = whole_number_text(raw) if abs(raw) < 1e16 else str(raw)
    text = narrow(str(raw)).removeprefix("'")
    if not text:
        return BLANK
    if "*" in text:
        return refuse("value.masked")
    if _SEVERAL.search(text):
        return refuse("value.several-phones")
    shape = _PHONE.fullmatch(text)
    if shape is None:
        return refuse("value.not-a-phone")
    return _read_number(shape["number"].strip(), shape["extension"] or "")


def _read_number(typed: str, extension: str) -> Parsed:
    digits = re.sub("[^0-9+]", "", typed)
    if digits.startswith("00"):
        digits = "+" + digits[2:]
    suffix = f"转{extension}" if extension else ""
    if _SERVICE.fullmatch(digits):
        return Parsed(f"{digits[:3]}-{digits[3:6]}-{digits[6:]}{suffix}")
    if _mobile().fullmatch(digits):
        return Parsed(digits + suffix)
    try:
        number = phonenumbers.parse(digits, _REGION)
    except phonenumbers.NumberParseException:
        return warn(digits + suffix, "value.phone-doubtful")
    if not phonenumbers.is_valid_number(number):
        return warn(digits + suffix, "value.phone-doubtful")
    return Parsed(_format_number(number) + suffix)


def is_mobile(raw: object) -> TypeGuard[str]:
    """Say whether a cell holds a Chinese mobile number as it is stored."""
    return isinstance(raw, str) and len(raw) == _MOBILE_DIGITS and _mobile().fullmatch(raw) is not None


@cache
def _mobile() -> re.Pattern[str]:
    """Return the library's own pattern of Chinese mobile numbers; asking it in full costs 100 µs a number."""
    plan = phonenumbers.PhoneMetadata.metadata_for_region(_REGION)
    pattern = plan.mobile.national_number_pattern if plan and plan.mobile else None
    return re.compile(pattern or _NO_TEXT)


def _format_number(number: phonenumbers.PhoneNumber) -> str:
    if number.country_code != 86:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    national = phonenumbers.national_significant_number(number)
    area = phonenumbers.length_of_national_destination_code(number)
    if phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE and area:
        return f"0{national[:area]}-{national[area:]}"
    return national


def parse_email(raw: object) -> Parsed:
    """Read one e-mail address; whether its domain answers is nobody's business here."""
    text = unicodedata.normalize("NFKC", narrow(str(raw))).removeprefix("mailto:")
    if not text:
        return BLANK
    if "*" in text:
        return refuse("value.masked")
    try:
        address = validate_email(text, check_deliverability=False)
    except (EmailNotValidError, UnicodeError, ValueError):
        several = text.count("@") > 1
        return refuse("value.several-emails" if several else "value.not-an-email")
    return Parsed(address.normalized)


def is_plain_email(raw: object) -> TypeGuard[str]:
    """Say whether a cell holds an ordinary address as it is stored; thousands share a domain, which is judged once."""
    if not isinstance(raw, str) or len(raw) > _LONGEST_PLAIN:
        return False
    name, _, domain = raw.partition("@")
    return _PLAIN_NAME.fullmatch(name) is not None and _is_domain(domain)


@lru_cache(maxsize=10_000)
def _is_domain(domain: str) -> bool:
    probe = f"a@{domain}"
    parsed = parse_email(probe)
    return parsed.problem is None and parsed.note is None and parsed.value == probe


def parse_url(raw: object) -> Parsed:
    """Read a web address, with or without its scheme."""
    text = tidy(narrow(str(raw)))
    if not text:
        return BLANK
    scheme, mark, rest = text.partition("://")
    if not mark:
        scheme, rest = "", text
    try:
        parts = urlsplit("//" + rest)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return refuse("value.not-a-url")
    known = not mark or scheme.casefold() in _SCHEMES
    if not known or "@" in parts.netloc or any(map(str.isspace, text)) or not _HOST.fullmatch(host):
        return refuse("value.not-a-url")
    return Parsed((scheme.casefold() + mark) + parts.netloc.casefold() + rest[len(parts.netloc) :])
