"""The defined names behind dropdowns.

A name covers a column from its first value to its last one: it grows with the list, has no blank tail and is
not volatile. It is tried in LibreOffice's window as well as in Excel's grammar; a table name or ``INDIRECT``
does not grow there, and ``OFFSET`` would make the whole workbook recalculate at every keystroke.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from crmbook.schema import column_letters, name_from, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crmbook.schema import Book, Field, Layout

LIST_ROWS: Final = 2000
"""Rows a dropdown list may fill."""
KEY_ROWS: Final = 1_048_575
"""Rows a table's keys may fill."""
TYPED_LIST: Final = 255
"""UTF-16 units of a list that is typed into a validation; it is split at commas."""
_KEYS: Final = {"zh": "编号_", "en": "Keys_"}
_ENTERED: Final = {"zh": "已填_", "en": "Entered_"}
_OFFERED: Final = {"zh": "可选_", "en": "Choices_"}
_UNDER: Final = {"zh": "_所属", "en": "_of"}


@dataclass(frozen=True, slots=True)
class Names:
    """Defined names by what they stand for, and what each refers to.

    Attributes
    ----------
    lists, parents
        Dropdown list → name of its values, and of the values they belong under.
    keys
        Table → name of its keys, or of its keys with the names beside them.
    entered
        (table, field) with ``suggest`` → name of what was entered before; fields of one machine name share it.
    entered_columns
        Field → 0-based column of the dictionary that holds what was entered before, in any table.
    offered
        Column, as (table, field), that a typed cell of a page offers → name of its values.
    areas
        Defined name → formula text without ``=``.
    written
        In a book without a dictionary the values of each list that a validation can hold itself.
    """

    lists: Mapping[str, str]
    parents: Mapping[str, str]
    keys: Mapping[str, str]
    entered: Mapping[tuple[str, str], str]
    entered_columns: Mapping[str, int]
    offered: Mapping[tuple[str, str], str]
    areas: Mapping[str, str]
    written: Mapping[str, list[str]]

    def source_of(self, field: Field) -> str | list[str]:
        """Return what a field's dropdown offers: a formula, or its values; empty where it has none."""
        if field.suggest:
            name = self.entered.get((field.table, field.name))
        elif field.list:
            return self.of_list(field.list)
        else:
            name = self.keys.get(field.to or "")
        return f"={name}" if name else ""

    def of_list(self, name: str) -> str | list[str]:
        """Return what the dropdown of a list offers, empty where nothing can hold its values."""
        return f"={self.lists[name]}" if name in self.lists else self.written.get(name, [])


def build_names(book: Book, layout: Layout) -> Names:
    """Return the names behind all dropdowns of `book`."""
    lists, parents, keys, areas = {}, {}, {}, {}
    entered: dict[tuple[str, str], str] = {}
    columns: dict[str, int] = {}
    groups: dict[str, str] = {}
    for name, list_layout in layout.lists.items():
        lists[name] = list_layout.defined_name
        areas[list_layout.defined_name] = _area(
            list_layout.sheet, list_layout.letter, list_layout.first_row, LIST_ROWS
        )
        if list_layout.parent_letter:
            parents[name] = list_layout.defined_name + _UNDER[book.lang]
            areas[parents[name]] = _area(
                list_layout.sheet, list_layout.parent_letter, list_layout.first_row, LIST_ROWS
            )
    for table in sorted(
        {field.to for owner in book.tables.values() for field in owner.fields.values() if field.to}
    ):
        if table not in layout.tables:  # a role that sees references to it, but not the table
            continue
        home = layout.tables[table]
        keys[table] = name_from(_KEYS[book.lang] + home.table.title)
        areas[keys[table]] = _column(layout, table, layout.offered(table) or home.table.key)
    offered = _offered(book, layout)
    areas |= {name: _column(layout, *column) for column, name in offered.items()}
    first_row = next((list_layout.first_row for list_layout in layout.lists.values()), 0)
    for field in _suggesting(book) if layout.dictionary else ():
        column = columns.setdefault(field.name, layout.after_lists + len(columns))
        name = groups.setdefault(field.name, name_from(_ENTERED[book.lang] + field.title))
        entered[field.table, field.name] = name
        areas[name] = _area(layout.dictionary, column_letters(column), first_row, LIST_ROWS)
    written = {} if layout.dictionary else dict(_written(book))
    return Names(lists, parents, keys, entered, columns, offered, areas, written)


def _written(book: Book) -> Iterator[tuple[str, list[str]]]:
    for name, known in book.lists.items():
        texts = [value.text for value in known.values.values()]
        is_short = len(",".join(texts).encode("utf-16-le")) // 2 <= TYPED_LIST
        if is_short and not known.by and not any("," in text or '"' in text for text in texts):
            yield name, texts


def _offered(book: Book, layout: Layout) -> dict[tuple[str, str], str]:
    """Return a name for each column that a typed cell of a page offers and the workbook has."""
    wanted = sorted({cell.offers for cell in book.cells.values() if cell.offers})
    return {
        (table, field): name_from(_OFFERED[book.lang] + layout.tables[table].table.title)
        for table, field in wanted
        if table in layout.tables and field in layout.tables[table].columns
    }


def _column(layout: Layout, table: str, field: str) -> str:
    list_layout = layout.tables[table]
    return _area(list_layout.sheet, list_layout.columns[field].letter, list_layout.first_row, KEY_ROWS)


def _suggesting(book: Book) -> list[Field]:
    return [field for table in book.tables.values() for field in table.fields.values() if field.suggest]


def _area(sheet: str, letter: str, first: int, last: int) -> str:
    cells = f"{quoted(sheet)}!${letter}${first}:${letter}${last}"
    return f"{quoted(sheet)}!${letter}${first}:INDEX({cells},MAX(1,COUNTA({cells})))"
