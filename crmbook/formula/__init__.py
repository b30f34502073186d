"""Excel's formula language over tables with machine names.

A formula is parsed once, bound to a `Scope` of known names, and from then on rendered to the text of a live
workbook cell, or evaluated over whole columns with Excel's semantics::

    scope = Scope(tables={"orders": {"price": Kind.NUMBER, "count": Kind.NUMBER}})
    formula = bind(parse("=[@price]*[@count]"), scope, table="orders")
    formula.render(labels)         # =订单[[#This Row],[单价]]*订单[[#This Row],[数量]]
    formula.evaluate({"orders": frame})

The package knows nothing of customers, schemas or files.
"""

from crmbook.formula.bind import bind
from crmbook.formula.chinese import day_of_chinese
from crmbook.formula.depend import order
from crmbook.formula.doubtful import Comparison, Difference, iter_comparisons, iter_counts, iter_differences
from crmbook.formula.errors import (
    FormulaCallError,
    FormulaCycleError,
    FormulaError,
    FormulaNameError,
    FormulaRenderError,
    FormulaSyntaxError,
)
from crmbook.formula.formula import Formula
from crmbook.formula.frames import Frames
from crmbook.formula.functions import FUNCTIONS, Function
from crmbook.formula.labels import Labels
from crmbook.formula.parser import parse
from crmbook.formula.reduction import Worth, is_settled, reduce_to
from crmbook.formula.scope import Scope
from crmbook.formula.serials import to_moments
from crmbook.formula.values import DAYS_1904, CellError, Kind, to_date, to_serial

__all__ = [
    "DAYS_1904",
    "FUNCTIONS",
    "CellError",
    "Comparison",
    "Difference",
    "Formula",
    "FormulaCallError",
    "FormulaCycleError",
    "FormulaError",
    "FormulaNameError",
    "FormulaRenderError",
    "FormulaSyntaxError",
    "Frames",
    "Function",
    "Kind",
    "Labels",
    "Scope",
    "Worth",
    "bind",
    "day_of_chinese",
    "is_settled",
    "iter_comparisons",
    "iter_counts",
    "iter_differences",
    "order",
    "parse",
    "reduce_to",
    "to_date",
    "to_moments",
    "to_serial",
]
