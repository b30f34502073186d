"""What the store knows of each export: small differences from states that it knows anyway.

An image is a revision and, per table, a patch from the head of that revision to what the workbook held; a table
without a patch is the head's. Each ingest adds one, the older ones are what was *seen*. The values written into
computed fields are kept as a patch from those of the export before, every sixteenth time whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, Table, and_, insert, select, update

from crmbook.store.codec import decode_frame, encode_frame
from crmbook.store.history import states_at
from crmbook.store.patch import decode_patch, diff, encode_patch, is_change
from crmbook.store.records import Frames, Image
from crmbook.store.tables import IMAGE, OVERLAY, WRITTEN

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import pandas as pd

_LONGEST: Final = 16
Key = tuple[str, str, int]
"""Book, workbook, export."""


def newest(connection: Connection, key: Key) -> tuple[int, dict[str, tuple[str, ...]]] | None:
    """Return the position of an export's newest image, and its journal; None where the store has none."""
    query = select(IMAGE.c.place, IMAGE.c.journal).where(_of(IMAGE, key))
    row = connection.execute(query.order_by(IMAGE.c.place.desc()).limit(1)).one_or_none()
    return None if row is None else (row.place, {table: tuple(ids) for table, ids in row.journal.items()})


def load_image(connection: Connection, key: Key, head: Frames) -> Image:
    """Return the image of an export that has one, without its journal; its frames share no memory with the head's."""
    query = select(IMAGE).where(_of(IMAGE, key)).order_by(IMAGE.c.place)
    rows = connection.execute(query).all()
    states = states_at(connection, key[0], head, {row.revision for row in rows})
    overlays: dict[tuple[int, str], bytes] = {
        (row.place, row.name): row.data
        for row in connection.execute(select(OVERLAY).where(_of(OVERLAY, key)))
    }
    *seen, current = [_overlaid(states[row.revision], row, overlays) for row in rows]
    written = load_written(connection, key)
    return Image(
        key[2],
        current,
        revision=rows[-1].revision,
        exported=rows[0].revision,
        seen=tuple(seen),
        written=written,
    )


def save_image(connection: Connection, key: Key, image: Image, head: Frames) -> None:
    """Keep what an export holds now, as a difference from `head`, the state at the image's revision."""
    journal = {table: list(ids) for table, ids in image.journal.items()}
    last = newest(connection, key)
    place = 0 if last is None else last[0] + 1
    row = {
        **_named(key),
        "place": place,
        "revision": image.revision,
        "tables": list(image.frames),
        "journal": journal,
    }
    connection.execute(insert(IMAGE).values(**row))
    for name, frame in image.frames.items():
        patch = diff(head.get(name), frame)
        if patch is not None:
            row = {**_named(key), "place": place, "name": name, "data": encode_patch(patch)}
            connection.execute(insert(OVERLAY).values(**row))


def save_journal(connection: Connection, key: Key, journal: Mapping[str, Any]) -> None:
    """Put another journal in place of the one of an export's newest image."""
    last = newest(connection, key)
    place = 0 if last is None else last[0]
    values = {table: list(ids) for table, ids in journal.items()}
    connection.execute(update(IMAGE).where(_of(IMAGE, key), IMAGE.c.place == place).values(journal=values))


def are_alike(left: Frames, right: Frames) -> bool:
    """Return whether two states hold the same, order aside."""
    return left.keys() == right.keys() and not any(
        is_change(diff(left[name], right[name]), left[name]) for name in left
    )


def load_written(connection: Connection, key: Key) -> Frames:
    """Return the values that an export wrote into computed fields."""
    query = select(WRITTEN.c.name).where(_of(WRITTEN, key)).order_by(WRITTEN.c.name)
    return {name: written(connection, key, name) for name in connection.execute(query).scalars().all()}


def save_written(connection: Connection, key: Key, frames: Mapping[str, pd.DataFrame]) -> None:
    """Keep what an export writes into computed fields."""
    for name, frame in frames.items():
        same_table = (
            (WRITTEN.c.book_id == key[0]) & (WRITTEN.c.workbook_id == key[1]) & (WRITTEN.c.name == name)
        )
        query = select(WRITTEN.c.export, WRITTEN.c.depth).where(same_table, WRITTEN.c.export < key[2])
        before = connection.execute(query.order_by(WRITTEN.c.export.desc()).limit(1)).one_or_none()
        if before is None or before.depth + 1 >= _LONGEST:
            values: dict[str, Any] = {"base": None, "depth": 0, "data": encode_frame(frame)}
        else:
            patch = diff(written(connection, (key[0], key[1], before.export), name), frame)
            data = b"" if patch is None else encode_patch(patch)
            values = {"base": before.export, "depth": before.depth + 1, "data": data}
        connection.execute(insert(WRITTEN).values(**_named(key), name=name, **values))


def written(connection: Connection, key: Key, name: str) -> pd.DataFrame:
    """Return the values that an export wrote into computed fields of one table."""
    *patches, whole = _iter_chain(connection, key, name)
    frame = decode_frame(whole)
    for data in filter(None, reversed(patches)):
        result = decode_patch(data).apply(frame)
        assert result is not None  # noqa: S101 - a written table never goes
        frame = result
    return frame


def _iter_chain(connection: Connection, key: Key, name: str) -> Iterator[bytes]:
    """Yield what an export wrote into a table as it is kept: patches, each on what comes next, and a whole table."""
    mine = and_(WRITTEN.c.book_id == key[0], WRITTEN.c.workbook_id == key[1], WRITTEN.c.name == name)
    query = select(WRITTEN.c.export, WRITTEN.c.base, WRITTEN.c.data).where(mine)
    query = query.order_by(WRITTEN.c.export.desc()).limit(_LONGEST)  # nearly always the whole chain
    rows: dict[int, Any] = {}
    export: int | None = key[2]
    while export is not None:
        if export not in rows:
            rows = {row.export: row for row in connection.execute(query.where(WRITTEN.c.export <= export))}
        yield rows[export].data
        export = rows[export].base


def overlaid(connection: Connection, key: Key, state: Frames, row: Any) -> Frames:
    """Return what one image holds, by the state at its revision."""
    query = select(OVERLAY.c.name, OVERLAY.c.data).where(_of(OVERLAY, key), OVERLAY.c.place == row.place)
    return _overlaid(state, row, {(row.place, name): data for name, data in connection.execute(query)})


def _overlaid(state: Frames, row: Any, overlays: Mapping[tuple[int, str], bytes]) -> Frames:
    frames: Frames = {}
    for name in row.tables:
        data = overlays.get((row.place, name))
        frame = state.get(name) if data is None else decode_patch(data).apply(state.get(name))
        assert frame is not None  # noqa: S101 - only tables with a frame are kept
        frames[name] = frame
    return frames


def _named(key: Key) -> dict[str, Any]:
    return dict(zip(("book_id", "workbook_id", "export"), key, strict=True))


def _of(table: Table, key: Key) -> Any:
    return and_(*(table.c[name] == value for name, value in _named(key).items()))
