"""A mapped list → the book: rows are matched, laid over what is there, taken in as one revision, and taken back."""

from crmbook.exchange.intake.model import Decision, Plan, RowAction, RowPlan
from crmbook.exchange.intake.note import ImportNote, standing_imports
from crmbook.exchange.intake.plan import plan_import
from crmbook.exchange.intake.take import take_in
from crmbook.exchange.intake.undo import Undone, undo

__all__ = [
    "Decision",
    "ImportNote",
    "Plan",
    "RowAction",
    "RowPlan",
    "Undone",
    "plan_import",
    "standing_imports",
    "take_in",
    "undo",
]
