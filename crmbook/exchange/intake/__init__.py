"""A mapped list → the book: rows are matched, laid over what is there, taken in as one revision, and taken back."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
