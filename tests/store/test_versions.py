"""Stores that earlier versions of crmbook wrote are brought up to date, and nothing in them is lost."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect

from crmbook.store import Store
from tests.store.world import WORKBOOK, assert_same, commit, customers, image

WRITTEN = sorted(Path(__file__).parent.glob("format*.sql"))


@pytest.fixture(params=WRITTEN, ids=lambda path: path.stem)
def earlier(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A store as that version left it: one book, one workbook, two revisions, an open conflict."""
    (folder := tmp_path / ".crmbook").mkdir()
    with sqlite3.connect(folder / "store.db") as connection:
        connection.executescript(request.param.read_text(encoding="utf-8"))
    connection.close()
    return folder


def _columns(folder: Path) -> dict[str, list[tuple[str, str, bool]]]:
    engine = create_engine(f"sqlite:///{folder / 'store.db'}")
    tables = inspect(engine)
    found = {
        name: sorted((c["name"], str(c["type"]), c["nullable"]) for c in tables.get_columns(name))
        for name in tables.get_table_names()
    }
    engine.dispose()
    return found


def test_what_an_earlier_version_kept_is_all_there(earlier):
    with Store.open(earlier) as store:
        (record,) = store.workbooks("b")
        assert (record.holder, record.state, record.plan, record.content) == ("王芳", "held", {"id": "p"}, "")
        assert (record.overrides, record.synced) == ([], "")
        assert store.book("b").schema == {"customers": {"name": "text"}}
        assert_same(store.image("b", "w1", 1).frames, {"customers": customers()})
        assert store.head("b").tables["customers"]["name"].to_dict() == {"c2b": "李四丰", "c3c": None}
        assert [revision.number for revision in store.revisions("b")] == [1, 2]
        (conflict,) = store.conflicts("b")
        assert (conflict.base, conflict.head, conflict.file) == (("李四",), ("李四丰",), ("李思",))


def test_it_is_written_to_like_a_new_one(earlier):
    for number in (3, 4):  # opened twice: the second time there is nothing to bring up
        with Store.open(earlier) as store:
            changed = {"customers": customers().head(5 - number)}
            assert commit(store, changed, **image(changed)) == number
            assert_same(store.head("b").tables, changed)


def test_it_has_the_tables_of_a_new_one(earlier, tmp_path):
    with Store.open(earlier) as store, Store.open(tmp_path / "new") as new:
        assert store.workbook("b", "w1").workbook_id == WORKBOOK.workbook_id
        assert new.books() == []
    assert _columns(earlier) == _columns(tmp_path / "new")
