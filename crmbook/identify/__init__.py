"""Which row of a workbook is which row of the store, and the workbook as state frames.

Office programs copy, sort and cut hidden cells like any others, so the hidden row id is believed only as long as
the row's key and content do not speak against it.
"""

from crmbook.identify.identity import Identity, identify
from crmbook.identify.keys import highest, key_column, next_ids
from crmbook.identify.meanings import Meanings
from crmbook.identify.reused import reused_rows
from crmbook.identify.state import LISTS, lists_frame, state_frames

__all__ = [
    "LISTS",
    "Identity",
    "Meanings",
    "highest",
    "identify",
    "key_column",
    "lists_frame",
    "next_ids",
    "reused_rows",
    "state_frames",
]
