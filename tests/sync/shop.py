"""A small book, and workbooks of it that people edit where they lie on the disk.

Two tables for people (clients and their visits) and one that sync keeps (care, a row for each client) have every
kind of field that merging knows: each policy, a group, a reference, an overridable field and derived ones.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.build.scope import Scope
from crmbook.ooxml import Package
from crmbook.schema import Layout, load_book
from crmbook.schema.recompute import table_frame
from crmbook.store import Store, locate
from crmbook.sync.checkout import Wish, check_out, new_record, start_book
from crmbook.sync.pipeline import Options, Report, Synced, sync_workbooks
from tests.desk import set_cells
from tests.folders import kept_folder, write_files
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from crmbook.build import Mode
    from crmbook.schema import Book, TableLayout
    from crmbook.store import ConflictRecord

DAY = date(2024, 3, 1)
MAIN, OTHER = "客户.xlsx", "王芳.xlsx"
ROWS = 6
"""Clients that the book begins with, in the rows 2 to 7."""
FILES = {
    "schemas/clients.yaml": """\
table: clients
title: {zh: 客户, en: Clients}
key: client_id
name_field: name
fields:
  client_id: {title: {zh: 客户编号, en: Client ID}, type: id, start: 1, format: '000', required: true, unique: true}
  name: {title: {zh: 名称, en: Name}, type: text, required: true}
  phone: {title: {zh: 电话, en: Telephone}, type: phone}
  since: {title: {zh: 起始日期, en: Since}, type: date}
  area: {title: {zh: 省份, en: Area}, type: text, group: place}
  city: {title: {zh: 市县, en: Town}, type: text, group: place}
  notes: {title: {zh: 备注, en: Notes}, type: long_text, policy: append}
  checked_on: {title: {zh: 核实日期, en: Checked on}, type: date, policy: max}
  owner: {title: {zh: 负责人, en: Owner}, type: text}
  limit: {title: {zh: 额度, en: Limit}, type: number, override: true, formula: '=LEN([@name])*10'}
  spent: {title: {zh: 累计, en: Spent}, type: number, formula: '=SUMIFS(visits[amount],visits[client_id],[@client_id])'}
  pace: {title: {zh: 月均, en: Pace}, type: number, override: true, formula: '=SUMIFS(visits[amount],visits[client_id],[@client_id])/7'}
""",
    "schemas/visits.yaml": """\
table: visits
title: {zh: 拜访, en: Visits}
accounting: true
key: visit_id
fields:
  visit_id: {title: {zh: 拜访编号, en: Visit ID}, type: id, start: 1001, required: true, unique: true}
  client_id: {title: {zh: 客户编号, en: Client ID}, type: ref, to: clients, required: true}
  on: {title: {zh: 日期, en: Date}, type: date}
  amount: {title: {zh: 金额, en: Amount}, type: number, min: 0}
  memo: {title: {zh: 摘要, en: Memo}, type: text}
""",
    "schemas/care.yaml": """\
table: care
title: {zh: 关怀, en: Care}
key: client_id
rows: one per clients
fields:
  client_id: {title: {zh: 客户编号, en: Client ID}, type: ref, to: clients, required: true, unique: true}
  gift: {title: {zh: 礼品, en: Gift}, type: text}
""",
    "templates/shop.yaml": """\
template: shop
title: {zh: 小店, en: Shop}
owner_field: clients.owner
roles:
  desk:
    title: {zh: 前台, en: Desk}
    sheets: [{page: guide}, clients, {page: dictionary}, {page: issues}, {page: conflicts}]
sheets:
  - page: guide
  - table: clients
  - table: visits
  - table: care
  - page: dictionary
  - page: issues
  - page: conflicts
""",
}


@cache
def workspace() -> Path:
    """The folder with the book's schemas."""
    return write_files(kept_folder(), FILES)


@cache
def book() -> Book:
    return load_book("shop", "zh", workspace())


