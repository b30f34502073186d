"""Book → a new workbook: what one copy shows, its sheets, lists, charts and help, written by XlsxWriter."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
