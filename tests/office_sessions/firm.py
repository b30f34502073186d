"""A firm's book with two dozen customers, its workbook and store in a folder, and what the head holds of it."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl

from crmbook.build.example import load_example
from crmbook.store import Store, locate
from crmbook.sync.checkout import Wish, check_out, new_record, start_book
from crmbook.sync.pipeline import Options, Report, Synced, sync_workbooks
from tests.books import book_of
from tests.folders import kept_folder
from tests.office import read_values
from tests.ooxml_lint import lint
from tests.sync.shop import plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from crmbook.schema import Book
    from crmbook.store import ConflictRecord
    from tests.office import OfficeSession

MAIN, OTHER = "客户管理.xlsx", "王芳.xlsx"
CUSTOMERS = 24
"""Customers 001 to 024, in the rows 2 to 25."""
DAY = load_example("company").as_of
HANDS = Path(__file__).with_name("hands.py").read_text(encoding="utf-8")
Rows = dict[str, dict[str, Any]]


@cache
def book() -> Book:
    return book_of("standard", "zh", "company")


@cache
def _begun() -> Path:
    """The firm's folder as it begins, to be copied."""
    folder = kept_folder()
    frames = dict(load_example("company").frames(book()))
    people = frames["customers"]["customer_id"].iloc[:CUSTOMERS]
    for name, frame in frames.items():
        if "customer_id" in frame.columns:
            frames[name] = frame[frame["customer_id"].isin(people)].head(60).reset_index(drop=True)
    with Store.open(locate(folder)) as store:
        wish = Wish(folder / MAIN, DAY, is_beside=True)
        start_book(store, new_record(book(), "company"), book(), frames, wish)
    sync_workbooks([folder / MAIN], Options(DAY))
    return folder


@dataclass(frozen=True)
class Firm:
    """A folder with the book's workbooks and store, and the office program at which people edit them."""

    folder: Path
    program: OfficeSession

    @classmethod
    def open(cls, folder: Path, program: OfficeSession) -> Firm:
        shutil.copytree(_begun(), folder, dirs_exist_ok=True)
        return cls(folder, program)

    @property
    def main(self) -> Path:
        return self.folder / MAIN

    def check_out(self, name: str = OTHER) -> Path:
        """A further working copy, from the store."""
        with self.store() as store:
            [record] = store.books()
            check_out(store, record, book(), Wish(self.folder / name, DAY, is_beside=True))
        return self.folder / name

    def edit(self, path: Path, script: str, *, save: bool = True) -> Any:
        """Let a person work on a workbook and save it."""
        return self.program.run(path, "\n".join([HANDS, script, "save()" if save else ""]))

    def sync(self, *paths: Path, **options: Any) -> Report:
        """Sync workbooks and see that none has a defect that the office program did not leave in it."""
        paths = paths or (self.main,)
        before = {path: set(map(str, lint(path.read_bytes()))) for path in paths}
        report = sync_workbooks(paths, Options(DAY, **options))
        for path in paths:
            assert set(map(str, lint(path.read_bytes()))) <= before[path]
        return report

    def sync_one(self, path: Path | None = None, **options: Any) -> Synced:
        return self.sync(path or self.main, **options).workbooks[0]

    def store(self) -> Store:
        return Store.open(locate(self.folder))

    def head(self) -> dict[str, Rows]:
        """The head: table → row id → label → value, blanks left out."""
        with self.store() as store:
            tables = store.head(store.books()[0].book_id).tables
        return {
            name: {
                row: {label: plain(value) for label, value in cells.items() if plain(value) is not None}
                for row, cells in frame.astype(object).to_dict("index").items()
            }
            for name, frame in tables.items()
        }

    def conflicts(self) -> Sequence[ConflictRecord]:
        with self.store() as store:
            return store.conflicts(store.books()[0].book_id)

    def still(self, *paths: Path) -> None:
        """See that a further sync changes no byte, and that the office program computes what the file shows."""
        before = {path: path.read_bytes() for path in paths or (self.main,)}
        head = self.head()
        again = [synced for synced in self.sync(*before).workbooks if synced.written]
        assert [(synced.path.name, *synced.changes, *synced.notes) for synced in again] == []
        assert all(path.read_bytes() == data for path, data in before.items())
        assert self.head() == head
        for path in before:
            copy = self.folder / "out" / f"{path.stem}-computed.xlsx"
            copy.parent.mkdir(exist_ok=True)
            self.edit(path, f"save_as({str(copy)!r})", save=False)
            assert shown(copy) == shown(path)


def shown(path: Path) -> dict[tuple[str, str], Any]:
    """What the cells of a workbook show; an empty text is a blank."""
    return {
        (title, ref): round(value, 9) if isinstance(value, float) else value
        for title, cells in read_values(path).items()
        for ref, value in cells.items()
        if value != ""
    }


def edits(
    before: Mapping[str, Rows], after: Mapping[str, Rows]
) -> dict[tuple[str, str, str], tuple[Any, Any]]:
    """Every cell of the head that changed in a row that stayed, as (table, key, label) → (old, new)."""
    found = {}
    for name, rows in after.items():
        for row in rows.keys() & before[name].keys():
            old, new = before[name][row], rows[row]
            for label in sorted(old.keys() | new.keys()):
                if old.get(label) != new.get(label):
                    found[name, key_of(name, old, row), label] = (old.get(label), new.get(label))
    return found


def added(before: Mapping[str, Rows], after: Mapping[str, Rows]) -> dict[str, list[str]]:
    """Keys of the rows of the head that are new, by table."""
    found = {
        name: sorted(key_of(name, cells, row) for row, cells in rows.items() if row not in before[name])
        for name, rows in after.items()
    }
    return {name: keys for name, keys in found.items() if keys}


def key_of(table: str, cells: Mapping[str, Any], row: str) -> str:
    return str(cells.get(book().tables[table].key, row)) if table in book().tables else row


def furniture(path: Path) -> dict[str, Any]:
    """What an office program drops on save, as another reader sees it, by sheet; columns go by their header."""
    workbook, found = openpyxl.load_workbook(path), {}
    for sheet in workbook:
        headers = {cell.column_letter: str(cell.value) for cell in sheet[1]}
        rules = {
            (
                headers.get(str(area).rstrip("0123456789:").split("2:")[0]),
                rule.type,
                str(area).split(":")[-1][-7:],
            )
            for rule in sheet.data_validations.dataValidation
            for area in rule.sqref.ranges
        }
        formats = sum(len(rules_of.rules) for rules_of in sheet.conditional_formatting)
        styles = {
            name: table.tableStyleInfo.name if table.tableStyleInfo else None
            for name, table in dict.items(sheet.tables)
        }
        hidden = {
            headers[letter] for letter, column in sheet.column_dimensions.items()
            if column.hidden and headers.get(letter)
        }  # fmt: skip
        found[sheet.title] = (rules, formats, styles, hidden)
    return found
