"""Bad input to ``crmbook sync``: a stable code, the place, the exit code, words in both languages, nothing changed.

One folder holds a workbook and the store beside it, once synced; every test spoils something of it, runs the command
as people do, and sees that no byte of the folder is another afterwards. Then the folder is put back.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import re
import resource
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import openpyxl
import pytest

from crmbook.ooxml import Package
from crmbook.store import Store
from tests.books import built
from tests.cli.run import run, run_json
from tests.desk import Desk
from tests.ooxml.specimens import refused
from tests.ooxml_lint import lint

NAME = "客户管理.xlsx"
DAY = ("--as-of", "2023-04-01")
NOBODY = 65534
STORE = ".crmbook/store.db"


@pytest.fixture(scope="module")
def home():
    """The folder, readable by anybody, as it is after one sync; its content by name."""
    with tempfile.TemporaryDirectory(prefix="客户簿 ") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / NAME).write_bytes(built().data)
        assert run("sync", folder / NAME, *DAY).exit_code == 1
        yield folder, {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.fixture
def folder(home):
    """The folder, put back afterwards."""
    place, content = home
    yield place
    for path in [place, *place.rglob("*")]:
        others = 0 if ".crmbook" in path.parts else 0o055
        path.chmod(0o700 | others if path.is_dir() else 0o600 | others & 0o044)
    for path in [path for path in place.rglob("*") if path.is_file() and path not in content]:
        path.unlink()
    for path in sorted((path for path in place.rglob("*") if path.is_dir()), reverse=True):
        if path != place / ".crmbook" and not any(path.iterdir()):
            path.rmdir()
    for path, data in content.items():
        path.parent.mkdir(exist_ok=True, parents=True)
        path.write_bytes(data)


def fingerprint(folder):
    """Names, content and rights of everything in a folder; of a store all but who used it last."""
    return {
        str(path.relative_to(folder)): (path.stat().st_mode, content_of(path) if path.is_file() else "")
        for path in sorted(folder.rglob("*"))
    }


def content_of(path):
    data = path.read_bytes()
    if path.suffix == ".db" and data:
        with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(":memory:")) as copy:
            copy.deserialize(data)
            data = "\n".join(line for line in copy.iterdump() if "crmbook_lease" not in line).encode()
    return hashlib.sha256(data).hexdigest()


def head(folder):
    """What the store holds: the current state of every table as text."""
    with Store.open(folder / ".crmbook") as store:
        state = store.head(store.books()[0].book_id)
        return state.revision, {name: frame.to_csv() for name, frame in sorted(state.tables.items())}


def refused_with(code, folder, path, place=""):
    """Run the command in both languages and as JSON; see that it says what it should and changes nothing."""
    before, told_in = fingerprint(folder), {}
    for lang in ("zh", "en"):
        result, told = run_json("sync", path, *DAY, "--lang", lang)
        assert result == 2
        error = told["error"]
        assert error["code"] in ((code,) if isinstance(code, str) else code)
        assert any(name in error["place"] for name in (path.name, ".crmbook"))
        plain = run("sync", path, *DAY, "--lang", lang)
        assert plain.exit_code == 2
        assert any(name in plain.stderr for name in filter(None, (path.name, ".crmbook", place)))
        assert error["problem"].splitlines()[0] in plain.stderr.replace("\n", "")
        assert error["remedy"] in plain.stderr
        assert error["remedy"]
        told_in[lang] = error["problem"]
    assert told_in["zh"] != told_in["en"]
    assert fingerprint(folder) == before


def foreign():
    stream, book = io.BytesIO(), openpyxl.Workbook()
    book.active.append(["客户ID", "姓名"])
    book.save(stream)
    return stream.getvalue()


WHOLE_FILE = {
    "foreign": (foreign, "sync.not-ours"),
    "encrypted": (refused.encrypted, "ooxml.encrypted"),
    "old format": (refused.old_format, "ooxml.legacy-xls"),
    "cut short": (lambda: built().data[:-200], "ooxml.truncated"),
    "half": (lambda: built().data[: len(built().data) // 2], "ooxml.truncated"),
    "empty": (bytes, "ooxml.empty-file"),
    "a CSV called .xlsx": (lambda: "客户ID,姓名\n001,张三\n".encode("utf-8-sig"), "ooxml.not-a-zip"),
    "a web page": (refused.web_page, "ooxml.not-a-zip"),
    "a zip bomb": (refused.zip_bomb, "ooxml.zip-bomb"),
    "a sheet bomb": (refused.sheet_bomb, "ooxml.zip-bomb"),
    "a DOCTYPE": (refused.doctype, None),
    "a text document": (refused.word_document, "ooxml.not-a-workbook"),
    "signed": (refused.signed, "sync.not-ours"),
    "an OpenDocument": (refused.open_document, "ooxml.not-a-workbook"),
    "a binary workbook": (refused.binary_workbook, "ooxml.binary-workbook"),
}


@pytest.mark.sample(2)
@pytest.mark.parametrize("case", WHOLE_FILE)
def test_file_that_is_no_workbook_of_ours(folder, case):
    make, code = WHOLE_FILE[case]
    path = folder / NAME
    path.write_bytes(make())
    refused_with(code or "sync.not-ours", folder, path)


@pytest.mark.sample(1)
@pytest.mark.parametrize(
    ("part", "damage", "code"),
    [
        ("xl/worksheets/sheet9.xml", (b"<worksheet", b'<!DOCTYPE a [<!ENTITY b "c">]><worksheet'), "ooxml.doctype"),
        ("xl/worksheets/sheet9.xml", (b"</row>", b""), "ooxml.malformed-xml"),
        ("xl/worksheets/sheet9.xml", (b"</row>", b"</ROW>"), "ooxml.malformed-xml"),
        ("xl/worksheets/sheet9.xml", (b"</row></sheetData>", b"</sheetData>"), "ooxml.malformed-xml"),
        ("xl/workbook.xml", (b"</sheets>", b""), "ooxml.malformed-xml"),
        ("xl/tables/table5.xml", (b"</tableColumns>", b""), "ooxml.malformed-xml"),
        ("docProps/custom.xml", (b"</Properties>", b""), "ooxml.malformed-xml"),
    ],
)  # fmt: skip
def test_our_workbook_with_a_damaged_part(folder, part, damage, code):
    path = folder / NAME
    stream = io.BytesIO()
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            data = old.read(name)
            new.writestr(name, data.replace(*damage) if name == part else data)
    path.write_bytes(stream.getvalue())
    refused_with(code, folder, path, place=part)


def test_our_workbook_with_a_rotten_byte(folder):
    path = folder / NAME
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as package:
        info = package.getinfo("xl/worksheets/sheet9.xml")
    at = info.header_offset + 30 + len(info.filename) + info.compress_size // 2
    data[at] ^= 0xFF
    path.write_bytes(bytes(data))
    refused_with(("ooxml.damaged-zip", "read.unreadable"), folder, path, place=" ")


def test_renamed_file_is_missing_and_nothing_of_it_is_deleted(folder):
    before = head(folder)
    (folder / NAME).rename(folder / "改名.xlsx")
    refused_with("file.missing", folder, folder / NAME)
    assert head(folder) == before


def test_workbook_renamed_to_another_kind_is_read_by_its_content(folder):
    path = folder / "客户管理.xls"
    (folder / NAME).rename(path)
    code, told = run_json("sync", path, *DAY)
    assert code == 1
    assert told["workbooks"][0]["taken"] == dict.fromkeys(told["workbooks"][0]["taken"], 0)


def replaced(path, part, pattern, new=b""):
    package = Package.open(path)
    package.replace_part(part, re.sub(pattern, new, package.parts.read(part)))
    package.save(path)


def held(folder, finding):
    """Sync a workbook from which something is gone: it is held, and nothing that the store holds changes."""
    path, before, told_in = folder / NAME, head(folder), {}
    for lang in ("zh", "en"):
        code, told = run_json("sync", path, *DAY, "--lang", lang)
        assert code == 3
        workbook = told["workbooks"][0]
        assert workbook["state"] == "held"
        assert set(workbook["taken"].values()) == {0}
        found = workbook["plan"]["findings"]
        assert [(one["code"], one["table"], one["field"]) for one in found] == [finding]
        told_in[lang] = found[0]["problem"]
        plain = run("sync", path, *DAY, "--lang", lang)
        assert plain.exit_code == 3
        assert workbook["plan"]["id"] in plain.output
    assert told_in["zh"] != told_in["en"]
    assert head(folder) == before


def test_missing_sheet_holds_the_workbook(folder):
    replaced(folder / NAME, "xl/workbook.xml", '<sheet name="客户交易记录"[^>]*/>'.encode())
    held(folder, ("breaker.sheet-missing", "transactions", ""))


def test_deleted_key_column_holds_the_workbook(folder):
    desk = Desk(folder / NAME)
    place = desk.place("transactions")
    replaced(
        desk.path,
        "xl/workbook.xml",
        rb'<definedName name="_crmbook\.transactions\.transaction_id".*?</definedName>',
    )
    package = Package.open(desk.path)
    part = package.table(place.name).part
    replaced(desk.path, part, '"交易ID"'.encode(), '"流水"'.encode())
    package = Package.open(desk.path)
    package.sheet(place.sheet).set("A1", "流水")
    package.save(desk.path)
    held(folder, ("breaker.column-gone", "transactions", "transaction_id"))


def spoiled_store(folder, statement):
    with contextlib.closing(sqlite3.connect(folder / STORE)) as connection:
        connection.execute(statement)
        connection.commit()


def edited(folder):
    Desk(folder / NAME).type("customers", 2, address="上海市")


def test_store_from_a_newer_version(folder):
    edited(folder)
    spoiled_store(folder, "UPDATE crmbook_meta SET value = '99' WHERE name = 'format'")
    refused_with("store.newer", folder, folder / NAME)


@pytest.mark.parametrize("content", [b"", b"no database at all" * 999, b"SQLite format 3\0" + b"\xff" * 5000])
def test_store_that_is_damaged(folder, content):
    edited(folder)
    (folder / STORE).write_bytes(content)
    if content:
        refused_with("store.unreadable", folder, folder / NAME)


@contextlib.contextmanager
def as_nobody():
    """Act with the rights of a person who is not the administrator."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def test_read_only_folder(folder):
    edited(folder)
    for path in [*folder.rglob("*"), folder]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    with as_nobody():
        refused_with("store.read-only", folder, folder / NAME)


