"""A copy of some customers tells nothing of the others: every cell of theirs bears a mark of its own, and no byte does.

What people may share by design is not marked: dropdown lists, scoring rules, parameters, campaigns.
"""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest

from crmbook.base.records import OWN
from crmbook.build.example import load_example
from crmbook.build.identity import SECOND_STAMP
from crmbook.build.scope import Scope
from crmbook.ooxml import Package
from crmbook.store import Commit, Step, Store, locate
from crmbook.sync.checkout import Wish, new_record, start_book
from crmbook.sync.pipeline import Options, sync_workbooks
from tests.books import book_of
from tests.folders import kept_folder
from tests.sync.parts import DAY, WHOLE, Office, Part

if TYPE_CHECKING:
    from pathlib import Path

MINE, HIS = "001", "K7391"
FREE = "K5264"
"""An id that nobody has."""
NAME, NOBODY = "客户封印零", "客户虚无零"
PHONE, UNUSED = "13911112222", "13933334444"
HER_PHONE = "123456789"
"""That of the customer in scope, which the card shows."""
OWNER, COLLEAGUE = "王芳", "李强"
AMOUNT = 7_654_321.0
"""More than all that is in scope together, so that any figure that counts it shows it."""


@dataclass(frozen=True)
class Marked:
    """A book in which every text, and every number that people type, about the colleague's customer is marked."""

    frames: dict[str, pd.DataFrame]
    texts: frozenset[str]


@cache
def marked() -> Marked:
    book, texts = book_of(), {HIS, NAME, PHONE}
    frames = {}
    for name, frame in load_example("sample", "standard").frames(book).items():
        table = book.tables[name]
        refers = ["customer_id"] if "customer_id" in table.fields else []
        frame = frame.copy()  # noqa: PLW2901
        his = frame["customer_id"] == "002" if refers else pd.Series(False, index=frame.index)
        for row in frame.index[his]:
            for field in table.fields.values():
                mark = _mark(field, name)
                if mark is not None:
                    frame.loc[row, field.name] = mark
                    texts |= {mark} if isinstance(mark, str) else set()
        if refers:
            frame["customer_id"] = frame["customer_id"].replace("002", HIS)
        if "owner" in table.fields:
            frame["owner"] = [COLLEAGUE if is_his else OWNER for is_his in his]
        frames[name] = frame
    his_row = frames["customers"]["customer_id"] == HIS
    frames["customers"].loc[his_row, ["name", "phone"]] = [NAME, PHONE]
    return Marked(frames, frozenset(texts))


def _mark(field: Any, table: str) -> str | float | None:
    if not field.typed or field.name in {"customer_id", "owner"} or field.list or field.to or field.pattern:
        return None
    if field.type in {"text", "long_text"}:
        return f"封印{table}·{field.name}"
    if field.type == "email":
        return f"{table}-{field.name}@sealed.example"
    return AMOUNT if field.type == "money" else None


@cache
def _begun() -> Path:
    folder, book = kept_folder(), book_of()
    with Store.open(locate(folder)) as store:
        start_book(store, new_record(book), book, marked().frames, Wish(folder / WHOLE, DAY, is_beside=True))
        [record] = store.books()
        head = store.head(record.book_id)
        customers = head.tables["customers"]
        notes = ["我的", "封印own"]
        own = customers.assign(**{OWN + "私记": pd.Series(notes, customers.index, dtype=object)})
        with store.lease(record.book_id) as lease:
            step = Step("sync", COLLEAGUE, tables={"customers": own})
            store.commit(lease, record.book_id, Commit(head.revision, [step]))
    sync_workbooks([folder / WHOLE], Options(DAY))
    return folder


SCOPES = {
    "owner": Scope(owner=OWNER),
    "where": Scope(where='[@负责人]="王芳"'),
    "owner and role": Scope(owner=OWNER, role="service"),
}


def open_desk(folder: Path, scope: Scope) -> tuple[Office, Part]:
    shutil.copytree(_begun(), folder, dirs_exist_ok=True)
    office = Office(folder, book_of())
    return office, office.check_out("王芳.xlsx", scope, OWNER)


