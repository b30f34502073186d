"""Taking a row and a text out of all that a store ever knew, on both kinds of store; what is packed is unpacked to look."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import psycopg

from crmbook.store import (
    Commit,
    ConflictRecord,
    Export,
    Image,
    MapRecord,
    Step,
    Store,
    Tombstone,
    WorkbookRecord,
)
from tests.privacy.traces import as_bytes, iter_runs, words_in

if TYPE_CHECKING:
    from collections.abc import Iterator

WORDS = ("卡娜丽斯", "谈了续约和押金的事", "已经删掉的拜访摘要")
NAME, NOTE, GONE = WORDS


class Without:
    """Row ``x`` goes, and the texts wherever they stand."""

    def frame(self, table: str, frame: pd.DataFrame, *, is_state: bool) -> pd.DataFrame:
        made = frame[frame.index != "x"].copy()
        for label in made.columns:
            made[label] = [self.text(one) if isinstance(one, str) else one for one in made[label]]
        return made

    def text(self, text: str) -> str:
        for word in WORDS:
            text = text.replace(word, "–")
        return text

    def json(self, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: self.json(one) for name, one in value.items()}
        if isinstance(value, list):
            return [self.json(one) for one in value]
        return self.text(value) if isinstance(value, str) else value

    def keeps(self, table: str, row_id: str) -> bool:
        return row_id != "x"


def people(**rows: tuple[str, str | None]) -> pd.DataFrame:
    index = pd.Index(list(rows), dtype=object)
    return pd.DataFrame(list(rows.values()), index=index, columns=["name", "note"], dtype=object)


def populate(store: Store) -> None:
    """Let the words stand in head, past, an image, what was written, a conflict, a map, a note and findings."""
    first = people(x=(NAME, GONE), y=("赵六", f"像{NAME}"))
    second = people(y=("赵六", f"像{NAME}"), x=(NAME, NOTE), z=("钱七", None))
    record = WorkbookRecord("w", path="a.xlsx", findings=[{"value": NAME}], untold={"notes": [NOTE]})
    conflict = ConflictRecord("people", "x", ("name",), (NAME,), (NAME,), (NOTE,), key="1")
    other = ConflictRecord("people", "y", ("note",), (NOTE,), ("b",), ("c",), key="2")
    with store.lease("b") as lease:
        store.commit(
            lease, "b", Commit(0, [Step("sync", NAME, note=NOTE, tables={"people": first})], workbook=record)
        )
        export = Export(
            1,
            "d",
            {"people": people(x=(NAME, GONE))},
            written={"people": people(x=(NAME, NOTE), y=("a", "b"))},
        )
        store.commit(lease, "b", Commit(1, workbook=record, export=export))
        store.mark_written(lease, "b", "w", 1)
        image = Image(1, {"people": people(x=(NAME, NOTE), y=("赵六", None))}, journal={"people": ["x", "y"]})
        step = Step("sync", "王芳", tables={"people": second})
        store.commit(lease, "b", Commit(1, [step], workbook=record, image=image, conflicts=[conflict, other]))
        store.maps.keep(lease, "b", MapRecord("s", NAME, {"values": {"a": NOTE}}, "王芳"))


def stored(place: Path | str) -> Iterator[bytes]:
    """Yield all that a store holds, as a dump of it would."""
    if isinstance(place, Path):
        yield (place / "store.db").read_bytes()
        with closing(sqlite3.connect(place / "store.db")) as connection:
            names = [
                name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
            ]
            for name in names:
                for row in connection.execute(f"SELECT * FROM {name}"):
                    yield from map(as_bytes, row)
        return
    with psycopg.connect(place) as connection:
        query = "SELECT table_name FROM information_schema.tables WHERE table_schema = current_schema()"
        for (name,) in connection.execute(query).fetchall():
            for row in connection.execute(f"SELECT * FROM {name}").fetchall():
                yield from map(as_bytes, row)


def words_of(place: Path | str) -> set[str]:
    return words_in([run for data in stored(place) for run in iter_runs(data)], WORDS)


def test_nothing_is_left_of_a_row_and_its_texts(store, place):
    populate(store)
    assert words_of(place) == set(WORDS)
    assert sum(store.forgetting.search(lambda data: data.count(NAME.encode())).values()) > 5
    with store.lease("b") as lease:
        assert store.forgetting.rewrite(lease, "b", Without(), Tombstone({"people": ["x"]}, signs=["s"])) == 3
    assert store.forgetting.vacuum() == ""
    assert words_of(place) == set()
    assert not any(store.forgetting.search(lambda data: data.count(NAME.encode())).values())


def test_every_state_is_as_if_the_row_had_never_been_there(store):
    populate(store)
    with store.lease("b") as lease:
        store.forgetting.rewrite(
            lease, "b", Without(), Tombstone({"people": ["x"]}, signs=["s"], lock="k"), "王芳"
        )
    assert store.state_at("b", 1)["people"].to_dict("index") == {"y": {"name": "赵六", "note": "像–"}}
    assert list(store.state_at("b", 2)["people"].index) == ["y", "z"]
    assert list(store.head("b").tables["people"].index) == ["y", "z"]
    image = store.image("b", "w", 1)
    assert image is not None
    assert image.frames["people"].to_dict("index") == {"y": {"name": "赵六", "note": None}}
    assert [list(one["people"].index) for one in image.seen] == [[]]
    assert list(image.written["people"].index) == ["y"]
    assert image.journal == {"people": ("y",)}
    [conflict] = store.conflicts("b", open_only=False)
    assert (conflict.row_id, conflict.base) == ("y", ("–",))
    assert [one.kind for one in store.revisions("b")] == ["sync", "sync", "forget"]
    [tombstone] = store.head("b").tombstones
    assert (tombstone.rows, tombstone.lock, tombstone.book_id) == ({"people": ["x"]}, "k", "b")