@pytest.mark.slow
def test_read_only_folder_beside_a_store_elsewhere(folder, tmp_path):
    """What was taken in waits in the store; the workbook is brought up to date as soon as it can be written."""
    place = Path(tempfile.mkdtemp())
    try:
        shutil.copytree(folder / ".crmbook", place / "store")
        for path in [place, *place.rglob("*")]:
            path.chmod(0o777 if path.is_dir() else 0o666)
        Desk(folder / NAME).type("transactions", 2, amount="¥800")
        before = fingerprint(folder)
        folder.chmod(0o555)
        with as_nobody():
            code, told = run_json("sync", folder / NAME, *DAY, "--store", place / "store")
        folder.chmod(0o755)
        assert (code, [one["code"] for one in told["failures"]]) == (1, ["file.denied-folder"])
        assert [one["taken"]["changed"] for one in told["unwritten"]] == [1]
        assert fingerprint(folder) == before
        assert run("sync", folder / NAME, *DAY, "--store", place / "store").exit_code == 1
        assert Desk(folder / NAME).value("transactions", "amount", 2) == 800
        assert lint((folder / NAME).read_bytes()) == []
    finally:
        shutil.rmtree(place)


FULL = """
import resource, sys
from crmbook.cli import app
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
sys.argv = ["crmbook", *sys.argv[2:]]
app()
"""


