"""Links to rows: they find their row by its hidden id, wherever somebody sorted it."""

from __future__ import annotations

from crmbook.schema import quoted


def row_link(sheet: str, letters: str, ids: str, row_id: str) -> tuple[str, str]:
    """Return two pieces of formula: the address of a column as a quoted text, and what finds the row by its id.

    Parameters
    ----------
    sheet
        Title of the sheet.
    letters, ids
        Columns of the cell that is shown, and of the row ids.
    """
    return link_target(sheet, letters), f'MATCH("{row_id}",{quoted(sheet)}!${ids}:${ids},0)'


def numbered_link(sheet: str, letters: str, number: str) -> tuple[str, str]:
    """Return two pieces of formula, like `row_link`, for a row that is found by the number in the column shown."""
    return link_target(sheet, letters), f"MATCH({number},{quoted(sheet)}!${letters}:${letters},0)"


def link_target(sheet: str, letters: str) -> str:
    """Return the address of a column, behind which a row number goes, as a quoted text."""
    target = f"#{quoted(sheet)}!{letters}".replace('"', '""')
    return f'"{target}"'


def hyperlink(pieces: tuple[str, str], shown: str) -> str:
    """Return the formula of a link that shows a text."""
    target, where = pieces
    text = shown.replace('"', '""')
    return f'HYPERLINK({target}&{where},"{text}")'
