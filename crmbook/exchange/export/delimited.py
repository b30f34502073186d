"""CSV: UTF-8 with the mark by which Excel knows it, a line for each row, texts that no spreadsheet computes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.exchange.export.texts import FLOATS, text_frame

if TYPE_CHECKING:
    from crmbook.base import Language
    from crmbook.exchange.export.model import Export, Listing, Outgoing

_MARK: Final = "\ufeff"


def as_csv(export: Export, table: Outgoing) -> bytes:
    """Return a table as CSV."""
    return as_lines(table, export.shown_lang)


def as_lines(table: Listing, lang: Language) -> bytes:
    """Return rows under headers as CSV."""
    frame = text_frame(table, lang)
    return (_MARK + frame.to_csv(index=False, lineterminator="\r\n", float_format=FLOATS)).encode()
