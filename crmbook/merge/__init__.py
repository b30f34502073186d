"""A pure three-way merge of keyed tables: no files, no store, no schema.

A table is a DataFrame whose index holds row ids and whose columns hold canonical values, as `crmbook.values` makes
them: float64, datetime64 or objects, NaN, NaT and None for a blank.
"""

from crmbook.merge.compare import differs

__all__ = ["differs"]
