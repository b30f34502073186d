"""Telephone numbers.

Characters are judged before any library sees the text: a telephone parser would pick a valid number out of
``张三13800138000``. A number is put in form only where its country is certain, by a ``+`` or by the book's region;
everything else keeps every character that was typed, because a customer's own number is worth more than our idea
of it. In China, certain are mobile numbers, landlines with their 0 and area code, and service numbers; digits that
would have to gain or lose a 0 to be a number may as well be a number of another country. In a book of another country the
library judges, and a number of that country is written as people there write it.

::

    138 0013 8000  +86-13800138000  13800138000.0        13800138000
    (010)12345678  010-12345678-801  010-12345678转801   010-12345678, 010-12345678转801
    +1 (650) 253-0000 x5                                 +1 650-253-0000转5   (English books: ext. 5)
    010-12345678（分机：801）  010-12345678*801             010-12345678转801
    13800138000/13900139000                              kept: two numbers
    010-12345678转801/802                                 kept: two extensions of one number
    010-12345678/79                                      kept with a warning: 79 is no number
    (415) 555-0132                                       kept; in a book of China with a warning
    02079460018  +44 20 7946 0018                        020 7946 0018 in a book of Britain
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, TypeGuard

import phonenumbers

from crmbook.values.parsed import BLANK, Parsed, refuse, warn
from crmbook.values.text import narrow, tidy, whole_number_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.base import Locale

_CHINA = "CN"
EXTENSION_SIGN = r"(?:转|轉|分机号码|分机号|分机|分機|内线|內線|extension|extn?\.?|#|x)[ .:]*+"
"""What is between a number and its extension, in narrow characters and any case."""
_EXTENSION = rf"(?:{EXTENSION_SIGN}|, *)(?P<extension>[0-9]{{1,8}})\)?"
_PHONE = re.compile(rf"(?P<number>\(?\+?[0-9][0-9 ().\-]*+) *(?:{_EXTENSION})?", re.IGNORECASE)
_DASHED = re.compile(r"(?P<number>.*[0-9)])-(?P<extension>[0-9]{1,6})")
_FIRST = re.compile(r"\(?([0-9]+)")
_AMERICAN = re.compile(r"1[ .-]*\(|1[ .-]")
"""Begins a number that is written as in America: ``1 (320) 732-0215`` has as many digits as a mobile number of China."""
_AREA_SLASH = re.compile(r"(\(?0[0-9]{2,5}\)?) */ *(?=[0-9])")
"""The area code of a number that is written as in Germany: ``0171/31986498`` is one number."""
_WHOLE = re.compile(r"(?P<digits>[0-9]{5,})\.0+")
_BETWEEN = re.compile(r"[/、,;|\n]|(?<=[0-9]) +(?=[+(0-9])|(?<=[0-9])-(?=[+(0-9])")
_STRONG = re.compile(r"[/、,;|\n]")
_SHORT = re.compile(r"[0-9]{1,6}")
"""No number by itself: a further extension of the number before it, or the end of one that is written short."""
_EXTENDED = re.compile(
    rf"(?P<stem>.*[0-9)] *{EXTENSION_SIGN}|\(?0[0-9]{{2,3}}\)?[- ]?[0-9]{{7,8}}-)[0-9]{{1,6}}", re.IGNORECASE
)
_FEW, _MANY = 7, 15
"""Digits of a plausible number (ITU-T E.164)."""
_LONGEST = 200
_SERVICE = re.compile(r"[48]00[0-9]{7}")
_NO_TEXT = r"(?!)"
_MOBILE_DIGITS = 11


def parse_phone(raw: object, locale: Locale) -> Parsed:
    """Read one telephone number."""
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        raw = whole_number_text(raw) if abs(raw) < 1e16 else str(raw)
    typed = str(raw)
    text = narrow(typed).removeprefix("'").removeprefix("tel:")
    if not text:
        return BLANK
    if "*" in text:
        value = _certain(text.replace("*", "转"), locale) if text.count("*") == 1 else None
        return refuse("value.masked") if value is None else Parsed(value)
    whole = _WHOLE.fullmatch(text)  # pandas writes a column of numbers like this
    text = whole["digits"] if whole else text
    if len(text) > _LONGEST:
        return refuse("value.not-a-phone")
    value = _certain(text, locale)
    if value is not None:
        return Parsed(value)
    several = _several(text, locale)
    if several:
        return warn(typed, "value.several-phones", count=len(several), numbers=tuple(several))
    shape = _PHONE.fullmatch(_AREA_SLASH.sub(r"\1-", text, count=1))
    if shape is None and not _is_written_short(text):
        return refuse("value.not-a-phone")
    if shape is None:
        return warn(typed, "value.phone-doubtful")
    plausible = _FEW <= _count(shape["number"]) <= _MANY and "+" not in text
    if plausible and not locale.region:
        return Parsed(text if whole else tidy(typed))
    return warn(typed, "value.phone-doubtful")


def is_mobile(raw: object) -> TypeGuard[str]:
    """Return whether a cell holds a Chinese mobile number as it is stored."""
    return isinstance(raw, str) and len(raw) == _MOBILE_DIGITS and _mobile().fullmatch(raw) is not None


def find_phones(text: str, locale: Locale) -> list[tuple[int, str]]:
    """Return where the telephone numbers are that are found among other words, and each as it is written."""
    found = phonenumbers.PhoneNumberMatcher(text, locale.region)
    return [(one.start, one.raw_string) for one in found]


def _certain(text: str, locale: Locale) -> str | None:
    """Return a number in form where there is no doubt which it is, else None."""
    text = text if locale.region in {"", _CHINA} else _AREA_SLASH.sub(r"\1-", text, count=1)
    shape = _PHONE.fullmatch(text)
    if shape is None:
        return None
    number = _in_form(shape["number"], locale)
    extension = shape["extension"]
    if number is None and not extension:
        shape = _DASHED.fullmatch(text)
        if shape is None:
            return None
        number, extension = _in_form(shape["number"], locale), shape["extension"]
    if number is None or not extension:
        return number
    return f"{number}转{extension}" if locale.lang == "zh" else f"{number} ext. {extension}"


def _in_form(typed: str, locale: Locale) -> str | None:
    """Return a number without extension in form, None where its country is not certain."""
    digits = re.sub("[^0-9+]", "", typed)
    if locale.region not in {"", _CHINA}:
        return _of_country(typed, locale.region)
    if digits.startswith("+"):
        return _international(digits)
    if not locale.region:
        return None
    if _SERVICE.fullmatch(digits):
        return f"{digits[:3]}-{digits[3:6]}-{digits[6:]}"
    if _mobile().fullmatch(digits):
        return None if _AMERICAN.match(typed) else digits
    if digits.startswith("00"):
        return _international("+" + digits[2:])
    if digits.startswith("86") and len(digits) >= _MOBILE_DIGITS + 1:
        return _international("+" + digits)
    national = digits.startswith("0") and _international("+86" + digits)
    area = national.partition("-")[0] if national else ""
    first = _FIRST.match(typed)
    # 090-1234-5678 names another area than 0901.
    apart = first is not None and first[0] != digits and first[1] != area
    return national if national and area.startswith("0") and not apart else None


def _of_country(typed: str, region: str) -> str | None:
    """Return a number in form as it is written in `region`: without country code where it is of that country."""
    try:
        number = phonenumbers.parse(typed, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    is_here = number.country_code == phonenumbers.country_code_for_region(region)
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, form.NATIONAL if is_here else form.INTERNATIONAL)


def _international(digits: str) -> str | None:
    """Return a number that begins with ``+`` in form, None where no country has it."""
    try:
        number = phonenumbers.parse(digits, None)
    except phonenumbers.NumberParseException:
        return None
    return _format_number(number) if phonenumbers.is_valid_number(number) else None


@cache
def _mobile() -> re.Pattern[str]:
    """Return the library's own pattern of Chinese mobile numbers; asking it in full costs 100 µs a number."""
    plan = phonenumbers.PhoneMetadata.metadata_for_region(_CHINA)
    pattern = plan.mobile.national_number_pattern if plan and plan.mobile else None
    return re.compile(pattern or _NO_TEXT)


