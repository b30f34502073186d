"""Telling people: what there is to tell, to whom, and by which way it goes out."""

from crmbook.notify.notices import Notices, try_settings
from crmbook.notify.outbox import NOBODY, Unsent, read_unsent
from crmbook.notify.settings import FILE, Settings, load_settings

__all__ = [
    "FILE",
    "NOBODY",
    "Notices",
    "Settings",
    "Unsent",
    "load_settings",
    "read_unsent",
    "try_settings",
]
