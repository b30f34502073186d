"""The frames of an open store: the head, what was, and images; the last ones read or written are kept.

All that needs pandas is behind this class. `Store` imports it when it is first asked for a frame: to find out that
nothing is new takes none, and importing pandas takes longer than finding out.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from crmbook.base import BusyError
from crmbook.store import history, images
from crmbook.store.codec import SHARES
from crmbook.store.commit import CommitWriter

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd
    from sqlalchemy import Connection

    from crmbook.store.records import Cell, ChangeQuery, ChangeRecord, Commit, Frames, Image, RevisionRecord


class RowStore:
    """The frames of a store; what is handed out belongs to the caller.

    Parameters
    ----------
    location
        The store's, for messages.
    """

    def __init__(self, location: str) -> None:
        self._location = location
        self._head: tuple[str, int, Frames] | None = None
        self._image: tuple[images.Key, int, Image] | None = None
        self._former: dict[tuple[str, str, str], tuple[int, Mapping[Any, str]]] = {}

    def head(self, connection: Connection, book_id: str) -> tuple[int, Frames]:
        """Return the number of a book's newest revision, and its tables."""
        revision, tables = self._load_head(connection, book_id)
        return revision, _hand_out(tables)

    def state_at(self, connection: Connection, book_id: str, revision: int) -> Frames:
        """Return a book as it was at a revision."""
        _, tables = self._load_head(connection, book_id)
        return _hand_out(history.states_at(connection, book_id, tables, {revision})[revision], tables)

    def revisions(self, connection: Connection, book_id: str) -> list[RevisionRecord]:
        """Return all revisions of a book, oldest first."""
        return history.revisions(connection, book_id)

    def changes(self, connection: Connection, book_id: str, wanted: ChangeQuery) -> list[ChangeRecord]:
        """Return what some revisions changed, oldest first."""
        _, tables = self._load_head(connection, book_id)
        return history.changes(connection, book_id, tables, wanted)

    def last_change(
        self, connection: Connection, book_id: str, cells: Iterable[Cell]
    ) -> dict[Cell, RevisionRecord]:
        """Return the revision that changed each cell last."""
        _, tables = self._load_head(connection, book_id)
        return history.last_change(connection, book_id, tables, cells)

    def former_values(
        self, connection: Connection, book_id: str, table: str, label: str
    ) -> Mapping[Any, str]:
        """Return the values that cells of a column held before, each with the row that had it last."""
        newest = history.head_revision(connection, book_id)
        revision, known = self._former.get((book_id, table, label), (0, {}))
        if revision < newest:
            known = {**known, **history.former_values(connection, book_id, table, label, revision)}
            self._former[book_id, table, label] = (newest, known)
        return known

    def image(self, connection: Connection, key: images.Key) -> Image | None:
        """Return what was last ingested from an export, or None where the store has none."""
        image = self._load_image(connection, key)
        if image is None:
            return None
        return dataclasses.replace(
            image,
            frames=_hand_out(image.frames),
            seen=tuple(_hand_out(frames) for frames in image.seen),
            written=_hand_out(image.written),
        )

    def write(self, connection: Connection, book_id: str, commit: Commit) -> CommitWriter:
        """Write a commit, and return the writer that did, see `keep`.

        Raises
        ------
        BusyError
            ``store.stale`` if the head is not at ``commit.revision``.
        """
        revision, tables = self._load_head(connection, book_id)
        if revision != commit.revision:
            raise BusyError("store.stale", store=self._location)
        known = None
        if commit.image is not None and commit.workbook is not None:
            known = self._load_image(connection, (book_id, commit.workbook.workbook_id, commit.image.export))
        writer = CommitWriter(connection, book_id, tables, revision)
        writer.write(commit, known)
        return writer

    def keep(self, book_id: str, writer: CommitWriter) -> None:
        """Take what was written for the head, now that it is in the store."""
        self._head = (book_id, writer.revision, writer.tables)

    def forget(self) -> None:
        """Keep nothing of what was read or written."""
        self._head = self._image = None
        self._former = {}

    def _load_head(self, connection: Connection, book_id: str) -> tuple[int, Frames]:
        revision = history.head_revision(connection, book_id)
        if self._head is None or self._head[:2] != (book_id, revision):
            self._head = (book_id, revision, history.load_head(connection, book_id))
        return revision, self._head[2]

    def _load_image(self, connection: Connection, key: images.Key) -> Image | None:
        newest = images.newest(connection, key)
        if newest is None:
            return None
        location, journal = newest
        if self._image is None or self._image[:2] != (key, location):
            _, tables = self._load_head(connection, key[0])
            self._image = (key, location, images.load_image(connection, key, tables))
        return dataclasses.replace(self._image[2], journal=journal)


def _hand_out(frames: Mapping[str, pd.DataFrame], known: Mapping[str, pd.DataFrame] | None = None) -> Frames:
    """Return frames that the caller may change: those of `known` by reference, where pandas then copies on write.

    Frames that were patched together share memory that pandas knows nothing of.
    """
    known = frames if known is None else known
    return {
        name: frame.copy(deep=not SHARES or frame is not known.get(name)) for name, frame in frames.items()
    }