def _format_number(number: phonenumbers.PhoneNumber) -> str:
    if number.country_code != 86:
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL)
    national = phonenumbers.national_significant_number(number)
    if _SERVICE.fullmatch(national):
        return f"{national[:3]}-{national[3:6]}-{national[6:]}"
    area = phonenumbers.length_of_national_destination_code(number)
    if phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.FIXED_LINE and area:
        return f"0{national[:area]}-{national[area:]}"
    return national


def _several(text: str, locale: Locale) -> list[str]:
    """Return the numbers of a text that holds more than one, as typed; none where it does not."""
    parts = [part.strip(" ") for part in _STRONG.split(text)]
    if len(parts) > 1:
        parts = _with_stems(parts)
        shapes = [_PHONE.fullmatch(part) and not _SHORT.fullmatch(part) for part in parts]
        return parts if all(shapes) and _count(parts[0]) >= _FEW else []
    return next((found for found in _divisions(text, locale) if len(found) > 1), [])


def _with_stems(parts: list[str]) -> list[str]:
    """Return numbers, further extensions of one with that number before them."""
    found: list[str] = []
    for part in parts:
        extended = _EXTENDED.fullmatch(found[-1]) if found and _SHORT.fullmatch(part) else None
        found.append(extended["stem"] + part if extended else part)
    return found


def _is_written_short(text: str) -> bool:
    """Return whether a text is a number with the last digits of further ones, or with what may be an extension."""
    first, *others = [part.strip(" ") for part in _STRONG.split(text)]
    numbers = [part for part in (first, *others) if not _SHORT.fullmatch(part)]
    return bool(others) and _count(first) >= _FEW and all(map(_PHONE.fullmatch, numbers))


def _divisions(text: str, locale: Locale) -> Iterator[list[str]]:
    """Yield the ways to divide a text at blanks and dashes into numbers, none of them too short or too long."""
    begin, parts = 0, []
    for cut in [*_BETWEEN.finditer(text), None]:
        part = text[begin : cut.start() if cut else len(text)]
        if _is_number(part, locale):
            parts.append(part)
            begin = cut.end() if cut else len(text)
    if begin == len(text):
        yield parts


def _is_number(part: str, locale: Locale) -> bool:
    if locale.region or "+" in part:
        return _certain(part, locale) is not None
    return _PHONE.fullmatch(part) is not None and _LOCAL <= _count(part) <= _MANY


_LOCAL = 10
"""Digits of a number with its area code, where no region says more."""


def _count(text: str) -> int:
    return sum(map(str.isdigit, text))
