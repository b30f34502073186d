"""Where LibreOffice itself leaves Excel's published behaviour, and nothing else.

Model: one entry for each departure, matched as narrowly as its cause allows. In every entry our value is what
Excel documents; `reason` says what LibreOffice does and `excel` what Excel's own description says. A departure
that no cell shows any more fails the run, so that the list cannot outlive its reasons.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.formula.oracle.agreement import agree
from tests.formula.oracle.worlds import Content, Error
from tests.office import ErrorText

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.formula.oracle.verdict import Cell


@dataclass(frozen=True)
class Departure:
    """One documented difference between LibreOffice and Excel."""

    name: str
    reason: str
    excel: str
    explains: Callable[[Cell], bool]


def _is_error(value: object, *names: str) -> bool:
    return isinstance(value, ErrorText) and value in names


def _calls(cell: Cell, *functions: str) -> bool:
    """Return whether the formula calls one of the functions."""
    return re.search(rf"(?<![A-Z])(?:{'|'.join(functions)})\(", cell.formula) is not None


def _inputs(cell: Cell) -> list[Content]:
    """Return the cells of the row that the formula reads."""
    return [content for field, content in cell.inputs.items() if f"[@{field}]" in cell.formula]


def _no_logical_type(cell: Cell) -> bool:
    theirs = float(cell.theirs) if isinstance(cell.theirs, bool) else cell.theirs
    return cell.untyped is not None and agree(cell.untyped, theirs)


def _digits_as_truth(cell: Cell) -> bool:
    digits = [content for content in _inputs(cell) if isinstance(content, str) and re.search(r"\d", content)]
    asked = (
        _is_error(cell.ours, "#VALUE!") and _calls(cell, "IF", "IFS", "NOT", "AND", "OR", "XOR") and digits
    )
    return bool(asked) or "IFERROR(IF(TEXT(" in cell.formula


def _own_error_code(function: str, excel: str) -> Departure:
    return Departure(
        f"{function}: #VALUE! for {excel}",
        "has a code of its own (such as Err:502) for an argument out of bounds, which a workbook stores as #VALUE!",
        f"{function} returns {excel} for an argument out of its bounds",
        lambda cell: (
            _is_error(cell.theirs, "#VALUE!")
            and _is_error(cell.ours, excel)
            and _calls(cell, re.escape(function))
        ),
    )


def _power_of_zero(cell: Cell) -> bool:
    powers = "^" in cell.formula or _calls(cell, "POWER")
    return powers and (
        (_is_error(cell.ours, "#NUM!") and cell.theirs == 1.0)
        or (_is_error(cell.ours, "#DIV/0!") and _is_error(cell.theirs, "#NUM!"))
    )


def _empty_needle(cell: Cell) -> bool:
    return (
        _calls(cell, "FIND", "SEARCH")
        and _is_error(cell.theirs, "#VALUE!")
        and ('("",' in cell.formula or "" in _inputs(cell) or None in _inputs(cell))
    )


_CRITERIA = ("COUNTIFS?", "SUMIFS?", "AVERAGEIFS?", "MAXIFS", "MINIFS")
_TEXT_FUNCTIONS = ("LEFT", "RIGHT", "MID", "TRIM", "SUBSTITUTE", "TEXT", "TEXTJOIN", "CONCAT", "REPT")
_NUMBERED = re.compile(r"(?:orders\[(?:kind|loose|weight|amount|day|broken)\]|facts\[mixed\])")
_DIGIT_TEXTS = re.compile(r"(?:orders\[(?:key|kind|loose)\]|facts\[mixed\])")


def _wildcard(cell: Cell) -> bool:
    """Return whether a wildcard meets numbers."""
    asked = "".join(content for content in _inputs(cell) if isinstance(content, str)) + cell.formula
    numbered = _NUMBERED.search(cell.formula) is not None
    return _calls(cell, *_CRITERIA, "MATCH", "VLOOKUP") and numbered and re.search(r"[*?]", asked) is not None


def _digits_in_range(cell: Cell) -> bool:
    """Return whether a number, a blank (which counts as 0) or a text of digits is looked for among texts of digits."""
    asked = any(not isinstance(content, str) or re.search(r"\d", content) for content in _inputs(cell))
    literal = re.search(r'(?<=,)(?:\d|TRUE|"[<>=]*\d)', cell.formula) is not None
    return _calls(cell, *_CRITERIA) and bool(_DIGIT_TEXTS.search(cell.formula)) and (asked or literal)


def _direct_text(cell: Cell) -> bool:
    aggregates = ("SUM", "AVERAGE", "MIN", "MAX", "MEDIAN", "PRODUCT", "STDEV", "VAR")
    text = '"' in cell.formula or "label" in cell.formula or _calls(cell, *_TEXT_FUNCTIONS)
    return _is_error(cell.theirs, "#VALUE!") and _calls(cell, *aggregates) and text


def _underflow(cell: Cell) -> bool:
    return cell.ours == 0.0 and _is_error(cell.theirs, "#NUM!") and _calls(cell, "POWER")


def _switch_of_zero(cell: Cell) -> bool:
    zero = any(content in (0, False) and not isinstance(content, str) for content in _inputs(cell))
    return zero and _calls(cell, "SWITCH") and _is_error(cell.theirs, "#VALUE!")


def _rank_of_stranger(cell: Cell) -> bool:
    return _is_error(cell.ours, "#N/A") and not isinstance(cell.theirs, str) and _calls(cell, "RANK")


def _rounded_percentrank(cell: Cell) -> bool:
    both = isinstance(cell.ours, float) and isinstance(cell.theirs, float)
    default = re.fullmatch(r"=PERCENTRANK\([^,]+,[^,]+\)", cell.formula) is not None
    return both and default and abs(cell.ours - cell.theirs) < 1.001e-3


def _beyond_percentrank(cell: Cell) -> bool:
    return (
        _is_error(cell.ours, "#N/A")
        and _is_error(cell.theirs, "#VALUE!")
        and _calls(cell, "PERCENTRANK", "RANK")
    )


_LOOSE_DATES = ("due", "anyday", "faulty", "nothing")
_DATE_FUNCTIONS = (
    "YEAR",
    "MONTH",
    "DAY",
    "EDATE",
    "EOMONTH",
    "DATEDIF",
    "WEEKDAY",
    "DAYS",
    "NETWORKDAYS",
    "WORKDAY",
    "WEEKNUM",
    "HOUR",
    "MINUTE",
    "SECOND",
    "DATE",
)


def _outside_the_calendar(cell: Cell) -> bool:
    """Return whether a date is wanted of a blank, or of a number below 61 or after the year 9999."""
    read = [cell.inputs[field] for field in _LOOSE_DATES if f"[@{field}]" in cell.formula]
    odd = any(
        content is None or (isinstance(content, (int, float)) and not 61 <= content <= 2_958_465)
        for content in read
    )
    lost = _is_error(cell.ours, "#NUM!") and (
        cell.shown == "Err:502" or (isinstance(cell.theirs, float) and cell.theirs < 61)
    )
    dated = _calls(cell, *_DATE_FUNCTIONS) or re.search(r'TEXT\(.*"[^"]*[ymdh]', cell.formula) is not None
    return (odd or lost) and dated


def _week_of_next_year(cell: Cell) -> bool:
    return cell.ours in (53.0, 54.0) and cell.theirs == 1.0 and _calls(cell, "WEEKNUM")


def _days_with_fractions(cell: Cell) -> bool:
    both = isinstance(cell.ours, float) and isinstance(cell.theirs, float)
    return both and _calls(cell, "DAYS") and abs(cell.ours - cell.theirs) < 1 and cell.theirs % 1 != 0


def _short_year(cell: Cell) -> bool:
    return _calls(cell, "DATE") and "DATE([@small]," in cell.formula


def _bare_point(cell: Cell) -> bool:
    ours = cell.ours if isinstance(cell.ours, str) and cell.ours.endswith(".") else cell.untyped
    return isinstance(ours, str) and ours.endswith(".") and ours[:-1] == cell.theirs and _calls(cell, "TEXT")


def _digits_match_numbers(cell: Cell) -> bool:
    digits = any(isinstance(content, str) and re.search(r"\d", content) for content in _inputs(cell))
    missed = _is_error(cell.ours, "#N/A") or isinstance(cell.ours, float)
    return missed and isinstance(cell.theirs, float) and digits and _calls(cell, "MATCH", "VLOOKUP")


def _wildcard_in_sorted(cell: Cell) -> bool:
    asked = [content for content in _inputs(cell) if isinstance(content, str)] + re.findall(
        r'"([^"]*)"', cell.formula
    )
    wild = any(re.search(r"[*?~]", text) for text in asked)
    return (
        wild and re.search(r"MATCH\(.*,1\)|LOOKUP", cell.formula) is not None and not _calls(cell, "VLOOKUP")
    )


def _half_in_text(cell: Cell) -> bool:
    texts = [value for value in (cell.ours, cell.theirs) if isinstance(value, str)]
    digits = [re.sub(r"[^\d.]", "", text) for text in texts]
    numbers = [float(text) for text in digits if re.fullmatch(r"\d+(\.\d+)?", text)]
    binary = "*1.005" in cell.formula or "/" in cell.formula
    return len(numbers) == 2 and binary and _calls(cell, "TEXT") and abs(numbers[0] - numbers[1]) <= 1


_NUMBER = re.compile(r"\d+(?:\.\d+)?(?:E[-+]\d+)?")


def _written_otherwise(cell: Cell) -> bool:
    """Return whether two texts hold the same numbers in other notations."""
    texts = [value for value in (cell.ours, cell.untyped, cell.theirs) if isinstance(value, str)]
    plain = [_NUMBER.sub(lambda found: f"{float(found[0]):.9g}", text) for text in texts]
    return (
        isinstance(cell.theirs, str) and _NUMBER.search(cell.theirs) is not None and plain[-1] in plain[:-1]
    )


def _one_of_two_errors(cell: Cell) -> bool:
    wrong = [content for content in _inputs(cell) if isinstance(content, Error)]
    both = isinstance(cell.ours, ErrorText) and isinstance(cell.theirs, ErrorText)
    return both and (cell.ours in wrong or cell.theirs in wrong or _calls(cell, "MOD"))


def _order_of_symbols(cell: Cell) -> bool:
    texts = [content for content in _inputs(cell) if isinstance(content, str)]
    literals = cell.formula.count('"') // 2
    symbols = any(re.search(r"[^\w]", text) for text in texts)
    return symbols and len(texts) + literals > 1 and re.search(r"[<>]|LOOKUP", cell.formula) is not None


def _error_as_criterion(cell: Cell) -> bool:
    wrong = [content for content in _inputs(cell) if isinstance(content, Error)]
    return isinstance(cell.theirs, ErrorText) and cell.theirs in wrong and _calls(cell, *_CRITERIA)


DEPARTURES: tuple[Departure, ...] = (
    Departure(
        "no logical type",
        "keeps TRUE as the number 1 with a format, so that it equals 1, is written 1 and counts as a number",
        'a logical value is a type of its own: TRUE&"" is TRUE, TRUE=1 is FALSE, and SUM, COUNT, MIN and MAX '
        "leave out logical values in cells",
        _no_logical_type,
    ),
    Departure(
        "digits as a condition",
        "reads a text of digits as a number where a condition is wanted",
        "a condition must be a logical value or a number; of texts only TRUE and FALSE are read, others are #VALUE!",
        _digits_as_truth,
    ),
    Departure(
        "powers of zero",
        "gives 1 for 0^0 and #NUM! for 0 to a negative power",
        "POWER gives #NUM! for 0 to the power 0 and #DIV/0! for 0 to a negative power",
        _power_of_zero,
    ),
    Departure(
        "search for nothing",
        "finds an empty text nowhere",
        "FIND and SEARCH find an empty text at the start position",
        _empty_needle,
    ),
    Departure(
        "wildcards match numbers",
        "compares a criterion with wildcards with the digits of numbers, too",
        "wildcards in the criteria of COUNTIF, SUMIF and their kin match text only",
        _wildcard,
    ),
    Departure(
        "digits in the range",
        "finds a number among numbers only, and a text of digits only where it is written alike",
        "COUNTIF, SUMIF and their kin read both the criterion and the text of a cell as a number where they can",
        _digits_in_range,
    ),
    Departure(
        "text as a direct argument",
        "gives #VALUE! for a text of digits written as an argument of SUM and its kin",
        "SUM, PRODUCT, AVERAGE, MIN, MAX, MEDIAN, STDEV and VAR count text representations of numbers typed directly into the arguments",
        _direct_text,
    ),
    Departure(
        "underflow",
        "gives #NUM! for a POWER below the smallest number it can hold",
        "a result smaller than the smallest positive number is 0",
        _underflow,
    ),
    Departure(
        "SWITCH of 0",
        "gives #VALUE! where the number 0 meets a text among the values of SWITCH",
        "SWITCH compares the expression with each value; a number simply differs from a text",
        _switch_of_zero,
    ),
    Departure(
        "rank of a stranger",
        "ranks a number that is not in the list between its neighbours",
        "RANK gives #N/A for a number that is not in the list",
        _rank_of_stranger,
    ),
    Departure(
        "PERCENTRANK is rounded",
        "rounds to three significant digits",
        "PERCENTRANK cuts off after three digits behind the point (its examples give 0.333 and 0.555)",
        _rounded_percentrank,
    ),
    Departure(
        "bare decimal point",
        "drops the decimal point of a format when no digit follows",
        'TEXT(42,"#.##") is 42. since the point of a format is always shown',
        _bare_point,
    ),
    Departure(
        "digits match numbers",
        "finds a text of digits among numbers where MATCH and VLOOKUP want the exact value",
        "MATCH and VLOOKUP tell a number from a text of the same digits",
        _digits_match_numbers,
    ),
    Departure(
        "numbers written otherwise",
        "writes small numbers in full and exponents with three digits",
        "a number joined to a text is written as in a cell: exponents have two digits, and stand where the plain "
        "number is longer than 20 characters",
        _written_otherwise,
    ),
    Departure(
        "one of two errors",
        "shows the error of the last argument, or its own for a bad argument, where several are wrong",
        "arguments are computed from the first to the last; the first error is the result",
        _one_of_two_errors,
    ),
    Departure(
        "order of symbols",
        "orders punctuation as its language library does",
        "the order of signs is that of Excel's sort: ( ) * , . / : ; ? and so on",
        _order_of_symbols,
    ),
    Departure(
        "wildcards in a sorted search",
        "reads * ? ~ as wildcards in a search by range, too",
        "MATCH of type 1 and LOOKUP take the text as it is; wildcards are for exact matches",
        _wildcard_in_sorted,
    ),
    Departure(
        "halves in TEXT",
        "rounds the binary fraction that stands behind a product such as 100*1.005",
        "numbers have 15 digits; what is shown is rounded from those, so that 100.5 becomes 101",
        _half_in_text,
    ),
    Departure(
        "an error as a criterion",
        "gives the error where the criterion is one",
        "COUNTIF and its kin compare: a criterion that is an error value finds the cells with this error",
        _error_as_criterion,
    ),
    Departure(
        "rank beyond the list",
        "gives #VALUE! for a number beyond the list",
        "RANK and PERCENTRANK give #N/A for a number beyond the list",
        _beyond_percentrank,
    ),
    Departure(
        "outside the calendar",
        "counts days from 30 December 1899 without the 29 February 1900, backwards, and beyond the year 9999",
        "day 1 is 1 January 1900 and day 60 the 29 February 1900; numbers below 0 or after the year 9999 are #NUM!",
        _outside_the_calendar,
    ),
    Departure(
        "week of the next year",
        "counts the last days of December to week 1 where 1 January lies in their week",
        "the week that has 1 January in it is the first of its year; the days before it belong to week 53 or 54",
        _week_of_next_year,
    ),
    Departure(
        "code of nothing",
        "gives 0 for the code of an empty text",
        "CODE of an empty text is #VALUE!",
        lambda cell: _calls(cell, "CODE") and _is_error(cell.ours, "#VALUE!") and cell.theirs == 0.0,
    ),
    Departure(
        "DAYS with fractions",
        "subtracts the times of day, too",
        "DAYS counts whole days between two dates",
        _days_with_fractions,
    ),
    Departure(
        "years below 1900",
        "reads the years 0 to 99 as 1930 to 2029 and refuses those up to 1582",
        "DATE adds 1900 to a year from 0 to 1899",
        _short_year,
    ),
    *(
        _own_error_code(function, "#NUM!")
        for function in (
            "SQRT",
            "LN",
            "LARGE",
            "SMALL",
            "MEDIAN",
            "CEILING",
            "FLOOR",
            "PERCENTILE",
        )
    ),
    *(_own_error_code(function, "#REF!") for function in ("INDEX", "VLOOKUP")),
)
