"""Which column goes into which field, and which text means which entry of a list: proposed, changed, applied.

::

    SourceSheet → propose → Mapping ⇄ YAML, or the preview → apply → Typed
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
