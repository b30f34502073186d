"""Workbook → snapshot: where tables and fields stand, and the raw cells in them; python-calamine's one home.

`read_workbook` takes values from calamine and what calamine hides from `crmbook.ooxml`; what is found is not
judged here, that is the business of `crmbook.check`.
"""

from crmbook.read.content import Written
from crmbook.read.decisions import CONFLICTS, LIST, Decision, decisions, hold_decision, numbered
from crmbook.read.errors import ReadError
from crmbook.read.live import live_fields, values_by_sync
from crmbook.read.locate import COLUMN_NAME, column_name
from crmbook.read.meaning import is_wreck, lacks_prefix, meaning
from crmbook.read.opening import UNSTAMPED, Opened, WorkingCopy, open_book, open_workbook, read_opened
from crmbook.read.placement import Placement, place, target_of
from crmbook.read.snapshot import FoundColumn, ListEntry, Snapshot, TableSnapshot
from crmbook.read.spelling import plain, shape
from crmbook.read.workbook import read_workbook

__all__ = [
    "COLUMN_NAME",
    "CONFLICTS",
    "LIST",
    "UNSTAMPED",
    "Decision",
    "FoundColumn",
    "ListEntry",
    "Opened",
    "Placement",
    "ReadError",
    "Snapshot",
    "TableSnapshot",
    "WorkingCopy",
    "Written",
    "column_name",
    "decisions",
    "hold_decision",
    "is_wreck",
    "lacks_prefix",
    "live_fields",
    "meaning",
    "numbered",
    "open_book",
    "open_workbook",
    "place",
    "plain",
    "read_opened",
    "read_workbook",
    "shape",
    "target_of",
    "values_by_sync",
]
