"""E-mail addresses and web addresses.

Canonical forms: the e-mail address with its domain in small letters; the web address as typed, its scheme and host
in small letters.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TypeGuard
from urllib.parse import urlsplit

from crmbook.values.parsed import BLANK, Parsed, refuse
from crmbook.values.text import narrow, tidy

_HOST = re.compile(r"(?=.{1,253}$)(?:[\w](?:[\w-]{0,61}[\w])?\.)+[^\W\d_][\w-]{0,61}[\w]")
_PLAIN_NAME = re.compile(r"(?=.{1,64}$)[a-z0-9]+(?:[._+-][a-z0-9]+)*")
_LONGEST_PLAIN = 200
_SCHEMES = frozenset({"http", "https", "ftp"})
_LONGEST_EMAIL = 320
_COMMON = frozenset(
    [
        "@126.com",
        "@139.com",
        "@163.com",
        "@aliyun.com",
        "@example.com",
        "@foxmail.com",
        "@gmail.com",
        "@gmx.de",
        "@hotmail.com",
        "@icloud.com",
        "@live.com",
        "@outlook.com",
        "@qq.com",
        "@sina.com",
        "@sohu.com",
        "@web.de",
        "@yahoo.com",
        "@yeah.net",
    ]
)
"""Domains that need no judge, whose import takes longer than a sync looks at a thousand addresses."""
_LONGEST_URL = 2083
"""Characters that a link can have (Excel specifications and limits)."""


def parse_email(raw: object) -> Parsed:
    """Read one e-mail address; whether its domain answers is nobody's business here."""
    text = unicodedata.normalize("NFKC", narrow(str(raw))).removeprefix("mailto:")
    if not text:
        return BLANK
    if "*" in text:
        return refuse("value.masked")
    if len(text) > _LONGEST_EMAIL:
        return refuse("value.several-emails" if text.count("@") > 1 else "value.not-an-email")
    from email_validator import EmailNotValidError, validate_email  # slow to import

    try:
        address = validate_email(text, check_deliverability=False)
    except (EmailNotValidError, UnicodeError, ValueError):
        several = text.count("@") > 1
        return refuse("value.several-emails" if several else "value.not-an-email")
    return Parsed(address.normalized)


def is_plain_email(raw: object) -> TypeGuard[str]:
    """Return whether a cell holds an ordinary address as it is stored; thousands share a domain, which is judged once."""
    if not isinstance(raw, str) or len(raw) > _LONGEST_PLAIN:
        return False
    name, _, domain = raw.partition("@")
    return _PLAIN_NAME.fullmatch(name) is not None and _is_domain(domain)


@lru_cache(maxsize=10_000)
def _is_domain(domain: str) -> bool:
    if f"@{domain}" in _COMMON:
        return True
    probe = f"a@{domain}"
    parsed = parse_email(probe)
    return parsed.problem is None and parsed.note is None and parsed.value == probe


def parse_url(raw: object) -> Parsed:
    """Read a web address, with or without its scheme."""
    text = tidy(narrow(str(raw)))
    if not text:
        return BLANK
    if len(text) > _LONGEST_URL:
        return refuse("value.not-a-url")
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
