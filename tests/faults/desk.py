"""Two small workbooks of one book with edits in them that nobody has synced yet: made once, copied for each test.

Both people changed the same cell, both entered somebody new without an id, one typed nonsense: a sync of the two
takes in, finds a conflict, gives ids, marks a cell and writes both files.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.ooxml import Package
from crmbook.schema import Layout, load_book
from crmbook.store import Store
from crmbook.sync.checkout import Wish, check_out, new_record, start_book
from crmbook.sync.pipeline import Options, Report, sync_workbooks
from tests.folders import write_files
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from crmbook.schema import Book

DAY = date(2024, 3, 1)
NAMES = ("甲.xlsx", "乙.xlsx")
FILES = {
    "schemas/clients.yaml": """
        table: clients
        title: {zh: 客户, en: Clients}
        key: client_id
        name_field: name
        fields:
          client_id: {title: {zh: 客户ID, en: Client ID}, type: id, start: 101}
          name: {title: {zh: 姓名, en: Name}, type: text, required: true}
          phone: {title: {zh: 电话, en: Phone}, type: text}
          rating: {title: {zh: 评级, en: Rating}, type: integer, min: 1, max: 5}
          visits: {title: {zh: 拜访次数, en: Visits}, type: integer, formula: '=COUNTIFS(calls[client_id],[@client_id])'}
        """,
    "schemas/calls.yaml": """
        table: calls
        title: {zh: 拜访, en: Calls}
        key: call_id
        fields:
          call_id: {title: {zh: 拜访ID, en: Call ID}, type: id, start: 9001}
          client_id: {title: {zh: 客户ID, en: Client ID}, type: ref, to: clients, required: true}
          note: {title: {zh: 内容, en: Note}, type: text}
        """,
    "templates/tiny.yaml": """
        template: tiny
        title: {zh: 小册, en: Tiny}
        sheets: [{page: guide}, {table: clients}, {table: calls}, {page: dictionary}, {page: issues}, {page: conflicts}]
        """,
}


@cache
def workspace() -> Path:
    """A folder with the schemas of the book."""
    return write_files(Path(mkdtemp(prefix="crmbook-faults-")), FILES)


@cache
def book() -> Book:
    return load_book("tiny", "zh", workspace())


def options(**changed: Any) -> Options:
    return Options(**{"as_of": DAY, "workspace": workspace(), **changed})


@cache
def begun() -> Path:
    """A folder with both workbooks and their store, everything synced and quiet."""
    folder = Path(mkdtemp(prefix="crmbook-faults-"))
    clients = pd.DataFrame(
        {"client_id": ["101", "102", "103"], "name": ["张三", "李四", "王五"], "phone": ["1", "2", "3"]}
    ).assign(rating=[5.0, 4.0, 3.0])
    calls = pd.DataFrame({"call_id": ["9001"], "client_id": ["101"], "note": ["初访"]})
    with Store.open(folder / ".crmbook") as store:
        record = new_record(book(), workspace=workspace())
        first = Wish(folder / NAMES[0], DAY, is_beside=True)
        start_book(store, record, book(), {"clients": clients, "calls": calls}, first)
        check_out(store, record, book(), Wish(folder / NAMES[1], DAY, is_beside=True))
    Desk(folder).settle()
    return folder


@cache
def edited() -> Path:
    """The same folder once both people have worked and nobody has synced."""
    folder = Path(mkdtemp(prefix="crmbook-faults-"))
    desk = Desk.at(folder, begun())
    desk.type(0, "clients", 2, phone="甲的电话", rating="很好")
    desk.type(0, "clients", 5, name="甲新客", phone="41")
    desk.type(0, "calls", 3, client_id="李四", note="甲回访")
    desk.type(1, "clients", 2, phone="乙的电话", name="张三丰")
    desk.type(1, "clients", 5, name="乙新客", phone="42")
    desk.type(1, "clients", 3, rating=1)
    return folder


@dataclass(frozen=True)
class Desk:
    """A folder with the two workbooks and their store."""

    folder: Path

    @classmethod
    def at(cls, folder: Path, source: Path) -> Desk:
        shutil.copytree(source, folder, dirs_exist_ok=True)
        return cls(folder)

    @property
    def paths(self) -> list[Path]:
        return [self.folder / name for name in NAMES]

    def sync(self, *paths: Path, **changed: Any) -> Report:
        return sync_workbooks(list(paths) or self.paths, options(**changed))

    def settle(self, rounds: int = 6) -> int:
        """Sync until no workbook is written any more; return how many rounds wrote."""
        for number in range(rounds):
            if not any(one.written for one in self.sync().workbooks):
                return number
        raise AssertionError("it never comes to rest")

    def type(self, which: int, table: str, row: int, **values: Any) -> None:
        path = self.paths[which]
        package = Package.open(path)
        place = Layout(book()).tables[table]
        for field, value in values.items():
            package.sheet(place.sheet).set(f"{place.columns[field].letter}{row}", value)
        package.save(path)

    def head(self) -> dict[str, list[tuple[Any, ...]]]:
        """The rows of the store's head."""
        with Store.open(self.folder / ".crmbook") as store:
            tables = store.head(store.books()[0].book_id).tables
        return {name: table_rows(frame) for name, frame in tables.items()}

    def shown(self) -> list[dict[str, dict[str, Any]]]:
        """What stands in each workbook, whatever bytes say it."""
        return [cells(path) for path in self.paths]

    def conflicts(self) -> list[tuple[Any, ...]]:
        with Store.open(self.folder / ".crmbook") as store:
            known = store.conflicts(store.books()[0].book_id, open_only=False)
        return [(one.table, one.row_id, one.labels, one.base, one.head, one.file, one.state) for one in known]

    def result(self) -> tuple[Any, ...]:
        """All that a sync leaves behind."""
        return self.head(), self.conflicts(), self.shown()

    def kept(self) -> set[bytes]:
        """The bytes that lie in the backups."""
        return {path.read_bytes() for path in (self.folder / ".crmbook" / "backups").rglob("*.xlsx")}

    def litter(self) -> list[str]:
        """Files that no person and no store put here."""
        return sorted(path.name for path in self.folder.rglob("*") if path.name.endswith(".tmp"))


def table_rows(frame: pd.DataFrame) -> list[tuple[Any, ...]]:
    blank = frame.astype(object).where(frame.notna(), None)
    return sorted(zip(blank.index, *(blank[label] for label in blank.columns), strict=True))


def cells(path: Path) -> dict[str, dict[str, Any]]:
    """What stands in every sheet of a workbook that opens and has no defect; when a conflict arose is left out."""
    data = path.read_bytes()
    assert lint(data) == []
    package, place = Package.open(data), Layout(book()).tables["conflicts"]
    times = {(place.sheet, place.columns[name].letter) for name in ("store_at", "copy_at")}
    return {
        sheet.name: {
            cell.ref: (cell.value, cell.formula)
            for cell in package.sheet(sheet.name).cells()
            if cell.value not in {None, ""} and (sheet.name, cell.ref.rstrip("0123456789")) not in times
        }
        for sheet in package.sheets
    }
