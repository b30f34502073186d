"""What follows from people's edits: keys, renamed references, opened stages, rows per customer, defaults.

Runs after the merge on the merged state, knows no workbook and asks nobody.
"""

from crmbook.ingest.follow_up.answered import carry_out
from crmbook.ingest.follow_up.dependents import (
    iter_dependents,
    undecided_edits,
    unseen_edits,
    with_dependents,
)
from crmbook.ingest.follow_up.follow import Blanks, Followed, Note, follow

__all__ = [
    "Blanks",
    "Followed",
    "Note",
    "carry_out",
    "follow",
    "iter_dependents",
    "undecided_edits",
    "unseen_edits",
    "with_dependents",
]
