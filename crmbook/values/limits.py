"""Bounds and patterns, judged on the canonical value."""

from __future__ import annotations

import datetime as dt
import re
from functools import cache
from typing import TYPE_CHECKING

from crmbook.values.parsed import Domain, Parsed, refuse

if TYPE_CHECKING:
    from crmbook.base import Value


def judge_limits(domain: Domain, parsed: Parsed) -> Parsed:
    """Return `parsed`, or the refusal of a value outside the field's bounds or pattern."""
    value = parsed.value
    if value is None:
        return parsed
    if _compare(value, domain.minimum) < 0:
        return refuse("value.too-small", limit=_show(domain.minimum))
    if _compare(value, domain.maximum) > 0:
        return refuse("value.too-large", limit=_show(domain.maximum))
    if isinstance(value, str) and 0 < domain.longest < len(value):
        return refuse("value.text-too-long", limit=domain.longest)
    if domain.pattern and isinstance(value, str) and not _compiled(domain.pattern).fullmatch(value):
        return refuse("value.pattern", pattern=domain.pattern)
    return parsed


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _compare(value: Value, limit: float | dt.date | None) -> int:
    """Return the sign of `value` − `limit`; 0 where they do not compare."""
    if isinstance(limit, dt.date) and isinstance(value, dt.date):
        return _sign(_day(value) > _day(limit), _day(value) < _day(limit))
    if isinstance(limit, (int, float)) and isinstance(value, (int, float)):
        return _sign(value > limit, value < limit)
    return 0


def _sign(above: bool, below: bool) -> int:
    return int(above) - int(below)


def _day(moment: dt.date) -> dt.date:
    return moment.date() if isinstance(moment, dt.datetime) else moment


def _show(limit: float | dt.date | None) -> str:
    return f"{limit:g}" if isinstance(limit, (int, float)) else str(limit)
