"""Snapshot → canonical values and issues: structure, values, keys, references, rules.

`check_cells` judges what was typed; `check_rules` judges rows by the schema's rules once computed fields are at
hand. Findings are returned as issues, never raised.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
