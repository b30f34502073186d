"""The grammar of an amount: sign, currency, digits or a numeral, unit.

::

    amount   = "(" amount ")" | sign? currency? sign? body unit?      (500) and -500 are the same
    body     = digits, with , or ' or a blank between groups of three | numeral with Chinese units; then k, w, M …
    currency = ¥ | RMB | CNY | 人民币, or what the book's own currency is called
    unit     = 元 | 次 | 次/年 | …
    yuan     = body 元 (digit 角)? (digit 分)? 整? | body 块 digit         money only: 3元5角, 三块五

A number with another currency, another unit or a comma in an odd place is asked about: ``5,00`` is five
hundred to one reader and five to another, and ``10次/月`` is not 10 in a field that counts per year. Where the book
is at home decides what is odd: ``1.500`` is 1.5 where decimals follow a point, 1500 where they follow a comma, and asked
about where neither is said; ``1,23,456`` and ``1.5M`` are read elsewhere and asked about in China.
"""

from __future__ import annotations

import re
from decimal import Decimal

from crmbook.base import CHINA, Locale
from crmbook.values.currencies import Money, money_of
from crmbook.values.numerals import NUMERAL_CHARACTERS, read_numeral
from crmbook.values.parsed import Domain, Parsed, ValueKind, refuse

_BODY = rf"[0-9.,{NUMERAL_CHARACTERS}]+(?:(?<=[0-9])[ '][0-9]{{3}}(?![0-9]))*+(?:[.,][0-9]+)?(?:E[+-]?[0-9]{{1,3}})?"
_AMOUNT = re.compile(
    rf"(?P<sign>[+-]?) ?(?P<currency>[^0-9.,+\-{NUMERAL_CHARACTERS}]{{0,8}})(?P<sign2>[+-]?)"
    rf"(?P<body>{_BODY}) ?(?P<scale>(?:[KWMB]|MM|MN|BN)(?![A-Z]))? ?(?P<unit>[^0-9]{{0,12}})",
    re.IGNORECASE | re.DOTALL,
)
_PLAIN = re.compile(r"(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:E[+-]?[0-9]{1,3})?", re.IGNORECASE)
_GROUPED = re.compile(
    r"(?P<digits>[1-9][0-9]{0,2}(?:(?:,[0-9]{3})+|(?:'[0-9]{3})+|(?: [0-9]{3})+)(?:\.[0-9]+)?)(?P<units>[^0-9,. ']*)"
)
_INDIAN = re.compile(r"[1-9][0-9]?(?:,[0-9]{2})+,[0-9]{3}(?:\.[0-9]+)?")
_POINTS = re.compile(r"[1-9][0-9]{0,2}(?:\.[0-9]{3}){2,}(?:,[0-9]+)?|[1-9][0-9]{0,2}\.[0-9]{3},[0-9]+")
_COMMA = re.compile(
    r"(?P<whole>[1-9][0-9]{0,2}(?:(?:\.[0-9]{3})+|(?:'[0-9]{3})+|(?: [0-9]{3})+)|[0-9]+)(?:,(?P<part>[0-9]+))?(?P<units>[^0-9,. ']*)"
)
"""A number as it is written where decimals follow a comma."""
_OPEN_POINT = re.compile(r"[1-9][0-9]{0,2}\.[0-9]{3}")
_YUAN = re.compile(r"(?P<yuan>[^元圆块]+)(?:[元圆](?:(?P<jiao>.)角)?(?:(?P<fen>.)分)?整?|块(?P<bare>.))")

_SCALES = {
    "zh": {"": 1, "k": 10**3, "w": 10**4},
    "en": {"": 1, "k": 10**3, "m": 10**6, "mm": 10**6, "mn": 10**6, "b": 10**9, "bn": 10**9},
}
# Units that count things and leave the number what it is, for fields that declare no unit.
_COUNTERS = frozenset(
    [
        "次",
        "个",
        "件",
        "台",
        "岁",
        "天",
        "日",
        "人",
        "名",
        "位",
        "分",
        "张",
        "套",
        "份",
        "支",
        "瓶",
        "部",
        "只",
        "本",
        "节",
        "课时",
        "小时",
        "积分",
        "年",
        "个月",
        "星",
        "级",
    ]
)
_PER_YEAR = frozenset({"次/年", "次每年", "次"})


