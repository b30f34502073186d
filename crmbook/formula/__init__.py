"""Excel's formula language over tables with machine names.

A formula is parsed once, bound to a `Scope` of known names, and from then on rendered to the text of a live
workbook cell, or evaluated over whole columns with Excel's semantics::

    scope = Scope(tables={"orders": {"price": Kind.NUMBER, "count": Kind.NUMBER}})
    formula = bind(parse("=[@price]*[@count]"), scope, table="orders")
    formula.render(labels)         # =订单[[#This Row],[单价]]*订单[[#This Row],[数量]]
    formula.evaluate({"orders": frame})

The package knows nothing of customers, schemas or files.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
