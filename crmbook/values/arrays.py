"""Arrays of any objects: the cells of a column as they were read. It loads NumPy alone, which is quick."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    Items = np.ndarray[tuple[int], np.dtype[np.object_]]


def object_array(cells: Sequence[Any] | Items) -> Items:
    """Return items one by one as an array; NumPy would make a table of those that are sequences themselves."""
    if isinstance(cells, np.ndarray) and cells.dtype == object:
        return cells
    items = np.empty(len(cells), dtype=object)
    items[:] = list(cells)
    return items
