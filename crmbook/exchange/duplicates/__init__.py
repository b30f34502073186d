"""Rows of one table that stand for the same person or company: found, with a score and reasons."""

from crmbook.exchange.duplicates.find import find_duplicates
from crmbook.exchange.duplicates.model import Pair, Reason

__all__ = ["Pair", "Reason", "find_duplicates"]
