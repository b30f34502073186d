"""What every other package speaks: it imports nothing of crmbook's but itself."""

from crmbook.base.processes import UNKNOWN, boot, has_open, iter_running, lives, start_of, steady
from crmbook.base.regular import read_regular

__all__ = ["UNKNOWN", "boot", "has_open", "iter_running", "lives", "read_regular", "start_of", "steady"]