def leaks(office: Office, part: Part, told: Any = "", typed: set[str] = frozenset()) -> dict[str, list[str]]:
    """Where a mark stands that nobody typed there: members of her files, and what sync says of them."""
    found: dict[str, list[str]] = {}
    wanted = (marked().texts | {"封印own"}) - typed
    for path in sorted(office.folder.rglob("*")):
        if path.is_file() and part.path.stem in path.name and "store" not in path.name:
            for name, data in _contents(path).items():
                hits = [mark for mark in wanted if mark.encode() in data] + _great_numbers(data, typed)
                found |= {f"{path.name}/{name}": hits} if hits else {}
    said = repr(told) + json.dumps(repr(told))
    hits = [mark for mark in wanted if mark in said]
    return found | ({"report": hits} if hits else {})


def _contents(path: Path) -> dict[str, bytes]:
    if not zipfile.is_zipfile(path):
        return {path.name: path.read_bytes()}
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _great_numbers(data: bytes, typed: set[str]) -> list[str]:
    numbers = re.findall(rb"<(?:x:)?v>(\d{7,}(?:\.\d+)?)</", data)
    strange = (number for number in numbers if number.decode() not in {HER_PHONE, *typed})
    strange = (number for number in strange if not _orders_hers(number, typed))
    return [number.decode() for number in strange if float(number) >= AMOUNT / 2]


def _orders_hers(number: bytes, typed: set[str]) -> bool:
    """Whether it orders a row by its day and its number (`order_key`), a row that is not the colleague's."""
    day, own = divmod(int(float(number)), 10**9)
    return 40_000 < day < 60_000 and str(own) not in _his_numbers() - typed


@cache
def _his_numbers() -> frozenset[str]:
    frames = {name: frame for name, frame in marked().frames.items() if "customer_id" in frame}
    keys = book_of().tables
    return frozenset(
        str(number)
        for name, frame in frames.items()
        for number in frame.loc[frame["customer_id"] == HIS, keys[name].key]
    )


@pytest.mark.sample(1)
@pytest.mark.parametrize("name", SCOPES)
def test_nothing_of_others_stands_in_a_copy_when_it_is_built_and_when_it_is_synced(tmp_path, name):
    office, part = open_desk(tmp_path, SCOPES[name])
    assert leaks(office, part) == {}
    assert "封印own" in repr(office.head()["customers"].to_dict())
    part.type("customers", 2, address="南京")
    told = [one for one in office.sync() if one.path == part.path]
    assert told[0].taken.changed == 1
    assert leaks(office, part, told) == {}


@pytest.mark.slow
@pytest.mark.parametrize("name", ["where", "owner and role"])
def test_nothing_stays_of_a_customer_who_is_handed_on(tmp_path, name):
    office, part = open_desk(tmp_path, SCOPES[name])
    row = next(row for row, key in office.whole.column("customers", "customer_id").items() if key == HIS)
    office.whole.type("customers", row, owner=OWNER)
    office.sync()
    assert NAME in str(part.rows("customers"))
    before = _contents(part.path).keys()
    office.whole.type("customers", row, owner=COLLEAGUE)
    office.sync()
    shutil.rmtree(office.folder / ".crmbook" / "backups")  # what the file was is for whoever keeps the store
    assert leaks(office, part) == {}
    assert _contents(part.path).keys() == before
    assert "001" in str(part.rows("customers"))


# whatever she types


@dataclass(frozen=True)
class Guess:
    """What somebody types who guesses: things of a colleague's customer, or things that nobody has."""

    key: str
    name: str
    phone: str
    email: str
    near: str
    row_id: str
    number: str

    def plain(self, text: str) -> str:
        """Return a text in which what was guessed, and what orders a row of that number, stands under one name."""
        text = re.sub(rf"\b\d{{5}}{int(self.number):09d}\b", "<order>", text)
        for label, guessed in sorted(vars_of(self).items(), key=lambda item: -len(item[1])):
            text = re.sub(rf"(?<![0-9A-Za-z]){re.escape(guessed)}(?![0-9A-Za-z])", f"<{label}>", text)
        return text


