"""What follows from people's edits: keys, renamed references, opened stages, rows per customer, defaults.

Runs after the merge on the merged state, knows no workbook and asks nobody.
"""

from crmbook.ingest.advance.dependents import iter_dependents, unseen_edits, with_dependents
from crmbook.ingest.advance.follow import Followed, Note, follow

__all__ = ["Followed", "Note", "follow", "iter_dependents", "unseen_edits", "with_dependents"]
