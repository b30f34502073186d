"""Excel's functions, one module per group of Excel's; importing this package fills the register."""

from crmbook.formula.functions import (
    date_time,
    information,
    logical,
    lookup_reference,
    math_trig,
    statistical,
    text,
)
from crmbook.formula.functions.refused import refusal
from crmbook.formula.functions.registry import FUNCTIONS, Function

CATEGORIES = tuple(
    module.__name__.rpartition(".")[2]
    for module in (logical, math_trig, statistical, lookup_reference, date_time, text, information)
)
"""The groups, in the order of Excel's menu."""

__all__ = ["CATEGORIES", "FUNCTIONS", "Function", "refusal"]
