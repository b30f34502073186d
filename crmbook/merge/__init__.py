"""A pure three-way merge of keyed tables: no files, no store, no schema.

A table is a DataFrame whose index holds row ids and whose columns hold canonical values, as `crmbook.values` makes
them: float64, datetime64 or objects, NaN, NaT and None for a blank.
"""

from crmbook.merge.aligned import Aligned, blanks, blend, joined, tabled
from crmbook.merge.compare import (
    Items,
    Mask,
    all_cells,
    cells_of,
    columns_of,
    differs,
    differs_computed,
    plain,
    rounded_numbers,
    share_memory,
    unequal,
    unequal_bits,
    unequal_computed,
)
from crmbook.merge.difference import changed_cells, is_undone
from crmbook.merge.policies import POLICIES, UNSETTLED
from crmbook.merge.result import CellChange, Conflict, Merged, Rules
from crmbook.merge.threeway import merge_table, row_values
from crmbook.merge.versions import with_seen_rows

__all__ = [
    "POLICIES",
    "UNSETTLED",
    "Aligned",
    "CellChange",
    "Conflict",
    "Items",
    "Mask",
    "Merged",
    "Rules",
    "all_cells",
    "blanks",
    "blend",
    "cells_of",
    "changed_cells",
    "columns_of",
    "differs",
    "differs_computed",
    "is_undone",
    "joined",
    "merge_table",
    "plain",
    "rounded_numbers",
    "row_values",
    "share_memory",
    "tabled",
    "unequal",
    "unequal_bits",
    "unequal_computed",
    "with_seen_rows",
]
