"""Writing: all parts of a commit in one transaction.

The store compares old and new tables itself: each step that changes something becomes a revision, its way back goes
to the log, and the new tables become the head. Only columns that changed are packed again.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, and_, delete, func, insert, select, update

from crmbook.base import BusyError, CrmbookError
from crmbook.store import images
from crmbook.store.codec import Packed, canonical_frame, encode_frame, split
from crmbook.store.patch import Patch, diff, encode_patch, is_change
from crmbook.store.records import Commit, ConflictRecord, Export, Frames, Image, Step, WorkbookRecord
from crmbook.store.rows import as_json, now
from crmbook.store.tables import BOOK, CHANGE, CONFLICT, EXPORT, HEAD, REVISION, WORKBOOK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd


class CommitWriter:
    """One transaction that writes a commit.

    Attributes
    ----------
    tables
        The state; that of the commit's last step, once it is written.
    revision
        Its number.
    """

    def __init__(self, connection: Connection, book_id: str, head: Frames, revision: int) -> None:
        self._connection = connection
        self._book_id = book_id
        self._base = head
        self._given: dict[int, tuple[pd.DataFrame, pd.DataFrame]] = {}
        self._changed: dict[str, set[str] | None] = {}
        self.tables = dict(head)
        self.revision = revision

    def write(self, commit: Commit, known: Image | None) -> None:
        """Write all parts of `commit`; `known` is what was known of the export that `commit.image` is of.

        Raises
        ------
        BusyError
            ``store.stale`` if the head is no longer the one the commit was worked out from.
        """
        first = self.revision
        for step in commit.steps:
            self._step(step)
        self._head()
        self._book(commit, first)
        if commit.workbook is not None:
            save_workbook(self._connection, self._book_id, commit.workbook)
        if commit.image is not None:
            self._image(self._key(commit, commit.image.export), commit.image, known)
        if commit.export is not None:
            self._export(self._key(commit, commit.export.number), commit.export)
        self._conflicts(commit.conflicts)
        for number, decision, who in commit.settled:
            self._change(number, {"decision": decision, "settled_by": who, "settled_at": now()}, "settled")
        for one in commit.moved:
            self._change(one.id, {"table": one.table, "labels": list(one.labels)}, one.state)

    def _key(self, commit: Commit, number: int) -> images.Key:
        if commit.workbook is None:
            raise ValueError("an image or an export belongs to a workbook")
        return self._book_id, commit.workbook.workbook_id, number

    def _step(self, step: Step) -> None:
        patches: dict[str, Patch] = {}
        for name, given in step.tables.items():
            frame = None if given is None else self._canonical(name, given)
            before = self.tables.get(name)
            patch = diff(frame, before, remember=True)
            if patch is not None and is_change(patch, frame):
                patches[name] = patch
                self._replace(name, frame, patch)
        if not patches:
            return
        self.revision += 1
        key = {"book_id": self._book_id, "number": self.revision}
        fields = {name: getattr(step, name) for name in ("kind", "who", "workbook_id", "note")}
        self._connection.execute(insert(REVISION).values(**key, **fields, at=now()))
        rows = [{**key, "name": name, "data": encode_patch(patch)} for name, patch in patches.items()]
        self._connection.execute(insert(CHANGE), rows)

    def _canonical(self, name: str, given: pd.DataFrame) -> pd.DataFrame:
        """Return a table as the store keeps it; the same one for a frame that is given twice."""
        if id(given) not in self._given:
            self._given[id(given)] = (given, canonical_frame(given, self._base.get(name)))
        return self._given[id(given)][1]

    def _replace(self, name: str, frame: pd.DataFrame | None, patch: Patch) -> None:
        """Put a table in place of the one before, and note which of its columns differ from those in the store."""
        changed = self._changed.setdefault(name, set())
        if patch.moves or changed is None:
            self._changed[name] = None
        else:
            changed |= patch.cells.keys() | patch.whole.keys()
        if frame is None:
            del self.tables[name]
        else:
            self.tables[name] = frame

    def _head(self) -> None:
        """Put the tables that changed in place of those of the head."""
        for name in self._base.keys() - self.tables.keys():
            self._connection.execute(delete(HEAD).where(self._of_head(name)))
        for position, (name, frame) in enumerate(self.tables.items()):
            if name not in self._base:
                row = {"name": name, "place": position, "data": encode_frame(frame)}
                self._connection.execute(insert(HEAD).values(book_id=self._book_id, **row))
            elif name in self._changed:
                blob = encode_frame(frame, self._packed(name, frame))
                self._connection.execute(update(HEAD).where(self._of_head(name)).values(data=blob))

    def _of_head(self, name: str) -> Any:
        return and_(HEAD.c.book_id == self._book_id, HEAD.c.name == name)

    def _packed(self, name: str, frame: pd.DataFrame) -> dict[str, Packed]:
        """Return the columns of a table that lie in the store as they are."""
        changed = self._changed[name]
        if changed is None:
            return {}
        blob = self._connection.execute(select(HEAD.c.data).where(self._of_head(name))).scalar_one()
        labels = {"", *frame.columns} - changed
        return {column.label: column for column in split(blob)[1] if column.label in labels}

    def _book(self, commit: Commit, first: int) -> None:
        mine = BOOK.c.book_id == self._book_id
        counters = self._connection.execute(select(BOOK.c.counters).where(mine)).scalar_one()
        for name, number in commit.counters.items():
            counters[name] = max(number, counters.get(name, 0))
        values: dict[str, Any] = {"revision": self.revision, "counters": counters}
        if commit.book is not None:
            names = ("template", "lang", "fingerprint", "example", "workspace", "schema")
            values |= {name: getattr(commit.book, name) for name in names}
        if (
            self._connection.execute(
                update(BOOK).where(mine, BOOK.c.revision == first).values(**values)
            ).rowcount
            != 1
        ):
            raise BusyError("store.stale", store=self._connection.engine.url.render_as_string())

    def _image(self, key: images.Key, image: Image, known: Image | None) -> None:
        if known is None:
            self._add_export(key, "", "adopted")
            self._save_written(key, image.written)
        elif images.are_alike(
            known.frames, {name: self._canonical(name, frame) for name, frame in image.frames.items()}
        ):
            images.save_journal(self._connection, key, image.journal)
            return
        self._save_image(key, image)

    def _save_image(self, key: images.Key, image: Image) -> None:
        frames = {name: self._canonical(name, frame) for name, frame in image.frames.items()}
        image = dataclasses.replace(image, frames=frames, revision=self.revision)
        images.save_image(self._connection, key, image, self.tables)

    def _export(self, key: images.Key, export: Export) -> None:
        self._add_export(key, export.digest, "pending")
        self._save_image(key, Image(export.number, dict(export.frames), journal=export.journal))
        self._save_written(key, export.written)
        workbook = and_(WORKBOOK.c.book_id == key[0], WORKBOOK.c.workbook_id == key[1])
        self._connection.execute(update(WORKBOOK).where(workbook).values(pending=export.number))

    def _save_written(self, key: images.Key, written: Mapping[str, pd.DataFrame]) -> None:
        images.save_written(
            self._connection, key, {name: self._canonical(name, frame) for name, frame in written.items()}
        )

    def _add_export(self, key: images.Key, digest: str, state: str) -> None:
        values = {"revision": self.revision, "digest": digest, "state": state}
        self._connection.execute(
            insert(EXPORT).values(book_id=key[0], workbook_id=key[1], export=key[2], **values)
        )

    def _conflicts(self, conflicts: Iterable[ConflictRecord]) -> None:
        query = select(func.max(CONFLICT.c.id)).where(CONFLICT.c.book_id == self._book_id)
        last = self._connection.execute(query).scalar_one() or 0
        for number, conflict in enumerate(conflicts, last + 1):
            record = {name: value for name, value in as_json(conflict).items() if name not in {"id", "state"}}
            record["file_at"] = conflict.file_at or now()  # the moment it was taken in is all that is known
            record["revision"] = self.revision
            values = {"id": number, "state": conflict.state, "record": record}
            self._connection.execute(insert(CONFLICT).values(book_id=self._book_id, **values))

    def _change(self, number: int, changed: Mapping[str, Any], state: str) -> None:
        """Change what is known of a conflict."""
        conflict = and_(CONFLICT.c.book_id == self._book_id, CONFLICT.c.id == number)
        record = self._connection.execute(select(CONFLICT.c.record).where(conflict)).scalar_one_or_none()
        if record is None:
            raise CrmbookError("store.no-conflict", number=number)
        self._connection.execute(
            update(CONFLICT).where(conflict).values(state=state, record=record | changed)
        )


def save_workbook(connection: Connection, book_id: str, record: WorkbookRecord) -> None:
    """Add a workbook, or put its record in place of the one that is there."""
    values = as_json(record)
    mine = and_(WORKBOOK.c.book_id == book_id, WORKBOOK.c.workbook_id == values.pop("workbook_id"))
    if connection.execute(update(WORKBOOK).where(mine).values(**values)).rowcount == 0:
        row = {"book_id": book_id, "workbook_id": record.workbook_id, **values}
        connection.execute(insert(WORKBOOK).values(**row))
