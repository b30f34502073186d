"""A small firm whose tables lean on one another: customers, promotions known by their name, purchases, care per customer.

What `tests.sync.shop` does not have: a table whose key is its name, a reference to it, and narrowed copies, those of an
owner and of a role that does not see the customers.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any

from crmbook.build.scope import Scope
from crmbook.ooxml import Package
from crmbook.schema import Layout, load_book
from crmbook.schema.recompute import table_frame
from crmbook.store import Store, locate
from crmbook.sync.checkout import Wish, check_out, new_record, start_book
from crmbook.sync.pipeline import Options, Report, sync_workbooks
from tests.books import book_of
from tests.folders import kept_folder, write_files
from tests.ooxml_lint import lint
from tests.sync.shop import Sheet, plain

if TYPE_CHECKING:
    from collections.abc import Iterable

    from crmbook.schema import Book, TableLayout

DAY = date(2024, 3, 1)
MAIN, OTHER = "公司.xlsx", "王芳.xlsx"
TABLES = ("customers", "promotions", "purchases", "care")
KINDS: dict[str, dict[str, str]] = {"whole": {}, "owner": {"owner": "王芳"}, "role": {"role": "till"}}
"""Kinds of a second copy."""
FILES = {
    "schemas/customers.yaml": """\
table: customers
title: {zh: 客户, en: Customers}
help: null
checks: null
reminders: null
advance: null
fields:
  customer_id: {title: {zh: 客户编号, en: Customer ID}, type: id, start: 1, format: '000', required: true, unique: true}
  name: {title: {zh: 名称, en: Name}, type: text, required: true}
  owner: {title: {zh: 负责人, en: Owner}, type: text}
  town: {title: {zh: 城镇, en: Town}, type: text}
  friend: {title: {zh: 介绍人, en: Brought by}, type: ref, to: customers}
  spent: {title: {zh: 累计, en: Spent}, type: number, formula: '=SUMIFS(purchases[amount],purchases[customer_id],[@customer_id])'}
""",
    "schemas/promotions.yaml": """\
table: promotions
title: {zh: 活动, en: Promotions}
key: name
name_field: name
fields:
  name: {title: {zh: 活动名称, en: Promotion}, type: text, required: true, unique: true}
  goal: {title: {zh: 目标, en: Goal}, type: text}
  sold: {title: {zh: 成交, en: Sold}, type: number, formula: '=SUMIFS(purchases[amount],purchases[promotion],[@name])'}
""",
    "schemas/purchases.yaml": """\
table: purchases
title: {zh: 购买, en: Purchases}
key: purchase_id
fields:
  purchase_id: {title: {zh: 购买编号, en: Purchase ID}, type: id, start: 1001, required: true, unique: true}
  customer_id: {title: {zh: 客户编号, en: Customer ID}, type: ref, to: customers, required: true}
  promotion: {title: {zh: 活动名称, en: Promotion}, type: ref, to: promotions}
  amount: {title: {zh: 金额, en: Amount}, type: number}
  memo: {title: {zh: 摘要, en: Memo}, type: text}
""",
    "schemas/care.yaml": """\
table: care
title: {zh: 关怀, en: Care}
key: customer_id
rows: one per customers
fields:
  customer_id: {title: {zh: 客户编号, en: Customer ID}, type: ref, to: customers, required: true, unique: true}
  gift: {title: {zh: 礼品, en: Gift}, type: text}
  calls: {title: {zh: 次数, en: Calls}, type: number, override: true, formula: '=COUNTIFS(purchases[customer_id],[@customer_id])'}
""",
    "templates/firm.yaml": """\
template: firm
title: {zh: 公司, en: Firm}
roles:
  till: {title: {zh: 收银, en: Till}, sheets: [purchases]}
  front: {title: {zh: 前台, en: Front}, sheets: [customers, purchases, conflicts]}
sheets:
  - page: guide
  - table: customers
  - table: promotions
  - table: purchases
  - table: care
  - page: dictionary
  - page: issues
  - page: conflicts
