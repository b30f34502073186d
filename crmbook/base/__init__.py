"""What every other package speaks: it imports nothing of crmbook's but itself."""

from crmbook.base.processes import UNKNOWN, boot, has_open, iter_running, lives, start_of, steady
from crmbook.base.regular import read_regular
from crmbook.base.sharing import (
    FOLDER,
    PRIVATE,
    SETTING,
    Rights,
    group_number,
    is_member,
    rights_in,
    set_rights,
)

__all__ = [
    "FOLDER",
    "PRIVATE",
    "SETTING",
    "UNKNOWN",
    "Rights",
    "boot",
    "group_number",
    "has_open",
    "is_member",
    "iter_running",
    "lives",
    "read_regular",
    "rights_in",
    "set_rights",
    "start_of",
    "steady",
]
