"""Two rows become one: which value of each field stays, and where everything that referred to the other one goes.

Nothing goes unsaid: of two values that differ, the one that does not stay is written into the row's remarks where its table
has such a field, and is reported in any case. A row that is beside the other one, and of which there may be only one for
each, such as an analysis, is joined with its counterpart in the same way; all other rows only change whom they are about.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from crmbook.base import describe
from crmbook.ingest import Gone
from crmbook.merge import POLICIES, UNSETTLED, row_values
from crmbook.values import day_of, spell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pandas as pd

    from crmbook.schema import Book, Field, Table

    Tables = Mapping[str, pd.DataFrame]
    Changed = Callable[[str, str, str], int]

Take = Literal["keep", "other", "newest", "longest", "filled"]
TAKES: Final[tuple[Take, ...]] = ("filled", "keep", "other", "newest", "longest")
"""Which of two values stays; `filled` is the default: that of the row that stays, unless it is blank."""
_CELL: Final = 32_767


@dataclass(frozen=True, slots=True)
class Lost:
    """A value that does not stay, because another one does.

    Attributes
    ----------
    is_noted
        Whether it is in the remarks of the row that stays.
    """

    table: str
    label: str
    value: Any
    stays: Any
    is_noted: bool


@dataclass
class Joined:
    """What comes of it.

    Attributes
    ----------
    gone
        The rows that went, the other one first.
    moved
        By table, how many rows are about the row that stays by now.
    """

    tables: dict[str, pd.DataFrame]
    gone: list[Gone] = field(default_factory=list)
    lost: list[Lost] = field(default_factory=list)
    moved: dict[str, int] = field(default_factory=dict)


def join_rows(  # noqa: PLR0913, PLR0917 - a book, two rows, and what is wanted of them
    book: Book, tables: Tables, table: str, keep: str, other: str, takes: Mapping[str, Take], changed: Changed
) -> Joined:
    """Return a state in which one row stands for two.

    Parameters
    ----------
    keep, other
        Ids of the row that stays and of the one that goes.
    takes
        By label, which value stays.
    changed
        Returns the revision that changed a cell last, by table, row and label.
    """
    joining = _Joining(book, Joined(dict(tables)), changed)
    joining.join(table, keep, other, takes)
    return joining.done


@dataclass
class _Joining:
    book: Book
    done: Joined
    changed: Changed

    def join(self, name: str, keep: str, other: str, takes: Mapping[str, Take]) -> None:
        """Join two rows of a table, then what is beside them."""
        table, frame = self.book.tables[name], self.done.tables[name]
        (key,), (gone,) = (row_values(frame, row, (table.key,)) for row in (keep, other))
        values, lost = self._chosen(table, frame, (keep, other), takes)
        note = self._note(table, frame, keep, other, lost, values)
        values |= note
        self.done.lost += [
            Lost(name, label, value, stays, bool(note)) for label, (value, stays) in lost.items()
        ]
        for label, value in values.items():
            column = frame[label].copy()
            column.loc[keep] = value
            frame = frame.assign(**{label: column})
        self.done.tables[name] = frame.drop(index=other)
        self.done.gone.append(Gone(name, other, spell(gone), keep))
        if gone is not None and gone != key:
            self._move(name, key, gone)

    def _chosen(
        self, table: Table, frame: pd.DataFrame, rows: tuple[str, str], takes: Mapping[str, Take]
    ) -> tuple[dict[str, Any], dict[str, tuple[Any, Any]]]:
        """Return the cells of the row that stays which change, and by label what is lost for what."""
        values: dict[str, Any] = {}
        lost: dict[str, tuple[Any, Any]] = {}
        for labels in self._units(table, frame):
            mine, theirs = (row_values(frame, row, labels) for row in rows)
            if mine == theirs or all(value is None for value in theirs):
                continue
            take = next((takes[label] for label in labels if label in takes), None)
            both = self._by_policy(table, labels, mine, theirs) if take is None else None
            if both is not None:
                values |= both
                continue
            takes_other = self._takes_other(table, labels, rows, (mine, theirs), take or "filled")
            stays, goes = (theirs, mine) if takes_other else (mine, theirs)
            values |= dict(zip(labels, theirs, strict=True)) if takes_other else {}
            pairs = zip(labels, goes, stays, strict=True)
            lost |= {label: (one, stay) for label, one, stay in pairs if one is not None and one != stay}
        return values, lost

    def _units(self, table: Table, frame: pd.DataFrame) -> Iterator[tuple[str, ...]]:
        """Yield the labels of cells that are chosen, those of a group together."""
        groups: dict[str, list[str]] = {}
        for label in map(str, frame.columns):
            target = table.fields.get(label)
            is_whose = target is not None and target.to is not None and target.to == table.one_per
            if label == table.key or is_whose or (target is not None and target.derived):
                continue
            groups.setdefault((target.group if target else None) or f"\0{label}", []).append(label)
        yield from map(tuple, groups.values())

    def _by_policy(
        self, table: Table, labels: tuple[str, ...], mine: tuple[Any, ...], theirs: tuple[Any, ...]
    ) -> dict[str, Any] | None:
        """Return the cell that two values make by the policy of their field; None where they make none."""
        target = table.fields.get(labels[0])
        policy = POLICIES.get(target.policy) if target and len(labels) == 1 else None
        if target is None or policy is None or target.policy == "latest" or None in (*mine, *theirs):
            return None
        value = policy(None, mine[0], theirs[0])
        return None if value is UNSETTLED else {labels[0]: value}

    def _takes_other(
        self, table: Table, labels: tuple[str, ...], rows: tuple[str, str], values: Any, take: Take
    ) -> bool:
        mine, theirs = values
        if take in {"keep", "other"}:
            return take == "other"
        if all(value is None for value in mine):
            return take != "filled" or not self._is_counted(table.fields.get(labels[0]))
        if take == "longest":
            return _length(theirs) > _length(mine)
        if take == "newest":
            last = [max(self.changed(table.name, row, label) for label in labels) for row in rows]
            return last[1] > last[0]
        return False

    def _is_counted(self, target: Field | None) -> bool:
        """Return whether a field is computed from other tables unless typed: what was typed of one row alone is no sum of both."""
        if target is None or target.formula is None:
            return False
        return any(table != target.table for table, _ in target.formula.references)

    def _note(  # noqa: PLR0913, PLR0917 - two rows, and what becomes of them
        self,
        table: Table,
        frame: pd.DataFrame,
        keep: str,
        other: str,
        lost: Mapping[str, tuple[Any, Any]],
        values: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Return the remarks with what is lost; nothing where the table has none, or they are full."""
        words = self.book.imports.tables.get(table.name)
        label = words.further if words else None
        if not lost or not label or label not in frame.columns or label in lost:
            return {}
        naming = [name for name in (table.key, table.name_field) if name and name in frame.columns]
        called = " ".join(spell(one) for one in row_values(frame, other, tuple(naming)) if one is not None)
        mark = "; " if self.book.lang == "en" else "；"
        cells = mark.join(self._cell(table, one, value) for one, (value, _) in lost.items())
        line = describe("duplicates.remark", self.book.lang, {"row": called, "cells": cells})
        before = values.get(label, row_values(frame, keep, (label,))[0])
        text = f"{before}\n{line}" if before else line
        return {label: text} if len(text.encode("utf-16-le")) // 2 <= _CELL else {}

    def _cell(self, table: Table, label: str, value: Any) -> str:
        mark = ": " if self.book.lang == "en" else "："
        return f"{table.header(label)}{mark}{spell(day_of(value))}"

    def _move(self, name: str, key: Any, gone: Any) -> None:
        """Let all that refers to the key of the row that went refer to that of the row that stays."""
        for table in self.book.tables.values():
            for target in (
                table.references_to(name) if table.managed and table.name in self.done.tables else ()
            ):
                if target.typed and target.name in self.done.tables[table.name].columns:
                    self._move_in(table, target, key, gone, is_single=_is_single(table, target, name))

    def _move_in(self, table: Table, target: Field, key: Any, gone: Any, *, is_single: bool) -> None:
        column = self.done.tables[table.name][target.name]
        mine, theirs = column.index[column == key].tolist(), column.index[column == gone].tolist()
        if is_single and mine:
            for row in theirs:
                self.join(table.name, mine[0], row, {})
        elif theirs:
            new = column.copy()
            new.loc[theirs] = key
            self.done.tables[table.name] = self.done.tables[table.name].assign(**{target.name: new})
            self.done.moved[table.name] = self.done.moved.get(table.name, 0) + len(theirs)
            if target.name == table.key:
                self._move(table.name, key, gone)


def _is_single(table: Table, target: Field, parent: str) -> bool:
    """Return whether a table has at most one row for each row that a field of it refers to."""
    return table.one_per == parent or target.unique or target.name == table.key


def _length(values: tuple[Any, ...]) -> int:
    return sum(len(spell(value)) for value in values if value is not None)