""",
}


@cache
def workspace() -> Path:
    folder = write_files(kept_folder(), FILES)
    with (folder / "schemas/customers.yaml").open("a", encoding="utf-8") as file:
        # Scopes are about the table of this name; of the shipped one only its name is wanted.
        shipped = book_of().tables["customers"].fields
        file.writelines(
            f"  {name}: null\n" for name in shipped if f"  {name}:" not in FILES["schemas/customers.yaml"]
        )
    return folder


@cache
def book() -> Book:
    return load_book("firm", "zh", workspace())


@cache
def _begun() -> Path:
    """The book as it begins, with a second copy of every kind and the store, to be copied."""
    folder = Path(mkdtemp(prefix="crmbook-firm-"))
    many = range(6)
    customers = {
        "customer_id": [f"{number + 1:03d}" for number in many],
        "name": [f"客户{number + 1}" for number in many],
        "owner": ["王芳", "李强"] * 3,
        "friend": [None, "001", None, None, None, None],
    }
    purchases = {
        "purchase_id": ["1001", "1002", "1003"],
        "customer_id": ["001", "001", "003"],
        "promotion": ["春节", "春节", "中秋"],
        "amount": [100.0, 200.0, 300.0],
        "memo": ["甲", "乙", "丙"],
    }
    promotions = {"name": ["春节", "中秋", "国庆"], "goal": ["拉新", "回访", None]}
    care = {"customer_id": customers["customer_id"], "gift": ["茶", None, "酒", None, None, None]}
    columns = {"customers": customers, "promotions": promotions, "purchases": purchases, "care": care}
    frames = {name: table_frame(book().tables[name], cells) for name, cells in columns.items()}
    with Store.open(locate(folder)) as store:
        record = new_record(book(), workspace=workspace())
        start_book(store, record, book(), frames, Wish(folder / MAIN, DAY, is_beside=True))
        for kind, scope in KINDS.items():
            check_out(
                store, record, book(), Wish(folder / f"{kind}.xlsx", DAY, Scope(**scope), is_beside=True)
            )
    names = [MAIN, *(f"{kind}.xlsx" for kind in KINDS)]
    for _ in range(2):
        sync_workbooks([folder / name for name in names], _options())
    return folder


def _options() -> Options:
    return Options(as_of=DAY, workspace=workspace())


@dataclass(frozen=True)
class Copy(Sheet):
    """One workbook of the firm, edited by hand."""

    def place(self, table: str) -> TableLayout:
        return Layout(book()).tables[table]

    def typed(self, table: str) -> list[str]:
        return [field.name for field in book().tables[table].fields.values() if field.typed]

    def has(self, table: str) -> bool:
        return self.place(table).sheet in {sheet.name for sheet in Package.open(self.path).sheets}

    def where(self, table: str, key: str) -> int:
        """The row in which a key stands."""
        field = book().tables[table].key
        [row] = [row for row, cells in self.rows(table).items() if cells.get(field) == key]
        return row

    def references(self, table: str, *fields: str) -> list[tuple[object, ...]]:
        return [tuple(cells.get(name) for name in fields) for cells in self.rows(table).values()]


class Firm:
    """A folder with the whole workbook, one other copy, and the store; on demand with further copies, which lie there."""

    def __init__(self, folder: Path, kind: str = "whole", *more: str) -> None:
        self.folder = folder
        source = _begun()
        shutil.copytree(source / ".crmbook", folder / ".crmbook")
        for name in (MAIN, *(f"{one}.xlsx" for one in (kind, *more))):
            shutil.copy(source / name, folder / name)
        self.main, self.other = Copy(folder / MAIN), Copy(folder / f"{kind}.xlsx")

    def sync(self, *copies: Copy, dry_run: bool = False) -> Report:
        """Sync the copies, without any both; whatever was written has no defect."""
        paths = [copy.path for copy in copies or (self.main, self.other)]
        report = sync_workbooks(paths, replace(_options(), dry_run=dry_run))
        for synced in report.workbooks:
            assert not synced.written or lint(synced.path.read_bytes()) == []
        return report

    def settle(self) -> None:
        """Two quiet rounds; a third changes no byte, and every copy shows the head."""
        for _ in range(2):
            assert self.sync().failures == []
        before = [copy.data for copy in (self.main, self.other)]
        assert self.sync().failures == []
        assert [copy.data for copy in (self.main, self.other)] == before
        for copy in (self.main, self.other):
            self.assert_shows_head(copy, whole=copy is self.main)

    def assert_shows_head(self, copy: Copy, *, whole: bool) -> None:
        for table in filter(copy.has, TABLES):
            head, fields = self.head(table), book().tables[table].fields.values()
            labels = [field.name for field in fields if field.formula is None]
            shown = {
                cells["row_id"]: {name: cells.get(name) for name in labels}
                for cells in copy.rows(table).values()
            }
            assert not whole or shown.keys() == head.keys(), table
            for row_id, cells in shown.items():
                assert cells == {name: head[row_id].get(name) for name in labels}, (table, copy.path.name)

    def head(self, table: str) -> dict[str, dict[str, Any]]:
        """The head's rows by row id, blanks left out."""
        with Store.open(locate(self.folder)) as store:
            frame = store.head(store.books()[0].book_id).tables[table]
        return {
            row_id: {name: plain(value) for name, value in row.items() if plain(value) is not None}
            for row_id, row in frame.astype(object).to_dict("index").items()
        }

    def column(self, table: str, field: str) -> list[Any]:
        return [row.get(field) for row in self.head(table).values()]

    def references_to_nobody(self) -> list[tuple[str, str, Any]]:
        """Every reference of the head that means no row."""
        found = []
        for name, table in book().tables.items():
            if name not in TABLES:
                continue
            for target in [target for target in table.fields.values() if target.to and target.typed]:
                known = {row.get(book().tables[target.to].key) for row in self.head(target.to).values()}
                found += [
                    (name, target.name, key)
                    for key in self.column(name, target.name)
                    if key is not None and key not in known
                ]
        return found

    def findings(self) -> set[tuple[str, str]]:
        """Workbook and field of everything on the sheets 校验问题."""
        copies: Iterable[Copy] = (self.main, self.other)
        return {(copy.path.stem, str(line["field"])) for copy in copies for line in copy.lines("issues")}

    def conflicts(self) -> list[tuple[str, tuple[str, ...]]]:
        with Store.open(locate(self.folder)) as store:
            return [(one.table, one.labels) for one in store.conflicts(store.books()[0].book_id)]
