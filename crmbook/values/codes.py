"""Codes with a check digit: 统一社会信用代码 (GB 32100) and 公民身份号码 (GB 11643).

Both have 18 places and end in a check digit; python-stdnum knows the rules. An identity number that a cell
held as a number has lost its last three digits: it is refused as such, not as a wrong code.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from stdnum.cn import ric, uscc
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

from crmbook.values.parsed import BLANK, Parsed, Surroundings, ValueKind, refuse
from crmbook.values.text import narrow

if TYPE_CHECKING:
    import datetime as dt

_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+?[0-9]{2}", re.IGNORECASE)
_DIGITS = 18


def parse_code(kind: ValueKind, raw: object, around: Surroundings) -> Parsed:
    """Read a company code or a national identity number."""
    if isinstance(raw, (int, float)):
        return (
            refuse("value.digits-lost") if abs(raw) >= 1e15 else refuse("value.code-length", digits=_DIGITS)
        )
    text = re.sub(r"[\s\-]", "", narrow(str(raw)).removeprefix("'")).upper()
    if not text:
        return BLANK
    if "*" in text:
        return refuse("value.masked")
    if _SCIENTIFIC.fullmatch(text):
        return refuse("value.digits-lost")
    if not text.isascii():
        return refuse("value.not-a-code")
    return _judge(kind, text, around.as_of)


def _judge(kind: ValueKind, text: str, as_of: dt.date | None) -> Parsed:
    scheme = uscc if kind is ValueKind.COMPANY_CODE else ric
    try:
        scheme.validate(text)
    except InvalidLength:
        return refuse("value.code-length", digits=_DIGITS)
    except InvalidChecksum:
        return refuse("value.code-check-digit")
    except ValidationError:
        return refuse("value.not-a-code")
    if kind is ValueKind.NATIONAL_ID and as_of is not None and ric.get_birth_date(text) > as_of:
        return refuse("value.born-later")
    return Parsed(text)
