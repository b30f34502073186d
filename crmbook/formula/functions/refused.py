"""Functions that Excel has and formulas here must not call, by the reason for which they are refused."""

from __future__ import annotations

VOLATILE = frozenset({"NOW", "RAND", "RANDBETWEEN", "RANDARRAY", "OFFSET", "INDIRECT", "CELL", "INFO"})
"""Recomputed at every keystroke, and never the same twice."""

ARRAY = frozenset(
    [
        "BYCOL",
        "BYROW",
        "CHOOSECOLS",
        "CHOOSEROWS",
        "DROP",
        "EXPAND",
        "FILTER",
        "FREQUENCY",
        "GROUPBY",
        "GROWTH",
        "HSTACK",
        "LAMBDA",
        "LET",
        "LINEST",
        "LOGEST",
        "MAKEARRAY",
        "MAP",
        "MINVERSE",
        "MMULT",
        "MUNIT",
        "PIVOTBY",
        "REDUCE",
        "SCAN",
        "SEQUENCE",
        "SORT",
        "SORTBY",
        "TAKE",
        "TEXTSPLIT",
        "TOCOL",
        "TOROW",
        "TRANSPOSE",
        "TREND",
        "UNIQUE",
        "VSTACK",
        "WRAPCOLS",
        "WRAPROWS",
        "XLOOKUP",
        "XMATCH",
    ]
)
"""Array formulas, or too new for Excel 2019, WPS 2019 or LibreOffice 7.4."""

OTHER = frozenset(
    [
        "ACOT",
        "ACOTH",
        "AGGREGATE",
        "ARABIC",
        "ARRAYTOTEXT",
        "BASE",
        "BITAND",
        "BITLSHIFT",
        "BITOR",
        "BITRSHIFT",
        "BITXOR",
        "CEILING.MATH",
        "CEILING.PRECISE",
        "COMBINA",
        "COT",
        "COTH",
        "COVARIANCE.P",
        "COVARIANCE.S",
        "CSC",
        "CSCH",
        "DBCS",
        "DECIMAL",
        "ENCODEURL",
        "ERF.PRECISE",
        "FILTERXML",
        "FLOOR.MATH",
        "FLOOR.PRECISE",
        "FORECAST.ETS",
        "FORECAST.LINEAR",
        "FORMULATEXT",
        "GAMMA",
        "GAUSS",
        "IMAGE",
        "ISFORMULA",
        "ISO.CEILING",
        "ISOWEEKNUM",
        "MODE.MULT",
        "MODE.SNGL",
        "NETWORKDAYS.INTL",
        "NUMBERVALUE",
        "PDURATION",
        "PERCENTILE.EXC",
        "PERCENTILE.INC",
        "PERCENTRANK.EXC",
        "PERCENTRANK.INC",
        "PERMUTATIONA",
        "PHI",
        "QUARTILE.EXC",
        "QUARTILE.INC",
        "RANK.AVG",
        "RANK.EQ",
        "RRI",
        "SEC",
        "SECH",
        "SHEET",
        "SHEETS",
        "SKEW.P",
        "STDEV.P",
        "STDEV.S",
        "STOCKHISTORY",
        "TEXTAFTER",
        "TEXTBEFORE",
        "TRANSLATE",
        "UNICHAR",
        "UNICODE",
        "VALUETOTEXT",
        "VAR.P",
        "VAR.S",
        "WEBSERVICE",
        "WORKDAY.INTL",
        "Z.TEST",
    ]
)
"""Functions newer than the tokenizer's own list that are simply not part of this language."""


def refusal(name: str) -> str:
    """Return the message code that says why a function which is not registered is refused."""
    name = name.removeprefix("_XLFN.").removeprefix("_XLWS.")
    if name in VOLATILE:
        return "formula.volatile-function"
    if name in ARRAY:
        return "formula.array-function"
    from openpyxl.utils import FORMULAE  # slow to import

    if name in OTHER or name in FORMULAE:
        return "formula.unsupported-function"
    return "formula.unknown-function"
