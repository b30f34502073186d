"""Whatever fails, and whenever the process dies: the store holds the state before or the one after, and says what it was."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import sqlite3
import tempfile
from pathlib import Path

import pytest
from sqlalchemy import event, insert, select, update

from crmbook.base.errors import CrmbookError
from crmbook.base.issues import advise, describe
from crmbook.store import Commit, Export, Image, Step, Store, exists
from crmbook.store import versions as formats
from crmbook.store.engine import Database, parse_location
from crmbook.store.tables import META
from tests.store.world import WORKBOOK, a_book, assert_same, commit, customers

BEFORE = {"customers": customers()}
AFTER = {"customers": customers().iloc[1:].assign(amount=[7.0, 8.0])}


def refused(code, work):
    with pytest.raises(CrmbookError) as caught:
        work()
    error = caught.value
    assert error.code == code
    for lang in ("zh", "en"):
        assert describe(code, lang, error.params)
        assert advise(code, lang, error.params)
    return error


def filled(place):
    with Store.open(place) as store:
        store.add_book(a_book())
        commit(store, BEFORE, workbook=WORKBOOK, export=Export(1, "d1", BEFORE))
        with store.lease("b") as lease:
            store.mark_written(lease, "b", "w1", 1, "d1")


def change(place, watch=lambda store: None):
    """The second commit of a workbook, with all parts."""
    with Store.open(place) as store:
        record = store.workbook("b", "w1")
        with store.lease("b") as lease:
            watch(store)
            store.commit(
                lease,
                "b",
                Commit(
                    1, [Step("sync", "王芳", "w1", tables=AFTER)], {"row:customers": 9}, record,
                    Image(1, AFTER), Export(2, "d2", AFTER, AFTER),
                ),
            )  # fmt: skip


def stands(place) -> int:
    """The revision at which the store stands, which it does in all parts."""
    with Store.open(place) as store:
        head = store.head("b")
        done = head.revision == 2
        assert head.revision in {1, 2}
        assert_same(head.tables, AFTER if done else BEFORE)
        assert_same(store.state_at("b", 1), BEFORE)
        assert head.counters == ({"row:customers": 9} if done else {})
        assert len(store.revisions("b")) == head.revision
        assert store.workbook("b", "w1").pending == (2 if done else None)
        assert_same(store.image("b", "w1", 1).frames, AFTER if done else BEFORE)
        assert (store.image("b", "w1", 2) is not None) == done
    return head.revision


def die_at(number):
    """Kill this process just before it runs its n-th statement of a commit, or just before the commit ends."""
    left = [number]

    def count(*_arguments):
        left[0] -= 1
        if left[0] == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def watch(store):
        event.listen(store._database.engine, "before_cursor_execute", count)
        event.listen(store._database.engine, "commit", count)

    return watch


@pytest.mark.slow
def test_a_process_killed_at_any_statement_leaves_the_state_before_or_after(place):
    filled(place)
    killed = 0
    for number in range(1, 100):
        child = os.fork()
        if not child:
            try:
                change(place, die_at(number))
                os._exit(0)
            finally:
                os._exit(1)
        status = os.waitpid(child, 0)[1]
        if status == 0:
            break
        assert os.WTERMSIG(status) == signal.SIGKILL
        killed += 1
        if stands(place) == 2:  # killed while it gave the lease back
            break
    assert killed > 10
    assert stands(place) == 2


def test_a_full_disk_changes_nothing(tmp_path):
    filled(tmp_path)
    before = (tmp_path / "store.db").read_bytes()

    def limit(store):
        pages = len(before) // 4096
        event.listen(
            store._database.engine, "begin",
            lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={pages}"),
        )  # fmt: skip

    wide = {"customers": customers().assign(note=["x" * 9, os.urandom(90_000).hex(), None])}
    with Store.open(tmp_path) as store, store.lease("b") as lease:
        limit(store)
        error = refused(
            "store.full", lambda: store.commit(lease, "b", Commit(1, [Step("sync", tables=wide)]))
        )
    assert str(tmp_path) in str(error.params["store"])
    assert stands(tmp_path) == 1


@pytest.mark.parametrize(
    ("content", "code"),
    [
        ("客户,金额\n张三,5\n".encode() * 99, "store.unreadable"),
        (b"SQLite format 3\0" + b"\xff" * 5000, "store.unreadable"),
    ],
    ids=["table of commas", "damaged head"],
)
def test_a_file_that_is_no_store_is_left_alone(tmp_path, content, code):
    file = tmp_path / "store.db"
    file.write_bytes(content)
    refused(code, lambda: Store.open(tmp_path))
    assert file.read_bytes() == content
    assert [item.name for item in tmp_path.iterdir()] == ["store.db"]


def test_another_programs_database_is_left_alone(tmp_path):
    connection = sqlite3.connect(tmp_path / "store.db")
    connection.execute("CREATE TABLE songs (title TEXT)")
    connection.close()
    before = (tmp_path / "store.db").read_bytes()
    refused("store.unreadable", lambda: Store.open(tmp_path))
    assert (tmp_path / "store.db").read_bytes() == before


def test_a_damaged_store_is_named_when_it_is_read(tmp_path):
    filled(tmp_path)
    file = tmp_path / "store.db"
    data = bytearray(file.read_bytes())
    data[4096:] = os.urandom(len(data) - 4096)
    file.write_bytes(data)
    refused("store.unreadable", lambda: Store.open(tmp_path).head("b"))
    assert file.read_bytes() == data


def test_an_empty_file_becomes_a_store(tmp_path):
    """What a crash leaves of a store that was just being made."""
    (tmp_path / "store.db").write_bytes(b"")
    filled(tmp_path)
    assert stands(tmp_path) == 1


def as_nobody(place) -> str:
    """What a process without any rights gets done: reading, then writing."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setuid(pwd.getpwnam("nobody").pw_uid)
            with Store.open(place) as store:
                os.write(writer, f"read {store.head('b').revision}, ".encode())
                with store.lease("b"):
                    os.write(writer, b"wrote")
        except CrmbookError as error:
            os.write(writer, error.code.encode())
        finally:
            os._exit(0)
    os.close(writer)
    os.waitpid(child, 0)
    with os.fdopen(reader) as said:
        return said.read()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")
