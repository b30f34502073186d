"""The workbook of the tour: the example company after a day on which two people typed into copies of their own.

Everything that a page of open work may list is there: mistakes, two conflicts, a customer entered twice, an edit in bulk that was
carried out and one that asks first.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from crmbook.build import load_example
from crmbook.sync import Options, sync_workbooks
from tests.books import book_of
from tests.cli.run import run
from tests.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from crmbook.schema import Book

TODAY = date(2025, 6, 30)
CUSTOMER = "128"
"""Whose card is shown: somebody who bought, was called and was asked several times."""
TWICE = 5
"""The row of the example's customers, counted from 0, that is entered a second time."""
HOLDERS = {"zh": ("王芳", "陈静"), "en": ("Alison Hart", "Megan Ford")}
NAMES = {"zh": ("客户管理.xlsx", "客户管理-陈静.xlsx"), "en": ("Customers.xlsx", "Customers-Megan.xlsx")}


@dataclass(frozen=True)
class _Copy:
    """Somebody's working copy, typed into by field and row, counted from 0."""

    desk: Desk
    book: Book
    frames: Mapping[str, pd.DataFrame]

    def type(self, table: str, row: int, /, **values: Any) -> None:
        self.desk.type(table, self.desk.place(table).first_row + row, **values)

    def append(self, table: str, /, **values: Any) -> None:
        self.type(table, len(self.frames[table]), **values)

    def word(self, name: str, value: str) -> str:
        return self.book.lists[name].values[value].text  # noqa: PD011 - a list of the dictionary, not a frame

    def title(self, table: str, field: str = "") -> str:
        return self.book.tables[table].fields[field].title if field else self.book.tables[table].title


def make_workbook(folder: Path, lang: str) -> Path:
    """Build, copy, edit and sync; return the workbook of the first of the two."""
    first, second = (folder / name for name in NAMES[lang])
    holders = HOLDERS[lang]
    day = ("--as-of", TODAY.isoformat())
    _run("build", "-o", first, "--example", "company", "--lang", lang, "--for", holders[0])
    _run("sync", first, *day)
    _run("build", "-o", second, *day, "--for", holders[1])
    _run("sync", first, second, *day)
    book = book_of(lang=lang)
    frames = load_example("company").frames(book)
    one, other = (_Copy(Desk(path, lang), book, frames) for path in (first, second))
    _mistype(one)
    _disagree(one, other)
    _enter_twice(one)
    _ask_in_bulk(one)
    assert sync_workbooks([first, second], Options(TODAY)).failures == []
    return first


def chosen_customer(lang: str) -> str:
    """Return what the dropdown of the card says of the customer."""
    customers = load_example("company").frames(book_of(lang=lang))["customers"].set_index("customer_id")
    return f"{CUSTOMER} {customers.loc[CUSTOMER, 'name']}"


def _run(*words: object) -> None:
    done = run(*words)
    assert done.exit_code in {0, 1}, done.output


def _mistype(copy: _Copy) -> None:
    copy.type("customers", 1, phone="1380000")
    copy.type("customers", 2, registered_on="2023/13/1")
    copy.type("customers", 3, email="微信" if copy.desk.lang == "zh" else "WeChat")
    copy.append("transactions", customer_id="999", date=date(2025, 6, 28), amount="520元")


def _disagree(one: _Copy, other: _Copy) -> None:
    for copy, satisfaction, status in ((one, 2, "closed"), (other, 4, "following")):
        copy.type("followups", 1, satisfaction=satisfaction)
        copy.type("customers", 5, status=copy.word("customer_status", status))


def _enter_twice(copy: _Copy) -> None:
    row = copy.frames["customers"].iloc[TWICE]
    names = ("name", "phone", "company", "city", "region", "owner")
    copy.append("customers", **{name: row[name] for name in names})


def _ask_in_bulk(copy: _Copy) -> None:
    region, owner = copy.title("customers", "region"), copy.title("customers", "owner")
    customers, contacts = copy.title("customers"), copy.title("interactions")
    provinces = copy.frames["customers"]["region"].value_counts()
    day = copy.title("interactions", "date")
    do = copy.word("bulk_decision", "run")
    copy.type(
        "bulk_edits", 0,
        table=customers, where=f'[@{region}]="{provinces.index[-1]}"', action=copy.word("bulk_action", "set"),
        field=f"{customers}·{owner}", value=copy.frames["customers"]["owner"].iloc[0], decision=do,
    )  # fmt: skip
    copy.type(
        "bulk_edits", 1,
        table=contacts, where=f"[@{day}]<DATE(2024,7,1)", action=copy.word("bulk_action", "delete"), decision=do,
    )  # fmt: skip
