"""The past of a book: what changed, and going back."""

from crmbook.revisions.history import Chapter, Line, Naming, Wanted, compare_states, names_of, read_history
from crmbook.revisions.restore import Hand, restore_revision, restore_row

__all__ = [
    "Chapter",
    "Hand",
    "Line",
    "Naming",
    "Wanted",
    "compare_states",
    "names_of",
    "read_history",
    "restore_revision",
    "restore_row",
]
