"""`crmbook watch` for a long time: many saves over many workbooks, how soon each is synced, whether the process grows.

``python -m benchmarks.watching [--saves N] [--books N] [--pace SECONDS] [--minutes N]
[--book small|standard] [--idle MINUTES]``

With ``--idle`` nobody saves: what the process costs is measured from when it is at rest.

Everybody has a workbook and rows of his own in it. One save comes after another at a steady pace, whoever's turn the
seed says; as an office program does, it opens the workbook (lock file), writes beside it, puts that in its place and
closes. A save is *synced* once crmbook has written that workbook again: it replaces no bytes that it has not taken in.
A workbook whose last save still waits for that is passed over. The time a file must be quiet counts as well, and so
does the rewriting of the other workbooks, which goes on at the same time. In the end the head holds what was typed
last in every row. The small book (two tables for people, a computed column) is what a whole soak can be run with in
an hour or two; what the same saves cost in the standard book is measured with ``--book standard`` and fewer saves.
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import subprocess
import sys
import tempfile
import textwrap
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from random import Random
from statistics import median
from typing import TYPE_CHECKING, Final

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    import pandas as pd

    from crmbook.schema import Book

RESULTS = Path(__file__).with_name("WATCHING.md")
SAVES, BOOKS, PACE = 5_000, 50, 1.0
PEOPLE, VISITS = 200, 400
GROWTH = 1.1
"""How many times as much memory, and as many handles, as at a tenth of the saves are allowed at the last."""
IDLE, IDLE_MEMORY = 0.22, 255
"""Seconds of processor a minute, and MiB, that a watcher of 50 workbooks may cost while nobody saves."""
_REST = 20.0
_QUIET = 1.0
_LOOK = 0.01
_LOST = 300.0
"""Seconds after which a save counts as lost."""
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
        from crmbook.store import Store, own_place
        from crmbook.sync.checkout import Wish, check_out, new_record, start_book

        book, today = self.book, date.today()  # noqa: DTZ011 - the watcher goes by the machine's day too
        with Store.open(own_place(self.folder)) as store:
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
        from crmbook.store import Store, own_place

        with Store.open(own_place(self.folder)) as store:
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
        from crmbook.store import Store, own_place

        with Store.open(own_place(self.folder)) as store:
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
            "owner": [f"业务员{number % BOOKS}" for number in range(PEOPLE)],
        },
        "visits": {
            "visit_id": [f"{1001 + number}" for number in range(VISITS)],
            "client_id": [ids[number % PEOPLE] for number in range(VISITS)],
            "amount": [float(number) for number in range(VISITS)],
        },
    }
    return {name: table_frame(book.tables[name], cells) for name, cells in columns.items()}


@dataclass
class Soak:
    """The saves, one after another, and what was seen of the watcher meanwhile.

    Attributes
    ----------
    said
        File with what the watcher printed.
    waits
        Seconds from each save until it was synced, in the order in which they were.
    memory, handles, threads
        Of the watcher at each save: MiB resident, open files, threads.
    """

    office: Office
    watcher: psutil.Process
    pace: float
    said: Path
    waits: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)
    handles: list[int] = field(default_factory=list)
    threads: list[int] = field(default_factory=list)
    seconds: float = 0.0
    processor: float = 0.0
    _pending: dict[Path, tuple[float, tuple[int, int]]] = field(default_factory=dict)

    def run(self, saves: int, minutes: float) -> None:
        """Let people save, so often or so long, whichever comes first; wait until all is synced."""
        random, begin = Random(5), time.monotonic()
        used = self.watcher.cpu_times()
        for number, chosen in enumerate(self._turns(random, saves)):
            if time.monotonic() - begin > minutes * 60:
                break
            path = self.office.paths[chosen]
            row = chosen + len(self.office.paths) * random.randrange(PEOPLE // len(self.office.paths))
            self.office.save(path, f"第{number}次保存", row)
            self._pending[path] = time.monotonic(), _sign(path)
            self._sample()
            if number % 250 == 249:
                print(f"  {number + 1} saves: {self._so_far()}", file=sys.stderr, flush=True)
        while self._pending:
            self._look()
        self.seconds = time.monotonic() - begin
        now = self.watcher.cpu_times()
        self.processor = now.user + now.system - used.user - used.system

    def _turns(self, random: Random, saves: int) -> Iterator[int]:
        """Yield whose turn it is, when it is: of those who do not wait."""
        due = time.monotonic()
        for _ in range(saves):
            while True:
                self._look()
                free = [n for n, path in enumerate(self.office.paths) if path not in self._pending]
                if free and time.monotonic() >= due:
                    break
            due = max(due + self.pace, time.monotonic() - self.pace)  # a machine that was away does not hurry
            yield random.choice(free)

    def _look(self) -> None:
        """See which of the saved workbooks were written again."""
        time.sleep(_LOOK)
        now = time.monotonic()
        for path, (saved, sign) in list(self._pending.items()):
            if _sign(path) != sign:
                self.waits.append(now - saved)
                del self._pending[path]
            elif now - saved > _LOST:
                raise AssertionError(
                    f"{path.name} was saved {_LOST:g} s ago and is not synced\n{self._told(path)}"
                )

    def _sample(self) -> None:
        self.memory.append(self.watcher.memory_info().rss / 2**20)
        self.handles.append(self.watcher.num_fds())
        self.threads.append(self.watcher.num_threads())

    def _told(self, path: Path) -> str:
        """Return what the watcher said about a workbook last."""
        lines = self.said.read_text(encoding="utf-8").splitlines()
        return "\n".join([*[line for line in lines if path.name in line][-5:], "…", *lines[-5:]])

    def _so_far(self) -> str:
        waits = self.waits[-250:]
        return (
            f"{median(waits):.1f} s, slowest {max(waits):.1f} s; {self.memory[-1]:.0f} MiB, {self.handles[-1]} handles, "
            f"load {os.getloadavg()[0]:.1f}"
        )


def _sign(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0, 0
    return status.st_ino, status.st_mtime_ns


def percentile(values: Sequence[float], share: float) -> float:
    """Return the smallest of the values that so large a share of them does not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-round(len(ordered) * share * 1000) // 1000) - 1)]


