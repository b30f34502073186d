"""Pairs as a file for people: a plain workbook or CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pandas as pd

from crmbook.base import CrmbookError, describe, write_atomically
from crmbook.exchange.export.delimited import as_lines
from crmbook.exchange.export.model import Listing, OutColumn
from crmbook.exchange.export.sheets import workbook_of
from crmbook.read import PRODUCT

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.base import Language
    from crmbook.exchange.duplicates.settle import Duplicates

_ENDINGS: Final = (".xlsx", ".csv")
_COLUMNS: Final = ("score", "first", "second", "reasons")


def refuse_pairs_format(path: Path) -> None:
    """Refuse a path whose ending names no format in which pairs are written.

    Raises
    ------
    CrmbookError
        ``duplicates.format``.
    """
    if path.suffix.lower() not in _ENDINGS:
        raise CrmbookError("duplicates.format", path=path)


def pairs_file(path: Path, found: Duplicates, lang: Language) -> None:
    """Write pairs into a file that its owner alone can read."""
    columns = tuple(OutColumn(name, describe(f"duplicates.column-{name}", lang, {})) for name in _COLUMNS)
    rows = [
        (str(one.score), found.names[one.first], found.names[one.second], found.reasons(one, lang))
        for one in found.pairs
    ]
    frame = pd.DataFrame(rows, columns=list(_COLUMNS), dtype=object)
    listing = Listing(describe("duplicates.title", lang, {}), columns, frame)
    data = (
        as_lines(listing, lang)
        if path.suffix.lower() == ".csv"
        else workbook_of([listing], PRODUCT, "duplicates")
    )
    write_atomically(path, data, private=True)
