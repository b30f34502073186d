"""What the store knows that the judgement of a workbook needs: rows to refer to, former keys, what cells held last."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from crmbook.schema import Book

    Tables = Mapping[str, pd.DataFrame]

Former = Callable[[str, str], Mapping[str, str]]
"""Table and label → value → the row that had it before."""


def no_former(_table: str, _label: str) -> Mapping[str, str]:
    """Return that no row ever had another key: what is known without a store."""
    return {}


@dataclass(frozen=True, slots=True)
class Known:
    """What is known besides the workbook itself.

    Attributes
    ----------
    tables
        State frames of the whole book: rows of other workbooks may be referred to as well.
    held
        State frames of what the workbook's cells held when it was last taken in, or are about to hold. A reference
        that is still there was typed by nobody since.
    former
        By table and label of its key, the ids of the rows that had a key before they were given another.
    book
        The whole book, where the workbook shows only part of it: what it refers to may be out of its sight.
    """

    tables: Tables = field(default_factory=dict)
    held: Tables = field(default_factory=dict)
    former: Former = no_former
    book: Book | None = None
