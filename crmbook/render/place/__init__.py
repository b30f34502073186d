"""The rows that a workbook shall hold, put where they belong in it; no person's cell is ever moved.

`place_rows` compares the workbook as read with the state that it is to show and gives the cells to write, the rows
to empty, and the snapshot of the workbook as it will be. A row keeps its place for good: one that is gone is
emptied where it is, a new one takes the first bare row of the table, else the next one below.

- `tables`: the whole, table by table;
- `cells`: which cells of a table differ from what they should hold;
- `room`: which rows are free for new ones;
- `columns`: people's own columns that others brought;
- `lists`: the dropdown lists in the dictionary;
- `listrows`: tables on pages that have a row for each entry of a list.
"""

from crmbook.render.place.cells import AsRead
from crmbook.render.place.columns import append_own_columns
from crmbook.render.place.listrows import fit_to_lists, texts_of, with_rows_of_lists
from crmbook.render.place.tables import Clearing, Placed, place_rows

__all__ = [
    "AsRead",
    "Clearing",
    "Placed",
    "append_own_columns",
    "fit_to_lists",
    "place_rows",
    "texts_of",
    "with_rows_of_lists",
]
