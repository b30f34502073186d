"""Workbook → head: identify rows, guard, merge, settle, follow up; nothing is read or stored here."""

from crmbook.ingest.advance.follow import follow
from crmbook.ingest.advance.state import Note
from crmbook.ingest.assign import assign_ids
from crmbook.ingest.base import Base
from crmbook.ingest.guard.plan import Plan
from crmbook.ingest.identify.keys import highest
from crmbook.ingest.identify.lists import LISTS, lists_frame
from crmbook.ingest.identify.reused import NEW, SAME, asks_who
from crmbook.ingest.intake import Intake
from crmbook.ingest.pipeline import names_nobody, take_in
from crmbook.ingest.sight import as_shown, listed_for, part_of

__all__ = [
    "LISTS",
    "NEW",
    "SAME",
    "Base",
    "Intake",
    "Note",
    "Plan",
    "as_shown",
    "asks_who",
    "assign_ids",
    "follow",
    "highest",
    "listed_for",
    "lists_frame",
    "names_nobody",
    "part_of",
    "take_in",
]
