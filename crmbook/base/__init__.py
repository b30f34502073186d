"""What every other package speaks: it imports nothing of crmbook's but itself."""

from crmbook.base.regular import read_regular

__all__ = ["read_regular"]
