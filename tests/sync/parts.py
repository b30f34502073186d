"""A whole shipped book in a folder, and copies that show a part of it: typed into, synced, looked at."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from crmbook.build.example import load_example
from crmbook.build.roles import role_book
from crmbook.ooxml import Package
from crmbook.schema import Layout
from crmbook.store import Store, locate
from crmbook.sync.checkout import Wish, check_out, new_record, start_book
from crmbook.sync.pipeline import Options, Synced, sync_workbooks
from tests.books import book_of
from tests.folders import kept_folder
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from crmbook.build.scope import Scope
    from crmbook.schema import Book, TableLayout

DAY = date(2023, 4, 1)
WHOLE = "全部.xlsx"


@dataclass(frozen=True)
class Part:
    """A working copy, and the part of the book that it shows."""

    path: Path
    view: Book

    def place(self, table: str) -> TableLayout:
        return Layout(self.view).tables[table]

    def type(self, table: str, row: int, **values: Any) -> None:
        """Type into a row of the sheet; the hidden row id goes by ``row_id``."""
        self.type_all({(table, row): values})

    def type_all(self, cells: Mapping[tuple[str, int], Mapping[str, Any]]) -> None:
        """Type into several rows, given by table and row, and save once."""
        package, layout = Package.open(self.path), Layout(self.view)
        for (table, row), values in cells.items():
            place = layout.tables[table]
            for name, value in values.items():
                column = place.row_id if name == "row_id" else place.columns[name]
                assert column is not None
                package.sheet(place.sheet).set(f"{column.letter}{row}", value)
        package.save(self.path)

    def blank(self, table: str) -> dict[str, None]:
        """What a row holds that was cleared."""
        names = [name for name, field in self.view.tables[table].fields.items() if field.typed]
        return dict.fromkeys([*names, "row_id"])

    def column(self, table: str, name: str) -> dict[int, Any]:
        """What stands in a column, by row."""
        return {row: cells[name] for row, cells in self.rows(table).items() if name in cells}

    def rows(self, table: str) -> dict[int, dict[str, Any]]:
        """What stands in the rows of a table, by row and field."""
        place = self.place(table)
        names = {column.letter: name for name, column in place.columns.items()}
        found: dict[int, dict[str, Any]] = {}
        for cell in Package.open(self.path).sheet(place.sheet).cells():
            name = names.get(cell.ref.rstrip("0123456789"))
            if name and cell.row >= place.first_row and cell.value not in {None, ""}:
                found.setdefault(cell.row, {})[name] = cell.value
        return found

    def free(self, table: str) -> int:
        """The first row in which nothing is typed."""
        typed = {name for name, field in self.view.tables[table].fields.items() if field.typed}
        used = [row for row, cells in self.rows(table).items() if typed & cells.keys()]
        return max(used, default=self.place(table).first_row - 1) + 1


@dataclass(frozen=True)
class Office:
    """A folder with the workbooks of one book and its store."""

    folder: Path
    book: Book

    @property
    def whole(self) -> Part:
        return Part(self.folder / WHOLE, self.book)

    def check_out(self, name: str, scope: Scope, holder: str = "") -> Part:
        with self.store() as store:
            [record] = store.books()
            check_out(store, record, self.book, Wish(self.folder / name, DAY, scope, holder, is_beside=True))
        return Part(self.folder / name, role_book(self.book, scope.role))

    def copy(self, part: Part, name: str) -> Part:
        shutil.copy(part.path, self.folder / name)
        return Part(self.folder / name, part.view)

    def sync(self, *parts: Part, **options: Any) -> list[Synced]:
        """Sync workbooks, without any all of them; none fails, and none that was written has a defect."""
        paths = [part.path for part in parts] or sorted(self.folder.glob("*.xlsx"))
        report = sync_workbooks(paths, Options(**{"as_of": DAY, **options}))
        assert report.failures == []
        for synced in report.workbooks:
            assert not synced.written or lint(synced.path.read_bytes()) == []
        return list(report.workbooks)

    def store(self) -> Store:
        return Store.open(locate(self.folder))

    def head(self) -> dict[str, pd.DataFrame]:
        with self.store() as store:
            return dict(store.head(store.books()[0].book_id).tables)

    def images(self, part: Part) -> dict[str, set[str]]:
        """The columns, by table, of what the store believes a copy to show."""
        with self.store() as store:
            [record] = store.books()
            known = next(one for one in store.workbooks(record.book_id) if one.path == part.path.name)
            image = store.image(record.book_id, known.workbook_id, known.export)
        assert image is not None
        return {name: set(frame.columns) for name, frame in image.frames.items()}


@cache
def _begun(template: str, lang: str) -> Path:
    folder = kept_folder()
    book = book_of(template, lang)
    with Store.open(locate(folder)) as store:
        frames = load_example("sample", template).frames(book)
        start_book(store, new_record(book), book, frames, Wish(folder / WHOLE, DAY, is_beside=True))
    sync_workbooks([folder / WHOLE], Options(DAY))
    return folder


def open_office(folder: Path, template: str = "standard", lang: str = "zh") -> Office:
    """Return the office with the sample, settled."""
    shutil.copytree(_begun(template, lang), folder, dirs_exist_ok=True)
    return Office(folder, book_of(template, lang))
