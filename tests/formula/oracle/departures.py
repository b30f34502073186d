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
from tests.office import ErrorText

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.formula.oracle.verdict import Cell
    from tests.formula.oracle.worlds import Content


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
    """Tell whether the formula calls one of the functions."""
    return re.search(rf"(?<![A-Z])(?:{'|'.join(functions)})\(", cell.formula) is not None


def _inputs(cell: Cell) -> list[Content]:
    """Return the cells of the row that the formula reads."""
    return [content for field, content in cell.inputs.items() if f"[@{field}]" in cell.formula]


def _no_logical_type(cell: Cell) -> bool:
    theirs = float(cell.theirs) if isinstance(cell.theirs, bool) else cell.theirs
    return cell.untyped is not None and agree(cell.untyped, theirs)


def _digits_as_truth(cell: Cell) -> bool:
    digits = [content for content in _inputs(cell) if isinstance(content, str) and re.search(r"\d", content)]
    return (
        _is_error(cell.ours, "#VALUE!")
        and _calls(cell, "IF", "IFS", "NOT", "AND", "OR", "XOR")
        and bool(digits)
    )


def _own_error_code(function: str, excel: str) -> Departure:
    return Departure(
        f"{function}: Err:5xx for {excel}",
        "answers an argument out of bounds with a code of its own, which a workbook stores as #VALUE!",
        f"{function} returns {excel} for an argument out of its bounds",
        lambda cell: (
            cell.shown.startswith("Err:")
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
    *(_own_error_code(function, "#NUM!") for function in ("SQRT", "LN", "LARGE", "SMALL", "DATE", "DATEDIF")),
    *(_own_error_code(function, "#REF!") for function in ("INDEX", "VLOOKUP")),
)
