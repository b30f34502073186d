"""The store: what all workbooks of a book agree on, its past, and what each workbook last held.

A book is a set of tables with a head and a chain of revisions; workbooks are its working copies. SQLite by default,
PostgreSQL by URL; the same code and the same promises on both.
"""

from crmbook.store.known import home_of, remembers, workbook_at
from crmbook.store.lease import Lease, leadership
from crmbook.store.place import exists, is_network, locate, own_place
from crmbook.store.records import (
    BookRecord,
    Cell,
    ChangeRecord,
    Commit,
    ConflictRecord,
    Export,
    Frames,
    Image,
    RevisionRecord,
    State,
    Step,
    WorkbookRecord,
)
from crmbook.store.share import share
from crmbook.store.store import Store

__all__ = [
    "BookRecord",
    "Cell",
    "ChangeRecord",
    "Commit",
    "ConflictRecord",
    "Export",
    "Frames",
    "Image",
    "Lease",
    "RevisionRecord",
    "State",
    "Step",
    "Store",
    "WorkbookRecord",
    "exists",
    "home_of",
    "is_network",
    "leadership",
    "locate",
    "own_place",
    "remembers",
    "share",
    "workbook_at",
]
