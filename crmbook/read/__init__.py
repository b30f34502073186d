"""Workbook → snapshot: where tables and fields are, and the raw cells in them; python-calamine's one home.

`read_workbook` takes values from calamine and what calamine hides from `crmbook.ooxml`; what is found is not
judged here, that is the business of `crmbook.check`.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
