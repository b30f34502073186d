"""Which row of a workbook is which row of the store, and the workbook as state frames.

Office programs copy, sort and cut hidden cells like any others, so the hidden row id is believed only as long as
the row's key and content do not speak against it.
"""

from crmbook.ingest.identify.identity import Identity
from crmbook.ingest.identify.keys import Counting, count_ids, key_column, next_ids
from crmbook.ingest.identify.lists import lists_frame
from crmbook.ingest.identify.meanings import Meanings
from crmbook.ingest.identify.recognize import identify
from crmbook.ingest.identify.reused import NEW, SAME, Answers, ask_who, asks_who, without_old_ids
from crmbook.ingest.identify.state import state_frames

__all__ = [
    "NEW",
    "SAME",
    "Answers",
    "Counting",
    "Identity",
    "Meanings",
    "ask_who",
    "asks_who",
    "count_ids",
    "identify",
    "key_column",
    "lists_frame",
    "next_ids",
    "state_frames",
    "without_old_ids",
]
