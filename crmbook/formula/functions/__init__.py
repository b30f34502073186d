"""Excel's functions, one module per group of Excel's, and a few of ours; importing this package fills the register."""

import inspect

from crmbook.formula.functions import (
    chinese_calendar,
    date_time,
    financial,
    information,
    logical,
    lookup_reference,
    math_trig,
    statistical,
    text,
)
from crmbook.formula.functions.registry import FUNCTIONS, Function

_MODULES = {
    module.__name__.rpartition(".")[2]: module
    for module in (
        logical,
        math_trig,
        statistical,
        lookup_reference,
        date_time,
        text,
        financial,
        information,
        chinese_calendar,
    )
}
CATEGORIES = tuple(_MODULES)
"""The groups, in the order of the reference page."""


def category_text(category: str) -> str:
    """Return what a group of functions says of itself."""
    return inspect.getdoc(_MODULES[category]) or ""


__all__ = ["CATEGORIES", "FUNCTIONS", "Function", "category_text"]