@pytest.mark.slow
@pytest.mark.parametrize("room", [0, 4096, 60_000])
def test_no_file_may_grow(folder, room):
    """Files may not grow beyond `room` bytes: neither store nor workbook can be written."""
    edited(folder)
    before = fingerprint(folder)
    command = [sys.executable, "-c", FULL, str(room), "sync", str(folder / NAME), *DAY, "--lang", "en"]
    done = subprocess.run(
        command, capture_output=True, encoding="utf-8", check=False, cwd=Path(__file__).parents[2]
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "nothing of this step" in done.stderr or "untouched" in done.stderr
    assert resource.getrlimit(resource.RLIMIT_FSIZE)[1] == resource.RLIM_INFINITY
    assert fingerprint(folder)[NAME] == before[NAME]
    assert {name for name in fingerprint(folder) if name.endswith(".tmp")} == set()
    assert run("sync", folder / NAME, *DAY).exit_code == 1
    assert "上海市" in head(folder)[1]["customers"]


@pytest.fixture
def small_disk(folder):
    """A disk of its own with the folder on it and no room left."""
    with tempfile.TemporaryDirectory() as name:
        mount = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", name]
        if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("needs the right to mount a file system")
        try:
            place = Path(name) / "客户簿"
            shutil.copytree(folder, place)
            yield place
        finally:
            subprocess.run(["umount", name], check=True)


@pytest.mark.slow
def test_full_disk(small_disk):
    desk = Desk(small_disk / NAME)
    desk.type("customers", 2, address="上海市")
    before, filler = fingerprint(small_disk), small_disk.parent / "filler"
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"\0" * 4096)
    code, told = run_json("sync", desk.path, *DAY, "--lang", "zh")
    assert code == 2
    assert told["error"]["code"] in {"store.full", "store.failed", "file.unwritable"}
    assert told["error"]["remedy"]
    after = fingerprint(small_disk)
    assert after[NAME] == before[NAME]
    filler.unlink()
    assert run("sync", desk.path, *DAY).exit_code == 1
    assert "上海市" in head(small_disk)[1]["customers"]
    assert lint(desk.path.read_bytes()) == []


@pytest.mark.slow
def test_one_bad_workbook_does_not_keep_another_from_being_synced(folder):
    edited(folder)
    bad = folder / "坏.xlsx"
    bad.write_bytes(refused.encrypted())
    code, told = run_json("sync", folder / NAME, bad, *DAY, "--lang", "en")
    assert code == 1
    assert [Path(one["file"]).name for one in told["workbooks"]] == [NAME]
    assert [(Path(one["file"]).name, one["code"]) for one in told["failures"]] == [
        (bad.name, "ooxml.encrypted")
    ]
    assert bad.read_bytes() == refused.encrypted()
    assert "上海市" in head(folder)[1]["customers"]
