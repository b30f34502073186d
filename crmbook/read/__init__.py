"""Workbook → snapshot: where tables and fields stand, and the raw cells in them; python-calamine's one home.

`read_workbook` takes values from calamine and what calamine hides from `crmbook.ooxml`; what is found is not
judged here, that is the business of `crmbook.check`.
"""

from crmbook.read.locate import column_name
from crmbook.read.snapshot import FoundColumn, ListEntry, ReadError, Snapshot, TableSnapshot
from crmbook.read.workbook import read_workbook

__all__ = [
    "FoundColumn",
    "ListEntry",
    "ReadError",
    "Snapshot",
    "TableSnapshot",
    "column_name",
    "read_workbook",
]
