"""People at work in several workbooks of the small book, with an oracle that looks over their shoulders."""

from __future__ import annotations

import contextlib
from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest import mock

from crmbook.base.errors import CrmbookError
from crmbook.store import Store
from crmbook.sync import push
from crmbook.sync.pipeline import SyncState
from tests.saving import save_with_digits
from tests.sync.oracle import CELLS, KEY, ForbiddenError, Oracle
from tests.sync.shop import MAIN, OTHER, CutOff, Sheet, Shop, cut_after

if TYPE_CHECKING:
    from collections.abc import Callable, Container
    from pathlib import Path

CUTS = {
    "before the store learns": (Store, "commit"),
    "before the file is replaced": (push, "write_atomically"),
    "before the store learns that it was": (Store, "mark_written"),
    "before a copy is moved away": (push, "archive"),
}
OWNER = "wangfang"
KINDS: dict[str, dict[str, str]] = {
    "whole": {}, "role": {"role": "desk"}, "owner": {"owner": OWNER}, "where": {"where": '=LEFT([@owner])="王"'},
}  # fmt: skip
"""What the second copy shows."""
INSIDE: dict[str, Callable[[str], bool]] = {
    "owner": lambda owner: owner.casefold() == OWNER, "where": lambda owner: owner.startswith("王"),
}  # fmt: skip
"""Whose clients it shows, where it does not show all."""
CHOICES = {"master": "采用主库", "copy": "采用本簿", "custom": "自定义"}


