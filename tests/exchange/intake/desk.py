"""A small book and lists for it, typed as a mapping would have typed them."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.exchange.intake import ImportNote, ImportPlan, commit_plan, plan_import
from crmbook.exchange.intake.origins import Earlier, Origins, TakenRows
from crmbook.exchange.mapping.model import ColumnRule, Mapping, Typed
from crmbook.exchange.sources.model import Source, SourceSheet
from crmbook.schema import LISTS, load_book, table_frame
from crmbook.store import Commit, Step, Store
from crmbook.sync.checkout import counters_of, first_state, new_record
from tests.folders import kept_folder, write_files

if TYPE_CHECKING:
    from collections.abc import Sequence

    from crmbook.schema import Book
    from crmbook.store import BookRecord, State

DAY = date(2024, 3, 1)
FILES = {
    "schemas/people.yaml": """
        table: people
        title: {zh: 人员, en: People}
        key: person_id
        name_field: name
        identity: [[phone], [email], [name, company]]
        fields:
          person_id: {title: {zh: 编号, en: ID}, type: id, start: 1, format: '000', required: true, unique: true}
          name: {title: {zh: 姓名, en: Name}, type: text, required: true}
          phone: {title: {zh: 电话, en: Telephone}, type: phone, severity: warning}
          email: {title: {zh: 邮箱, en: E-mail}, type: email, severity: warning}
          company: {title: {zh: 公司, en: Company}, type: text}
          grade: {title: {zh: 级别, en: Grade}, type: enum, list: grade}
          province: {title: {zh: 省份, en: Province}, type: text, group: place}
          town: {title: {zh: 市县, en: Town}, type: text, group: place}
          since: {title: {zh: 起始日期, en: Since}, type: date, default: '=as_of'}
          state: {title: {zh: 状态, en: State}, type: text, default: 新}
          notes: {title: {zh: 备注, en: Notes}, type: long_text}
        """,
    "schemas/sales.yaml": """
        table: sales
        title: {zh: 销售, en: Sales}
        key: sale_id
        fields:
          sale_id: {title: {zh: 销售编号, en: Sale ID}, type: id, start: 1001, required: true, unique: true}
          person_id: {title: {zh: 编号, en: ID}, type: ref, to: people, required: true}
          on: {title: {zh: 日期, en: Date}, type: date}
          amount: {title: {zh: 金额, en: Amount}, type: number}
        """,
    "schemas/care.yaml": """
        table: care
        title: {zh: 关怀, en: Care}
        key: person_id
        rows: one per people
        fields:
          person_id: {title: {zh: 编号, en: ID}, type: ref, to: people, required: true, unique: true}
          gift: {title: {zh: 礼品, en: Gift}, type: text}
        """,
    "schemas/lists.yaml": """
        lists:
          grade:
            title: {zh: 级别, en: Grade}
            values: {a: {zh: 甲, en: A}, b: {zh: 乙, en: B}}
        """,
    "templates/club.yaml": """
        template: club
        title: {zh: 会馆, en: Club}
        sheets: [{page: guide}, {table: people}, {table: sales}, {table: care}, {page: dictionary}, {page: issues}, {page: conflicts}]
        """,
}


@cache
def workspace() -> Path:
    """A folder with the schemas of the book."""
    return write_files(kept_folder(), FILES)


@cache
def book() -> Book:
    return load_book("club", "zh", workspace())


def sheet_of(columns: dict[str, Sequence[Any]], title: str = "名单") -> SourceSheet:
    """A list with a header row: its rows are 2, 3, …"""
    count = len(next(iter(columns.values())))
    frame = pd.DataFrame(
        {
            name: pd.Series(list(cells), index=range(2, count + 2), dtype=object)
            for name, cells in columns.items()
        }
    )
    return SourceSheet(title, tuple(columns), frame)


def source_of(sheet: SourceSheet, name: str = "名单.csv", digest: str = "d1") -> Source:
    return Source(Path(name), "csv", digest, [sheet])


def people(
    *rows: dict[str, Any], own: Sequence[str] = (), **typed: Any
) -> tuple[Typed, Source, SourceSheet, Mapping]:
    """A list of people, its headers the titles of the fields; `own` are columns of one's own."""
    labels = list(dict.fromkeys(label for row in rows for label in row))
    fields = book().tables["people"].fields
    headers = {label: fields[label].title if label in fields else label for label in labels}
    sheet = sheet_of({headers[label]: [row.get(label) for row in rows] for label in labels})
    rules = [ColumnRule(headers[label], "people", "" if label in own else label) for label in labels]
    inside = [label for label in labels if label not in own]
    frame = sheet.frame[[headers[label] for label in inside]].set_axis(inside, axis=1)
    mine = {"people": sheet.frame[list(own)]} if own else {}
    return Typed({"people": frame}, mine, **typed), source_of(sheet), sheet, Mapping("people", rules)


