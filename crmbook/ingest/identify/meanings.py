"""What references mean: the row that a key names, whatever that row is called in another version.

A file, its image and the head were written at different times. Where the key of a row differs between them, one text
may name two rows, and two texts one. `Meanings` puts the row itself in place of such a key, in every version by
that version's own keys, so that a merge compares what was meant. Afterwards the merged keys take its place again. Keys
that every version gives to the same row stay texts: mostly all of them, and then there is nothing to do.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import chain
from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from crmbook.merge import CellChange, differs

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from crmbook.merge import Merged
    from crmbook.schema import Book, Field

    Tables = Mapping[str, pd.DataFrame]
    Directory = Mapping[str, str]
    Former = Callable[[str, str], Mapping[str, str]]

_ROW: Final = "\x00"
"""Begins what stands for a row; nobody can type it into a cell."""


@dataclass(frozen=True)
class Meanings:
    """The references of several versions of a state.

    Attributes
    ----------
    book
        The schema.
    head, file
        The store's state, and what the workbook holds.
    base
        What the workbook held when it was last taken in, then what it held before that, the newest first.
    named
        By table that is referred to, the keys of each version (head, file, base …) that name another row in one of
        them or name none there; only tables with such keys.
    """

    book: Book
    head: Tables
    file: Tables
    base: Sequence[Tables]
    named: Mapping[str, Sequence[Directory]] = field(default_factory=dict)

    @classmethod
    def of(cls, book: Book, head: Tables, file: Tables, base: Sequence[Tables], former: Former) -> Meanings:
        """Find out which keys do not mean the same row in every version.

        Where a workbook does not show the table that it refers to, the keys that its rows had, by `former`, are
        those that may still be in it.
        """
        named: dict[str, Sequence[Directory]] = {}
        for name in {
            inner.to for table in book.tables.values() for inner in table.fields.values() if inner.to
        }:
            table = book.tables.get(name)
            if table is not None and table.key_field.typed:
                versions = [_keys(tables.get(name), table.key) for tables in (head, file, *base)]
                if base and name in head and name not in base[0]:
                    versions[2] = _former_keys(versions[0], former(name, table.key))
                moved = _moved(versions)
                if moved:
                    named[name] = [_directory(keys, moved) for keys in versions]
        return cls(book, head, file, base, named)

    def of_head(self, name: str) -> pd.DataFrame | None:
        """Return a table of the head with rows in place of keys."""
        return self._meant(name, self.head.get(name), lambda named: [named[0], *named[2:]])

    def of_base(self, name: str, tables: Tables) -> pd.DataFrame | None:
        """Return a table of one of the states in `base` with rows in place of keys."""
        position = next(position for position, known in enumerate(self.base) if known is tables) + 2
        return self._meant(name, tables.get(name), lambda named: [named[position], *named[2:], named[0]])

    def of_file(self, name: str) -> pd.DataFrame:
        """Return a table of the workbook with rows in place of keys; what nobody touched means what it meant."""
        frame, columns = self.file[name], {}
        before = self.base[0].get(name) if self.base else None
        meant = None if before is None else self.of_base(name, self.base[0])
        for target in self._targets(name, frame):
            named = self.named[str(target.to)]
            column = _replaced(frame[target.name], [named[1], *named[2:], named[0]])
            if before is not None and meant is not None and target.name in before.columns:
                old = before[target.name].reindex(frame.index)
                same = ~differs(frame[target.name], old) & column.notna().to_numpy()
                column = column.where(~same, meant[target.name].reindex(frame.index))
            columns[target.name] = column
        return frame.assign(**columns) if columns else frame

    def shown(self, results: Mapping[str, Merged]) -> Tables:
        """Return the workbook's tables with references as `spelled` gives them."""
        spelling = self._spelling(results)
        tables = dict(self.file)
        for name, frame in self.file.items():
            meant = self.of_file(name)
            columns = {
                target.name: self._column(target, meant[target.name], results, spelling)
                for target in self._targets(name, frame)
            }
            tables[name] = frame.assign(**columns) if columns else frame
        return tables

    def spelled(self, results: Mapping[str, Merged]) -> dict[str, Merged]:
        """Return merged tables with keys in place of rows.

        Cells that the workbook put there get the merged key. Those that are as they were in the head are left to
        `crmbook.ingest.follow_up`, which carries renamed keys to them, unless they named a row that only now is there again.
        """
        spelling = self._spelling(results)
        return {name: self._spelled(name, results, spelling) for name in results}

    def _spelled(self, name: str, results: Mapping[str, Merged], spelling: Mapping[str, str]) -> Merged:
        result = results[name]
        targets = list(self._targets(name, result.frame))
        if not targets:
            return result
        columns = {
            target.name: self._column(target, result.frame[target.name], results, spelling)
            for target in targets
        }
        changes = [
            one._replace(old=_text(one.old, spelling), new=_text(one.new, spelling)) for one in result.changes
        ]
        for label, column in columns.items():
            known = {one.row_id for one in changes if one.label == label} | set(result.added)
            changes += self._found_again(name, label, column[~column.index.isin(list(known))])
        conflicts = (
            replace(
                one,
                base=_texts(one.base, spelling),
                head=_texts(one.head, spelling),
                file=_texts(one.file, spelling),
            )
            for one in result.conflicts
        )
        return replace(
            result,
            frame=result.frame.assign(**columns),
            changes=tuple(changes),
            conflicts=tuple(conflicts),
        )

    def _column(
        self, target: Field, meant: pd.Series, results: Mapping[str, Merged], spelling: Mapping[str, str]
    ) -> pd.Series:
        """Return a column with keys, with the head's own where its cell is untouched.

        Where that named a row which the head did not have and which is there again, it follows that row's key.
        """
        items = [_text(item, spelling) for item in meant.tolist()]
        texts = pd.Series(items, index=meant.index, dtype=object)
        head, old = self.head.get(target.table), self.of_head(target.table)
        if head is None or old is None or target.name not in head.columns:
            return texts
        name = str(target.to)
        own = head[target.name].reindex(meant.index)
        stays = ~differs(meant, old[target.name].reindex(meant.index)) & own.notna().to_numpy()
        back = {_ROW + row for row in results[name].added} if name in results else set()
        return texts.where(~(stays & ~meant.isin(list(back)).to_numpy()), own)

    def _found_again(self, name: str, label: str, column: pd.Series) -> Iterator[CellChange]:
        """Yield the references of the head that named a row which it did not have, and name it now."""
        head = self.head.get(name)
        if head is None or label not in head.columns:
            return
        own = head[label].reindex(column.index)
        for row in column.index[differs(column, own)].tolist():
            yield CellChange(row, label, own[row], column[row])

    def edited(self, results: Mapping[str, Merged]) -> dict[tuple[str, str], set[str]]:
        """Return the rows, by table and label, whose reference the workbook put there."""
        found: dict[tuple[str, str], set[str]] = {}
        for name, result in results.items():
            for target in self._targets(name, result.frame):
                rows = {one.row_id for one in result.changes if one.label == target.name}
                found[name, target.name] = rows | set(result.added)
        return found

    def _targets(self, name: str, frame: pd.DataFrame) -> Iterator[Field]:
        """Yield the references of a table to rows that are not named alike everywhere."""
        table = self.book.tables.get(name)
        for target in table.fields.values() if table and self.named else ():
            if target.typed and target.to in self.named and target.name in frame.columns:
                yield target

    def _meant(self, name: str, frame: pd.DataFrame | None, order: Any) -> pd.DataFrame | None:
        if frame is None:
            return None
        columns = {
            target.name: _replaced(frame[target.name], order(self.named[str(target.to)]))
            for target in self._targets(name, frame)
        }
        return frame.assign(**columns) if columns else frame

    def _spelling(self, results: Mapping[str, Merged]) -> dict[str, str]:
        """Return the key by which each row is named now: the merged one, for a row that is gone its last one."""
        spelling: dict[str, str] = {}
        for name, named in self.named.items():
            for directory in reversed([named[0], named[1], *named[2:]]):
                spelling |= {_ROW + row: key for key, row in directory.items()}
            if name in results:
                keys = _keys(results[name].frame, self.book.tables[name].key)
                rows = {row.removeprefix(_ROW) for row in spelling}
                merged = keys[keys.index.isin(list(rows)) & ~keys.duplicated(keep=False)]
                spelling |= {
                    _ROW + row: key for row, key in zip(merged.index.tolist(), merged.tolist(), strict=True)
                }
        return {
            row: spelling.get(key, key) for row, key in spelling.items()
        }  # a key may itself be a reference


