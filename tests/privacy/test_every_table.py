"""A person of unique words in every table of the standard template, and wherever rows leave something behind: all of it goes.

The words are looked for by a search that knows nothing of crmbook's own (`tests.privacy.traces`), in every file of the
folder, whatever is packed in it, and in a server's dump. Undoing afterwards what was done to the person's rows brings no
word back. The book is in Chinese beside its store, in English inside a cloud drive, which keeps the store elsewhere, and
in Chinese on a PostgreSQL server.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pytest

from crmbook.ooxml import Package
from tests.books import book_of
from tests.cli.run import run, run_json
from tests.desk import Desk
from tests.postgres import dump
from tests.privacy.traces import traces, words_in_dump

if TYPE_CHECKING:
    from pathlib import Path

    from crmbook.base import Language

MAIN, SALES, SERVICE, HERS = "客户管理.xlsx", "销售.xlsx", "客服.xlsx", "王芳.xlsx"
DAY = ("--as-of", "2023-04-01")
NAME, PHONE, MAIL = "雀无双", "13766667777", "queque@canary.example"
DOUBLE, DOUBLE_MAIL = "雀有对", "duizi@canary.example"
BULK, CLASH, CLASH_TOO, BINNED, LISTED, OLD, WAITING = (
    "批量写的雀言",
    "甲处的雀言",
    "乙处的雀言",
    "删掉的雀言",
    "名单里的雀言",
    "从前的雀言",
    "等着看的雀言",
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
    {NAME, PHONE, MAIL, DOUBLE, DOUBLE_MAIL, BULK, CLASH, CLASH_TOO, BINNED, LISTED, OLD, WAITING}
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
            values["campaign"] = "Product launch" if desk.lang == "en" else "新品发布会"
        if "owner" in table.fields and table.fields["owner"].typed:
            values["owner"] = "王芳"
        desk.type(name, row_of(desk, name), customer_id=KEY, **values, **words_of(name))


def clear(desk: Desk, table: str, row: int) -> None:
    """Empty a row, as somebody does who deletes it."""
    package = Package.open(desk.path)
    place = desk.place(table)
    package.sheet(place.sheet).clear_row(row, {column.index + 1 for column in place.columns.values()})
    package.save(desk.path)


WATCHING = """\
digest: 1m
calendars: all
daily: true
notices:
  - webhook: {format: json, url: "http://127.0.0.1:9/"}