class Club:
    """The book in a store of its own, without any workbook."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open(folder / ".crmbook")
        self.record: BookRecord = new_record(book(), workspace=workspace())
        self.store.add_book(self.record)
        tables = first_state(book(), {})
        with self.store.lease(self.record.book_id) as lease:
            step = Step("build", "建", tables=tables)
            self.store.commit(lease, self.record.book_id, Commit(0, [step], counters_of(book(), tables)))

    @property
    def head(self) -> State:
        return self.store.head(self.record.book_id)

    def plan(
        self, typed: Typed, source: Source, sheet: SourceSheet, mapping: Mapping, **more: Any
    ) -> ImportPlan:
        return plan_import(book(), self.head, typed, source, sheet, DAY, mapping=mapping, **more)

    def take(self, plan: ImportPlan, name: str = "名单.csv") -> int:
        return commit_plan(self.store, self.record, book(), plan, "王芳", ImportNote(name).to_text())

    def bring(self, *rows: dict[str, Any], **more: Any) -> ImportPlan:
        """ImportPlan a list of people and take it in."""
        plan = self.plan(*people(*rows, **more))
        self.take(plan)
        return plan

    def edit(self, table: str, row_id: str, who: str = "李强", **values: Any) -> None:
        """Let a colleague's edits into the head, as a sync would."""
        head = self.head
        frame = head.tables[table].copy()
        for label, value in values.items():
            frame.loc[row_id, label] = value
        self.commit(Step("sync", who, tables={table: frame}))

    def add(self, table: str, row_id: str, **values: Any) -> None:
        frame = self.head.tables[table]
        row = table_frame(book().tables[table], {name: [value] for name, value in values.items()})
        row = row[[label for label in frame.columns if label in row]].set_axis(
            pd.Index([row_id], dtype=object), axis=0
        )
        self.commit(Step("sync", "李强", tables={table: pd.concat([frame, row])}))

    def commit(self, step: Step) -> None:
        with self.store.lease(self.record.book_id) as lease:
            self.store.commit(lease, self.record.book_id, Commit(self.head.revision, [step]))

    def rows(self, table: str = "people") -> list[dict[str, Any]]:
        """What stands in the head, blanks left out."""
        frame = self.head.tables[table]
        return [
            {str(label): _plain(value) for label, value in row.items() if _plain(value) is not None}
            for row in frame.astype(object).to_dict("records")
        ]

    def entries(self, name: str) -> list[str]:
        """What stands in a dropdown list."""
        return [row["text"] for row in self.rows(LISTS) if row["list"] == name]


def _plain(value: Any) -> Any:
    if value is None or value != value:
        return None
    return value.date() if isinstance(value, pd.Timestamp) else value


def actions(plan: ImportPlan, table: str = "people") -> list[str]:
    return [one.action for one in plan.rows if one.table == table]


def again(left: str = "") -> Earlier:
    """What is known of a list that was taken in before, all but some rows."""
    note = ImportNote("名单.csv", digest="d1", left=left)
    return Earlier(Origins(note.list_id), TakenRows.of([note]))
