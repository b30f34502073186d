"""Who may use files after a replacement, and that nobody else reads what is crmbook's own."""

from __future__ import annotations

import os
import stat
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from crmbook.access import ACCESS_LIST, denial
from crmbook.errors import CrmbookError, DeniedError
from crmbook.file import write_atomically
from crmbook.outcome import State
from crmbook.watch.log import Log
from crmbook.watch.outbox import Outbox
from crmbook.watch.standing import Standing, home, write_standing
from tests.cli.run import run
from tests.sync.shop import Shop, workspace

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NOBODY, SOMEBODY, GROUP = 65534, 4321, 5432
as_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="gives files to others")


@contextmanager
def acting_as(user: int, *groups: int) -> Iterator[None]:
    """Be another account for a while."""
    before = os.getgroups()
    os.setgroups(groups)
    os.setegid(user)
    os.seteuid(user)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)
        os.setgroups(before)


def let_others_in(folder: Path) -> None:
    """Let every account reach a folder of pytest's, which keeps its own to itself."""
    while folder.stat().st_uid == os.geteuid() and not folder.stat().st_mode & stat.S_ISVTX:
        folder.chmod(0o755)
        folder = folder.parent


@pytest.fixture
def target(tmp_path: Path) -> Path:
    let_others_in(tmp_path)
    tmp_path.chmod(0o777)
    path = tmp_path / "客户.xlsx"
    path.write_bytes(b"old")
    return path


def access(path: Path) -> tuple[int, int, int]:
    status = path.stat()
    return status.st_uid, status.st_gid, stat.S_IMODE(status.st_mode)


@as_root
@pytest.mark.parametrize("mode", [0o640, 0o600, 0o664, 0o444])
def test_a_replacement_keeps_owner_group_and_mode(target, mode):
    os.chown(target, NOBODY, GROUP)
    target.chmod(mode)
    write_atomically(target, b"new")
    assert (target.read_bytes(), access(target)) == (b"new", (NOBODY, GROUP, mode))


def entry(tag: int, rights: int, number: int = 0xFFFFFFFF) -> bytes:
    return struct.pack("<HHI", tag, rights, number)


def set_attribute(path: Path, name: str, value: bytes) -> None:
    try:
        os.setxattr(path, name, value)
    except OSError as error:
        pytest.skip(f"this file system keeps no {name}: {error}")


def test_a_replacement_keeps_extended_attributes(target):
    set_attribute(target, "user.label", "重要".encode())
    write_atomically(target, b"new")
    assert os.getxattr(target, "user.label") == "重要".encode()


def test_a_replacement_keeps_the_access_list(target):
    entries = [entry(1, 6), entry(2, 6, SOMEBODY), entry(4, 4), entry(16, 6), entry(32, 0)]
    told = struct.pack("<I", 2) + b"".join(entries)
    set_attribute(target, ACCESS_LIST, told)
    before = access(target)
    write_atomically(target, b"new", keep=target.parent / "kept" / "1.xlsx")
    assert os.getxattr(target, ACCESS_LIST) == told
    assert access(target) == before
    assert ACCESS_LIST not in os.listxattr(target.parent / "kept" / "1.xlsx")


@as_root
@pytest.mark.parametrize(
    ("owner", "group", "mode", "may"),
    [
        (SOMEBODY, GROUP, 0o644, False),  # the owner could write it no more
        (SOMEBODY, NOBODY, 0o664, False),  # the same: the owner is not in the group
        (SOMEBODY, GROUP, 0o464, False),  # the group could write it no more
        (SOMEBODY, GROUP, 0o666, True),
        (SOMEBODY, GROUP, 0o444, True),  # nobody might write it
        (0, NOBODY, 0o664, True),  # the system's own account may always
        (NOBODY, NOBODY, 0o600, True),
    ],
)
def test_nobody_who_may_write_a_file_is_shut_out(target, owner, group, mode, may):
    os.chown(target, owner, group)
    target.chmod(mode)
    before = access(target)
    with acting_as(NOBODY):
        if may:
            write_atomically(target, b"new")
        else:
            with pytest.raises(CrmbookError) as caught:
                write_atomically(target, b"new")
            assert caught.value.code == "file.shuts-out"
    assert target.read_bytes() == (b"new" if may else b"old")
    assert may or access(target) == before
    assert [path.name for path in target.parent.iterdir()] == [target.name]


