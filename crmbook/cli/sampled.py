"""Whether a book still holds the customers of the sample or example that it began with: a copy of it is no empty book."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from crmbook.base import CrmbookError
from crmbook.build import load_example, load_sample

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    import pandas as pd

    from crmbook.schema import Book
    from crmbook.store import BookRecord


def sample_people(
    record: BookRecord, book: Book, tables: Mapping[str, pd.DataFrame], workspace: Path | None, day: date
) -> list[str]:
    """Return the customers of a book who are those of its sample, as people call them.

    Parameters
    ----------
    tables
        The book's rows as they are now; a book may be about no people.
    """
    if book.people not in book.tables or book.people not in tables:
        return []
    table, people = book.tables[book.people], tables[book.people]
    named = [name for name in (table.key, table.name_field) if name and name in people]
    with suppress(CrmbookError):  # a template without a sample, or one that can no longer be read
        source = load_example(record.example) if record.example else load_sample(book, workspace, day)
        sample = source.frames(book).get(book.people)
        if sample is None or not set(named) <= set(sample):
            return []
        known = {*sample[named].itertuples(index=False, name=None)}
        here = people[named].itertuples(index=False, name=None)
        return [" ".join(str(part) for part in one) for one in here if one in known]
    return []
