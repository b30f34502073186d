"""What cannot be synced is refused by name, in both languages, with exit code 2, and stays as it is."""

from __future__ import annotations

import io
import re
import zipfile
from typing import TYPE_CHECKING

import openpyxl
import pytest
from typer.testing import CliRunner

from crmbook.base.errors import CrmbookError, without_passwords
from crmbook.base.issues import catalogue
from crmbook.cli import app
from tests.books import built

if TYPE_CHECKING:
    from pathlib import Path


def foreign() -> bytes:
    buffer = io.BytesIO()
    workbook = openpyxl.Workbook()
    workbook.active.append(["a", "b"])
    workbook.save(buffer)
    return buffer.getvalue()


def bomb() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", b"<Types/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (40 << 20))
    return buffer.getvalue()


def word_file() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("word/document.xml", b"<x/>")
    return buffer.getvalue()


WRONG = {
    "foreign workbook": (foreign, "sync.not-ours"),
    "table of commas": ("客户,金额\n张三,5\n".encode, "ooxml.not-a-zip"),
    "password": (
        lambda: bytes.fromhex("d0cf11e0a1b11ae1") + b"E\0n\0c\0r\0y\0p\0t\0e\0d\0P\0a\0c\0k\0a\0g\0e\0" * 40,
        None,
    ),
    "cut off": (lambda: built().data[:20_000], "ooxml.truncated"),
    "empty": (lambda: b"", "ooxml.empty-file"),
    "bomb": (bomb, "ooxml.zip-bomb"),
    "another kind of document": (word_file, None),
}


@pytest.mark.sample(7)
@pytest.mark.parametrize("command", ["sync", "check"])
@pytest.mark.parametrize(("make", "code"), WRONG.values(), ids=WRONG)
def test_what_is_no_workbook_of_ours_is_refused(tmp_path: Path, make, code, command):
    path = tmp_path / "客户.xlsx"
    path.write_bytes(make())
    before = path.read_bytes()
    told = {}
    for lang in ("zh", "en"):
        result = CliRunner().invoke(app, [command, str(path), "--lang", lang])
        assert result.exit_code == 2, result.output
        told[lang] = result.output
    assert path.read_bytes() == before
    assert [item.name for item in tmp_path.iterdir()] == [path.name]
    assert re.search("[\u4e00-\u9fff]", told["zh"])
    assert told["zh"] != told["en"]
    assert all("客户.xlsx" in text and "→" in text for text in told.values())
    answer = CliRunner().invoke(app, [command, str(path), "--json"])
    assert answer.exit_code == 2
    if code is not None:
        assert f'"code": "{code}"' in answer.output
    assert re.search('"code": "([^"]+)"', answer.output)[1] in catalogue()


@pytest.mark.parametrize(
    ("make", "code"), [(lambda path: None, "file.missing"), (lambda path: path.mkdir(), "cli.no-workbooks")]
)
def test_what_is_no_file_is_refused(tmp_path: Path, make, code):
    path = tmp_path / "客户.xlsx"
    make(path)
    answer = CliRunner().invoke(app, ["sync", str(path), "--json"])
    assert (answer.exit_code, f'"code": "{code}"' in answer.output) == (2, True)


def test_an_open_workbook_is_busy(tmp_path: Path):
    path = tmp_path / "客户.xlsx"
    path.write_bytes(built().data)
    lock = tmp_path / ".~lock.客户.xlsx#"
    lock.write_bytes(b"")
    answer = CliRunner().invoke(app, ["sync", str(path), "--lang", "en"])
    assert answer.exit_code == 4
    assert lock.name in answer.output
    assert path.read_bytes() == built().data


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://u:geheim@h/db", "postgresql://u:***@h/db"),
        ("postgresql://u:ge@h/eim@h:5432/db", "postgresql://u:***@h:5432/db"),
        ("postgresql://:geheim@h/db", "postgresql://:***@h/db"),
        (
            "postgresql://u@h/db?password=geheim&sslmode=require",
            "postgresql://u@h/db?password=***&sslmode=require",
        ),
        (
            "postgresql://h/db?password=geheim&sslpassword=heim",
            "postgresql://h/db?password=***&sslpassword=***",
        ),
        ("a b://u:geheim@h c://:d@e f", "a b://u:***@h c://:***@e f"),
        ("postgresql://h/db?sslmode=x&sslpassword=geheim", "postgresql://h/db?sslmode=x&sslpassword=***"),
        ("found “postgresql://h/db?PASSWORD=geheim”.", "found “postgresql://h/db?PASSWORD=***”."),
        ("postgresql://u@h:5432/db", "postgresql://u@h:5432/db"),
        ("王芳: see https://example.com/a?b=c", "王芳: see https://example.com/a?b=c"),
    ],
)
def test_no_address_shows_its_password(text, shown):
    assert without_passwords(text) == shown
    assert CrmbookError("store.bad-url", url=text).params["url"] == shown
