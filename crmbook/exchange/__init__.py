"""Old lists become rows, and rows go out: import and export.

An import is typing by machine. Each of its steps is a value that a person can look at and change::

    file → Source (sources) → Mapping (mapping) → Typed (mapping) → ImportPlan (intake) → one revision (intake)
                                        ↕ preview: Source, Mapping and ImportPlan as a workbook, and back

Nothing is written before the last step, and that is one commit.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
