"""Values as the store keeps them → as JSON and people have them. Loads nothing: what did not change is reported with it."""

from __future__ import annotations

import datetime as dt
from typing import Any


def plain_value(value: Any) -> Any:
    """Return a value of a line as JSON has it: days and moments as ISO texts; a row as its values by header."""
    if isinstance(value, dict):
        return {header: plain_value(item) for header, item in value.items()}
    value = day_of(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def day_of(value: Any) -> Any:
    """Return a moment at midnight as the day it stands for: the store keeps days as moments."""
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date()
    return value