def _keys(frame: pd.DataFrame | None, label: str) -> pd.Series:
    """Return the keys of a version's rows, blank ones left out."""
    if frame is None or label not in frame.columns:
        return pd.Series([], index=pd.Index([], dtype=object), dtype=object)
    return frame[label].dropna()


def _former_keys(keys: pd.Series, former: Mapping[str, str]) -> pd.Series:
    """Return the keys that rows had before and no row has now; a row may have had several."""
    taken = set(keys.tolist())
    known = {old: row for old, row in former.items() if old not in taken and row in keys.index}
    return pd.Series(list(known), index=pd.Index(list(known.values()), dtype=object), dtype=object)


def _moved(versions: Sequence[pd.Series]) -> set[str]:
    """Return all keys of the rows that have different ones."""
    known, rows = versions[0], set[str]()
    for keys in versions[1:]:
        if keys.index.equals(known.index):
            rows |= set(keys.index[differs(keys, known)])
            continue
        positions = known.index.get_indexer(keys.index)
        here = keys[positions >= 0]
        rows |= set(here.index[differs(here, known.iloc[positions[positions >= 0]])])
        if (positions < 0).any():
            known = pd.concat([known, keys[positions < 0]])
    if not rows:
        return set()
    return set(chain.from_iterable(keys[keys.index.isin(list(rows))].tolist() for keys in versions))


def _directory(keys: pd.Series, wanted: set[str]) -> Directory:
    """Return the row that each wanted key names; a key that two rows have names none."""
    mine = keys[keys.isin(list(wanted))]
    mine = mine[~mine.duplicated(keep=False)]
    return dict(zip(mine.tolist(), mine.index.tolist(), strict=True))


def _replaced(column: pd.Series, directories: Iterable[Directory]) -> pd.Series:
    """Return a column with rows in place of keys, each named by the first directory that knows it."""
    rows: dict[str, str] = {}
    for directory in directories:
        rows = {**{key: _ROW + row for key, row in directory.items()}, **rows}
    hits = column.isin(list(rows)).to_numpy()
    if not hits.any():
        return column
    items = column.to_numpy(dtype=object, copy=True)
    items[hits] = [rows[key] for key in items[hits]]
    return pd.Series(items, index=column.index, dtype=object)


def _text(item: Any, spelling: Mapping[str, str]) -> Any:
    return spelling.get(item, item) if isinstance(item, str) else item


def _texts(values: tuple[Any, ...] | None, spelling: Mapping[str, str]) -> tuple[Any, ...] | None:
    return None if values is None else tuple(_text(value, spelling) for value in values)
