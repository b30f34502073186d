"""Head → workbook: place rows, repair, compare, mark; what a workbook should hold next, as bytes."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
