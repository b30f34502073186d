"""Watch a folder: sync what people save, refresh the rest in batches and by the clock, notify people."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
