"""A small book with all that an ordinary day needs, and a team of five at work in its copies, chosen by a seed.

Nobody waits for anybody: they edit while files are locked, save twice before sync is done with the first, put old
copies back, drives leave conflict copies, runs are cut off, or two go on at once. `tests.everyday.oracle` looks over their shoulders.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from datetime import date, timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from random import Random
from time import sleep
from typing import TYPE_CHECKING, Any
from unittest import mock

from crmbook.base.errors import BusyError, CrmbookError
from crmbook.build.roles import role_book
from crmbook.build.scope import Scope
from crmbook.ooxml import Package
from crmbook.schema import load_book
from crmbook.schema.recompute import table_frame
from crmbook.store import Store, locate
from crmbook.sync.checkout import Wish, check_out, new_record, start_book
from crmbook.sync.pipeline import Options, SyncState, sync_workbooks
from tests.everyday.hands import Emptied, Hands, Tokens, Typed
from tests.everyday.oracle import Oracle, tables_of
from tests.everyday.programs import save_as_excel, save_in_openpyxl
from tests.everyday.shown import Shown, in_scope
from tests.folders import kept_folder, write_files
from tests.saving import save_with_digits
from tests.sync.shop import cut_after
from tests.sync.world import CUTS

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from crmbook.base.issues import Issue
    from crmbook.schema import Book
    from crmbook.sync.outcome import Report
    from tests.everyday.hands import Act

DAY = date(2024, 3, 1)
OWNERS = ("王芳", "李强")
USUAL = (
    "field", "field", "field", "rename", "add", "add", "delete", "reuse", "sort", "duplicate", "refer", "refer", "nonsense",
)  # fmt: skip
"""What people do to a table, as often as each stands here."""
AS_EVER = ("field", "field", "add", "add", "refer", "nonsense")
"""What is edited in a copy that is not the newest."""
COPIES: dict[str, dict[str, str]] = {
    "甲.xlsx": {},
    "乙.xlsx": {},
    "王芳.xlsx": {"owner": OWNERS[0]},
    "前台.xlsx": {"role": "desk"},
    "江苏.xlsx": {"where": '=[@company]="江苏"'},
}
FILES = {
    "schemas/visits.yaml": """\
table: visits
title: {zh: 拜访, en: Visits}
key: visit_id
fields:
  visit_id: {title: {zh: 拜访编号, en: Visit ID}, type: id, start: 1001, required: true, unique: true}
  customer_id: {title: {zh: 客户编号, en: Customer ID}, type: ref, to: customers, required: true}
  event: {title: {zh: 活动, en: Event}, type: ref, to: events}
  on: {title: {zh: 日期, en: Date}, type: date}
  amount: {title: {zh: 金额, en: Amount}, type: number, min: 0}
  memo: {title: {zh: 摘要, en: Memo}, type: text}
""",
    "schemas/events.yaml": """\
table: events
title: {zh: 活动, en: Events}
key: name
name_field: name
fields:
  name: {title: {zh: 活动名称, en: Event}, type: text, required: true, unique: true}
  on: {title: {zh: 日期, en: Date}, type: date}
  budget: {title: {zh: 预算, en: Budget}, type: number}
""",
    "schemas/care.yaml": """\
table: care
title: {zh: 关怀, en: Care}
key: care_id
rows: one per customers
fields:
  care_id: {title: {zh: 关怀编号, en: Care ID}, type: id, start: 7001, required: true, unique: true}
  customer_id: {title: {zh: 客户编号, en: Customer ID}, type: ref, to: customers, required: true, unique: true}
  gift: {title: {zh: 礼品, en: Gift}, type: text}
  visits: {title: {zh: 频率, en: Visits}, type: number, override: true, formula: '=COUNTIFS(visits[customer_id],[@customer_id])/7'}
""",
    "schemas/losses.yaml": """\
table: losses
title: {zh: 流失, en: Losses}
key: customer_id
fields:
  customer_id: {title: {zh: 客户编号, en: Customer ID}, type: ref, to: customers, required: true, unique: true}
  reason: {title: {zh: 原因, en: Reason}, type: text}
""",
    "templates/team.yaml": """\
template: team
title: {zh: 小组, en: Team}
sheets:
  - page: guide
  - table: customers
    fields: [customer_id, name, phone, registered_on, company, notes, verified_on, owner, opportunity, limit, spent]
  - table: visits
  - table: events
  - table: care
  - table: losses
  - page: dictionary
  - page: issues
  - page: conflicts
