"""Identifying rows: rules 1 to 4 of sync.

A row is its hidden id together with its key, never its position. An id is believed first; an id that two rows have
belongs to the one closest to its image; ids that came off because somebody sorted only what can be seen are put
back by key; a row without an id is known by its key, else, if the journal says that such rows were taken in before
they could be given ids, by its content. What is left is new.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmbook.base import Issue, Location, Severity
from crmbook.build import number_of, row_ids
from crmbook.ingest.identify.identity import Identity
from crmbook.ingest.identify.keys import count_ids, key_column
from crmbook.ingest.identify.known import Known
from crmbook.ingest.identify.rows import RowMatcher
from crmbook.ingest.identify.state import own_frame, typed_frame
from crmbook.ingest.identify.twins import Twins
from crmbook.schema import LISTS
from crmbook.values import spell

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from crmbook.check import Checked
    from crmbook.ingest.identify.known import Items, Positions
    from crmbook.ingest.identify.rows import RowMatch
    from crmbook.ingest.identify.twins import Twin
    from crmbook.read import Snapshot, TableSnapshot
    from crmbook.schema import Book, Table


def identify(  # noqa: PLR0913, PLR0917 - all that the store knows of a workbook
    book: Book,
    snapshot: Snapshot,
    checked: Checked,
    image: Mapping[str, pd.DataFrame] | None,
    head: Mapping[str, pd.DataFrame],
    journal: Mapping[str, Sequence[str]],
    counters: Mapping[str, int],
    twins: Callable[[], Mapping[str, pd.DataFrame]] = dict,
    *,
    is_lent: bool = False,
) -> Identity:
    """Match the rows of a workbook with those of the store.

    Parameters
    ----------
    image
        What was last taken from this export, None if it is not known.
    head
        The store's current state.
    journal
        By table, the ids of rows that had none in the file when they were taken in.
    counters
        Highest number ever given: ``row:<table>`` of row ids, ``key:<table>.<field>`` of keys.
    twins
        Gives the new rows that copies of the same export brought in; asked for where the workbook has new rows.
    is_lent
        Whether image and journal are those of the workbook that this one was copied from.
    """
    identity, finder = Identity(counters=dict(counters)), Twins(snapshot, checked, twins)
    for name, frame in checked.frames.items():
        table, found = book.tables[name], snapshot.tables[name]
        known = Known(table, image.get(name) if image else None, head.get(name, frame.iloc[:0]))
        ids, keys = found.row_ids.to_numpy(dtype=object), _keys_as_typed(table, found, checked, known)
        matcher = RowMatcher(table, known, ids, keys, partial(_cells, table, snapshot, checked))
        rows = _Rows(table, found, known, keys, matcher.run(journal.get(name, ()), is_lent=is_lent))
        rows.twins, similar = finder.find(matcher)
        identity.issues += rows.iter_similar(similar)
        rows.note_ids(identity)
        rows.note_keys(identity)
        identity.issues += rows.iter_issues(frozenset(journal.get(name, ())), identity.ids[name].tolist())
    entries = (image or {}).get(LISTS, head.get(LISTS))
    if entries is not None and len(entries):
        identity.lists = entries[~entries["list"].isin(list(snapshot.lists))]
    return identity


def _keys_as_typed(table: Table, found: TableSnapshot, checked: Checked, known: Known) -> Items:
    """Return the keys of a workbook's rows as `known` may have them.

    A key that refers to a row which has another key by now is corrected in `checked`; the image still names the row as
    the cell does.
    """
    frame, name = checked.frames[table.name], table.key
    keys, corrected = key_column(table, frame), checked.corrections.get((table.name, name), {})
    if not (table.key_field.to and corrected):
        return keys
    held, keys = set(known.keys.tolist()), keys.copy()
    for position, row in enumerate(frame.index.tolist()):
        typed = spell(found.raw(name, row)) if row in corrected else ""
        if typed in held:
            keys[position] = typed
    return keys


def _cells(table: Table, snapshot: Snapshot, checked: Checked) -> pd.DataFrame:
    found = snapshot.tables[table.name]
    own, _ = own_frame(found)
    return pd.concat([typed_frame(table, found, checked, snapshot.properties), own], axis=1)


@dataclass(slots=True)
class _Rows:
    """The rows of one table, matched.

    Attributes
    ----------
    twins
        Of rows that came in with another copy of the same export, the row there: its id and key, by position.
    """

    table: Table
    found: TableSnapshot
    known: Known
    keys: Items
    match: RowMatch
    twins: Mapping[int, Twin] = field(default_factory=dict)

    def note_ids(self, identity: Identity) -> None:
        """Give every row its id, new rows the next ones, and note which cells must be written."""
        name, rows, claims = self.table.name, self.found.frame.index, self.match.claims
        given = np.empty(len(rows), dtype=object)
        is_new = claims < 0
        for position, twin in self.twins.items():
            given[position], is_new[position] = twin.row_id, False
        identity.twins[name] = tuple(twin.row_id for twin in self.twins.values())
        given[claims >= 0] = self.known.index.to_numpy()[claims[claims >= 0]]
        adopted = self._adopted()
        if adopted is not None:
            given[:] = adopted
        unnamed = np.flatnonzero(pd.isna(given))
        if len(unnamed):
            given[unnamed] = self._new_ids(identity.counters, len(unnamed))
        identity.ids[name] = pd.Series(given, index=rows, dtype=object)
        identity.new[name] = tuple(rows[is_new].tolist())
        identity.sources[name] = {given[copy]: given[kept] for copy, kept in self.match.repeats.items()}
        differ = np.asarray(self.found.row_ids.to_numpy(dtype=object) != given, dtype=bool)
        identity.blank[name] = tuple(rows[differ].tolist())

    def _adopted(self) -> Items | None:
        """Return the ids that the rows brought along, if the store knows no row of the table yet.

        A workbook whose store is new, or lost, is taken over as it stands; an id that occurs twice, or that is none
        of this table's, is left out.
        """
        if self.known.image is not None or len(self.known.index):
            return None
        texts = self.found.row_ids
        mark = row_ids(self.table.name, 1)[0][:-2]
        own = [text is not None and text.startswith(mark) and number_of(text) >= 0 for text in texts.tolist()]
        kept = texts.where(pd.Series(own, index=texts.index) & ~texts.duplicated())
        return kept.to_numpy(dtype=object)

    def _new_ids(self, counters: dict[str, int], count: int) -> list[str]:
        """Return ids that were never given; one that occurs anywhere counts as given, whatever the counter says."""
        counter = f"row:{self.table.name}"
        first = counters.get(counter, -1) + 1
        ids = row_ids(self.table.name, count, first)
        if counter not in counters or self._stand_somewhere(ids):
            texts = [*self.known.index, *self.found.row_ids.dropna(), *self.found.stray_ids]
            first = max([first - 1, *map(number_of, texts)]) + 1
            ids = row_ids(self.table.name, count, first)
        counters[counter] = first + count - 1
        return ids

    def _stand_somewhere(self, ids: list[str]) -> bool:
        here = self.found.row_ids.isin(ids).any() or not set(ids).isdisjoint(self.found.stray_ids)
        return bool(here or self.known.index.isin(ids).any())

    def note_keys(self, identity: Identity) -> None:
        """Note the keys of known rows whose key cell is blank, and how far the known ids have counted."""
        target, claims = self.table.key_field, self.match.claims
        blank = np.flatnonzero(pd.isna(self.keys))
        if not target.typed or not len(blank):
            return
        kept = blank[claims[blank] >= 0]
        theirs = self._own_keys(claims[kept])
        numbers = self.found.frame.index[kept].tolist()
        identity.keys[self.table.name] = {
            row: key for row, key in zip(numbers, theirs, strict=True) if not pd.isna(key)
        } | {self.found.frame.index[position]: twin.key for position, twin in self.twins.items() if twin.key}
        if target.type == "id":
            count_ids(target, self.known.keys.tolist(), identity.counters)
        if len(kept):
            self._note_numbers(identity, self.known.take(claims[kept]).set_axis(numbers, axis=0))

    def _own_keys(self, positions: Positions) -> list[Any]:
        """Return the keys of known rows; where another row here has it by now, the one that the head gave instead."""
        here, head, name = set(self.keys.tolist()), self.known.head, self.table.key
        keys = []
        for row_id, key in zip(
            self.known.index[positions].tolist(), self.known.keys[positions].tolist(), strict=True
        ):
            is_taken = key in here and name in head.columns and row_id in head.index
            keys.append(head.loc[row_id, name] if is_taken else key)
        return keys

    def _note_numbers(self, identity: Identity, rows: pd.DataFrame) -> None:
        fields = [one for one in self.table.fields.values() if one.type == "id" and one.typed]
        for target in fields:
            if target.name in rows.columns and target.name != self.table.key:
                theirs = rows[target.name].dropna()
                pairs = zip(theirs.index.tolist(), theirs.tolist(), strict=True)
                identity.numbers[self.table.name, target.name] = dict(pairs)

    def iter_similar(self, similar: Mapping[int, Twin]) -> Iterator[Issue]:
        """Yield which new rows may be ones that came in with another copy of the same export."""
        rows = self.found.frame.index.tolist()
        for position, twin in sorted(similar.items()):
            yield Issue(
                "identify.maybe-twice", Severity.WARNING, self.found.cell(self.table.key, rows[position]), self.table.name,
                twin.key, self.table.key, params={"key": twin.key},
            )  # fmt: skip

    def iter_issues(self, journal: frozenset[str], ids: list[str]) -> Iterator[Issue]:
        """Yield what a person should know: wherever the hidden id was not simply believed."""
        rows, match = self.found.frame.index.tolist(), self.match
        for copy, kept in sorted(match.copies.items()):
            yield Issue(
                "identify.copied", Severity.WARNING, self.found.cell(self.table.key, rows[copy]), self.table.name,
                spell(self.keys[copy]), self.table.key, params={"row": rows[copy], "kept": rows[kept]},
            )  # fmt: skip
        known = len(self.known.index)
        counts = {
            "identify.rematched": len(match.rematched),
            "identify.by-key": sum(ids[row] not in journal for row in match.by_key),
            "identify.strangers": sum(int(match.claims[row] < 0) for row in match.strangers) if known else 0,
        }
        position = Location(sheet=self.found.sheet, cell=f"A{self.found.header_row}")
        for code, count in counts.items():
            if count:
                params = {"table": self.table.title, "count": count}
                yield Issue(code, Severity.WARNING, position, self.table.name, params=params)
