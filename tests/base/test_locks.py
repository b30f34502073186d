"""Lock files: who holds a workbook, and which locks a crashed program left."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import threading
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crmbook.base.file import is_open
from crmbook.base.issues import advise, describe
from crmbook.base.locks import Program, is_stale, iter_locks, live_lock, stale_locks, stale_warning
from tests.books import built
from tests.office import OfficeSession

MINUTE, HOUR, DAY = 60, 3600, 86400
ME, HERE = getpass.getuser(), socket.gethostname()


@pytest.fixture
def workbook(tmp_path):
    path = tmp_path / "客户管理.xlsx"
    path.write_bytes(b"PK")
    return path


def entry(owner="", user=ME, host=HERE):
    """LibreOffice's record."""
    fields = [
        text.replace("\\", "\\\\").replace(",", "\\,").replace(";", "\\;") for text in (owner, user, host)
    ]
    return ",".join([*fields, "22.11.2026 08:00", "file:///home/x/.config/libreoffice/4"]).encode() + b";"


def record(owner, place=55, size=165):
    """Excel's owner record, or Word's with its own place and size."""
    narrow = owner.encode("gbk", errors="replace")
    head = bytes([len(narrow)]) + narrow
    wide = len(owner).to_bytes(2, "little") + owner.encode("utf-16-le")
    data = head.ljust(place, b" " if place == 55 else b"\0") + wide
    return data + (b" \0" * size)[: size - len(data)]


def leave(workbook, name, data=b"", age=0.0):
    path = workbook.with_name(name)
    path.write_bytes(data)
    moment = time.time() - age
    os.utime(path, (moment, moment))
    return path


def free_lock(workbook, data, age):
    return leave(workbook, f".~lock.{workbook.name}#", data, age)


def the_lock(workbook):
    (lock,) = iter_locks(workbook)
    return lock


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (entry("王芳", "wang", "PC-3"), ("王芳", "wang", "PC-3", "王芳 (PC-3)")),
        (entry("", "wang", "pc-3.firm.cn"), ("", "wang", "pc-3.firm.cn", "wang (pc-3.firm.cn)")),
        (
            entry("Wang, Fang; a\\b", "wang", "PC"),
            ("Wang, Fang; a\\b", "wang", "PC", "Wang, Fang; a\\b (PC)"),
        ),
        (b"Li Na,DESKTOP-9/lina,DESKTOP-9,x,y;", ("Li Na", "lina", "DESKTOP-9", "Li Na (DESKTOP-9)")),
        (b"Li Na,FIRM\\\\lina,DESKTOP-9,x,y;", ("Li Na", "lina", "DESKTOP-9", "Li Na (DESKTOP-9)")),
        (b"\x1b[31mLi\n Na,li,PC", ("[31mLi Na", "li", "PC", "[31mLi Na (PC)")),
        (b"only", ("only", "", "", "only")),
        (b"", ("", "", "", "LibreOffice")),
        (b"\xff\xfe,\x80", ("\ufffd\ufffd", "\ufffd", "", "\ufffd\ufffd")),
        (b"\\", ("", "", "", "LibreOffice")),
    ],
)
def test_libreoffice_names_the_person_and_the_machine(workbook, data, told):
    free_lock(workbook, data, 0)
    lock = the_lock(workbook)
    assert (lock.owner, lock.user, lock.host, lock.holder) == told
    assert lock.program is Program.LIBREOFFICE


@pytest.mark.parametrize("name", ["~${}", ".~{}"])
@pytest.mark.parametrize(
    ("data", "owner"),
    [
        (record("王芳"), "王芳"),
        (record("Wang Fang"), "Wang Fang"),
        (record("W" * 52), "W" * 52),
        (record("王芳", place=54, size=162), "王芳"),
        (b"\x04Wang" + b" " * 20, "Wang"),
        (b"\x00" * 165, ""),
        (b"\xff" * 165, ""),
        (b"PK\x03\x04", ""),  # 80 characters: no record
        (b"", ""),
    ],
)
def test_an_owner_record_names_the_person(workbook, name, data, owner):
    leave(workbook, name.format(workbook.name), data)
    lock = the_lock(workbook)
    assert lock.owner == owner
    assert lock.holder == (owner or str(lock.program))


