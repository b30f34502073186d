"""Head → workbook: place rows, repair, compare, mark; what a workbook should hold next, as bytes."""

from crmbook.render.pipeline import Rendered, Wanted, render, render_hold
from crmbook.render.place.columns import append_own_columns
from crmbook.render.place.listrows import texts_of, with_rows_of_lists
from crmbook.render.repair.lost import restore_lost
from crmbook.render.repair.note import Note
from crmbook.render.repair.repair import repair

__all__ = [
    "Note",
    "Rendered",
    "Wanted",
    "append_own_columns",
    "render",
    "render_hold",
    "repair",
    "restore_lost",
    "texts_of",
    "with_rows_of_lists",
]