def start(office: Office, said: Path) -> subprocess.Popen[bytes]:
    """Start the watcher; return once it watches and is at rest."""
    from crmbook.watch.status import read_status

    command = [sys.executable, "-m", "crmbook", "watch", str(office.folder), "--quiet-time", str(_QUIET)]
    with said.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, cwd=Path(__file__).parents[1])
    end = time.monotonic() + 300
    while True:
        standing = read_status(office.folder)
        known = [one.state in {"current", "unchanged"} for one in standing.workbooks] if standing else []
        if known.count(True) == len(office.paths):
            return process
        if process.poll() is not None or time.monotonic() > end:
            process.kill()
            raise AssertionError(f"the watcher does not begin: {said.read_text(encoding='utf-8')[-2000:]}")
        time.sleep(0.2)


def measure_sync(office: Office, many: int) -> list[float]:
    """Return the seconds that the sync of a saved workbook takes by itself, in this process."""
    took = []
    for number in range(many):
        path, row = office.paths[number % len(office.paths)], number % len(office.paths)
        office.save(path, f"先{number}", row)
        begin = time.perf_counter()
        office.sync(path)
        took.append(time.perf_counter() - begin)
    return took


def soak(asked: argparse.Namespace) -> list[list[str]]:
    """Run it all and return the lines of the table."""
    with tempfile.TemporaryDirectory(prefix="crmbook-watching-") as name:
        office = Office(Path(name), KINDS[asked.book], asked.books)
        office.build()
        alone = measure_sync(office, min(50, max(10, asked.saves // 20)))
        office.sync(*office.paths)
        written = office.exports()
        process = start(office, said := Path(name, "said.txt"))
        try:
            run = Soak(office, psutil.Process(process.pid), asked.pace, said)
            run.run(asked.saves, asked.minutes)
            process.send_signal(signal.SIGTERM)
            if code := process.wait(60):
                raise AssertionError(f"exit code {code}: {said.read_text(encoding='utf-8')[-2000:]}")
        finally:
            process.kill()
            process.wait()
        office.check()
        return _table(run, alone, office.exports() - written - len(run.waits))


def idle(asked: argparse.Namespace) -> list[list[str]]:
    """Measure a watcher that has nothing to do, and return the lines of the table."""
    with tempfile.TemporaryDirectory(prefix="crmbook-watching-") as name:
        office = Office(Path(name), KINDS[asked.book], asked.books)
        office.build()
        process = start(office, Path(name, "said.txt"))
        try:
            watcher = psutil.Process(process.pid)
            time.sleep(_REST)
            before = watcher.cpu_times()
            time.sleep(asked.idle * 60)
            now, memory = watcher.cpu_times(), watcher.memory_info().rss / 2**20
        finally:
            process.kill()
            process.wait()
    spent = now.user + now.system - before.user - before.system
    return [
        ["workbooks, minutes without a save", f"{asked.books}, {asked.idle:g}", ""],
        ["processor", f"{spent:.2f} s", f"≤ {IDLE * asked.idle:.2g} s"],
        ["resident memory", f"{memory:.0f} MiB", f"≤ {IDLE_MEMORY} MiB"],
    ]


def _table(run: Soak, alone: list[float], refreshed: int) -> list[list[str]]:
    saves, waits = len(run.waits), run.waits
    early = max(1, saves // 10)
    return [
        ["saves, workbooks", f"{saves:,}, {len(run.office.paths)}", ""],
        ["saves per minute", f"{saves / run.seconds * 60:.0f}", ""],
        ["save to synced, median", f"{percentile(waits, 0.5):.2f} s", ""],
        ["save to synced, 90 of 100", f"{percentile(waits, 0.9):.2f} s", ""],
        ["save to synced, 99 of 100", f"{percentile(waits, 0.99):.2f} s", ""],
        ["save to synced, slowest", f"{max(waits):.2f} s", ""],
        ["sync alone, median and 99 of 100", f"{percentile(alone, 0.5):.2f} s, {percentile(alone, 0.99):.2f} s", ""],
        ["processor per save, others' rewriting included", f"{run.processor / saves:.2f} s", ""],
        ["rewrites of others' workbooks", f"{refreshed:,}", ""],
        _grown("resident memory", run.memory, early, " MiB"),
        _grown("open files", [float(count) for count in run.handles], early, ""),
        _grown("threads", [float(count) for count in run.threads], early, ""),
    ]  # fmt: skip


def _grown(what: str, seen: list[float], early: int, unit: str) -> list[str]:
    """Return the line of what may not grow: medians of the last samples up to a tenth of the saves, and to the end."""
    some = min(early, max(10, early // 10))
    before, after = median(seen[early - some : early]), median(seen[-some:])
    value = f"{before:.4g}{unit} at save {early:,}, {after:.4g}{unit} at the last: {after / before:.3f}×"
    return [what, f"{value} (most {max(seen):.4g})", f"≤ {GROWTH}×"]


def main(words: list[str]) -> int:
    """Run the soak, print its table; write the results too, unless fewer saves were asked for. Return the exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.watching")
    parser.add_argument("--saves", type=int, default=SAVES)
    parser.add_argument("--books", type=int, default=BOOKS)
    parser.add_argument("--pace", type=float, default=PACE)
    parser.add_argument("--minutes", type=float, default=math.inf, help="stop saving after so many")
    parser.add_argument("--book", choices=KINDS, default="small")
    parser.add_argument(
        "--idle", type=float, default=0.0, help="measure so many minutes without a save instead"
    )
    asked = parser.parse_args(words)
    lines = idle(asked) if asked.idle else soak(asked)
    table = "\n".join(
        f"| {' | '.join(cells)} |" for cells in [["what", "measured", "target"], ["---"] * 3, *lines]
    )
    print(table, flush=True)
    if not asked.idle and asked.saves >= SAVES and asked.book == "small":
        from benchmarks.machine import machine

        RESULTS.write_text(
            f"{_INTRODUCTION.format(pace=asked.pace)}\n{table}\n\n{machine()}\n", encoding="utf-8"
        )
    return 0


_INTRODUCTION = """# A long watch

`python -m benchmarks.watching` makes this file: one process of `crmbook watch`, a folder of workbooks of one small book
({pace:g} s from one save to the next, whoever's turn it is), every save a value that nobody typed before, in rows that
are the person's own. The latency runs from the end of the save until crmbook has put the merged, checked, recomputed
workbook in its place; it includes the second in which a file must be quiet.
"""

if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