def read_amount(domain: Domain, text: str, locale: Locale = CHINA) -> Decimal | Parsed:
    """Return the number that narrow `text` says in a field of `domain`, or the refusal."""
    if text.startswith("(") and text.endswith(")"):
        inner = read_amount(domain, text[1:-1].strip(), locale)
        if isinstance(inner, Decimal):
            return -inner if inner > 0 and text[1:].lstrip()[:1] not in {"+", "(", "-"} else _no_number()
        return inner
    shape, money = _AMOUNT.fullmatch(text), money_of(locale)
    if shape is None or (shape["sign"] and shape["sign2"]):
        return _read_yuan(domain, text, money)
    number = read_body(shape["body"], locale)
    refusal = _judge(domain, money, shape["currency"].strip(), shape["unit"].strip())
    if refusal is not None:
        yuan = _read_yuan(domain, text, money)
        return yuan if isinstance(yuan, Decimal) else refusal
    if isinstance(number, Parsed):
        return number
    scale = (shape["scale"] or "").casefold()
    if scale not in _SCALES[locale.lang]:
        return refuse("value.scale-doubtful", scale=shape["scale"])
    return number * _SCALES[locale.lang][scale] * (-1 if "-" in shape["sign"] + shape["sign2"] else 1)


def read_body(body: str, locale: Locale = CHINA) -> Decimal | Parsed:
    """Return the number that digits, grouped digits or a numeral say, or the refusal."""
    if locale.decimal == "," and (swapped := _with_point(body)):
        body = swapped
    elif grouped := _GROUPED.fullmatch(body):
        body = re.sub("[,' ]", "", grouped["digits"]) + grouped["units"]
    elif locale.region != CHINA.region:
        if _OPEN_POINT.fullmatch(body) and not locale.decimal:
            return refuse("value.point-doubtful")
        if _INDIAN.fullmatch(body):
            body = body.replace(",", "")
        elif _POINTS.fullmatch(body):
            body = body.replace(".", "").replace(",", ".")
    if _PLAIN.fullmatch(body):
        return Decimal(body)
    number = read_numeral(body)
    if number is None:
        has_comma = locale.decimal == ","
        code, signs = ("value.grouping-doubtful", ",. '") if has_comma else ("value.comma-doubtful", ", '")
        is_odd = set(body) <= set("0123456789,. '") and set(body) & set(signs)
        return refuse(code) if is_odd else _no_number()
    return number


def _with_point(body: str) -> str:
    """Return digits whose decimals follow a comma, with a point instead; empty for others."""
    found = _COMMA.fullmatch(body)
    return (
        re.sub("[.' ]", "", found["whole"]) + "." + (found["part"] or "0") + found["units"] if found else ""
    )


def is_plain(text: str) -> bool:
    """Return whether `text` is nothing but digits, a point and an exponent."""
    return _PLAIN.fullmatch(text) is not None


def _judge(domain: Domain, money: Money, currency: str, unit: str) -> Parsed | None:
    """Return the refusal of a currency or a unit that does not belong to the field."""
    before, after = currency.casefold(), unit.casefold()
    own = frozenset(known.casefold() for known in domain.units)
    counts_money = domain.kind is ValueKind.MONEY or (
        domain.kind is ValueKind.NUMBER and own <= {"元"} | money.after
    )
    if before in money.foreign or (after in money.foreign and after not in own):
        return refuse("value.other-currency", unit=currency or unit)
    if before and not (before in money.before and counts_money):
        return _no_number()
    if not after or after in own or (own & _PER_YEAR and after in _PER_YEAR):
        return None
    if (after in money.after and counts_money) or (
        not own and after in _COUNTERS and domain.kind is not ValueKind.MONEY
    ):
        return None
    known = after in _COUNTERS or after in money.after or "/" in after or "每" in after
    expected = domain.units[0] if domain.units else ""
    return _other_unit(unit, expected) if known else _no_number()


def _other_unit(unit: str, expected: str) -> Parsed:
    if expected:
        return refuse("value.other-unit", unit=unit, expected=expected)
    return refuse("value.stray-unit", unit=unit)


def _read_yuan(domain: Domain, text: str, money: Money) -> Decimal | Parsed:
    """Return the amount of ``3元5角``, ``三块五`` and ``伍元整``, or the refusal."""
    shape = _YUAN.fullmatch(text) if domain.kind is ValueKind.MONEY and money.is_yuan else None
    if shape is None:
        return _no_number()
    yuan = read_body(shape["yuan"])
    parts = [read_numeral(part or "零") for part in (shape["jiao"] or shape["bare"], shape["fen"])]
    if isinstance(yuan, Parsed) or yuan != int(yuan) or any(part is None or part > 9 for part in parts):
        return _no_number()
    return yuan + sum((part or Decimal(0)) / divisor for part, divisor in zip(parts, (10, 100), strict=True))


def _no_number() -> Parsed:
    return refuse("value.not-a-number")
