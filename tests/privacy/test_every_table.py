"""A person of unique words in every table of the standard template, and wherever rows leave something behind: all of it goes.

The words are looked for by a search that knows nothing of crmbook's own (`tests.privacy.traces`), in every file of the
folder, whatever is packed in it. Undoing afterwards what was done to the person's rows brings no word back.
"""

from __future__ import annotations

import json
import shutil
from datetime import date
from typing import TYPE_CHECKING

import pytest

from crmbook.ooxml import Package
from tests.books import book_of
from tests.cli.run import run, run_json
from tests.desk import Desk
from tests.privacy.traces import traces

if TYPE_CHECKING:
    from pathlib import Path

MAIN, SALES, SERVICE, HERS = "客户管理.xlsx", "销售.xlsx", "客服.xlsx", "王芳.xlsx"
DAY = ("--as-of", "2023-04-01")
NAME, PHONE, MAIL = "雀无双", "13766667777", "queque@canary.example"
DOUBLE, DOUBLE_MAIL = "雀有对", "duizi@canary.example"
BULK, CLASH, CLASH_TOO, BINNED, LISTED, OLD = (
    "批量写的雀言",
    "甲处的雀言",
    "乙处的雀言",
    "删掉的雀言",
    "名单里的雀言",
    "从前的雀言",
)
KEY = "003"
VALUES = {
    "date": date(2023, 3, 1), "money": 70, "rating": 4, "integer": 3, "number": 2, "phone": PHONE, "email": MAIL,
}  # fmt: skip
"""What is typed into required fields that hold no words."""


def words_of(table: str) -> dict[str, str]:
    """Return what is typed of the person into the fields of a table that hold words, each unlike any other."""
    fields = book_of().tables[table].fields.values()
    texts = [
        one.name for one in fields if one.typed and one.type in {"text", "long_text"} and one.name != "owner"
    ]
    return {name: f"雀言{table}之{name}" for name in texts} | (
        {"name": NAME, "contact": PHONE}
        if table == "prospects"
        else {"name": NAME}
        if table == "customers"
        else {}
    )


TABLES = [
    name
    for name, table in book_of().tables.items()
    if table.managed and any(one.to == "customers" for one in table.fields.values())
]
WORDS = sorted(
    {NAME, PHONE, MAIL, DOUBLE, DOUBLE_MAIL, BULK, CLASH, CLASH_TOO, BINNED, LISTED, OLD}
    | {word for table in [*TABLES, "customers"] for word in words_of(table).values()}
)


NOT_OF_THE_PERSON = {words_of("feedback")["handler"], words_of("transactions")["product"]}
"""Who of the team handled a complaint, and what is sold: a page of an old copy may name them once more, beside nobody."""


def row_of(desk: Desk, table: str, key: str = KEY) -> int:
    """Return the row of a table that is about a customer, or the first one that is about nobody."""
    place = desk.place(table)
    sheet, row = Package.open(desk.path).sheet(place.sheet), place.first_row
    while sheet.cell(f"{place.columns['customer_id'].letter}{row}").value not in {None, "", key}:
        row += 1
    return row


def fill(desk: Desk) -> None:
    """Type the person's words into every table, into the row that is there or into one more."""
    for name in TABLES:
        table = book_of().tables[name]
        values = {
            field.name: VALUES[field.type]
            for field in table.fields.values()
            if field.typed and field.required and field.type in VALUES
        }
        if name == "participations":
            values["campaign"] = "新品发布会"
        if "owner" in table.fields and table.fields["owner"].typed:
            values["owner"] = "王芳"
        desk.type(name, row_of(desk, name), customer_id=KEY, **values, **words_of(name))


def clear(desk: Desk, table: str, row: int) -> None:
    """Empty a row, as somebody does who deletes it."""
    package = Package.open(desk.path)
    place = desk.place(table)
    package.sheet(place.sheet).clear_row(row, {column.index + 1 for column in place.columns.values()})
    package.save(desk.path)


