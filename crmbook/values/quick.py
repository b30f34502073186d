"""Cells that are canonical as they stand, known without the grammar: nearly all cells of a large workbook.

A quick test never says yes where the grammar would give another value, a problem or a note; it may say no to
anything. Kinds and limits that need a closer look have none.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from typing import TYPE_CHECKING, TypeGuard, cast

from crmbook.base import rounded
from crmbook.values.contact import is_plain_email
from crmbook.values.parsed import Domain, ValueKind
from crmbook.values.phones import is_mobile

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmbook.base import Locale, Value

_LONGEST = 255
_LARGEST = 1e15
_FIRST_YEAR = 1900
_MOBILE_AS_IS = frozenset({"CN", ""})
"""Regions in whose books eleven digits of a Chinese mobile number stay as they are."""
_BETWEEN = "|"
"""Stands between texts that are looked at together."""


def quick_test(domain: Domain, locale: Locale) -> Callable[[object], TypeGuard[Value]] | None:
    """Return the quick test for a domain, None where every cell needs the grammar."""
    bounded = domain.minimum is not None or domain.maximum is not None
    if domain.pattern:
        return None
    match domain.kind:
        case ValueKind.ID | ValueKind.REF:
            return _is_plain_id
        case ValueKind.TEXT | ValueKind.LONG_TEXT:
            return _tidy_test(min(domain.longest or _LONGEST, _LONGEST), personal=domain.personal)
        case ValueKind.MONEY | ValueKind.NUMBER | ValueKind.PERCENT if not bounded:
            return _is_plain_number
        case ValueKind.DATE:
            return _day_test(domain)
        case ValueKind.PHONE if locale.region in _MOBILE_AS_IS:
            return is_mobile
        case ValueKind.EMAIL:
            return is_plain_email
    return None


def are_plain(domain: Domain, raws: Sequence[object]) -> bool:
    """Return whether every one of many cells passes the quick test of a domain; False where that is not certain at once."""
    if domain.pattern or not raws or set(map(type, raws)) != {str}:
        return False
    texts = cast("Sequence[str]", raws)
    longest = max(map(len, texts))
    if domain.kind in {ValueKind.ID, ValueKind.REF}:
        whole = "".join(texts)
        return longest <= _LONGEST and all(texts) and whole.isascii() and whole.isalnum()
    if domain.kind not in {ValueKind.TEXT, ValueKind.LONG_TEXT} or longest > min(
        domain.longest or _LONGEST, _LONGEST
    ):
        return False
    whole = _BETWEEN.join(["", *texts, ""])
    odd = f" {_BETWEEN}" in whole or f"{_BETWEEN} " in whole or (domain.personal and "*" in whole)
    return not odd and all(texts) and whole.isprintable() and unicodedata.is_normalized("NFC", whole)


def _is_plain_id(raw: object) -> TypeGuard[Value]:
    return isinstance(raw, str) and raw.isascii() and raw.isalnum() and len(raw) <= _LONGEST


def _tidy_test(longest: int, *, personal: bool) -> Callable[[object], TypeGuard[Value]]:
    def is_tidy(raw: object) -> TypeGuard[Value]:
        return (
            isinstance(raw, str)
            and 0 < len(raw) <= longest
            and raw.isprintable()
            and raw[0] != " " != raw[-1]
            and not (personal and "*" in raw)
            and unicodedata.is_normalized("NFC", raw)
        )

    return is_tidy


def _is_plain_number(raw: object) -> TypeGuard[Value]:
    return isinstance(raw, float) and -_LARGEST < raw < _LARGEST and raw != 0 and rounded(raw) == raw


def _day_test(domain: Domain) -> Callable[[object], TypeGuard[Value]] | None:
    first = dt.date(_FIRST_YEAR, 1, 1) if domain.minimum is None else domain.minimum
    last = dt.date.max if domain.maximum is None else domain.maximum
    if first.__class__ is not dt.date or last.__class__ is not dt.date:
        return None
    first = max(first, dt.date(_FIRST_YEAR, 1, 1))

    def is_day(raw: object) -> TypeGuard[Value]:
        return raw.__class__ is dt.date and isinstance(raw, dt.date) and first <= raw <= last

    return is_day