@cache
def _begun() -> Path:
    """The book as it begins, its first workbook and its store, to be copied."""
    folder = kept_folder()
    many = range(ROWS)
    clients = {
        "client_id": [f"{number + 1:03d}" for number in many],
        "name": [f"客户{number + 1}" for number in many],
        "phone": [f"1380000000{number}" for number in many],
        "since": [date(2020, 1, 1 + number) for number in many],
        "area": ["江苏"] * ROWS,
        "city": ["苏州"] * ROWS,
        "notes": [f"备注{number + 1}" for number in many],
        "checked_on": [date(2023, 1, 1)] * ROWS,
        "owner": ["王芳", "李强"] * (ROWS // 2),
    }
    visits = {
        "visit_id": ["1001", "1002", "1003"],
        "client_id": ["001", "001", "002"],
        "on": [date(2023, 5, 1), date(2023, 6, 1), date(2023, 7, 1)],
        "amount": [100.0, 200.0, 300.0],
        "memo": ["甲", "乙", "丙"],
    }
    care = {"client_id": clients["client_id"], "gift": ["茶", None, None, None, None, None]}
    columns = {"clients": clients, "visits": visits, "care": care}
    frames = {name: table_frame(book().tables[name], cells) for name, cells in columns.items()}
    place = locate(folder)
    with Store.open(place) as store:
        record = new_record(book(), workspace=workspace())
        start_book(store, record, book(), frames, Wish(folder / MAIN, DAY, is_beside=True))
    sync_workbooks([folder / MAIN], _options())
    return folder


def _options(**changed: Any) -> Options:
    return Options(**{"as_of": DAY, "workspace": workspace(), **changed})


@dataclass(frozen=True)
class Sheet:
    """One workbook, edited by hand."""

    path: Path

    def place(self, table: str) -> TableLayout:
        return Layout(book()).tables[table]

    def ref(self, table: str, field: str, row: int) -> str:
        """Address of a cell; 问题 and the hidden row id go by ``issues`` and ``row_id``."""
        place = self.place(table)
        service = {"issues": place.issues, "row_id": place.row_id}
        return f"{(service.get(field) or place.columns[field]).letter}{row}"

    def type(self, table: str, row: int, **values: Any) -> None:
        """Type into a row; None empties a cell, a text that begins with ``=`` is a formula."""
        cells = {self.ref(table, field, row): value for field, value in values.items()}
        set_cells(self.path, self.place(table).sheet, cells)

    def value(self, table: str, field: str, row: int) -> Any:
        return Package.open(self.path).sheet(self.place(table).sheet).cell(self.ref(table, field, row)).value

    def formula(self, table: str, field: str, row: int) -> str | None:
        return (
            Package.open(self.path).sheet(self.place(table).sheet).cell(self.ref(table, field, row)).formula
        )

    def fields(self, table: str, *, hidden: bool = True) -> list[str]:
        """The columns of a table, the hidden row id last."""
        place = self.place(table)
        return [*place.columns, "issues", *(["row_id"] if hidden else [])]

    def rows(self, table: str, *fields: str) -> dict[int, dict[str, Any]]:
        """What stands in a table's rows that hold anything, by row number."""
        place = self.place(table)
        sheet = Package.open(self.path).sheet(place.sheet)
        names = {self.ref(table, name, 1)[:-1]: name for name in self.fields(table)}
        found: dict[int, dict[str, Any]] = {}
        for cell in sheet.cells():
            letters = cell.ref.rstrip("0123456789")
            if cell.row >= place.first_row and letters in names and cell.value not in {None, ""}:
                found.setdefault(cell.row, {})[names[letters]] = cell.value
        return {
            row: {name: cells.get(name) for name in fields} if fields else cells
            for row, cells in sorted(found.items())
            if any(cells.get(name) is not None for name in self.typed(table))
        }

    def typed(self, table: str) -> list[str]:
        return [field.name for field in book().tables[table].fields.values() if field.typed]

    def add(self, table: str, **values: Any) -> int:
        """Type a row below the last one."""
        row = max(self.rows(table), default=self.place(table).first_row - 1) + 1
        self.type(table, row, **values)
        return row

    def clear(self, table: str, row: int, *, whole: bool = True) -> None:
        """Empty a row: all of it, or only what people see."""
        self.type(table, row, **dict.fromkeys(self.fields(table, hidden=whole)))

    def put_rows(self, table: str, wanted: dict[int, int], *, hidden: bool) -> None:
        """Let each row hold what another one held: sorting, copying; without `hidden` the row ids stay where they are."""
        package = Package.open(self.path)
        sheet = package.sheet(self.place(table).sheet)
        columns = [self.ref(table, name, 1)[:-1] for name in self.fields(table, hidden=hidden)]
        held = {
            row: {column: sheet.cell(f"{column}{row}") for column in columns} for row in set(wanted.values())
        }
        for target, source in wanted.items():
            for column, cell in held[source].items():
                formula = cell.formula
                if formula:
                    formula = sheet.cell(f"{column}{target}").formula or formula
                sheet.set(f"{column}{target}", cell.value, formula=formula)
        package.save(self.path)

    def issue_fields(self) -> list[Any]:
        """The fields named on 校验问题, in order."""
        return [line.get("field") for line in self.lines("issues")]

    def lines(self, table: str) -> list[dict[str, Any]]:
        """The lines of 校验问题 or 冲突处理, by field."""
        place, found = self.place(table), []
        sheet, row = Package.open(self.path).sheet(place.sheet), place.first_row
        while sheet.cell(f"{place.columns['number'].letter}{row}").value not in {None, ""}:
            found.append(
                {name: sheet.cell(f"{column.letter}{row}").value for name, column in place.columns.items()}
            )
            row += 1
        return found

    def answer(self, table: str, line: int, **values: Any) -> None:
        """Type into a line of 校验问题 or 冲突处理, counted from 0."""
        package, place = Package.open(self.path), self.place(table)
        for name, value in values.items():
            package.sheet(place.sheet).set(f"{place.columns[name].letter}{place.first_row + line}", value)
        package.save(self.path)

    @property
    def export(self) -> Any:
        return Package.open(self.path).properties.get("crmbook.export")

    @property
    def data(self) -> bytes:
        return self.path.read_bytes()

    def lock(self) -> Path:
        sign = self.path.with_name(f"~${self.path.name}")
        sign.write_bytes(b"")
        return sign


class CutOff(BaseException):
    """A run that ends in the middle, as a killed process does: no handler of errors goes on after it."""


def cut_after(
    whole: Callable[..., Any], after: int, error: type[BaseException] = CutOff
) -> Callable[..., Any]:
    """Return a function that does what `whole` does for some calls, and ends the run at the next one."""
    calls = 0

    def broken(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > after:
            raise error
        return whole(*args, **kwargs)

    return broken


class Shop:
    """A folder with the book's workbooks and store."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        shutil.copytree(_begun(), folder, dirs_exist_ok=True)
        self.main = Sheet(folder / MAIN)

    def check_out(self, name: str = OTHER, *, mode: Mode = "auto", **scope: str) -> Sheet:
        """A further working copy, from the store."""
        with self.store() as store:
            [record] = store.books()
            wish = Wish(self.folder / name, DAY, Scope(**scope), mode=mode, is_beside=True)
            check_out(store, record, book(), wish)
        return Sheet(self.folder / name)

    def copy(self, sheet: Sheet, name: str) -> Sheet:
        target = self.folder / name
        shutil.copy(sheet.path, target)
        return Sheet(target)

    def sync(self, *sheets: Sheet, **options: Any) -> Report:
        """Sync workbooks, without any all of them, and see that none that was written has a defect."""
        paths = [sheet.path for sheet in sheets] or self.paths()
        report = sync_workbooks(paths, _options(**options))
        for synced in report.workbooks:
            assert not synced.written or lint(synced.path.read_bytes()) == []
        return report

    def sync_one(self, sheet: Sheet, **options: Any) -> Synced:
        return self.sync(sheet, **options).workbooks[0]

    def paths(self) -> list[Path]:
        return sorted(path for path in self.folder.glob("*.xlsx") if not path.name.startswith("~$"))

    def store(self) -> Store:
        return Store.open(locate(self.folder))

    def head(self, table: str = "clients") -> pd.DataFrame:
        with self.store() as store:
            return store.head(store.books()[0].book_id).tables[table]

    def cells(self, table: str = "clients") -> dict[str, dict[str, Any]]:
        """The head's rows by row id, blanks left out."""
        return {
            row_id: {name: plain(value) for name, value in row.items() if plain(value) is not None}
            for row_id, row in self.head(table).astype(object).to_dict("index").items()
        }

    def by_key(self, table: str, field: str) -> dict[str, Any]:
        """A column of the head, by visible key."""
        key = book().tables[table].key
        return {row[key]: row.get(field) for row in self.cells(table).values() if key in row}

    def conflicts(self) -> Sequence[ConflictRecord]:
        with self.store() as store:
            return store.conflicts(store.books()[0].book_id)

    def revision(self) -> int:
        with self.store() as store:
            return store.books()[0].revision


def plain(value: Any) -> Any:
    """Return a value as Python has it, None for a blank."""
    if value is None or value is pd.NaT or value != value:
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value
