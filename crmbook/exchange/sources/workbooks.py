"""Workbooks of every kind → the cells of their sheets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from crmbook.exchange.sources.raw import RawSheet
from crmbook.read import read_sheets

if TYPE_CHECKING:
    from collections.abc import Iterator

    from crmbook.read import WorkbookKind


def iter_sheets(data: bytes, kind: WorkbookKind) -> Iterator[RawSheet]:
    """Yield the worksheets of a workbook; see `crmbook.read.read_sheets` for the errors."""
    for found in read_sheets(data, kind):
        yield RawSheet(
            found.title,
            found.columns,
            merged=found.merged,
            hidden_rows=found.hidden_rows,
            unreadable=found.unreadable,
            is_hidden=found.is_hidden,
            has_notes=found.has_notes,
            units=found.units,
        )
