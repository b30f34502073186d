"""Whether a text can be the formula of a cell."""

from __future__ import annotations

from crmbook.ooxml import text
from crmbook.ooxml.errors import EditError

MAX_FORMULA = 8192


def checked_formula(formula: str | None) -> str | None:
    """Return a formula without its leading ``=``, if a cell can hold it.

    Raises
    ------
    EditError
        ``ooxml.empty-formula``, ``ooxml.formula-too-long``, ``ooxml.illegal-character``, ``ooxml.text-too-long``.
    """
    if formula is None:
        return None
    formula = text.check(formula.removeprefix("="))
    if not formula.strip():
        raise EditError("ooxml.empty-formula")
    if len(formula) > MAX_FORMULA:
        raise EditError("ooxml.formula-too-long", length=len(formula), limit=MAX_FORMULA)
    return formula