def sync(folder: Path) -> None:
    done = run("sync", folder, *DAY)
    assert done.exit_code in {0, 1}, done.output


def ran(*words: object) -> None:
    done = run(*words, *DAY, "--lang", "zh")
    assert done.exit_code in {0, 1}, done.output


def _populate(folder: Path) -> None:
    desk, hers = Desk(folder / MAIN), Desk(folder / HERS)
    ran("build", "-o", desk.path, "--sample")
    person = {**words_of("customers"), "phone": PHONE, "email": MAIL, "owner": "王芳", "notes": OLD}
    desk.type("customers", 4, customer_id=KEY, **person)
    desk.type("customers", 5, customer_id="004", name=DOUBLE, phone=PHONE, email=DOUBLE_MAIL)
    sync(folder)
    fill(desk)
    desk.type("customers", 4, notes=words_of("customers")["notes"])
    sync(folder)
    gone = row_of(desk, "interactions", "")
    desk.type("interactions", gone, customer_id=KEY, date=date(2023, 3, 2), content=BINNED)
    sync(folder)
    clear(desk, "interactions", gone)
    ran("build", "-o", folder / SALES, "--role", "sales")
    ran("build", "-o", folder / SERVICE, "--role", "service")
    ran("build", "-o", hers.path, "--owner", "王芳")
    bulk = (
        "bulk",
        folder,
        "--table",
        "preferences",
        "--where",
        f'[@customer_id]="{KEY}"',
        "--set",
        f"description={BULK}",
    )
    code, told = run_json(*bulk, "--dry-run", *DAY)
    assert code == 0, told
    ran(*bulk, "--accept", told["plan"])
    ran("dedupe", folder, "--merge", KEY, "004")
    desk.type("customers", 4, address=CLASH)
    hers.type("customers", row_of(hers, "customers"), address=CLASH_TOO)
    sync(folder)
    own = folder / ".crmbook"
    (own / "watch" / "log").mkdir(parents=True, exist_ok=True)
    line = json.dumps({"text": f"已同步 {NAME}"}, ensure_ascii=False)
    (own / "watch" / "log" / "events.jsonl").write_text(line + "\n", "utf-8")
    (folder / "导入" / "已导入").mkdir(parents=True)
    (folder / "导入" / "已导入" / "名单.csv").write_text(
        f"姓名,电话,地址\n{NAME},{PHONE},{LISTED}\n赵六,13900000000,\n", "utf-8"
    )


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("settings")


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory, settings: Path) -> Path:
    folder = tmp_path_factory.mktemp("everywhere")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CONFIG_HOME", str(settings))
        _populate(folder)
    return folder


@pytest.fixture
def town(filled: Path, tmp_path: Path, settings: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(settings))
    shutil.copytree(filled, tmp_path / "town")
    return tmp_path / "town"


@pytest.mark.slow
def test_nothing_is_left_of_a_person_in_every_table_and_nothing_undone_brings_anything_back(town):
    before = traces(town, WORDS)
    assert {MAIN, SALES, SERVICE, HERS, ".crmbook/store.db", "导入/已导入/名单.csv"} <= before.keys()
    assert set().union(*before.values()) == set(WORDS)
    old = {path: path.read_bytes() for path in (town / SALES, town / HERS)}
    code, told = run_json("forget", NAME, town, "--yes", *DAY)
    assert (code, told["complete"], told["after"]["found"]) == (0, True, [])
    assert {one["table"] for one in told["tables"]} == {*TABLES, "customers"}
    assert traces(town, WORDS) == {}
    for undone in (("bulk", town, "--undo"), ("dedupe", town, "--undo")):
        run(*undone, *DAY)  # there may be nothing left to take back
        assert traces(town, WORDS) == {}, undone
    for path, data in old.items():  # somebody puts a copy from before over the file
        path.write_bytes(data)
    sync(town)
    assert traces(town, sorted(set(WORDS) - NOT_OF_THE_PERSON)) == {}