def vars_of(guess: Guess) -> dict[str, str]:
    return {name: getattr(guess, name) for name in Guess.__dataclass_fields__}


def guesses(office: Office) -> tuple[Guess, Guess]:
    head = office.head()
    customers, orders = head["customers"], head["transactions"]
    his = customers.index[customers["customer_id"] == HIS][0]
    order = orders.loc[orders["customer_id"] == HIS, "transaction_id"].iloc[0]
    hit = Guess(HIS, NAME, PHONE, "customers-email@sealed.example", "客户封印", his, order)
    miss = Guess(FREE, NOBODY, UNUSED, "customers-nobody@other.example", "客户虚无", his[:-1] + "q", "0997")
    return hit, miss


GUESSED = ("customers", "transactions", "prospects", "loyalty", "interactions")


def type_guesses(part: Part, guess: Guess) -> None:
    """Type all at once what could bring a colleague's row, or tell whether there is one."""
    cells: dict[tuple[str, int], dict[str, Any]] = {}
    free = {name: part.free(name) for name in GUESSED if name in part.view.tables}

    def add(table: str, **values: Any) -> None:
        if table in part.view.tables:
            cells[table, free[table]] = {
                k: v for k, v in values.items() if k == "row_id" or k in part.view.tables[table].fields
            }
            free[table] += 1

    add("customers", customer_id=guess.key, name="冒名", owner=OWNER)
    add("customers", row_id=guess.row_id, name="冒行", owner=OWNER)
    add("customers", name=guess.name, owner=OWNER, phone=guess.phone, email=guess.email)
    add("transactions", customer_id=guess.key, amount=5, date=DAY)
    add("transactions", customer_id=guess.near, amount=6, date=DAY)
    add("transactions", transaction_id=guess.number, customer_id=MINE, amount=7, date=DAY)
    add("loyalty", customer_id=guess.key)
    add("interactions", customer_id=guess.key, date=DAY, summary="摘要")
    add("prospects", customer_id=guess.key, name="冒客", owner=OWNER)
    cells["customers", 2] = {"phone": guess.phone}
    part.type_all(cells)


@pytest.mark.slow
@pytest.mark.parametrize("name", SCOPES)
def test_whatever_is_guessed_right_or_wrong_comes_to_the_same(tmp_path, name):
    seen = []
    for number in range(2):
        office, part = open_desk(tmp_path / str(number), SCOPES[name])
        guess = guesses(office)[number]
        type_guesses(part, guess)
        typed = set(vars_of(guess).values())
        told = [one for _ in range(2) for one in office.sync() if one.path == part.path]
        assert leaks(office, part, told, typed) == {}
        said = [
            (issue.code, str(issue.location), guess.plain(repr(issue.params)))
            for one in told
            for issue in one.issues
        ]
        seen.append((_shown(part, guess), said, [one.taken for one in told]))
        head = office.head()
        kept = head["interactions"]
        assert kept["customer_id"].isna().sum() == 1
        assert head["customers"]["customer_id"].tolist().count(HIS) == 1
        _see_that_the_guesses_stay(part, guess)
    (shown, *said), (other, *also_said) = seen
    assert {
        place: (cell, other.get(place)) for place, cell in shown.items() if cell != other.get(place)
    } == {}
    assert (shown.keys(), said) == (other.keys(), also_said)


def _see_that_the_guesses_stay(part: Part, guess: Guess) -> None:
    keys = part.column("customers", "customer_id")
    names = {name: row for row, name in part.column("customers", "name").items()}
    assert keys[names["冒名"]] == guess.key
    assert {"冒名", "冒行", guess.name} <= names.keys()
    assert guess.key in part.column("interactions", "customer_id").values()


def _shown(part: Part, guess: Guess) -> dict[str, str]:
    """Everything that the copy shows, by sheet and cell, and its names."""
    package = Package.open(part.path)
    cells = {
        f"{sheet.name}!{cell.ref}": guess.plain(repr((cell.value, cell.formula)))
        for sheet in package.sheets
        for cell in package.sheet(sheet.name).cells()
        if cell.value is not None
    }
    names = {one.name: one.formula for one in package.defined_names if one.name != SECOND_STAMP}
    return cells | names
