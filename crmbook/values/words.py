"""Cells that hold words: texts, ids, and values that may be a number or a word."""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING

from crmbook.base import rounded
from crmbook.values.parsed import BLANK, Domain, Parsed, refuse
from crmbook.values.text import MAX_CELL_TEXT, is_too_long, narrow, spell, tidy

if TYPE_CHECKING:
    from crmbook.base import Value

_LARGEST = 1e15
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,17})?(?:e-[0-9]{1,3})?")
_SCIENTIFIC = re.compile(r"[0-9](?:\.[0-9]+)?E\+[0-9]{2}", re.IGNORECASE)


def parse_text(domain: Domain, raw: object) -> Parsed:
    """Read words: a number or a day typed into a text field is its spelling."""
    text = tidy(raw if isinstance(raw, str) else spell(raw))
    if not text:
        return BLANK
    if is_too_long(text):
        return refuse("value.text-too-long", limit=MAX_CELL_TEXT)
    if domain.personal and "*" in text:
        return refuse("value.masked")
    return Parsed(text)


def parse_either(domain: Domain, raw: object) -> Parsed:
    """Read a cell that may hold a number or words, such as the result of a band; ``"40"`` is the number 40."""
    if isinstance(raw, (int, float)) and not isinstance(raw, bool):
        return Parsed(rounded(float(raw))) if abs(raw) < _LARGEST else refuse("value.number-too-large")
    text = raw if isinstance(raw, str) else spell(raw)
    return (
        Parsed(rounded(float(narrow(text)))) if _NUMBER.fullmatch(narrow(text)) else parse_text(domain, text)
    )


def parse_id(raw: object) -> Parsed:
    """Read an identifier: text, so that ``001`` keeps its zeros; a number typed instead is its digits.

    What Excel has already damaged is refused: a long number in scientific notation or beyond 15 digits,
    and ``1-2`` turned into a day.
    """
    if isinstance(raw, (bool, dt.date, dt.time, dt.timedelta)):
        return refuse("value.id-became-something-else")
    if isinstance(raw, (int, float)):
        if abs(raw) >= 1e15:
            return refuse("value.digits-lost")
        return Parsed(str(int(raw))) if raw == int(raw) else refuse("value.not-an-id")
    text = narrow(str(raw))
    if not text.isascii():  # a name serves as the id: its punctuation is part of it
        text = tidy(str(raw))
    if text[:1] == "'" and text[1:2].isdigit():
        text = text[1:]
    if not text:
        return BLANK
    if _SCIENTIFIC.fullmatch(text):
        return refuse("value.digits-lost")
    if "\n" in text or len(text) > 255:
        return refuse("value.not-an-id")
    return Parsed(text)


def format_text(value: Value) -> str:
    """Return the text that reads back as `value`."""
    return spell(value)
