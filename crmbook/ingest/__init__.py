"""Workbook → head: check cells, identify rows, guard, merge, settle, follow up; nothing is read or stored here."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
