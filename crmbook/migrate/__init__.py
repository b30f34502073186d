"""From one schema to the next: what changed, and everything that was filled in under the old one carried over.

`describe_schema` keeps a schema as data, `plan` compares it with a newer book, `migrate_state` carries the store's
frames over, `migrate_workbook` a filled workbook: in place, people's own columns and formats kept.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
