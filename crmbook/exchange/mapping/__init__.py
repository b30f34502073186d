"""Which column goes into which field, and which text means which entry of a list: proposed, changed, applied.

::

    SourceSheet → propose → Mapping ⇄ YAML, or the preview → apply → Typed
"""

from crmbook.exchange.mapping.apply import apply
from crmbook.exchange.mapping.document import describe_rule, from_yaml, to_yaml
from crmbook.exchange.mapping.eachperson import row_in_file, row_name, row_number, with_each_person
from crmbook.exchange.mapping.errors import MappingError
from crmbook.exchange.mapping.memory import Memory, read_memory, recall, shape_of, write_memory
from crmbook.exchange.mapping.names import Names, fingerprint
from crmbook.exchange.mapping.propose import propose

__all__ = [
    "MappingError",
    "Memory",
    "Names",
    "apply",
    "describe_rule",
    "fingerprint",
    "from_yaml",
    "propose",
    "read_memory",
    "recall",
    "row_in_file",
    "row_name",
    "row_number",
    "shape_of",
    "to_yaml",
    "with_each_person",
    "write_memory",
]
