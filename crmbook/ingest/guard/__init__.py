"""The breaker: what a workbook must not do to the store before a person has confirmed it.

Deleting half a table or sorting one column alone takes one slip of the hand, and merged it would reach everybody.
So before anything of a workbook is taken, it is held against what was last taken from it; damage on that scale makes
a `Plan`, which a person confirms or discards as a whole.
"""

from crmbook.ingest.guard.discard import discard
from crmbook.ingest.guard.judge import judge
from crmbook.ingest.guard.plan import Finding, Plan

__all__ = ["Finding", "Plan", "discard", "judge"]