@pytest.mark.parametrize(
    "name", ["~$客户管理.xlsx", "~$管理.xlsx", ".~客户管理.xlsx", ".~lock.客户管理.xlsx#"]
)
@pytest.mark.parametrize(
    ("age", "stale"), [(0, False), (HOUR, False), (DAY - HOUR, False), (DAY + HOUR, True)]
)
def test_a_lock_without_a_name_counts_for_a_day(workbook, name, age, stale):
    left = leave(workbook, name, age=age)
    assert is_open(workbook) is not stale
    assert (live_lock(workbook) is None) is stale
    assert [lock.path for lock in stale_locks(workbook.parent)] == [left] * stale


@pytest.mark.parametrize(
    "data",
    [entry("王芳", ME, "another-machine"), entry("王芳", "somebody-else", HERE), record("somebody else")],
    ids=["another machine", "another user", "another name"],
)
@pytest.mark.parametrize(("age", "stale"), [(HOUR, False), (DAY + 1, True)])
def test_what_nobody_can_look_behind_goes_by_age(workbook, data, age, stale):
    name = "~$客户管理.xlsx" if data[0] < 32 else ".~lock.客户管理.xlsx#"
    leave(workbook, name, data, age)
    assert is_stale(the_lock(workbook)) is stale


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.binary(max_size=300), st.sampled_from(["~${}", ".~{}", ".~lock.{}#"]))
def test_whatever_a_lock_file_holds_it_counts(tmp_path_factory, data, name):
    workbook = tmp_path_factory.getbasetemp() / "any.xlsx"
    path = leave(workbook, name.format(workbook.name), data)
    try:
        lock = the_lock(workbook)
        assert lock.holder.strip()
        assert not is_stale(lock)
        told = stale_warning(lock, lock.since + 90)
        assert str(lock.path.name) in describe(told[0], "zh", told[1])
    finally:
        path.unlink()


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.text(st.characters(blacklist_categories=["Cc", "Cf", "Cn", "Co", "Cs"]), max_size=30))
def test_any_name_is_read_back_from_libreoffice_s_record(tmp_path_factory, name):
    workbook = tmp_path_factory.getbasetemp() / "any.xlsx"
    path = free_lock(workbook, entry(name, "u", "h"), 0)
    try:
        assert the_lock(workbook).owner == name.strip()
    finally:
        path.unlink()


LONG_AGO = 20 * 365 * DAY
"""Before any program that runs now was started."""


@pytest.mark.parametrize("host", [HERE, HERE.upper(), f"{HERE.partition('.')[0]}.firm.example"])
def test_my_own_lock_is_stale_once_no_such_program_runs(workbook, host):
    free_lock(workbook, entry("王芳", ME, host), LONG_AGO)
    assert not is_open(workbook)
    free_lock(workbook, entry("王芳", ME, host), 20)
    assert is_open(workbook)


@pytest.fixture
def office(tmp_path):
    """A process that carries an office program's name."""
    program = tmp_path / "bin" / "soffice.bin"
    program.parent.mkdir()
    shutil.copy(shutil.which("sleep"), program)
    running = subprocess.Popen([program, "100"])
    yield running
    running.kill()
    running.wait()


@pytest.mark.parametrize(
    ("name", "data"),
    [(".~lock.客户管理.xlsx#", entry("王芳")), ("~$客户管理.xlsx", record(ME))],
)
def test_my_own_lock_counts_while_its_program_runs(workbook, office, name, data):
    leave(workbook, name, data, -30 * DAY)  # started long before it was written
    assert is_open(workbook)
    leave(workbook, name, data, LONG_AGO)  # started since: it was another run that wrote it
    assert not is_open(workbook)


