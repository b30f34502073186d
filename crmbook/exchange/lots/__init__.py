"""Lists on their way into a book: opened, mapped as was said, remembered or seems right, planned, and remembered."""

from crmbook.exchange.lots.model import ListWish, Lot, Planned, Target
from crmbook.exchange.lots.open import answered_lots, open_lots
from crmbook.exchange.lots.plan import plan_lot
from crmbook.exchange.lots.remember import remember

__all__ = [
    "ListWish",
    "Lot",
    "Planned",
    "Target",
    "answered_lots",
    "open_lots",
    "plan_lot",
    "remember",
]
