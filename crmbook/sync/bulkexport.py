"""A line of 批量操作 that exports: the rows for which its condition holds, as a file in a folder beside the workbook.

Exporting changes nothing in the book, so there is no revision, no question and nothing to take back. No file is
overwritten: where the name is taken, the next number is added, as after a run that ended before its workbook was written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from crmbook.base import make_private_folder
from crmbook.exchange import ExportWish, choose, format_of, plain_name, write_export
from crmbook.schema import recompute

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from pathlib import Path

    import pandas as pd

    from crmbook.base import Language
    from crmbook.exchange import Export
    from crmbook.read import BulkLine
    from crmbook.schema import Book

EXPORTED: Final[dict[Language, str]] = {"zh": "导出", "en": "export"}
"""The folder, by the language of the workbook."""
_ENDING: Final = ".xlsx"


def chosen(book: Book, line: BulkLine, tables: Mapping[str, pd.DataFrame], as_of: date) -> Export:
    """Return the rows and fields that a line asks for, with what is computed.

    Parameters
    ----------
    tables
        The rows that the workbook may speak of.

    Raises
    ------
    CrmbookError
        See `crmbook.exchange.choose`.
    FormulaError
        If the condition is wrong.
    """
    frames = {name: frame for name, frame in tables.items() if name in book.tables}
    wish = ExportWish((line.table,), line.where, (line.field,) if line.field else ())
    return choose(book, recompute(book, frames, as_of), wish, as_of)


def write(book: Book, export: Export, line: BulkLine, folder: Path) -> Path:
    """Write what was chosen under the name that somebody typed, else that of the table and the day; return the file.

    Raises
    ------
    CrmbookError
        ``export.unknown-ending``; see `crmbook.base.make_private_folder` and `crmbook.exchange.write_export`.
    """
    name = plain_name(line.value) or plain_name(f"{export.tables[0].title} {export.as_of}")
    stem, dot, ending = name.rpartition(".")
    stem, ending = (
        (stem, f".{ending}") if dot and ending.isalnum() and not ending.isdigit() else (name, _ENDING)
    )
    kind = format_of(folder / f"{stem}{ending}")
    make_private_folder(folder)
    target, number = folder / f"{stem}{ending}", 2
    while target.exists():
        target, number = folder / f"{stem} {number}{ending}", number + 1
    write_export(book, export, target, kind)
    return target
