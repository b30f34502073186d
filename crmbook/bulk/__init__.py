"""Edits in bulk: one change to every row of a table for which a formula holds, as one revision that can be taken back.

An edit in bulk is typing by machine: what is written goes through the checks of a typed cell, what follows of it follows
as after a sync, and one row more than a tenth of a table is a question first, as it is in a workbook.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
