"""A small book of members, two pairs of whom may be one, and workbooks of it in which people answer on pages."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from crmbook.build.scope import Scope
from crmbook.ooxml import Package
from crmbook.schema import layout_of, load_book
from crmbook.schema.recompute import table_frame
from crmbook.store import Store, locate
from crmbook.sync.checkout import Wish, check_out, new_record, start_book
from crmbook.sync.pipeline import Options, Report, sync_workbooks
from tests.folders import kept_folder, write_files
from tests.ooxml_lint import lint

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from crmbook.schema import Book
    from crmbook.store import RevisionRecord

DAY = date(2024, 3, 1)
MAIN, OTHER = "会员.xlsx", "王芳.xlsx"
FILES = {
    "schemas/members.yaml": """\
table: members
title: {zh: 会员, en: Members}
key: member_id
name_field: name
identity: [[phone], [email]]
fields:
  member_id: {title: {zh: 会员编号, en: Member ID}, type: id, start: 1, format: '000', required: true, unique: true}
  name: {title: {zh: 姓名, en: Name}, type: text, required: true}
  phone: {title: {zh: 电话, en: Telephone}, type: phone, severity: warning}
  email: {title: {zh: 邮箱, en: E-mail}, type: email, severity: warning}
  grade: {title: {zh: 级别, en: Grade}, type: enum, list: grade}
  limit: {title: {zh: 额度, en: Limit}, type: number, min: 0}
  owner: {title: {zh: 负责人, en: Owner}, type: text}
  spent: {title: {zh: 累计, en: Spent}, type: number, formula: '=SUMIFS(visits[amount],visits[member_id],[@member_id])'}
""",
    "schemas/visits.yaml": """\
table: visits
title: {zh: 拜访, en: Visits}
key: visit_id
fields:
  visit_id: {title: {zh: 拜访编号, en: Visit ID}, type: id, start: 1001, required: true, unique: true}
  member_id: {title: {zh: 会员编号, en: Member ID}, type: ref, to: members, required: true}
  amount: {title: {zh: 金额, en: Amount}, type: number, min: 0}
""",
    "schemas/lists.yaml": """\
lists:
  grade:
    title: {zh: 级别, en: Grade}
    values: {a: {zh: 甲, en: A}, b: {zh: 乙, en: B}}
""",
    "templates/guild.yaml": """\
template: guild
title: {zh: 行会, en: Guild}
owner_field: members.owner
hidden: [duplicates]
roles:
  desk:
    title: {zh: 前台, en: Desk}
    sheets: [{page: guide}, members, {page: dictionary}, {page: issues}, {page: conflicts}]
sheets:
  - page: guide
  - table: members
  - table: visits
  - page: dictionary
  - page: issues
  - page: conflicts
  - page: duplicates
  - page: bulk
""",
}
NAMES = ("李小四", "李小四", "王大五", "王大五", *(f"会员{number}" for number in range(5, 31)))
"""001 and 002 may be one, and 003 and 004."""


@cache
def workspace() -> Path:
    """The folder with the book's schemas."""
    return write_files(kept_folder(), FILES)


@cache
def book(lang: str = "zh") -> Book:
    return load_book("guild", lang, workspace())


def _columns() -> dict[str, dict[str, list[Any]]]:
    keys = [f"{number:03d}" for number in range(1, len(NAMES) + 1)]
    phones = [f"139{31415926 + 7919 * number}" for number in range(1, len(NAMES) + 1)]
    phones[1], phones[3] = phones[0], phones[2]
    members = {
        "member_id": keys, "name": list(NAMES), "phone": phones, "email": [None] * len(keys),
        "limit": [float(number) for number in range(len(keys))], "owner": ["王芳", "王芳", "王芳", "李强"] + ["李强"] * 26,
    }  # fmt: skip
    visits = {
        "visit_id": ["1001", "1002", "1003"],
        "member_id": ["001", "002", "002"],
        "amount": [1.0, 2.0, 4.0],
    }
    return {"members": members, "visits": visits}


@cache
def _begun() -> Path:
    """The book as it begins, its first workbook and its store, to be copied."""
    folder = kept_folder()
    begin(folder, book(), workspace())
    return folder


