"""Taking something out of all that a store ever knew of a book: head, past, images, conflicts, maps, notes.

Nothing is patched: every state that can be read is made as if it had never held what goes, and the differences between
them are worked out anew. Revisions keep their numbers, also those of which nothing is left. What is to be left out, a
`Rewriting` says; this module knows nothing of persons.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import Connection, and_, delete, insert, select, update

from crmbook.store import history, images
from crmbook.store.codec import canonical_frame, encode_frame, split, unpack
from crmbook.store.patch import diff, encode_patch, is_change
from crmbook.store.records import ChangeQuery
from crmbook.store.tables import (
    BOOK,
    CHANGE,
    CONFLICT,
    HEAD,
    IMAGE,
    MAP,
    METADATA,
    OVERLAY,
    REVISION,
    WORKBOOK,
    WRITTEN,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import pandas as pd

    from crmbook.store.records import Frames

_FIELDS = ("plan", "findings", "overrides", "untold")
_CONTAINER = b"crmb1"


class Rewriting(Protocol):
    """What may stay of everything that a store holds."""

    def frame(self, table: str, frame: pd.DataFrame, *, is_state: bool) -> pd.DataFrame:
        """Return what may stay of a table, in a state of the book or in what a workbook held."""

    def text(self, text: str) -> str:
        """Return what may stay of a text."""

    def json(self, value: Any) -> Any:
        """Return what may stay of a JSON value."""

    def keeps(self, table: str, row_id: str) -> bool:
        """Return whether a row may stay."""


def rewrite(connection: Connection, book_id: str, wanted: Rewriting) -> None:
    """Take out of a book what may not stay, in the past as well."""
    head = history.load_head(connection, book_id)
    clean = _Cleaned(wanted)
    _rewrite_images(connection, book_id, head, clean)
    _rewrite_written(connection, book_id, clean)
    _rewrite_changes(connection, book_id, head, clean)
    _rewrite_head(connection, book_id, head, clean)
    _rewrite_records(connection, book_id, wanted)
    _rewrite_conflicts(connection, book_id, wanted)


def search(connection: Connection, count: Callable[[bytes], int]) -> dict[str, int]:
    """Return how often something occurs in each table of the store, compressed columns unpacked; `count` counts it in bytes."""
    found = {}
    for table in METADATA.sorted_tables:
        rows = connection.execute(select(table).execution_options(yield_per=50))
        found[table.name.removeprefix("crmbook_")] = sum(
            count(data) for row in rows for item in row for data in _iter_bytes(item)
        )
    return found


def _iter_bytes(item: Any) -> Iterator[bytes]:
    if isinstance(item, bytes):
        if not item.startswith(_CONTAINER):
            yield item
            return
        yield item[
            : len(_CONTAINER) + 4 + int.from_bytes(item[len(_CONTAINER) : len(_CONTAINER) + 4], "little")
        ]
        for column in split(item)[1]:
            texts = [str(item) for item in unpack(column).tolist() if item is not None]
            yield "\n".join([column.label, *texts]).encode("utf-8", "surrogatepass")
    elif item is not None:
        yield str(item).encode("utf-8", "surrogatepass")


class _Cleaned:
    """The frames without what may not stay; one that was made is not made again while its original is at hand."""

    def __init__(self, wanted: Rewriting) -> None:
        self._wanted = wanted
        self._known: dict[tuple[str, int, bool], tuple[pd.DataFrame, pd.DataFrame]] = {}

    def __call__(
        self, name: str, frame: pd.DataFrame | None, *, is_state: bool = True
    ) -> pd.DataFrame | None:
        if frame is None:
            return None
        key = name, id(frame), is_state
        if key not in self._known:
            made = self._wanted.frame(name, frame, is_state=is_state)
            if len(self._known) > 500:
                self._known.clear()
            self._known[key] = frame, canonical_frame(made, frame)
        return self._known[key][1]

    def journal(self, journal: Mapping[str, Any]) -> dict[str, list[str]]:
        return {
            table: [row for row in rows if self._wanted.keeps(table, row)] for table, rows in journal.items()
        }


def _rewrite_head(connection: Connection, book_id: str, head: Frames, clean: _Cleaned) -> None:
    for name, frame in head.items():
        made = clean(name, frame)
        if made is not None and made is not frame:
            mine = and_(HEAD.c.book_id == book_id, HEAD.c.name == name)
            connection.execute(update(HEAD).where(mine).values(data=encode_frame(made)))


def _rewrite_changes(connection: Connection, book_id: str, head: Frames, clean: _Cleaned) -> None:
    """Work out anew how each revision leads back to the one before."""
    tables = dict(head)
    made: list[tuple[int, str, bytes | None]] = []
    for number, name, patch in history.iter_patches(connection, book_id, ChangeQuery()):
        after = tables.get(name)
        before = patch.apply(after)
        now, then = clean(name, after), clean(name, before)
        new = diff(now, then, remember=True)
        made.append((number, name, None if new is None or not is_change(new, now) else encode_patch(new)))
        if before is None:
            tables.pop(name, None)
        else:
            tables[name] = before
    for number, name, data in made:
        mine = and_(CHANGE.c.book_id == book_id, CHANGE.c.number == number, CHANGE.c.name == name)
        connection.execute(
            delete(CHANGE).where(mine) if data is None else update(CHANGE).where(mine).values(data=data)
        )


@dataclass(frozen=True, slots=True)
class _Overlaid:
    key: images.Key
    position: int
    journal: dict[str, list[str]]
    patches: dict[str, bytes | None]


def _rewrite_images(connection: Connection, book_id: str, head: Frames, clean: _Cleaned) -> None:
    rows = connection.execute(select(IMAGE).where(IMAGE.c.book_id == book_id)).all()
    states = history.states_at(connection, book_id, head, {row.revision for row in rows})
    done: list[_Overlaid] = []
    for row in rows:
        key = (book_id, row.workbook_id, row.export)
        frames = images.overlaid(connection, key, states[row.revision], row)
        patches: dict[str, bytes | None] = {}
        for name, frame in frames.items():
            patch = diff(clean(name, states[row.revision].get(name)), clean(name, frame, is_state=False))
            patches[name] = None if patch is None else encode_patch(patch)
        done.append(_Overlaid(key, row.place, clean.journal(row.journal), patches))
    connection.execute(delete(OVERLAY).where(OVERLAY.c.book_id == book_id))
    for one in done:
        mine = dict(zip(("book_id", "workbook_id", "export"), one.key, strict=True)) | {"place": one.position}
        is_it = and_(*(IMAGE.c[name] == value for name, value in mine.items()))
        connection.execute(update(IMAGE).where(is_it).values(journal=one.journal))
        for name, data in one.patches.items():
            if data is not None:
                connection.execute(insert(OVERLAY).values(**mine, name=name, data=data))


def _rewrite_written(connection: Connection, book_id: str, clean: _Cleaned) -> None:
    query = select(WRITTEN.c.workbook_id, WRITTEN.c.export, WRITTEN.c.name, WRITTEN.c.base)
    rows = connection.execute(query.where(WRITTEN.c.book_id == book_id)).all()
    done: list[tuple[Any, bytes]] = []
    for row in rows:
        key = (book_id, row.workbook_id, row.export)
        frame = clean(row.name, images.written(connection, key, row.name), is_state=False)
        if row.base is None and frame is not None:
            data = encode_frame(frame)
        else:
            base = images.written(connection, (book_id, row.workbook_id, row.base), row.name)
            patch = diff(clean(row.name, base, is_state=False), frame)
            data = b"" if patch is None else encode_patch(patch)
        done.append((row, data))
    for row, data in done:
        mine = and_(
            WRITTEN.c.book_id == book_id, WRITTEN.c.workbook_id == row.workbook_id,
            WRITTEN.c.export == row.export, WRITTEN.c.name == row.name,
        )  # fmt: skip
        connection.execute(update(WRITTEN).where(mine).values(data=data))


def _rewrite_records(connection: Connection, book_id: str, wanted: Rewriting) -> None:
    """Rewrite what is no table: notes of revisions, findings and questions of workbooks, remembered maps."""
    for row in connection.execute(select(REVISION).where(REVISION.c.book_id == book_id)).all():
        texts = {name: wanted.text(getattr(row, name)) for name in ("note", "who")}
        mine = and_(REVISION.c.book_id == book_id, REVISION.c.number == row.number)
        connection.execute(update(REVISION).where(mine).values(**texts))
    for row in connection.execute(select(WORKBOOK).where(WORKBOOK.c.book_id == book_id)).all():
        values = {name: wanted.json(getattr(row, name)) for name in _FIELDS}
        mine = and_(WORKBOOK.c.book_id == book_id, WORKBOOK.c.workbook_id == row.workbook_id)
        connection.execute(update(WORKBOOK).where(mine).values(**values))
    for row in connection.execute(select(MAP).where(MAP.c.book_id == book_id)).all():
        values = {"document": wanted.json(row.document), "name": wanted.text(row.name)}
        mine = and_(MAP.c.book_id == book_id, MAP.c.shape == row.shape)
        connection.execute(update(MAP).where(mine).values(**values))
    schema = connection.execute(select(BOOK.c.schema).where(BOOK.c.book_id == book_id)).scalar_one()
    connection.execute(update(BOOK).where(BOOK.c.book_id == book_id).values(schema=wanted.json(schema)))


def _rewrite_conflicts(connection: Connection, book_id: str, wanted: Rewriting) -> None:
    for row in connection.execute(select(CONFLICT).where(CONFLICT.c.book_id == book_id)).all():
        mine = and_(CONFLICT.c.book_id == book_id, CONFLICT.c.id == row.id)
        if wanted.keeps(row.record["table"], row.record["row_id"]):
            connection.execute(update(CONFLICT).where(mine).values(record=wanted.json(row.record)))
        else:
            connection.execute(delete(CONFLICT).where(mine))
