"""Personal values made unreadable, so that nobody is known by them and no import takes them back.

::

    13800000001            138****0001
    010-88886666           010-****6666
    zhangsan@qq.com        z***@qq.com
    张三, 欧阳娜娜          张*, 欧***
    北京市海淀区中关村      北********
    1993-05-12             1993-**-**

Every masked value holds a ``*``, by which `crmbook.values` knows it again. A text is masked by what it holds: a field
for any contact may hold a telephone or an address of e-mail.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from crmbook.values import ValueKind, spell

if TYPE_CHECKING:
    from collections.abc import Callable

_EMAIL: Final = re.compile(r"(?<![^\s@/、,;，；])[^\s@/、,;，；]++@(?=[^\s@])")
_NUMBER: Final = re.compile(r"\+?\d(?:[ ().\-]?\d){4,}")
_SIGNS: Final = re.compile(r"\S")
_FEW: Final = 7
"""Digits of a telephone number that could be guessed if seven of them were shown."""
_SHOWN: Final = 4
_LONGEST: Final = 8
"""Stars at the most: how long an address is says where it is."""


def mask_column(kind: ValueKind, column: pd.Series) -> pd.Series:
    """Return a column of texts in which nobody is known by a value; blanks stay blank."""
    codes, distinct = pd.factorize(column)
    mask = masker(kind)
    masked = np.array([*(mask(one) for one in distinct), None], dtype=object)
    return pd.Series(masked[codes], index=column.index, dtype=object)


def masker(kind: ValueKind) -> Callable[[object], str]:
    """Return what masks the values of a field type."""
    if kind in {ValueKind.DATE, ValueKind.DATETIME}:
        return _mask_day
    if kind in {ValueKind.PHONE, ValueKind.NATIONAL_ID, ValueKind.COMPANY_CODE}:
        return lambda value: _mask_number(spell(value))
    return lambda value: _mask_text(spell(value))


def _mask_day(value: object) -> str:
    return f"{value.year}-**-**" if isinstance(value, dt.date) else _mask_text(spell(value))


def _mask_text(text: str) -> str:
    """Mask a text by what it holds."""
    if _EMAIL.search(text):
        text = _EMAIL.sub(lambda found: (found[0][0] if len(found[0]) > 2 else "") + "***@", text)
        return _NUMBER.sub(lambda found: _mask_number(found[0]), text)
    if _NUMBER.search(text):
        return _mask_number(text)
    return text[:1] + "*" * min(len(text) - 1, _LONGEST) if len(text) > 1 else "*"


def _mask_number(text: str) -> str:
    """Hide what is between the first three and the last four digits; of a short number all but the last two."""
    digits = [position for position, sign in enumerate(text) if sign.isalnum()]
    first, last = (3, _SHOWN) if len(digits) > _FEW + 2 else (0, 2) if len(digits) > _SHOWN else (0, 0)
    hidden = set(digits[first : len(digits) - last])
    masked = "".join("*" if position in hidden else sign for position, sign in enumerate(text))
    return masked if "*" in masked else _SIGNS.sub("*", text) or "*"
