"""An oracle that knows nothing of merging: who saw what when typing, and what may have become of it since.

Clients are known by their name, which is never edited; every value that is typed is typed once, so that a value
tells its edit. After each sync the head is compared with the one before: a cell may only have become what somebody
typed who saw what stood there (or saw what somebody typed who did …), a row may only go where somebody emptied it
who saw it as it was, and whatever was typed stands somewhere until somebody who saw it replaces it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    Rows = Mapping[str, Mapping[str, Any]]
    Place = tuple[str, str]

CELLS = ("owner", "since", "city", "phone")
"""Fields of clients that are edited; notes are added to besides."""
KEY = "client_id"
"""A client's number, which may be typed anew."""


class ForbiddenError(AssertionError):
    """Something happened to people's work that must never happen."""


@dataclass(frozen=True, slots=True)
class Edit:
    """A value typed over what its editor saw."""

    place: Place
    saw: Any
    new: Any


@dataclass(frozen=True, slots=True)
class Deletion:
    """A row emptied by somebody who saw it like this."""

    name: str
    saw: Mapping[str, Any]


@dataclass
class Oracle:
    """What people did, and the head as it stood last.

    Attributes
    ----------
    given_up
        Values that people threw away themselves, with the file in which alone they stood.
    new_rows
        Clients who were typed in, by name.
    undated
        Cells that were typed in a workbook and, before it was written, again in a copy of it or in itself: two files
        hold a value each, and nothing in them tells which is the newer.
    """

    head: Rows
    edits: list[Edit] = field(default_factory=list)
    deletions: list[Deletion] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)
    new_rows: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    given_up: set[Any] = field(default_factory=set)
    undated: set[Place] = field(default_factory=set)

    # What people do

    def typed(self, name: str, label: str, saw: Any, new: Any) -> None:
        self.edits.append(Edit((name, label), saw, new))

    def entered(self, name: str, /, **values: Any) -> None:
        self.new_rows[name] = values

    def emptied(self, name: str, saw: Mapping[str, Any]) -> None:
        self.deletions.append(Deletion(name, dict(saw)))

    # What may have become of it

    def judge(self, head: Iterable[Mapping[str, Any]], conflicts: set[Any], standing: Rows) -> None:
        """Judge a new head.

        Parameters
        ----------
        head
            Its clients.
        conflicts
            Every value that an open conflict shows.
        standing
            What stands in workbooks that sync has not taken in yet, and values there that are none: by name, the
            values of the row.
        """
        rows: dict[str, Mapping[str, Any]] = {}
        for row in head:
            if row.get("name") in rows:
                raise ForbiddenError(f"{row.get('name')} stands twice")
            rows[str(row.get("name"))] = row
        for name in self.head.keys() | rows.keys():
            self._judge_row(name, self.head.get(name), rows.get(name))
        self._judge_work(rows, conflicts, standing)
        self.head = rows

    def _judge_row(self, name: str, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> None:
        if old is None:
            if new is not None:
                self._judge_new(name, new)
            return
        if new is None:
            if not any(self._knew(deletion, old) for deletion in self.deletions if deletion.name == name):
                raise ForbiddenError(f"{name} went though nobody emptied the row as it was: {old}")
            return
        for label in (KEY, *CELLS):
            before, after = old.get(label), new.get(label)
            if before != after and not self._leads((name, label), before, after):
                raise ForbiddenError(
                    f"{name}, {label}: {after!r} replaced {before!r}, which its editor never saw"
                )
        lost = set(str(old.get("notes", "")).split("\n")) - {"", *str(new.get("notes", "")).split("\n")}
        if lost:
            raise ForbiddenError(f"{name}: notes {lost} are gone")

    def _judge_new(self, name: str, new: Mapping[str, Any]) -> None:
        """Judge a row that was not there before: it was entered like this, or comes back, perhaps edited since."""
        known = [deletion.saw for deletion in self.deletions if deletion.name == name]
        known += [self.new_rows[name]] if name in self.new_rows else []
        if not known:
            raise ForbiddenError(f"nobody entered {name}")
        for label in CELLS:
            before, after = {row.get(label) for row in known}, new.get(label)
            if after not in before and not any(self._leads((name, label), old, after) for old in before):
                raise ForbiddenError(f"{name}, {label}: nobody typed {after!r} there")

    def judge_conflict(
        self, name: str, labels: Iterable[str], head: Iterable[Any], file: Iterable[Any]
    ) -> None:
        """Judge a new conflict: neither side saw what the other typed."""
        sides = list(zip(labels, head, file, strict=True))
        places = [(name, label) for label, _, _ in sides]
        if all(
            mine == other or self._leads(place, mine, other) or self._leads(place, other, mine)
            for place, (_, mine, other) in zip(places, sides, strict=True)
        ) and not self.undated.intersection(places):
            raise ForbiddenError(f"{name}: {sides} is a conflict though one side saw the other")

    def _leads(self, place: Place, before: Any, after: Any) -> bool:
        """Return whether `after` was typed over `before`, or over something that was …"""
        seen, open_ends = set(), [after]
        while open_ends:
            value = open_ends.pop()
            for edit in self.edits:
                if edit.place == place and edit.new == value and edit not in seen:
                    if edit.saw == before:
                        return True
                    seen.add(edit)
                    open_ends.append(edit.saw)
        return False

    def _knew(self, deletion: Deletion, row: Mapping[str, Any]) -> bool:
        return all(
            deletion.saw.get(label) == row.get(label)
            or self._leads((deletion.name, label), row.get(label), deletion.saw.get(label))
            for label in CELLS
        )

    def _was_deleted(self, name: str) -> bool:
        return any(deletion.name == name for deletion in self.deletions)

    def _judge_work(self, rows: Rows, conflicts: set[Any], standing: Rows) -> None:
        for edit in self.edits:
            if not self._is_kept(edit, rows, conflicts, standing):
                raise ForbiddenError(f"{edit.new!r} at {edit.place} is lost")
        for text, name in self.notes.items():
            kept = any(text in str(side.get(name, {}).get("notes")) for side in (rows, standing))
            kept = kept or any(text in str(value) for value in conflicts)
            if not kept and text not in self.given_up and not self._was_deleted(name):
                raise ForbiddenError(f"the note {text!r} at {name} is lost")
        for name in self.new_rows:
            kept = name in rows or name in standing or name in self.given_up
            if not kept and not self._was_deleted(name):
                raise ForbiddenError(f"{name} was entered and is lost")

    def _is_kept(self, edit: Edit, rows: Rows, conflicts: set[Any], standing: Rows) -> bool:
        name, label = edit.place
        return (
            (name in rows and rows[name].get(label) == edit.new)
            or edit.new in conflicts
            or (name in standing and edit.new in standing[name].values())
            or edit.new in self.given_up
            or any(other.place == edit.place and other.saw == edit.new for other in self.edits)
            or any(one.name == name and one.saw.get(label) == edit.new for one in self.deletions)
            or (
                edit.new is None
                and any(other.place == edit.place and other.saw is None for other in self.edits)
            )
            # Before a new row was ever taken in, nobody knows of a blank in it: an older copy of the row may fill it.
            or (edit.new is None and name in self.new_rows and rows.get(name, {}).get(label) == edit.saw)
        )
