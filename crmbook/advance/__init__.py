"""What follows from people's edits: keys, renamed references, opened stages, rows per customer, defaults.

Runs after the merge on the merged state, knows no workbook and asks nobody.
"""

from crmbook.advance.follow import Followed, Note, follow
from crmbook.advance.parents import with_children

__all__ = ["Followed", "Note", "follow", "with_children"]
