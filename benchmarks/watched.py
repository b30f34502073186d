"""A folder with many workbooks of one book, and the people who save them: what `benchmarks.watching` lets run.

The small book has two tables for people and a computed column; the standard one is that which the product ships.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path
    from typing import Any

    import pandas as pd

    from crmbook.schema import Book

PEOPLE, VISITS, _OWNERS = 200, 400, 50
_SMALL: Final = {
    "schemas/clients.yaml": """
        table: clients
        title: {zh: 客户, en: Clients}
        key: client_id
        name_field: name
        fields:
          client_id: {title: {zh: 客户编号, en: Client ID}, type: id, start: 1, format: '000', required: true, unique: true}
          name: {title: {zh: 名称, en: Name}, type: text, required: true}
          phone: {title: {zh: 电话, en: Telephone}, type: phone}
          owner: {title: {zh: 负责人, en: Owner}, type: text}
          notes: {title: {zh: 备注, en: Notes}, type: text}
          spent: {title: {zh: 累计, en: Spent}, type: number, formula: '=SUMIFS(visits[amount],visits[client_id],[@client_id])'}
        """,
    "schemas/visits.yaml": """
        table: visits
        title: {zh: 拜访, en: Visits}
        key: visit_id
        fields:
          visit_id: {title: {zh: 拜访编号, en: Visit ID}, type: id, start: 1001, required: true, unique: true}
          client_id: {title: {zh: 客户编号, en: Client ID}, type: ref, to: clients, required: true}
          amount: {title: {zh: 金额, en: Amount}, type: number, min: 0}
        """,
    "templates/small.yaml": """
        template: small
        title: {zh: 小册, en: Small}
        sheets: [{page: guide}, {table: clients}, {table: visits}, {page: dictionary}, {page: issues}, {page: conflicts}]
        """,
}


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of book: its template, the table whose notes people type, and its key."""

    template: str
    table: str
    key: str


KINDS: Final = {
    "small": Kind("small", "clients", "client_id"),
    "standard": Kind("standard", "customers", "customer_id"),
}


class Office:
    """A folder with one book's workbooks, and their people.

    Attributes
    ----------
    typed
        What each person typed last, by row of the table.
    """

    def __init__(self, place: Path, kind: Kind, many: int) -> None:
        self.folder, self.workspace, self.kind = place / "folder", place / "workspace", kind
        self.paths = [self.folder / f"簿{number:03d}.xlsx" for number in range(1, many + 1)]
        self.typed: dict[int, str] = {}
        for name, text in _SMALL.items():
            (self.workspace / name).parent.mkdir(parents=True, exist_ok=True)
            (self.workspace / name).write_text(textwrap.dedent(text), encoding="utf-8")
        self.folder.mkdir()

    @property
    def book(self) -> Book:
        from crmbook.schema import load_book

        return load_book(self.kind.template, "zh", self.workspace)

    def build(self) -> None:
        """Build the workbooks and sync them until they rest."""
        from crmbook.store import Store, private_location
        from crmbook.sync.checkout import Wish, check_out, new_record, start_book

        book, today = self.book, date.today()  # noqa: DTZ011 - the watcher goes by the machine's day too
        with Store.open(private_location(self.folder)) as store:
            record = new_record(book, workspace=self.workspace)
            first, *others = (Wish(path, today, is_beside=True) for path in self.paths)
            start_book(store, record, book, _frames(book, self.kind), first)
            for wish in others:
                check_out(store, record, book, wish)
        while any(one.written for one in self.sync(*self.paths)):
            pass

    def sync(self, *paths: Path) -> Sequence[Any]:
        from crmbook.sync.pipeline import Options, sync_workbooks

        report = sync_workbooks(paths, Options(date.today(), self.workspace))  # noqa: DTZ011
        if report.failures:
            raise report.failures[0][1]
        return report.workbooks

    def save(self, path: Path, text: str, row: int) -> None:
        """Open a workbook, type, save and close it."""
        from crmbook.ooxml import Package
        from crmbook.schema import Layout

        sign, beside = path.with_name(f"~${path.name}"), path.with_name(f"{row:08X}")
        place = Layout(self.book).tables[self.kind.table]
        sign.write_bytes(b"\x06office")
        package = Package.open(path.read_bytes())
        package.sheet(place.sheet).set(f"{place.columns['notes'].letter}{place.first_row + row}", text)
        package.save(beside)
        beside.replace(path)
        sign.unlink()
        self.typed[row] = text

    def check(self) -> None:
        """Raise unless the head holds what was typed last, there is no conflict, and no file is left over."""
        from crmbook.store import Store, private_location

        with Store.open(private_location(self.folder)) as store:
            (record,) = store.books()
            head = store.head(record.book_id).tables[self.kind.table].sort_values(self.kind.key)
            conflicts = store.conflicts(record.book_id, open_only=False)
        held = {row: head["notes"].iloc[row] for row in self.typed}
        if held != self.typed or conflicts:
            wrong = {row: (held[row], text) for row, text in self.typed.items() if held[row] != text}
            raise AssertionError(f"{len(conflicts)} conflicts; held and typed: {wrong}")
        left = {path.name for path in self.folder.iterdir()} - {path.name for path in self.paths}
        if left != {".crmbook"}:
            raise AssertionError(f"left over: {left}")

    def exports(self) -> int:
        """Return how often a workbook was written so far."""
        from crmbook.store import Store, private_location

        with Store.open(private_location(self.folder)) as store:
            (record,) = store.books()
            return sum(one.export for one in store.workbooks(record.book_id))


def _frames(book: Book, kind: Kind) -> dict[str, pd.DataFrame]:
    if kind.template == "standard":
        from benchmarks.scale import frames

        return frames(book, PEOPLE, VISITS // PEOPLE)
    from crmbook.schema.recompute import table_frame

    ids = [f"{number:03d}" for number in range(1, PEOPLE + 1)]
    columns: dict[str, dict[str, Any]] = {
        "clients": {
            "client_id": ids,
            "name": [f"客户{number}" for number in ids],
            "phone": [f"1380000{number:04d}" for number in range(PEOPLE)],
            "owner": [f"业务员{number % _OWNERS}" for number in range(PEOPLE)],
        },
        "visits": {
            "visit_id": [f"{1001 + number}" for number in range(VISITS)],
            "client_id": [ids[number % PEOPLE] for number in range(VISITS)],
            "amount": [float(number) for number in range(VISITS)],
        },
    }
    return {name: table_frame(book.tables[name], cells) for name, cells in columns.items()}
