"""Who may use files after a replacement, and that nobody else reads what is crmbook's own."""

from __future__ import annotations

import os
import stat
import struct
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest

from crmbook.base.access import ACCESS_LIST, denial
from crmbook.base.errors import CrmbookError, DeniedError
from crmbook.base.file import write_atomically
from crmbook.notify.outbox import Outbox
from crmbook.store import Store
from crmbook.sync.outcome import SyncState
from crmbook.watch.log import Log
from crmbook.watch.status import WatcherStatus, home, write_status
from tests.cli.run import run
from tests.sync.shop import DAY, Shop, workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from click.testing import Result

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


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A folder that every account can reach: pytest closes its own to others whenever a run of it begins."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@pytest.fixture
def target(reachable: Path) -> Path:
    reachable.chmod(0o777)
    path = reachable / "客户.xlsx"
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
def test_a_question_that_the_workbook_may_not_get_stands_beside_it(reachable):
    shop = Shop(reachable / "簿")
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
    assert (synced.state, shop.main.data) == (SyncState.HELD, before)
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
    write_status(
        tmp_path, WatcherStatus(str(tmp_path), 1, "host", "2024-03-01T00:00:00", "2024-03-01T00:00:00")
    )
    Outbox(place / "outbox").close()
    Log(place, "zh").write("watch.stopped")
    assert {path.name for path in place.rglob("*.*")} >= {"standing.json", "outbox.sqlite", "events.jsonl"}
    assert open_to_others(tmp_path / ".crmbook") == []


@as_root
def test_a_store_of_another_account_says_whose_it_is_and_what_to_use(reachable):
    shop = Shop(reachable / "簿")
    shop.folder.chmod(0o755)
    before = shop.main.data
    run("status", shop.folder)  # nobody may not be able to read the libraries that it imports
    with acting_as(NOBODY):
        told = run("status", shop.folder, "--lang", "en")
    assert told.exit_code == 2
    assert "belongs to the account root" in told.output
    assert "PostgreSQL" in told.output
    assert shop.main.data == before


# What several accounts share


MEMBER = 4322
"""An account that is in the group; `SOMEBODY` is not."""


@pytest.fixture
def group() -> tuple[str, int]:
    """A group of this machine that is nobody's main one."""
    import grp

    known = {one.gr_gid for one in grp.getgrall()} - {os.getegid(), NOBODY}
    return grp.getgrgid(max(known)).gr_name, max(known)


@pytest.fixture
def shared(reachable, group, loose_umask) -> Shop:
    """A folder in which the members of a group may write, with a workbook that they may write."""
    workspace().chmod(0o755)
    shop = Shop(reachable / "簿")
    for path, mode in ((shop.folder, 0o2770), (shop.main.path, 0o660)):
        os.chown(path, -1, group[1])
        path.chmod(mode)
    return shop


AT = ("--as-of", DAY.isoformat(), "--lang", "en", "--workspace", str(workspace()))


def sync(shop: Shop, *options: str) -> Result:
    return run("sync", shop.folder, *AT, *options)


def not_shared(folder: Path, group: int) -> list[str]:
    """Return what in a shared folder the group cannot use, or others can."""
    found = [(path, access(path)) for path in (folder, *folder.rglob("*"))]
    return [f"{path} {has}" for path, has in found if has[1:] != (group, 0o2770 if path.is_dir() else 0o660)]


@as_root
def test_a_shared_store_is_synced_by_every_member_of_its_group(shared, group):
    shared.main.type("clients", 2, owner="赵一")
    assert sync(shared, "--shared-group", group[0]).exit_code == 0
    assert not_shared(shared.folder / ".crmbook", group[1]) == []
    with acting_as(MEMBER, group[1]):  # never told of the group again
        shared.main.type("clients", 3, owner="钱二")
        told = sync(shared)
        assert told.exit_code == 0, told.output
        assert shared.main.path.stat().st_uid == MEMBER
    shared.copy(shared.main, "客户-冲突.xlsx").type("clients", 5, phone="13900000000")
    (shared.folder / "客户-冲突.xlsx").chmod(0o644)
    shared.main.type("clients", 4, owner="孙三")
    assert sync(shared).exit_code == 0
    with acting_as(MEMBER, group[1]):
        told = sync(shared)
        assert told.exit_code == 0, told.output
    owners = shared.by_key("clients", "owner")
    assert [owners[key] for key in ("001", "002", "003")] == ["赵一", "钱二", "孙三"]
    assert shared.by_key("clients", "phone")["004"] == "13900000000"
    assert {"archive", "backups"} <= {path.name for path in (shared.folder / ".crmbook").iterdir()}
    assert not_shared(shared.folder / ".crmbook", group[1]) == []