class World:
    """A shop with people in it. Each method is something that somebody does; rows and cells are chosen by number.

    Parameters
    ----------
    kind
        What the second copy shows, one of `KINDS`.
    """

    def __init__(self, folder: Path, kind: str = "whole") -> None:
        self.shop, self.kind = Shop(folder), kind
        if kind == "owner":
            self._hand_over()
        self.shop.check_out(**KINDS[kind])
        self.sheets = {name: Sheet(folder / name) for name in (MAIN, OTHER)}
        self.narrow = {OTHER} if kind in INSIDE else set()
        self.dirty: set[str] = set()
        self.old: dict[str, bytes] = {}
        self.count = 0
        self.bad: set[Any] = set()
        self.made: set[Any] = {None}
        self.row_names: dict[str, str] = {}
        self.conflicts_known = 0
        self.oracle = Oracle({row["name"]: row for row in self._head()})
        names = self.shop.by_key("clients", "name")
        self.visitors = {
            row_id: names[visit["client_id"]] for row_id, visit in self.shop.cells("visits").items()
        }

    def _hand_over(self) -> None:
        """Give every other client to the owner of the second copy, whose name can be written in many ways."""
        sheet = Sheet(self.shop.folder / MAIN)
        for row in [*sheet.rows("clients")][::2]:
            sheet.type("clients", row, owner=OWNER)
        self.shop.sync(sheet)

    # Looking

    def _head(self) -> list[dict[str, Any]]:
        cells = self.shop.cells()
        self.row_names = {
            **getattr(self, "row_names", {}),
            **{row: cell["name"] for row, cell in cells.items()},
        }
        return [*cells.values()]

    def rows(self, sheet: str) -> dict[int, dict[str, Any]]:
        """The clients of a workbook, by row, each as its editor sees it."""
        return {
            row: {**cells, "since": _day(cells.get("since"))}
            for row, cells in self.sheets[sheet].rows("clients").items()
            if cells.get("name")
        }

    def some_row(self, sheet: str, number: int) -> int | None:
        rows = sorted(self.rows(sheet))
        return rows[number % len(rows)] if rows else None

    def token(self) -> int:
        self.count += 1
        return self.count

    # Editing

    def value_for(self, label: str, *, bad: bool = False) -> Any:
        number = self.token()
        if bad:
            self.bad.add(f"坏{number}")
            return f"坏{number}"
        made = {
            "owner": self._owner(number), "city": f"城{number}", "phone": f"139{number:08d}", KEY: f"K{number}",
        }  # fmt: skip
        value = made.get(label) or date(2001, 1, 1) + timedelta(number)
        self.made.add(value)
        return value

    def _owner(self, number: int) -> str:
        """Return whom a client is given to: every other time somebody whose clients the second copy shows."""
        if number % 2 and self.kind in INSIDE:
            letters = [
                letter.upper() if number >> place & 1 else letter for place, letter in enumerate(OWNER)
            ]
            return "".join(letters) if self.kind == "owner" else f"王{number}"
        return f"人{number}"

    def _is_inside(self, row: dict[str, Any]) -> bool:
        return INSIDE[self.kind](row.get("owner") or "")

    def edit(self, sheet: str, number: int, label: str, *, blank: bool = False, bad: bool = False) -> None:
        row = self.some_row(sheet, number)
        if row is not None:
            new = None if blank else self.value_for("since" if bad else label, bad=bad)
            self._type(sheet, row, "since" if bad else label, new)

    def _type(self, sheet: str, row: int, label: str, new: Any) -> None:
        seen = self.rows(sheet)[row]
        if seen.get(label) != new:
            self.oracle.typed(seen["name"], label, seen.get(label), new)
            self._think_again(sheet, seen["name"], label)
            self._touch(sheet)
            self.sheets[sheet].type("clients", row, **{label: new})

    def _think_again(self, sheet: str, name: str, label: str) -> None:
        """Give up what the same hand had typed there before, and what waits in a conflict since."""
        for one in self.shop.conflicts():
            is_own = (one.file_who, self.row_names.get(one.row_id)) == (sheet.removesuffix(".xlsx"), name)
            if is_own and label in one.labels:
                self.oracle.given_up |= set(one.file or ())

    def rename(self, sheet: str, number: int) -> None:
        """Give a client another number."""
        row = self.some_row(sheet, number)
        if row is not None and self.rows(sheet)[row].get(KEY):
            new = self.value_for(KEY)
            self.bad |= {new} if sheet in self.narrow else set()  # ids are changed in whole copies
            self._type(sheet, row, KEY, new)

    def save_again(self, sheet: str) -> None:
        """Open a workbook and save it as it is, in a program that keeps 15 digits."""
        save_with_digits(self.sheets[sheet].path)

    def note(self, sheet: str, number: int) -> None:
        row = self.some_row(sheet, number)
        if row is not None:
            seen, text = self.rows(sheet)[row], f"记{self.token():03d}"
            self.oracle.notes[text] = seen["name"]
            self._touch(sheet)
            self.sheets[sheet].type("clients", row, notes=f"{seen.get('notes', '')}\n{text}".strip())

    def add(self, sheet: str) -> None:
        name, owner = f"新{self.token()}", self.value_for("owner")
        self.oracle.entered(name, owner=owner)
        self._touch(sheet)
        self.sheets[sheet].add("clients", name=name, owner=owner)

    def copy_row(self, sheet: str, number: int) -> None:
        """Copy a row below the others, hidden cells and all, and give the copy a name of its own."""
        source = self.some_row(sheet, number)
        if source is not None:
            name, target = f"抄{self.token()}", max(self.rows(sheet)) + 1
            cells = self.rows(sheet)[source]
            self.oracle.entered(
                name, **{label: cells[label] for label in cells if cells[label] not in self.bad}
            )
            self._touch(sheet)
            self.sheets[sheet].put_rows("clients", {target: source}, hidden=True)
            self.sheets[sheet].type("clients", target, name=name, client_id=None)

    def clear(self, sheet: str, number: int, *, whole: bool) -> None:
        row, rows = self.some_row(sheet, number), self.rows(sheet)
        known = [one for one in self.oracle.head.values() if sheet not in self.narrow or self._is_inside(one)]
        least = 2 if sheet in self.narrow else 4
        if row is not None and len(rows) > least and len(known) - len(rows) < 3:
            self.oracle.emptied(rows[row]["name"], rows[row])
            for line in self.sheets[sheet].lines(
                "conflicts"
            ):  # whoever deletes a row has seen what is asked about it
                if line["record"] == rows[row].get(KEY):
                    self.oracle.given_up |= {_day(line["copy_value"]), line["copy_value"]}
            self._touch(sheet)
            self.sheets[sheet].clear("clients", row, whole=whole)

    def sort(self, sheet: str, *, hidden: bool) -> None:
        rows = sorted(self.rows(sheet))
        self._touch(sheet)
        self.sheets[sheet].put_rows("clients", dict(zip(rows, reversed(rows), strict=True)), hidden=hidden)

    def settle(self, sheet: str, number: int, choice: str) -> None:
        """Choose in a line of 冲突处理 what to do about a cell."""
        lines, known = self.sheets[sheet].lines("conflicts"), {one.id: one for one in self.shop.conflicts()}
        if not lines:
            return
        line = number % len(lines)
        record = known.get(int(lines[line]["number"]))
        shown = {row["name"]: row for row in self.rows(sheet).values()}
        name = self.row_names.get(record.row_id, "") if record else ""
        if record is None or record.table != "clients" or name not in shown or lines[line]["decision"]:
            return
        if record.head is None or record.file is None:
            if choice == "custom":
                return
            if (record.head is None) == (choice == "master"):
                self.oracle.emptied(name, shown[name])
        elif choice == "custom" and len(record.labels) > 1:
            return
        custom = None
        for label, value in zip(record.labels, record.file or (), strict=False):
            head, copied = shown[name].get(label), _day(value)
            if record.head is None:
                continue
            custom = self.value_for(label)
            if choice == "copy" and label in {*CELLS, KEY}:
                self.oracle.typed(name, label, head, copied)
            elif choice == "custom":
                self.oracle.typed(name, label, head, custom)
            if choice != "copy":
                self.oracle.given_up.add(copied)
        self._touch(sheet)
        given = custom if choice == "custom" else None
        self.sheets[sheet].answer("conflicts", line, decision=CHOICES[choice], custom_value=given)

    def _touch(self, sheet: str) -> None:
        self.dirty.add(sheet)

    # Files

    def keep(self, sheet: str) -> None:
        """Keep a copy of a workbook somewhere."""
        self.old[sheet] = self.sheets[sheet].data

    def put_back(self, sheet: str) -> None:
        """Put the copy in the workbook's place: what stood in that alone is thrown away."""
        if sheet in self.old:
            others = self.standing(without=sheet)
            rows = {row["name"]: row for row in self._head()}
            for name, row in {**self.standing(), **self._values(sheet)}.items():
                for value in (name, *row.values(), *str(row.get("notes", "")).split("\n")):
                    known = {**rows.get(name, {}), **others.get(name, {})}
                    texts = [str(known.get("notes", "")), *map(str, known.values())]
                    if value not in known.values() and not any(str(value) in text for text in texts):
                        self.oracle.given_up.add(value)
            self.sheets[sheet].path.write_bytes(self.old[sheet])
            self._touch(sheet)

    def drive_copy(self, sheet: str, number: int, label: str) -> None:
        """A cloud drive keeps both of two versions: a copy by its naming, in which a cell is edited."""
        stem = self.sheets[sheet].path.stem
        name = f"{stem}-冲突.xlsx"
        if name not in self.sheets:
            self._copy(sheet, name)
            self.edit(name, number, label)

    def fork(self, sheet: str) -> None:
        """Somebody makes a copy for herself."""
        name = "赵一.xlsx"
        if name not in self.sheets and "冲突" not in sheet:
            self._copy(sheet, name)

    def _copy(self, sheet: str, name: str) -> None:
        self.sheets[name] = self.shop.copy(self.sheets[sheet], name)
        self.narrow |= {name} if sheet in self.narrow else set()
        self._touch(name)
        if sheet in self.dirty:
            self.oracle.undated |= {
                (row["name"], label)
                for row in self.rows(sheet).values() for label in CELLS if row.get(label) in self.made
            }  # fmt: skip

    def lock(self, sheet: str) -> None:
        self.sheets[sheet].lock()

    def unlock(self, sheet: str) -> None:
        self.sheets[sheet].path.with_name(f"~${sheet}").unlink(missing_ok=True)

    # Sync

    def sync(self, *names: str) -> None:
        chosen = [self.sheets[name] for name in names or self.sheets if name in self.sheets]
        report = self.shop.sync(*chosen)
        for _, error in report.failures:
            raise error
        for synced in report.workbooks:
            if synced.state in {SyncState.CURRENT, SyncState.UNCHANGED, SyncState.ARCHIVED}:
                self.dirty.discard(synced.path.name)
            if synced.state is SyncState.ARCHIVED:
                del self.sheets[synced.path.name]
        self.judge()

    def cut_off(self, where: str, after: int) -> None:
        """Sync all, but the run ends at a step."""
        owner, what = CUTS[where]
        broken = cut_after(getattr(owner, what), after)
        with (
            mock.patch.object(owner, what, broken),
            contextlib.suppress(CutOff, CrmbookError),
        ):
            self.shop.sync(*self.sheets.values())
        for name in [name for name, sheet in self.sheets.items() if not sheet.path.exists()]:
            del self.sheets[name]
        self.dirty |= set(self.sheets)
        self.judge()

    def judge(self) -> None:
        records = self.shop.conflicts()
        head = self._head()
        for record in [one for one in records if one.id > self.conflicts_known and one.table == "clients"]:
            if record.head is not None and record.file is not None and set(record.labels) <= set(CELLS):
                name, mine, other = (
                    self.row_names[record.row_id],
                    map(_day, record.head),
                    map(_day, record.file),
                )
                self.oracle.judge_conflict(name, record.labels, mine, other)
        self.conflicts_known = max([self.conflicts_known, *(one.id for one in records)])
        conflicts = {
            _day(value)
            for record in records
            for values in (record.head, record.file)
            for value in values or ()
        }
        self.oracle.judge(head, conflicts, self.standing())
        self._judge_visits(head)

    def _judge_visits(self, head: list[dict[str, Any]]) -> None:
        """See that every visit is its client's, whatever the client's number is now."""
        keys = {row[KEY]: row["name"] for row in head if KEY in row}
        for row_id, visit in self.shop.cells("visits").items():
            known, name = keys.get(visit[KEY]), self.visitors[row_id]
            if known != name and name in keys.values():
                raise ForbiddenError(f"the visit of {name} says {visit[KEY]}, which is {known}")

    def standing(self, without: str = "") -> dict[str, dict[str, Any]]:
        """What stands in workbooks that were not taken in, and bad values in any: by name, values that tell it."""
        found: defaultdict[str, dict[str, Any]] = defaultdict(dict)
        for sheet in self.sheets.keys() - {without}:
            for name, row in self._values(sheet).items():
                for label, value in {**dict.fromkeys(CELLS), **row}.items():
                    if sheet in self.dirty or value in self.bad:
                        key = label if label == "notes" and label not in found[name] else f"{sheet}/{label}"
                        found[name][key] = value
        for row in found.values():
            row["notes"] = "\n".join(str(value) for key, value in row.items() if key.endswith("notes"))
        return {name: dict(row) for name, row in found.items() if row}

    def _values(self, sheet: str) -> dict[str, dict[str, Any]]:
        return {row["name"]: row for row in self.rows(sheet).values()}

    def rest(self) -> None:
        """Everybody goes home: two rounds without edits, then all workbooks show the head, and a third does nothing."""
        for name in self.sheets:
            self.unlock(name)
        self.sync()
        self.sync()
        before = {name: sheet.data for name, sheet in self.sheets.items()}
        self.sync()
        if before != {name: sheet.data for name, sheet in self.sheets.items()}:
            raise ForbiddenError("a third round changes something")
        for sheet in self.sheets:
            shown = self._values(sheet)
            head = self._to_be_shown(sheet, shown)
            for name in (shown.keys() | head.keys()) - self._asked_about():
                mine, row = shown.get(name, {}), head.get(name, {})
                unlike = [
                    label for label in (*CELLS, "notes", "area", KEY)
                    if mine.get(label) != row.get(label) and mine.get(label) not in self.bad
                ]  # fmt: skip
                if unlike and not set(mine.values()) & self.bad:
                    raise ForbiddenError(f"{sheet} shows {mine} where the head holds {row}")

    def _asked_about(self) -> set[Any]:
        """Return who stands in rows that lost their key and name: they wait for a word on whom they mean."""
        return {
            name
            for one in self.shop.conflicts()
            if one.table == "clients"
            and one.file
            and dict(zip(one.labels, one.file, strict=True)).get(KEY, KEY) is None
            for name in (self.row_names.get(one.row_id), *one.file)
        }

    def _to_be_shown(self, sheet: str, shown: Container[str]) -> dict[str, dict[str, Any]]:
        """Return what a workbook at rest shows of the head: a client who is nobody's only where it did before."""
        return {
            row["name"]: row
            for row in self._head()
            if sheet not in self.narrow
            or self._is_inside(row)
            or (self.kind == "owner" and not row.get("owner") and row["name"] in shown)
        }


def _day(value: Any) -> Any:
    return value.date() if isinstance(value, datetime) else value
