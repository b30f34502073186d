"""Which column goes into which field, and which text means which entry of a list: proposed, changed, applied.

::

    SourceSheet → propose → Mapping ⇄ YAML, or the preview → apply → Typed
"""

from crmbook.exchange.mapping.apply import MappingError, apply
from crmbook.exchange.mapping.names import fingerprint
from crmbook.exchange.mapping.propose import propose

__all__ = ["MappingError", "apply", "fingerprint", "propose"]
