"""What files hold, whatever wrote them: CSV, workbooks of every kind, address cards → lists of rows under headers."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
