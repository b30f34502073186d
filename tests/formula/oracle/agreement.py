"""When two computed values are the same.

A number agrees within 1e-9 (relative, or absolute near zero), a text and a truth value exactly, an error by its
type. Nothing is converted: a number never agrees with the same digits as text, nor a truth value with 1.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tests.office import ErrorText

if TYPE_CHECKING:
    from tests.office import CellContent

TOLERANCE = 1e-9


def agree(ours: CellContent, theirs: CellContent) -> bool:
    """Return whether two computed values are the same."""
    if isinstance(ours, ErrorText) or isinstance(theirs, ErrorText):
        return type(ours) is type(theirs) and ours == theirs
    if not (_is_number(ours) and _is_number(theirs)):
        return type(ours) is type(theirs) and ours == theirs
    return math.isclose(ours, theirs, rel_tol=TOLERANCE, abs_tol=TOLERANCE)


def _is_number(value: CellContent) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)