@pytest.mark.parametrize("unread", ["folder", "link"])
def test_a_lock_that_cannot_be_read_counts_by_its_age(workbook, unread):
    path = workbook.with_name(f"~${workbook.name}")
    if unread == "folder":
        path.mkdir()
        assert is_open(workbook)
    else:
        path.symlink_to("nowhere")
        assert live_lock(workbook) is None


def test_a_clock_that_runs_far_ahead_does_not_make_a_lock_eternal(workbook):
    leave(workbook, f"~${workbook.name}", age=-HOUR)
    assert is_open(workbook)
    leave(workbook, f"~${workbook.name}", age=-400 * DAY)
    assert not is_open(workbook)


def test_a_stale_lock_hides_no_live_one(workbook):
    leave(workbook, f"~${workbook.name}", age=3 * DAY)
    live = free_lock(workbook, entry("李娜", "li", "PC-9"), HOUR)
    assert live_lock(workbook).path == live
    assert [lock.program for lock in stale_locks(workbook.parent)] == [Program.EXCEL]


def test_stale_locks_are_told_once_and_only_beside_workbooks(workbook):
    workbook.with_name("管理.xlsx").write_bytes(b"PK")
    left = leave(workbook, "~$管理.xlsx", age=3 * DAY)
    leave(workbook, "~$走了.xlsx", age=3 * DAY)
    leave(workbook, ".~lock.信.docx#", age=3 * DAY)
    assert [lock.path for lock in stale_locks(workbook.parent)] == [left]
    assert left.exists()
    assert stale_locks(workbook.parent / "nowhere") == []


@pytest.mark.parametrize(
    ("age", "zh", "en"),
    [
        (5 * MINUTE, "5 分钟前", "5 minutes ago"),
        (119 * MINUTE, "119 分钟前", "119 minutes ago"),
        (3 * HOUR, "3 小时前", "3 hours ago"),
        (47 * HOUR, "47 小时前", "47 hours ago"),
        (9 * DAY, "9 天前", "9 days ago"),
    ],
)
def test_a_stale_lock_is_told_with_owner_age_and_remedy(workbook, age, zh, en):
    left = free_lock(workbook, entry("王芳", "wang", "PC-3"), 0)
    lock = the_lock(workbook)
    code, params = stale_warning(lock, lock.since + age)
    for lang, words in (("zh", zh), ("en", en)):
        text = describe(code, lang, params)
        assert all(part in text for part in (words, "王芳 (PC-3)", workbook.name, left.name)), text
        assert left.name in advise(code, lang, params)


HOLD = """
import shutil, time
from pathlib import Path
folder = Path({folder!r})
(folder / "opened").touch()
while not (folder / "seen").exists():
    time.sleep(0.1)
result = [path.name for path in folder.glob(".~lock*")]
shutil.copytree(folder, folder.with_name("crashed"))
"""


@pytest.mark.slow
@pytest.mark.office
def test_what_libreoffice_leaves_when_it_crashes(tmp_path):
    folder = tmp_path / "desk"
    folder.mkdir()
    workbook = folder / "客户 管理.xlsx"
    workbook.write_bytes(built(lang="zh").data)
    with OfficeSession() as office:
        typing = threading.Thread(target=office.run, args=(workbook, HOLD.format(folder=str(folder))))
        typing.start()
        try:
            for _ in range(1200):
                if (folder / "opened").exists():
                    break
                time.sleep(0.1)
            held = live_lock(workbook)
        finally:
            (folder / "seen").touch()
            typing.join()
    assert held is not None
    assert (held.program, held.user, held.mine) == (Program.LIBREOFFICE, ME, True)
    assert held.host.partition(".")[0].casefold() == HERE.partition(".")[0].casefold()
    assert not is_open(workbook)
    left = tmp_path / "crashed" / held.path.name
    os.utime(left, (time.time() - 20 * 365 * DAY,) * 2)
    assert [lock.path for lock in stale_locks(left.parent)] == [left]
    assert not is_open(left.parent / workbook.name)
