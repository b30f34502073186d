"""Files on disk: either the old file or the new one, and nothing left behind, whatever fails in between."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from pathlib import Path

import pytest

from crmbook.base import file as files
from crmbook.base.errors import BusyError, CrmbookError
from crmbook.base.file import digest, read_bytes, refuse_existing, refuse_open, write_atomically

OLD, NEW = b"old", b"new" * 1000
STEPS = [
    (tempfile, "mkstemp"),
    (os, "fdopen"),
    (os, "fsync"),
    (os, "chmod"),
    (os, "replace"),
]
FAILURES = [
    OSError(errno.ENOSPC, "No space left on device"),
    OSError(errno.EIO, "Input/output error"),
    PermissionError(errno.EACCES, "Permission denied"),
    KeyboardInterrupt(),
]


@pytest.fixture
def target(tmp_path):
    path = tmp_path / "客户管理.xlsx"
    path.write_bytes(OLD)
    return path


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def open_handles() -> int:
    handles = Path("/proc/self/fd")
    return len(list(handles.iterdir())) if handles.is_dir() else 0


def failing(failure):
    def step(*_args, **_options):
        raise failure

    return step


@pytest.mark.parametrize(("module", "step"), STEPS, ids=[step for _, step in STEPS])
@pytest.mark.parametrize("failure", FAILURES, ids=repr)
def test_a_failing_step_leaves_the_old_file_and_nothing_else(target, monkeypatch, module, step, failure):
    before = open_handles()
    with monkeypatch.context() as patch:
        patch.setattr(module, step, failing(failure))
        with pytest.raises((CrmbookError, KeyboardInterrupt)) as caught:
            write_atomically(target, NEW)
    assert target.read_bytes() == OLD
    assert names(target.parent) == [target.name]
    assert open_handles() == before
    if isinstance(failure, KeyboardInterrupt):
        assert caught.type is KeyboardInterrupt
    else:
        assert caught.value.code in {"file.unwritable", "file.disk-full", "file.denied"}


@pytest.mark.parametrize("failure", FAILURES[:2], ids=repr)
def test_a_failing_write_leaves_the_old_file(target, monkeypatch, failure):
    opened = os.fdopen

    class Full:
        def __init__(self, handle, mode):
            self.file = opened(handle, mode)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self.file.close()

        def write(self, data):
            self.file.write(data[:10])
            raise failure

    monkeypatch.setattr(os, "fdopen", Full)
    with pytest.raises(CrmbookError) as caught:
        write_atomically(target, NEW)
    assert caught.value.code == ("file.disk-full" if failure.errno == errno.ENOSPC else "file.unwritable")
    assert target.read_bytes() == OLD
    assert names(target.parent) == [target.name]


def test_a_folder_that_cannot_be_flushed_does_not_undo_the_new_file(target, monkeypatch):
    """The new file stands by then; to report that nothing changed would be untrue."""
    flush = os.fsync

    def picky(handle):
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "Invalid argument")
        flush(handle)

    monkeypatch.setattr(os, "fsync", picky)
    write_atomically(target, NEW)
    assert target.read_bytes() == NEW


def test_a_new_file_takes_the_place_of_the_old_with_its_permissions(target):
    target.chmod(0o640)
    write_atomically(target, NEW, digest(OLD))
    assert target.read_bytes() == NEW
    assert stat.S_IMODE(target.stat().st_mode) == 0o640
    assert names(target.parent) == [target.name]


def test_a_file_that_was_not_there_gets_ordinary_permissions(tmp_path):
    mask = os.umask(0o027)
    try:
        write_atomically(tmp_path / "new.xlsx", NEW)
    finally:
        os.umask(mask)
    assert stat.S_IMODE((tmp_path / "new.xlsx").stat().st_mode) == 0o640


def test_a_link_keeps_pointing_at_the_file(target, tmp_path):
    link = tmp_path / "link.xlsx"
    link.symlink_to(target)
    write_atomically(link, NEW)
    assert link.is_symlink()
    assert target.read_bytes() == NEW


def test_a_file_that_changed_since_it_was_read_is_left_alone(target):
    read = digest(target.read_bytes())
    target.write_bytes(b"theirs")
    with pytest.raises(BusyError) as caught:
        write_atomically(target, NEW, read)
    assert (caught.value.code, caught.value.exit_code) == ("file.changed", 4)
    assert target.read_bytes() == b"theirs"
    assert names(target.parent) == [target.name]


def test_a_file_that_went_since_it_was_read_is_not_made_anew(target):
    read = digest(target.read_bytes())
    target.unlink()
    with pytest.raises(CrmbookError):
        write_atomically(target, NEW, read)
    assert names(target.parent) == []


def test_a_missing_folder_is_named(tmp_path):
    with pytest.raises(CrmbookError) as caught:
        write_atomically(tmp_path / "no" / "x.xlsx", NEW)
    assert caught.value.code == "file.unwritable"


@pytest.mark.parametrize(
    "name", ["~$客户管理.xlsx", ".~lock.客户管理.xlsx#", ".~客户管理.xlsx", "~$管理.xlsx"]
)
def test_a_lock_beside_the_workbook_says_that_it_is_open(target, name):
    refuse_open(target)
    target.with_name(name).write_bytes(b"")
    with pytest.raises(BusyError) as caught:
        refuse_open(target)
    assert caught.value.params["lock"] == name


def test_locks_of_other_workbooks_do_not_count(target):
    for name in ("~$客户.xlsx", ".~lock.客户.xlsx#", "~$.xlsx"):
        target.with_name(name).write_bytes(b"")
    refuse_open(target)


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (lambda path: None, "file.missing"),
        (lambda path: path.mkdir(), "file.is-folder"),
        (lambda path: path.symlink_to(path), "file.unreadable"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path, make, code):
    path = tmp_path / "x.xlsx"
    make(path)
    with pytest.raises(CrmbookError) as caught:
        read_bytes(path)
    assert caught.value.code == code


def test_an_existing_file_is_refused(target, tmp_path):
    with pytest.raises(CrmbookError) as caught:
        refuse_existing(target)
    assert caught.value.code == "file.exists"
    refuse_existing(tmp_path / "other.xlsx")


def test_the_module_offers_no_other_way_to_write():
    assert {name for name in vars(files) if name.startswith("write")} == {"write_atomically"}


def test_what_a_dead_writer_left_is_cleared_up_and_nothing_else(target, monkeypatch):
    """A process that is killed takes nothing back; the next one that writes this file does."""
    others = [".crmbook-000000000000-abc.tmp", "~WRL0001.tmp", ".客户管理.abc.tmp", ".crmbook-notes.tmp"]
    for name in others:
        target.with_name(name).write_bytes(b"theirs")
    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", failing(KeyboardInterrupt()))
        patch.setattr(files, "_remove", lambda _name: None)
        with pytest.raises(KeyboardInterrupt):
            write_atomically(target, NEW)
    assert len(names(target.parent)) == len(others) + 2
    write_atomically(target, NEW)
    assert names(target.parent) == sorted([*others, target.name])


def test_the_longest_name_a_file_can_have_is_written_too(tmp_path):
    target = tmp_path / ("户" * 83 + ".xlsx")
    write_atomically(target, NEW)
    assert target.read_bytes() == NEW