@as_root
@pytest.mark.parametrize(
    ("owner", "folder_owner", "mode", "code"),
    [
        (SOMEBODY, SOMEBODY, 0o1777, "file.denied-sticky"),
        (SOMEBODY, SOMEBODY, 0o755, "file.denied-folder"),
        (SOMEBODY, NOBODY, 0o1777, None),  # the folder's owner may
        (NOBODY, SOMEBODY, 0o1777, None),
    ],
)
def test_what_keeps_an_account_from_replacing_a_file_is_named(target, owner, folder_owner, mode, code):
    target.chmod(0o666)
    os.chown(target, owner, owner)
    os.chown(target.parent, folder_owner, folder_owner)
    target.parent.chmod(mode)
    with acting_as(NOBODY):
        seen = denial(target)
        assert (seen and seen.code) == code
        if code is None:
            write_atomically(target, b"new")
        else:
            with pytest.raises(DeniedError) as caught:
                write_atomically(target, b"new")
            assert caught.value.code == code
    assert target.read_bytes() == (b"old" if code else b"new")
    assert [path.name for path in target.parent.iterdir()] == [target.name]


@as_root
def test_a_question_that_the_workbook_may_not_get_stands_beside_it(tmp_path):
    let_others_in(tmp_path)
    shop = Shop(tmp_path / "簿")
    for path in (workspace(), *workspace().rglob("*")):
        path.chmod(0o755)
    for row in range(2, 8):
        shop.main.clear("clients", row, whole=False)
    before = shop.main.data
    shop.folder.chmod(0o1777)
    shop.main.path.chmod(0o666)
    for path in (shop.folder / ".crmbook", *(shop.folder / ".crmbook").rglob("*")):
        os.chown(path, NOBODY, NOBODY)
    with acting_as(NOBODY):
        [synced] = shop.sync().workbooks
    assert (synced.state, shop.main.data) == (State.HELD, before)
    assert list(shop.folder.glob("*.held.txt"))


# What is crmbook's own


@pytest.fixture
def loose_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def open_to_others(folder: Path) -> list[str]:
    found = [folder, *folder.rglob("*")]
    return [f"{path} {access(path)[2]:o}" for path in found if access(path)[2] & 0o077]


def test_what_sync_keeps_is_for_its_owner_alone(tmp_path, loose_umask):
    shop = Shop(tmp_path / "簿")
    copy = shop.copy(shop.main, "客户-冲突.xlsx")
    copy.type("clients", 3, phone="13900000000")
    shop.main.path.chmod(0o664)
    shop.main.type("clients", 2, owner="赵一")
    shop.main.path.chmod(0o664)
    shop.sync()
    names = {path.name for path in (shop.folder / ".crmbook").rglob("*")}
    assert {"store.db", "backups", "archive", "客户-冲突.xlsx"} <= names
    assert open_to_others(shop.folder / ".crmbook") == []
    assert access(shop.main.path)[2] == 0o664


def test_what_others_could_read_is_closed_to_them_at_the_next_sync(tmp_path, loose_umask):
    shop = Shop(tmp_path / "簿")
    shop.main.type("clients", 2, owner="赵一")
    shop.sync()
    for path in (shop.folder / ".crmbook", *(shop.folder / ".crmbook").rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    shop.sync()
    assert open_to_others(shop.folder / ".crmbook") == []


def test_what_a_watcher_keeps_is_for_its_owner_alone(tmp_path, loose_umask):
    place = home(tmp_path)
    write_standing(tmp_path, Standing(str(tmp_path), 1, "host", "2024-03-01T00:00:00", "2024-03-01T00:00:00"))
    Outbox(place / "outbox").close()
    Log(place, "zh").write("watch.stopped")
    assert {path.name for path in place.rglob("*.*")} >= {"standing.json", "outbox.sqlite", "events.jsonl"}
    assert open_to_others(tmp_path / ".crmbook") == []


@as_root
def test_a_store_of_another_account_says_whose_it_is_and_what_to_use(tmp_path):
    let_others_in(tmp_path)
    shop = Shop(tmp_path / "簿")
    shop.folder.chmod(0o755)
    before = shop.main.data
    with acting_as(NOBODY):
        told = run("status", shop.folder, "--lang", "en")
    assert told.exit_code == 2
    assert "belongs to the account root" in told.output
    assert "PostgreSQL" in told.output
    assert shop.main.data == before