@as_root
def test_a_shared_store_is_closed_to_everybody_else(shared, group):
    sync(shared, "--shared-group", group[0])
    shared.folder.chmod(0o2775)
    with acting_as(SOMEBODY):
        told = run("status", shared.folder, "--lang", "en")
    assert told.exit_code == 2
    assert "may not read it" in told.output
    assert "--shared-group" in told.output


@as_root
def test_what_a_watcher_keeps_is_shared_too(shared, group):
    told = run("watch", "--once", shared.folder, "--shared-group", group[0], "--workspace", workspace())
    assert told.exit_code == 0, told.output
    assert (home(shared.folder) / "standing.json").is_file()
    assert not_shared(shared.folder / ".crmbook", group[1]) == []
    with acting_as(MEMBER, group[1]):
        Log(home(shared.folder), "zh").write("watch.stopped")
        assert run("watch", "--once", shared.folder, "--workspace", workspace()).exit_code == 0
    assert not_shared(shared.folder / ".crmbook", group[1]) == []


@as_root
def test_a_book_begins_with_a_shared_store(tmp_path, group, loose_umask):
    told = run("build", "-o", tmp_path / "客户.xlsx", "--shared-group", group[0])
    assert told.exit_code == 0, told.output
    assert not_shared(tmp_path / ".crmbook", group[1]) == []


@as_root
def test_a_store_in_a_folder_that_a_person_named_is_shared(shared, group, reachable):
    place, folder = ("--store", str(reachable / "库")), reachable / "库"
    folder.mkdir()
    refused = sync(shared, *place, "--adopt-store", "--shared-group", group[0])
    assert (refused.exit_code, list(folder.iterdir())) == (2, [])
    assert f"chgrp {group[0]}" in refused.output
    os.chown(folder, -1, group[1])
    folder.chmod(0o2770)
    (folder / "别的.txt").write_text("")
    (folder / "别的.txt").chmod(0o644)
    assert sync(shared, *place, "--adopt-store", "--shared-group", group[0]).exit_code == 0
    with acting_as(MEMBER, group[1]):
        shared.main.type("clients", 3, owner="钱二")
        assert sync(shared, *place).exit_code == 0
    assert {access(path)[1:] for path in folder.glob("store.db*")} == {(group[1], 0o660)}
    assert access(folder / "别的.txt")[2] == 0o644


def test_a_group_that_is_not_there_shares_nothing(tmp_path):
    shop = Shop(tmp_path / "簿")
    before = sorted(shop.folder.rglob("*"))
    told = sync(shop, "--shared-group", "nobody-at-all")
    assert told.exit_code == 2
    assert "no group “nobody-at-all”" in told.output
    assert sorted(shop.folder.rglob("*")) == before


@as_root
def test_only_a_member_shares_with_a_group(reachable, group):
    workspace().chmod(0o755)
    shop = Shop(reachable / "簿")
    for path in (shop.folder, *shop.folder.rglob("*")):
        os.chown(path, SOMEBODY, SOMEBODY)
    with acting_as(SOMEBODY):
        told = sync(shop, "--shared-group", group[0])
    assert told.exit_code == 2
    assert f"no member of the group “{group[0]}”" in told.output
    assert not (shop.folder / ".crmbook" / "shared-group").exists()


def test_a_dry_run_shares_nothing(tmp_path, group):
    shop = Shop(tmp_path / "簿")
    assert sync(shop, "--shared-group", group[0], "--dry-run").exit_code == 0
    assert open_to_others(shop.folder / ".crmbook") == []


@as_root
def test_what_is_shared_no_longer_is_closed_again(shared, group):
    sync(shared, "--shared-group", group[0])
    (shared.folder / ".crmbook" / "shared-group").unlink()
    sync(shared)
    assert open_to_others(shared.folder / ".crmbook") == []


@as_root
def test_a_setting_that_anybody_could_have_written_shares_nothing(tmp_path, group):
    folder = tmp_path / "库"
    folder.mkdir()
    (folder / "shared-group").write_text(group[0])
    folder.chmod(0o777)
    with Store.open(folder):
        assert access(folder / "store.db")[2] == 0o600


@as_root
def test_a_store_in_the_account_s_own_folder_is_not_shared(tmp_path, group, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    (tmp_path / "簿").mkdir()
    (tmp_path / "簿" / ".stfolder").mkdir()  # synced by Syncthing
    shop = Shop(tmp_path / "簿")
    told = sync(shop, "--shared-group", group[0])
    assert told.exit_code == 2
    assert "--store" in told.output
