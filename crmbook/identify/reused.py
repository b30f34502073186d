"""Rows that somebody cleared and used again: the hidden id is an old person's, everything that names one is new.

Whoever types over a customer's row and empties its ID may mean the same customer, put right, or another one. The
purchases of the old one hang on the answer, so that nothing of such a row is taken in or written before it is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.merge import differs
from crmbook.values import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from crmbook.schema import Table

_BESIDE: Final = ("contact_name", "company")


def naming_fields(table: Table) -> list[str]:
    """Return the fields that tell who a row is: its name, telephone, e-mail, contact and company."""
    if not table.name_field or not table.key_field.typed or table.key == table.name_field:
        return []
    others = [
        field.name
        for field in table.fields.values()
        if field.typed and field.name not in {table.key, table.name_field}
        and (field.type in {Kind.PHONE, Kind.EMAIL} or field.name in _BESIDE
             or (field.type == Kind.TEXT and field.personal and field.pattern))
    ]  # fmt: skip
    return [table.name_field, *others]


def reused_rows(table: Table, file: pd.DataFrame, image: pd.DataFrame, rows: Iterable[str]) -> list[str]:
    """Return those of `rows`, whose key was emptied, in which everything that named somebody names another now."""
    labels = [label for label in naming_fields(table) if label in file.columns and label in image.columns]
    known = [row for row in rows if row in image.index and row in file.index]
    if not known or labels[:1] != [table.name_field]:
        return []
    before, now = image.loc[known], file.loc[known]
    other = now[labels[0]].notna().to_numpy()
    for label in labels:
        other = other & (before[label].isna().to_numpy() | differs(before[label], now[label]))
    named = before[labels[0]].notna().to_numpy()
    return [row for row, is_other in zip(known, other & named, strict=True) if is_other]
