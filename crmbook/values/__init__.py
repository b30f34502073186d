"""What people type, and what it means: one small grammar for every field type.

`parse_value` reads a cell against the `Domain` of its field; `parse_column` reads many; `format_value` writes
the canonical value back as text. Nothing here knows tables or workbooks.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
