"""Books to work in: the sample of a template with more rows, its whole workbook, one further copy of each kind.

Building takes seconds, a scenario needs a fresh one: each (template, kind of copy) is built once per test run, in a
folder that all test processes share, and copied with its store.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from crmbook.build.example import load_example
from crmbook.build.roles import role_book
from crmbook.build.scope import Scope
from crmbook.schema.recompute import table_frame
from crmbook.store import Store, locate
from crmbook.sync.checkout import Wish, check_out, new_record, start_book
from crmbook.sync.pipeline import Options, sync_workbooks
from tests.books import TEMPLATES, book_of

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    import pandas as pd

    from crmbook.schema import Book, Table

    Row = dict[str, Any]

WHOLE = "客户管理.xlsx"
"""The workbook that a colleague has: whole."""
OWNERS = ("王芳", "李强")
REGION = "北京"
ROWS, MANY = 6, 36
"""Rows of a table: enough for what two people do in it in a scenario, and enough for all edits of both at once."""
_KEYS = {"customers": "customer_id", "campaigns": "name"}
SCOPES = {
    "whole": {},
    "owner": {"owner": OWNERS[0]},
    "where": {"where": f'=[@region]="{REGION}"'},
    "sales": {"role": "sales"},
    "service": {"role": "service"},
    "values": {},
    "english": {},
}
"""Kinds of copy, and what each shows; ``values`` has values where others have formulas (`live: never`), ``english`` is
of a book in the other language."""


@dataclass(frozen=True)
class Base:
    """A book as a team has it: the folder with its two workbooks and the store."""

    template: str
    kind: str
    folder: Path
    rows: int = ROWS

    @property
    def name(self) -> str:
        """File name of the copy; half of them come before the whole workbook when sync goes through them."""
        return f"{'a' if len(self.kind) % 2 else '王芳'} {self.kind}.xlsx"

    @property
    def is_settled(self) -> bool:
        """Return whether the copy was synced before it is edited, as every second is; the others come as they were built."""
        return (TEMPLATES.index(self.template) + list(SCOPES).index(self.kind)) % 2 == 0

    @property
    def copy(self) -> Path:
        return self.folder / self.name

    @property
    def whole(self) -> Path:
        return self.folder / WHOLE

    @property
    def book(self) -> Book:
        return book_of(self.template, language(self.kind))

    @property
    def as_of(self) -> date:
        return load_example("sample", self.template).as_of

    def view(self, path: Path) -> Book:
        """Return the book as one of the two workbooks shows it."""
        role = SCOPES[self.kind].get("role", "") if path == self.copy else ""
        return role_book(self.book, role)

    def moved(self, folder: Path) -> Base:
        """Copy it, as somebody who moves a folder does."""
        shutil.copytree(self.folder, folder, dirs_exist_ok=True)
        return replace(self, folder=folder)


def language(kind: str) -> str:
    """Return the language of the book that a kind of copy is of."""
    return "en" if kind == "english" else "zh"


def base(template: str, kind: str, root: Path, rows: int = ROWS) -> Base:
    """Return a book with its two workbooks, `rows` in most tables, kept below `root` for all who ask."""
    made = Base(template, kind, root / f"{template}-{kind}-{rows}", rows)
    with FileLock(root / f"{template}-{rows}.lock"):
        if not made.folder.exists():
            begun = _begin(made, root / f"{template}-{language(kind)}-{rows}-begun")
            draft = replace(made, folder=root / f"draft-{template}-{kind}-{rows}")
            shutil.rmtree(draft.folder, ignore_errors=True)
            shutil.copytree(begun, draft.folder)
            _check_out(draft)
            if draft.is_settled:
                sync_workbooks([draft.copy], Options(draft.as_of))
            draft.folder.rename(made.folder)
    return made


def _begin(made: Base, folder: Path) -> Path:
    """Begin the book of a base, and sync its workbook until it is at rest."""
    if folder.exists():
        return folder
    draft = folder.with_name(f"draft-{folder.name}")
    shutil.rmtree(draft, ignore_errors=True)  # of a run that was cut off
    draft.mkdir()
    book, day = made.book, made.as_of
    rows = frames(made.template, book.lang, made.rows)
    with Store.open(locate(draft)) as store:
        start_book(store, new_record(book), book, rows, Wish(draft / WHOLE, day, is_beside=True))
    for _ in range(2):
        sync_workbooks([draft / WHOLE], Options(day))
    return draft.rename(folder)


def _check_out(made: Base) -> None:
    """Add a copy."""
    scope = Scope(**SCOPES[made.kind])
    mode = "never" if made.kind == "values" else "auto"
    wish = Wish(made.copy, made.as_of, scope, holder=OWNERS[0], mode=mode, is_beside=True)
    with Store.open(locate(made.folder)) as store:
        [record] = store.books()
        check_out(store, record, made.book, wish)


@cache
def frames(template: str, lang: str = "zh", many: int = ROWS) -> dict[str, pd.DataFrame]:
    """Return the sample's rows and more made after them: enough that a day's work empties no table."""
    book = book_of(template, lang)
    known = load_example("sample", template).frames(book)
    made: dict[str, pd.DataFrame] = {}
    for name in sorted(known, key=lambda name: name not in {"customers", "campaigns"}):  # referred to
        table = book.tables[name]
        sample = [
            {label: value for label, value in row.items() if value is not None and value == value}
            for row in known[name].astype(object).to_dict("records")
        ]
        rows = [
            _row(book, table, sample[number % len(sample)], number, made)
            for number in range(_many(table, many))
        ]
        made[name] = table_frame(table, {label: [row.get(label) for row in rows] for label in table.fields})
    return made


def _many(table: Table, many: int) -> int:
    """Return how many rows a table gets: those about a customer leave some customers for new ones."""
    most = max(many, 3 * ROWS) if table.name == "transactions" else many
    return {"ref": 2 * many // 3}.get(table.key_field.type, most)


def _row(book: Book, table: Table, sample: Row, number: int, made: dict[str, pd.DataFrame]) -> Row:
    """Return one row after a sample: with keys, references and names of its own, and at rest in its stage."""
    row = {label: value for label, value in sample.items() if label not in {"advance", "status"}}
    for field in table.fields.values():
        if field.type == "id":
            row[field.name] = field.id_text((field.start or 1) + number)
        elif field.to:
            keys = made[field.to][_KEYS[field.to]].tolist()
            row[field.name] = keys[number % len(keys)]
        elif field.name == "owner":
            row[field.name] = OWNERS[number % 2]
        elif field.name == table.name_field:
            row[field.name] = f"{sample[field.name]}{number + 1}"
        elif field.type == "phone" or field.name == "contact":
            row[field.name] = f"1{35 + len(table.name) % 5}{number:08d}"
        elif field.type == "email":
            row[field.name] = f"{table.name}{number}@example.com"
        elif field.unique:
            row.pop(field.name, None)
    if (
        table.name == "transactions"
    ):  # a fraction of them, several a year: what is computed is no round number
        row |= {"amount": 1000 + number / 7, "date": row["date"] - timedelta(37 * number)}
    if table.name == "customers" and "opportunity" in table.fields:
        row["opportunity"] = 100 * (number + 1) / 7
    if table.name == "prospects":
        row["name"] = made["customers"]["name"].iloc[number]
    if "region" in table.fields and table.fields["region"].typed and book.lang == "zh":
        row |= {"region": REGION, "city": "海淀区"} if number % 3 else {"region": "上海", "city": "浦东新区"}
    return row
