"""The store: what all workbooks of a book agree on, its past, and what each workbook last held.

A book is a set of tables with a head and a chain of revisions; workbooks are its working copies. SQLite by default,
PostgreSQL by URL; the same code and the same promises on both.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
