"""Everything of the standard template that a team can do without: its tables and pages, and every optional field."""

from __future__ import annotations

from typing import Final

from crmbook.schema import load_book


def _drops() -> list[str]:
    book = load_book()
    sheets = [sheet.name for sheet in book.sheets if sheet.name != "guide"]  # the as-of date stands there
    return sheets + [
        f"{table.name}.{field.name}"
        for table in book.tables.values()
        if table.managed
        for field in table.fields.values()
        if not field.required and field.name != table.key
    ]


DROPS: Final = _drops()


def files_of(drop: str) -> dict[str, str]:
    """Return the workspace's file that drops a sheet (``tasks``) or a field (``customers.hobbies``)."""
    table, _, field = drop.partition(".")
    if field:
        return {"schemas__mine": f"table: {table}\nfields: {{{field}: null}}\n"}
    return {"templates__mine": f"template: standard\ndrop: [{drop}]\n"}
