"""Workbooks of every kind → the cells of their sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.exchange.sources.raw import RawSheet
from crmbook.read import read_sheets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.exchange.sources.kind import Kind


def iter_sheets(data: bytes, kind: Kind) -> Iterator[RawSheet]:
    """Yield the worksheets of a workbook; see `crmbook.read.read_sheets` for the errors."""
    for found in read_sheets(data, kind):
        yield RawSheet(
            found.title,
            found.columns,
            merged=found.merged or (),
            hidden_rows=found.hidden_rows,
            unreadable=found.unreadable,
            is_hidden=found.is_hidden,
            knows_merged=found.merged is not None,
            has_notes=found.has_notes,
        )