@pytest.mark.parametrize(("there", "said"), [(True, "read 1, store.read-only"), (False, "store.read-only")])
def test_a_folder_that_cannot_be_written_can_be_read(there, said):
    folder = Path(tempfile.mkdtemp(prefix="crmbook-read-only-"))  # pytest's own folders are closed to others
    folder.chmod(0o755)
    try:
        if there:
            filled(folder)
            for lock in folder.glob("*.lock"):
                lock.unlink()
            (folder / "store.db").chmod(0o644)  # somebody lets others read it
        before = {item.name: item.read_bytes() for item in folder.iterdir()}
        assert as_nobody(folder) == said
        assert {item.name: item.read_bytes() for item in folder.iterdir()} == before
    finally:
        shutil.rmtree(folder)


def test_a_newer_store_is_left_alone(place):
    filled(place)
    database = Database(parse_location(place))
    with database.write() as connection:
        connection.execute(update(META).where(META.c.name == "format").values(value="99"))
    error = refused("store.newer", lambda: Store.open(place))
    assert (error.params["found"], error.params["known"]) == ("99", len(formats.STEPS) + 1)
    with database.read() as connection:
        assert connection.execute(select(META.c.value).where(META.c.name == "format")).scalar_one() == "99"


def test_an_older_store_is_brought_up_step_by_step_or_not_at_all(place):
    filled(place)
    database, told = Database(parse_location(place)), []

    def step(number, *, fails=False):
        def bring_up(connection):
            told.append(number)
            connection.execute(insert(META).values(name=f"step {number}", value="done"))
            if fails:
                raise CrmbookError("store.full", store="", reason="")

        return bring_up

    now = len(formats.STEPS) + 1
    with pytest.raises(CrmbookError):
        formats.prepare(database, [*formats.STEPS, step(1), step(2, fails=True)])
    assert stands(place) == 1
    formats.prepare(database, [*formats.STEPS, step(1), step(2)])
    formats.prepare(database, [*formats.STEPS, step(1), step(2)])
    assert told == [1, 2, 1, 2]
    with database.read() as connection:
        values = {row.name: row.value for row in connection.execute(select(META))}
    assert {"format": f"{now + 2}", "step 1": "done", "step 2": "done"}.items() <= values.items()
    refused("store.newer", lambda: Store.open(place))


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("mysql://localhost/crm", "store.bad-url"),
        ("sqlite://", "store.bad-url"),
        ("://", "store.bad-url"),
        ("postgresql://nobody:secret@127.0.0.1:1/crm", "store.unreachable"),
        ("postgresql://nobody:secret@no-such-host.invalid/crm", "store.unreachable"),
    ],
)
def test_a_place_that_is_none_is_named_without_its_password(url, code):
    error = refused(code, lambda: Store.open(url))
    assert "secret" not in str(error)


def test_a_sqlite_url_is_a_place_too(tmp_path):
    url = f"sqlite:///{tmp_path}/team.db"
    assert not exists(url)
    filled(url)
    assert exists(url)
    assert stands(url) == 1
    assert not exists(tmp_path)
