"""Pairs of customers that may be one among 100,000, against a plain self-join of pandas.

pandas joins the table with itself on the cleaned telephone number, on the cleaned e-mail address, and on company and name,
and keeps every pair once: what somebody writes who has no more than an afternoon. It knows neither legal forms nor
salutations, switchboards nor names that are alike, and gives no score. Ours finds every pair of its that no rule takes
away; that is what is compared. In one row of twenty another customer stands again, the number written differently; some
companies have a switchboard that all of their contacts give.
"""

from __future__ import annotations

import random
from datetime import date, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from benchmarks.contest import Contest, Entrant, Peer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

ROWS = 100_000
_FAMILY, _GIVEN = "王李张刘陈杨黄赵吴周徐孙马朱胡", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华"
_FIRST = ("John", "Mary", "Peter", "Susan", "Robert")


def frame(rows: int = ROWS) -> pd.DataFrame:
    """Return the customers."""
    import pandas as pd

    dice = random.Random(1)
    people: list[dict[str, Any]] = []
    for number in range(rows):
        again = number > 0 and dice.random() < 0.05
        people.append(_again(dice.choice(people)) if again else _person(dice))
    found = pd.DataFrame(people, index=[f"r{number}x" for number in range(rows)], dtype=object)
    return found.assign(birth_date=pd.to_datetime(found["birth_date"]).astype("datetime64[us]"))


def _person(dice: random.Random) -> dict[str, Any]:
    latin = f"{dice.choice(_FIRST)} {''.join(dice.choices('abcdefghijk', k=6))}"
    han = dice.choice(_FAMILY) + dice.choice(_GIVEN) + dice.choice(_GIVEN)
    company = dice.randrange(8000)
    mobile = f"1{dice.randrange(3, 10)}{dice.randrange(10**9):09}"
    return {
        "name": han if dice.random() < 0.8 else latin,
        "phone": f"010-{60000000 + company:08}"
        if dice.random() < 0.1
        else mobile
        if dice.random() < 0.9
        else None,
        "email": f"u{dice.randrange(10**7)}@qq.com" if dice.random() < 0.6 else None,
        "company": f"公司{company}有限公司",
        "address": f"北京市海淀区{dice.randrange(40000)}号",
        "birth_date": date(1960, 1, 1) + timedelta(days=dice.randrange(15000)),
    }


def _again(person: dict[str, Any]) -> dict[str, Any]:
    phone = person["phone"]
    return {
        **person,
        "phone": f"{phone[:3]} {phone[3:]}" if phone else None,
        "company": person["company"][:-4],
    }


def ours(folder: Path, rows: int = ROWS) -> Callable[[], object]:
    """Return our search."""
    return partial(_find, folder, frame(rows))


def _find(folder: Path, customers: pd.DataFrame) -> None:
    from crmbook.exchange import find_duplicates
    from crmbook.schema import load_book

    book = load_book("standard", "zh")
    found = find_duplicates(book, book.tables["customers"], customers)
    (folder / "ours.txt").write_text("\n".join(f"{one.first} {one.second}" for one in found), "utf-8")


def pandas(folder: Path, rows: int = ROWS) -> Callable[[], object]:
    """Return what pandas does."""
    return partial(_join, folder, frame(rows))


def _join(folder: Path, customers: pd.DataFrame) -> None:
    import pandas as pd

    keys = pd.DataFrame(
        {
            "row": range(len(customers)),
            "phone": customers["phone"].str.replace(r"\D", "", regex=True),
            "email": customers["email"].str.lower(),
            "person": customers["company"].str.removesuffix("有限公司") + "|" + customers["name"].str.lower(),
        }
    )
    parts = [
        told.merge(told, on=label)
        for label in ("phone", "email", "person")
        for told in [keys[["row", label]].dropna()]
    ]
    pairs = pd.concat(
        [part[part["row_x"] < part["row_y"]][["row_x", "row_y"]] for part in parts]
    ).drop_duplicates()
    ids = customers.index.to_numpy()
    told = zip(ids[pairs["row_x"]], ids[pairs["row_y"]], strict=True)
    (folder / "pandas.txt").write_text("\n".join(f"{one} {other}" for one, other in told), "utf-8")


def same(folder: Path) -> Callable[[], None]:
    return partial(_compare, folder)


def _compare(folder: Path) -> None:
    """Raise unless ours has every pair of pandas' of one name, number, address and birthday."""
    mine = set((folder / "ours.txt").read_text("utf-8").splitlines())
    theirs = set((folder / "pandas.txt").read_text("utf-8").splitlines())
    people = (
        frame().assign(phone=lambda one: one["phone"].str.replace(r"\D", "", regex=True)).to_dict("index")
    )
    missed = []
    for pair in theirs - mine:
        one, other = (people[row] for row in pair.split())
        labels = ("phone", "email", "birth_date")
        told = [one[label] == other[label] for label in labels if one[label] and other[label]]
        if one["name"] == other["name"] and all(told):
            missed.append(pair)
    if missed or not mine & theirs:
        raise AssertionError(f"{len(missed)} pairs are missing: {missed[:3]}")


CONTEST = Contest(
    name="duplicates",
    work="find the pairs that may be one among 100,000 customers (aim: under 10 s)",
    ours=Entrant("crmbook", "benchmarks.duplicates:ours"),
    peers=(
        Peer(
            "pandas, self-join on telephone, e-mail, company + name",
            "benchmarks.duplicates:pandas",
            target=0.05,
        ),
    ),
    same="benchmarks.duplicates:same",
)
