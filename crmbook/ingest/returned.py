"""What a file brings back of somebody who was forgotten: rows by their ids, new ones by what identifies a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crmbook.base import Terms
from crmbook.build import BULK
from crmbook.ingest.forgotten import is_contact_field
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from crmbook.ingest.forgotten import Forgotten
    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.schema import Book, Field, Table

    Tables = Mapping[str, pd.DataFrame]


@dataclass
class Returned:
    """What of a workbook is somebody's who was forgotten.

    Attributes
    ----------
    rows
        By sheet, the numbers of the rows.
    cells
        By sheet, row and column (from 1) of cells with the person's name, reference or remark in rows that stay.
    texts, names
        What identifies the person there.
    suggested
        By field, what was entered into it there and is offered to whoever types into it.
    """

    rows: dict[str, set[int]] = field(default_factory=dict)
    cells: dict[str, set[tuple[int, int]]] = field(default_factory=dict)
    texts: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)
    suggested: dict[str, set[str]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many rows."""
        return sum(map(len, self.rows.values()))

    def terms(self, mark: str, head: Tables, people: Table) -> Terms:
        """Return what goes from the rest of the file: nothing that somebody who stays has too."""
        frame = head.get(people.name)
        taken = set[Any]()
        for label in frame.columns if frame is not None else ():
            target = people.fields.get(str(label))
            if target is not None and (is_contact_field(target) or label == people.name_field):
                taken |= set(frame[label].dropna()) if frame is not None else set()
        return Terms(sorted(self.texts - taken), sorted(self.names - taken), mark)


def find_returned(book: Book, snapshot: Snapshot, forgotten: Forgotten, head: Tables) -> Returned:
    """Return what a workbook brings back of those who were forgotten."""
    found = Returned()
    for name, table in book.tables.items():
        if table.managed and name in snapshot.tables:
            _find_in(book, table, snapshot.tables[name], forgotten, head.get(name), found)
    if found.rows:
        for name, sheet in snapshot.tables.items():
            if not book.tables[name].managed and name != BULK:
                _find_lines(sheet, forgotten, found)
    return found


def pages_of(book: Book) -> frozenset[str]:
    """Return the titles of the sheets that show what the tables hold."""
    return frozenset(
        one.title
        for one in book.sheets
        if one.page is not None and not any(book.tables[name].managed for name in one.tables)
    )


def _find_lines(sheet: TableSnapshot, forgotten: Forgotten, found: Returned) -> None:
    """Find the lines of a page that are about the person: sync writes them, so that none that should stay is lost."""
    cells = sheet.frame.to_numpy(dtype=object)
    lines = [
        int(row)
        for row, values in zip(sheet.frame.index, cells, strict=True)
        if any(isinstance(value, str) and forgotten.is_key(value) for value in values)
    ]
    if lines:
        found.rows.setdefault(sheet.sheet, set()).update(lines)


def _find_in(  # noqa: PLR0913, PLR0917 - a table as the schema, the file and the head have it
    book: Book,
    table: Table,
    sheet: TableSnapshot,
    forgotten: Forgotten,
    head: pd.DataFrame | None,
    found: Returned,
) -> None:
    known = set() if head is None else set(head.index)
    ids: dict[Any, Any] = sheet.row_ids.to_dict()
    gone = {int(row) for row, one in ids.items() if one in forgotten.gone}
    kept = {int(row) for row, one in ids.items() if one in forgotten.kept}
    others = {row for row, one in ids.items() if one in known}
    new = set(sheet.frame.index) - gone - kept - others
    gone |= {row for row in told_rows(book, table, sheet.frame, forgotten) if row in new}
    if gone:
        found.rows.setdefault(sheet.sheet, set()).update(gone)
        _note_texts(book, table, sheet.frame.loc[sorted(gone)], found)
    for label, column in sheet.columns.items():
        target = table.fields[label]
        hit = kept if target.personal or target.type == "long_text" else set()
        if target.to == book.people:
            hit = {row for row in kept if _refers(target, sheet.frame[label].loc[row], forgotten)}
        if hit:
            found.cells.setdefault(sheet.sheet, set()).update((row, column.index + 1) for row in hit)
    for column in sheet.custom.values():
        if kept:
            found.cells.setdefault(sheet.sheet, set()).update((row, column.index + 1) for row in kept)


def told_rows(book: Book, table: Table, frame: pd.DataFrame, forgotten: Forgotten) -> set[Any]:
    """Return the rows of raw cells that are about somebody who was forgotten: reference, key, number, address, name and company."""
    found = set[Any]()
    for label in frame.columns:
        target = table.fields.get(str(label))
        if target is None:
            continue
        is_reference = target.to == book.people or (table.name == book.people and label == table.key)
        if is_reference or is_contact_field(target):
            known: dict[Any, bool] = {}
            for row, value in zip(frame.index, frame[label], strict=True):
                text = _text(value)
                if text and text not in known:
                    known[text] = (
                        _refers(target, value, forgotten) if is_reference else forgotten.is_contact(text)
                    )
                if text and known[text]:
                    found.add(row)
    if table.name == book.people:
        labels = [
            str(label)
            for label in frame.columns
            if label in {one for names in table.identity for one in names}
        ]
        for row, values in zip(frame.index, frame[labels].to_numpy(dtype=object), strict=True):
            texts = {label: _text(value) for label, value in zip(labels, values, strict=True)}
            if forgotten.is_person(table, {label: text for label, text in texts.items() if text}):
                found.add(row)
    return found


def _refers(target: Field, value: Any, forgotten: Forgotten) -> bool:
    text = _text(value)
    return bool(text) and any(forgotten.is_key(one) for one in _spellings(target, text))


def _spellings(target: Field, text: str) -> Iterable[str]:
    yield text
    first = text.split(" ", 1)[0]
    if first.isascii() and first.isdecimal():
        yield from {first, first.zfill(3), str(int(first)), target.id_text(int(first))}


def _text(value: Any) -> str:
    if value is None or value != value:  # noqa: PLR0124 - NaN and NaT
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    try:
        return spell(value).strip()
    except (TypeError, ValueError):
        return ""


def _note_texts(book: Book, table: Table, rows: pd.DataFrame, found: Returned) -> None:
    for label in rows.columns:
        target = table.fields.get(str(label))
        if target is None or not target.typed:
            continue
        texts = {_text(value) for value in rows[label]} - {""}
        if target.suggest:
            found.suggested.setdefault(target.name, set()).update(texts)
        if is_contact_field(target):
            found.texts |= {text for text in texts if len(text) >= 5}
        elif label == table.name_field or (
            target.personal
            and target.title == book.tables[book.people].header(str(book.tables[book.people].name_field))
        ):
            found.names |= texts
    if table.name == book.people and table.name_field in rows.columns and table.key in rows.columns:
        pairs = zip(rows[table.key], rows[str(table.name_field)], strict=True)
        found.names |= {f"{_text(key)} {_text(name)}".strip() for key, name in pairs}
