"""The sync of a folder: here alone the order of the stages is known."""

from crmbook.sync.checkout import CheckedOut, Wish, check_out, new_record, refuse_no_folder, start_book
from crmbook.sync.difference import Incoming, read_incoming
from crmbook.sync.ours import is_ours
from crmbook.sync.outcome import Report, State, Synced
from crmbook.sync.pipeline import Options, sync_workbook, sync_workbooks
from crmbook.sync.single import read_and_check
from crmbook.sync.unstamped import is_recognised, recognise
from crmbook.sync.untouched import days_shown, shows_all

__all__ = [
    "CheckedOut",
    "Incoming",
    "Options",
    "Report",
    "State",
    "Synced",
    "Wish",
    "check_out",
    "days_shown",
    "is_ours",
    "is_recognised",
    "new_record",
    "read_and_check",
    "read_incoming",
    "recognise",
    "refuse_no_folder",
    "shows_all",
    "start_book",
    "sync_workbook",
    "sync_workbooks",
]
