"""A book's store without a person: what may stay of each table, text and note; see `crmbook.store.Rewriting`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from crmbook.build import ANSWERED, row_of_key
from crmbook.ingest import DISTINCT, MERGED
from crmbook.privacy.person import is_remark
from crmbook.schema import Storage

if TYPE_CHECKING:
    from crmbook.base import Terms
    from crmbook.privacy.person import Gone
    from crmbook.schema import Book, Table


@dataclass(frozen=True)
class WithoutPerson:
    """What may stay."""

    book: Book
    gone: Gone

    @cached_property
    def _rows(self) -> dict[str, frozenset[str]]:
        return {name: frozenset(rows) for name, rows in self.gone.rows.items()}

    @cached_property
    def _kept(self) -> dict[str, frozenset[str]]:
        return {name: frozenset(rows) for name, rows in self.gone.kept.items()}

    @cached_property
    def _all(self) -> frozenset[str]:
        return frozenset().union(*self._rows.values())

    @cached_property
    def _terms(self) -> Terms:
        return self.gone.terms

    def keeps(self, table: str, row_id: str) -> bool:
        """Return whether a row may stay as it is: what is disputed of one that loses its name goes."""
        return row_id not in self._rows.get(table, ())

    def text(self, text: str) -> str:
        """Return what may stay of a note: the name goes from it in any case."""
        kept = self._terms.stays(text)
        for name in (*self._terms.names, *self.gone.keys):
            if name and f'"{name}"' in kept:
                kept = kept.replace(f'"{name}"', '""')
        for name in sorted(self._terms.names, key=len, reverse=True):
            kept = kept.replace(name, self.gone.mark)
        return self._without_request(kept)

    def _without_request(self, note: str) -> str:
        """Return the note of an edit in bulk; what was written where the condition names the person's key is the person's."""
        try:
            said: Any = json.loads(note) if note.startswith("{") else {}
        except ValueError:
            return note
        where = str(said.get("where") or "")
        quoted = [f'"{key}"' for key in self.gone.keys if f'"{key}"' in where]
        if not quoted:
            return note
        for one in quoted:
            where = where.replace(one, '""')
        texts = dict.fromkeys(said.get("texts") or {}, self.gone.mark)
        return json.dumps({**said, "where": where, "texts": texts}, ensure_ascii=False)

    def json(self, value: Any) -> Any:
        """Return what may stay of a JSON value."""
        return self._terms.json(value)

    def frame(self, table: str, frame: pd.DataFrame, *, is_state: bool) -> pd.DataFrame:
        """Return what may stay of a table."""
        if table in {ANSWERED, MERGED, DISTINCT}:
            return self._without_texts(_of_nobody(table, frame, self._all), None)
        known = self.book.tables.get(table)
        rows, kept = self._rows.get(table, frozenset()), self._kept.get(table, frozenset())
        goes = frame.index.isin(list(rows - kept))
        made = frame[~goes] if goes.any() else frame
        if known is not None:
            made = self._nameless(known, made, kept)
            made = self._without_references(known, made)
        made = self._without_texts(made, known)
        if is_state and known is not None and table == self.book.people and self.gone.stand_in:
            made = self._with_stand_in(known, made)
        return made

    def _nameless(self, table: Table, frame: pd.DataFrame, kept: frozenset[str]) -> pd.DataFrame:
        """Return the rows of accounts as everybody's: no name, no remark, no column of people's own."""
        mine = frame.index.isin(list(kept))
        if not mine.any():
            return frame
        made = frame.copy()
        for label in frame.columns:
            target = table.fields.get(str(label))
            if target is not None and target.to == self.book.people:
                made[label] = made[label].astype(object)
                made.loc[mine & made[label].notna(), label] = self.gone.stand_in[1]
            elif is_remark(target):
                texts = mine & made[label].map(lambda value: isinstance(value, str)).to_numpy()
                if texts.any():
                    made[label] = made[label].astype(object)
                    made.loc[texts, label] = None
        return made

    def _without_references(self, table: Table, frame: pd.DataFrame) -> pd.DataFrame:
        """Return the rows that stay without what refers to the person."""
        made = frame
        for target in table.references_to(self.book.people):
            if target.name in made.columns:
                hit = made[target.name].isin(list(self.gone.keys))
                if hit.any():
                    made = made.assign(**{target.name: made[target.name].astype(object).where(~hit, None)})
        return made

    def _without_texts(self, frame: pd.DataFrame, table: Table | None) -> pd.DataFrame:
        """Return a table whose texts hold nothing that is the person's alone."""
        terms, made = self._terms, frame
        for label in frame.columns:
            column = frame[label]
            target = table.fields.get(str(label)) if table is not None else None
            if column.dtype != object or (
                target is not None and (target.storage is not Storage.TEXT or target.to)
            ):
                continue
            texts = [text for text in column.dropna().unique() if isinstance(text, str)]
            changed = {text: kept or None for text in texts if (kept := terms.stays(text)) != text}
            if changed:
                values = [changed.get(one, one) if isinstance(one, str) else one for one in column]
                made = made.assign(**{label: pd.Series(values, index=frame.index, dtype=object)})
        return made

    def _with_stand_in(self, table: Table, frame: pd.DataFrame) -> pd.DataFrame:
        row_id, key, name = self.gone.stand_in
        if row_id in frame.index:
            return frame
        values: dict[str, Any] = dict.fromkeys(frame.columns)
        values[table.key] = key
        if table.name_field in values:
            values[str(table.name_field)] = name
        new = pd.DataFrame(
            {
                label: pd.Series(
                    [value],
                    index=[row_id],
                    dtype=frame[label].dtype if value is None and frame[label].dtype != object else object,
                )
                for label, value in values.items()
            }
        )
        made = pd.concat([frame, new])
        return made.astype(
            {label: frame[label].dtype for label in frame.columns if frame[label].dtype != object}
        )


def _of_nobody(table: str, frame: pd.DataFrame, rows: frozenset[str]) -> pd.DataFrame:
    """Return answers to reminders, and what is known of pairs, that are about none of some rows."""
    if table == ANSWERED:
        params = [row_of_key(str(key)) for key in frame.index]
        goes = [one is not None and one[2] in rows for one in params]
        return frame[[not one for one in goes]] if any(goes) else frame
    hit = frame.index.isin(list(rows))
    for label in ("kept", "first", "second"):
        if label in frame.columns:
            hit |= frame[label].isin(list(rows)).to_numpy()
    return frame[~hit] if hit.any() else frame
