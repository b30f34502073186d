"""Telling people: what there is to report, to whom, and by which way it goes out."""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