def begin(folder: Path, schema: Book, schemas: Path, place: str | None = None) -> None:
    """Begin a book in a folder, with its store there or in another place, and sync it once."""
    frames = {name: table_frame(schema.tables[name], cells) for name, cells in _columns().items()}
    with Store.open(place or locate(folder)) as store:
        record = new_record(schema, workspace=schemas)
        start_book(store, record, schema, frames, Wish(folder / MAIN, DAY, is_beside=place is None))
    sync_workbooks([folder / MAIN], Options(DAY, schemas, place))


@dataclass(frozen=True)
class Copy:
    """One workbook, edited by hand; rows of the sheet are counted as the program does."""

    path: Path
    lang: str = "zh"

    def ref(self, table: str, field: str, row: int) -> str:
        return f"{layout_of(book(self.lang)).tables[table].columns[field].letter}{row}"

    def type(self, sheet_of: str, row: int, /, **values: Any) -> None:
        """Type into a row of the sheet of a table."""
        package = Package.open(self.path)
        sheet = package.sheet(layout_of(book(self.lang)).tables[sheet_of].sheet)
        for field, value in values.items():
            sheet.set(self.ref(sheet_of, field, row), value)
        package.save(self.path)

    def lines(self, table: str) -> dict[int, dict[str, Any]]:
        """What stands in the lines of a list, by row; blank cells left out."""
        place = layout_of(book(self.lang)).tables[table]
        names = {column.letter: name for name, column in place.columns.items()}
        found: dict[int, dict[str, Any]] = {}
        for cell in Package.open(self.path).sheet(place.sheet).cells():
            name = names.get(cell.ref.rstrip("0123456789"))
            if cell.row >= place.first_row and name and cell.value not in {None, ""}:
                found.setdefault(cell.row, {})[name] = cell.value
        return found

    def rows(self, table: str = "members") -> dict[str, dict[str, Any]]:
        """Its rows by key."""
        key = book(self.lang).tables[table].key
        return {str(row[key]): row for row in self.lines(table).values() if key in row}

    def row_of(self, key: str) -> int:
        return next(row for row, cells in self.lines("members").items() if cells.get("member_id") == key)

    def is_hidden(self, page: str) -> bool:
        title = book(self.lang).pages[page].title
        return (
            next(sheet.state for sheet in Package.open(self.path).sheets if sheet.name == title) != "visible"
        )


class Guild:
    """A folder with the book's workbooks and store; `place` is the store's, beside the workbooks by default."""

    def __init__(self, folder: Path, place: str | None = None) -> None:
        self.folder, self.place = folder, place
        if place is None:
            shutil.copytree(_begun(), folder, dirs_exist_ok=True)
        else:
            begin(folder, book(), workspace(), place)
        self.main = Copy(folder / MAIN)

    def check_out(self, name: str = OTHER, **scope: str) -> Copy:
        with self.store() as store:
            [record] = store.books()
            wish = Wish(self.folder / name, DAY, Scope(**scope), is_beside=self.place is None)
            check_out(store, record, book(), wish)
        return Copy(self.folder / name)

    def sync(self, *copies: Copy, **options: Any) -> Report:
        """Sync workbooks, without any all of them, and see that none that was written has a defect."""
        paths = [one.path for one in copies] or sorted(
            path for path in self.folder.glob("*.xlsx") if not path.name.startswith("~$")
        )
        report = sync_workbooks(paths, Options(DAY, workspace(), self.place, **options))
        assert not report.failures
        for synced in report.workbooks:
            assert not synced.written or lint(synced.path.read_bytes()) == []
        return report

    def store(self) -> Store:
        return Store.open(self.place or locate(self.folder))

    def head(self, table: str = "members") -> pd.DataFrame:
        with self.store() as store:
            return store.head(store.books()[0].book_id).tables[table]

    def member_ids(self) -> list[str]:
        return sorted(self.head()["member_id"])

    def about(self, key: str) -> list[str]:
        """The visits of a member."""
        frame = self.head("visits")
        return sorted(frame["visit_id"][frame["member_id"] == key])

    def revisions(self, *kinds: str) -> list[RevisionRecord]:
        with self.store() as store:
            return [one for one in store.revisions(store.books()[0].book_id) if one.kind in kinds]
