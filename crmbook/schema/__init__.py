"""The schema: what a workbook holds, written in YAML, in Chinese and English.

::

    schemas/*.yaml, templates/*.yaml, a workspace
        → source (tree with locations) → library (merged by name) → draft (one template)
        → verify, binding (problems at file:line:column) → book (one language) → layout (sheet and column)

`load_book` does all of it. Adding a field or a table is an edit of YAML; no table is named in Python.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
