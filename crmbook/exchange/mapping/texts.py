"""Cells taken apart or put into a form that the grammar of typed cells reads; nothing that they say is lost.

Each function takes one cell. What it does not understand it gives back as it stood: the check of typed cells will
say what is wrong with it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from crmbook.values import Domain, narrow, parse_value, spell, tidy

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.values import Surroundings

_OPENING, _CLOSING = re.compile(r"[(（〔【\[]"), re.compile(r"[)）〕】\]]")
_HAN: Final = re.compile(r"[\u4e00-\u9fff·]{1,3}(?:[^\S\n]+[\u4e00-\u9fff·]{1,3})+")
_LONGEST_NAME: Final = 4
_BETWEEN_EMAILS: Final = re.compile(r"(?:[;,，；、|/\s]|:::)+")
"""``:::`` is what Google writes between the addresses of one kind."""
_AT: Final = re.compile(r"(?:(?<!\s)\s++)?@\s*+")
_PLAIN: Final = re.compile(r"-?(?:0|[1-9][0-9]{0,11})(?:\.[0-9]{1,2})?", re.ASCII)
_MINUS_BEHIND: Final = re.compile(r"([0-9][0-9,]*+\.[0-9]{2})-")
"""An amount as bookkeeping programs write a credit: ``1,200.00-``."""
_ABOUT: Final = re.compile(
    r"^(?:约|大约|共|共计|合计|总计|大概|近|ca\.?|approx\.?)|(?:左右|上下)$", re.IGNORECASE
)


def split_emails(raw: Any) -> tuple[Any, ...]:
    """Return the e-mail addresses of a cell, each without blanks around its ``@``."""
    text = narrow(spell(raw))
    parts = [part for part in _BETWEEN_EMAILS.split(_AT.sub("@", text)) if part]
    if not parts or any(part.count("@") != 1 for part in parts) or parts == [text]:
        return (raw,)
    return tuple(parts)


def split_bracket(raw: Any) -> tuple[Any, str]:
    """Return a cell without what is in brackets at its end, and that: ``张三(离职)`` → 张三, 离职."""
    text = spell(raw).strip() if isinstance(raw, str) else ""
    *before, inside = _OPENING.split(text[:-1])
    if not any(before) or not inside or not _CLOSING.fullmatch(text[-1:]) or _CLOSING.search(inside):
        return raw, ""
    return text[: -len(inside) - 2].rstrip(), inside.strip()


def squeeze_name(raw: Any) -> Any:
    """Return a Chinese name without the blanks that align it: ``王  芳`` → 王芳; 孙七 经理 and two lines stay."""
    if not isinstance(raw, str):
        return raw
    parts = raw.split()
    aligned = len(parts) > 1 and min(map(len, parts)) == 1 and sum(map(len, parts)) <= _LONGEST_NAME
    return "".join(parts) if aligned and _HAN.fullmatch(raw.strip()) else raw.strip()


def join_name(given: Any, family: Any) -> str | None:
    """Return a whole name: Zhang San from San and Zhang, 张三 from 三 and 张."""
    one, two = tidy(spell(given)), tidy(spell(family))
    if not one or not two:
        return one or two or None
    return f"{one} {two}" if f"{one}{two}".isascii() or not _is_han(one + two) else f"{two}{one}"


def _is_han(text: str) -> bool:
    return all("\u4e00" <= sign <= "\u9fff" for sign in text)


_ALL_PLAIN: Final = re.compile(rf"(?:{_PLAIN.pattern}\0)*+", re.ASCII)


def plain_numbers(raws: Sequence[Any]) -> list[float] | None:
    """Return the numbers of cells that are all written plainly, as those of a long list are; None where one is not."""
    try:
        joined = "\0".join(raws)
    except TypeError:  # not all are texts
        return None
    return list(map(float, raws)) if raws and _ALL_PLAIN.fullmatch(joined + "\0") else None


_UNITS: Final = (
    r"[个箱件包盒瓶袋套台只条张把支斤两克吨米份单对双桶罐本卷块棵辆次人位间桌层]|公斤|千克|公里|平米|平方|"
    r"(?:kgs?|g|lbs?|pcs?|pieces?|pack|packs|box|boxes|units?|sets?|bags?|hours?|hrs?)\.?"
)
_WITH_UNIT: Final = re.compile(rf"(?P<number>-?[0-9][0-9,]*+(?:\.[0-9]++)?)\s*+(?:{_UNITS})", re.IGNORECASE)
_RATE: Final = re.compile(
    r"(?P<number>[-(]?[¥￥$€£]?\s*+-?[0-9][0-9,]*+(?:\.[0-9]++)?\s*+[万千百亿wk]?\)?\s*+[元块]?)\s*+"
    r"(?:(?:[/每]|per )\s*+[^\W\d_]{1,6}|[(（][^()（）]++[)）])",
    re.IGNORECASE,
)
"""An amount for something, or with a remark: ``500元/月``, ``1200(已交600)``."""


def before_unit(raw: Any, *, is_money: bool) -> str | None:
    """Return the number of a cell that says what it counts, too; None for any other cell."""
    if not isinstance(raw, str):
        return None
    text = narrow(raw).strip()
    found = _RATE.fullmatch(text) if is_money else _WITH_UNIT.fullmatch(text)
    return found["number"].strip() if found else None


def read_number(raw: Any, domain: Domain, around: Surroundings) -> float | None:
    """Return the number that a cell says, ``约 1.2万元`` too; None where it says none."""
    if isinstance(raw, str) and _PLAIN.fullmatch(raw):  # nearly all amounts of a long list
        return float(raw)
    if isinstance(raw, str) and (credit := _MINUS_BEHIND.fullmatch(narrow(raw))):
        raw = f"-{credit[1]}"
    parsed = parse_value(domain, raw, around)
    if parsed.refused and isinstance(raw, str):
        parsed = parse_value(domain, _ABOUT.sub("", narrow(raw).strip()).strip(), around)
    number = parsed.value
    return float(number) if isinstance(number, (int, float)) and not isinstance(number, bool) else None
