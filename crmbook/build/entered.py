"""What was entered before in fields that suggest it: one list for all fields of one machine name, in any table."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from crmbook.base import describe
from crmbook.build.names import LIST_ROWS

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from crmbook.build.names import Names
    from crmbook.schema import Book


def entered_header(book: Book, names: Names, field: str) -> str:
    """Return the header of the list of what was entered in the fields called `field`."""
    table = next(table for table, name in names.entered if name == field)
    return describe("workbook.entered", book.lang, {"field": book.tables[table].fields[field].title})


def entered_texts(names: Names, field: str, frames: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the distinct texts in the fields called `field`, sorted; of more than a list holds the most frequent."""
    count = Counter[str]()
    for table, name in names.entered:
        if name == field and table in frames and field in frames[table].columns:
            column = frames[table][field]
            for text, times in column[column.notna()].astype(str).value_counts().items():
                count[str(text).strip()] += int(times)
    count.pop("", None)
    return sorted(sorted(count, key=lambda text: (-count[text], text))[:LIST_ROWS])
