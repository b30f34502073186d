"""References to nobody that workbooks hold, by column: what was typed there is no blank of the book.

The head holds nothing for a cell that names nobody, and a rule that opens a row for whoever has none yet must not take that
for a blank before its author has put it right. Of workbooks that were read in this run their cells say so, of
the others the findings that the store keeps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    from crmbook.schema import Book
    from crmbook.store import WorkbookRecord

    Columns = frozenset[tuple[str, str]]

_NOBODY: Final = frozenset(
    {"check.reference-ambiguous", "check.unknown-reference", "check.unknown-reference-near"}
)


def unresolved_columns(book: Book, unknown: Mapping[tuple[str, str], Collection[str]]) -> Columns:
    """Return the columns with references, by table and label, in which a workbook holds what is unknown."""
    return frozenset(key for key, rows in unknown.items() if rows) & _references(book)


def unresolved_elsewhere(
    book: Book, records: Iterable[WorkbookRecord], read: Mapping[str, Columns], workbook_id: str
) -> Columns:
    """Return the columns in which any other workbook holds a reference to nobody.

    Parameters
    ----------
    read
        By workbook, those of the workbooks that were read in this run.
    """
    found: set[tuple[str, str]] = set()
    for record in records:
        if record.workbook_id == workbook_id:
            continue
        if record.workbook_id in read:
            found |= read[record.workbook_id]
            continue
        for finding in record.findings:
            if finding.get("code") in _NOBODY:
                # One finding may gather the cells of several columns.
                alone = {(str(finding.get("table")), str(finding.get("field_name")))}
                found |= alone if finding.get("count", 1) == 1 else _references(book)
    return frozenset(found)


def _references(book: Book) -> Columns:
    return frozenset(
        (table.name, field.name)
        for table in book.tables.values()
        for field in table.fields.values()
        if field.to
    )