"""
"""Nobody answers there: what is to be told stays in the outbox."""


@dataclass(frozen=True)
class Town:
    """A folder of workbooks, a store somewhere, and the settings and data of who works there.

    Attributes
    ----------
    all
        What holds everything that is on the disk.
    url
        Of a store on a server; empty for one on the disk.
    """

    all: Path
    folder: Path
    lang: Language
    url: str

    def desk(self, name: str) -> Desk:
        return Desk(self.folder / name, self.lang)

    def ran(self, *words: object) -> None:
        done = run(*words, *DAY, "--lang", self.lang)
        assert done.exit_code in {0, 1}, done.output

    def sync(self) -> None:
        self.ran("sync", self.folder)

    def traces(self, words: list[str] = WORDS) -> dict[str, set[str]]:
        found = traces(self.all, words)
        dumped = words_in_dump(dump(self.url), words) if self.url else set()
        return found | ({"dump": dumped} if dumped else {})

    def populate(self) -> None:
        """Let the person be in every table and wherever rows leave something behind."""
        desk, hers = self.desk(MAIN), self.desk(HERS)
        self.ran("build", "-o", desk.path, "--sample")
        person = {**words_of("customers"), "phone": PHONE, "email": MAIL, "owner": "王芳", "notes": OLD}
        desk.type("customers", 4, customer_id=KEY, **person)
        desk.type("customers", 5, customer_id="004", name=DOUBLE, phone=PHONE, email=DOUBLE_MAIL)
        self.sync()
        fill(desk)
        desk.type("customers", 4, notes=words_of("customers")["notes"], birth_date=date(1990, 4, 2))
        self.sync()
        gone = row_of(desk, "interactions", "")
        desk.type("interactions", gone, customer_id=KEY, date=date(2023, 3, 2), content=BINNED)
        self.sync()
        clear(desk, "interactions", gone)
        self.ran("build", "-o", self.folder / SALES, "--role", "sales")
        self.ran("build", "-o", self.folder / SERVICE, "--role", "service")
        self.ran("build", "-o", hers.path, "--owner", "王芳")
        self._edit_in_bulk(desk)
        self.ran("dedupe", self.folder, "--merge", KEY, "004")
        desk.type("customers", 4, address=CLASH)
        hers.type("customers", row_of(hers, "customers"), address=CLASH_TOO)
        self.sync()
        self._watch()

    def _edit_in_bulk(self, desk: Desk) -> None:
        where = f'[@customer_id]="{KEY}"'
        bulk = (
            "bulk",
            self.folder,
            "--table",
            "preferences",
            "--where",
            where,
            "--set",
            f"description={BULK}",
        )
        code, told = run_json(*bulk, "--dry-run", *DAY)
        assert code == 0, told
        self.ran(*bulk, "--accept", told["plan"])
        action = {
            "zh": ("客户基本信息", "导出成文件", "执行"),
            "en": ("Customers", "Export to a file", "Do it"),
        }
        table, export, decision = action[self.lang]
        desk.type("bulk_edits", 5, table=table, where=where, action=export, value="x.csv", decision=decision)
        self.sync()

    def _watch(self) -> None:
        """Let a watcher meet a list that was taken in, one of which it asks, and messages that nobody takes."""
        lists = self.folder / DROPS[self.lang][0]
        (lists / DROPS[self.lang][1]).mkdir(parents=True)
        (lists / DROPS[self.lang][1] / "名单.csv").write_text(
            f"姓名,电话,地址\n{NAME},{PHONE},{LISTED}\n赵六,13900000000,\n", "utf-8"
        )
        (lists / "新的.csv").write_text(
            f"姓名,电话,说不清的\n{NAME},{PHONE},{WAITING}\n赵六,13900000000,好\n", "utf-8"
        )
        (self.folder / "watch.yaml").write_text(WATCHING, "utf-8")
        done = run("watch", self.folder, "--once", "--lang", self.lang, "--quiet-time", "0.2")
        assert done.exit_code in {0, 1}, done.output


DROPS = {"zh": ("导入", "已导入"), "en": ("import", "imported")}
EXPORTS = {"zh": "导出", "en": "export"}


@pytest.fixture(params=[("zh", "beside"), ("en", "drive"), ("zh", "server")], ids="-".join)
def town(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    lang, place = request.param
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    url = request.getfixturevalue("server") if place == "server" else ""
    if url:
        monkeypatch.setenv("CRMBOOK_STORE", url)
    folder = tmp_path / ("Dropbox" if place == "drive" else "town")
    folder.mkdir()
    made = Town(tmp_path, folder, lang, url)
    made.populate()
    return made


@pytest.mark.slow
def test_nothing_is_left_of_a_person_in_every_table_and_nothing_undone_brings_anything_back(town):
    before, folder, (drop, done) = town.traces(), town.folder, DROPS[town.lang]
    held = {str((folder / name).relative_to(town.all)) for name in (
        MAIN, SALES, SERVICE, HERS, f"{drop}/{done}/名单.csv", f"{drop}/新的.csv", f"{EXPORTS[town.lang]}/x.csv",
    )}  # fmt: skip
    assert held <= before.keys()
    kinds = {"outbox", "store.db", ".ics"} - ({"store.db"} if town.url else set())
    assert {kind for kind in kinds if not any(kind in name for name in before)} == set()
    assert not town.url or before["dump"]
    assert set().union(*before.values()) == set(WORDS)
    old = {path: path.read_bytes() for path in (folder / SALES, folder / HERS)}
    code, told = run_json("forget", NAME, folder, "--yes", *DAY)
    assert (code, told["complete"], told["after"]["found"]) == (0, True, [])
    assert {one["table"] for one in told["tables"]} == {*TABLES, "customers"}
    assert town.traces() == {}
    for undone in (("bulk", folder, "--undo"), ("dedupe", folder, "--undo")):
        run(*undone, *DAY)  # there may be nothing left to take back
        assert town.traces() == {}, undone
    for path, data in old.items():  # somebody puts a copy from before over the file
        path.write_bytes(data)
    town.sync()
    assert town.traces(sorted(set(WORDS) - NOT_OF_THE_PERSON)) == {}
