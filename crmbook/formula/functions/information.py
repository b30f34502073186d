"""Questions about a value, and values that only convert."""

from __future__ import annotations

import numpy as np

from crmbook.formula.functions.registry import excel
from crmbook.formula.values import CellError
from crmbook.formula.vector import (
    Tag,
    Vector,
    choose,
    error_codes,
    of_booleans,
    of_error,
    of_numbers,
    of_texts,
    overlay,
)


@excel("ISBLANK", "value")
def isblank(value: Vector) -> Vector:
    """Return whether a cell is empty; a formula's ``""`` is not.

    >>> =ISBLANK("")
    FALSE
    """
    return of_booleans(value.tags == Tag.BLANK)


@excel("ISNUMBER", "value")
def isnumber(value: Vector) -> Vector:
    """Return whether a value is a number (dates are numbers, a number written as text is not).

    >>> =ISNUMBER(1.5)
    TRUE
    >>> =ISNUMBER("1.5")
    FALSE
    """
    return of_booleans(value.tags == Tag.NUMBER)


@excel("ISTEXT", "value")
def istext(value: Vector) -> Vector:
    """Return whether a value is a text.

    >>> =ISTEXT("a")
    TRUE
    >>> =ISTEXT(1)
    FALSE
    """
    return of_booleans(value.tags == Tag.TEXT)


@excel("ISLOGICAL", "value")
def islogical(value: Vector) -> Vector:
    """Return whether a value is TRUE or FALSE.

    >>> =ISLOGICAL(1>2)
    TRUE
    >>> =ISLOGICAL(0)
    FALSE
    """
    return of_booleans(value.tags == Tag.BOOLEAN)


@excel("ISERROR", "value")
def iserror(value: Vector) -> Vector:
    """Return whether a value is any error.

    >>> =ISERROR(1/0)
    TRUE
    >>> =ISERROR("#N/A")
    FALSE
    """
    return of_booleans(value.tags == Tag.ERROR)


@excel("ISNA", "value")
def isna(value: Vector) -> Vector:
    """Return whether a value is the error ``#N/A``.

    >>> =ISNA(NA())
    TRUE
    >>> =ISNA(1/0)
    FALSE
    """
    return of_booleans((value.tags == Tag.ERROR) & (value.numbers == CellError.NA.number))


@excel("NA")
def na() -> Vector:
    """Return the error ``#N/A``.

    >>> =NA()
    #N/A
    """
    return of_error(CellError.NA)


@excel("N", "value")
def n(value: Vector) -> Vector:
    """Return a number as it is, TRUE as 1; everything else as 0, errors as errors.

    >>> =N(TRUE)
    1
    >>> =N("7")
    0
    """
    return overlay(of_numbers(np.where(value.tags == Tag.ERROR, 0.0, value.numbers)), error_codes(value))


@excel("T", "value")
def t(value: Vector) -> Vector:
    """Return a text as it is, everything else as an empty text, errors as errors.

    >>> =T("a")
    "a"
    >>> =T(1)
    ""
    """
    keep = (value.tags == Tag.TEXT) | (value.tags == Tag.ERROR)
    return choose(keep, value, of_texts([""]))
