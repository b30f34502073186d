"""A pure three-way merge of keyed tables: no files, no store, no schema.

A table is a DataFrame whose index holds row ids and whose columns hold canonical values, as `crmbook.values` makes
them: float64, datetime64 or objects, NaN, NaT and None for a blank.
"""

from crmbook.merge.compare import all_cells, cells_of, differs, differs_computed, rounded_numbers, unequal
from crmbook.merge.difference import changed_cells, is_undone
from crmbook.merge.result import CellChange, Conflict, Merged, Rules
from crmbook.merge.threeway import merge_table, row_values, with_seen_rows

__all__ = [
    "CellChange",
    "Conflict",
    "Merged",
    "Rules",
    "all_cells",
    "cells_of",
    "changed_cells",
    "differs",
    "differs_computed",
    "is_undone",
    "merge_table",
    "rounded_numbers",
    "row_values",
    "unequal",
    "with_seen_rows",
]