roles:
  desk:
    title: {zh: 前台, en: Desk}
    sheets:
      - {page: guide}
      - {table: customers, hide: [opportunity]}
      - visits
      - care
      - {page: dictionary}
      - {page: issues}
      - {page: conflicts}
overrides:
  customers:
    fields:
      limit: {title: {zh: 额度, en: Limit}, type: number, override: true, formula: '=SUMIFS(visits[amount],visits[customer_id],[@customer_id])/7'}
      spent: {title: {zh: 累计, en: Spent}, type: number, formula: '=SUMIFS(visits[amount],visits[customer_id],[@customer_id])'}
""",
}


@cache
def workspace() -> Path:
    """Return the folder with the schemas of the book."""
    return write_files(kept_folder(), FILES)


@cache
def book() -> Book:
    return load_book("team", "zh", workspace())


def options() -> Options:
    return Options(DAY, workspace())


@cache
def begun() -> Path:
    """The book with all its copies, at rest, to be copied."""
    folder = kept_folder()
    many = range(8)
    keys = [f"{number + 1:03d}" for number in many]
    columns: dict[str, dict[str, list[Any]]] = {
        "customers": {
            "customer_id": keys,
            "name": [f"客户{number + 1}" for number in many],
            "phone": [f"1380000000{number}" for number in many],
            "registered_on": [date(2020, 1, 1) + timedelta(number) for number in many],
            "company": ["江苏", "江苏", "浙江", "江苏"] * 2,
            "notes": [f"备注{number + 1}" for number in many],
            "verified_on": [date(2023, 1, 1)] * 8,
            "owner": [*OWNERS] * 4,
            "opportunity": [number / 7 for number in many],
        },
        "visits": {
            "visit_id": [str(1001 + number) for number in many],
            "customer_id": [keys[number % 5] for number in many],
            "event": ["展会", "沙龙", None, "展会"] * 2,
            "on": [date(2023, 5, 1) + timedelta(number) for number in many],
            "amount": [100.0 + number / 3 for number in many],
            "memo": [f"摘要{number}" for number in many],
        },
        "events": {"name": ["展会", "沙龙", "讲座"], "budget": [100.5, 200.25, 1 / 3]},
        "care": {"care_id": [str(7001 + number) for number in many], "customer_id": keys, "gift": ["茶", *[None] * 7]},
        "losses": {"customer_id": keys[:4], "reason": ["甲", "乙", "丙", "丁"]},
    }  # fmt: skip
    frames = {name: table_frame(book().tables[name], cells) for name, cells in columns.items()}
    with Store.open(locate(folder)) as store:
        record = new_record(book(), workspace=workspace())
        first, *others = COPIES
        start_book(store, record, book(), frames, Wish(folder / first, DAY, is_beside=True))
        for name in others:
            check_out(store, record, book(), Wish(folder / name, DAY, Scope(**COPIES[name]), is_beside=True))
    for _ in range(2):
        sync_workbooks([folder / name for name in COPIES], options())
    return folder


class Team:
    """People at work in some of the copies, each step chosen by a seed."""

    def __init__(self, folder: Path, seed: int) -> None:
        shutil.copytree(begun(), folder, dirs_exist_ok=True)
        self.folder, self.random, self.tokens = folder, Random(seed), Tokens()
        self.copies = self.random.sample(list(COPIES), self.random.randint(3, min(5, len(COPIES))))
        for name in COPIES.keys() - set(self.copies):
            (folder / name).unlink()  # nobody works in it: it is absent
        self.oracle = Oracle(book(), self._head())
        self.waiting: dict[str, list[Act]] = {name: [] for name in self.copies}
        self.kept: dict[str, bytes] = {}
        self.log: list[str] = [f"seed {seed}: {self.copies}"]
        self.drives: dict[str, str] = {}
        self.stale: set[str] = set()
        self.sorted: set[str] = set()
        self.issues: dict[str, Sequence[Issue]] = {}

    # what people do

    @property
    def steps(self) -> tuple[Callable[[str], object], ...]:
        """What is done, as often as each stands here."""
        return (
            self.edit, self.edit, self.edit, self.edit, self.edit, self.sync, self.sync, self.save_again, self.keep,
            self.put_back, self.drive_copy, self.lock, self.unlock, self.cut_off, self.answer, self.sync_in_two_processes,
        )  # fmt: skip

    def step(self) -> None:
        """Do one thing."""
        chosen = self.random.choice(self.steps)
        name = self.random.choice(self.copies)
        self.log.append(f"{chosen.__name__} {name}")
        chosen(name)

    def edit(self, name: str, edits: Sequence[str] = ()) -> None:
        """Edit a copy, and save it in some program."""
        if name in self.sorted:
            return  # which row is which, its hidden ids do not tell before the next sync
        hands = self._hands(name)
        table = self.random.choice(hands.tables)
        if name in self.stale:
            edits = AS_EVER  # a row that is missing from an old copy is no deletion
        edit = self.random.choice(edits or USUAL)
        if hands.do(edit, table) and not any(isinstance(act, Emptied) and act.last for act in hands.acts):
            self.log.append(f"  {edit} {table} {hands.acts}")
            hands.save()
            save = self.random.choice((None, save_with_digits, save_in_openpyxl, save_as_excel))
            if save is not None:
                save(self.folder / name)
            self._did(name, hands.acts)
            if edit == "sort":
                self.sorted.add(name)

    def answer(self, name: str) -> None:
        """Say in a copy who a row is that was cleared and used again, if it asks."""
        package, place = Package.open(self.folder / name), self._hands(name).layout.tables.get("conflicts")
        if place is None:
            return
        sheet, row, asked = package.sheet(place.sheet), place.first_row, []
        while sheet.cell(f"{place.columns['number'].letter}{row}").value not in {None, ""}:
            about = str(sheet.cell(f"{place.columns['field'].letter}{row}").value)
            asked += [row] if about.startswith("同一条还是另一条？") else []
            row += 1
        if asked:
            choice = self.random.choice(("同一条记录", "另一条新记录"))
            line = self.random.choice(asked)
            self.log.append(f"  {choice} in line {line}")
            sheet.set(f"{place.columns['decision'].letter}{line}", choice)
            package.save(self.folder / name)

    def save_again(self, name: str) -> None:
        """Save twice without a lock: the program does not know that sync wrote the file in between."""
        was_sorted = name in self.sorted
        self.edit(name, AS_EVER)
        data = (self.folder / name).read_bytes()
        self.sync(name)
        if name in self.waiting and not self._is_locked(name) and not was_sorted:
            (self.folder / name).write_bytes(data)
            self.stale.add(name)
            hands = self._hands(name)
            if hands.do("field", self.random.choice(hands.tables)):
                hands.save()
                self.log.append(f"  again {hands.acts}")
                self._did(name, hands.acts)

    def keep(self, name: str) -> None:
        """Keep a copy of a workbook that is at rest somewhere else."""
        if not self.waiting[name]:
            self.kept[name] = (self.folder / name).read_bytes()

    def put_back(self, name: str) -> None:
        """Put the copy in the workbook's place, and edit it there."""
        if name in self.kept and not self.waiting[name]:
            (self.folder / name).write_bytes(self.kept[name])
            self.stale.add(name)
            self.edit(name, AS_EVER)

    def drive_copy(self, name: str) -> None:
        """A drive keeps both of two versions; the other one was edited as well."""
        copy = f"{Path(name).stem}-冲突.xlsx"
        if copy not in self.waiting and "冲突" not in name and not self.waiting[name]:
            shutil.copy(self.folder / name, self.folder / copy)
            self.waiting[copy], self.drives[copy] = [], name
            self.sorted |= {copy} if name in self.sorted else set()
            self.edit(copy, AS_EVER)

    def lock(self, name: str) -> None:
        self._sign(name).write_bytes(b"")

    def unlock(self, name: str) -> None:
        self._sign(name).unlink(missing_ok=True)

    def _hands(self, name: str) -> Hands:
        role = COPIES[self.drives.get(name, name)].get("role", "")
        return Hands(self.folder / name, role_book(book(), role), self.random, self.tokens)

    def _did(self, name: str, acts: Sequence[Act]) -> None:
        self.waiting[name] += self.oracle.did(acts)

    def _sign(self, name: str) -> Path:
        return self.folder / f"~${name}"

    def _is_locked(self, name: str) -> bool:
        return self._sign(name).exists()

    # sync

    def sync(self, name: str = "") -> Report:
        """Sync one workbook, or all, and judge what became of them."""
        names = [name] if name and self.random.random() < 0.3 else list(self.waiting)
        report = sync_workbooks([self.folder / one for one in names], options())
        for path, error in report.failures:
            if not isinstance(error, BusyError):
                self.oracle.faults.append(f"{path.name}: {error.code} {error}")
        for synced in report.workbooks:
            self._judge_state(synced)
        self.judge(report)
        return report

    def _judge_state(self, synced: Any) -> None:
        if synced.state is SyncState.HELD:
            found = [(one.code, one.sheet, one.field, one.count, one.of) for one in synced.plan.findings]
            self.oracle.faults.append(f"{synced.path.name} is held: {found}")
        if synced.state in {SyncState.CURRENT, SyncState.UNCHANGED}:
            self.waiting[synced.path.name].clear()
            self.stale.discard(synced.path.name)
            self.sorted.discard(synced.path.name)
        if synced.state is SyncState.ARCHIVED:
            del self.waiting[synced.path.name]

    def cut_off(self, name: str) -> None:
        """Sync all, but the run ends at a step."""
        owner, what = CUTS[self.random.choice(sorted(CUTS))]
        broken = cut_after(getattr(owner, what), self.random.randint(0, 4), KeyboardInterrupt)
        with mock.patch.object(owner, what, broken), contextlib.suppress(KeyboardInterrupt, CrmbookError):
            sync_workbooks([self.folder / one for one in self.waiting], options())
        self._forget_archived()
        self.judge(None)

    def sync_in_two_processes(self, _name: str) -> None:
        """Sync all in two processes at once, as a watcher and a person do."""
        child = os.fork()
        if not child:
            status = 1
            try:
                status = bool(self._faults_beside_another())
            finally:
                os._exit(status)
        self.oracle.faults += self._faults_beside_another()
        if os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]):
            self.oracle.faults.append("the other process failed")
        self._forget_archived()
        self.judge(None)

    def _faults_beside_another(self) -> list[str]:
        """Sync all, again until no other run has the store; return what went wrong, but for a copy that is moved away."""
        for _ in range(400):
            with contextlib.suppress(BusyError):
                report = sync_workbooks([self.folder / one for one in self.waiting], options())
                break
            sleep(0.05)
        else:
            return ["the store is busy for ever"]
        return [
            f"beside another run, {path.name}: {error.code} {error}"
            for path, error in report.failures
            if not isinstance(error, BusyError) and path.exists()
        ]

    def _forget_archived(self) -> None:
        for gone in [one for one in self.waiting if not (self.folder / one).exists()]:
            # What is no value stays in the copy, and is named by a report that nobody here heard.
            self.oracle.unheard |= {
                id(act) for act in self.waiting.pop(gone) if isinstance(act, Typed) and act.is_doubtful
            }

    def judge(self, report: Report | None) -> None:
        waiting = [act for acts in self.waiting.values() for act in acts]
        for synced in report.workbooks if report else ():
            # What stands in a workbook since its last sync; of a copy that was put away, what was told of it.
            is_away = synced.state is SyncState.ARCHIVED
            self.issues[f"{synced.path.name}{len(self.issues) if is_away else ''}"] = synced.issues
        if report is None:  # nothing was reported: only what changed is judged
            waiting = self.oracle.acts
        self.oracle.judge(self._head(), self._conflicts(), chain(*self.issues.values()), waiting)
        assert not self.oracle.faults, "\n".join([*self.log, *self.oracle.faults])

    def rest(self) -> None:
        """Everybody goes home: two rounds, then all show the head, and a third changes no byte."""
        for name in list(self.waiting):
            self.unlock(name)
        self.log.append("rest")
        self.sync()
        report = self.sync()
        head, conflicts = self._head(), self._conflicts()
        for synced in report.workbooks:
            if synced.path.name in self.drives:
                continue  # it waits for a word on who its rows are, and is never written
            wanted = COPIES[self.drives.get(synced.path.name, synced.path.name)]
            shown = Shown.of(role_book(book(), wanted.get("role", "")), synced.path, synced.issues, conflicts)
            scope = in_scope(book(), head, "owner", OWNERS[0]) if "owner" in wanted else None
            scope = in_scope(book(), head, "company", "江苏") if "where" in wanted else scope
            self.oracle.faults += [f"{synced.path.name}: {one}" for one in shown.faults(head, scope)]
        before = {name: (self.folder / name).read_bytes() for name in self.waiting}
        self.sync()
        self.oracle.faults += [
            f"a third round writes {name}"
            for name, data in before.items()
            if (self.folder / name).read_bytes() != data
        ]
        assert not self.oracle.faults, "\n".join([*self.log, *self.oracle.faults])

    def _head(self) -> dict[str, Any]:
        with Store.open(locate(self.folder)) as store:
            return tables_of(store.head(store.books()[0].book_id).tables)

    def _conflicts(self) -> Sequence[Any]:
        with Store.open(locate(self.folder)) as store:
            return store.conflicts(store.books()[0].book_id)
