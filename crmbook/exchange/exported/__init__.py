"""Files that `crmbook export` wrote, read back as they were: nothing is guessed, nothing tidied.

::

    file → read → Source whose sheets name their tables → mapped → Mapping → restored → Typed, exact
"""

from crmbook.exchange.exported.read import export_about, read_exported
from crmbook.exchange.exported.restore import map_exported, restored

__all__ = ["export_about", "map_exported", "read_exported", "restored"]
