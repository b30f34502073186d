"""Files that are none, or claim to be larger than any workbook: refused by name, at once."""

from __future__ import annotations

import os

import pytest

from crmbook.base.errors import CrmbookError
from crmbook.base.file import is_open, read_bytes
from tests.books import built
from tests.cli.run import run


def refused(path) -> str:
    with pytest.raises(CrmbookError) as caught:
        read_bytes(path)
    str(caught.value.params["path"]).encode()  # what is printed can be printed
    return caught.value.code


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "客户.xlsx")
    assert refused(tmp_path / "客户.xlsx") == "file.no-file"


def test_a_pipe_named_like_a_lock_file_is_not_waited_for(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"")
    for name in ("~$a.xlsx", ".~lock.a.xlsx#", ".~a.xlsx"):
        os.mkfifo(tmp_path / name)
    is_open(tmp_path / "a.xlsx")


def test_a_sparse_file_is_not_read(tmp_path):
    with (tmp_path / "a.xlsx").open("wb") as file:
        file.truncate(5 << 30)
    assert refused(tmp_path / "a.xlsx") == "file.too-large"


def test_a_name_in_another_encoding_is_refused_by_name(tmp_path):
    path = os.fsencode(tmp_path) + b"/\xbf\xcd\xbb\xa7.xlsx"
    with open(path, "wb") as file:  # noqa: PTH123 - bytes are no path of pathlib's
        file.write(built().data)
    (tmp_path / "PK\udcbf.xlsx").write_bytes(b"PK")  # which never was a workbook of ours
    found = tmp_path / os.fsdecode(os.path.basename(path))  # noqa: PTH119 - the same
    assert refused(found) == "file.bad-name"
    result = run("sync", tmp_path)
    assert result.exit_code == 2
    assert r"\xbf" in result.output
    assert "PK" not in result.output
